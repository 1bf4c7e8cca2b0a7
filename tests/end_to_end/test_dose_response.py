"""The dose-response experiment from the command line: contract, processes, and what it must show."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cellmodel.runner.launch import AS_ROOT

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "dose_response.py"
HEADER = "experiment,preparation,condition,compound,dose_mM,pathway,time_min,measure,value,unit,n,sd"
SATURATING = {
    ("ca1_patch", "tau_deactivation"),
    ("culture_cell", "epsc_peak"),
    ("culture_cell", "epsc_tau_decay"),
    ("ca1_cell", "epsc_peak"),
    ("ca1_cell", "epsc_tau_decay"),
    ("ca1_slice", "fepsp_amplitude"),
    ("ca1_slice", "fepsp_tau_decay"),
}
UNSATURATED = {("ca1_patch", "tau_desensitization"), ("ca1_patch", "steady_state_ratio")}
ALONE = ("--jobs", "1")
"""Where it does not matter who does the work: to start processes takes a quarter of the time."""

Opener = Callable[[Path], dict[str, Any]]

pytestmark = pytest.mark.slow


def run(folder: Path, *argv: str) -> str:
    command = [sys.executable, str(SCRIPT), "--out", str(folder), *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return done.stderr


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fits(folder: Path) -> dict[tuple[str, str], dict]:
    described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {(fit["preparation"], fit["measure"]): fit for fit in described["parameters"]["fits"]}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("dose_response") / "out"
    return folder, run(folder, "--quick", *ALONE)


def test_a_run_has_the_files_and_rows_of_the_contract(quick: tuple[Path, str]) -> None:
    folder, _ = quick
    assert {path.name for path in folder.iterdir()} == {
        *("measures.csv", "run.json", "traces.nwb", "dose_response.png", "dose_response.svg", "report.html")
    }
    assert (folder / "measures.csv").read_text(encoding="utf-8").splitlines()[0] == HEADER
    found = rows(folder)
    assert {row["experiment"] for row in found} == {"dose_response"}
    assert {row["compound"] for row in found} == {"aniracetam"}
    doses = {float(row["dose_mM"]) for row in found if row["dose_mM"]}
    assert (min(doses), min(doses - {0.0}), max(doses), len(doses)) == (0.0, 0.01, 5.0, 7)
    for preparation, measure in SATURATING | UNSATURATED:
        own = [row for row in found if (row["preparation"], row["measure"]) == (preparation, measure)]
        assert [row["condition"] for row in own] == ["control"] + 6 * ["drug"]


def test_the_page_has_answer_figure_halves_and_methods(quick: tuple[Path, str]) -> None:
    page = (quick[0] / "report.html").read_text(encoding="utf-8")
    found = fits(quick[0])
    assert f"Of {len(found)} quantities {len(SATURATING)} have a half-maximal dose" in page
    for key in SATURATING:
        assert f">{found[key]['ec50_mM']:.3g}<" in page
    for part in ('id="figure-dose_response"', 'id="ratios"', 'id="notes"', "lack of fit", "References"):
        assert part in page


def test_traces_pass_the_inspector_and_open_in_neo(quick: tuple[Path, str], open_nwb: Opener) -> None:
    names = set(open_nwb(quick[0] / "traces.nwb"))
    assert {name.rpartition("_")[2] for name in names} >= {"i", "field"}


def test_halves_have_an_error_and_stand_where_the_effect_saturates(quick: tuple[Path, str]) -> None:
    folder, said = quick
    for name, unit in (("ec50", "mM"), ("hill", "1")):
        own = [row for row in rows(folder) if row["measure"] == name]
        keys = {(row["preparation"], row["condition"]) for row in own}
        assert SATURATING <= keys <= SATURATING | UNSATURATED
        assert {row["unit"] for row in own} == {unit}
        assert all(0.0 < float(row["sd"]) < float(row["value"]) for row in own)
    assert "does not saturate up to 5 mM, the solubility: ec50 is extrapolated, and above" in said


def test_run_json_has_intervals_quality_and_what_they_mean(quick: tuple[Path, str]) -> None:
    folder, _ = quick
    described = json.loads((folder / "run.json").read_text(encoding="utf-8"))["parameters"]
    assert "lack of fit" in described["interval_meaning"]
    for key, fit in fits(folder).items():
        assert fit["status"] == ("fitted" if key in SATURATING else "not_saturated")
        assert fit["r2"] > 0.99
        if key in SATURATING:
            low, high = fit["ec50_interval_95_mM"]
            assert low < fit["ec50_mM"] < high


def test_deactivation_is_half_slowed_below_desensitization(quick: tuple[Path, str]) -> None:
    found = fits(quick[0])
    deactivation = found["ca1_patch", "tau_deactivation"]["ec50_mM"]
    desensitization = found["ca1_patch", "tau_desensitization"]
    assert desensitization["half_of_largest_seen_mM"] > 1.2 * deactivation  # Lawrence 2003; ec50 is above it
    assert desensitization["ec50_mM"] > 1.2 * deactivation


@pytest.fixture(scope="module")
def few(small_cell: str) -> tuple[str, ...]:
    """Every level at one dose: how the work is shared does not depend on the cell."""
    return ("--quick", "--no-plots", "--dose-mM", "5", "--morphology", small_cell)


@pytest.fixture(scope="module")
def by_one(tmp_path_factory: pytest.TempPathFactory, few: tuple[str, ...]) -> Path:
    folder = tmp_path_factory.mktemp("one_process") / "out"
    run(folder, *few, *ALONE)
    return folder


def test_processes_change_no_byte(by_one: Path, few: tuple[str, ...], tmp_path: Path) -> None:
    run(tmp_path / "out", *few, "--jobs", "2")
    for name in ("measures.csv", "traces.nwb"):
        assert (tmp_path / "out" / name).read_bytes() == (by_one / name).read_bytes()


@pytest.mark.skipif(shutil.which("mpiexec") is None, reason="there is no mpiexec (Debian: openmpi-bin)")
def test_ranks_change_no_byte(by_one: Path, few: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("mpi4py", reason="mpi4py is not installed: pip install 'cellmodel[mpi]'")
    env = {**os.environ, **AS_ROOT, "OMPI_MCA_rmaps_base_oversubscribe": "1"}
    command = ["mpiexec", "-n", "2", sys.executable, str(SCRIPT), "--out", str(tmp_path / "out"), *few]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "run.json").read_text())["execution"]["ranks"] == 2
    for name in ("measures.csv", "traces.nwb"):
        assert (tmp_path / "out" / name).read_bytes() == (by_one / name).read_bytes()


def test_the_vehicle_has_no_halves_and_says_so(tmp_path: Path, small_cell: str) -> None:
    folder, doses = tmp_path / "out", ("0.1", "0.5", "1", "5")
    usual = ("--quick", "--morphology", small_cell, *ALONE)
    said = run(folder, *usual, "--compound", "vehicle", "--dose-mM", *doses)
    assert not [row for row in rows(folder) if row["measure"] in ("ec50", "hill")]
    assert "no effect, within 5 % of the control at every dose: no ec50" in said
    assert {fit["status"] for fit in fits(folder).values()} == {"no_effect"}
