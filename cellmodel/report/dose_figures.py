"""The figure of a dose-response experiment: each level's curves, and how the level shifts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cellmodel.analysis import DoseCurve
from cellmodel.analysis.dose_curve import FITTED
from cellmodel.report.style import (
    DOUBLE,
    OTHER_COLORS,
    POINTS_PER_INCH,
    QUIET,
    REAL,
    REFERENCE,
    SMALL,
    letter_panels,
    new_figure,
    set_margins,
    style,
)
from cellmodel.units import PERCENT

Shown = Mapping[str, Sequence[DoseCurve]]
"""Title of a level to its curves."""

LEVELS = {
    "patch": ("ca1_patch", "chick_patch"),
    "EPSC, culture": ("culture_cell",),
    "EPSC, CA1 soma": ("ca1_cell",),
    "field EPSP": ("ca1_slice",),
}
"""Title of each level to its preparations, from the smallest to the largest."""
COLORS = dict(zip(LEVELS, (REAL, OTHER_COLORS[0], OTHER_COLORS[1], OTHER_COLORS[4]), strict=True))
QUANTITIES = {
    "tau_deactivation": ("deactivation τ", "o"),
    "tau_desensitization": ("desensitization τ", "^"),
    "steady_state_ratio": ("steady state / peak", "s"),
    "epsc_peak": ("EPSC peak", "D"),
    "epsc_tau_decay": ("EPSC decay τ", "o"),
    "fepsp_amplitude": ("fEPSP amplitude", "D"),
    "fepsp_tau_decay": ("fEPSP decay τ", "o"),
}
"""Measure to its name and its marker: filled circles for all that measures a decay."""
WHERE = {"culture_cell": ", culture", "ca1_cell": ", CA1 soma"}
"""What tells apart preparations with the same quantities."""
DECAYS = ("tau_deactivation", "epsc_tau_decay", "fepsp_tau_decay")
GUESSED = (0, (2, 1.6))
"""Line of a curve whose half the doses do not show."""
AMPLITUDE = (0, (4, 1.6))
"""Line of all that does not measure a decay, where decays are solid."""
STEPS, NARROW = (1.0, 2.0, 5.0), 200.0
"""Numbers of each decade at an axis of doses that spans less than this factor."""
TICKS, WIDE_TICKS, WIDE = (0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20), (0.01, 0.1, 1, 10, 100), 50.0
"""Ratios at their axis, and those at one that spans more than the factor."""
FLOOR = 0.01
"""Ratios below are drawn here: abolished."""
ABOVE_LEGEND = 50.0
"""Points from the axes to their title, four lines of legend between."""


def dose_figure(curves: Sequence[DoseCurve], *, drug: str = "drug") -> Any:
    """Draw every dose-response curve by level, those with a half on one another, and the halves.

    Parameters
    ----------
    curves : sequence of DoseCurve
    drug : str
        The drug's name, at the axis of doses.

    Returns
    -------
    matplotlib Figure
    """
    known = {t: [c for c in curves if c.preparation in of and c.doses.size] for t, of in LEVELS.items()}
    shown = {title: of_level for title, of_level in known.items() if of_level}
    with style():
        figure = new_figure(DOUBLE, 6.2)
        grid = figure.add_gridspec(2, 1, height_ratios=(1.0, 1.12), hspace=0.42)
        set_margins(figure, left=0.55, right=0.12, top=0.9, bottom=0.45)
        _draw_levels(figure, grid[0], shown, f"{drug} (mM)")
        _draw_shift(figure, grid[1], shown, f"{drug} (mM)")
        letter_panels(figure.axes)
    return figure


def _draw_levels(figure: Any, cell: Any, shown: Shown, label: str) -> None:
    """Draw the ratio to control against dose, a panel for each level, on one scale."""
    row = cell.subgridspec(1, len(shown), wspace=0.15).subplots(sharex=True, sharey=True, squeeze=False)[0]
    for axes, (title, curves) in zip(row, shown.items(), strict=True):
        _dose_axis(axes, shown, label)
        axes.set_title(title, color=COLORS[title], pad=ABOVE_LEGEND)
        axes.axhline(1.0, color=REFERENCE, lw=0.7, zorder=0)
        for curve in curves:
            _draw_ratios(axes, curve, COLORS[title])
        if any(curve.fit is not None and curve.status != FITTED for curve in curves):
            axes.plot([], [], color=COLORS[title], lw=1.1, ls=GUESSED, label="half not shown")
        _legend_above(axes)
    row[0].set_ylabel("ratio to control")
    _ratio_scale(row[0], [curve for curves in shown.values() for curve in curves])


def _legend_above(axes: Any) -> None:
    """Put the legend between an axes and its title, so that no curve can run into it."""
    from matplotlib.transforms import ScaledTranslation

    up = ScaledTranslation(0.0, (ABOVE_LEGEND - 1.0) / POINTS_PER_INCH, axes.figure.dpi_scale_trans)
    place = {"bbox_to_anchor": (-0.04, 1.0), "bbox_transform": axes.transAxes + up}
    axes.legend(loc="upper left", handlelength=1.6, borderaxespad=0.0, labelspacing=0.35, **place)


def _dose_axis(axes: Any, shown: Shown, label: str) -> None:
    """Make the axis of doses logarithmic, with room for all that were given."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    doses = np.concatenate([curve.doses for curves in shown.values() for curve in curves])
    axes.set_xscale("log")
    axes.set_xlim(doses.min() / 1.3, doses.max() * 1.3)
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda dose, _: f"{dose:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(label)


