"""Sweeps of channels that gate by chance: their mean is the patch, their noise gives the channels back."""

from __future__ import annotations

import time

import numpy as np
import pytest

from cellmodel.analysis.noise import FluctuationFit, analyze_fluctuations
from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.patch import Patch, Pulses, Sweeps
from cellmodel.patch.stochastic import gating, recording_noise, solutions
from cellmodel.receptor import OPEN, Receptor, Scheme
from cellmodel.receptor.response import propagators
from cellmodel.study import noise

CA1 = Receptor.named("ca1")
ANIRACETAM, CYCLOTHIAZIDE, CNQX = (Compound.named(name) for name in ("aniracetam", "cyclothiazide", "CNQX"))
CASES = [
    (None, 0.0, "both"),
    (ANIRACETAM, 1.5, "both"),
    (ANIRACETAM, 1.5, "glutamate_only"),
    (ANIRACETAM, 1.5, "before_only"),
    (CYCLOTHIAZIDE, 0.01, "both"),
    (CYCLOTHIAZIDE, 0.01, "glutamate_only"),
    (CNQX, 5e-4, "both"),
]


def analyzed(sweeps: Sweeps, driving_force: float = -70.0) -> FluctuationFit:
    return analyze_fluctuations(sweeps.t, sweeps.i, driving_force=driving_force)


@pytest.mark.parametrize(("compound", "dose", "application"), CASES)
def test_the_mean_is_the_deterministic_patch(compound, dose: float, application: str) -> None:
    patch = Patch(CA1, compound=compound, application=application)
    sweeps, pulse = patch.stochastic(1.0, dose, n_sweeps=200, noise_picoamp=0.0), patch.pulse(1.0, dose)
    assert np.array_equal(sweeps.t, pulse.t)
    assert np.array_equal(sweeps.glutamate, pulse["glutamate"])
    share = (pulse["i"] / (patch.n_channels * patch.unitary_current)).clip(0.0, 1.0)
    error = np.abs(patch.unitary_current) * np.sqrt(patch.n_channels * share * (1.0 - share) / 200)
    seen = share > 0.01
    assert seen.sum() > 100
    score = ((sweeps.i.mean(axis=0) - pulse["i"]) / error)[seen]
    assert np.abs(score).max() < 4.0
    assert np.abs(sweeps.i.mean(axis=0) - pulse["i"]).max() < 4.0 * error.max()


@pytest.fixture(scope="module")
def long() -> dict[float, tuple[Sweeps, float]]:
    """Return 1000 sweeps of 300 channels as recorded, and the seconds they took, by dose of aniracetam."""
    patch, found = Patch(CA1, compound=ANIRACETAM), {}
    for dose in (0.0, 1.5):
        started = time.process_time()
        found[dose] = patch.stochastic(100.0, dose), time.process_time() - started
    return found


@pytest.mark.parametrize("dose", [0.0, 1.5])
def test_a_thousand_sweeps_give_conductance_and_number_back_in_less_than_20_seconds(
    long, dose: float
) -> None:
    sweeps, seconds = long[dose]
    fit = analyzed(sweeps)
    assert seconds < 20.0
    assert len(sweeps) == fit.n_sweeps == 1000
    assert fit.conductance_picosiemens == pytest.approx(CA1.gamma, rel=0.1)
    assert fit.n_channels == pytest.approx(300, rel=0.1)
    assert fit.n_channels_error < 0.05 * fit.n_channels
    assert fit.background == pytest.approx(1.0, rel=0.03)


@pytest.fixture(scope="module")
def bare() -> dict[str, Sweeps]:
    """Return sweeps without filter and noise, by receptor."""
    lengths = {"ca1": 100.0, "chick_nm": 20.0}  # ms; the chick's has desensitized by then
    patches = {name: Patch(Receptor.named(name), filter_kHz=np.inf) for name in lengths}
    return {
        name: patch.stochastic(lengths[name], n_sweeps=500, seed=2, noise_picoamp=0.0)
        for name, patch in patches.items()
    }


def through(sweeps: Sweeps, corner: float) -> Sweeps:
    return Sweeps(sweeps.t, Patch(CA1, filter_kHz=corner)._filtered(sweeps.i), sweeps.glutamate)


def test_without_filter_and_noise_nothing_is_lost(bare) -> None:
    fit = analyzed(bare["ca1"])
    assert fit.background == 0.0
    assert abs(fit.conductance_picosiemens - CA1.gamma) < 3 * fit.conductance_error
    assert abs(fit.n_channels - 300) < 3 * fit.n_channels_error


def kept_variance(corner: float, receptor: Receptor, at: float) -> float:
    """Return which share of the variance passes the filter ``at`` ms after the pulse began, by theory.

    The covariance of the open number at two times is N (p(s) P(open at t | open at s) - p(s) p(t)).
    """
    patch = Patch(receptor, filter_kHz=corner)
    scheme = gating(receptor, None, 0.0, celsius=patch.rig["celsius"], application="both")
    t = np.arange(-0.02, at + 1e-9, patch.rig["sampling"])
    moves = propagators(
        solutions(scheme, Pulses((0.0,), 100.0, 0.2), 10.0, application="both"), t, substeps=4
    )
    state, p = np.asarray(scheme.steady_state(0.0)), [0.0]
    for move in moves:
        state = move @ state
        p.append(state[OPEN])
    length = 100
    impulse = patch._filtered(np.eye(1, length)[0])[::-1]  # weight of every sample, the last first
    window = np.arange(len(t) - length, len(t))
    covariance = np.zeros((length, length))
    for row, k in enumerate(window):
        later = np.eye(7)[:, OPEN]
        for column in range(row, length):
            if column > row:
                later = moves[window[column] - 1] @ later
            covariance[row, column] = covariance[column, row] = p[k] * (later[OPEN] - p[window[column]])
    return float(impulse @ covariance @ impulse / covariance[-1, -1])


