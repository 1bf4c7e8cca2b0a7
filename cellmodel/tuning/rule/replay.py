"""The plasticity rule on recorded calcium: mod/plasticity.mod without its cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.signal import lfilter

from cellmodel.plasticity import Rule, SlowStates, advance
from cellmodel.plasticity.rule import above, starting_states
from cellmodel.tuning.rule.calcium import STEP, Drive

BINS_TOGETHER = 5
"""Over so many bins the push is averaged before efficacy takes a step: 25 ms; changes take 400 or more."""


def after(drive: Drive, rule: Rule, times: np.ndarray) -> np.ndarray:
    """Return the mean receptor number at ``times``, in units of the baseline's, (n_times,).

    Parameters
    ----------
    drive : Drive
    rule : Rule
    times : array, (n_times,) ms
        Rising, since the end of the drive.
    """
    start = starting_states(drive.amounts.shape[1], rule)
    states, elapsed = replay(drive, rule, start), 0.0
    found = []
    for time in times:
        states = advance(states, start.rho, rule, time - elapsed)
        elapsed = time
        found.append(states.n.mean() / start.n.mean())
    return np.array(found)


def replay(drive: Drive, rule: Rule, start: SlowStates) -> SlowStates:
    """Return the slow states at the end of a drive.

    Integrators are exact for calcium that is even within a bin. Efficacy relaxes exactly to where the mean
    push of `BINS_TOGETHER` bins leads, with the bistable term held; receptors follow it likewise.
    """
    ep, ed = (_filtered(drive.amounts, tau) for tau in (rule.tau_p, rule.tau_d))
    up = _together(rule.gamma_p * above(ep, rule.theta_p, rule.order))
    down = _together(rule.gamma_d * above(ed, rule.theta_d, rule.order))
    rho, n = start.rho, start.n
    step = BINS_TOGETHER * STEP
    insertion = -np.expm1(-step / rule.tau_insertion)
    for push_up, push_down in zip(up, down, strict=True):
        speed = push_up + push_down + rule.early
        held = push_up + rule.early * start.rho - rho * (1 - rho) * (rule.rho_star - rho)
        rho = rho + (held / speed - rho) * -np.expm1(-step * speed / rule.tau)
        n = n + (rule.receptors(rho) - n) * insertion
    return replace(start, ep=ep[-1], ed=ed[-1], rho=rho, n=n)


def _filtered(amounts: np.ndarray, tau: float) -> np.ndarray:
    """Return the integrator at the end of each bin, same shape."""
    kept = np.exp(-STEP / tau)
    return lfilter([(1 - kept) * tau / STEP], [1.0, -kept], amounts, axis=0)


def _together(push: np.ndarray) -> np.ndarray:
    """Return means over `BINS_TOGETHER` bins, the last ones repeated to fill."""
    missing = -len(push) % BINS_TOGETHER
    full = np.concatenate([push, np.repeat(push[-1:], missing, axis=0)])
    return full.reshape(-1, BINS_TOGETHER, push.shape[1]).mean(axis=1)
