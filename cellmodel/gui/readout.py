"""The lines of text under the panel's buttons: what control and drug traces measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cellmodel.analysis import epsc_measures, fepsp_measures, fit_decay, fit_exponential, peak
from cellmodel.analysis.waveform import crossing_after
from cellmodel.compound import Compound
from cellmodel.errors import ConvergenceError, ParameterError
from cellmodel.study.patches import DECAY, ONSET

Curve = tuple[np.ndarray, np.ndarray]
"""Time (ms) and signal, (n_t,) each."""
Curves = Mapping[str, Curve]
"""Condition (``control`` or ``drug``) to its curve."""
Value = tuple[str, float, str]
"""Label, number and unit of one measure."""


def deactivation(curve: Curve, pulse: float) -> tuple[Value, ...]:
    """Measure the response (pA) to a pulse of ``pulse`` ms that ends before receptors desensitize."""
    t, i = curve
    baseline = peak(t, i).baseline
    washed = peak(t, i, start=pulse, baseline=baseline)
    tau = fit_decay(t, i, washed, start=DECAY[0], stop=DECAY[1]).tau
    return ("peak", abs(peak(t, i).amplitude), "pA"), ("decay", tau, "ms")


def desensitization(curve: Curve, pulse: float) -> tuple[Value, ...]:
    """Measure the response (pA) to a pulse of ``pulse`` ms during which receptors desensitize."""
    t, i = curve
    at = peak(t, i, stop=pulse)
    size, onset = ("peak", abs(at.amplitude), "pA"), crossing_after(t, i, at, ONSET)
    if onset >= pulse:
        return (size,)  # desensitization is abolished
    return size, ("decay", fit_exponential(t, i, start=onset, stop=pulse).tau, "ms")


def field(curve: Curve) -> tuple[Value, ...]:
    """Measure a field EPSP (mV) without its volley; a population spike leaves no decay to measure."""
    found = fepsp_measures(*curve, onset=0.0)
    size = ("amplitude", found.amplitude, "mV")
    return (size,) if found.tau_decay is None else (size, ("decay", found.tau_decay, "ms"))


def epsc(curve: Curve) -> tuple[Value, ...]:
    """Measure an EPSC (pA) after a stimulus at 0."""
    found = epsc_measures(*curve, onset=0.0)
    return ("peak", found.peak, "pA"), ("decay", found.tau_decay, "ms")


def compared(name: str, curves: Curves, measured: Callable[[Curve], tuple[Value, ...]]) -> str:
    """Return one line, control -> drug for each measure that both curves have.

    Parameters
    ----------
    name : str
        What the line is about.
    curves : mapping
        With ``control`` and ``drug``.
    measured : callable
        Turns a curve into its measures.
    """
    control, drug = _values(curves["control"], measured), _values(curves["drug"], measured)
    if not (control and drug):
        return f"{name}: no response {'to control' if not control else 'left'}"
    pairs = [
        f"{label} {_number(before)} -> {_number(drug[label][0])} {unit}"
        for label, (before, unit) in control.items()
        if label in drug
    ]
    return f"{name}: {', '.join(pairs)}"


def _values(curve: Curve, measured: Callable[[Curve], tuple[Value, ...]]) -> dict[str, tuple[float, str]]:
    try:
        return {label: (number, unit) for label, number, unit in measured(curve)}
    except ConvergenceError:
        return {}


def _number(value: float) -> str:
    """Return three digits, never in the form 1e+02."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def about(compound: Compound) -> str:
    """Return a compound's name and doses in one line."""
    soluble = f", soluble to {compound.solubility_mM:g} mM" if compound.solubility_mM is not None else ""
    return f"{compound.name}: usual dose {compound.default_dose_mM:g} mM{soluble}"


def dose_notice(compound: Compound, dose_mM: float) -> str:
    """Return what a user should know about a dose, empty where there is nothing to say.

    Raises
    ------
    ParameterError
        If it is no concentration.
    """
    if not 0 <= dose_mM < np.inf:
        raise ParameterError(f"dose {dose_mM:g} mM: give 0 or more.")
    if compound.solubility_mM is not None and dose_mM > compound.solubility_mM:
        return f"above the solubility of {compound.name}, {compound.solubility_mM:g} mM."
    return ""
