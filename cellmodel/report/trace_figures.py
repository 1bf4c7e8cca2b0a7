"""Figures of currents: the patch, its recovery, and EPSCs, control against drug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cellmodel.analysis import ExponentialFit
from cellmodel.report.style import (
    DOUBLE,
    INK,
    MIDDLE,
    QUIET,
    SINGLE,
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
from cellmodel.units import PICOAMP_PER_NANOAMP

Panel = Mapping[str, Recording]
"""Condition (``control``, ``drug``...) to its sweep."""

WIDTHS = (SINGLE, MIDDLE, DOUBLE)
"""Of figures with one, two and three panels in a row; more panels take more rows."""
ROW_HEIGHT = 2.15
ABOVE = 13.0  # points between traces and title, where the bar of the pulse is
PULSE_ON = 0.5  # of the largest concentration, where the bar above the trace is drawn
MARGIN = 0.08
OVER = 0.01  # of its peak, where a response is over
AFTER = 1.3  # times its length, so much of a sweep is shown at least
HIGHEST = 0.5  # of a negative peak, what is shown above the baseline of sweeps that are scaled to it


def patch_figure(
    panels: Mapping[str, Panel],
    *,
    drug: str = "drug",
    recovery: Mapping[str, tuple[np.ndarray, np.ndarray, ExponentialFit]] | None = None,
) -> Any:
    """Draw the patch's responses, control and drug overlaid, with the recovery from desensitization.

    Parameters
    ----------
    panels : mapping of str to Panel
        Title (``"10 mM glutamate, 1 ms"``) to the sweeps with signal ``i`` (nA) and, for the bar
        above the trace, ``glutamate`` (mM).
    drug : str
        The drug's name and dose in the legend.
    recovery : mapping, optional
        Condition to (intervals (n,) ms, ratios (n,), fit) of the paired pulses.

    Returns
    -------
    matplotlib Figure
    """
    return _row(panels, drug=drug, signal="i", recovery=recovery)


def epsc_figure(panels: Mapping[str, Panel], *, drug: str = "drug") -> Any:
    """Draw EPSCs (signal ``i``, nA), control and drug overlaid, each with the pair scaled to one peak.

    A panel ends soon after its currents: of a fast EPSC a long sweep would show nothing but the baseline.
    """
    shown = {title: _until_over(panel, "i") for title, panel in panels.items()}
    return _row(shown, drug=drug, signal="i", recovery=None)


def _until_over(panel: Panel, signal: str) -> Panel:
    """Return a panel without what comes after its responses, where that is most of it."""
    first = next(iter(panel.values()))
    ends = [first.t[0]]
    for sweep in panel.values():
        size = np.abs(_above_start(sweep, signal))
        ends += [sweep.t[size > OVER * size.max()][-1]] if size.any() else []
    end = first.t[0] + AFTER * (max(ends) - first.t[0])
    if not first.t[0] < end < first.t[0] + (first.t[-1] - first.t[0]) / 2:
        return panel
    return {name: sweep_window(sweep, float(sweep.t[0]), float(end)) for name, sweep in panel.items()}


def _row(panels: Mapping[str, Panel], *, drug: str, signal: str, recovery: Any) -> Any:
    with style():
        figure, shown, spare = overlay_figure(panels, signal=signal, drug=drug, extra=bool(recovery))
        if recovery:
            shown.append(figure.add_subplot(spare.subgridspec(1, 2, width_ratios=(0.2, 1.0), wspace=0.0)[1]))
            _draw_recovery(shown[-1], recovery)
        if len(shown) > 1:
            letter_panels(shown)
    return figure


def overlay_figure(
    panels: Mapping[str, Panel], *, signal: str, drug: str, extra: bool = False, same_scale: bool = False
) -> tuple[Any, list[Any], Any]:
    """Draw panels in rows of three, each with its sweeps on one another and, beside, scaled to one peak.

    Parameters
    ----------
    panels : mapping of str to Panel
        Title to condition and sweep.
    signal : str
        The signal to draw.
    drug : str
        The drug's name in the legend; a panel has none where its conditions are those of the one before.
    extra : bool
        Leaves room for one more panel, the cell that is returned.
    same_scale : bool
        Gives all panels one vertical scale.

    Returns
    -------
    tuple of Figure, list of Axes, SubplotSpec or None
        The figure, each panel's main axes, and the spare cell.
    """
    count = len(panels) + extra
    columns = min(count, len(WIDTHS))
    rows = -(-count // columns)
    figure = new_figure(WIDTHS[columns - 1], rows * ROW_HEIGHT)
    set_margins(figure, left=0.2, right=0.15, top=0.36, bottom=0.42)
    grid = figure.add_gridspec(rows, columns, wspace=0.16, hspace=0.42)
    limits = _common_limits(panels, signal) if same_scale else None
    shown, before = [], None
    for k, (title, panel) in enumerate(panels.items()):
        inner = grid[k].subgridspec(1, 2, width_ratios=(1.9, 1.0), wspace=0.1)
        axes, beside = figure.add_subplot(inner[0]), figure.add_subplot(inner[1])
        _draw_overlay(axes, panel, signal=signal, drug=drug, limits=limits)
        _draw_normalized(beside, panel, signal=signal)
        axes.set_title(title, pad=ABOVE)
        if list(panel) != before:
            color_legend(axes)
        shown.append(axes)
        before = list(panel)
    return figure, shown, grid[count - 1] if extra else None


def _common_limits(panels: Mapping[str, Panel], signal: str) -> tuple[float, float]:
    every = [
        sweep[signal] * _scale(panel, signal)[1] for panel in panels.values() for sweep in panel.values()
    ]
    return min(y.min() for y in every), max(y.max() for y in every)


def _scale(panel: Panel, signal: str) -> tuple[str, float]:
    """Return the unit in which a panel is shown and its factor: currents below 1 nA in pA."""
    unit = next(iter(panel.values())).units[signal]
    is_small = all(np.abs(sweep[signal]).max() < 1.0 for sweep in panel.values())
    return ("pA", PICOAMP_PER_NANOAMP) if unit == "nA" and is_small else (unit, 1.0)


def _draw_overlay(
    axes: Any, panel: Panel, *, signal: str, drug: str, limits: tuple[float, float] | None
) -> None:
    """Draw one panel's sweeps on one another, with scale bars and the bar of the glutamate pulse."""
    unit, factor = _scale(panel, signal)
    for position, (condition, sweep) in enumerate(panel.items()):
        color = color_of(condition, position)
        axes.plot(sweep.t, sweep[signal] * factor, color=color, label=label_of(condition, drug))
    first = next(iter(panel.values()))
    axes.set_xlim(first.t[0], first.t[-1])
    low, high = limits or axes.get_ylim()
    axes.set_ylim(low - MARGIN * (high - low), high + 0.5 * MARGIN * (high - low))
    if "glutamate" in first.signals:
        draw_pulse(axes, first)
    scale_bar(axes, time_unit="ms", unit=unit)


