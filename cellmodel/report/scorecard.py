"""The scorecard as a figure and as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from cellmodel.parameters import sources
from cellmodel.report.style import (
    BAD,
    BAND,
    DOUBLE,
    GOOD,
    INK,
    OPEN,
    QUIET,
    REFERENCE,
    SMALL,
    TEXT,
    new_figure,
    set_margins,
    style,
)
from cellmodel.report.tables import number

STATUSES = {"pass": (GOOD, "o"), "miss": (BAD, "D"), "contested": (OPEN, "s")}
"""Status to color and marker."""
NOT_RUN = "not run"
"""Status of a row that this run had no experiment for."""
TAGS = {"pass": "shown", "miss": "missed", "contested": "absent", NOT_RUN: "absent"}
FARTHEST = 3.2
"""Half bands from the middle beyond which a number is drawn as an arrow."""
COLUMNS = 2
ROW_INCHES, TOP_INCHES, BOTTOM_INCHES, LEFT_INCHES = 0.118, 0.55, 0.45, 1.95
BETWEEN = 1.45
"""Widths of a column between two of them, where the names stand."""
COLUMN_TITLES = ("", "Quantity", "Published", "Band", "Model", "", "Kind", "Source")
GROUPS = {
    "BK": "Native receptors",
    "BR": "Recombinant and chick receptors",
    "KS": "Published schemes",
    "AN": "Aniracetam",
    "MO": "Other modulators",
    "SY": "The cell",
    "CE": "The cell",
    "SL": "Plasticity: targets 1 to 20",
    "LT": "LTP in other reports",
}
"""First letters of an identifier to the heading under which it stands."""
OWN = "cellmodel"
"""The source of what the project itself asks for."""
TARGETS = "SL"
"""First letters of the project's targets for synapse, slice and LTP; their number follows."""


@dataclass(frozen=True)
class Line:
    """One row as it is shown; the bound of an open side is infinite, ``model`` None without a number."""

    id: str
    quantity: str
    published: str
    low: float
    high: float
    model: float | None
    status: str
    kind: str
    source: tuple[str, ...]
    why: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether the band has both bounds."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def deviation(self) -> float:
        """(Model - middle) / (half of the band): -1 to 1 inside; see `_one_sided` for open bands."""
        if self.model is None:
            return math.nan
        if not self.is_closed:
            return self._one_sided(self.model)
        return (2 * self.model - self.low - self.high) / (self.high - self.low)

    def _one_sided(self, model: float) -> float:
        """Return the distance from the bound in quarters of it, the bound at -1 (or 1), no farther than 1."""
        has_low = math.isfinite(self.low)
        bound, sign = (self.low, 1.0) if has_low else (self.high, -1.0)
        return sign * min(sign * (model - bound) / max(abs(bound) / 4, 0.25) - 1.0, 1.0)


def counts(lines: Sequence[Line]) -> dict[str, dict[str, int]]:
    """Return kind to status to how many lines."""
    return {
        kind: {
            status: sum((line.status, line.kind) == (status, kind) for line in lines) for status in STATUSES
        }
        for kind in ("fitted", "predicted")
    }


# --- figure -------------------------------------------------------------------------------


def scorecard_figure(lines: Sequence[Line]) -> Any:
    """Draw every number within or beside its band, in columns."""
    per_column = math.ceil(len(lines) / COLUMNS)
    height = TOP_INCHES + BOTTOM_INCHES + ROW_INCHES * per_column
    with style():
        figure = new_figure(DOUBLE, height)
        set_margins(figure, left=LEFT_INCHES, right=0.1, top=TOP_INCHES, bottom=BOTTOM_INCHES)
        columns = figure.subplots(1, COLUMNS, squeeze=False, gridspec_kw={"wspace": BETWEEN})[0]
        for k, axes in enumerate(columns):
            _draw_column(axes, lines[k * per_column : (k + 1) * per_column], per_column)
        _draw_legend(figure, lines, height)
    return figure


def _draw_column(axes: Any, lines: Sequence[Line], n_rows: int) -> None:
    axes.axvspan(-1, 1, color=BAND, lw=0)
    axes.axvline(0, color=REFERENCE, lw=0.7)
    for row, line in enumerate(lines):
        _draw_line(axes, row, line)
    axes.set_yticks(range(len(lines)), [line.id for line in lines], fontsize=SMALL)
    axes.set_ylim(n_rows - 0.5, -0.7)
    axes.set_xlim(-FARTHEST - 0.3, FARTHEST + 0.3)
    axes.set_xticks([-3, -2, -1, 0, 1, 2, 3])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("(model − middle) / half band")
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color(STATUSES[line.status][0] if line.status == "miss" else INK)


def _draw_line(axes: Any, row: int, line: Line) -> None:
    color, marker = STATUSES[line.status]
    if line.model is None:
        axes.text(0, row, "not in the model", color=color, fontsize=SMALL, ha="center", va="center")
        return
    x = min(max(line.deviation, -FARTHEST), FARTHEST)
    if abs(line.deviation) > FARTHEST:
        marker = ">" if x > 0 else "<"
    face = color if line.kind == "predicted" else "white"
    axes.plot([0, x], [row, row], color=color, lw=0.6, alpha=0.5)
    axes.plot(x, row, marker, color=color, ms=3.5, mfc=face, mew=1.0)


def _draw_legend(figure: Any, lines: Sequence[Line], height: float) -> None:
    from matplotlib.lines import Line2D

    found = counts(lines)
    totals = {status: sum(found[kind][status] for kind in found) for status in STATUSES}
    handles = [
        Line2D([], [], ls="", marker=marker, color=color, label=f"{status} ({totals[status]})")
        for status, (color, marker) in STATUSES.items()
    ]
    handles += [
        Line2D([], [], ls="", marker="o", color=QUIET, mfc=face, label=label)
        for face, label in ((QUIET, "predicted"), ("white", "fitted"))
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.015, 1 - 0.22 / height), ncols=5)
    title = f"{len(lines)} published numbers: gray is the published band"
    figure.text(0.02, 1 - 0.18 / height, title, weight="bold", fontsize=TEXT)


