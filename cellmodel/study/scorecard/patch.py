"""Evaluators of receptors and patches: the exact twin, and the patch experiment."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from cellmodel.analysis import peak
from cellmodel.compound import Compound
from cellmodel.errors import ConvergenceError
from cellmodel.parameters import load
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor, Scheme, measure, modulation_of, open_fraction
from cellmodel.receptor import ec50 as ec50_of
from cellmodel.receptor.fit_modulation import Shown
from cellmodel.study import noise
from cellmodel.study.patches import measures, respond
from cellmodel.synapse.sites import receptor_gain
from cellmodel.units import PERCENT

DOSES = np.geomspace(0.03, 30.0, 15)
"""Doses over the affinity of one site at which a half-effective dose is looked for."""
SWEEPS = 300
LONGEST = 4.0  # time constants of recovery, to the last of the pairs
AFTER = 20.0  # ms, in which the peak of a second pulse is looked for


@cache
def shown(compound: str, dose: float, receptor: str) -> Shown:
    """Return the exact answer of a receptor at a dose (mM)."""
    named, profile = Compound.named(compound), Receptor.named(receptor)
    modulation = modulation_of(named, profile)
    if modulation is None:
        raise ConvergenceError(f"{compound} does not modulate AMPA receptors.")
    return Shown(profile, modulation, dose, named.regime)


@cache
def kinetics(
    *,
    receptor: str,
    what: str,
    glutamate: float | None = None,
    scale: float = 80.0,
    compound: str = "",
    dose: float = 0.0,
) -> float:
    """Return a time constant (ms) or a fraction (1) of `cellmodel.receptor.Kinetics`."""
    scheme = shown(compound, dose, receptor).scheme if compound else Scheme(Receptor.named(receptor))
    level = load("patch.toml").value("rig.glutamate") if glutamate is None else glutamate
    return float(getattr(measure(scheme, level, scale=scale), what))


def percent_desensitized(
    *, receptor: str, compound: str = "", dose: float = 0.0, pulse: float | None = None
) -> float:
    """Return how much of the peak is lost at the end of a long pulse (ms), %; None: of the patch protocol."""
    if pulse is None:
        left = kinetics(receptor=receptor, what="steady_state", compound=compound, dose=dose)
    else:
        left = shown(compound, dose, receptor).left_after(pulse)
    return PERCENT * (1.0 - left)


def ec50(*, receptor: str) -> float:
    """Return the glutamate with half of the largest peak, mM."""
    return ec50_of(Scheme(Receptor.named(receptor)))


def rate(*, receptor: str, name: str) -> float:
    """Return a rate of the scheme where it was measured, 1/ms."""
    return Receptor.named(receptor).rates[name]


def constant(*, file: str, name: str) -> float:
    """Return a constant that the model takes as it was published."""
    return load(file).value(name)


def modulated(*, compound: str, dose: float, what: str, receptor: str) -> float:
    """Return a ratio to control (1), or the half-effective dose on the plateau (``ec50_plateau``, mM)."""
    return shown(compound, dose, receptor).value(what)


def half_dose_of_receptors(*, compound: str, of: str, over: str) -> float:
    """Return the half-effective dose on the plateau of one receptor over that of another."""
    found = [shown(compound, 1.0, name).value("ec50_plateau") for name in (of, over)]
    return found[0] / found[1]


def half_dose_ratio(*, compound: str, receptor: str, of: str, over: str) -> float:
    """Return the half-effective dose on one time constant over that on another."""
    found = [_half_dose(compound, receptor, partial(_of_kinetics, what)) for what in (of, over)]
    return found[0] / found[1]


def _of_kinetics(what: str, one: Shown) -> float:
    return float(getattr(one.kinetics, what))


def half_dose_of_epsc(*, compound: str) -> float:
    """Return the half-effective dose on peak times decay of an EPSC at one point, mM."""
    return _half_dose(compound, "ca1", lambda one: one.epsc[0] * one.epsc[1])


def _half_dose(compound: str, receptor: str, size: Callable[[Shown], float]) -> float:
    """Return the dose with half of the largest effect on a size, mM."""
    doses = DOSES * shown(compound, 1.0, receptor).modulation.k_m
    without, *sizes = (size(shown(compound, float(dose), receptor)) for dose in (0.0, *doses))
    effects = np.array(sizes) - without
    return float(np.interp(effects[-1] / 2.0, effects, doses))


def open_time_ratio(*, receptor: str, compound: str, dose: float) -> float:
    """Return the mean open time of a channel, drug over control."""
    one = shown(compound, dose, receptor)
    closed, open_ = (1.0 / (s.rates["alpha"] + s.rates["d_on3"]) for s in _schemes(one))
    return open_ / closed


def _schemes(one: Shown) -> tuple[Scheme, Scheme]:
    drug = Scheme(one.receptor, one.modulation, one.dose_mM)
    return Scheme(one.receptor), drug


def recovery_ratio(*, receptor: str, short: float, long: float, scale: float) -> float:
    """Return the time constant of recovery after a short pulse over that after a long one (ms)."""
    scheme = Scheme(Receptor.named(receptor))
    return _recovery(scheme, short, scale) / _recovery(scheme, long, scale)


def _recovery(scheme: Scheme, length: float, scale: float) -> float:
    """Return the time constant with which what a pulse took comes back, ms."""
    level = load("patch.toml").value("rig.glutamate")
    intervals = np.linspace(scale / LONGEST, LONGEST * scale, 12)
    missing = [1.0 - _second_over_first(scheme, level, length, interval) for interval in intervals]
    slope = np.polyfit(intervals, np.log(missing), 1)[0]
    return float(-1.0 / slope)


def _second_over_first(scheme: Scheme, level: float, length: float, interval: float) -> float:
    again = length + interval
    within = np.geomspace(1e-3, min(length, AFTER), 300)
    steps = [(0.0, level), (length, 0.0), (again, level)]
    opened = open_fraction(scheme, np.append(within[:-1], again + within), steps)
    return float(opened[within.size :].max() / opened[: within.size - 1].max())


@cache
def _measured(receptor: str, compound: str, dose: float) -> dict[str, float]:
    rig = Patch(Receptor.named(receptor), compound=Compound.named(compound) if compound else None)
    found = measures(respond(rig, "drug" if dose else "control", dose), compound)
    return {row.measure: row.value for row in found}


def patch(*, receptor: str, measure: str, compound: str = "", dose: float = 0.0) -> float:
    """Return a measure of the patch experiment, in its unit of measures.csv."""
    return _measured(receptor, compound, dose)[measure]


def patch_ratio(*, receptor: str, measure: str, compound: str, dose: float) -> float:
    """Return a measure of the patch experiment, drug over control."""
    return patch(receptor=receptor, measure=measure, compound=compound, dose=dose) / patch(
        receptor=receptor, measure=measure, compound=compound
    )


def patch_peak(*, receptor: str, v_mV: float) -> float:
    """Return the peak current of a patch at another potential, pA: its current-voltage curve is straight."""
    rig = load("patch.toml").values_of("rig")
    found = patch(receptor=receptor, measure="peak")
    return found * (v_mV - rig["e"]) / (rig["v_hold"] - rig["e"])


def patch_pair_ratio(*, receptor: str, compound: str, dose: float, interval: float) -> float:
    """Return the second over the first of two long pulses, drug over control."""
    rig = Patch(Receptor.named(receptor), compound=Compound.named(compound))
    control, drug = (_pair(rig, given, interval) for given in (0.0, dose))
    return drug / control


def _pair(rig: Patch, dose: float, interval: float) -> float:
    (pair,) = rig.paired([interval], dose)
    second = pair.meta["second"]
    first = peak(pair.t, pair["i"], stop=second)
    again = peak(pair.t, pair["i"], start=second, baseline=first.baseline)
    return again.amplitude / first.amplitude


@cache
def unitary_conductance(*, receptor: str, seed: int) -> float:
    """Return the conductance of a channel from the noise of many sweeps, pS."""
    rig = Patch(Receptor.named(receptor))
    found = noise.observe(rig, "control", n_sweeps=SWEEPS, seed=seed)
    if found.fit is None:
        raise ConvergenceError(found.failure)
    return found.fit.conductance_picosiemens


def receptor_gradient(*, far: float, near: float) -> float:
    """Return the receptors of a synapse at one distance (um) over those at another."""
    return receptor_gain(far) / receptor_gain(near)


def absent(*, why: str) -> float:
    """Say that the model cannot answer."""
    raise ConvergenceError(f"not in the model: {why}.")
