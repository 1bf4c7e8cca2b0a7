"""What the patch protocol would measure on a scheme, by matrix exponentials: for fitting and for tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cellmodel.receptor.response import Gating, driven, open_fraction

SHORT, LONG = 1.0, 100.0  # ms, the two pulses of the patch protocol
AFTER = 80.0  # ms, for which deactivation is followed
TINY = 1e-3  # of a decay below which there is none
LONGEST = 1e4  # ms, until which the decay in glutamate is followed
FINE = 4000  # samples of a response
INTERVALS = np.array([0.125, 0.25, 0.5, 1.0, 2.0, 4.0])  # of pairs, in rough time constants of recovery
SATURATING, LOWEST = 50.0, 1e-3  # mM, between which the EC50 is looked for
RISE = np.geomspace(1e-3, 100.0, 2000)  # ms, where the peak is looked for
FROM, TO = 0.8, 0.2  # of a decay, between which its time constant is read


@dataclass(frozen=True)
class Kinetics:
    """Time constants (ms) and fractions (1) of a scheme at one glutamate concentration."""

    peak: float
    deactivation: float
    desensitization: float
    steady_state: float
    recovery: float


def measure(scheme: Gating, glutamate: float, *, scale: float = 80.0) -> Kinetics:
    """Return what 1 ms, 100 ms and paired pulses of glutamate (mM) show.

    Parameters
    ----------
    scheme : Scheme, SlowScheme or FullScheme
    glutamate : float, mM
    scale : float, ms
        Rough time constant of recovery: the intervals of the pairs are multiples of it.
    """
    short = np.linspace(SHORT, SHORT + AFTER, FINE)
    pulse = np.concatenate([np.geomspace(1e-3, 10.0, FINE), np.linspace(10.0, LONG, FINE)[1:]])
    long = np.concatenate([pulse, np.geomspace(LONG, LONGEST, FINE)[1:]])  # for what desensitizes slowly
    after = open_fraction(scheme, short, [(0.0, glutamate), (SHORT, 0.0)])
    during = open_fraction(scheme, long, [(0.0, glutamate)])
    plateau = float(scheme.steady_state(glutamate)[scheme.open_states].sum())
    return Kinetics(
        peak=float(during.max()),
        deactivation=_time_constant(short, after, 0.0),
        desensitization=_time_constant(long, during, plateau),
        steady_state=float(during[len(pulse) - 1] / during.max()),
        recovery=_recovery(scheme, glutamate, scale * INTERVALS),
    )


def ec50(scheme: Gating) -> float:
    """Return the glutamate (mM) whose peak is half of that of a saturating concentration."""
    from scipy.optimize import brentq

    half = _peak(scheme, SATURATING) / 2.0
    low, high = math.log(LOWEST), math.log(SATURATING)
    return math.exp(brentq(lambda level: _peak(scheme, math.exp(level)) - half, low, high, xtol=1e-6))


def _peak(scheme: Gating, glutamate: float) -> float:
    return float(open_fraction(scheme, RISE, [(0.0, glutamate)]).max())


def _time_constant(t: np.ndarray, y: np.ndarray, plateau: float) -> float:
    """Return the time from `FROM` to `TO` of the way from peak to plateau, over the log of their ratio.

    Infinite where less than that decays: nothing desensitizes.
    """
    top = int(np.argmax(y))
    left = (y[top:] - plateau) / max(y[top] - plateau, TINY)
    if y[top] - plateau < TINY or not np.any(left < TO):
        return math.inf
    start, stop = (_first_below(t[top:], left, level) for level in (FROM, TO))
    return (stop - start) / math.log(FROM / TO)


def _first_below(t: np.ndarray, y: np.ndarray, level: float) -> float:
    k = int(np.argmax(y < level))
    return float(t[k - 1] + (t[k] - t[k - 1]) * (y[k - 1] - level) / (y[k - 1] - y[k]))


def _recovery(scheme: Gating, glutamate: float, intervals: np.ndarray) -> float:
    """Return the time constant with which the second of two 100 ms pulses recovers, ms."""
    from scipy.optimize import least_squares

    missing = np.array([1.0 - _pair(scheme, glutamate, interval) for interval in intervals])
    start = (missing[0], math.log(intervals[-1] / 4.0))
    found = least_squares(lambda p: p[0] * np.exp(-intervals * math.exp(-p[1])) - missing, start)
    return math.exp(found.x[1])


def _pair(scheme: Gating, glutamate: float, interval: float) -> float:
    second = LONG + interval
    t = np.concatenate([np.geomspace(1e-3, 20.0, 400), second + np.geomspace(1e-3, 20.0, 400)])
    y = open_fraction(scheme, t, [(0.0, glutamate), (LONG, 0.0), (second, glutamate)])
    return float(y[400:].max() / y[:400].max())


def synaptic(scheme: Gating, glutamate: float, tau: float) -> tuple[float, float]:
    """Return peak open fraction (1) and time from peak to 1/e (ms) in a transient of glutamate (mM, ms)."""
    t = np.linspace(0.0, 60.0, FINE)
    y = driven(scheme, t, lambda at: glutamate * np.exp(-at / tau))[:, scheme.open_states].sum(axis=1)
    top = int(np.argmax(y))
    return float(y[top]), _first_below(t[top:], y[top:] / y[top], math.exp(-1.0)) - float(t[top])
