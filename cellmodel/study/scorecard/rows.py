"""Rows of the scorecard: read from data/scorecard.toml, judged, written as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cellmodel.errors import ParameterError
from cellmodel.parameters import DATA, read_toml, sources
from cellmodel.report.scorecard import Line
from cellmodel.units import KNOWN_UNITS

HEADER = ("id", "quantity", "published", "low", "high", "model", "status", "kind", "source")
PASS, MISS, CONTESTED = "pass", "miss", "contested"
KINDS = ("fitted", "predicted")
DIGITS = 5


@dataclass(frozen=True)
class Row:
    """One published number.

    Attributes
    ----------
    id, quantity, published : str
        Which, what it is and how it is read, and the number in words.
    unit : str
    kind : str
        ``fitted`` or ``predicted``.
    source : tuple of str
        Keys of data/sources.toml.
    call : str
        The evaluator.
    arguments : mapping
        Of the evaluator.
    low, high : float
        The band, infinite where a side is open.
    is_contested : bool
        Whether the sources disagree; then the band spans them.

    Raises
    ------
    ParameterError
        If the kind, the unit or a source is unknown, the band is empty, or a contested row has one source.
    """

    id: str
    quantity: str
    published: str
    unit: str
    kind: str
    source: tuple[str, ...]
    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    low: float = -math.inf
    high: float = math.inf
    is_contested: bool = False

    def __post_init__(self) -> None:
        faults = {
            f"kind {self.kind!r}, allowed {', '.join(KINDS)}": self.kind not in KINDS,
            f"unit {self.unit!r} is not known": self.unit not in KNOWN_UNITS,
            f"band {self.low} to {self.high} holds no number": not self.low < self.high,
            "band has no bound": math.isinf(self.low) and math.isinf(self.high),
            f"sources {self.source}: give keys of sources.toml": not set(self.source) <= set(sources()),
            "contested by fewer than two sources": self.is_contested and len(set(self.source)) < 2,
            "no source": not self.source,
        }
        for text, is_fault in faults.items():
            if is_fault:
                raise ParameterError(f"scorecard.toml, row {self.id}: {text}. Correct it.")

    @property
    def label(self) -> str:
        """The quantity with its unit."""
        return self.quantity if self.unit == "1" else f"{self.quantity} ({self.unit})"


@dataclass(frozen=True)
class Result:
    """What the model makes of a row: its number, or why there is none."""

    row: Row
    model: float | None
    why: str = ""

    @property
    def status(self) -> str:
        """``pass``, ``miss`` or ``contested``."""
        return status_of(self.row, self.model)


def status_of(row: Row, model: float | None) -> str:
    """Return ``miss`` outside the band or without a number; inside, ``contested`` where sources disagree."""
    if model is None or not row.low <= model <= row.high:
        return MISS
    return CONTESTED if row.is_contested else PASS


@cache
def rows() -> tuple[Row, ...]:
    """Return the rows of data/scorecard.toml, in order."""
    return tuple(_row(table) for table in read_toml(DATA / "scorecard.toml")["row"])


def _row(table: Mapping[str, Any]) -> Row:
    given = dict(table)
    arguments = dict(given.pop("model"))
    return Row(
        source=tuple(given.pop("source")),
        call=arguments.pop("call"),
        arguments=arguments,
        is_contested=given.pop("contested", False),
        **given,
    )


def shown(result: Result) -> Line:
    """Return a result as figure and page take it."""
    row = result.row
    about = (row.id, row.label, row.published, row.low, row.high)
    return Line(*about, result.model, result.status, row.kind, row.source, result.why)


def csv_text(lines: Iterable[Line]) -> str:
    """Return scorecard.csv as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_cells(line) for line in lines)
    return text.getvalue()


def _cells(line: Line) -> tuple[str, ...]:
    numbers = (_number(line.low), _number(line.high), _number(line.model))
    return (line.id, line.quantity, line.published, *numbers, line.status, line.kind, "; ".join(line.source))


def _number(value: float | None) -> str:
    return "" if value is None or math.isinf(value) else f"{value:.{DIGITS}g}"
