"""The release mechanism against a recursion written here: mean, binomial trials, potentiation, restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.receptor import Receptor, configure_ampa
from cellmodel.units import from_seconds

NUMBERS = {
    name: from_seconds(p.value) if p.unit == "s" else p.value
    for name, p in load("synapse.toml").group("release").items()
}
GLUTAMATE = load("synapse.toml").value("glutamate.peak")
NO_POTENTIATION = {"gain_ptp": 0.0, "gain_stp": 0.0}
TETANUS = np.arange(100) * 10.0
STATES = ("u", "r", "ptp", "stp", "last")
PATTERNS = {
    "one": [0.0],
    "pair": [0.0, 50.0],
    "100 Hz": TETANUS,
    "test pulses": np.arange(4) * 30e3,
    "irregular": [0.0, 3.0, 110.0, 111.5, 900.0, 30e3, 30.02e3],
}


@pytest.fixture
def build() -> Any:
    """Give a function that makes boutons; they are gone after the test."""
    h = load_mechanisms()
    section, kept = h.Section(name="boutons"), h.celsius
    made = []

    def make(n: int = 1, *, seed: int | None = None, **settings: float) -> list[Any]:
        for k in range(n):
            release = h.release(section(0.5))
            wire = h.NetCon(None, release)
            wire.delay, wire.weight[0] = 0.0, 1.0
            for name, number in {"stochastic": float(seed is not None), **settings}.items():
                setattr(release, name, number)
            if seed is not None:
                release.draw.set_ids(seed, k, 0)
                release.draw.set_seq(0)  # without this the first block of draws is that of the old ids
            made.append((release, wire))
        return made[-n:]

    yield make
    made.clear()
    h.cvode.active(0)
    h.celsius = kept
    h.delete_section(sec=section)


def spikes(boutons: list[Any], times: Sequence[float], *, start: float = 1.0) -> np.ndarray:
    """Return what each bouton released at each spike, (n_boutons, n_spikes)."""
    h = load_mechanisms()
    h.cvode.active(1)
    h.finitialize(-70.0)
    return go_on(boutons, times, start=start)


def go_on(boutons: list[Any], times: Sequence[float], *, start: float) -> np.ndarray:
    h = load_mechanisms()
    for _, wire in boutons:
        for t in times:
            wire.event(start + t)
    rows = []
    for t in times:
        h.cvode.solve(start + t + 0.01)
        rows.append([release.released for release, _ in boutons])
    return np.array(rows).T


def recursion(times: Sequence[float], **changed: float) -> dict[str, np.ndarray]:
    """Return u, r, ptp, stp just after each spike, and what it released."""
    p = {**NUMBERS, **changed}
    u, r, ptp, stp, before = 0.0, 1.0, 0.0, 0.0, -np.inf
    rows = []
    for t in times:
        gap = t - before
        u *= np.exp(-gap / p["tau_facil"])
        ptp *= np.exp(-gap / p["tau_ptp"])
        stp *= np.exp(-gap / p["tau_stp"])
        r = 1 - (1 - r) * np.exp(-gap / p["tau_rec"])
        use = p["use"] * (1 + p["gain_ptp"] * ptp + p["gain_stp"] * stp)
        u = u + use * (1 - u)
        released = u * r
        r -= released
        residual = (u - use) / (1 - use)
        ptp += p["step_ptp"] * (1 - ptp) * residual
        stp += p["step_stp"] * (1 - stp) * residual
        before = t
        rows.append((u, r, ptp, stp, released))
    return dict(zip(("u", "r", "ptp", "stp", "released"), np.array(rows).T, strict=True))


@pytest.mark.parametrize("settings", [{}, NO_POTENTIATION, {"use": 0.5, "tau_rec": 800.0, "tau_facil": 17.0}])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_release_is_the_recursion(build, pattern: str, settings: dict[str, float]) -> None:
    boutons = build(**settings)
    found = spikes(boutons, PATTERNS[pattern])[0]
    expected = recursion(PATTERNS[pattern], **settings)
    assert found == pytest.approx(expected["released"], rel=1e-9)
    left = [getattr(boutons[0][0], name) for name in ("u", "r", "ptp", "stp")]
    assert left == pytest.approx(
        [expected[name][-1] for name in ("u", "r", "ptp", "stp")], rel=1e-9, abs=1e-15
    )


@pytest.mark.parametrize(("interval", "ratio"), [(20, 1.52), (50, 1.41), (100, 1.28), (200, 1.13)])
def test_a_pair_has_the_paired_pulse_ratio_that_the_published_constants_imply(
    build, interval: float, ratio: float
) -> None:
    first, second = spikes(build(), [0.0, interval])[0]
    assert second / first == pytest.approx(ratio, abs=0.006)


def test_a_tetanus_without_potentiation_facilitates_and_then_depresses_as_published(build) -> None:
    released = spikes(build(**NO_POTENTIATION), TETANUS)[0]
    relative = released / released[0]
    assert relative[[2, 9, 99]] == pytest.approx([1.62, 0.40, 0.365], abs=0.005)
    assert np.argmax(relative) == 2


def test_potentiation_changes_a_tetanus_itself_by_little(build) -> None:
    plain, potentiated = (spikes(build(**s), TETANUS)[0] for s in (NO_POTENTIATION, {}))
    assert potentiated == pytest.approx(plain, rel=0.02)
    assert np.all(potentiated[1:] >= plain[1:])


def test_the_mean_of_binomial_trials_is_the_mean_field(build) -> None:
    times, n = [*range(0, 200, 20), 400.0], 600
    found = spikes(build(n, seed=5), times)
    expected = recursion(times)["released"]
    error = found.std(axis=0, ddof=1) / np.sqrt(n)
    assert np.all(error > 0)
    assert np.all(np.abs(found.mean(axis=0) - expected) < 4 * error)


@pytest.mark.parametrize(("times", "allowed"), [([0.0], 0.02), ([0.0, 50.0], 0.05), (TETANUS[:10], 0.10)])
def test_receptors_of_the_mean_field_open_as_those_of_single_sites_do_on_average(
    build, times: Sequence[float], allowed: float
) -> None:
    """The limits are those within which mean-field release may be the default (plasticity reference)."""
    mean_field = open_per_release(build(), times)
    single_sites = open_per_release(build(2000, seed=9, n_vesicles=1), times)
    assert mean_field[-1] == pytest.approx(single_sites[-1], rel=allowed)


def open_per_release(boutons: list[Any], times: Sequence[float]) -> np.ndarray:
    """Return the largest mean open fraction after each spike over the mean share that released, (n_spikes,).

    The ratio takes most of the scatter of the trials away: it follows how many sites happened to release.
    """
    h = load_mechanisms()
    receptors, wires = [], []
    for release, _ in boutons:
        receptor = h.ampa(release.get_segment())
        configure_ampa(receptor, Receptor.named("ca1"))
        h.setpointer(release._ref_released, "released", receptor)
        wires.append(h.NetCon(release, receptor))
        wires[-1].delay, wires[-1].weight[0] = 0.0, GLUTAMATE
        receptors.append(receptor)
    h.celsius = 32.0
    h.cvode.active(1)
    h.cvode.atol(1e-5)
    h.finitialize(-70.0)
    for _, wire in boutons:
        for t in times:
            wire.event(t)
    largest = []
    for t in times:
        means = []
        for after in np.linspace(0.2, 2.0, 10):
            h.cvode.solve(t + after)
            means.append(np.mean([receptor.popen for receptor in receptors]))
        largest.append(max(means) / np.mean([release.released for release, _ in boutons]))
    return np.array(largest)


def test_trials_release_whole_vesicles_with_binomial_spread(build) -> None:
    found = spikes(build(600, seed=6), [0.0])[:, 0]
    vesicles = found * NUMBERS["n_vesicles"]
    assert vesicles == pytest.approx(np.round(vesicles), abs=1e-9)
    variance = NUMBERS["use"] * (1 - NUMBERS["use"]) / NUMBERS["n_vesicles"]
    assert found.var(ddof=1) == pytest.approx(variance, rel=4 * np.sqrt(2 / 600))


def test_no_more_vesicles_leave_than_there_are(build) -> None:
    release, wire = build(seed=7, use=0.9, tau_rec=1e8)[0]
    found = spikes([(release, wire)], np.arange(20) * 5.0)
    assert found.sum() == pytest.approx(1.0)
    assert release.r == pytest.approx(0.0, abs=1e-12)


def test_a_spike_that_releases_nothing_sends_no_event(build) -> None:
    boutons = build(200, seed=8)
    found = spikes(boutons, [0.0, 300.0])
    sent = np.array([release.count for release, _ in boutons])
    assert (sent < 2).any()
    assert np.array_equal(sent, (found > 0).sum(axis=1))


def test_the_same_seed_draws_the_same_and_another_does_not(build) -> None:
    times = np.arange(10) * 100.0
    one, same, other = (spikes(build(20, seed=seed), times) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_second_run_goes_on_in_the_sequence_of_draws(build) -> None:
    boutons, times = build(20, seed=1), np.arange(10) * 100.0
    assert not np.array_equal(spikes(boutons, times), spikes(boutons, times))


def test_test_pulses_leave_no_potentiation(build) -> None:
    boutons = build()
    spikes(boutons, np.arange(10) * 15e3)
    assert boutons[0][0].ptp == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("kind", ["ptp", "stp"])
def test_potentiation_after_a_tetanus_decays_with_its_time_constant(build, kind: str) -> None:
    other = {"ptp": "gain_stp", "stp": "gain_ptp"}[kind]
    tau = NUMBERS[f"tau_{kind}"]
    late = TETANUS[-1] + np.array([10e3, 10e3 + tau, 10e3 + 10 * tau])
    found = spikes(build(**{other: 0.0}), [*TETANUS, *late])[0]
    gain = found[-3:] / found[0] - 1
    assert gain[0] > 0.5 * NUMBERS[f"gain_{kind}"]
    assert gain[1:] / gain[0] == pytest.approx(np.exp([-1, -10]), rel=1e-6, abs=1e-9)


def test_use_never_exceeds_the_whole_pool(build) -> None:
    found = spikes(build(use_scale=50.0), [0.0, 186.0])[0]
    assert found == pytest.approx([1.0, 1 - np.exp(-1)], rel=1e-9)


def test_states_read_and_put_back_go_on_as_if_nothing_had_happened(build) -> None:
    h, (whole,) = load_mechanisms(), build()
    later = TETANUS[-1] + np.array([40.0, 500.0, 20e3])
    expected = spikes([whole], [*TETANUS, *later])[0, -3:]
    spikes([whole], TETANUS)
    release = whole[0]
    kept = {name: getattr(release, name) for name in STATES}
    h.finitialize(-70.0)
    assert release.r == 1.0
    for name, number in kept.items():
        setattr(release, name, number)
    release.last = kept["last"] - 1.0 - TETANUS[-1]
    assert go_on([whole], later - TETANUS[-1], start=0.0)[0] == pytest.approx(expected, rel=1e-9)
