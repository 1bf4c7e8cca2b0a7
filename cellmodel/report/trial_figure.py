"""The figure of trials with random release: how much one cell and how much a slice of them varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.report.style import (
    DOUBLE,
    SMALL,
    color_legend,
    color_of,
    label_of,
    letter_panels,
    new_figure,
    scale_bar,
    set_margins,
    style,
)
from cellmodel.traces import Recording

ALIKE, APART = "all cells release alike", "each by itself, noisy electrode"
GRAY, LIGHT = 0.45, 0.9
"""Opacity of single sweeps."""


@dataclass(frozen=True)
class TrialPanel:
    """One condition's sweeps (signal ``v_field``, mV): those of cells that release alike, and trials.

    ``amplitudes`` are those of the fEPSPs, (n,) mV each, in the same order.
    """

    alike: Sequence[Recording]
    apart: Sequence[Recording]
    amplitudes: tuple[np.ndarray, np.ndarray]


def trial_figure(panels: Mapping[str, TrialPanel], *, drug: str = "drug") -> Any:
    """Draw the trials of every condition on one another, and their amplitudes one after the other.

    Parameters
    ----------
    panels : mapping of str to TrialPanel
        Condition (``control``, ``drug``...) to its trials.
    drug : str
        The drug's name and dose in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(DOUBLE, 2.5)
        set_margins(figure, left=0.2, right=0.1, top=0.36, bottom=0.5)
        grid = figure.add_gridspec(1, 3, width_ratios=(1.0, 1.0, 1.2), wspace=0.32)
        left, middle, right = (figure.add_subplot(cell) for cell in grid)
        every = [sweep["v_field"] for panel in panels.values() for sweep in (*panel.alike, *panel.apart)]
        low, high = min(y.min() for y in every), max(y.max() for y in every)
        for axes, kind, title in ((left, "alike", ALIKE), (middle, "apart", APART)):
            _draw_sweeps(axes, panels, kind, drug)
            axes.set_ylim(low - 0.08 * (high - low), high + 0.04 * (high - low))
            axes.set_title(title)
            scale_bar(axes, time_unit="ms", unit="mV")
        color_legend(left)
        _draw_amplitudes(right, panels)
        letter_panels((left, middle, right))
    return figure


def _draw_sweeps(axes: Any, panels: Mapping[str, TrialPanel], kind: str, drug: str) -> None:
    for position, (condition, panel) in enumerate(panels.items()):
        color, label = color_of(condition, position), label_of(condition, drug)
        for sweep in getattr(panel, kind):
            axes.plot(sweep.t, sweep["v_field"], color=color, lw=0.5, alpha=GRAY, label=label)
            label = "_"
        axes.set_xlim(sweep.t[0], sweep.t[-1])


def _draw_amplitudes(axes: Any, panels: Mapping[str, TrialPanel]) -> None:
    for position, (condition, panel) in enumerate(panels.items()):
        color = color_of(condition, position)
        looks = {"marker": "o", "ls": "", "ms": 3.0, "mew": 0.7, "mec": color}
        for values, face, label in zip(
            panel.amplitudes, ("white", color), ("alike", "by itself"), strict=True
        ):
            trials = np.arange(1, len(values) + 1)
            axes.plot(trials, values, **looks, mfc=face, label="_" if position else label)
    axes.set(xlabel="trial", ylabel="fEPSP amplitude (mV)", ylim=(0.0, None))
    axes.margins(x=0.05)
    axes.legend(loc="lower right", ncols=2, fontsize=SMALL)
