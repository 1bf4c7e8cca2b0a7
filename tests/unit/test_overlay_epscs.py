"""A user's own EPSCs in each kind of file, beside a simulated one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.recording import write_nwb
from cellmodel.study.currents import with_mode
from cellmodel.study.overlay_epscs import begin_of, compare_epscs, read_epscs
from cellmodel.traces import Recording

T = np.arange(0.0, 100.0, 0.05)
STIMULUS, LATENCY, ARTIFACT = 20.0, 3.0, 1.5
SWEEPS = ((0.0, 8.0), (0.0, 8.0), (0.0, 8.0), (1.5, 13.0))
"""Dose (mM) and decay (ms)."""


def shape(since: np.ndarray, tau: float) -> np.ndarray:
    """Return an EPSC that begins at 0 ms, upward, with a peak near 1."""
    late = np.maximum(since, 0.0)
    return np.where(since < 0, 0.0, (1 - np.exp(-late / 0.8)) * np.exp(-late / tau))


def recorded(tau: float, *, seed: int = 0, latency: float = LATENCY) -> np.ndarray:
    """Return an inward EPSC (pA) with noise, behind the artifact of its stimulus."""
    since = T - STIMULUS
    artifact = np.where((since >= 0) & (since < 1.0), 400.0, 0.0)
    noise = np.random.default_rng(seed).normal(0.0, 2.0, T.size)
    return artifact - 200.0 * shape(since - latency, tau) + noise


def write_csv(folder: Path, sweeps: list[np.ndarray]) -> tuple[list[Path], Path | None]:
    lines = {
        "dose_mM": [dose for dose, _ in SWEEPS],
        "pulse_start_ms": [STIMULUS] * len(sweeps),
        "pulse_ms": [ARTIFACT + 0.1 * k for k in range(len(sweeps))],  # they need not be alike
        "t_ms": ["i_pA"] * len(sweeps),
    }
    head = "\n".join(",".join(map(str, (name, *values))) for name, values in lines.items())
    path = folder / "mine.csv"
    np.savetxt(path, np.column_stack([T, *sweeps]), delimiter=",", header=head, comments="", fmt="%.6g")
    return [path], None


def write_table(folder: Path, name: str) -> Path:
    rows = [f"{name},{k},{dose},{STIMULUS},{ARTIFACT}" for k, (dose, _) in enumerate(SWEEPS)]
    path = folder / "sweeps.csv"
    path.write_text("\n".join(["file,sweep,dose_mM,pulse_start_ms,pulse_ms", *rows]), encoding="utf-8")
    return path


def write_abf(folder: Path, sweeps: list[np.ndarray]) -> tuple[list[Path], Path | None]:
    pytest.importorskip("pyabf", reason="pyABF is not installed: pip install 'cellmodel[abf]'")
    from pyabf.abfWriter import writeABF1

    path = folder / "mine.abf"
    writeABF1(np.array(sweeps), str(path), sampleRateHz=20000, units="pA")
    return [path], write_table(folder, path.name)


def write_foreign_nwb(folder: Path, sweeps: list[np.ndarray]) -> tuple[list[Path], Path | None]:
    path = folder / "mine.nwb"
    meta = {"mode": "voltage_clamp", "v_hold": -70.0}
    write_nwb(
        path,
        [Recording(T, {"i": i / 1000.0}, {"i": "nA"}, meta) for i in sweeps],
        session={"experiment": "test"},
    )
    return [path], write_table(folder, path.name)


def write_own_nwb(folder: Path, sweeps: list[np.ndarray]) -> tuple[list[Path], Path | None]:
    """Write what synaptic_currents writes, with the EPSCs of another preparation between those wanted."""
    written = []
    for (dose, _), i in zip(SWEEPS, sweeps, strict=True):
        for preparation in ("ca1_cell", "chick_cell"):
            meta = {"preparation": preparation, "kind": "evoked", "dose_mM": dose, "v_hold": -70.0}
            current = np.where((T >= STIMULUS) & (T < STIMULUS + ARTIFACT), 0.0, i) / 1000.0
            sweep = Recording(T - STIMULUS, {"i": current}, {"i": "nA"}, meta)
            written.append(with_mode(sweep, "drug" if dose else "control"))
    write_nwb(folder / "traces.nwb", written, session={"experiment": "test"})
    return [folder / "traces.nwb"], None


def as_run(paths: list[Path], table: Path | None, **options: Any) -> Any:
    """Return what the overlay needs of a run, and what it says and draws."""
    given = {"overlay_on": "ca1_cell", "overlay_event": "evoked", "overlay_scale": "peak", "plots": True}
    run = SimpleNamespace(said=[], inputs=[], recorded={}, figures={})
    run.options = SimpleNamespace(overlay=paths, sweep_table=table, **{**given, **options})
    run.say = run.notice = run.said.append
    run.record_input = lambda name, _: run.inputs.append(name)
    run.record = run.recorded.update
    run.save_figure = run.figures.__setitem__
    return run


def model(dose: float, tau: float) -> Recording:
    t = np.arange(-2.0, 80.0, 0.02)
    meta = {
        "preparation": "ca1_cell",
        "kind": "evoked",
        "dose_mM": dose,
        "condition": "drug" if dose else "control",
    }
    return Recording(t, {"i": -0.1 * shape(t - 1.0, tau)}, {"i": "nA"}, meta)


@pytest.mark.parametrize("write", [write_csv, write_abf, write_foreign_nwb, write_own_nwb])
def test_own_epscs_of_each_kind_of_file_are_read_as_the_model_is(write: Any, tmp_path: Path) -> None:
    sweeps = [recorded(tau, seed=k) for k, (_, tau) in enumerate(SWEEPS)]
    run = as_run(*write(tmp_path, sweeps))
    averages = read_epscs(run, [1.5])
    assert [(each.dose_mM, each.n) for each in averages] == [(0.0, 3), (1.5, 1)]
    compare_epscs(run, averages, {0.0: model(0.0, 8.0), 1.5: model(1.5, 13.0)}, "aniracetam")
    found = {
        (row["measure"], row["dose_mM"]): (row["yours"], row["model"]) for row in run.recorded["overlay"]
    }
    for (measure, _), (yours, own) in found.items():
        ratio = 2.0 if measure in ("peak", "charge") else 1.0
        assert yours == pytest.approx(ratio * own, rel=0.1)
    assert found["tau_decay", 0.0][0] == pytest.approx(8.0, rel=0.05)
    assert found["tau_decay", 1.5][0] == pytest.approx(13.0, rel=0.05)
    assert any(line.startswith("tau_decay, 1.5 mM, ca1_cell, evoked: yours 1") for line in run.said)
    mine = run.figures["overlay"].axes[0].lines[1]
    control = run.figures["overlay"].axes[0].lines[0]
    assert begin_of(mine.get_xdata(), -mine.get_ydata()) == pytest.approx(
        begin_of(control.get_xdata(), -control.get_ydata()), abs=0.3
    )
    assert mine.get_ydata().min() == pytest.approx(control.get_ydata().min(), rel=0.1)


@pytest.mark.parametrize(
    ("changes", "pulse", "said"),
    [
        ({"latency": 40.0}, ARTIFACT, "does not match the trace: the current begins 40"),
        ({"latency": -10.0}, ARTIFACT, "does not match the trace: the current begins"),
        ({}, 20.0, "pulse_ms is 20. For EPSCs it is how long stimulus and artifact last"),
        ({}, -1.0, "pulse_ms is -1"),
    ],
)
def test_an_epsc_that_is_not_where_it_should_be_is_refused(
    changes: dict[str, float], pulse: float, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.ARTIFACT", pulse)
    run = as_run(*write_csv(tmp_path, [recorded(tau, **changes) for _, tau in SWEEPS]))
    with pytest.raises(ParameterError, match=said):
        read_epscs(run, [1.5])


def test_a_dose_that_is_not_simulated_is_said_and_left_out(tmp_path: Path) -> None:
    run = as_run(*write_csv(tmp_path, [recorded(tau, seed=k) for k, (_, tau) in enumerate(SWEEPS)]))
    assert [each.dose_mM for each in read_epscs(run, [3.0])] == [0.0]
    assert "your sweeps with 1.5 mM have no simulated ones" in run.said[0]


def test_without_overlay_nothing_is_read() -> None:
    assert read_epscs(as_run(None, None), [1.5]) == ()
