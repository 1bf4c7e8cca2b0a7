"""Figure of unitary EPSPs at the soma against where their synapses are."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellmodel.report.battery.lines import scale_bar_below
from cellmodel.report.style import (
    DOUBLE,
    FAINT,
    MODEL,
    QUIET,
    SECOND,
    letter_panels,
    new_figure,
    style,
)
from cellmodel.units import MICROVOLT_PER_MILLIVOLT

SHOWN = 150.0  # ms


def unitary_figure(outcome: Any) -> Any:
    """Draw EPSPs of single synapses, and their amplitudes and receptors against distance.

    Parameters
    ----------
    outcome : UnitaryEpsps
        ``t``, ``v``, ``distances``, ``amplitudes``, ``receptors``, ``is_potentiated``, ``expected``.
    """
    with style():
        figure = new_figure(DOUBLE, 2.5, layout="constrained")
        traces, receptors, amplitudes = figure.subplots(1, 3)
        _draw_traces(traces, outcome)
        order = np.argsort(outcome.distances)
        receptors.plot(outcome.distances[order], outcome.receptors[order], "o-", color=MODEL, ms=2.5)
        receptors.set(xlabel="path from the soma (µm)", ylabel="AMPA receptors (near = 1)", ylim=(0, None))
        receptors.set_title("receptors of a synapse")
        _draw_amplitudes(amplitudes, outcome)
        letter_panels((traces, receptors, amplitudes))
    return figure


def _draw_traces(axes: Any, outcome: Any) -> None:
    inside = outcome.t <= SHOWN
    for v in outcome.v:
        axes.plot(outcome.t[inside], v[inside] * MICROVOLT_PER_MILLIVOLT, color=FAINT, lw=0.5)
    mean = outcome.v.mean(axis=0)[inside]
    axes.plot(outcome.t[inside], mean * MICROVOLT_PER_MILLIVOLT, color=MODEL, lw=1.4)
    axes.set_title("single synapses (gray), mean")
    scale_bar_below(axes, unit="µV")


def _draw_amplitudes(axes: Any, outcome: Any) -> None:
    microvolts = outcome.amplitudes * MICROVOLT_PER_MILLIVOLT
    potentiated = np.array(outcome.is_potentiated)
    for is_kind, color, label in ((potentiated, SECOND, "potentiated"), (~potentiated, MODEL, "not")):
        axes.plot(outcome.distances[is_kind], microvolts[is_kind], "o", color=color, ms=3.0, label=label)
    ends = np.array([outcome.distances.min(), outcome.distances.max()])
    line = [outcome.expected(at) * MICROVOLT_PER_MILLIVOLT for at in ends]
    axes.plot(ends, line, color=QUIET, lw=0.9)
    axes.set(xlabel="path from the soma (µm)", ylabel="EPSP at the soma (µV)", ylim=(0, None))
    axes.set_title("amplitude")
    axes.legend()
