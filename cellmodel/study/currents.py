"""Synaptic and glutamate-evoked currents under voltage clamp, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cellmodel.analysis import EpscMeasures, epsc_measures
from cellmodel.recording import Measure
from cellmodel.slice import SliceOptions
from cellmodel.slice.clamp import ClampedSlice, PuffedCell
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

CA1_SYNAPSES = 40
"""Active synapses of the clamped CA1 cell."""
SILENT = 1e-6
"""Nanoampere below which a current counts as abolished and has no time course."""


def with_mode(recording: Recording, condition: str) -> Recording:
    """Return a clamp recording with the words that traces.nwb and the figures need."""
    onset = {"onset_ms": -float(recording.t[0]), **recording.meta}
    meta = {**onset, "mode": "voltage_clamp", "condition": condition}
    return Recording(t=recording.t, signals=recording.signals, units=recording.units, meta=meta)


def clamped_cell(options: SliceOptions, *, n_synapses: int) -> ClampedSlice:
    """Return a clamped CA1 cell with ``n_synapses`` active synapses."""
    return ClampedSlice(replace(options, fibers=n_synapses))


def mean_miniature(cell: ClampedSlice, dose_mM: float, synapses: Sequence[int]) -> Recording:
    """Return the average miniature EPSC over some synapses."""
    each = [cell.miniature(dose_mM, synapse=k) for k in synapses]
    first = each[0]
    signals = {name: np.mean([r[name] for r in each], axis=0) for name in first.signals}
    return Recording(t=first.t, signals=signals, units=first.units, meta=first.meta)


def epsc_rows(recording: Recording, *, is_miniature: bool, n: int, **labels: Any) -> list[Measure]:
    """Return the rows of an EPSC; a current that is abolished has a peak of 0 and no decay."""
    if float(np.min(recording["i"])) > -SILENT:
        return [_row("mepsc_peak" if is_miniature else "epsc_peak", 0.0, "pA", n, labels)]
    found = epsc_measures(recording.t, recording["i"], onset=0.0)
    if is_miniature:
        return [
            _row("mepsc_peak", found.peak * PICOAMP_PER_NANOAMP, "pA", n, labels),
            _row("mepsc_tau_decay", found.tau_decay, "ms", n, labels),
        ]
    return _evoked_rows(found, n, labels)


def _evoked_rows(found: EpscMeasures, n: int, labels: Mapping[str, Any]) -> list[Measure]:
    return [
        _row("epsc_peak", found.peak * PICOAMP_PER_NANOAMP, "pA", n, labels),
        _row("epsc_rise_10_90", found.rise_10_90, "ms", n, labels),
        _row("epsc_tau_decay", found.tau_decay, "ms", n, labels),
        _row("epsc_charge", found.charge, "pC", n, labels),
    ]


def _row(measure: str, value: float, unit: str, n: int, labels: Mapping[str, Any]) -> Measure:
    return Measure(measure=measure, value=float(value), unit=unit, n=n, **labels)


def glutamate_rows(recording: Recording, **labels: Any) -> list[Measure]:
    """Return peak (pA) and charge (pC) of the current that a puff of glutamate evokes, inward positive."""
    peak = -float(np.min(recording["i"])) * PICOAMP_PER_NANOAMP
    charge = -float(np.trapezoid(recording["i"], recording.t))
    return [
        _row("glutamate_current_peak", peak, "pA", 1, labels),
        _row("glutamate_current_charge", charge, "pC", 1, labels),
    ]


def puffed(options: SliceOptions, conditions: Mapping[str, float]) -> dict[str, Recording]:
    """Return the glutamate-evoked whole-cell current of the CA1 cell in each condition."""
    cell = PuffedCell(options)
    return {name: with_mode(cell.record(dose), name) for name, dose in conditions.items()}
