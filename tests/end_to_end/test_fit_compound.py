"""A compound from a user's own data, from the command line: what is written, and that it runs elsewhere."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cellmodel.compound import Compound
from cellmodel.receptor import Receptor

Here = Callable[..., subprocess.CompletedProcess[str]]
EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
TABLE = """measure,dose_mM,ratio,sd,n
tau_deactivation,0.3,1.75,0.25,6
tau_deactivation,1,2.6,0.35,6
tau_deactivation,3,3.5,0.5,6
tau_desensitization,0.3,1.7,0.25,6
tau_desensitization,1,2.75,0.4,6
tau_desensitization,3,5.1,0.7,6
"""


def run(name: str, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXPERIMENTS / f"{name}.py"), "--out", str(folder), *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)


@pytest.fixture
def run_here(in_process: Here) -> Here:
    """Return a function that does what `run` does without another Python."""
    return lambda name, folder, *argv: in_process(name, "--out", str(folder), *argv, cwd=folder.parent)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "ratios.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_table_becomes_a_compound_that_runs_in_another_experiment(
    table: Path, tmp_path: Path, run_here: Here
) -> None:
    folder = tmp_path / "out"
    done = run("fit_compound", folder, "--data", str(table), "--name", "mine")
    for said in ("your control is taken to be that of the receptor ca1", "in both solutions"):
        assert said in done.stderr
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        "fit.png",
        "fit.svg",
        "measures.csv",
        "mine.toml",
        "run.json",
    }
    for said in ("k_m = ", "90 % interval", "of entry these data give an upper limit only"):
        assert said in done.stderr
    values = {(row["measure"], row["condition"]): float(row["value"]) for row in rows(folder)}
    assert values["k_m", "interval_low"] < values["k_m", "fitted"] < values["k_m", "interval_high"]
    described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert described["inputs_sha256"].keys() == {"ratios.csv"}
    assert described["parameters"]["fit"]["intervals"]["entry"]["is_open_low"] is True
    assert Compound.named(str(folder / "mine.toml")).name == "mine"
    used = run_here(
        "patch_clamp",
        tmp_path / "patch",
        "--compound",
        str(folder / "mine.toml"),
        "--dose-mM",
        "1",
        "--no-plots",
    )
    assert used.returncode == 0, used.stderr
    tau = {
        r["condition"]: float(r["value"])
        for r in rows(tmp_path / "patch")
        if r["measure"] == "tau_deactivation"
    }
    assert tau["drug"] / tau["control"] == pytest.approx(2.6, rel=0.1)


def test_sweeps_of_the_patch_experiment_give_its_compound_back(tmp_path: Path, run_here: Here) -> None:
    patch, folder = tmp_path / "patch", tmp_path / "out"
    assert run_here("patch_clamp", patch, "--dose-mM", "0.5", "2", "8", "--no-plots").returncode == 0
    done = run_here("fit_compound", folder, "--data", str(patch / "traces.nwb"), "--name", "again")
    assert done.returncode == 0, done.stderr
    assert "fewer than 3 sweeps" in done.stderr
    assert {"again.toml", "traces.nwb", "sweeps.png", "fit.png"} <= {path.name for path in folder.iterdir()}
    truth, found = (
        Compound.named("aniracetam").modulation,
        Compound.named(str(folder / "again.toml")).modulation,
    )
    assert truth is not None
    assert found is not None
    assert found.k_m == pytest.approx(truth.k_m, rel=0.05)
    assert found.closing == pytest.approx(truth.closing, rel=0.05)


@pytest.mark.slow
def test_a_drug_that_stays_bound_is_found_with_its_regime_and_told_without(
    tmp_path: Path, run_here: Here
) -> None:
    patch = tmp_path / "patch"
    doses = ("--compound", "cyclothiazide", "--dose-mM", "0.001", "0.003", "0.01")
    assert run_here("patch_clamp", patch, *doses, "--no-plots").returncode == 0
    data = ("--data", str(patch / "traces.nwb"), "--name", "again", "--no-plots")
    assert (
        "give --regime fast" in run_here("fit_compound", tmp_path / "slow", *data, "--regime", "slow").stderr
    )
    found, shipped = Compound.named(str(tmp_path / "slow" / "again.toml")), Compound.named("cyclothiazide")
    truth = shipped.modulation_on(Receptor.named("ca1").composition)
    assert (found.regime, found.modulation.k_m) == ("slow", pytest.approx(truth.k_m, rel=0.1))
    assert found.modulation.closing == pytest.approx(truth.closing, rel=0.1)
    told = "may be of one that is held to stay on its sites during a sweep"
    assert told in run_here("fit_compound", tmp_path / "fast", *data).stderr
    assert any(told in text for text in Compound.named(str(tmp_path / "fast" / "again.toml")).notices)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "no data"),
        (("--data", "none.csv"), "cannot read"),
        (("--data", "ratios.csv", "--name", "a/b"), "name 'a/b'"),
        (("--data", "ratios.csv", "--name", "aniracetam"), "is shipped"),
        (("--data", "ratios.csv", "--fixed", "k=1"), "unknown constant to fix 'k'"),
        (("--data", "ratios.csv", "--fixed", "k_m=much"), "'much' is not a number"),
        (("--data", "ratios.csv", "--control", "tau=1"), "unknown measure of the control 'tau'"),
        (("--data", "ratios.csv", "--control", "tau_deactivation=-1"), "above 0.001"),
        (("--data", "ratios.csv", "--slows-o", "maybe"), "invalid choice"),
        (("--data", "bad.csv"), "line 2, column ratio"),
    ],
)
def test_bad_input_is_one_line_code_2_and_leaves_nothing(
    argv: tuple[str, ...],
    said: str,
    table: Path,
    tmp_path: Path,
    in_process: Here,
) -> None:
    (tmp_path / "bad.csv").write_text("measure,dose_mM,ratio,sd\npeak,1,0,0.1\n", encoding="utf-8")
    done = in_process("fit_compound", "--out", "out", *argv, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
