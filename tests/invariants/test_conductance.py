"""What mechanisms declare as their conductance is the slope of their current; implicit steps rely on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cellmodel.mechanisms import load_mechanisms

CHANNELS = ("na", "kdr", "ka_proximal", "ka_distal", "km", "hcn", "bk", "sk")
OPENED_BY_CALCIUM = {"bk": ("o",), "sk": ("m",)}
DENSITY = 0.01  # S/cm2
STEP = 0.1  # ms
NUDGE = 0.01  # mV
SIEMENS_PER_MILLISIEMENS = 1e-3  # a capacitance in uF/cm2 over a step in ms is in mS/cm2
MILLIAMP_PER_CM2 = 100.0  # of a nA through 1 um2


@pytest.fixture
def membrane() -> Iterator[Any]:
    section = load_mechanisms().Section(name="membrane")
    section.L = section.diam = 10.0
    yield section
    load_mechanisms().delete_section(sec=section)


def _slope_of_step(h: Any, section: Any, v: float, current: float) -> float:
    """Return the conductance, S/cm2, with which an implicit step from ``v`` was made: its size says it."""
    h.cvode.active(0)
    h.dt = STEP
    h.fadvance()
    return -current / (section(0.5).v - v) - SIEMENS_PER_MILLISIEMENS * section(0.5).cm / STEP


def _measured(h: Any, section: Any, v: float, read: Any) -> tuple[float, float]:
    """Return the current at ``v`` and its slope there, all states as they are."""
    currents = []
    for at in (v + NUDGE, v - NUDGE, v):
        section(0.5).v = at
        h.fcurrent()
        currents.append(read())
    return currents[2], (currents[0] - currents[1]) / (2 * NUDGE)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("v", [-75.0, -45.0, 10.0])
def test_a_channel_declares_the_slope_of_its_current(membrane: Any, channel: str, v: float) -> None:
    h = load_mechanisms()
    membrane.insert(channel)
    mechanism = getattr(membrane(0.5), channel)
    mechanism.g_max = DENSITY
    h.finitialize(v)
    for gate in OPENED_BY_CALCIUM.get(channel, ()):
        setattr(mechanism, gate, 0.5)
    carried = {"na": "ina", "hcn": "i_hcn"}.get(channel, "ik")
    current, slope = _measured(h, membrane, v, lambda: getattr(membrane(0.5), carried))
    assert _slope_of_step(h, membrane, v, current) == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("v", [-75.0, -45.0, -15.0, 20.0])
def test_an_nmda_receptor_declares_the_slope_that_its_magnesium_block_bends(membrane: Any, v: float) -> None:
    h = load_mechanisms()
    receptor = h.nmda(membrane(0.5))
    h.finitialize(v)
    receptor.o = 0.4
    scale = MILLIAMP_PER_CM2 / membrane(0.5).area()
    current, slope = _measured(h, membrane, v, lambda: (receptor.i + receptor.i_ca) * scale)
    assert _slope_of_step(h, membrane, v, current) == pytest.approx(slope, rel=1e-5)
