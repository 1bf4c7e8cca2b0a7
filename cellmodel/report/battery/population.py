"""Figures of scores: of one cell beside the best published model, and of several cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cellmodel.report.battery.lines import ScoreLine
from cellmodel.report.style import BAND, DOUBLE, INK, MODEL, SECOND, SMALL, new_figure, set_margins, style

ROW_INCHES, EDGES_INCHES = 0.32, (0.5, 0.35)  # below and above the axes
TOP = 5.0  # scores above it are drawn at the edge, with their number


def scores_figure(lines: Sequence[ScoreLine]) -> Any:
    """Draw the scores of every cell, the best published model and the goal, a row for each test.

    Parameters
    ----------
    lines : sequence of ScoreLine

    Returns
    -------
    matplotlib Figure
    """
    with style():
        height = EDGES_INCHES[0] + EDGES_INCHES[1] + ROW_INCHES * len(lines)
        figure = new_figure(DOUBLE, height)
        set_margins(figure, left=2.3, right=0.15, top=EDGES_INCHES[1], bottom=EDGES_INCHES[0])
        axes = figure.subplots()
        for row, line in enumerate(lines):
            _draw_row(axes, row, line)
        axes.plot([], [], "o", color=MODEL, label="this cell")
        if any(len(line.scores) > 1 for line in lines):
            axes.plot([], [], "o", color=MODEL, alpha=0.35, ms=3.5, label="other cells")
        axes.plot([], [], "D", color=SECOND, mfc="white", ms=4.5, label="best published model")
        axes.plot([], [], "|", color=INK, ms=9, label="goal")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=4)
        axes.set_yticks(range(len(lines)), [line.title for line in lines])
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_xlim(0, TOP + 0.3)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("score: mean distance from the experiment (SD); less is better")
    return figure


def _draw_row(axes: Any, row: int, line: ScoreLine) -> None:
    axes.axhline(row, color=BAND, lw=0.8, zorder=0)
    for k, score in reversed(list(enumerate(line.scores.values()))):
        if not math.isnan(score):
            axes.plot(
                min(score, TOP),
                row,
                "o",
                color=MODEL,
                alpha=1.0 if k == 0 else 0.35,
                ms=6.0 if k == 0 else 3.5,
                zorder=3,  # above goal and best published, which are larger
            )
    if math.isnan(line.score):
        axes.annotate("no score", (0, row), (4, 0), textcoords="offset points", fontsize=SMALL, va="center")
    if line.score > TOP:
        axes.annotate(
            f"{line.score:.1f}", (TOP, row), (6, 0), textcoords="offset points", fontsize=SMALL, va="center"
        )
    axes.plot(line.best, row, "D", color=SECOND, mfc="white", ms=4.5)
    axes.plot(line.goal, row, "|", color=INK, ms=11, mew=1.3)
