"""What a patch, or a synapse at one point, would show of a kinetic scheme, fast enough to fit with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.fitting.estimators import LONG, SHORT, read_response
from cellmodel.parameters import load
from cellmodel.patch import Pulses
from cellmodel.receptor import OPEN, Scheme, driven

STEP = 0.05  # ms, between the samples of a response
SETTLED = 8.0  # time constants of the exchange after which it is over
EDGE_NODES = 16
FILTER_POLES = 4
TAIL = 50.0  # ms, of a response after its pulse
SYNAPSE_STEP, SYNAPSE_LENGTH, SYNAPSE_DECAYS = 0.05, 80.0, 12.0  # ms, ms, time constants of glutamate
PAIRS = np.array([0.125, 0.25, 0.5, 1.0, 2.0, 4.0])  # intervals, in the recovery's time constants


@dataclass(frozen=True)
class Rig:
    """How the responses were recorded; see data/patch.toml.

    Parameters
    ----------
    glutamate : float, mM
    short, long : float, ms
        The two pulses.
    exchange : float, ms
        10-90 % time of the solution exchange.
    filter_kHz : float
        Corner of the four-pole Bessel filter.
    """

    glutamate: float
    short: float
    long: float
    exchange: float
    filter_kHz: float

    @staticmethod
    def usual() -> Rig:
        """Return the rig of data/patch.toml."""
        rig, pulses = load("patch.toml").values_of("rig"), load("patch.toml").values_of("pulses")
        return Rig(rig["glutamate"], pulses["short"], pulses["long"], rig["exchange"], rig["filter"])


def shown(scheme: Scheme, rig: Rig, measures: tuple[str, ...]) -> dict[str, float]:
    """Return the value of each measure that is asked for: ms, or 1; NaN where there is none.

    Parameters
    ----------
    scheme : Scheme
    rig : Rig
    measures : tuple of str
        Of ``tau_deactivation``, ``tau_desensitization``, ``steady_state_ratio``, ``peak``, ``tau_recovery``,
        ``epsc_peak`` and ``epsc_tau_decay``.
    """
    found: dict[str, float] = {}
    if set(SHORT) & set(measures):
        found |= zip(SHORT, read_response(*response(scheme, rig, rig.short), rig.short), strict=True)
    if {*LONG, "peak"} & set(measures):
        t, y = response(scheme, rig, rig.long)
        found |= zip(LONG, read_response(t, y, rig.long), strict=True)
        found["peak"] = float(y.max())
    if {"epsc_peak", "epsc_tau_decay"} & set(measures):
        found["epsc_peak"], found["epsc_tau_decay"] = epsc(scheme)
    if "tau_recovery" in measures:
        found["tau_recovery"] = recovery(scheme, rig)
    return {name: float(found[name]) for name in measures}


def response(scheme: Scheme, rig: Rig, pulse: float) -> tuple[np.ndarray, np.ndarray]:
    """Return time (n_t,) ms and filtered open fraction (n_t,) of the response to one pulse from 0 on."""
    t = np.arange(-1.0, pulse + TAIL, STEP)
    nodes, open_fraction = _response(scheme, rig, pulse, t)
    return t, filtered(np.interp(t, nodes, open_fraction), rig.filter_kHz, STEP)


def filtered(y: np.ndarray, corner_kHz: float, step: float) -> np.ndarray:
    """Return a trace behind the amplifier's Bessel filter; unchanged where that is above what it resolves."""
    from scipy.signal import bessel, sosfilt

    if corner_kHz >= 0.4 / step:
        return y
    return sosfilt(bessel(FILTER_POLES, corner_kHz, output="sos", norm="mag", fs=1.0 / step), y)


