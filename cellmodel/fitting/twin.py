"""What a patch, or a synapse at one point, would show of a kinetic scheme, fast enough to fit with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cellmodel.fitting.estimators import LONG, SHORT, read_response
from cellmodel.parameters import load
from cellmodel.patch import Pulses, pulse_occupancies
from cellmodel.receptor import OPEN, Scheme, SlowScheme, driven, propagated

STEP = 0.05  # ms, between the samples of a response
FILTER_POLES = 4
TAIL = 50.0  # ms, of a response after its pulse
SYNAPSE_STEP, SYNAPSE_LENGTH, SYNAPSE_DECAYS = 0.05, 80.0, 12.0  # ms, ms, time constants of glutamate
PAIRS = np.array([0.125, 0.25, 0.5, 1.0, 2.0, 4.0])  # intervals, in the recovery's time constants


Gated = Scheme | SlowScheme
"""A receptor with a modulator that exchanges fast, or with one that stays where it is."""


def parts(scheme: Gated) -> list[tuple[float, Scheme]]:
    """Return share (1) and scheme of the receptors that differ in what stays bound: one, or three."""
    if isinstance(scheme, Scheme):
        return [(1.0, scheme)]
    return list(zip(scheme.modulation.shares(scheme.dose_mM), scheme.layers, strict=True))


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


def shown(scheme: Gated, rig: Rig, measures: tuple[str, ...]) -> dict[str, float]:
    """Return the value of each measure that is asked for: ms, or 1; NaN where there is none.

    Parameters
    ----------
    scheme : Scheme or SlowScheme
    rig : Rig
    measures : tuple of str
        Of ``tau_deactivation``, ``tau_desensitization``, ``steady_state_ratio``, ``peak``, ``tau_recovery``,
        ``epsc_peak`` and ``epsc_tau_decay``.
    """
    shares, schemes = zip(*parts(scheme), strict=True)
    return read(mixed(shares, [traces(each, rig, measures) for each in schemes]), rig, measures)


def traces(scheme: Scheme, rig: Rig, measures: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return the open fractions, by protocol, from which the measures are read."""
    found = {}
    if set(SHORT) & set(measures):
        found["short"] = response(scheme, rig, rig.short)[1]
    if {*LONG, "peak"} & set(measures):
        found["long"] = response(scheme, rig, rig.long)[1]
    if {"epsc_peak", "epsc_tau_decay"} & set(measures):
        found["epsc"] = _transient(scheme)
    if "tau_recovery" in measures:
        found["pairs"], found["scale"] = _pairs(scheme, rig), np.array(_recovery_scale(scheme))
    return found


