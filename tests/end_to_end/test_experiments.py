"""Synaptic currents, field potentials, LTP and the study from the command line: what they write and say."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pynwb import validate

from cellmodel.recording import COLUMNS, Measure, read_measures

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
HEADER = "experiment,preparation,condition,compound,dose_mM,pathway,time_min,measure,value,unit,n,sd"
FILES = {"measures.csv", "run.json", "traces.nwb"}
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

PAIRS = (
    ("synaptic_currents", "field_potential"),
    ("ltp", "ltp again"),
    ("one job", "imuracetam"),
    ("again by two jobs", "CNQX"),
    ("study",),
)
"""Runs that are computed side by side."""


@dataclass(frozen=True)
class Done:
    """A script that has ended: exit code, what it said, and its folder."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def rows(self) -> list[Measure]:
        return read_measures(self.folder / "measures.csv")

    @property
    def described(self) -> dict:
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    def value(self, measure: str, condition: str, **labels: object) -> float:
        """Return the only value of a measure in a condition, without a time."""
        (row,) = [
            row
            for row in self.rows
            if (row.measure, row.condition, row.time_min) == (measure, condition, None)
            and all(getattr(row, name) == given for name, given in labels.items())
        ]
        return row.value


def start(folder: Path, script: str, *argv: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(EXPERIMENTS / f"{script}.py"), "--out", str(folder), *argv]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder.parent)


def run(folder: Path, script: str, *argv: str) -> Done:
    process = start(folder, script, *argv)
    out, err = process.communicate(timeout=500)
    return Done(process.returncode, out, err, folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, small_cell: str) -> Callable[..., list[Done]]:
    """Return a function that gives runs by name, computed once."""
    root = tmp_path_factory.mktemp("experiments")
    (root / "short.toml").write_text(SHORT)
    usual = ("--quick", "--morphology", small_cell)
    ltp = ("ltp", *usual, "--no-plots", "--protocol", str(root / "short.toml"), "--seed", "3")
    some = ("study", *usual, "--no-plots", "--only", "patch,chick,culture")
    commands = {
        "synaptic_currents": ("synaptic_currents", *usual, "--no-plots"),
        "field_potential": ("field_potential", "--quick", "--no-plots"),
        "imuracetam": ("field_potential", *usual, "--compound", "imuracetam", "--dose-mM", "1.5", "7"),
        "CNQX": ("synaptic_currents", *usual, "--no-plots", "--compound", "CNQX"),
        "ltp": ltp,
        "ltp again": ltp,
        "one job": (*some, "--jobs", "1"),
        "again by two jobs": (
            *("study", "--no-plots", "--jobs", "2"),
            *("--rerun", str(root / "one_job" / "run.json")),
        ),
        "study": ("study", *usual, "--jobs", "2"),
    }
    done: dict[str, Done] = {}

    def give(*names: str) -> list[Done]:
        pairs = [pair for pair in PAIRS if set(pair) & set(names) and not set(pair) & set(done)]
        for pair in pairs:
            with ThreadPoolExecutor(2) as pool:
                found = pool.map(lambda name: run(root / name.replace(" ", "_"), *commands[name]), pair)
                done.update(zip(pair, found, strict=True))
        return [done[name] for name in names]

    return give


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
    assert 0.3 <= control / max(amplitudes) <= 0.4
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


# --- the same again -----------------------------------------------------------------------


