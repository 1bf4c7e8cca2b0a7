"""The resting state: leak reversals and calcium pumps that hold every segment at one voltage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms

STAGES = 10  # of a bath that is changed
STEP = 5.0  # ms; implicit, and so steady on the way and exact at rest
IONS = (("na_ion", "ina"), ("k_ion", "ik"), ("ca_ion", "ica"))


def balance(sections: list[Any], v_rest: float, celsius: float, *, limits: tuple[float, float]) -> None:
    """Solve the leak reversal of every segment so that all currents cancel at ``v_rest``.

    The calcium pump is set to balance the calcium current at rest, so calcium stays where it is too.

    Parameters
    ----------
    sections : list of Section
        With ``pas`` and all channels inserted, reversal potentials set.
    v_rest : float, mV
    celsius : float, degC
    limits : tuple of float, mV
        Lowest and highest leak reversal that is accepted.

    Raises
    ------
    ParameterError
        If a leak reversal would lie outside the limits.
    """
    h = load_mechanisms()
    h.celsius = celsius
    h.finitialize(v_rest)
    h.fcurrent()
    for section in sections:
        has_pool = h.ismembrane("ca_dynamics", sec=section)
        for segment in section:
            if has_pool:
                segment.ca_dynamics.ica_rest = segment.ica
            leak = v_rest + channel_current(section, segment) / segment.pas.g
            if not limits[0] <= leak <= limits[1]:
                raise ParameterError(
                    f"{section.name()} would need a leak reversal of {leak:.0f} mV to rest at {v_rest:g} mV "
                    f"({limits[0]:g} to {limits[1]:g} is allowed). Lower its r_m or its channels at rest."
                )
            segment.pas.e = leak


def channel_current(section: Any, segment: Any) -> float:
    """Return the current density (mA/cm2) of all channels but the leak at the present state."""
    h = load_mechanisms()
    total = sum(getattr(segment, name) for ion, name in IONS if h.ismembrane(ion, sec=section))
    return total + (segment.hcn.i if h.ismembrane("hcn", sec=section) else 0.0)


def resting_voltage(
    soma: Any, v_start: float, celsius: float, *, duration: float, approach: Callable[[float], None]
) -> float:
    """Return the somatic voltage (mV) that the cell reaches in another bath than it was balanced in.

    The new bath comes in gradually, as in a rig: a sudden one could make the cell fire on its way. NEURON's
    settings are put back.

    Parameters
    ----------
    soma : Section
    v_start : float, mV
    celsius : float, degC
    duration : float, ms
        Of the change, and again of the time in the new bath.
    approach : callable
        Sets the bath that is a share (0 to 1) of the way to the new one.
    """
    h = load_mechanisms()
    solver = h.CVode()
    was_active, step = solver.active(), h.dt
    solver.active(False)
    h.dt, h.celsius = STEP, celsius
    approach(0.0)
    h.finitialize(v_start)
    for stage in range(1, 2 * STAGES + 1):
        if stage <= STAGES:
            approach(stage / STAGES)
        for _ in range(round(duration / STAGES / STEP)):
            h.fadvance()
    h.dt = step
    solver.active(bool(was_active))
    return float(soma(0.5).v)