def _ratio_scale(axes: Any, curves: Sequence[DoseCurve]) -> None:
    """Make the scale of ratios logarithmic."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ratios = np.concatenate([np.ones(1), *(curve.ratios for curve in curves)])
    low, high = max(ratios.min(), FLOOR), ratios.max()
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(FixedLocator(WIDE_TICKS if high > WIDE * low else TICKS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda r, _: f"{'≤' if r == FLOOR else ''}{r:g}"))
    axes.set_ylim(0.93 * low, max(1.6, 1.1 * high))


def _draw_ratios(axes: Any, curve: DoseCurve, color: str) -> None:
    """Draw one quantity's points and curve, and where its half is, down to the axis of doses."""
    label, marker = QUANTITIES[curve.measure]
    face = color if curve.measure in DECAYS else "white"
    shown = np.maximum(curve.ratios, FLOOR)
    axes.plot(curve.doses, shown, marker, mew=0.8, mec=color, mfc=face, label=label, zorder=3)
    if curve.fit is None:
        return
    is_known = curve.status == FITTED
    fine = np.geomspace(curve.doses[0], curve.doses[-1], 200)
    drawn = np.maximum(curve.fit(fine), FLOOR)
    axes.plot(fine, drawn, color=color, lw=1.1, ls="-" if is_known else GUESSED)
    if is_known:
        half = curve.fit(np.array([curve.fit.ec50]))[0]
        axes.plot([curve.fit.ec50] * 2, [half, 0.5 * FLOOR], color=color, lw=0.7, ls=(0, (1, 1.5)), zorder=1)


def _draw_shift(figure: Any, cell: Any, shown: Shown, label: str) -> None:
    pair = cell.subgridspec(1, 2, width_ratios=(1.0, 1.0), wspace=0.62)
    _draw_normalized(figure.add_subplot(pair[0]), shown, label)
    _draw_halves(figure.add_subplot(pair[1]), shown, label)


def _draw_normalized(axes: Any, shown: Shown, label: str) -> None:
    """Draw the curves that have a half in percent of their largest effect: only their place differs."""
    for title, curves in shown.items():
        for curve in curves:
            if curve.fit is None or curve.status != FITTED:
                continue
            fine = np.geomspace(curve.doses[0], curve.doses[-1], 200)
            line = "-" if curve.measure in DECAYS else AMPLITUDE
            axes.plot(fine, PERCENT * curve.fit.share(fine), color=COLORS[title], lw=1.2, ls=line)
    _dose_axis(axes, shown, label)
    axes.set(ylabel="% of the fitted plateau", ylim=(0.0, PERCENT))
    axes.set_title("shift along the dose axis")
    if not axes.lines:
        axes.text(0.5, 0.53, "no curve has a half", transform=axes.transAxes, ha="center", color=QUIET)
    axes.axhline(PERCENT / 2, color=REFERENCE, lw=0.7, zorder=0)
    for line, text in (("-", "decays"), (AMPLITUDE, "peaks, amplitudes")):
        axes.plot([], [], color=QUIET, lw=1.2, ls=line, label=text)
    axes.legend(loc="best", borderaxespad=0.3, handlelength=2.2)


def _draw_halves(axes: Any, shown: Shown, label: str) -> None:
    """Draw each half-maximal dose with its interval, or an arrow from the dose that it lies above."""
    from matplotlib.ticker import LogLocator

    rows = [(title, curve) for title, curves in shown.items() for curve in curves]
    _dose_axis(axes, shown, label)
    ends = [
        end for row, (title, curve) in enumerate(rows) for end in _draw_half(axes, row, curve, COLORS[title])
    ]
    if ends:
        axes.set_xlim(min(ends) / 2.2, max(ends) * 1.5)
        steps = STEPS if max(ends) < NARROW * min(ends) else STEPS[:1]
        axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [name_of(curve) for _, curve in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for tick, (title, _) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_color(COLORS[title])
    axes.set_title("half-maximal dose, 95 % interval")


def name_of(curve: DoseCurve) -> str:
    """Return what a curve is of, with where the current was recorded: ``EPSC peak, culture``."""
    return QUANTITIES[curve.measure][0] + WHERE.get(curve.preparation, "")


def _draw_half(axes: Any, row: int, curve: DoseCurve, color: str) -> tuple[float, ...]:
    """Draw one row and return the doses between which it lies, none where it has no half."""
    face = color if curve.measure in DECAYS else "white"
    if curve.status == FITTED and curve.fit is not None:
        low, high = curve.fit.ec50_interval
        axes.plot([low, high], [row, row], color=color, lw=1.4)
        axes.plot(curve.fit.ec50, row, QUANTITIES[curve.measure][1], ms=4.5, mec=color, mfc=face)
        _note(axes, f"{curve.fit.ec50:.2g}", (high, row), (5, 0), color)
        return low, high
    if curve.status == "not_saturated":
        start, stop = curve.half_of_seen, float(curve.doses[-1])
        arrow = {"arrowstyle": "-|>", "color": color, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (stop, row), (start, row), arrowprops=arrow)
        _note(axes, f"> {start:.2g}", (start, row), (-4, 0), color)
        return start, stop
    text = curve.status.replace("_", " ")
    axes.text(0.02, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=SMALL, color=QUIET)
    return ()


def _note(axes: Any, text: str, at: tuple[float, float], offset: tuple[float, float], color: str) -> None:
    side = "left" if offset[0] > 0 else "right"
    axes.annotate(
        text, at, offset, textcoords="offset points", va="center", ha=side, fontsize=SMALL, color=color
    )
