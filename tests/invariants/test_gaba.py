"""The GABA-A receptor, and the feed-forward inhibition that it makes on the reference cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from releasing import receptor_on_a_section

from cellmodel.cell import CA1Pyramidal
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.synapse import Inhibition
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS

NUMBERS = load("synapse.toml").values_of("inhibition")
DYNAMICS = ("use", "tau_rec", "tau_facil")


@pytest.fixture
def synapse() -> Any:
    """Return a receptor and a function that lets a share of its sites release at given times."""
    with receptor_on_a_section("gaba_a", v=-60.0) as (_, receptor, release):
        yield receptor, release


@pytest.fixture(scope="module")
def inhibited() -> Any:
    cell = CA1Pyramidal()
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
        inhibition.recruit(share, block=0.1)
        expected = share * NUMBERS["g_max"] * MICROSIEMENS_PER_NANOSIEMENS
        assert [contact.g_max for contact in inhibition.contacts] == pytest.approx([expected] * 8)
        assert {contact.block for contact in inhibition.contacts} == {0.1}


def test_a_stimulus_inhibits_after_the_disynaptic_delay_and_a_second_one_less(inhibited) -> None:
    h, (cell, inhibition) = load_mechanisms(), inhibited
    inhibition.recruit(1.0, block=0.0)
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
    states = np.array([0.3, 0.6, 0.01, 0.02, -150.0])
    inhibition.set_release_states(states)
    assert np.array_equal(inhibition.release_states(), states)
    assert inhibition.release.last == -150.0
