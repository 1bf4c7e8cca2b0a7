"""The figure of the bench: cost against the amount of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellmodel.report.style import DOUBLE, MIDDLE, MODEL, REFERENCE, SINGLE, letter_panels, new_figure, style

WIDTHS = {2: SINGLE, 3: MIDDLE, 4: DOUBLE}  # of the figure, by the panels in a row
COLUMNS, ROW_HEIGHT = max(WIDTHS), 1.7  # most panels in a row, and its inches
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
        rows = -(-len(series) // COLUMNS)
        columns = -(-len(series) // rows)
        figure = new_figure(WIDTHS[max(columns, 2)], rows * ROW_HEIGHT, layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, (kind, points) in zip(grid.flat, series.items(), strict=False):
            _draw(axes, kind, points)
        for axes in grid.flat[len(series) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel("time (s)")
        letter_panels(grid.flat[: len(series)])
    return figure


def _draw(axes: Any, kind: str, points: Sequence[tuple[float, float]]) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    amounts, seconds = zip(*points, strict=True)
    power = -1 if kind == "workers" else 1
    linear = [seconds[0] * (amount / amounts[0]) ** power for amount in amounts]
    axes.loglog(amounts, linear, color=REFERENCE, dashes=(4, 2), lw=0.9)
    axes.loglog(amounts, seconds, color=MODEL, marker="o")
    axes.set_xlim(amounts[0] / MARGIN, amounts[-1] * MARGIN)
    axes.set_ylim(min(*seconds, *linear) / MARGIN, max(*seconds, *linear) * MARGIN)
    axes.set_xticks(amounts)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel(kind)