def mixed(shares: Sequence[float], found: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the open fractions of receptors side by side."""
    both = list(zip(shares, found, strict=True))
    return {name: np.sum([share * each[name] for share, each in both], axis=0) for name in found[0]}


def read(found: dict[str, np.ndarray], rig: Rig, measures: tuple[str, ...]) -> dict[str, float]:
    """Return what traces show, see `shown`."""
    values: dict[str, float] = {}
    for kind, pulse, names in (("short", rig.short, SHORT), ("long", rig.long, LONG)):
        if kind in found:
            values |= zip(names, read_response(times(pulse), found[kind], pulse), strict=True)
    if "long" in found:
        values["peak"] = found["long"].max()
    if "epsc" in found:
        values["epsc_peak"], values["epsc_tau_decay"] = _peak_and_decay(found["epsc"])
    if "pairs" in found:
        values["tau_recovery"] = float(found["scale"]) * _recovering(found["pairs"])
    return {name: float(values[name]) for name in measures}


def times(pulse: float) -> np.ndarray:
    """Return when a response is sampled, (n_t,) ms; 0 where the pulse starts."""
    return np.arange(-1.0, pulse + TAIL, STEP)


def response(scheme: Scheme, rig: Rig, pulse: float) -> tuple[np.ndarray, np.ndarray]:
    """Return time (n_t,) ms and filtered open fraction (n_t,) of the response to one pulse from 0 on."""
    t = times(pulse)
    occupied = pulse_occupancies(scheme, Pulses((0.0,), pulse, rig.exchange), rig.glutamate, t)
    return t, filtered(occupied[:, OPEN], rig.filter_kHz, STEP)


def filtered(y: np.ndarray, corner_kHz: float, step: float) -> np.ndarray:
    """Return a trace behind the amplifier's Bessel filter; unchanged where that is above what it resolves."""
    from scipy.signal import sosfilt

    return y if corner_kHz >= 0.4 / step else sosfilt(_sections(corner_kHz, step), y)


@lru_cache(maxsize=8)
def _sections(corner_kHz: float, step: float) -> np.ndarray:
    """Return the filter's second-order sections."""
    from scipy.signal import bessel

    return bessel(FILTER_POLES, corner_kHz, output="sos", norm="mag", fs=1.0 / step)


def _transient(scheme: Scheme) -> np.ndarray:
    """Return the open fraction in the synapse's glutamate transient at `_transient_times`, (n_t,)."""
    numbers = load("synapse.toml").values_of("glutamate")
    rise, later = _transient_times()
    driving = driven(scheme, rise, lambda at: numbers["peak"] * np.exp(-at / numbers["tau_decay"]))
    free = propagated(scheme.q_matrix(0.0), driving[-1], later)
    return np.concatenate([driving[:, OPEN], free[:, OPEN]])


def _transient_times() -> tuple[np.ndarray, np.ndarray]:
    """Return times (ms) while glutamate decays, and times after the last of these."""
    tau = load("synapse.toml").value("glutamate.tau_decay")
    rise = np.arange(0.0, SYNAPSE_DECAYS * tau, SYNAPSE_STEP)
    return rise, np.arange(SYNAPSE_STEP, SYNAPSE_LENGTH * 4, SYNAPSE_STEP)


def _peak_and_decay(y: np.ndarray) -> tuple[float, float]:
    """Return the peak (1) of an EPSC and the time (ms) from it to 1/e."""
    rise, later = _transient_times()
    t, peak = np.concatenate([rise, rise[-1] + later]), int(np.argmax(y))
    return float(y[peak]), float(np.interp(-y[peak] / np.e, -y[peak:], t[peak:]) - t[peak])


def _pairs(scheme: Scheme, rig: Rig) -> np.ndarray:
    """Return the open fraction in a first pulse and in second ones, later and later, (1 + n_pairs, n_t)."""
    pulse, empty = scheme.q_matrix(rig.glutamate), scheme.q_matrix(0.0)
    rise = np.geomspace(0.01, 20.0, 100)
    first = propagated(pulse, np.asarray(scheme.steady_state(0.0)), np.append(rise, rig.long))
    left = propagated(empty, first[-1], _recovery_scale(scheme) * PAIRS)
    again = [propagated(pulse, state, rise)[:, OPEN] for state in left]
    return np.array([first[:-1, OPEN], *again])


def _recovery_scale(scheme: Scheme) -> float:
    """Return the slower way out of desensitization, ms, on which no modulator acts."""
    return 1.0 / min(scheme.receptor.rates[name] for name in ("d_off1", "d_off2"))


def _recovering(opened: np.ndarray) -> float:
    """Return the time constant with which second pulses recover, in the unit of `PAIRS`."""
    from scipy.optimize import minimize_scalar

    first, *again = opened.max(axis=1)
    missing = 1.0 - np.array(again) / first

    def left_over(log_tau: float) -> float:
        shape = np.exp(-PAIRS / np.exp(log_tau))
        return float(missing @ missing - (shape @ missing) ** 2 / (shape @ shape))

    return float(np.exp(minimize_scalar(left_over, bounds=(-4.0, 4.0), method="bounded").x))
