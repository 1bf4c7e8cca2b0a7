"""The output folder of a run: made, tried, and held for this run alone."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cellmodel.errors import ParameterError


def claim(folder: Path) -> list[Path]:
    """Make the folder, check that it can be written to, and return the folders made, innermost first.

    Raises
    ------
    ParameterError
        If it cannot be made or written to.
    """
    try:
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return made
    except OSError as error:
        raise ParameterError(
            f"cannot write to the output folder {folder}: {error.strerror or error}. "
            "Give --out a folder you may write to."
        ) from error


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs; the system lets go of it when the process ends, however it ends.

    Where the file system knows no locks nothing is held.

    Raises
    ------
    ParameterError
        If another run holds it: the files of the two would be mixed.
    """
    handle = _held(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _held(folder: Path) -> int | None:
    """Return the descriptor that locks the folder, None where there are no locks."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # a system without such locks, a folder that can be written but not listed
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise ParameterError(
            f"another run is writing into {folder}. Give each run its own --out, or wait for the other."
        ) from error
    except OSError:  # a file system without such locks
        pass
    return handle


def files_of_earlier_run(folder: Path) -> set[str]:
    """Return the names of the files that the run.json in a folder lists and that are still there."""
    with suppress(OSError, ValueError, TypeError, LookupError):
        listed = json.loads((folder / "run.json").read_text(encoding="utf-8"))["execution"]["files"]
        return {name for name in listed if (folder / name).is_file()}
    return set()
