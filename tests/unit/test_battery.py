"""The battery's definitions, on synthetic traces and counts whose answer is known."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from cellmodel.battery import back_propagation as bap
from cellmodel.battery import oblique
from cellmodel.battery.attenuation import mean_ratio
from cellmodel.battery.block import find_block
from cellmodel.battery.oblique import (
    ALWAYS_SPIKE,
    NO_SPIKE,
    SOMATIC_SPIKE,
    USABLE,
    Site,
    find_weight,
    measure_site,
    sum_up,
)
from cellmodel.battery.resonance import chirp, impedance_of
from cellmodel.battery.scores import FeatureScore, Outcome, efel_features, mean_score
from cellmodel.battery.somatic import average, score_steps, somatic_targets, steps_of
from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.traces import Recording

FOUND = FeatureScore("found", 3.0, 1.0, 0.5, "mV")
MISSING = FeatureScore("missing", math.nan, 1.0, 0.5, "mV")
BLOCKED, FIRING = -40.0, math.nan


def test_a_feature_s_score_is_its_distance_in_standard_deviations() -> None:
    assert FOUND.score == 4.0
    assert math.isnan(MISSING.score)


def test_a_missing_feature_is_left_out_of_the_score_and_named() -> None:
    outcome = Outcome("test", (FOUND, MISSING))
    assert outcome.score == 4.0
    assert outcome.missing == ("missing",)
    assert outcome.strict_score(10.0) == 7.0
    assert outcome.strict_score() > outcome.score


def test_without_any_feature_there_is_no_score() -> None:
    assert math.isnan(mean_score([MISSING]))
    assert mean_score([MISSING], missing_error=3.0) == 3.0


# --- somatic features -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "n", "lowest", "highest"), [("sharp", 232, -1, 1), ("patch", 305, -0.25, 0.25)]
)
def test_a_set_has_all_its_features(which: str, n: int, lowest: float, highest: float) -> None:
    assert len(somatic_targets(which)) == n
    assert len({target.name for target in somatic_targets(which)}) == n
    assert (steps_of(which)[0], steps_of(which)[-1], len(steps_of(which))) == (lowest, highest, 10)


@pytest.mark.parametrize(
    ("which", "name", "mean", "sd", "unit"),
    [
        ("sharp", "AP_amplitude.Step0.8", 72.7, 8.9, "mV"),
        ("sharp", "Spikecount_stimint.Step0.8", 9.3, 4.2, "1"),
        ("patch", "AP_begin_voltage.Step0.2", -50.1, 2.0, "mV"),
        ("patch", "time_constant.Step-0.05", 21.7, 4.8, "ms"),
    ],
)
def test_the_sets_hold_the_published_numbers(
    which: str, name: str, mean: float, sd: float, unit: str
) -> None:
    found = next(target for target in somatic_targets(which) if target.name == name)
    assert (found.mean, found.sd) == (pytest.approx(mean, abs=0.06), pytest.approx(sd, abs=0.06))
    assert found.unit == unit


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(ParameterError, match="sharp"):
        somatic_targets("shrap")


def test_features_of_spikes_are_averaged_without_the_first() -> None:
    assert average("AP_amplitude", np.array([100.0, 70.0, 80.0])) == 75.0
    assert math.isnan(average("AP_amplitude", np.array([100.0])))
    assert average("Spikecount", np.array([3.0])) == 3.0


def test_an_interval_that_does_not_exist_is_0_hz_and_no_other_feature_is() -> None:
    assert average("inv_first_ISI", np.array([])) == 0.0
    assert math.isnan(average("ISI_values", np.array([])))


def spike_train(times: list[float], *, end: float = 1600.0, rest: float = -70.0) -> Recording:
    t = np.arange(0.0, end, 0.05)
    v = np.full(t.size, rest)
    for at in times:
        v += 100.0 * np.exp(-(((t - at) / 0.5) ** 2))
    return Recording(t, {"v_soma": v}, {"v_soma": "mV"})


def test_efel_counts_the_spikes_of_a_train_and_has_no_intervals_in_one_without() -> None:
    train = spike_train([1050.0, 1100.0, 1150.0])
    found = efel_features((train.t, train["v_soma"]), ["Spikecount", "ISI_values"], start=1000.0, end=1300.0)
    assert found["Spikecount"].tolist() == [3]
    quiet = spike_train([])
    found = efel_features((quiet.t, quiet["v_soma"]), ["Spikecount", "ISI_values"], start=1000.0, end=1300.0)
    assert (found["Spikecount"].tolist(), found["ISI_values"].size) == ([0], 0)


def test_settings_of_efel_do_not_outlive_the_call() -> None:
    low = spike_train([1050.0], rest=-140.0)  # peaks at -40 mV
    trace = (low.t, low["v_soma"])
    limits = {"start": 1000.0, "end": 1300.0}
    assert efel_features(trace, ["Spikecount"], **limits, settings={"Threshold": -60.0})["Spikecount"][0] == 1
    assert efel_features(trace, ["Spikecount"], **limits)["Spikecount"][0] == 0


def test_recordings_are_scored_by_step_and_what_they_lack_is_said() -> None:
    outcome = score_steps("patch", {0.1: spike_train([1060.0])})
    assert {one.name.split(".Step")[1] for one in outcome.features} == {"0.1"}
    rest = next(one for one in outcome.features if one.name.startswith("voltage_base."))
    assert rest.model == pytest.approx(-70.0, abs=0.01)
    assert outcome.notices[0].startswith("eFEL ")


# --- depolarization block -------------------------------------------------------------------


def responder(counts: list[int], blocked_from: int):
    asked = []

    def respond(k: int) -> SimpleNamespace:
        asked.append(k)
        is_silent = k >= blocked_from or counts[k] == 0
        return SimpleNamespace(n_spikes=counts[k], plateau=BLOCKED if is_silent else FIRING)

    return respond, asked


def test_block_follows_the_largest_count() -> None:
    counts = [0, 0, 5, 10, 15, 20, 25, 30, 35, 40, 8, 7, 6, 5, 4, 3, 2]
    respond, asked = responder(counts, 10)
    assert find_block(respond, len(counts), stride=4) == ((9,), 10)
    assert len(set(asked)) < 10


def test_block_may_come_later_than_the_largest_count() -> None:
    counts = [0, 0, 5, 10, 15, 20, 25, 24, 23, 22, 8, 7, 6, 5, 4, 3, 2]
    respond, _ = responder(counts, 10)
    assert find_block(respond, len(counts), stride=4) == ((6,), 10)


def test_a_tie_and_a_cell_that_fires_to_the_end_are_no_block() -> None:
    respond, _ = responder([0, 5, 10, 20, 20, 3, 2, 1, 1], 5)
    assert find_block(respond, 9, stride=4) == ((3, 4), None)
    respond, _ = responder(list(range(17)), 99)
    assert find_block(respond, 17, stride=4) == ((16,), None)


def test_a_cell_that_fires_only_between_two_currents_of_the_first_pass_is_found() -> None:
    counts = [0] * 9 + [4, 9, 3] + [1] * 6
    respond, _ = responder(counts, 12)
    assert find_block(respond, len(counts), stride=4) == ((10,), 12)


@pytest.mark.parametrize("seed", range(40))
def test_the_search_finds_what_all_currents_show(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, top, rheobase = 33, int(rng.integers(6, 30)), int(rng.integers(1, 5))
    blocked = top + int(rng.choice([1, 1, 2, 4]))
    rise = np.cumsum(rng.integers(1, 6, top - rheobase + 1))
    fall = np.maximum(rise[-1] - np.cumsum(rng.integers(1, 6, n - top - 1)), 1)
    counts = [0] * rheobase + rise.tolist() + fall.tolist()
    counts[blocked:] = [max(1, min(count, counts[top] // 3)) for count in counts[blocked:]]
    expected = ((top,), blocked if blocked < n else None)
    tried = {}
    for start in (0, 1, top // 2, top, min(blocked, n - 1)):  # wherever the search begins
        respond, asked = responder(counts, blocked)
        assert find_block(respond, n, stride=4, start=start) == expected
        tried[start] = len(set(asked))
    assert tried[top] <= tried[0]


# --- back-propagating action potential --------------------------------------------------------


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch):
    """Replace the sweep by a rule that gives the spikes at a current."""

    def install(rule) -> list[float]:
        tried: list[float] = []

        def train(cell, current: float, sites):
            tried.append(current)
            return f"sweep at {current:g}", rule(current)

        monkeypatch.setattr(bap, "_train", train)
        return tried

    return install


@pytest.mark.parametrize("slope", [20.0, 60.0, 120.0, 400.0])
def test_the_train_s_current_is_found_for_any_slope(pretend, slope: float) -> None:
    tried = pretend(lambda current: max(0, int(slope * (current - 0.1))))
    current, sweep, n_spikes = bap.find_train(None, {})
    assert n_spikes == 15 or abs(n_spikes - 15) <= slope * 0.002
    assert sweep == f"sweep at {current:g}"
    assert len(tried) < 15


def test_the_search_ends_early_where_near_is_enough(pretend) -> None:
    tried = pretend(lambda current: max(0, int(60.0 * (current - 0.1))))
    assert abs(bap.find_train(None, {}, guess=0.33, within=3)[2] - 15) <= 3
    assert len(tried) == 1


def test_a_silent_cell_is_tried_up_to_the_highest_current_and_given_up(pretend) -> None:
    tried = pretend(lambda current: 0)
    assert bap.find_train(None, {})[2] == 0
    assert max(tried) == load("battery/back_propagation.toml").value("stimulus.highest")


def test_a_cell_that_jumps_over_fifteen_gives_the_nearest(pretend) -> None:
    pretend(lambda current: 0 if current < 0.31 else 30)
    assert bap.find_train(None, {})[2] == 30


def test_a_cell_that_is_blocked_at_the_first_guess_is_found_below_it(pretend) -> None:
    pretend(lambda current: 2 if current > 0.25 else int(100 * current))
    assert bap.find_train(None, {}, guess=0.2)[2] == 20 or bap.find_train(None, {}, guess=0.1)[2] == 15


# --- EPSP attenuation -------------------------------------------------------------------------


def epsps(paths: list[float]) -> list[SimpleNamespace]:
    """EPSPs of which 0.8 reach the soma from its end of the trunk and 0.002 less from every um beyond."""
    return [SimpleNamespace(path=path, ratio=0.8 - 0.002 * path) for path in paths]


@pytest.mark.parametrize("paths", [[0.0, 400.0], [40.0, 60.0, 300.0, 360.0], list(range(0, 400, 7))])
def test_the_mean_ratio_does_not_depend_on_where_the_places_are(paths: list[float]) -> None:
    assert mean_ratio(100.0, 50.0, epsps(paths)) == pytest.approx(0.6)
    assert mean_ratio(300.0, 50.0, epsps(paths)) == pytest.approx(0.2)


def test_a_trunk_that_ends_within_reach_gives_the_mean_up_to_its_end() -> None:
    assert mean_ratio(300.0, 50.0, epsps([0.0, 290.0])) == pytest.approx(0.8 - 0.002 * 270.0)


@pytest.mark.parametrize("paths", [[], [0.0, 250.0]])
def test_without_a_place_within_reach_there_is_no_ratio(paths: list[float]) -> None:
    assert math.isnan(mean_ratio(300.0, 50.0, epsps(paths)))


# --- oblique integration ----------------------------------------------------------------------


def pretended(five: float, four: float, *, soma: float = math.inf):
    limits = {5: five, 4: four}
    return lambda n, weight: (weight >= limits[n], weight >= soma)


@pytest.mark.parametrize("five", [6e-5, 4e-4, 7e-4, 5e-3])
def test_the_weight_lies_in_the_middle_of_the_range(five: float) -> None:
    verdict, weight = find_weight(pretended(five, 1.3 * five), 5)
    assert verdict == USABLE
    assert five < weight < 1.3 * five
    assert weight == pytest.approx(five * math.sqrt(1.3), rel=0.06)


def test_a_site_is_not_usable_without_threshold_between_four_and_five_or_with_a_somatic_spike() -> None:
    assert find_weight(pretended(1.0, 1.0), 5)[0] == NO_SPIKE
    assert find_weight(pretended(4e-4, 4e-4), 5)[0] == ALWAYS_SPIKE
    assert find_weight(pretended(4e-4, 5e-4, soma=4e-4), 5)[0] == SOMATIC_SPIKE


def test_an_epsp_is_measured_from_the_first_input() -> None:
    t = np.linspace(0.0, 60.0, 4001)
    since = np.clip(t - 5.0, 0.0, None)
    v = -70.0 + 5.0 * since / 8.0 * np.exp(1.0 - since / 8.0)  # an alpha function: 5 mV after 8 ms
    found = sum_up(t, v, v, first=5.0)
    assert found.amplitude == pytest.approx(5.0, rel=2e-3)
    assert found.time_to_peak == pytest.approx(8.0, abs=0.05)
    assert found.derivative == pytest.approx(5.0 / 8.0 * math.e, rel=0.02)


# --- resonance --------------------------------------------------------------------------------


def test_a_chirp_s_frequency_rises_linearly() -> None:
    t = np.arange(0.0, 11000.0, 0.5)
    wave = chirp(t, start=1000.0, low=0.5, high=20.0, duration=10000.0)
    assert np.all(wave[t < 1000.0] == 0.0)
    rising = t[1:][(wave[1:] >= 0) & (wave[:-1] < 0)]
    late = 1e3 / np.diff(rising)[-1]
    assert late == pytest.approx(20.0, rel=0.06)


def respond_linearly(impedance, t: np.ndarray, i: np.ndarray) -> np.ndarray:
    """Return the voltage by the impedance of a circuit, in the frequency domain."""
    frequency = np.fft.rfftfreq(t.size, (t[1] - t[0]) * 1e-3)
    return np.fft.irfft(np.fft.rfft(i) * impedance(frequency), t.size)


def membrane(frequency: np.ndarray) -> np.ndarray:
    """60 MOhm with 20 ms, no resonance."""
    return 60.0 / (1.0 + 2j * np.pi * frequency * 0.02)


def resonator(frequency: np.ndarray) -> np.ndarray:
    """The same beside a slow current that opposes the voltage, as the h current does."""
    slow = 1.0 / (40.0 * (1.0 + 2j * np.pi * frequency * 0.05))
    return 1.0 / (1.0 / membrane(frequency) + slow)


@pytest.mark.parametrize("circuit", [membrane, resonator])
def test_the_impedance_of_a_circuit_is_recovered(circuit) -> None:
    t = np.arange(0.0, 20000.0, 0.5)
    i = 0.025 * chirp(t, start=0.0, low=0.25, high=22.0, duration=20000.0)
    found = impedance_of(t, i, respond_linearly(circuit, t, i), limits=(0.5, 20.0), smoothing=0.5)
    expected = np.abs(circuit(found.frequency))
    assert found.magnitude == pytest.approx(expected, rel=0.03)
    best = found.frequency[np.argmax(expected)]
    assert found.resonance_frequency == pytest.approx(best, abs=0.5)
    assert found.strength == pytest.approx(expected.max() / expected[0], rel=0.02)


def test_a_site_whose_soma_spikes_later_than_the_search_looks_is_not_used(monkeypatch) -> None:
    def record(cell, site, n_inputs, weight, *, interval, after):
        """Give a dendritic spike from five inputs on, and one of the soma 40 ms after it."""
        t = np.arange(0.0, 10.0 + after, 0.5)
        spike = n_inputs * weight >= 5e-4
        local = np.where((np.abs(t - 12.0) < 1.0) & spike, 10.0, -65.0)
        return t, np.where((np.abs(t - 52.0) < 1.0) & spike, 30.0, -65.0 + 1e3 * weight * (t > 10.0)), local

    monkeypatch.setattr(oblique, "_record", record)
    found = measure_site(None, Site("oblique[0]", "proximal", 30.0, None))
    assert (found.verdict, found.synchronous) == ("somatic spike", {})
