"""Cells of a CSV file, and complaints that say where in the file they stand."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellmodel.errors import ParameterError
from cellmodel.parameters import load

COMMENT = "#"


@dataclass(frozen=True)
class Line:
    """One line of a CSV file: where it stands and its cells, stripped."""

    path: Path
    number: int
    cells: tuple[str, ...]

    @property
    def place(self) -> str:
        """The file's name and the line's number."""
        return f"{self.path.name}, line {self.number}"


def read_lines(path: Path) -> list[Line]:
    """Return the lines that are neither empty nor comments; at least one.

    Raises
    ------
    ParameterError
        If the file cannot be read, is not text, holds nothing, or separates by something else than commas.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path.name} is not a text in UTF-8. Save it as CSV (UTF-8).") from error
    lines = list(_lines(path, text))
    if not lines:
        raise ParameterError(f"{path.name} holds no data. Give a header and at least one line.")
    if len(lines[0].cells) == 1 and any(mark in lines[0].cells[0] for mark in ";\t"):
        raise ParameterError(f"{lines[0].place}: cells are not separated by commas. Save it with commas.")
    return lines


def _lines(path: Path, text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text))
    try:
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped) and not stripped[0].startswith(COMMENT):
                yield Line(path, reader.line_num, stripped)
    except csv.Error as error:
        raise ParameterError(f"{path.name}, line {reader.line_num}: {error}. Correct that line.") from error


def number(line: Line, column: str, text: str) -> float:
    """Return the finite number in a cell, or complain with line and column."""
    try:
        value = float(text)
    except ValueError:
        raise ParameterError(
            f"{line.place}, column {column}: {text!r} is not a number. Correct it or leave the line out."
        ) from None
    if not math.isfinite(value):
        raise ParameterError(
            f"{line.place}, column {column}: {text!r} is not finite. Correct it or leave the line out."
        )
    return value


def above(line: Line, column: str, text: str, hint: str, *, least: float = 0.0) -> float:
    """Return the number above ``least`` in a cell, or complain with a hint."""
    value = number(line, column, text)
    if not value > least:
        raise ParameterError(f"{line.place}, column {column}: {value:g} is not above {least:g}. {hint}")
    return value


def check_dose(place: str, dose_mM: float) -> float:
    """Return a dose that a solution can hold, 0 for control, or raise `ParameterError`."""
    highest = load("fitting.toml").value("plausible.dose_high")
    if not dose_mM >= 0:
        raise ParameterError(f"{place}: dose {dose_mM:g} mM. Give 0 for control, or more.")
    if dose_mM > highest:
        raise ParameterError(
            f"{place}: dose {dose_mM:g} mM. Is it in the unit given? At most {highest:g} mM is taken."
        )
    return dose_mM


def check_header(line: Line, needed: Sequence[str], optional: Sequence[str]) -> None:
    """Raise `ParameterError` unless the header has every needed column, no unknown one and none twice."""
    given = line.cells
    for name in needed:
        if name not in given:
            raise ParameterError(f"{line.place}: no column {name!r}. Needed: {', '.join(needed)}.")
    for name in given:
        if name not in (*needed, *optional):
            allowed = ", ".join((*needed, *optional))
            raise ParameterError(f"{line.place}: unknown column {name!r}. Allowed: {allowed}.")
        if given.count(name) > 1:
            raise ParameterError(f"{line.place}: column {name!r} stands there twice. Remove one.")


def as_mapping(header: Line, line: Line) -> dict[str, str]:
    """Return column to cell; a line has as many cells as the header."""
    if len(line.cells) != len(header.cells):
        raise ParameterError(
            f"{line.place} has {len(line.cells)} cells, the header {len(header.cells)}. Correct that line."
        )
    return dict(zip(header.cells, line.cells, strict=True))
