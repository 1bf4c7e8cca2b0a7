"""Synaptic currents, field potentials and LTP from the command line: what they write and say."""

from __future__ import annotations

import csv
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pynwb import validate
from scripts import FILES, Done, runs_of, start

from cellmodel.recording import COLUMNS, read_measures

HEADER = "experiment,preparation,condition,compound,dose_mM,pathway,time_min,measure,value,unit,n,sd"
SHORT = """title = "two minutes of baseline, three of drug, a tetanus, six minutes"
duration_min = 11
probe_interval_seconds = 60
[[phase]]
at_min = 0
condition = "control"
[[phase]]
at_min = 2
condition = "drug"
[[phase]]
at_min = 5
condition = "after_ltp_drug"
[[wash]]
at_min = 2
drug = true
[[train]]
at_min = 5
pathway = "test"
pulses = 100
hz = 100
"""

OWN_DECAY = 9.0


def own_epsc() -> str:
    """Return a control EPSC as a CSV file: inward, 3 ms after its stimulus, decaying with `OWN_DECAY` ms."""
    t = np.arange(0.0, 80.0, 0.1)
    since = np.maximum(t - 13.0, 0.0)
    i = -150.0 * (1 - np.exp(-since / 0.5)) * np.exp(-since / OWN_DECAY)
    samples = [f"{at:.1f},{now:.4f}" for at, now in zip(t, i, strict=True)]
    return "\n".join(["dose_mM,0", "pulse_start_ms,10", "pulse_ms,1", "t_ms,i_pA", *samples])