# --- tables -------------------------------------------------------------------------------


def is_target(line: Line) -> bool:
    """Whether a row belongs to the targets 1 to 20 of synapse, slice and LTP."""
    return line.id.startswith(TARGETS)


def targets_text(lines: Sequence[Line]) -> str:
    """Say how many targets are met in all their rows, which are missed, and which were not computed."""
    status: dict[int, set[str]] = {}
    for line in filter(is_target, lines):
        status.setdefault(_number_of(line), set()).add(line.status)
    missed = [target for target, found in status.items() if "miss" in found]
    open_ = [target for target, found in status.items() if NOT_RUN in found and target not in missed]
    words = f"{len(status) - len(missed) - len(open_)} of {len(status)} targets are met"
    if missed:
        words += f"; missed: {_listed(missed)}"
    if open_:
        words += f"; {_listed(open_)} need experiments that this run had not, at least for one row"
    return f"{words}."


def _number_of(line: Line) -> int:
    return int(line.id.split(".")[0].removeprefix(TARGETS))


def _listed(numbers: Sequence[int]) -> str:
    """Return numbers in order as words, neighbors together: ``"2 to 5, 9"``."""
    runs: list[list[int]] = []
    for each in numbers:
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def section_of_study(lines: Sequence[Line]) -> str:
    """Return what a study shows: the targets in one table, and the rows of receptors and compounds folded."""
    targets = [line for line in lines if is_target(line)]
    others = [line for line in lines if not is_target(line)]
    words = f"{summary(others)} Cells are in the whole scorecard (make scorecard)."
    folded = (
        f"<p>{escape(words)}</p><details><summary>All {len(others)} rows</summary>"
        f"{summary_table(others)}{tables(others, heading='h3')}</details>"
    )
    if not targets:
        return folded
    about = (
        f"{targets_text(targets)} Numbers are those of this study's own experiments; make scorecard computes "
        "every row."
    )
    return f"{folded}<h3>{GROUPS[TARGETS]}</h3><p>{escape(about)}</p>{_table(targets)}"


def summary(lines: Sequence[Line]) -> str:
    """Say in a sentence how many rows pass."""
    predicted, fitted = (counts(lines)[kind] for kind in ("predicted", "fitted"))
    return (
        f"Of {sum(predicted.values())} published numbers that set no constant of the model it meets "
        f"{predicted['pass']} and misses {predicted['miss']}; on {predicted['contested']} sources disagree. "
        f"Of {sum(fitted.values())} that set one it meets {fitted['pass']} and misses {fitted['miss']}."
    )


def summary_table(lines: Sequence[Line]) -> str:
    """Return the table of counts."""
    found = counts(lines)
    body = "".join(
        f"<tr><td>{kind}</td>{''.join(f'<td class=num>{n}</td>' for n in found[kind].values())}</tr>"
        for kind in found
    )
    head = "".join(f'<th class="num">{status}</th>' for status in STATUSES)
    return f"<table><thead><tr><th>Kind</th>{head}</tr></thead><tbody>{body}</tbody></table>"


def tables(lines: Sequence[Line], *, heading: str = "h2") -> str:
    """Return the rows as tables, one for each group, under headings of a level."""
    groups = [(title, list(group)) for title, group in groupby(lines, key=lambda line: GROUPS[line.id[:2]])]
    return "".join(f"<{heading}>{title}</{heading}>{_about(group)}{_table(group)}" for title, group in groups)


def _about(lines: Sequence[Line]) -> str:
    return f"<p>{escape(targets_text(lines))}</p>" if is_target(lines[0]) else ""


def _table(lines: Sequence[Line]) -> str:
    head = "".join(f"<th>{text}</th>" for text in COLUMN_TITLES)
    body = "".join(map(_table_row, lines))
    return (
        f'<div class="wide"><table class="stack"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _table_row(line: Line) -> str:
    cells = {
        "": escape(line.id.split(".")[0]),
        "quantity:": escape(line.quantity),
        "published:": escape(line.published).replace("+/-", "±"),
        "band:": _band(line),
        "model:": _model(line),
    }
    body = "".join(f'<td data-head="{head}">{text}</td>' for head, text in cells.items())
    return (
        f'<tr id="{escape(line.id)}">{body}<td class="tag {TAGS[line.status]}">{line.status}</td>'
        f"<td>{line.kind}</td><td>{'; '.join(map(_cited, line.source))}</td></tr>"
    )


def _band(line: Line) -> str:
    if line.is_closed:
        return f"{number(line.low)} to {number(line.high)}"
    return f"≥ {number(line.low)}" if math.isfinite(line.low) else f"≤ {number(line.high)}"


def _model(line: Line) -> str:
    if line.model is None:
        return f'– <span class="reading">{escape(line.why)}</span>'
    return number(line.model)


def _cited(key: str) -> str:
    if key == OWN:
        return "this project"
    entry: Mapping[str, Any] = sources()[key]
    authors = str(entry["authors"])
    is_named = not authors.startswith("not shown")
    words = escape(f"{authors.split(maxsplit=1)[0].rstrip(',;')} {entry['year']}" if is_named else key)
    link = f"https://doi.org/{entry['doi']}" if "doi" in entry else entry.get("url", "")
    title = escape(str(entry["title"]), quote=True)
    return f'<a href="{escape(link)}" title="{title}">{words}</a>' if link else words
