"""The figure of a noise analysis: sweeps that differ by chance, and their variance against their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.analysis.noise import FluctuationFit
from cellmodel.report.style import (
    DOUBLE,
    FAINT,
    SMALL,
    color_of,
    label_of,
    letter_panels,
    new_figure,
    scale_bar,
    set_margins,
    style,
)
from cellmodel.report.trace_figures import ABOVE, draw_pulse
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

SHOWN_BEFORE = 3.0
"""Milliseconds of baseline that are drawn."""

THINNED = 4
"""Every so many samples of a sweep are drawn; all would make the file large and look the same."""


@dataclass(frozen=True)
class NoisePanel:
    """One condition: its mean sweep, a few single ones, and the parabola where there is one."""

    mean: Recording
    examples: Sequence[Recording]
    fit: FluctuationFit | None


def noise_figure(panels: Mapping[str, NoisePanel], *, drug: str = "drug") -> Any:
    """Draw the sweeps of every condition, and all parabolas in one more panel.

    Parameters
    ----------
    panels : mapping of str to NoisePanel
        Condition (``control``, ``drug``...) to what it showed; currents are signal ``i`` (nA).
    drug : str
        The drug's name and dose in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(DOUBLE, 2.3)
        set_margins(figure, left=0.2, right=0.1, top=0.36, bottom=0.45)
        grid = figure.add_gridspec(1, len(panels) + 1, width_ratios=[1.0] * len(panels) + [1.1], wspace=0.3)
        limits = _limits(panels.values())
        for position, (condition, panel) in enumerate(panels.items()):
            axes = figure.add_subplot(grid[position])
            _draw_sweeps(axes, panel, color=color_of(condition, position), limits=limits)
            axes.set_title(label_of(condition, drug), pad=ABOVE, color=color_of(condition, position))
        _draw_parabolas(figure.add_subplot(grid[-1]), panels, drug)
        letter_panels(figure.axes)
    return figure


def _limits(panels: Any) -> tuple[float, float]:
    every = [sweep["i"] * PICOAMP_PER_NANOAMP for panel in panels for sweep in panel.examples]
    low, high = min(y.min() for y in every), max(y.max() for y in every)
    return low - 0.08 * (high - low), high + 0.04 * (high - low)


def _draw_sweeps(axes: Any, panel: NoisePanel, *, color: str, limits: tuple[float, float]) -> None:
    """Draw single sweeps in gray with the mean over them, scale bars and the bar of the pulse."""
    shown = np.flatnonzero(panel.mean.t >= -SHOWN_BEFORE)[::THINNED]
    t = panel.mean.t[shown]
    for sweep in panel.examples:
        axes.plot(t, sweep["i"][shown] * PICOAMP_PER_NANOAMP, color=FAINT, lw=0.4)
    axes.plot(t, panel.mean["i"][shown] * PICOAMP_PER_NANOAMP, color=color, lw=1.2)
    axes.set(xlim=(t[0], t[-1]), ylim=limits)
    draw_pulse(axes, panel.mean)
    scale_bar(axes, time_unit="ms", unit="pA")


def _draw_parabolas(axes: Any, panels: Mapping[str, NoisePanel], drug: str) -> None:
    """Draw variance against mean with the fitted parabola, and write in its color what it says."""
    top = 0.0
    for position, (condition, panel) in enumerate(panels.items()):
        fit, color = panel.fit, color_of(condition, position)
        if fit is not None:
            filling = {"mfc": "white" if position else color, "mew": 0.8, "elinewidth": 0.7}
            axes.errorbar(fit.mean, fit.variance, yerr=fit.variance_error, fmt="o", color=color, **filling)
            fine = np.linspace(0.0, fit.mean[-1], 200)
            axes.plot(fine, fit(fine), color=color, lw=1.0)
            top = max(top, float(np.max(fit.variance + fit.variance_error)))
        text = _plus_minus(fit) if fit else f"{label_of(condition, drug)}: no fit"
        place = (0.03, 0.99 - 0.085 * position)
        axes.annotate(text, place, xycoords="axes fraction", color=color, va="top", fontsize=SMALL)
    axes.set(xlabel="mean current (pA)", ylabel="variance (pA²)", xlim=(0.0, None))
    axes.set_ylim(0.0, (1.12 + 0.1 * len(panels)) * top or None)
    axes.set_title("noise of the decay", pad=ABOVE)


def _plus_minus(fit: FluctuationFit) -> str:
    return (
        f"{fit.conductance_picosiemens:.1f} ± {fit.conductance_error:.1f} pS, "
        f"{fit.n_channels:.0f} ± {fit.n_channels_error:.0f} channels"
    )
