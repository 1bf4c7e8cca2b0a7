"""traces.nwb is the same whoever makes it, and is there when its maker is not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.experiment import Run, execute
from cellmodel.experiment.traces_file import TracesFile
from cellmodel.runner.runner import Runner
from cellmodel.traces import Recording

SESSION = {"experiment": "toy", "description": "a toy", "dois": []}


def sweep(**meta: Any) -> Recording:
    t = np.arange(0.0, 1.0, 0.1)
    return Recording(t, {"i": t}, {"i": "nA"}, {"mode": "voltage_clamp", "v_hold": -70.0, **meta})


def square(x: float) -> float:
    return x * x


def toy(run: Run) -> None:
    squares = list(run.map(square, [1.0, 2.0]))
    run.add_sweep(sweep())
    run.record(squares=squares)
    if run.options.quick:
        run.close_sweeps()


class Lost(Runner):
    """A runner whose workers are stopped with what they were lent."""

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        future: Future = Future()
        future.cancel()
        return future


class Dead(Runner):
    """A runner whose workers die of what they are lent."""

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        future: Future = Future()
        future.set_exception(BrokenExecutor())
        return future


@pytest.mark.parametrize("kind", [Runner, Lost, Dead])
def test_a_file_that_was_begun_is_that_which_was_not(tmp_path: Path, kind: type[Runner]) -> None:
    begun, other = TracesFile(tmp_path / "begun.nwb"), TracesFile(tmp_path / "other.nwb")
    begun.begin(kind(), [sweep()], SESSION)
    for file in (begun, other):
        file.write([sweep()], SESSION)
    assert begun.path.read_bytes() == other.path.read_bytes()


def test_what_is_wrong_with_a_sweep_is_told_where_the_file_is_written(tmp_path: Path) -> None:
    file = TracesFile(tmp_path / "traces.nwb")
    file.begin(Runner(), [sweep(mode="dreamt")], SESSION)
    with pytest.raises(ParameterError, match="mode of sweep 0"):
        file.write([sweep(mode="dreamt")], SESSION)
    assert not file.path.exists()


def test_sweeps_that_are_closed_early_make_the_same_file(tmp_path: Path) -> None:
    written = set()
    for jobs in ("1", "2"):
        folder = tmp_path / jobs
        assert execute("toy", toy, ["--out", str(folder), "--jobs", jobs, "--quick"]) == 0
        written.add((folder / "traces.nwb").read_bytes())
    assert len(written) == 1