def _response(scheme: Scheme, rig: Rig, pulse: float, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return times and open fraction: the exchange in small steps, what follows by eigenvectors."""
    pulses = Pulses((0.0,), pulse, rig.exchange)
    ramp = min(SETTLED * pulses.tau, pulse) * np.linspace(0.0, 1.0, EDGE_NODES) ** 2
    state = np.asarray(scheme.steady_state(0.0))
    times, values = [t[0]], [state[OPEN]]
    for edge, end, level in ((0.0, pulse, rig.glutamate), (pulse, t[-1], 0.0)):
        moved = _from(scheme, state, edge + ramp, lambda at: rig.glutamate * pulses.level(at))
        times += [*(edge + ramp)]
        values += [*moved[:, OPEN]]
        later = np.append(t[(t > edge + ramp[-1]) & (t < end)], end)
        held = propagated(scheme.q_matrix(level), moved[-1], later - edge - ramp[-1])
        times += [*later]
        values += [*held[:, OPEN]]
        state = held[-1]
    return np.array(times), np.array(values)


def _from(scheme: Scheme, state: np.ndarray, t: np.ndarray, glutamate) -> np.ndarray:
    """Return the occupancies at ``t`` from a state at its first time, glutamate changing, (n_t, 7)."""
    from scipy.linalg import expm

    empty = scheme.q_matrix(0.0)
    levels = glutamate((t[1:] + t[:-1]) / 2)
    q = empty + levels[:, None, None] * (scheme.q_matrix(1.0) - empty)
    states = [state]
    for move in expm(q * np.diff(t)[:, None, None]):
        states.append(move @ states[-1])
    return np.array(states)


def propagated(q: np.ndarray, state: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return ``expm(q t) @ state`` for every t (ms), (n_t, 7); by detailed balance eigenvalues are real."""
    values, vectors = np.linalg.eig(q)
    weights = np.linalg.solve(vectors, state)
    return np.real(np.exp(np.outer(t, values)) * weights @ vectors.T)


def epsc(scheme: Scheme) -> tuple[float, float]:
    """Return peak open fraction (1) and time from peak to 1/e (ms) in the synapse's glutamate transient."""
    numbers = load("synapse.toml").values_of("glutamate")
    tau, top = numbers["tau_decay"], numbers["peak"]
    rise = np.arange(0.0, SYNAPSE_DECAYS * tau, SYNAPSE_STEP)
    driving = driven(scheme, rise, lambda at: top * np.exp(-at / tau))
    later = np.arange(SYNAPSE_STEP, SYNAPSE_LENGTH * 4, SYNAPSE_STEP)
    free = propagated(scheme.q_matrix(0.0), driving[-1], later)
    t = np.concatenate([rise, rise[-1] + later])
    y = np.concatenate([driving[:, OPEN], free[:, OPEN]])
    peak = int(np.argmax(y))
    return float(y[peak]), float(np.interp(-y[peak] / np.e, -y[peak:], t[peak:]) - t[peak])


def recovery(scheme: Scheme, rig: Rig) -> float:
    """Return the time constant (ms) with which the second of two long pulses recovers."""
    from scipy.optimize import minimize_scalar

    scale = 1.0 / min(scheme.receptor.rates[name] for name in ("d_off1", "d_off2"))
    pulse, empty = scheme.q_matrix(rig.glutamate), scheme.q_matrix(0.0)
    rise = np.geomspace(0.01, 20.0, 100)
    first = propagated(pulse, np.asarray(scheme.steady_state(0.0)), np.append(rise, rig.long))
    left = propagated(empty, first[-1], scale * PAIRS)
    again = np.array([propagated(pulse, state, rise)[:, OPEN].max() for state in left])
    missing = 1.0 - again / first[:-1, OPEN].max()

    def left_over(log_tau: float) -> float:
        shape = np.exp(-PAIRS / np.exp(log_tau))
        return float(missing @ missing - (shape @ missing) ** 2 / (shape @ shape))

    return scale * float(np.exp(minimize_scalar(left_over, bounds=(-4.0, 4.0), method="bounded").x))