@pytest.mark.parametrize(
    ("name", "corner", "tolerance"), [("ca1", 5.0, 0.01), ("ca1", 1.0, 0.03), ("chick_nm", 5.0, 0.015)]
)
def test_the_filter_takes_the_share_of_the_variance_that_theory_says(
    bare, name: str, corner: float, tolerance: float
) -> None:
    unfiltered, seen = bare[name], through(bare[name], corner)
    for at in (4.0, 15.0):
        k = int(np.argmin(np.abs(unfiltered.t - at)))
        span = slice(k - 25, k + 25)
        kept = seen.i[:, span].var(axis=0).sum() / unfiltered.i[:, span].var(axis=0).sum()
        assert kept == pytest.approx(kept_variance(corner, Receptor.named(name), at), abs=tolerance)


@pytest.mark.parametrize(("name", "lost"), [("ca1", 0.02), ("chick_nm", 0.09)])
def test_the_filter_s_bias_is_that_of_the_notice(bare, name: str, lost: float) -> None:
    whole, seen = analyzed(bare[name]), analyzed(through(bare[name], 5.0))
    assert 1.0 - seen.conductance_picosiemens / whole.conductance_picosiemens == pytest.approx(
        lost, abs=0.012
    )
    assert seen.n_channels == pytest.approx(whole.n_channels, rel=0.03)


def test_a_silent_patch_gives_no_rows_and_says_why() -> None:
    patch = Patch(CA1, compound=CNQX, n_channels=20)
    silent = noise.observe(patch, "CNQX", 1.0, n_sweeps=100)
    assert silent.fit is None
    assert noise.rows(silent, "CNQX") == []
    assert "no noise analysis at 1 mM" in noise.notices(patch, silent)[0]
    assert silent.described["failure"] == silent.failure


def test_the_noise_has_its_standard_deviation_from_the_first_sample_on() -> None:
    patch, rng = Patch(CA1), np.random.default_rng(4)
    drawn = recording_noise((2000, 60), 2.5e-3, patch._filtered, rng)
    assert drawn.std(axis=0) == pytest.approx(2.5e-3, rel=0.07)
    assert drawn.std() == pytest.approx(2.5e-3, rel=0.02)
    assert np.corrcoef(drawn[:, 30], drawn[:, 31])[0, 1] > 0.5
    unfiltered = recording_noise((2000, 60), 2.5e-3, Patch(CA1, filter_kHz=np.inf)._filtered, rng)
    assert abs(np.corrcoef(unfiltered[:, 30], unfiltered[:, 31])[0, 1]) < 0.1


def test_a_seed_gives_the_same_sweeps_and_the_vehicle_is_the_control() -> None:
    patch = Patch(CA1, compound=ANIRACETAM)
    first, again = patch.stochastic(1.0, n_sweeps=3, seed=5), patch.stochastic(1.0, n_sweeps=3, seed=5)
    assert np.array_equal(first.i, again.i)
    assert np.array_equal(first.i, Patch(CA1).stochastic(1.0, n_sweeps=3, seed=5).i)
    assert not np.array_equal(first.i, patch.stochastic(1.0, n_sweeps=3, seed=6).i)


def test_the_number_of_channels_scales_the_current_of_both_kinds_of_sweep() -> None:
    few, many = Patch(CA1, n_channels=30), Patch(CA1)
    assert many.pulse(1.0)["i"] == pytest.approx(10.0 * few.pulse(1.0)["i"], abs=1e-12)
    bare = Patch(CA1, n_channels=3, filter_kHz=np.inf).stochastic(1.0, n_sweeps=20, noise_picoamp=0.0)
    assert set(np.unique(np.round(bare.i / few.unitary_current))) == {0.0, 1.0, 2.0, 3.0}


def test_a_sweep_is_a_recording_that_says_how_it_came_about() -> None:
    sweep = Patch(CA1, n_channels=50).stochastic(1.0, n_sweeps=2, seed=9).sweep(1)
    assert sweep.units == {"i": "nA", "glutamate": "mM"}
    told = {"n_channels": 50, "seed": 9, "noise_picoamp": 1.0, "sweep": 1, "stimulus": "glutamate, 1 ms"}
    assert told.items() <= dict(sweep.meta).items()


def test_the_scheme_of_a_patch_is_the_fast_or_the_slow_limit() -> None:
    where = {"celsius": 22.0, "application": "both"}
    assert gating(CA1, None, 0.0, **where) == Scheme(CA1, None, 0.0, 22.0)
    assert isinstance(gating(CA1, ANIRACETAM, 1.5, **where), Scheme)
    assert not isinstance(gating(CA1, CYCLOTHIAZIDE, 0.01, **where), Scheme)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"n_sweeps": 0}, "n_sweeps"),
        ({"n_sweeps": 2.5}, "n_sweeps"),
        ({"noise_picoamp": -1.0}, "noise_picoamp"),
        ({"noise_picoamp": np.nan}, "noise_picoamp"),
        ({"dose_mM": -1.0}, "dose"),
    ],
)
def test_what_cannot_be_recorded_is_refused(how: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        Patch(CA1).stochastic(1.0, **how)


@pytest.mark.parametrize("wrong", [0, -3, 2.5, True])
def test_a_patch_has_one_channel_or_more(wrong: float) -> None:
    with pytest.raises(ParameterError, match="n_channels"):
        Patch(CA1, n_channels=wrong)
