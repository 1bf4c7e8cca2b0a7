"""A user's own EPSCs on those of one preparation, aligned where they begin to rise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cellmodel.analysis import epsc_measures
from cellmodel.experiment import Run
from cellmodel.fitting.estimators import smoothed, windows
from cellmodel.fitting.reading.checks import epsc
from cellmodel.study.overlay import (
    Average,
    drawn_on,
    is_among,
    own_label,
    read_overlay,
    report,
    what_was_given,
)
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

EVENTS = ("evoked", "miniature")
BEGIN = 0.1
"""Of the peak, where an EPSC is said to begin."""


def read_epscs(run: Run, doses_mM: Sequence[float]) -> tuple[Average, ...]:
    """Return the averages of the user's EPSCs; none without ``--overlay``.

    Raises
    ------
    ParameterError
        See `read_overlay`.
    """
    given = run.options
    return read_overlay(run, doses_mM, kind=epsc(given.overlay_on, given.overlay_event))


def compare_epscs(
    run: Run, averages: Sequence[Average], models: Mapping[float, Recording], compound: str
) -> None:
    """Draw the averages on the simulated EPSCs; say and record what the same analysis reads from both.

    Parameters
    ----------
    run : Run
    averages : sequence of Average
    models : mapping of float to Recording
        Dose (mM) to the EPSC of the chosen preparation; 0 is the control.
    compound : str
    """
    panels: dict[str, Mapping[str, Recording]] = {}
    numbers: list[dict[str, Any]] = []
    is_scaled = run.options.overlay_scale == "peak"
    for average in averages:
        dose = next(dose for dose in models if is_among(average.dose_mM, [dose]))
        model = models[dose]
        upward = -model["i"] * PICOAMP_PER_NANOAMP
        later = begin_of(model.t, upward) - begin_of(average.t, average.response)
        panels[what_was_given(average, compound)] = {
            model.meta["condition"]: model,
            own_label(is_scaled): drawn_on(average, model, is_scaled=is_scaled, later=later),
        }
        numbers += _numbers(average, model, upward)
    report(run, numbers, panels, compound, what=lambda row: f"{row['preparation']}, {row['event']}")


def begin_of(t: np.ndarray, upward: np.ndarray) -> float:
    """Return when an EPSC begins, ms: where its rise passes a tenth of the peak."""
    y = _smooth(t, upward)
    top = int(np.argmax(np.where(t >= 0.0, y, -np.inf)))
    below = np.flatnonzero(y[: top + 1] < BEGIN * y[top])
    return float(t[below[-1]]) if below.size else float(t[0])


def _smooth(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    return smoothed(y, windows()["smoothing"] / (t[1] - t[0]))


def _numbers(average: Average, model: Recording, upward: np.ndarray) -> list[dict[str, Any]]:
    """Return what one analysis reads from both, over the time that both have."""
    stop = min(average.t[-1], model.t[-1])
    mine, own = (_read(t, y, stop) for t, y in ((average.t, average.response), (model.t, upward)))
    meta = model.meta
    common = {
        "condition": meta["condition"],
        "dose_mM": average.dose_mM,
        "n": average.n,
        "preparation": meta["preparation"],
        "event": meta["kind"],
    }
    return [
        {"measure": name, "yours": mine[name], "model": own[name], "unit": unit, **common}
        for name, unit in (("peak", "pA"), ("rise_10_90", "ms"), ("tau_decay", "ms"), ("charge", "pC"))
    ]


def _read(t: np.ndarray, upward: np.ndarray, stop: float) -> dict[str, float]:
    """Return peak (pA), rise and decay (ms) and charge (pC) of an EPSC whose baseline is taken off."""
    after = (t >= 0.0) & (t <= stop)
    current = -_smooth(t, upward)[after] / PICOAMP_PER_NANOAMP
    current[0] = 0.0  # the baseline, which is that of many samples
    found = epsc_measures(t[after], current, onset=float(t[after][0]))
    return {
        "peak": found.peak * PICOAMP_PER_NANOAMP,
        "rise_10_90": found.rise_10_90,
        "tau_decay": found.tau_decay,
        "charge": found.charge,
    }
