"""The patch experiment from the command line: what it writes and what it says."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "patch_clamp.py"
Here = Callable[..., subprocess.CompletedProcess[str]]


def run(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--out", str(folder), *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)


@pytest.fixture
def run_here(in_process: Here) -> Here:
    """Return a function that does what `run` does without another Python."""
    return lambda folder, *argv: in_process("patch_clamp", "--out", str(folder), *argv, cwd=folder.parent)


def values(folder: Path) -> dict[tuple[str, str, str], float]:
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["condition"], row["dose_mM"], row["measure"]): float(row["value"]) for row in rows}


def described(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def test_a_run_has_rows_sweeps_figures_and_the_quality_of_its_fits(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = run(folder, "--compound", "imuracetam", "--dose-mM", "1.5", "7")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        *("measures.csv", "run.json", "traces.nwb"),
        *(f"patch_{dose}.{kind}" for dose in ("1.5mM", "7mM") for kind in ("png", "svg")),
    }
    found, written = values(folder), described(folder)
    assert round(found["control", "0", "tau_deactivation"], 1) == 2.6
    assert found["drug", "1.5", "tau_desensitization"] > 3 * found["control", "0", "tau_desensitization"]
    for said in (
        "no compound named 'imuracetam'",
        "above its solubility of 5 mM",
        "D-AP5",
        "modulation.exchange are assumed",
        "ca1: temperature.q10",
    ):
        assert said in done.stderr
        assert any(said in notice for notice in written["notices"])
    assert "2-3 is usual" in written["parameters"]["assumed"]["ca1"]["temperature.q10"]
    fits = written["parameters"]["fits"]
    assert len(fits) == 3 * 3
    assert all(0.98 < fit["r2"] <= 1.0 for fit in fits)
    for fit in fits:
        row = found[fit["condition"], f"{fit['dose_mM']:g}", fit["measure"]]
        assert row == pytest.approx(fit["tau_ms"], rel=1e-6)


def test_a_run_run_again_is_identical_and_the_vehicle_is_the_control(
    tmp_path: Path, open_nwb: Callable[[Path], dict[str, Any]], run_here: Here
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    assert run_here(folders[0], "--dose-mM", "0", "--seed", "0", "--no-plots").returncode == 0
    again = run(folders[1], "--rerun", str(folders[0] / "run.json"), "--no-plots")
    assert again.returncode == 0, again.stderr
    assert "numbers may differ" not in again.stderr
    assert described(folders[1])["options"] == described(folders[0])["options"]
    assert open_nwb(folders[0] / "traces.nwb")["sweep_00000_i"].dimensionality.string == "nA"
    for name in ("measures.csv", "traces.nwb"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    found = values(folders[0])
    control = {measure: value for (condition, _, measure), value in found.items() if condition == "control"}
    assert control == {m: v for (condition, _, m), v in found.items() if condition == "drug"}


def test_exchange_and_filter_are_set_and_written_down(tmp_path: Path, run_here: Here) -> None:
    folder = tmp_path / "out"
    assert run_here(folder, "--exchange-ms", "0.5", "--filter-kHz", "1", "--no-plots").returncode == 0
    rig = described(folder)["parameters"]["rig"]
    assert (rig["exchange"], rig["filter"]) == (0.5, 1.0)
    assert values(folder)["control", "0", "rise_10_90"] > 0.55


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--filter-kHz", "30"), "half the sampling rate"),
        (("--exchange-ms", "0"), "not above 0"),
        (("--application", "neither"), "glutamate_only"),
        (("--configuration", "inside_out"), "outside_out"),
    ],
)
def test_a_wrong_rig_is_one_line_and_code_2(
    argv: tuple[str, str], said: str, tmp_path: Path, in_process: Here
) -> None:
    done = in_process("patch_clamp", "--out", "out", *argv, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_cnqx_takes_its_share_under_its_own_name(tmp_path: Path, run_here: Here) -> None:
    folder = tmp_path / "out"
    assert run_here(folder, "--compound", "CNQX", "--no-plots").returncode == 0
    found = values(folder)
    assert found["CNQX", "0.01", "peak"] < 0.05 * found["control", "0", "peak"]


# --- a user's own sweeps ------------------------------------------------------------------


def sweeps_csv(
    path: Path, *, unit: str = "pA", doses: tuple[float, ...] = (0.0, 0.0), tau: float = 4.0
) -> Path:
    """Write currents that decay with ``tau`` ms after a pulse of 1 ms, with a quiet baseline."""
    t = np.arange(0.0, 60.0, 0.05)
    since = t - 5.0
    decay = np.exp(-np.maximum(since - 1.0, 0.0) / tau)
    current = -50.0 * np.where(since < 0, 0.0, (1 - np.exp(-np.maximum(since, 0.0) / 0.2)) * decay)
    noise = np.random.default_rng(1).normal(0.0, 0.1, t.size)
    head = [("dose_mM", *doses), ("pulse_start_ms", *(5 for _ in doses)), ("pulse_ms", *(1 for _ in doses))]
    lines = [*head, ("t_ms", *(f"i_{unit}" for _ in doses))]
    lines += [(f"{at:.2f}", *(f"{i:.4f}" for _ in doses)) for at, i in zip(t, current + noise, strict=True)]
    path.write_text("\n".join(",".join(map(str, line)) for line in lines))
    return path


def as_abf(path: Path) -> tuple[str, ...]:
    """Write the sweeps of a CSV file as ABF with their table, and return the options that give them."""
    pytest.importorskip("pyabf", reason="pyABF is not installed: pip install 'cellmodel[abf]'")
    from pyabf.abfWriter import writeABF1

    sweeps = np.genfromtxt(path, delimiter=",", skip_header=4)[:, 1:].T
    abf, table = path.with_suffix(".abf"), path.with_name("sweeps.csv")
    writeABF1(sweeps, str(abf), sampleRateHz=20000, units="pA")
    lines = [f"{abf.name},{k},0,5,1" for k in range(len(sweeps))]
    table.write_text("\n".join(["file,sweep,dose_mM,pulse_start_ms,pulse_ms", *lines]))
    return "--overlay", str(abf), "--sweep-table", str(table)


@pytest.mark.parametrize("kind", ["csv", "abf"])
def test_own_sweeps_are_drawn_on_the_simulated_ones_and_read_the_same_way(
    kind: str, tmp_path: Path, run_here: Here
) -> None:
    folder, mine = tmp_path / "out", sweeps_csv(tmp_path / "mine.csv")
    done = run_here(folder, *(as_abf(mine) if kind == "abf" else ("--overlay", str(mine))))
    assert done.returncode == 0, done.stderr
    (peak, tau) = described(folder)["parameters"]["overlay"]
    assert (tau["measure"], tau["condition"], tau["n"]) == ("tau_deactivation", "control", 2)
    assert tau["yours"] == pytest.approx(4.0, rel=0.02)
    found = values(folder)
    assert tau["model"] == pytest.approx(found["control", "0", "tau_deactivation"], rel=0.05)
    assert peak["model"] == pytest.approx(found["control", "0", "peak"], rel=0.02)
    assert "tau_deactivation, 0 mM, 1 ms pulse: yours 4" in done.stderr
    assert "yours, scaled to its peak" in (folder / "overlay.svg").read_text(encoding="utf-8")
    assert (folder / "overlay.png").is_file()
    assert f"overlay mine.{kind}" in described(folder)["inputs_sha256"]


@pytest.mark.parametrize(
    ("changes", "argv", "said"),
    [
        ({"unit": "mV"}, (), "unknown unit of current 'mV'"),
        ({"tau": float("nan")}, (), "not all samples are finite"),
        ({"doses": (3.0,)}, (), "your sweeps with 3 mM have no simulated ones"),
        ({}, ("--configuration", "whole_cell"), "--overlay belongs to --configuration outside_out"),
    ],
)
def test_own_sweeps_of_no_use_are_one_line_and_code_2(
    changes: dict[str, Any], argv: tuple[str, ...], said: str, tmp_path: Path, in_process: Here
) -> None:
    overlay = ("--overlay", sweeps_csv(tmp_path / "mine.csv", **changes).name)
    done = in_process("patch_clamp", "--out", "out", *overlay, *argv, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
