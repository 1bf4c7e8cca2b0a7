"""A pathway on a cell: where its synapses are, what drives them, and what can be put back."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import cellmodel.synapse.pointing as module
from cellmodel.cell import CA1Pyramidal
from cellmodel.compound import Compound
from cellmodel.errors import MechanismError, ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.plasticity import Expression, SlowStates
from cellmodel.receptor import Receptor
from cellmodel.synapse import Pathway, ReceptorSettings, radiatum_sites, receptor_gain
from cellmodel.synapse.pathway import arrival_delays, interleaved
from cellmodel.synapse.pointing import point
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS

NUMBERS = load("synapse.toml")
BAND = NUMBERS.values_of("pathway")
ANIRACETAM = Compound.named("aniracetam")
N = 20
PULSE = np.array([1.0])


@pytest.fixture(scope="module")
def cell(small_cell: str) -> Iterator[CA1Pyramidal]:
    made = CA1Pyramidal(small_cell)
    yield made
    made.free()


@pytest.fixture(scope="module")
def sites(cell) -> list[Any]:
    return radiatum_sites(cell, N, np.random.default_rng(3))


def pathway(
    cell: Any,
    sites: list[Any],
    *,
    compound: Compound | None = ANIRACETAM,
    expression: str = "inserted_sensitive",
    seed: int | None = None,
) -> Pathway:
    return Pathway(
        cell,
        sites,
        name="test",
        settings=ReceptorSettings(Receptor.named("ca1"), compound, cell.celsius),
        expression=Expression.named(expression),
        mg=1.5,
        stochastic_seed=seed,
    )


@pytest.fixture(scope="module")
def built(cell, sites) -> Pathway:
    return pathway(cell, sites)


@pytest.fixture
def start(cell) -> Iterator[Any]:
    """Give a function that puts everything back to time 0, under CVODE."""
    h = load_mechanisms()

    def go() -> Any:
        h.celsius = cell.celsius
        h.cvode.active(1)
        h.cvode.atol(1e-6)
        h.finitialize(cell.v_init)
        return h

    yield go
    h.cvode.active(0)


def height(section: Any, x: float) -> float:
    """Return the height of a place on a section above the soma, um."""
    arc = np.array([section.arc3d(i) for i in range(section.n3d())])
    return float(np.interp(x * arc[-1], arc, [section.y3d(i) for i in range(section.n3d())]))


def test_sites_are_on_obliques_and_trunk_in_the_stimulated_band(cell) -> None:
    sites = radiatum_sites(cell, 300, np.random.default_rng(0))
    assert {cell.domain_of(site.section) for site in sites} == {"oblique", "trunk"}
    heights = np.array([height(site.section, site.x) for site in sites])
    assert heights.min() >= BAND["lowest"] - 1e-6
    assert heights.max() <= BAND["highest"] + 1e-6
    assert [site.distance for site in sites] == [cell.path_distance(s.section(s.x)) for s in sites]


def test_sites_are_drawn_by_dendritic_length(cell) -> None:
    n = 4000
    drawn = radiatum_sites(cell, n, np.random.default_rng(1))
    lengths = {"oblique": 0.0, "trunk": 0.0}
    for domain in lengths:
        for section in getattr(cell, domain):
            inside = [BAND["lowest"] <= height(section, seg.x) <= BAND["highest"] for seg in section]
            lengths[domain] += sum(inside) * section.L / section.nseg
    share = lengths["trunk"] / sum(lengths.values())
    found = np.mean([cell.domain_of(site.section) == "trunk" for site in drawn])
    assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))


def test_the_same_seed_draws_the_same_sites(cell, sites) -> None:
    again, other = (radiatum_sites(cell, N, np.random.default_rng(seed)) for seed in (3, 4))
    assert again == sites
    assert other != sites


def test_a_cell_without_dendrites_in_the_band_is_refused() -> None:
    with pytest.raises(ParameterError, match="no oblique or trunk"):
        radiatum_sites(SimpleNamespace(oblique=[], trunk=[]), 5, np.random.default_rng(0))


def test_receptors_double_from_100_to_250_um_and_not_beyond() -> None:
    gains = [receptor_gain(distance) for distance in (0.0, 100.0, 175.0, 250.0, 500.0)]
    assert gains == pytest.approx([1.0, 1.0, 1.5, 2.0, 2.0])


@pytest.mark.parametrize("n", [0, 7, N])
def test_recruiting_n_fibers_gives_n_synapses_a_conductance_that_follows_the_gradient(built, n: int) -> None:
    built.recruit(n)
    unitary = NUMBERS.value("ampa.g_unitary") * MICROSIEMENS_PER_NANOSIEMENS
    full = unitary / built.settings.peak_open
    expected = [full * receptor_gain(spine.site.distance) for spine in built.spines[:n]]
    assert [spine.ampa.g_max for spine in built.spines] == pytest.approx([*expected, *[0.0] * (N - n)])
    nmda = unitary * NUMBERS.value("nmda.ratio")
    assert [spine.nmda.g_max for spine in built.spines] == pytest.approx([nmda] * n + [0.0] * (N - n))
    assert built.n_recruited == n
    built.recruit(N)


def test_the_synapses_that_are_up_at_the_beginning_are_spread_over_the_distances(built) -> None:
    """So that what an electrode sees of LTP does not depend on its height."""
    order = np.argsort([spine.site.distance for spine in built.spines], kind="stable")
    up = np.flatnonzero(built.rho_start[order])
    assert len(up) == pytest.approx(N * (1.0 - built.rule.share_down), abs=1)
    assert set(np.diff(up)) <= {3, 4}  # one in 3.3
    assert [spine.learning.rho_start for spine in built.spines] == built.rho_start.tolist()
    assert not np.array_equal(order, np.arange(N))


def test_an_average_synapse_with_all_sites_releasing_peaks_at_the_unitary_conductance(built, start) -> None:
    spine = built.spines[0]
    spine.ampa.n_resident, spine.learning.n_start, gain = 1.0, 1.0, receptor_gain(spine.site.distance)
    for volley in built.volleys:
        volley.release.use = 1.0
    h = start()
    built.stimulate(PULSE)
    largest = 0.0
    while h.t < 8.0:
        h.fadvance()
        largest = max(largest, spine.ampa.g)
    for volley in built.volleys:
        volley.release.use = NUMBERS.value("release.use")
    spine.ampa.n_resident = spine.learning.n_start = built.n_start[0]
    assert largest == pytest.approx(gain * 0.85e-3, rel=2e-3)


def test_every_pointer_reads_the_volley_and_the_efficacy_of_its_own_synapse(built) -> None:
    for k, volley in enumerate(built.volleys):
        volley.resident.popen, volley.inserted.popen, volley.release.released = 0.1 + k, 0.2 + k, 0.3 + k
    for k, spine in enumerate(built.spines):
        spine.learning.n = 10.0 + k
    for k, spine in enumerate(built.spines):
        of = k % len(built.volleys)
        found = (spine.ampa.popen_resident, spine.ampa.popen_inserted, spine.nmda.released, spine.ampa.n)
        assert found == (0.1 + of, 0.2 + of, 0.3 + of, 10.0 + k)
    assert [volley.resident.released for volley in built.volleys] == [
        0.3 + k for k in range(len(built.volleys))
    ]


def test_a_pointer_that_does_not_follow_is_refused(built, monkeypatch) -> None:
    mute = SimpleNamespace(setpointer=lambda *_: None)
    monkeypatch.setattr(module, "load_mechanisms", lambda: mute)
    spine = built.spines[0]
    with pytest.raises(MechanismError, match="does not read released"):
        point(built.volleys[1].release, "released", spine.nmda)


def test_receptors_that_were_there_conduct_as_residents_and_the_others_as_inserted(built, start) -> None:
    start()
    spine = built.spines[0]
    built.volleys[0].resident.popen, built.volleys[0].inserted.popen = 0.2, 0.5
    found = [spine.ampa.open_receptors(n, 0.8) for n in (0.0, 0.4, 0.8, 1.8)]
    assert found == pytest.approx([0.0, 0.4 * 0.2, 0.8 * 0.2, 0.8 * 0.2 + 0.5])


def test_magnesium_calcium_and_the_spine_s_numbers_reach_every_spine(cell, built, start) -> None:
    start()
    assert {spine.nmda.mg for spine in built.spines} == {1.5}
    assert {spine.head(0.5).cao for spine in built.spines} == {cell.reversal["cao"]}
    for spine in built.spines[:3]:
        volume = np.pi * spine.head.diam**2 / 4 * spine.head.L
        assert volume == pytest.approx(0.06, abs=0.003)
        assert spine.head(0.5).ri() == pytest.approx(NUMBERS.value("spine.neck_resistance"), rel=1e-9)
        assert spine.head(0.5).ca_r.g_max == NUMBERS.value("spine.g_ca_r")
        assert spine.learning.rest == spine.head(0.5).spine_calcium.rest


def test_calcium_of_another_bath_stays_in_the_spines(cell, sites, start, monkeypatch) -> None:
    monkeypatch.setitem(cell.reversal, "cao", 4.0)
    other = pathway(cell, sites[:2])
    h = start()
    assert [spine.head(0.5).cao for spine in other.spines] == [4.0, 4.0]
    rest = other.spines[0].learning.rest
    assert [spine.head(0.5).cai for spine in other.spines] == [rest, rest]
    h.cvode.solve(5.0)
    assert [spine.head(0.5).cao for spine in other.spines] == [4.0, 4.0]


def test_arrival_delays_are_quantiles_with_the_declared_standard_deviation() -> None:
    delays = arrival_delays(int(BAND["n_volleys"]))
    assert delays[0] == 0.0
    assert np.all(np.diff(delays) > 0)
    assert delays == pytest.approx(delays[-1] - delays[::-1])  # symmetric about the mean
    many = arrival_delays(4001)
    assert many.std() == pytest.approx(BAND["jitter"], rel=2e-3)
    lower, middle, upper = many[[635, 2000, 3365]]  # 15.87, 50 and 84.13 %
    assert (middle - lower, upper - middle) == pytest.approx((BAND["jitter"], BAND["jitter"]), rel=2e-3)


@pytest.mark.parametrize("n", [1, 2, 17, 160])
def test_an_interleaved_order_is_complete_and_its_beginning_covers_the_range(n: int) -> None:
    order = interleaved(n)
    assert sorted(order) == list(range(n))
    for first in range(5, n, 10):
        ranks = np.sort(order[:first]) / n
        assert np.max(np.diff(np.concatenate([[0.0], ranks, [1.0]]))) < 3.0 / first


def test_volleys_arrive_after_their_delays(built, start) -> None:
    h = start()
    built.stimulate(PULSE)
    for k, volley in enumerate(built.volleys):
        h.cvode.solve(PULSE[0] + volley.delay + 1e-3)
        counts = [other.release.count for other in built.volleys]
        assert counts == [1] * (k + 1) + [0] * (len(counts) - k - 1)
        assert volley.release.last == PULSE[0] + volley.delay


def open_time_courses(h: Any, pathways: list[Pathway]) -> np.ndarray:
    """Return the open fractions of residents and inserted in a volley of each pathway, (pathways, t, 2)."""
    for one in pathways:
        one.stimulate(np.array([1.0, 21.0]))
    rows = []
    for t in np.arange(1.0, 40.0, 0.5):
        h.cvode.solve(t)
        rows.append([[one.volleys[0].resident.popen, one.volleys[0].inserted.popen] for one in pathways])
    return np.array(rows).transpose(1, 0, 2)


def test_dose_zero_is_no_compound_and_a_dose_is_seen_by_the_modulated_only(cell, sites, start) -> None:
    drugged, plain = pathway(cell, sites[:6]), pathway(cell, sites[:6], compound=None)
    for one in (drugged, plain):
        one.set_dose(0.0)
    at_zero = open_time_courses(start(), [drugged, plain])
    assert at_zero.max() > 0.05
    assert at_zero[0] == pytest.approx(at_zero[1], rel=1e-6, abs=1e-9)
    for one in (drugged, plain):
        one.set_dose(1.5)
    in_drug = open_time_courses(start(), [drugged, plain])
    assert in_drug[1] == pytest.approx(at_zero[1], rel=1e-3, abs=1e-5)
    assert in_drug[0, :, 0].sum() > 1.2 * at_zero[0, :, 0].sum()
    assert in_drug[0, :, 1].sum() > 1.02 * in_drug[0, :, 0].sum()  # the inserted are slowed more


def test_antagonists_block_their_receptors_in_every_spine(built) -> None:
    built.set_block(ampa=0.3, nmda=0.9)
    assert {(spine.ampa.block, spine.nmda.block) for spine in built.spines} == {(0.3, 0.9)}
    built.set_block()
    assert {(spine.ampa.block, spine.nmda.block) for spine in built.spines} == {(0.0, 0.0)}


def test_states_are_read_and_put_back(built, start) -> None:
    start()
    rng = np.random.default_rng(0)
    slow = SlowStates(*rng.uniform(0.0, 2.0, (4, N)))
    boutons = rng.uniform(0.0, 1.0, (len(built.volleys), 5))
    built.set_slow_states(slow)
    built.set_release_states(boutons)
    assert np.array_equal(built.release_states(), boutons)
    back = built.slow_states()
    for name in ("ep", "ed", "rho", "n"):
        assert np.array_equal(getattr(back, name), getattr(slow, name))
    start()
    assert np.array_equal(built.slow_states().rho, built.rho_start)
    assert np.array_equal(built.slow_states().n, built.n_start)


def test_calcium_units_reach_the_synapse_they_belong_to(built) -> None:
    kept = [spine.learning.unit for spine in built.spines]
    built.set_calcium_units(0.01 * np.arange(1, N + 1))
    assert [spine.learning.unit for spine in built.spines] == pytest.approx(0.01 * np.arange(1, N + 1))
    built.set_calcium_units(np.array(kept))


@pytest.mark.parametrize("expression", ["more_receptors", "conductance"])
def test_receptors_of_the_same_kind_are_integrated_once(cell, sites, expression: str) -> None:
    one = pathway(cell, sites[:6], expression=expression)
    assert all(volley.inserted is volley.resident for volley in one.volleys)


def test_presynaptic_ltp_raises_release_of_the_recruited_and_leaves_receptors(cell, sites, start) -> None:
    one = pathway(cell, sites, expression="presynaptic")
    start()
    at_start = one.slow_states()
    for n in (N, 9):
        one.recruit(n)
        one.set_slow_states(at_start)
        assert [volley.release.use_scale for volley in one.volleys] == pytest.approx([1.0] * 6)
        potentiated = np.where(np.arange(N) < n, 1.5 * one.n_start, one.n_start)
        one.set_slow_states(SlowStates(at_start.ep, at_start.ed, at_start.rho, potentiated))
        assert [volley.release.use_scale for volley in one.volleys] == pytest.approx([1.5] * 6)
    assert [spine.ampa.n for spine in one.spines] == pytest.approx(one.n_start)


def test_every_synapse_of_a_stochastic_pathway_releases_by_itself_and_some_arrive_late(cell, sites) -> None:
    one = pathway(cell, sites, seed=1)
    assert len(one.volleys) == N
    delays = [volley.delay for volley in one.volleys]
    assert sorted(delays) == pytest.approx(arrival_delays(N))
    assert max(delays[: N // 3]) > np.median(delays)


def released(one: Pathway, start: Any) -> list[float]:
    h = start()
    one.stimulate(np.array([1.0, 51.0]))
    out = []
    for t in (10.0, 60.0):
        h.cvode.solve(t)
        out += [volley.release.released for volley in one.volleys]
    return out


def test_a_stochastic_pathway_with_the_same_seed_releases_the_same(cell, sites, start) -> None:
    draws = [released(pathway(cell, sites, seed=seed), start) for seed in (1, 1, 2)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
