"""Average the probes of a long experiment: phases, and LTP as percent of baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.units import PERCENT

PHASE_MEAN_MINUTES = 5.0
LTP_MINUTES = (5.0, 30.0, 60.0)
TOLERANCE_MINUTES = 1e-6
"""Probe times are sums of many steps, so a window's edge is met to within this."""


@dataclass(frozen=True, slots=True)
class Average:
    """Mean of ``n`` probes with their standard deviation (0 for one probe)."""

    mean: float
    sd: float
    n: int


@dataclass(frozen=True, slots=True)
class LtpPoint:
    """Slope ``minutes_after`` the last conditioning pulse, percent of the baseline named.

    ``condition`` is ``vs_baseline`` (drug-free) or ``vs_drug_baseline``.
    """

    minutes_after: float
    condition: str
    percent: float
    sd: float
    n: int


def phase_mean(time_min: np.ndarray, values: np.ndarray, phase: tuple[float, float]) -> Average:
    """Average the probes of a phase's last 5 minutes.

    Parameters
    ----------
    time_min : array, (n,) min
        When each probe was given.
    values : array, (n,)
        What was measured.
    phase : tuple of float, min
        Start and end; a probe at the end belongs to the next phase.

    Raises
    ------
    ParameterError
        If no probe falls into these minutes.
    """
    start, stop = phase
    begin = max(start, stop - PHASE_MEAN_MINUTES)
    time_min = np.asarray(time_min)
    inside = (time_min >= begin - TOLERANCE_MINUTES) & (time_min < stop - TOLERANCE_MINUTES)
    return _average(values, inside, f"from {begin:g} to {stop:g} min")


def ltp_percent(
    time_min: np.ndarray,
    slope: np.ndarray,
    *,
    last_pulse_min: float,
    baseline: tuple[float, float],
    drug_baseline: tuple[float, float] | None = None,
) -> list[LtpPoint]:
    """Return LTP 5, 30 and 60 min after the last pulse of the last conditioning train.

    Each point is the mean slope of the probes in the 5 min ending there, as percent of the mean
    over the last 5 minutes of a baseline phase. Points that lie beyond the recording are left out.

    Parameters
    ----------
    time_min, slope : array, (n,) min and mV/ms
        The probes of one pathway.
    last_pulse_min : float, min
        The last conditioning pulse.
    baseline : tuple of float, min
        The drug-free phase before conditioning.
    drug_baseline : tuple of float, min, optional
        The in-drug phase, where drug was in the bath at the tetanus.

    Returns
    -------
    list of LtpPoint
    """
    time_min = np.asarray(time_min)
    phases = {"vs_baseline": baseline, "vs_drug_baseline": drug_baseline}
    references = {name: phase_mean(time_min, slope, phase) for name, phase in phases.items() if phase}
    after = time_min - last_pulse_min
    reached = [minutes for minutes in LTP_MINUTES if _covers(after, minutes)]
    return [
        _point(_window_mean(after, slope, minutes), references[name], minutes, name)
        for name in references
        for minutes in reached
    ]


def crossing(values: Sequence[float], percents: Sequence[float], level: float) -> float | None:
    """Return where a curve first rises from below ``level`` to it, None where it does not.

    Between two points the curve is a line over the logarithm of the values, where all are above 0.

    Parameters
    ----------
    values : sequence of float
        Rising.
    percents : sequence of float, %
    level : float, %
    """
    is_logarithmic = min(values) > 0
    x = np.log(values) if is_logarithmic else np.asarray(values, dtype=float)
    for k in range(1, len(values)):
        low, high = percents[k - 1], percents[k]
        if low < level <= high:
            at = float(x[k - 1] + (x[k] - x[k - 1]) * (level - low) / (high - low))
            return float(np.exp(at)) if is_logarithmic else at
    return None


def _covers(after: np.ndarray, minutes: float) -> bool:
    """Tell whether the recording goes on to within two probe intervals of ``minutes``.

    A phase of 60 minutes begins with the train, so its last probe comes up to one interval plus
    the train's length before 60 minutes after the train's end.
    """
    interval = float(np.median(np.diff(np.unique(after)))) if after.size > 1 else 0.0
    return bool(after.max() >= minutes - 2.0 * interval - TOLERANCE_MINUTES)


def _window_mean(after: np.ndarray, slope: np.ndarray, minutes: float) -> Average:
    begin = minutes - PHASE_MEAN_MINUTES
    inside = (after > begin + TOLERANCE_MINUTES) & (after <= minutes + TOLERANCE_MINUTES)
    return _average(slope, inside, f"from {begin:g} to {minutes:g} min after the last pulse")


def _point(found: Average, reference: Average, minutes: float, condition: str) -> LtpPoint:
    scale = PERCENT / reference.mean
    return LtpPoint(minutes, condition, found.mean * scale, found.sd * scale, found.n)


def _average(values: np.ndarray, inside: np.ndarray, where: str) -> Average:
    chosen = np.asarray(values, dtype=float)[inside]
    if chosen.size == 0:
        raise ParameterError(f"no probe {where}. Probe at least once in every 5 minutes.")
    return Average(
        float(chosen.mean()), float(chosen.std(ddof=1)) if chosen.size > 1 else 0.0, int(chosen.size)
    )
