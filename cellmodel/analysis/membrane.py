"""Measure what current steps into a soma show: rest, input resistance, time constant, sag, spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.analysis.fits import fit_exponential
from cellmodel.analysis.waveform import mean_over, window
from cellmodel.errors import ParameterError

STEADY_SHARE = 0.1  # of the step, at its end: where the response is called steady


@dataclass(frozen=True, slots=True)
class StepResponse:
    """Passive response to a small hyperpolarizing step.

    Parameters
    ----------
    v_rest : float, mV
    r_in : float, MOhm
        Steady deflection over current.
    tau_m : float, ms
        Of one exponential from the step's start to the largest deflection, before the h current acts.
    sag : float, 1
        Share of the largest deflection that is lost again.
    """

    v_rest: float
    r_in: float
    tau_m: float
    sag: float


def step_response(
    t: np.ndarray, v: np.ndarray, *, start: float, duration: float, amplitude: float
) -> StepResponse:
    """Measure the response to a hyperpolarizing current step.

    Parameters
    ----------
    t, v : array, (n_t,) ms and mV
    start, duration : float, ms
        Of the step.
    amplitude : float, nA
        Negative.

    Returns
    -------
    StepResponse

    Raises
    ------
    ParameterError
        If the step is not hyperpolarizing or the voltage does not follow it.
    """
    if amplitude >= 0:
        raise ParameterError(f"a step of {amplitude:g} nA does not hyperpolarize. Use a negative one.")
    end = start + duration
    v_rest = float(np.interp(start, t, v))
    t_step, v_step = window(t, v, start, end)
    lowest = int(np.argmin(v_step))
    steady = mean_over(t, v, end - STEADY_SHARE * duration, end) - v_rest
    largest = float(v_step[lowest]) - v_rest
    if largest >= 0:
        raise ParameterError("the voltage does not follow the step. Check electrode and time window.")
    fit = fit_exponential(t, v, start=start, stop=float(t_step[lowest]))
    return StepResponse(v_rest, steady / amplitude, fit.tau, 1.0 - steady / largest)


def spike_times(t: np.ndarray, v: np.ndarray, *, threshold: float) -> np.ndarray:
    """Return when ``v`` rises through ``threshold`` (mV): (n_spikes,) ms, interpolated."""
    rising = np.flatnonzero((v[:-1] < threshold) & (v[1:] >= threshold))
    share = (threshold - v[rising]) / (v[rising + 1] - v[rising])
    return t[rising] + share * (t[rising + 1] - t[rising])


def spike_amplitude(t: np.ndarray, v: np.ndarray, *, at: float, before: float, after: float) -> float:
    """Return the peak around the time ``at`` above the voltage just before it.

    Parameters
    ----------
    t, v : array, (n_t,) ms and mV
        ``v`` may be a dendrite's, ``at`` the time of the somatic spike.
    at, before, after : float, ms
        The foot is read at ``at - before``, the peak searched until ``at + after``.

    Returns
    -------
    float, mV
    """
    foot = float(np.interp(at - before, t, v))
    _, around = window(t, v, at - before, at + after)
    return float(around.max()) - foot