def _draw_normalized(axes: Any, panel: Panel, *, signal: str) -> None:
    """Draw the same sweeps scaled to one peak: only their time course differs.

    Where the first is a negative wave, a positive population spike in another counts as no peak, and is cut
    where it leaves the panel.
    """
    first = next(iter(panel.values()))
    is_negative = -_above_start(first, signal).min() >= _above_start(first, signal).max()
    for position, (condition, sweep) in enumerate(panel.items()):
        values = _above_start(sweep, signal)
        peak = -values.min() if is_negative else np.abs(values).max()
        axes.plot(sweep.t, values / peak, color=color_of(condition, position), lw=1.0)
    axes.set_xlim(first.t[0], first.t[-1])
    low, high = axes.get_ylim()
    high = min(high, HIGHEST) if is_negative else high
    axes.set_ylim(low - 0.9 * (high - low), high + 0.06 * (high - low))
    axes.text(0.5, 0.4, "scaled to peak", transform=axes.transAxes, ha="center", color=QUIET, fontsize=SMALL)
    scale_bar(axes, time_unit="ms")


def _above_start(sweep: Recording, signal: str) -> np.ndarray:
    return sweep[signal] - sweep[signal][0]


def draw_pulse(axes: Any, sweep: Recording) -> None:
    """Draw when glutamate was on as a bar above the trace."""
    glutamate = sweep["glutamate"]
    is_on = np.nonzero(glutamate > PULSE_ON * glutamate.max())[0]
    breaks = np.nonzero(np.diff(is_on) > 1)[0]
    starts, stops = is_on[np.r_[0, breaks + 1]], is_on[np.r_[breaks, -1]]
    for start, stop in zip(sweep.t[starts], sweep.t[stops], strict=True):
        axes.plot(
            [start, stop],
            [1.03, 1.03],
            transform=axes.get_xaxis_transform(),
            color=INK,
            lw=2.5,
            solid_capstyle="butt",
            clip_on=False,
        )


def _draw_recovery(axes: Any, recovery: Mapping[str, Any]) -> None:
    for position, (condition, (intervals, ratios, fit)) in enumerate(recovery.items()):
        color = color_of(condition, position)
        axes.plot(intervals, ratios, "o", ms=3.5, color=color, mfc="white" if position else color)
        fine = np.linspace(0.0, max(intervals), 300)
        axes.plot(fine, fit(fine), color=color, lw=1.0)
        axes.annotate(
            f"τ {fit.tau:.3g} ms",
            (0.98, 0.24 - 0.1 * position),
            xycoords="axes fraction",
            color=color,
            ha="right",
            fontsize=SMALL,
        )
    axes.set(xlabel="interval (ms)", ylabel="second / first peak", ylim=(0.0, 1.08), xlim=(0.0, None))
    axes.set_title("paired pulses: recovery", pad=ABOVE)


def sweep_window(sweep: Recording, start: float, stop: float, *, zero: float = 0.0) -> Recording:
    """Return the part of a sweep from ``start`` to ``stop`` ms, with ``zero`` ms as its new zero."""
    inside = (sweep.t >= start) & (sweep.t <= stop)
    signals = {name: values[inside] for name, values in sweep.signals.items()}
    return Recording(sweep.t[inside] - zero, signals, sweep.units, sweep.meta)


def mean_sweep(sweeps: Sequence[Recording], *, signal: str) -> Recording:
    """Return the average of sweeps, on the time axis of the first."""
    first = sweeps[0]
    stacked = [np.interp(first.t, sweep.t, sweep[signal]) for sweep in sweeps]
    return Recording(first.t, {signal: np.mean(stacked, axis=0)}, {signal: first.units[signal]}, first.meta)
