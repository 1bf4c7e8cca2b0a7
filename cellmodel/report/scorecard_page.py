"""The scorecard as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cellmodel.report.html import inline_svg, page_css
from cellmodel.report.scorecard import Line, summary, summary_table, tables

CAPTION = (
    "Each number of the model against its published band (gray). Arrows lie farther out. Where a band is "
    "open on one side, its bound lies at one edge of the gray, and the number no farther in than the other."
)


def page_html(lines: Sequence[Line], *, figure_svg: str, notices: Sequence[str]) -> str:
    """Return the page as text."""
    said = "".join(f"<p>{escape(text)}</p>" for text in notices)
    art = (
        f'<figure><div class="art">{inline_svg(figure_svg, "scorecard")}</div>'
        f"<figcaption>{CAPTION}</figcaption></figure>"
        if figure_svg
        else ""
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Scorecard</title><style>{page_css()}</style></head><body>"
        '<header><p class="kicker">In-silico slice rig · model results</p>'
        "<h1>Scorecard: the model against published measurements</h1>"
        f'<p class="lead">{escape(summary(lines))}</p>'
        + (f'<div class="notices" role="note">{said}</div>' if said else "")
        + f"</header><main>{summary_table(lines)}{art}{tables(lines)}</main>"
        '<footer>All rows: <a href="scorecard.csv">scorecard.csv</a>. Every number of the model was '
        "computed in this run; none of its constants was changed to pass.</footer></body></html>\n"
    )
