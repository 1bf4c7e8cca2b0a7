"""Noise analysis from the command line: rows, figure, sweeps and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Here = Callable[..., CompletedProcess[str]]


def rows(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        return {(row["condition"], row["measure"]): row for row in csv.DictReader(file)}


def test_channels_and_sweeps_give_rows_a_figure_and_the_parabola(tmp_path: Path, in_process: Here) -> None:
    folder = tmp_path / "out"
    argv = ("--channels", "100", "--sweeps", "200", "--dose-mM", "1.5", "--seed", "3")
    done = in_process("patch_clamp", "--out", str(folder), *argv, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "below the 10 pS of the model" in done.stderr
    names = {path.name for path in folder.iterdir()}
    assert {"noise.png", "noise.svg", "patch.png", "measures.csv", "run.json", "traces.nwb"} <= names
    found, written = rows(folder), json.loads((folder / "run.json").read_text(encoding="utf-8"))
    parameters = written["parameters"]
    assert (parameters["channels"], parameters["sweeps"], parameters["rig"]["n_channels"]) == (100, 200, 100)
    assert [each["condition"] for each in parameters["noise"]] == ["control", "drug"]
    for each in parameters["noise"]:
        conductance, number = (
            found[each["condition"], measure] for measure in ("unitary_conductance", "channel_number")
        )
        assert (conductance["unit"], number["unit"], number["n"]) == ("pS", "1", "200")
        assert float(conductance["value"]) == pytest.approx(each["unitary_conductance_pS"], rel=1e-6)
        assert abs(each["unitary_conductance_pS"] - 9.8) < 3 * each["unitary_conductance_error_pS"]
        assert abs(each["channel_number"] - 100) < 3 * each["channel_number_error"]
        assert len(each["mean_pA"]) == len(each["variance_pA2"]) == len(each["variance_error_pA2"]) == 20
    peaks = [each["mean_pA"][-1] for each in parameters["noise"]]
    assert peaks[0] == pytest.approx(100 * 0.7 * 0.61, rel=0.05)
    assert peaks[1] > 1.2 * peaks[0]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--sweeps", "20"), "too few"),
        (("--sweeps", "0"), "whole number of at least 1"),
        (("--channels", "1.5"), "whole number"),
        (("--sweeps", "1000", "--configuration", "whole_cell"), "outside_out"),
    ],
)
def test_a_wrong_plan_is_one_line_and_code_2(
    argv: tuple[str, ...], said: str, tmp_path: Path, in_process: Here
) -> None:
    done = in_process("patch_clamp", "--out", "out", *argv, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
