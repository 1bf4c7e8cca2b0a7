"""The scorecard as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cellmodel.report.page.document import document, notes
from cellmodel.report.page.figures import figure
from cellmodel.report.scorecard import Line, summary, summary_table, tables

CAPTION = (
    "Each number of the model against its published band (gray). Arrows lie farther out. Where a band is "
    "open on one side, its bound lies at one edge of the gray, and the number no farther in than the other."
)


def page_html(lines: Sequence[Line], *, figure_svg: str, notices: Sequence[str]) -> str:
    """Return the page as text."""
    title = "Scorecard: the model against published measurements"
    art = figure("scorecard", figure_svg, CAPTION, title=title) if figure_svg else ""
    return document(
        "Scorecard",
        header='<p class="kicker">In-silico slice rig · model results</p>'
        f'<h1>{title}</h1><p class="lead">{escape(summary(lines))}</p>{notes(notices)}',
        main=f"{summary_table(lines)}{art}{tables(lines)}",
        footer='All rows: <a href="scorecard.csv">scorecard.csv</a>. Every number of the model was '
        "computed in this run; none of its constants was changed to pass.",
    )
