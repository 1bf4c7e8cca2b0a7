"""The figure of the bench: cost against the amount of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellmodel.report.style import COLORS, new_figure, style

WIDTH, HEIGHT = 1.75, 2.1  # inches, of a panel
MARGIN = 1.4
"""Share by which the axes go beyond the points, both of which are logarithmic."""


def cost_figure(series: Mapping[str, Sequence[tuple[float, float]]]) -> Any:
    """Draw seconds against amount, a panel for each kind of work; dashed, what is linear.

    Parameters
    ----------
    series : mapping of str to sequence of (float, float)
        Kind of work to amounts and seconds, the smallest amount first.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(WIDTH * len(series) + 0.4, HEIGHT)
        row = figure.subplots(1, len(series), squeeze=False)[0]
        for axes, (kind, points) in zip(row, series.items(), strict=True):
            _draw(axes, kind, points)
        row[0].set_ylabel("seconds")
        figure.tight_layout()
    return figure


def _draw(axes: Any, kind: str, points: Sequence[tuple[float, float]]) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    amounts, seconds = zip(*points, strict=True)
    power = -1 if kind == "workers" else 1
    linear = [seconds[0] * (amount / amounts[0]) ** power for amount in amounts]
    axes.loglog(amounts, linear, color=COLORS["wash"], dashes=(4, 2), lw=0.9)
    axes.loglog(amounts, seconds, color=COLORS["control"], marker="o", ms=3.5)
    axes.set_xlim(amounts[0] / MARGIN, amounts[-1] * MARGIN)
    axes.set_ylim(min(*seconds, *linear) / MARGIN, max(*seconds, *linear) * MARGIN)
    axes.set_xticks(amounts)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel(kind)
