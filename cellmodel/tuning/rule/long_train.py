"""Spine calcium of minutes of regular pulses, from stretches of them.

Where receptors stay as they are, what changes in the course of minutes is release, which does not depend on
the cell: it is followed pulse by pulse, and the cell is computed where release has come a part of its way.
Between two such looks calcium goes the way that the gain of release goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from cellmodel.slice import Slice
from cellmodel.slice.state import LAST, PathwayState
from cellmodel.tuning.rule.calcium import PATHWAY, STEP, Drive, record, stimulate
from cellmodel.units import MS_PER_SECOND

FIRST, WARM = 2500.0, 1000.0
"""Milliseconds computed from the first pulse on, and before each later look, to leave rest behind."""
RISE = 1e-12
"""Added to the gain at each look, so that it rises also where potentiation has come to its end."""
LOOKS = (0.1, 0.3, 1.0)
"""Parts of the train at whose ends the cell is looked at."""


def record_regular(rig: Slice, n: int, hz: float) -> Drive:
    """Return the drive of ``n`` pulses at ``hz``, whose interval is a multiple of `STEP`, n > 1.

    The slice is as it was afterwards. Pulses that are over within `FIRST` are all computed.
    """
    interval = MS_PER_SECOND / hz
    n_first, n_warm = (1 + round(length / interval) for length in (FIRST, WARM))
    if n <= n_first:
        return record(rig, np.arange(n) * interval)
    begin, width = rig.states, round(interval / STEP)
    after = boutons(rig, n, interval)
    known = stimulate(rig, np.arange(n_first) * interval).amounts
    ends, seen = [n_first - 1], [known[(n_first - 1) * width :]]
    for end in sorted({max(n_first, round(part * n)) - 1 for part in LOOKS} - {n_first - 1}):
        first = max(0, end - n_warm + 1)
        rig.states = {PATHWAY: _resumed(rig.states[PATHWAY], after[first - 1], interval)}
        stretch = stimulate(rig, np.arange(end - first + 1) * interval).amounts
        ends.append(end)
        seen.append(stretch[(end - first) * width :])
    rig.states = begin
    between = _between(gains(rig, after), np.array(ends), np.array([part[:width] for part in seen]))
    amounts = np.concatenate([known[: ends[0] * width], between, seen[-1]])
    return Drive(amounts, distances=rig.pathways[PATHWAY].distances[: rig.n_recruited])


def boutons(rig: Slice, n: int, interval: float) -> np.ndarray:
    """Return u, r, ptp, stp of a bouton just after each of ``n`` pulses ``interval`` ms apart, (n, 4).

    The equations of mod/release.mod, from the slice's present state on; a test compares the two.
    """
    release = _release(rig)
    u, r, ptp, stp, since = rig.states[PATHWAY].release[0]
    rows = []
    for _ in range(n):
        u, ptp, stp = (
            level * np.exp(-since / tau)
            for level, tau in ((u, release.tau_facil), (ptp, release.tau_ptp), (stp, release.tau_stp))
        )
        r = 1.0 - (1.0 - r) * np.exp(-since / release.tau_rec)
        alone = min(1.0, release.use * (1.0 + release.gain_ptp * ptp + release.gain_stp * stp))
        u += alone * (1.0 - u)
        r -= u * r
        residual = (u - alone) / (1.0 - alone) if alone < 1.0 else 0.0
        ptp += release.step_ptp * (1.0 - ptp) * residual
        stp += release.step_stp * (1.0 - stp) * residual
        rows.append((u, r, ptp, stp))
        since = interval
    return np.array(rows)


def gains(rig: Slice, after: np.ndarray) -> np.ndarray:
    """Return by how much potentiation scales release after each pulse of `boutons`, (n,)."""
    release = _release(rig)
    return 1.0 + release.gain_ptp * after[:, 2] + release.gain_stp * after[:, 3]


def _release(rig: Slice) -> Any:
    return rig.pathways[PATHWAY].volleys[0].release


def _resumed(state: PathwayState, bouton: np.ndarray, interval: float) -> PathwayState:
    """Return a state from which the next pulse comes ``interval`` ms after the one that left ``bouton``."""
    release, inhibition = state.release.copy(), state.inhibition.copy()
    release[:, :LAST], release[:, LAST], inhibition[LAST] = bouton, interval, interval
    return replace(state, release=release, inhibition=inhibition)


def _between(gain: np.ndarray, ends: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the bins of the pulses from the first of ``ends`` to before the last, (n_bins, n_spines).

    Parameters
    ----------
    gain : array, (n_pulses,)
    ends : array, (n_looks,)
        Pulses that were looked at.
    seen : array, (n_looks, width, n_spines)
        What followed them.
    """
    levels = np.maximum.accumulate(gain[ends]) + RISE * np.arange(len(ends))
    places = np.clip(gain[ends[0] : ends[-1]], levels[0], levels[-1])
    return np.concatenate(PchipInterpolator(levels, seen)(places))