@pytest.mark.slow
def test_ltp_twice_with_one_seed_is_the_same_to_the_byte(runs) -> None:
    first, second = runs("ltp", "ltp again")
    for name in ("measures.csv", "traces.nwb"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


@pytest.mark.slow
def test_a_study_run_again_by_two_jobs_gives_what_one_gave(runs) -> None:
    one, two = runs("one job", "again by two jobs")
    assert (one.code, two.code) == (0, 0), one.err + two.err
    assert two.described["options"] == one.described["options"]
    assert two.described["options"]["only"] == "patch,chick,culture"
    for name in ("measures.csv", "traces.nwb"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    preparations = {row.preparation for row in one.rows}
    assert preparations == {"ca1_patch", "chick_patch", "chick_cell", "culture_cell"}


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


# --- the study ----------------------------------------------------------------------------


class Loaded(HTMLParser):
    """What a page would load, and its headings."""

    LOADING = ("src", "srcset", "data", "poster", "action", "background")

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            is_loaded = name in self.LOADING or (name.endswith("href") and tag != "a")
            if is_loaded and value and not value.startswith(("#", "data:")):
                self.addresses.append(value)


@pytest.mark.slow
def test_the_study_ends_in_a_report_that_needs_nothing_but_itself(runs) -> None:
    (done,) = runs("study")
    assert done.code == 0, done.err
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    loaded = Loaded()
    loaded.feed(page)
    assert loaded.addresses == []
    assert "@import" not in page
    assert "url(http" not in page
    assert loaded.tags.count("svg") >= 6
    for table in ("Table 1", "Table 2"):
        assert table in page
    assert loaded.tags.count("table") >= 2
    assert validate(path=str(done.folder / "traces.nwb")) == []


@pytest.mark.slow
def test_the_study_has_every_chapter_in_rows_and_figures(runs) -> None:
    (done,) = runs("study")
    assert {row.experiment for row in done.rows} == {
        *("patch_clamp", "synaptic_currents", "field_potential"),
        *("ltp", "ltp_vehicle", "ltp_crossed", "ltp_D-AP5", "dose_response"),
    }
    doses = {row.dose_mM for row in done.rows if row.experiment == "dose_response"}
    assert doses == {0.0, 0.15, 1.5, 4.5}
    names = {path.name for path in done.folder.iterdir()}
    figures = {"patch", "epsc", "ltp", "ltp_crossed", "cascade", "fepsp", "whole_cell", "input_output"}
    pictures = {f"{figure}.{kind}" for figure in figures for kind in ("png", "svg")}
    tables = {f"{name}.csv" for name in (figures | {"doses"}) - {"input_output"}}
    assert names == FILES | {"report.html"} | pictures | tables
    listed = done.out.split("wrote ")[1].split(" to ")[0].split(", ")
    assert set(listed) == names


@pytest.mark.slow
def test_the_study_shows_ltp_that_needs_nmda_receptors_and_no_drug(runs) -> None:
    (done,) = runs("study")
    percent = {
        (row.experiment, row.condition): row.value
        for row in done.rows
        if row.measure == "ltp_percent" and row.pathway == "test" and row.time_min == 5.0
    }
    assert percent["ltp_vehicle", "vs_baseline"] > 120.0
    assert percent["ltp_crossed", "vs_baseline"] > 120.0
    blocked, vehicle = (percent[name, "vs_baseline"] - 100.0 for name in ("ltp_D-AP5", "ltp_vehicle"))
    assert abs(blocked) < 0.25 * vehicle  # short-term potentiation is presynaptic and stays
    assert ("ltp_vehicle", "vs_drug_baseline") not in percent
    crossed = {
        row.condition: row.value
        for row in done.rows
        if (row.experiment, row.measure, row.pathway, row.time_min)
        == ("ltp_crossed", "fepsp_amplitude", "test", None)
    }
    assert crossed["drug"] > 1.2 * crossed["control"]
    assert crossed["wash"] == pytest.approx(crossed["control"], rel=0.05)
    assert crossed["after_ltp_drug"] > crossed["after_ltp"] > 1.1 * crossed["wash"]


def test_an_unknown_chapter_names_the_nearest(tmp_path: Path) -> None:
    done = run(tmp_path / "out", "study", "--only", "patch,chik")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "unknown chapter 'chik'. Did you mean 'chick'?" in done.err
    assert not os.listdir(tmp_path)
