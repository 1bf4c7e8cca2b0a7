"""Figure of a series of experiments: LTP against what varies, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.protocol import Published
from cellmodel.report.style import (
    DASHED,
    QUIET,
    REFERENCE,
    SINGLE,
    SMALL,
    color_of,
    label_of,
    new_figure,
    style,
)
from cellmodel.units import PERCENT

MARKERS = {"control": "o", "drug": "s"}
HEIGHT = 3.0  # inches


@dataclass(frozen=True)
class Point:
    """What a series found at one value: mean over ``n`` cells and its standard error (0 for one), %."""

    value: float
    percent: float
    sem: float
    n: int


def series_figure(
    curves: Mapping[str, Sequence[Point]],
    *,
    axis: str,
    published: Sequence[Published] = (),
    half: Mapping[str, float] | None = None,
    drug: str = "drug",
) -> Any:
    """Draw the fEPSP slope after conditioning, in percent of the baseline, against what varied.

    Parameters
    ----------
    curves : mapping of str to sequence of Point
        ``control`` and ``drug``, values rising; error bars are standard errors over cells.
    axis : str
        What varied, with its unit.
    published : sequence of Published
        Drawn with the range that is accepted.
    half : mapping of str to float
        Condition to the value of half of its largest potentiation, marked where given.
    drug : str
        The drug's name and dose in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(SINGLE, HEIGHT, layout="constrained")
        axes = figure.subplots()
        axes.axhline(PERCENT, color=REFERENCE, lw=0.8, ls=DASHED, zorder=0)
        if published:
            _draw_published(axes, published)
        for position, (name, points) in enumerate(curves.items()):
            is_vehicle = name == "control" and len(curves) > 1
            label = "vehicle" if is_vehicle else label_of(name, drug)
            _draw_curve(axes, points, MARKERS.get(name, "o"), color_of(name, position), label)
            if half and name in half:
                is_first = len(half) > 1 and half[name] == min(half.values())
                _mark_half(
                    axes, points, half[name], color_of(name, position), "left" if is_first else "right"
                )
        _set_axis(axes, sorted({point.value for points in curves.values() for point in points}), axis)
        axes.set_ylabel("fEPSP slope (% of baseline)")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=1)
    return figure


def _draw_curve(axes: Any, points: Sequence[Point], marker: str, color: str, label: str) -> None:
    n = max(point.n for point in points)
    axes.errorbar(
        [point.value for point in points],
        [point.percent for point in points],
        [point.sem for point in points] if n > 1 else None,
        marker=marker,
        color=color,
        elinewidth=0.8,
        capsize=2.0,
        label=label + (f", n = {n} cells, SEM" if n > 1 else ""),
    )


def _draw_published(axes: Any, published: Sequence[Published]) -> None:
    percents = np.array([point.percent for point in published])
    ends = np.array([(point.low, point.high) for point in published]).T
    axes.errorbar(
        [point.at for point in published],
        percents,
        np.abs(ends - percents),
        fmt="D",
        color=QUIET,
        mfc="white",
        ms=4.0,
        elinewidth=0.8,
        capsize=3.0,
        zorder=1,
        label="published, with what is accepted",
    )


def _mark_half(axes: Any, points: Sequence[Point], value: float, color: str, side: str) -> None:
    """Drop a line from the curve to the baseline where it has reached half, the value on one side of it."""
    level = PERCENT + (max(point.percent for point in points) - PERCENT) / 2
    axes.vlines(value, PERCENT, level, color=color, lw=0.8, ls=DASHED)
    place, text = (value, PERCENT + (level - PERCENT) / 2), f"{value:.3g}"
    away, ha = ((-2, 0), "right") if side == "left" else ((2, 0), "left")
    axes.annotate(
        text, place, away, textcoords="offset points", color=color, fontsize=SMALL, va="center", ha=ha
    )


def _set_axis(axes: Any, values: Sequence[float], label: str) -> None:
    """Label the axis at the values, spread by their logarithms where all are above 0."""
    if values[0] > 0:
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.set_xlabel(label)
