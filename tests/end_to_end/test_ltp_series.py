"""Series of LTP experiments in several cells, from the command line: what they write and say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cellmodel.recording import Measure, read_measures

SCRIPTS = Path(__file__).resolve().parents[2] / "experiments"
SERIES = """title = "5 or 60 pulses at 100 Hz, 5 min"
duration_min = 7
probe_interval_seconds = 60
[[phase]]
at_min = 0
condition = "control"
[[phase]]
at_min = 2
condition = "after_ltp"
[[train]]
at_min = 2
pathway = "test"
pulses = 60
hz = 100
[series]
varies = "pulses"
values = [5, 60]
"""


def run(folder: Path, script: str, *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / f"{script}.py"), "--out", str(folder / "out"), *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=500)


def of(rows: list[Measure], measure: str, experiment: str) -> list[Measure]:
    return [row for row in rows if (row.measure, row.experiment) == (measure, experiment)]


@pytest.mark.slow
def test_a_series_in_two_cells_has_rows_of_each_means_and_a_figure(tmp_path: Path, small_cell: str) -> None:
    (tmp_path / "mine.toml").write_text(SERIES)
    usual = ("--quick", "--morphology", small_cell, "--jobs", "2")
    done = run(tmp_path, "ltp", *usual, "--protocol", "mine.toml", "--cells", "2")
    assert done.returncode == 0, done.stderr
    rows = read_measures(tmp_path / "out" / "measures.csv")
    for pulses in (5, 60):
        name = f"ltp_{pulses}_pulses"
        cells = [of(rows, "ltp_percent", f"{name}_cell_{cell}") for cell in (1, 2)]
        (mean,) = [row for row in of(rows, "ltp_percent", name) if row.pathway == "test"]
        values = [row.value for cell in cells for row in cell if row.pathway == "test"]
        assert len(values) == mean.n == 2
        assert mean.value == pytest.approx(sum(values) / 2)
    (half,) = of(rows, "half_maximal", "ltp")
    assert 5.0 < half.value < 60.0
    assert "control, pulses 60:" in done.stderr
    assert "washes nothing in" in done.stderr
    assert (tmp_path / "out" / "series.png").stat().st_size > 0
    described = json.loads((tmp_path / "out" / "run.json").read_text())
    assert set(described["parameters"]["test_fibers"]) == {"1", "2"}


@pytest.mark.slow
def test_trials_with_random_release_differ_and_are_counted(tmp_path: Path, small_cell: str) -> None:
    usual = ("--quick", "--morphology", small_cell, "--jobs", "1")
    done = run(tmp_path, "field_potential", *usual, "--trials", "3")
    assert done.returncode == 0, done.stderr
    rows = read_measures(tmp_path / "out" / "measures.csv")
    found = {row.condition: row for row in of(rows, "fepsp_amplitude", "field_potential")}
    assert set(found) == {"control", "drug"}
    for row in found.values():
        assert row.n == 3
        assert row.sd > 0.0
    assert found["drug"].value > found["control"].value
    assert "CV of 3 trials" in done.stderr
    assert "if all cells released alike" in done.stderr
    assert (tmp_path / "out" / "trials_1.5mM.png").stat().st_size > 0
    slab = json.loads((tmp_path / "out" / "run.json").read_text())["parameters"]["slab"]
    assert 100 < slab["worth_equal_cells"] < slab["cells"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--cells", "0"), "'0' is not a whole number of at least 1"),
        (("--cells", "2", "--expression", "all", "--protocol", "crossed"), "Leave out --cells"),
        (
            ("--electrode-noise", "--expression", "all", "--protocol", "crossed"),
            "Leave out --electrode-noise",
        ),
    ],
)
def test_cells_that_cannot_be_are_refused(argv: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run(tmp_path, "ltp", *argv)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.slow
def test_noise_of_the_electrode_is_on_every_probe_and_the_same_with_any_number_of_jobs(
    tmp_path: Path, small_cell: str
) -> None:
    (tmp_path / "mine.toml").write_text(SERIES)
    usual = ("--quick", "--no-plots", "--morphology", small_cell, "--protocol", "mine.toml")
    found = {}
    for name, more in {"noisy": ("--jobs", "1"), "again": ("--jobs", "2"), "quiet": ("--jobs", "1")}.items():
        noise = () if name == "quiet" else ("--electrode-noise",)
        done = run(tmp_path, "ltp", *usual, *noise, *more, "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        found[name] = (tmp_path / name / "measures.csv").read_text()
    assert found["noisy"] == found["again"]
    noisy, quiet = (read_measures(tmp_path / name / "measures.csv") for name in ("noisy", "quiet"))
    amplitudes = (of(rows, "fepsp_amplitude", "ltp_60_pulses") for rows in (noisy, quiet))
    pairs = zip(*amplitudes, strict=True)
    apart = [a.value - b.value for a, b in pairs if a.time_min is not None]
    assert len({round(value, 7) for value in apart}) == len(apart) > 4
    assert 0.0 < max(map(abs, apart)) < 0.02
    described = json.loads((tmp_path / "noisy" / "run.json").read_text())["parameters"]
    assert described["electrode_noise"]["rms_mV"] == pytest.approx(0.0059, rel=0.02)