PAIRS = (
    ("synaptic_currents", "field_potential"),
    ("ltp",),
    ("imuracetam", "CNQX"),
)
"""Runs that are computed side by side."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory, small_cell: str) -> Callable[..., list[Done]]:
    """Return a function that gives runs by name, computed once."""
    root = tmp_path_factory.mktemp("experiments")
    (root / "short.toml").write_text(SHORT)
    (root / "mine.csv").write_text(own_epsc())
    alone = ("--quick", "--jobs", "1")  # to start processes takes a quarter of the time
    usual = (*alone, "--morphology", small_cell)
    commands = {
        "synaptic_currents": ("synaptic_currents", *usual, "--no-plots"),
        "field_potential": ("field_potential", *alone, "--no-plots"),
        "imuracetam": ("field_potential", *usual, "--compound", "imuracetam", "--dose-mM", "1.5", "7"),
        "CNQX": ("synaptic_currents", *usual, "--compound", "CNQX", "--overlay", str(root / "mine.csv")),
        "ltp": ("ltp", *usual, "--no-plots", "--protocol", str(root / "short.toml"), "--seed", "3"),
    }
    return runs_of(root, commands, PAIRS)


# --- files --------------------------------------------------------------------------------

WHOLE = ("synaptic_currents", "field_potential", "ltp")


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_a_run_ends_well_and_writes_the_promised_files(runs, name: str) -> None:
    (done,) = runs(name)
    assert done.code == 0, done.err
    assert {path.name for path in done.folder.iterdir()} == FILES
    assert done.out.count("\n") == 1
    assert all(file in done.out for file in (*FILES, str(done.folder)))
    assert "Traceback" not in done.err


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_measures_have_the_promised_columns_and_words(runs, name: str) -> None:
    (done,) = runs(name)
    with (done.folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert ",".join(lines[0]) == HEADER == ",".join(COLUMNS)
    rows = done.rows  # a word outside the vocabulary is refused here
    assert len(rows) == len(lines) - 1 >= 16
    assert {row.experiment for row in rows} == {name}
    assert {row.compound for row in rows} == {"aniracetam"}
    assert {row.dose_mM for row in rows if row.condition == "control"} == {0.0}
    assert {row.dose_mM for row in rows if row.condition == "drug"} == {1.5}


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_traces_pass_the_inspector_and_open_in_neo(runs, name: str, open_nwb) -> None:
    (done,) = runs(name)
    signals = open_nwb(done.folder / "traces.nwb")
    kind = "i" if name == "synaptic_currents" else "v_field"
    assert sum(signal.endswith(f"_{kind}") for signal in signals) == signal_count(done)


def signal_count(done: Done) -> int:
    """Return how many sweeps a run has: two kinds of EPSC, the probes of a slice, or both conditions."""
    measure = {"synaptic_currents": "_peak", "ltp": "fepsp_slope", "field_potential": "fepsp_slope"}
    ending = measure[done.rows[0].experiment]
    is_ltp = done.rows[0].experiment == "ltp"
    return sum(
        row.measure.endswith(ending) and (not is_ltp or (row.time_min is not None and row.n == 1))
        for row in done.rows
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_a_run_says_how_it_came_about(runs, name: str) -> None:
    (done,) = runs(name)
    described = done.described
    assert (described["experiment"], described["status"]) == (name, "finished")
    assert described["parameters"]["quick"] is True
    assert described["parameters"]["compound"] == "aniracetam"
    assert described["seed"] == (3 if name == "ltp" else 1)
    assert described["versions"]["neuron"].startswith("9.")
    assert len(described["data_sha256"]) == 64
    assert {"ampa.mod", "nmda.mod", "release.mod"} <= set(described["mechanisms_sha256"])
    given = {"compound"} | ({"morphology"} if name != "field_potential" else set())
    given |= {"protocol"} if name == "ltp" else set()
    assert set(described["inputs_sha256"]) == given
    assert described["execution"]["wall_time_seconds"] > 0


# --- values -------------------------------------------------------------------------------


@pytest.mark.slow
def test_epscs_of_every_neuron_are_prolonged_by_the_drug(runs) -> None:
    (done,) = runs("synaptic_currents")
    for preparation in ("ca1_cell", "chick_cell", "culture_cell"):

        def found(measure: str, condition: str, preparation: str = preparation) -> float:
            return done.value(measure, condition, preparation=preparation)

        for kind in ("epsc", "mepsc"):
            assert found(f"{kind}_peak", "drug") > found(f"{kind}_peak", "control") > 0
            assert found(f"{kind}_tau_decay", "drug") > 1.2 * found(f"{kind}_tau_decay", "control")
        assert found("epsc_peak", "control") > 5 * found("mepsc_peak", "control")
        assert found("epsc_charge", "drug") > 1.5 * found("epsc_charge", "control")
    chick = done.value("epsc_tau_decay", "control", preparation="chick_cell")
    assert chick < done.value("epsc_tau_decay", "control", preparation="culture_cell")


@pytest.mark.slow
def test_the_fepsp_is_millivolts_at_the_test_intensity_and_grows_in_drug(runs) -> None:
    (done,) = runs("field_potential")
    parameters = done.described["parameters"]
    amplitudes = parameters["input_output"]["fepsp_amplitude_mV"]
    fibers = parameters["input_output"]["fibers"]
    assert sorted(fibers) == fibers
    control = done.value("fepsp_amplitude", "control")
    assert 0.3 <= control / amplitudes[fibers.index(parameters["largest_fibers"])] <= 0.4
    assert min(amplitudes) < 0.3
    assert 1.5 < max(amplitudes) < 2.5
    assert control == pytest.approx(amplitudes[fibers.index(parameters["test_fibers"])], rel=0.02)
    assert 0.1 < control < 2.0
    assert done.value("fepsp_amplitude", "drug") > 1.2 * control
    assert done.value("fepsp_half_width", "drug") > done.value("fepsp_half_width", "control")
    assert done.value("fiber_volley", "drug") == done.value("fiber_volley", "control")
    assert 1.0 < done.value("paired_pulse_ratio", "control") < 2.0
    assert done.value("spine_calcium_ampa", "drug") > done.value("spine_calcium_ampa", "control")


@pytest.mark.slow
def test_ltp_has_its_probes_means_and_percents(runs) -> None:
    (done,) = runs("ltp")
    percents = [row for row in done.rows if row.measure == "ltp_percent"]
    assert {(row.pathway, row.condition, row.time_min) for row in percents} == {
        (pathway, baseline, 5.0)
        for pathway in ("test", "control")
        for baseline in ("vs_baseline", "vs_drug_baseline")
    }
    by = {(row.pathway, row.condition): row.value for row in percents}
    assert by["test", "vs_drug_baseline"] > 120.0
    assert by["control", "vs_drug_baseline"] == pytest.approx(100.0, abs=10.0)
    assert by["control", "vs_baseline"] > 110.0  # the drug's gain, no LTP
    slopes = [row for row in done.rows if row.measure == "fepsp_slope"]
    probes = [row for row in slopes if row.time_min is not None]
    assert [row.time_min for row in probes if row.pathway == "test"] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]
    assert [row.time_min for row in probes if row.pathway == "control"] == [k + 0.5 for k in range(11)]
    assert {row.n for row in probes} == {0, 1}
    for pathway in ("test", "control"):
        means = [row.condition for row in slopes if row.time_min is None and row.pathway == pathway]
        assert means == ["control", "drug", "after_ltp_drug"]
        assert done.value("efficacy", "drug", pathway=pathway) == pytest.approx(
            done.value("efficacy", "control", pathway=pathway), rel=1e-3
        )
    after = done.value("efficacy", "after_ltp_drug", pathway="test")
    assert after > 1.1 * done.value("efficacy", "control", pathway="test")
    assert "5 min after the train" in done.err


# --- what is said -------------------------------------------------------------------------


@pytest.mark.slow
def test_imuracetam_and_a_dose_that_does_not_dissolve_are_said_everywhere(runs) -> None:
    (done,) = runs("imuracetam")
    assert done.code == 0, done.err
    notices = done.described["notices"]
    for said in (
        "no compound named 'imuracetam' is documented",
        "7 mM aniracetam is above its solubility of 5 mM",
    ):
        assert said in done.err
        assert any(said in notice for notice in notices)
    assert done.described["parameters"]["compound"] == "imuracetam"
    assert {row.compound for row in done.rows} == {"aniracetam"}
    figures = {"input_output", "laminar_profile", "fepsp_1.5mM", "fepsp_7mM"}
    drawn = {f"{figure}.{kind}" for figure in figures for kind in ("png", "svg")}
    assert {path.name for path in done.folder.iterdir()} == FILES | drawn
    charges = {row.dose_mM: row.value for row in done.rows if row.measure == "spine_calcium_ampa"}
    assert charges[0.0] < charges[1.5] < charges[7.0]


@pytest.mark.slow
def test_a_blocker_s_rows_have_its_name(runs) -> None:
    (done,) = runs("CNQX")
    assert done.code == 0, done.err
    assert {row.condition for row in done.rows} == {"control", "CNQX"}
    for preparation in ("ca1_cell", "chick_cell", "culture_cell"):
        control = done.value("epsc_peak", "control", preparation=preparation)
        assert done.value("epsc_peak", "CNQX", preparation=preparation) < 0.05 * control


@pytest.mark.slow
def test_own_epscs_are_drawn_on_the_simulated_ones_and_read_the_same_way(runs) -> None:
    (done,) = runs("CNQX")
    found = {row["measure"]: row for row in done.described["parameters"]["overlay"]}
    assert {(row["preparation"], row["event"], row["dose_mM"]) for row in found.values()} == {
        ("ca1_cell", "evoked", 0.0)
    }
    assert found["tau_decay"]["yours"] == pytest.approx(OWN_DECAY, rel=0.05)
    for measure, in_rows, tolerance in (("peak", "epsc_peak", 0.05), ("tau_decay", "epsc_tau_decay", 0.1)):
        own = done.value(in_rows, "control", preparation="ca1_cell")
        assert found[measure]["model"] == pytest.approx(own, rel=tolerance)
    assert "tau_decay, 0 mM, ca1_cell, evoked: yours" in done.err
    assert "yours, scaled to its peak" in (done.folder / "overlay.svg").read_text(encoding="utf-8")
    assert "overlay mine.csv" in done.described["inputs_sha256"]


# --- Ctrl-C -------------------------------------------------------------------------------


@pytest.mark.slow
def test_ctrl_c_in_ltp_leaves_the_probes_that_were_finished(tmp_path: Path, small_cell: str) -> None:
    began = time.monotonic()
    process = start(tmp_path / "out", "ltp", "--quick", "--no-plots", "--morphology", small_cell)
    said = ""
    while "test intensity" not in said:
        line = process.stderr.readline()
        assert line, f"the script ended: {said}"
        said += line
    time.sleep(max(1.5, time.monotonic() - began))  # to build a slice takes less than to find the intensity
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert "interrupted" in rest
    assert "Traceback" not in rest
    rows = read_measures(tmp_path / "out" / "measures.csv")
    assert {row.condition for row in rows} <= {"control", "drug", "after_ltp_drug"}
    times = [row.time_min for row in rows if row.measure == "fepsp_slope"]
    assert times == sorted(times)
    assert 1 <= len(times) < 400
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "interrupted"
    assert validate(path=str(tmp_path / "out" / "traces.nwb")) == []
