"""GABA-A and GABA-B receptors, and the feed-forward inhibition that they make on the reference cell."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from releasing import receptor_on_a_section
from scipy.integrate import solve_ivp

from cellmodel import Compound, Slice
from cellmodel.cell import CA1Pyramidal
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.slice import SliceOptions
from cellmodel.slice.state import relative
from cellmodel.synapse import Inhibition
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS

NUMBERS = load("synapse.toml").values_of("inhibition")
SLOW = load("synapse.toml").values_of("gaba_b")
DYNAMICS = ("use", "tau_rec", "tau_facil")
E_K = -90.0
WARM, COLD = 34.0, 24.0
NANOAMP_PER_DENSITY = 1e-2
"""Times mA/cm2 and um2."""


@pytest.fixture
def synapse() -> Any:
    """Return a receptor and a function that lets a share of its sites release at given times."""
    with receptor_on_a_section("gaba_a", v=-60.0) as (_, receptor, release):
        yield receptor, release


@pytest.fixture
def slow_synapse() -> Any:
    """Return a GABA-B receptor and what `synapse` returns, at the temperature of its rates."""
    h = load_mechanisms()
    h.celsius = WARM
    with receptor_on_a_section("gaba_b", v=-60.0) as (section, receptor, release):
        section.ek = E_K
        yield receptor, release


@pytest.fixture(scope="module")
def inhibited(small_cell: str) -> Any:
    cell = CA1Pyramidal(small_cell)  # it is integrated with whatever else there is
    yield cell, Inhibition(cell, "test", e_gaba=-72.0)
    cell.free()


def waveform(t: np.ndarray) -> np.ndarray:
    """Return a double exponential that peaks at 1, from 0 on."""
    rise, decay = NUMBERS["tau_rise"], NUMBERS["tau_decay"]
    peak = rise * decay / (decay - rise) * np.log(decay / rise)
    shape = [np.exp(-x / decay) - np.exp(-x / rise) for x in (np.maximum(t, 0.0), peak)]
    return shape[0] / shape[1]


def conductance(receptor: Any, times: np.ndarray) -> np.ndarray:
    h, rows = load_mechanisms(), []
    for t in times:
        h.cvode.solve(t)
        rows.append(receptor.g / receptor.g_max)
    return np.array(rows)


@pytest.mark.parametrize("released", [1.0, 0.25])
def test_releases_add_double_exponentials_that_peak_at_their_share_of_g_max(synapse, released: float) -> None:
    receptor, release = synapse
    release([1.0, 4.0], released)
    t = np.array([1.2, 2.5, 3.9, 4.5, 6.0, 20.0, 50.0])
    expected = released * (waveform(t - 1.0) + waveform(t - 4.0))
    assert conductance(receptor, t) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("block", [0.0, 0.3, 1.0])
def test_the_current_is_what_the_antagonist_leaves_of_conductance_times_driving_force(
    synapse, block: float
) -> None:
    h, (receptor, _) = load_mechanisms(), synapse
    receptor.block = block
    for v in (-60.0, -90.0, receptor.e):
        h.finitialize(v)
        receptor.d = 0.5
        h.fcurrent()
        expected = (1 - block) * receptor.g_max * 0.5 * (v - receptor.e)
        assert receptor.i == pytest.approx(expected, rel=1e-12, abs=1e-18)


def test_contacts_sit_on_the_soma_and_close_to_it(inhibited) -> None:
    cell, inhibition = inhibited
    places = [contact.get_segment() for contact in inhibition.contacts]
    assert len(places) == NUMBERS["n_contacts"]
    assert places[0].sec == cell.soma[0]
    assert len({str(place) for place in places}) > 1
    assert all(cell.path_distance(place) <= NUMBERS["farthest"] for place in places)


def test_contacts_have_the_bath_s_reversal_and_the_numbers_of_the_data_file(inhibited) -> None:
    _, inhibition = inhibited
    for contact in inhibition.contacts:
        assert contact.e == -72.0
        assert (contact.tau_rise, contact.tau_decay) == (NUMBERS["tau_rise"], NUMBERS["tau_decay"])
    release = inhibition.release
    assert [getattr(release, name) for name in DYNAMICS] == [NUMBERS[name] for name in DYNAMICS]


def test_recruitment_scales_the_conductance_of_every_contact(inhibited) -> None:
    _, inhibition = inhibited
    for share in (0.25, 1.0):
        inhibition.recruit(share, gaba_a=0.1)
        expected = share * NUMBERS["g_max"] * MICROSIEMENS_PER_NANOSIEMENS
        assert [contact.g_max for contact in inhibition.contacts] == pytest.approx([expected] * 8)
        assert {contact.block for contact in inhibition.contacts} == {0.1}


def test_a_stimulus_inhibits_after_the_disynaptic_delay_and_a_second_one_less(inhibited) -> None:
    h, (cell, inhibition) = load_mechanisms(), inhibited
    inhibition.recruit(1.0)
    h.celsius = cell.celsius
    h.cvode.active(1)
    h.finitialize(cell.v_init)
    inhibition.stimulate(np.array([1.0, 101.0]))
    delay, contact = NUMBERS["delay"], inhibition.contacts[-1]
    h.cvode.solve(1.0 + delay - 0.01)
    assert contact.g == 0.0
    h.cvode.solve(1.0 + delay + 0.05)
    assert contact.g > 0.0
    first = inhibition.release.released
    h.cvode.solve(101.0 + delay + 0.01)
    h.cvode.active(0)
    assert first == pytest.approx(NUMBERS["use"])
    filled = 1 - NUMBERS["use"] * np.exp(-100.0 / NUMBERS["tau_rec"])
    left = NUMBERS["use"] * np.exp(-100.0 / NUMBERS["tau_facil"])
    use = left + NUMBERS["use"] * (1 - left)
    assert inhibition.release.released == pytest.approx(use * filled, rel=1e-9)


def test_the_state_of_the_interneurons_is_read_and_put_back(inhibited) -> None:
    _, inhibition = inhibited
    states = np.array([0.3, 0.6, 0.01, 0.02, -150.0, 0.4, 0.9])
    inhibition.set_release_states(states)
    assert np.array_equal(inhibition.release_states(), states)
    assert inhibition.release.last == -150.0
    for contact in inhibition.slow_contacts:
        assert (contact.bound, contact.active, contact.last) == (0.4, 0.9, -150.0)


def slow_conductance(
    times: list[float], released: float, at: np.ndarray, *, speed: float = 1.0
) -> np.ndarray:
    """Integrate the equations of the source numerically, for releases at ``times``; share of g_max, (n,)."""

    def change(t: float, y: np.ndarray) -> list[float]:
        bound, active = y
        made = SLOW["production"] * bound - SLOW["decay"] * active
        return [-speed * SLOW["k_off"] * bound, speed * made]

    y, rows = np.zeros(2), []
    for begin, end in pairwise([*times, np.inf]):
        y[0] = 1 - (1 - y[0]) * np.exp(-SLOW["k_on"] * SLOW["exposure"] * released)
        wanted = at[(at >= begin) & (at < end)]
        stop = end if np.isfinite(end) else wanted[-1]
        found = solve_ivp(
            change, (begin, stop), y, t_eval=[*wanted[wanted < stop], stop], rtol=1e-9, atol=1e-12
        )
        rows += list(found.y[1][: len(wanted)])
        y = found.y[:, -1]
    x4 = np.array(rows) ** 4
    return x4 / (x4 + SLOW["k_d"])


@pytest.mark.parametrize("released", [0.25, 0.05])
def test_gaba_b_is_the_solution_of_the_source_s_equations(slow_synapse, released: float) -> None:
    receptor, release = slow_synapse
    times, t = [1.0, 41.0, 300.0], np.array([30.0, 41.5, 120.0, 299.0, 310.0, 500.0, 900.0])
    release(times, released)
    assert conductance(receptor, t) == pytest.approx(slow_conductance(times, released, t), rel=1e-6)


def test_gaba_b_is_slower_in_the_cold(slow_synapse) -> None:
    receptor, release = slow_synapse
    load_mechanisms().celsius = COLD
    t = np.array([50.0, 200.0, 800.0])
    release([1.0])
    expected = slow_conductance([1.0], 1.0, t, speed=load("synapse.toml")["gaba_b.k_off"].q10 ** -1.0)
    found = conductance(receptor, t)
    load_mechanisms().celsius = WARM
    assert found == pytest.approx(expected, rel=1e-6)


def test_one_pulse_opens_few_channels_and_a_train_more_than_its_pulses(slow_synapse) -> None:
    receptor, release = slow_synapse
    t, little = np.arange(20.0, 400.0, 5.0), 0.05
    release([1.0], little)
    one = conductance(receptor, t).max()
    release([1.0 + 10.0 * k for k in range(10)], little)
    ten = conductance(receptor, t).max()
    assert 0 < one < 0.005
    assert ten > 50 * one


@pytest.mark.parametrize("block", [0.0, 0.3, 1.0])
def test_gaba_b_passes_potassium(slow_synapse, block: float) -> None:
    h, (receptor, release) = load_mechanisms(), slow_synapse
    receptor.block = block
    release([1.0])
    h.cvode.solve(100.0)
    open_share = slow_conductance([1.0], 1.0, np.array([100.0]))[0]
    assert receptor.g == pytest.approx((1 - block) * receptor.g_max * open_share, rel=1e-6)
    segment = receptor.get_segment()
    for ek in (E_K, segment.v, segment.v + 10.0):
        segment.sec.ek = ek
        h.fcurrent()
        current = segment.ik * segment.area() * NANOAMP_PER_DENSITY
        assert current == pytest.approx(receptor.g * (segment.v - ek), rel=1e-6, abs=1e-15)


def test_gaba_b_contacts_sit_on_radiatum_dendrites_and_share_the_interneurons_gaba(inhibited) -> None:
    cell, inhibition = inhibited
    places = [contact.get_segment() for contact in inhibition.slow_contacts]
    assert len(places) == SLOW["n_contacts"]
    assert {place.sec for place in places} <= {*cell.oblique, *cell.trunk}
    g_max = SLOW["g_max"] * MICROSIEMENS_PER_NANOSIEMENS
    assert [contact.g_max for contact in inhibition.slow_contacts] == pytest.approx([g_max] * len(places))
    inhibition.recruit(0.25, gaba_b=0.1)
    assert {wire.weight[0] for wire in inhibition.slow_wires} == {0.25}
    assert {contact.block for contact in inhibition.slow_contacts} == {0.1}
    assert {contact.block for contact in inhibition.contacts} == {0.0}


def test_gaba_b_goes_on_from_what_was_put_back_as_if_never_stopped(inhibited) -> None:
    h, (cell, inhibition) = load_mechanisms(), inhibited
    inhibition.recruit(1.0)
    h.celsius = cell.celsius
    h.cvode.active(1)
    h.finitialize(cell.v_init)
    inhibition.stimulate(np.array([0.0, 10.0, 800.0]))
    h.cvode.solve(500.0)
    states = relative(inhibition.release_states(), 500.0)
    h.cvode.solve(900.0)
    contact = inhibition.slow_contacts[-1]
    expected = contact.g
    h.finitialize(cell.v_init)
    inhibition.set_release_states(relative(states, 0.0))
    inhibition.stimulate(np.array([300.0]))
    h.cvode.solve(400.0)
    h.cvode.active(0)
    assert contact.g == pytest.approx(expected, rel=1e-9)
    assert expected > 0.0


@pytest.fixture(scope="module")
def shocked() -> Any:
    """Return a function: soma voltage (mV) after one shock to all interneurons, receptors antagonized."""
    rig = Slice(SliceOptions(pathways=("test",), fibers=1))
    inhibition = rig.inhibition["test"]

    def shock(**blocks: float) -> tuple[np.ndarray, np.ndarray]:
        rig.engine.begin()
        rig.write_state("test")
        inhibition.recruit(1.0, **blocks)
        inhibition.stimulate(np.zeros(1))
        window = rig.engine.run(1500.0)
        return window.t, window.signals[:, 0] - window.signals[0, 0]

    yield shock
    rig.free()


def test_picrotoxin_leaves_a_slow_ipsp_with_the_published_time_course(shocked) -> None:
    """Davies 1990, abstract: peak at 139 +/- 4 ms (SEM), lasting 723 +/- 135 (390-1730) ms."""
    t, left = shocked(gaba_a=Compound.named("picrotoxin").blocked(0.1)["gaba_a"])
    lasting = t[left < 0.1 * left.min()]
    assert -10.0 < left.min() < -1.0
    assert 127.0 < t[np.argmin(left)] < 151.0
    assert 390.0 < lasting[-1] - lasting[0] < 1730.0


def test_the_two_antagonists_split_the_ipsp_in_an_early_and_a_late_part(shocked) -> None:
    antagonist = Compound.named("CGP55845")
    ts, both = shocked()
    t, early = shocked(**antagonist.blocked(antagonist.default_dose_mM))
    _, neither = shocked(gaba_a=1.0, gaba_b=1.0)
    assert np.abs(neither).max() < 0.01
    assert t[np.argmin(early)] < 40.0
    assert abs(np.interp(200.0, t, early)) < 0.1 * abs(np.interp(200.0, ts, both))
