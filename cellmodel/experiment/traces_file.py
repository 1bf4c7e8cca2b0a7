"""traces.nwb, which a worker can make while the run's own process draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cellmodel.runner.runner import Runner
    from cellmodel.traces import Recording


class TracesFile:
    """traces.nwb of a run.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begun: Future | None = None

    def begin(self, runner: Runner, sweeps: Sequence[Recording], session: Mapping[str, Any]) -> None:
        """Let a worker make the content, where there is one; these are the sweeps that `write` gets too."""
        from cellmodel.recording import nwb_bytes

        self._begun = runner.lend(nwb_bytes, list(sweeps), dict(session))

    def write(self, sweeps: Sequence[Recording], session: Mapping[str, Any]) -> None:
        """Write the file, whole or not at all; where a worker that made it was stopped or died, make it here.

        Raises
        ------
        ParameterError, FileError
            As for `cellmodel.recording.write_nwb`.
        """
        from concurrent.futures import BrokenExecutor, CancelledError

        from cellmodel.recording import write_bytes, write_nwb

        content = None
        if self._begun is not None:
            with suppress(BrokenExecutor, CancelledError):
                content = self._begun.result()
        if content is None:
            write_nwb(self.path, sweeps, session=session)
        else:
            write_bytes(self.path, content)
