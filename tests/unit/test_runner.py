"""Jobs on one machine: order, failures, dead processes, and results that are kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import CellModelError, ParameterError
from cellmodel.recording import Measure
from cellmodel.runner.codec import decode, encode
from cellmodel.runner.jobs import Job, parameters_of
from cellmodel.runner.kept import Kept
from cellmodel.runner.launch import Placement, launched
from cellmodel.runner.runner import Runner
from cellmodel.traces import Recording

COMPUTED = "computed.txt"


def square(x: float) -> float:
    return x * x


def fail_at_two(x: int) -> int:
    if x == 2:
        raise ParameterError("two is too much")
    return x


def die_at_two(x: int) -> int:
    if x == 2:
        os._exit(1)
    return x


def note(folder: Path) -> str:
    """Leave a mark, so that a test sees how often this was computed."""
    with (folder / COMPUTED).open("a") as file:
        file.write("once\n")
    return "done"


def die_before_two(x: int) -> int:
    if x == 1:
        time.sleep(0.3)  # the others are under way then
        os._exit(1)
    return x


def worker(_: int) -> int:
    time.sleep(0.2)
    return os.getpid()


def silent(_: str) -> None:
    pass


def kept(folder: Path, basis: str = "version 1") -> Kept:
    return Kept(folder, lambda: basis)


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_work(jobs: int) -> None:
    assert list(Runner(jobs=jobs).map(square, range(7), "squares")) == [x * x for x in range(7)]


def continued(folder: Path) -> Runner:
    """Return a runner of a run that is continued: a job that kills its process kills no other job."""
    kept(folder).keep(Job(0, square, 0.0), 0.0)
    return Runner(jobs=2, kept=kept(folder), is_resumed=True, say=silent)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_job_that_fails_leaves_the_others(jobs: int) -> None:
    said: list[str] = []
    runner = Runner(jobs=jobs, say=said.append)
    assert list(runner.map(fail_at_two, range(5), "numbers")) == [0, 1, 3, 4]
    (failure,) = runner.failures
    assert failure.text == "numbers 3 of 5 (item 2): two is too much"
    assert said == [f"failed: {failure.text}"]
    assert isinstance(failure.error, CellModelError)


def test_a_job_that_kills_its_process_leaves_the_others(tmp_path: Path) -> None:
    runner = continued(tmp_path)
    assert list(runner.map(die_at_two, range(5), "numbers")) == [0, 1, 3, 4]
    (failure,) = runner.failures
    assert failure.text.startswith("numbers 3 of 5 (item 2): its process died")
    assert isinstance(failure.error, CellModelError)
    runner.stop()


def test_a_job_that_kills_the_only_other_process_fails_alone() -> None:
    """This process does the others meanwhile; the first job goes to the other one."""
    runner = Runner(jobs=2, say=silent)
    assert list(runner.map(die_at_two, [2, 0, 1, 3], "numbers")) == [0, 1, 3]
    (failure,) = runner.failures
    assert failure.text.startswith("numbers 1 of 4 (item 2): its process died")
    assert list(runner.map(square, range(3), "squares")) == [0, 1, 4]
    runner.stop()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_map_can_begin_before_another_has_been_taken(jobs: int) -> None:
    runner = Runner(jobs=jobs)
    first = runner.map(square, range(4), "first")
    assert next(first) == 0
    second = runner.map(square, range(10, 13), "second")
    assert [*first, *second] == [1, 4, 9, 100, 121, 144]
    runner.stop()
    assert len(runner.work) == 1
    assert len(runner.work[0]) <= jobs


def test_results_can_be_taken_of_the_later_map_first() -> None:
    runner = Runner(jobs=2)
    first, second = runner.map(square, range(3), "first"), runner.map(square, range(3, 6), "second")
    assert [*second, *first] == [9, 16, 25, 0, 1, 4]
    runner.stop()


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_that_nobody_takes_disturb_no_other(jobs: int) -> None:
    runner = Runner(jobs=jobs)
    left = runner.map(square, range(5), "left")
    assert next(left) == 0
    left.close()
    assert list(runner.map(square, range(3), "taken")) == [0, 1, 4]
    runner.stop()


def test_processes_are_kept_for_the_next_map() -> None:
    runner = Runner(jobs=2)
    runner.warm_up("cellmodel.units", at_most=2)
    first, second = (set(runner.map(worker, range(8), "workers")) for _ in range(2))
    assert first == second
    assert len(first) == 2
    assert os.getpid() in first
    runner.stop()


def test_other_processes_do_all_jobs_of_a_run_that_is_continued(tmp_path: Path) -> None:
    runner = continued(tmp_path)
    runner.warm_up("cellmodel.units", at_most=2)
    found = set(runner.map(worker, range(8), "workers"))
    assert len(found) == 2
    assert os.getpid() not in found
    runner.stop()


@pytest.mark.parametrize("is_beside", [False, True])
def test_a_single_job_goes_to_a_worker_where_this_process_works_too(is_beside: bool) -> None:
    runner = Runner(jobs=2)
    (found,) = runner.map(worker, [0], "one", is_beside=is_beside)
    assert (found != os.getpid()) == is_beside
    runner.stop()


def test_a_process_that_dies_takes_no_job_of_another_map(tmp_path: Path) -> None:
    runner = continued(tmp_path)
    first = runner.map(die_before_two, range(3), "first")
    second = runner.map(square, range(3), "second")
    assert [*first, *second] == [0, 2, 0, 1, 4]
    (failure,) = runner.failures
    assert failure.text.startswith("first 2 of 3 (item 1): its process died")
    runner.stop()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_lent_is_done_by_a_worker_that_has_been_started(jobs: int) -> None:
    runner = Runner(jobs=jobs)
    assert runner.lend(worker, 0).result() == os.getpid()  # none is started for it alone
    assert list(runner.map(square, range(3), "squares")) == [0, 1, 4]
    lent = runner.lend(worker, 0)
    runner.release()
    assert (lent.result() == os.getpid()) == (jobs == 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_lent_brings_its_error_back(jobs: int) -> None:
    runner = Runner(jobs=jobs)
    assert list(runner.map(square, range(3), "squares")) == [0, 1, 4]
    with pytest.raises(ParameterError, match="two is too much"):
        runner.lend(fail_at_two, 2).result()
    runner.stop()


def test_a_job_that_nobody_wants_does_not_keep_a_released_worker(tmp_path: Path) -> None:
    runner = Runner(jobs=2)
    unwanted = runner.map(sleep_then_tell, [tmp_path / str(k) for k in range(9)], "unwanted")
    assert next(unwanted)
    n_done = len(list(tmp_path.iterdir()))
    runner.release()
    time.sleep(3.0)
    assert len(list(tmp_path.iterdir())) <= n_done + 1  # the one that was under way


def sleep_then_tell(path: Path) -> bool:
    time.sleep(0.4)
    path.touch()
    return True


def sleep_after_telling(folder: Path) -> None:
    (folder / str(os.getpid())).touch()
    time.sleep(60)


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """They would wait for work forever, each with its memory: a batch system kills for lack of it."""
    started = tmp_path / "pids"
    started.mkdir()
    text = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "if __name__ == '__main__':\n"
        "    from cellmodel.runner.runner import Runner; import test_runner\n"
        "    list(Runner(jobs=2).map(test_runner.sleep_after_telling, [Path(sys.argv[2])] * 2, ''))\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(text)
    parent = subprocess.Popen([sys.executable, str(script), str(Path(__file__).parent), str(started)])
    try:
        wait_for(lambda: len(list(started.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    pids = [int(path.name) for path in started.iterdir()]
    wait_for(lambda: not any(is_running(pid) for pid in pids))


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.is_file() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_mistake_of_ours_is_kept_with_where_it_arose() -> None:
    runner = Runner(say=silent)
    assert list(runner.map(len, [1], "lengths")) == []
    (failure,) = runner.failures
    assert failure.reason.startswith("TypeError: ")
    assert any("attempt" in line for line in failure.describe()["trace"])


@pytest.mark.parametrize("is_resumed", [False, True])
def test_what_was_kept_is_taken_only_when_asked_for(tmp_path: Path, is_resumed: bool) -> None:
    for resumed in (False, is_resumed):
        runner = Runner(kept=kept(tmp_path), is_resumed=resumed)
        assert list(runner.map(note, [tmp_path], "marks")) == ["done"]
    assert runner.n_resumed == int(is_resumed)
    assert len((tmp_path / COMPUTED).read_text().split()) == (1 if is_resumed else 2)
    runner.forget()
    assert not list(tmp_path.glob("finished_jobs*"))


def test_what_was_computed_from_something_else_is_not_taken(tmp_path: Path) -> None:
    job, file = Job(0, square, str(tmp_path / "cell.swc")), tmp_path / "cell.swc"
    file.write_text("1")
    kept(tmp_path).keep(job, 4.0)
    assert kept(tmp_path).find(job) == (4.0,)
    assert kept(tmp_path, "version 2").find(job) is None
    assert kept(tmp_path).find(Job(0, fail_at_two, job.item)) is None
    file.write_text("2")
    assert kept(tmp_path).find(job) is None


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 cut off"])
def test_a_torn_result_is_computed_again(tmp_path: Path, content: bytes) -> None:
    job = Job(0, square, 2.0)
    kept(tmp_path).keep(job, 4.0)
    (path,) = (tmp_path / "finished_jobs").iterdir()
    path.write_bytes(content)
    assert kept(tmp_path).find(job) is None


# --- values as text and arrays ------------------------------------------------------------


def there_and_back(value):
    arrays: list[np.ndarray] = []
    coded = json.loads(json.dumps(encode(value, arrays)))
    return decode(coded, dict(enumerate(arrays)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        (1, 2.5, "three", True),
        [[], [(), ("nested",)]],
        {("a", 1): {"b": [Path("x/y.swc")]}},
        float("inf"),
        np.float64(0.1),
        Measure(experiment="toy", measure="peak", value=1.5, unit="pA", dose_mM=0.5),
    ],
)
def test_values_come_back_as_they_were(value) -> None:
    found = there_and_back(value)
    assert found == value
    assert type(found) is type(value)


def test_recordings_come_back_with_their_arrays() -> None:
    t = np.arange(0.0, 1.0, 0.1)
    recording = Recording(t, {"i": t**2}, {"i": "nA"}, {"v_hold": -70.0})
    found = there_and_back(recording)
    np.testing.assert_array_equal(found["i"], recording["i"])
    assert (found.units, found.meta) == (recording.units, recording.meta)


@pytest.mark.parametrize("coded", [["object", "os", "system", ["dict"]], ["unheard of"], ["array", 3]])
def test_what_somebody_else_wrote_is_refused(coded: list) -> None:
    with pytest.raises((LookupError, ValueError)):
        decode(coded, {})


def test_what_cannot_be_kept_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="can be neither the item nor the result"):
        encode(object(), [])


def test_of_an_item_what_is_not_its_default_is_told() -> None:
    row = Measure(experiment="toy", measure="peak", value=1.5, unit="pA")
    assert parameters_of(row) == {"experiment": "toy", "measure": "peak", "value": 1.5, "unit": "pA"}


# --- several processes that were started together -----------------------------------------


def test_the_launcher_says_who_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launched() == Placement(0, 1)
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "4")
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "3")
    assert launched() == Placement(3, 4)
    assert not launched().is_first


def test_ranks_that_do_not_see_each_other_are_refused(tmp_path: Path) -> None:
    """Each would run the whole experiment alone, and all would write the same files."""
    script = Path(__file__).resolve().parents[2] / "experiments" / "patch_clamp.py"
    env = {**os.environ, "PMI_SIZE": "2", "PMI_RANK": "0"}
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, env=env, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "2 processes were started, but" in done.stderr
    assert not (tmp_path / "out").exists()
