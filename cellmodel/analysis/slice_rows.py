"""Rows of measures.csv from field responses: single probes, phase means, LTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cellmodel.analysis.noisy_fepsp import noisy_fepsp_measures
from cellmodel.analysis.synaptic import fepsp_measures
from cellmodel.analysis.time_course import (
    PHASE_MEAN_MINUTES,
    TOLERANCE_MINUTES,
    ltp_percent,
    phase_mean,
)
from cellmodel.errors import ConvergenceError
from cellmodel.recording import Measure

FEPSP_UNITS = {
    "fepsp_amplitude": "mV",
    "fepsp_slope": "mV/ms",
    "fepsp_tau_decay": "ms",
    "fepsp_half_width": "ms",
    "fiber_volley": "mV",
    "efficacy": "1",
}
BASELINES = {"control", "wash"}
NOISE = 0.02
"""Millivolt that a field electrode cannot resolve: a smaller wave without a shape counts as abolished."""


def fepsp_values(
    t: np.ndarray, field: np.ndarray, volley: np.ndarray, *, noise: float = 0.0
) -> dict[str, float]:
    """Measure one field response.

    Parameters
    ----------
    t : array, (n_t,) ms
        Time after the stimulus.
    field, volley : array, (n_t,) mV
        Synaptic part and assumed fiber volley.
    noise : float, mV
        Root mean square of the noise in ``field``; where there is any, it is read as `noisy_fepsp_measures`
        does.

    Returns
    -------
    dict
        Contract names of the measures to numbers in the units of `FEPSP_UNITS`. Where a population spike cuts
        the wave, amplitude and slope are those of the wave before it, and decay and half-width are left out.
        A response that is abolished has amplitude and slope 0 and no time course.
    """
    try:
        if noise:
            found = noisy_fepsp_measures(t, field, onset=0.0, noise=noise)
        else:
            found = fepsp_measures(t, field, onset=0.0)
    except ConvergenceError:
        if not noise and np.min(field) < -NOISE:
            raise
        return {"fepsp_amplitude": 0.0, "fepsp_slope": 0.0}
    values = {
        "fepsp_amplitude": found.amplitude,
        "fepsp_slope": found.slope,
        "fepsp_tau_decay": found.tau_decay,
        "fepsp_half_width": found.half_width,
        "fiber_volley": float(np.ptp(volley[volley <= 0])) if np.any(volley < 0) else 0.0,
    }
    return {name: value for name, value in values.items() if value is not None}


def fepsp_rows(values: Mapping[str, float], **labels: Any) -> list[Measure]:
    """Return one row for each measure; ``labels`` are the other columns."""
    return [
        Measure(measure=name, value=value, unit=FEPSP_UNITS[name], **labels) for name, value in values.items()
    ]


def phase_rows(rows: Sequence[Measure], spans: Iterable[tuple[str, float, float]]) -> list[Measure]:
    """Return the means over the last 5 minutes of each phase, for each pathway and measure.

    Parameters
    ----------
    rows : sequence of Measure
        Of single probes.
    spans : iterable of (condition, start, end), min
    """
    spans = list(spans)
    return [
        row
        for pathway in _distinct(row.pathway for row in rows)
        for measure in _distinct(row.measure for row in rows)
        for span in spans
        for row in _phase_row([r for r in rows if (r.pathway, r.measure) == (pathway, measure)], span)
    ]


def _phase_row(rows: Sequence[Measure], span: tuple[str, float, float]) -> list[Measure]:
    condition, start, end = span
    begin = max(start, end - PHASE_MEAN_MINUTES) - TOLERANCE_MINUTES
    stop = end - TOLERANCE_MINUTES
    inside = [row for row in rows if row.time_min is not None and begin <= row.time_min < stop]
    if not inside:  # of decays, where every response of these minutes had a population spike
        return []
    times = np.array([row.time_min for row in inside], dtype=float)
    mean = phase_mean(times, np.array([row.value for row in inside]), (start, end))
    return [replace(inside[-1], condition=condition, time_min=None, value=mean.mean, n=mean.n, sd=mean.sd)]


def ltp_rows(
    rows: Sequence[Measure],
    spans: Sequence[tuple[str, float, float]],
    last_pulse_min: float,
    *,
    has_drug: bool = True,
) -> list[Measure]:
    """Return the ``ltp_percent`` rows of each pathway.

    The baseline is the last drug-free phase before the train, up to the train; where the phase just before it
    was in drug (not its vehicle: ``has_drug``), percent of that phase is given too (condition
    ``vs_drug_baseline``). Without a drug-free phase there are no rows.
    """
    before = [
        (condition, start, min(end, last_pulse_min))
        for condition, start, end in spans
        if start < last_pulse_min and not condition.startswith("after")
    ]
    drug_free = [(start, end) for condition, start, end in before if condition in BASELINES]
    if not drug_free:
        return []
    baseline = drug_free[-1]
    in_drug = (before[-1][1], before[-1][2]) if has_drug and before[-1][0] == "drug" else None
    found = []
    for pathway in _distinct(row.pathway for row in rows):
        slopes = [row for row in rows if row.measure == "fepsp_slope" and row.pathway == pathway]
        points = ltp_percent(
            np.array([row.time_min for row in slopes]),
            np.array([row.value for row in slopes]),
            last_pulse_min=last_pulse_min,
            baseline=baseline,
            drug_baseline=in_drug,
        )
        found += [_ltp_row(slopes[-1], point) for point in points]
    return found


def mean_rows(cells: Sequence[Sequence[Measure]], *, experiment: str) -> list[Measure]:
    """Return the mean over cells of each row: ``n`` cells have it, ``sd`` is over them (0 for one).

    Parameters
    ----------
    cells : sequence of rows
        Of one experiment in each cell; rows that differ in nothing but the experiment are averaged. Where a
        cell has several (two phases of one condition), the first goes with the first of the others.
    experiment : str
        The first column of the means.
    """
    found: dict[tuple[Any, ...], list[Measure]] = {}
    for rows in cells:
        seen: Counter[tuple[Any, ...]] = Counter()
        for row in rows:
            key = (row.condition, row.dose_mM, row.pathway, row.time_min, row.measure, row.unit)
            found.setdefault((*key, seen[key]), []).append(row)
            seen[key] += 1
    return [_mean_row(same, experiment) for same in found.values()]


def _mean_row(same: Sequence[Measure], experiment: str) -> Measure:
    values = np.array([row.value for row in same])
    sd = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return replace(same[0], experiment=experiment, value=float(values.mean()), n=values.size, sd=sd)


def _ltp_row(template: Measure, point: Any) -> Measure:
    return replace(
        template,
        condition=point.condition,
        time_min=point.minutes_after,
        measure="ltp_percent",
        value=point.percent,
        unit="%",
        n=point.n,
        sd=point.sd,
    )


def _distinct(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
