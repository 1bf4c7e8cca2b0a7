"""The battery from the command line: files, rows and words of the contract, on a small cell."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cellmodel.study import cell_properties
from cellmodel.study.cell_properties.plan import CellSpec, Work, plan

Here = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "experiments" / "cell_properties.py"
FIGURES = ("scores", "somatic_sharp", "somatic_patch", "block", "bap", "attenuation", "oblique")
FIGURES += ("unitary", "passive")
CONTRACT = {"score_somatic_sharp", "score_somatic_patch", "score_block", "score_bap", "score_attenuation"}
CONTRACT |= {"r_in", "tau_m", "v_rest", "sag"}
FEATURES = "cell,test,feature,unit,model,mean,sd,score"
SHOWN = "small_cell"

pytestmark = pytest.mark.slow


def run(folder: Path, *argv: str) -> str:
    command = [sys.executable, str(SCRIPT), "--out", str(folder), "--quick", *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return done.stderr


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory, small_cell: str) -> tuple[Path, str]:
    """One run of two cells, the second a copy of the first: what is shown is of the first."""
    folder = tmp_path_factory.mktemp("cell_properties") / "out"
    other = folder.with_name("other.swc")
    other.write_text(Path(small_cell).read_text(encoding="utf-8"), encoding="utf-8")
    cells = ("--morphology", small_cell, "--reconstructions", str(other))
    return folder, run(folder, *cells, "--jobs", "2")


def test_a_run_has_the_files_of_the_contract(quick: tuple[Path, str]) -> None:
    folder, _ = quick
    figures = {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}
    others = {"measures.csv", "features.csv", "run.json", "traces.nwb", "report.html"}
    assert {path.name for path in folder.iterdir()} == figures | others


def test_traces_pass_the_inspector_and_open_in_neo(
    quick: tuple[Path, str], open_nwb: Callable[[Path], dict[str, Any]]
) -> None:
    assert any(name.endswith("_v") for name in open_nwb(quick[0] / "traces.nwb"))


def test_each_measure_of_the_contract_stands_once(quick: tuple[Path, str]) -> None:
    found = [row["measure"] for row in rows(quick[0]) if row["condition"] == SHOWN]
    assert set(found) >= CONTRACT
    assert all(found.count(name) == 1 for name in CONTRACT)
    assert {row["experiment"] for row in rows(quick[0])} == {"cell_properties"}


def test_every_feature_stands_with_its_experiment_and_a_missing_one_is_empty(quick: tuple[Path, str]) -> None:
    text = (quick[0] / "features.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == FEATURES
    found = list(csv.DictReader(text.splitlines()))
    for one in found:
        assert float(one["sd"]) > 0
        if one["model"]:
            expected = abs(float(one["model"]) - float(one["mean"])) / float(one["sd"])
            assert float(one["score"]) == pytest.approx(expected, rel=1e-3, abs=1e-3)
        else:
            assert one["score"] == ""
    own = [one for one in found if (one["cell"], one["test"]) == (SHOWN, "somatic_patch")]
    scored = [float(one["score"]) for one in own if one["score"]]
    score = next(
        row for row in rows(quick[0]) if (row["measure"], row["condition"]) == ("score_somatic_patch", SHOWN)
    )
    assert float(score["value"]) == pytest.approx(sum(scored) / len(scored), rel=1e-3)
    assert int(score["n"]) == len(scored)


def test_the_version_of_efel_goes_with_the_scores(quick: tuple[Path, str]) -> None:
    folder, said = quick
    described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert described["parameters"]["efel"] == described["versions"]["efel"] == "5.7.34"
    assert "eFEL 5.7.34" in said
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "5.7.34" in page
    assert "SD" in page
    assert "<svg" in page


def test_two_different_cells_of_one_name_are_refused(tmp_path: Path, small_cell: str) -> None:
    other = tmp_path / Path(small_cell).name
    text = Path(small_cell).read_text(encoding="utf-8")
    other.write_text(text.replace(" 480 0 0.5 ", " 470 0 0.5 "), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), "--out", "out", "--quick", "--morphology", small_cell]
    done = subprocess.run(
        [*command, "--reconstructions", str(other)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert "two different cells are named 'small_cell'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_several_cells_give_mean_and_range(quick: tuple[Path, str]) -> None:
    folder, said = quick
    assert "2 of 2 cells fire with current, 0 without" in said
    found = {(row["measure"], row["condition"]): row for row in rows(folder)}
    names = [condition for measure, condition in found if measure == "r_in"]
    assert names == ["small_cell", "other", "mean of 2 cells", "lowest of 2 cells", "highest of 2 cells"]
    assert float(found["r_in", "mean of 2 cells"]["sd"]) == 0.0  # it is the same cell


def test_one_cell_has_no_means_and_without_plots_no_figures(
    tmp_path: Path, small_cell: str, in_process: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_properties, "plan", two_of_the_tests)
    argv = ("--out", "out", "--quick", "--no-plots", "--jobs", "1", "--morphology", small_cell)
    done = in_process("cell_properties", *argv, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "cells fire with current" not in done.stderr
    found = [row["measure"] for row in rows(tmp_path / "out")]
    assert found.count("score_attenuation") == found.count("r_in") == 1
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"measures.csv", "features.csv", "run.json"} <= written
    assert not [name for name in written if name.endswith((".png", ".svg", ".html"))]


def two_of_the_tests(cells: Sequence[CellSpec], *, is_quick: bool) -> list[Work]:
    """Plan only what is soon done: to see what is written takes no more."""
    return [work for work in plan(cells, is_quick=is_quick) if work.test in ("attenuation", "passive")]
