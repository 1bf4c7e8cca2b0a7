"""The NMDA receptor: magnesium block, time course, temperature, saturation, calcium, antagonist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from releasing import receptor_on_a_section

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.units import q10_factor

NMDA = load("synapse.toml").values_of("nmda")
RISE = load("synapse.toml")["nmda.tau_rise"]
NANOAMP_PER_UM2 = 1e-2
"""In one mA/cm2."""


@pytest.fixture
def synapse() -> Any:
    """Return a section, its receptor and a function that lets a share of its sites release at given times."""
    h = load_mechanisms()
    kept, h.celsius = h.celsius, RISE.celsius
    with receptor_on_a_section("nmda", v=-70.0) as parts:
        yield parts
    h.celsius = kept


def conductance(receptor: Any, times: np.ndarray) -> np.ndarray:
    """Return conductance over its maximum at ``times`` (ms), without magnesium."""
    h, rows = load_mechanisms(), []
    for t in times:
        h.cvode.solve(t)
        rows.append(receptor.g / receptor.g_max)
    return np.array(rows)


def waveform(t: np.ndarray, *, speed: float = 1.0) -> np.ndarray:
    """Return a double exponential that peaks at 1, from 0 on."""
    rise, decay = NMDA["tau_rise"] / speed, NMDA["tau_decay"] / speed
    peak = rise * decay / (decay - rise) * np.log(decay / rise)
    shape = [np.exp(-x / decay) - np.exp(-x / rise) for x in (np.maximum(t, 0.0), peak)]
    return shape[0] / shape[1]


def held(section: Any, receptor: Any, v: float) -> float:
    """Return the total current (nA) of a receptor whose gates are half open, at a voltage."""
    h = load_mechanisms()
    h.finitialize(v)
    receptor.o = 0.5
    h.fcurrent()
    return receptor.i + receptor.i_ca


@pytest.mark.parametrize("mg", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("v", [-90.0, -70.0, -30.0, 0.5, 40.0])
def test_magnesium_blocks_as_in_jahr_and_stevens(synapse, v: float, mg: float) -> None:
    section, receptor, _ = synapse
    receptor.mg = 0.0
    free = held(section, receptor, v)
    receptor.mg = mg
    expected = 1 / (1 + mg / 3.57 * np.exp(-0.062 * v))
    assert held(section, receptor, v) / free == pytest.approx(expected, rel=1e-9)


def test_a_full_release_gives_the_double_exponential_of_the_data_file(synapse) -> None:
    _, receptor, release = synapse
    receptor.mg = 0.0
    t = np.array([0.5, 2.0, 5.0, 10.0, 11.64, 20.0, 100.0, 300.0])
    release([1.0])
    assert conductance(receptor, t + 1.0) == pytest.approx(waveform(t), rel=1e-5)


def test_the_peak_of_a_full_release_is_g_max_and_of_a_part_that_part(synapse) -> None:
    _, receptor, release = synapse
    receptor.mg = 0.0
    peak = 2.9 * 148.5 / (148.5 - 2.9) * np.log(148.5 / 2.9)
    for released in (1.0, 0.14):
        release([1.0], released)
        assert conductance(receptor, np.array([peak + 1.0])) == pytest.approx([released], rel=1e-5)


def test_ten_degrees_change_the_speed_by_q10(synapse) -> None:
    _, receptor, release = synapse
    receptor.mg = 0.0
    for celsius in (24.0, 32.0):
        load_mechanisms().celsius = celsius
        release([1.0])
        t = np.array([1.0, 10.0, 50.0, 400.0])
        speed = q10_factor(RISE.q10, celsius, RISE.celsius)
        assert conductance(receptor, t + 1.0) == pytest.approx(waveform(t, speed=speed), rel=1e-5)


def test_a_release_acts_on_the_receptors_that_are_still_free(synapse) -> None:
    _, receptor, release = synapse
    receptor.mg = 0.0
    times, released = np.array([1.0, 11.0, 21.0]), 0.6
    release(list(times), released)
    t = np.array([15.0, 30.0, 200.0])
    found = conductance(receptor, t)
    bound, before, expected = 0.0, 0.0, np.zeros(3)
    for at in times:
        bound *= np.exp(-(at - before) / NMDA["tau_decay"])
        taken = released * (1 - bound)
        bound, before = bound + taken, at
        expected += taken * waveform(t - at)
    assert found == pytest.approx(expected, rel=1e-5)


def test_calcium_carries_its_share_and_enters_the_ion(synapse) -> None:
    section, receptor, _ = synapse
    total = held(section, receptor, -60.0)
    assert total < 0
    assert receptor.i_ca == pytest.approx(NMDA["ca_fraction"] * total, rel=1e-12)
    flowing = section(0.5).ica * NANOAMP_PER_UM2 * section(0.5).area()
    assert flowing == pytest.approx(receptor.i_ca, rel=1e-9)


def test_calcium_has_a_driving_force_of_its_own(synapse) -> None:
    section, receptor, _ = synapse
    for v in (-60.0, -20.0, NMDA["e"], 20.0):
        held(section, receptor, v)
        per_conductance = NMDA["ca_fraction"] * (NMDA["v_fraction"] - NMDA["e"]) * (v - NMDA["e_ca"])
        expected = receptor.g * per_conductance / (NMDA["v_fraction"] - NMDA["e_ca"])
        assert receptor.i_ca == pytest.approx(expected, rel=1e-12)
        assert receptor.i_ca < 0
    held(section, receptor, NMDA["e_ca"])
    assert receptor.i_ca == pytest.approx(0.0, abs=1e-15)


def test_the_current_reverses_at_e_and_is_conductance_times_driving_force(synapse) -> None:
    section, receptor, _ = synapse
    for v in (-60.0, 30.0):
        assert held(section, receptor, v) == pytest.approx(receptor.g * (v - receptor.e), rel=1e-12)
        assert receptor.g > 0
    assert held(section, receptor, NMDA["e"]) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("block", [0.0, 0.4, 1.0])
def test_an_antagonist_takes_its_share_of_both_currents(synapse, block: float) -> None:
    section, receptor, _ = synapse
    free = held(section, receptor, -40.0), receptor.i_ca
    receptor.block = block
    blocked = held(section, receptor, -40.0), receptor.i_ca
    assert free[0] < 0
    assert blocked == pytest.approx(tuple((1 - block) * part for part in free), rel=1e-12)
