"""Trials with random release: what is mixed, what is counted, what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.slice import Pipette, Response, window_of
from cellmodel.study.field import labels_of
from cellmodel.study.trials import respond, trial_rows, trials_of, variation, variation_text
from cellmodel.traces import Recording

T = np.arange(-5.0, 100.0, 0.1)
PIPETTE = Pipette.in_bath(32.0)
LABELS = labels_of("control", "aniracetam", 0.0)


def response(amplitude: float) -> Response:
    """Return a field EPSP of this amplitude (mV) that is largest at 5 ms."""
    rising = np.clip(T, 0.0, None) / 5.0
    return Response(
        t=T,
        field=-amplitude * rising * np.exp(1.0 - rising),
        volley=np.where(np.abs(T + 1.0) < 0.3, -0.1, 0.0),
        v_soma=np.full(T.shape, -65.0),
        calcium=np.full(T.shape, 1e-4),
        calcium_ampa=0.1,
        calcium_nmda=1.0,
        calcium_integral=np.ones(3),
        cascade=Recording(T, {"efficacy": T}, {"efficacy": "1"}),
    )


class Rig:
    """A slice whose responses grow from trial to trial, and that keeps how long it waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def watch(self, pathway: str, weights: np.ndarray) -> tuple[Response, np.ndarray, np.ndarray]:
        assert pathway == "test"
        one = response(0.2 + 0.01 * len(self.waited))
        return one, T, one.field[:, None] * weights[0]

    def pass_time(self, duration: float) -> None:
        self.waited.append(duration)


class Averaging:
    """Neighbors of which half have each trial's own draw, half the next one's."""

    patterns = np.ones((1, 1))

    def fields(self, draws: list, grid: np.ndarray) -> np.ndarray:
        assert grid.shape == T.shape
        own = np.array([sums[:, 0] for _, sums in draws])
        return (own + np.roll(own, -1, axis=0)) / 2

    def effective_number(self, draws: list) -> float:
        return 2.0


def found(n: int, *, seed: int = 1, pipette: Pipette = PIPETTE):
    neighbors = Averaging()
    draws = list(respond(Rig(), neighbors, n))
    return trials_of(neighbors, draws, pipette=pipette, seed=seed, name="control 0 mM")


def test_trials_are_half_a_minute_apart_like_test_pulses() -> None:
    rig = Rig()
    assert len(list(respond(rig, Averaging(), 3))) == 3
    assert len(rig.waited) == 3
    assert rig.waited[0] + window_of(np.zeros(1)) == pytest.approx(30_000.0)


def test_only_the_field_is_that_of_the_neighbors() -> None:
    trials = found(4)
    for mixed, own in zip(trials.of_release, trials.of_one_cell, strict=True):
        assert mixed == replace(own, field=mixed.field)
        assert mixed.noise == 0.0
    alike, apart = ([-one.field.min() for one in each] for each in (trials.of_one_cell, trials.of_release))
    assert alike == pytest.approx([0.20, 0.21, 0.22, 0.23], rel=1e-3)
    assert apart == pytest.approx([0.205, 0.215, 0.225, 0.215], rel=1e-3)


def test_every_trial_has_noise_of_its_own_and_a_seed_gives_the_same() -> None:
    trials, again, other = found(4), found(4), found(4, seed=2)
    pairs = zip(trials.responses, trials.of_release, strict=True)
    noises = np.array([recorded.field - quiet.field for recorded, quiet in pairs])
    assert noises.std() == pytest.approx(PIPETTE.rms, rel=0.1)
    assert np.abs(np.corrcoef(noises)[~np.eye(4, dtype=bool)]).max() < 0.4
    assert {one.noise for one in trials.responses} == {PIPETTE.rms}
    same = [np.array_equal(a.field, b.field) for a, b in zip(trials.responses, again.responses, strict=True)]
    differ = [
        np.array_equal(a.field, b.field) for a, b in zip(trials.responses, other.responses, strict=True)
    ]
    assert all(same)
    assert not any(differ)


def test_the_electrode_alone_is_the_mean_trial_with_the_noise_of_each() -> None:
    trials = found(4)
    mean = np.mean([one.field for one in trials.of_release], axis=0)
    for recorded, quiet, alone in zip(trials.responses, trials.of_release, trials.of_electrode, strict=True):
        assert alone.field - mean == pytest.approx(recorded.field - quiet.field, abs=1e-12)


def test_rows_have_mean_sd_and_number_of_trials() -> None:
    trials = found(4)
    rows = {row.measure: row for row in trial_rows(trials.responses, trials.largest, **LABELS)}
    amplitude = rows["fepsp_amplitude"]
    assert (amplitude.n, amplitude.condition, amplitude.unit) == (4, "control", "mV")
    assert amplitude.value == pytest.approx(trials.amplitudes[1].mean())
    assert amplitude.sd == pytest.approx(trials.amplitudes[1].std(ddof=1))
    assert {"fepsp_slope", "fepsp_tau_decay", "fepsp_half_width", "spine_calcium_nmda"} <= set(rows)


def test_the_variation_is_said_with_what_each_cause_alone_would_make() -> None:
    trials = found(4)
    alike, apart = (trial_rows(each, 0.2, **LABELS) for each in (trials.of_one_cell, trials.of_release))
    assert variation(alike)["fepsp_amplitude"] == pytest.approx(100 * 0.01291 / 0.215, rel=1e-3)
    assert variation(apart)["fepsp_amplitude"] < variation(alike)["fepsp_amplitude"]
    said = variation_text(trials, 0.2, **LABELS)
    assert said.startswith("control: CV of 4 trials: amplitude ")
    assert "by release alone: amplitude 3.80 %, slope 3.80 %" in said
    assert "if all cells released alike: amplitude 6.00 %, slope 6.00 %" in said
    electrode = variation(trial_rows(trials.of_electrode, 0.2, **LABELS))["fepsp_amplitude"]
    assert f"by the electrode alone: amplitude {electrode:.2f} %" in said


def test_independent_causes_of_variation_add_their_squares() -> None:
    trials = found(120)
    each = (trials.responses, trials.of_release, trials.of_electrode)
    total, release, electrode = (variation(trial_rows(one, 0.2, **LABELS))["fepsp_amplitude"] for one in each)
    assert total == pytest.approx(np.hypot(release, electrode), rel=0.15)


def test_one_trial_varies_by_nothing_and_says_so() -> None:
    trials = found(1)
    rows = trial_rows(trials.responses, trials.largest, **LABELS)
    assert {row.n for row in rows} == {1}
    assert "one trial has no variation" in variation_text(trials, trials.largest, **LABELS)


def test_a_response_that_is_abolished_has_an_amplitude_and_no_time_course() -> None:
    rows = trial_rows([response(1e-4), response(2e-4)], 0.2, **LABELS)
    assert [row.measure for row in rows if row.measure.startswith("fepsp")] == ["fepsp_amplitude"]
