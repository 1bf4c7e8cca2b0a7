"""The bench measures what it is told, judges by the median, and writes rows that anybody can read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from cellmodel.bench import start
from cellmodel.bench.__main__ import main
from cellmodel.bench.cases import CASES, Case
from cellmodel.bench.figure import Figure, timed
from cellmodel.bench.rig import workers
from cellmodel.bench.rig.amount import exponent
from cellmodel.bench.rig.command import Cost, run_script, script
from cellmodel.errors import CellModelError, ParameterError
from cellmodel.recording import read_measures


def test_a_figure_has_rows_for_median_minimum_and_goal() -> None:
    figure = Figure("something", "seconds", (3.0, 1.0, 2.0), at_most=2.5)
    rows = {row.condition: row for row in figure.rows()}
    assert {name: row.value for name, row in rows.items()} == {
        "something": 2.0,
        "something, minimum": 1.0,
        "something, goal: at most": 2.5,
    }
    assert {row.measure for row in rows.values()} == {"seconds"}
    assert (rows["something"].n, rows["something"].sd) == (3, 1.0)
    assert figure.line() == "something: 2 s (minimum 1, 3 times); goal at most 2.5: met"


@pytest.mark.parametrize(
    ("goal", "is_met"),
    [
        ({"at_most": 0.5}, False),
        ({"at_least": 0.5}, True),
        ({"at_least": 0.95, "at_most": 1.0}, False),
        ({}, True),
    ],
)
def test_a_goal_is_met_from_below_or_above(goal: dict[str, float], is_met: bool) -> None:
    figure = Figure("share", "ratio", (0.9,), **goal)
    assert figure.is_met == is_met
    assert ("MISSED" in figure.line()) == (not is_met)


def test_calls_are_timed_after_one_that_does_not_count() -> None:
    calls: list[int] = []
    spent = timed(lambda: calls.append(1), 3)
    assert len(spent) == 3
    assert len(calls) == 4
    assert min(spent) >= 0.0


def test_chosen_cases_are_written_to_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up = {
        "a": Case(lambda: [Figure("a", "ratio", (1.0,), at_least=2.0)]),
        "b": Case(lambda: [Figure("b", "megabytes", (5.0,))], is_long=True),
    }
    monkeypatch.setattr("cellmodel.bench.cases.CASES", made_up)
    out = tmp_path / "bench" / "measures.csv"
    assert main(["--out", str(out)]) == 0
    assert [row.condition for row in read_measures(out)] == ["a", "a, goal: at least", "b"]
    assert main(["--quick", "--out", str(out)]) == 0
    assert {row.condition for row in read_measures(out)} == {"a", "a, goal: at least"}
    assert "1 goals missed" in capsys.readouterr().out


def test_a_case_that_cannot_run_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> list[Figure]:
        raise ParameterError("no checkout.")

    monkeypatch.setattr("cellmodel.bench.cases.CASES", {"a": Case(fail)})
    assert main(["--out", str(tmp_path / "measures.csv")]) == 2
    assert capsys.readouterr().err == "bench: a: no checkout.\nbench: 1 cases failed: a\n"


def test_a_case_that_fails_leaves_the_figures_of_the_others_and_its_own_first_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Iterator[Figure]:
        yield Figure("b", "ratio", (1.0,))
        raise ZeroDivisionError("a mistake")

    made_up = {name: Case(lambda name=name: [Figure(name, "ratio", (1.0,))]) for name in "ac"}
    monkeypatch.setattr("cellmodel.bench.cases.CASES", dict(sorted({**made_up, "b": Case(fail)}.items())))
    out = tmp_path / "measures.csv"
    assert main(["--out", str(out)]) == 1
    assert [row.condition for row in read_measures(out)] == ["a", "b", "c"]
    said = capsys.readouterr()
    assert "ZeroDivisionError: a mistake" in said.err
    assert said.err.endswith("bench: 1 cases failed: b\n")
    assert "bench: 3 figures, 0 goals missed" in said.out


def test_figures_are_on_disk_after_each_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> list[Figure]:
        raise KeyboardInterrupt

    made_up = {"a": Case(lambda: [Figure("a", "ratio", (1.0,))]), "b": Case(stop)}
    monkeypatch.setattr("cellmodel.bench.cases.CASES", made_up)
    out = tmp_path / "measures.csv"
    with pytest.raises(KeyboardInterrupt):
        main(["--out", str(out)])
    assert [row.condition for row in read_measures(out)] == ["a"]


def test_workers_are_held_against_what_the_machine_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """One alone takes 10 s, two workers 8 s, each of two at once 12 s."""
    seconds = cycle((10.0, 8.0, 12.0, 12.0))

    def took(name: str, *argv: str, launcher: tuple[str, ...] = ()) -> Cost:
        processor = 11.0 if argv == ("--jobs", "2") else 10.0
        return Cost(next(seconds), processor, 100.0, ((3.0, 5.0),), b"rows", {})

    monkeypatch.setattr(workers, "run_script", took)
    monkeypatch.setattr(workers.shutil, "which", lambda name: None)
    found = {figure.name.removeprefix("workers: "): figure for figure in workers.workers()}
    assert found["2 copies at once, done in the time of one alone"].median == pytest.approx(2 * 10 / 12)
    assert found["1 process over 2 processes"].median == pytest.approx(10 / 8)
    assert not found["1 process over 2 processes"].is_met
    assert found["2 processes, share of what the machine allows"].median == pytest.approx(0.75)
    assert found["2 processes, processor time over that of 1 process"].median == pytest.approx(1.1)
    assert found["2 processes, all work over the longer one's"].median == pytest.approx(8 / 5)
    assert found["1 process, share of its time in work that can be shared"].median == pytest.approx(0.8)
    assert {len(figure.values) for name, figure in found.items() if "same" not in name} == {workers.ROUNDS}


def test_windows_are_left_out_without_a_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert list(start.windows()) == []
    assert "neither a display nor xvfb-run" in capsys.readouterr().err


def test_the_goals_of_the_receptor_are_among_the_cases() -> None:
    assert {"help", "twin", "mechanism", "channels", "fit", "coverage"} <= set(CASES)


def test_the_goals_of_speed_and_scale_are_among_the_cases() -> None:
    assert {"cell", "steps", "amount", "workers", "ltp", "trains", "study"} <= set(CASES)


def test_cost_is_drawn_against_the_amounts_that_were_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timings = [Figure(f"{n} probes", "seconds", (0.5 * n,), work=("probes", n)) for n in (2, 4)]
    monkeypatch.setattr("cellmodel.bench.cases.CASES", {"a": Case(lambda: timings)})
    assert main(["--out", str(tmp_path / "measures.csv")]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"measures.csv", "cost.png", "cost.svg"}
    assert ">probes</text>" in (tmp_path / "cost.svg").read_text(encoding="utf-8")


def test_the_exponent_of_a_cost_that_grows_as_its_square_is_two() -> None:
    timings = [Figure(f"{n} probes", "seconds", (0.1 * n**2,), work=("probes", n)) for n in (2, 4, 8)]
    found = exponent("probes", timings)
    assert found.median == pytest.approx(2.0)
    assert not found.is_met


def test_a_script_says_what_it_cost_and_what_it_found() -> None:
    cost = run_script("patch_clamp", "--quick")
    assert cost.seconds > 0.1
    assert 20.0 < cost.megabytes < 600.0
    assert cost.measures.startswith(b"experiment,preparation,")
    assert cost.parameters["compound"] == "aniracetam"


def test_a_script_that_fails_or_is_not_there_is_said() -> None:
    with pytest.raises(CellModelError, match=r"patch_clamp.py .* fails: .*--dose-mM"):
        run_script("patch_clamp", "--dose-mM", "-1")
    with pytest.raises(ParameterError, match=r"no .*patch_lamp\.py.*checkout"):
        script("patch_lamp")


def test_twin_and_mechanism_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {figure.name: figure for figure in CASES["mechanism"].measure()}
    assert figures["mechanism: largest difference from the twin over the peak"].is_met


def test_arithmetic_has_one_thread_before_numpy_is_there() -> None:
    code = "import sys, cellmodel.bench; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
