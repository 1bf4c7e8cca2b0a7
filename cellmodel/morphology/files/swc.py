"""Read SWC: a line for each point, `number type x y z radius parent`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.files.table import Table
from cellmodel.morphology.geometry import DOMAIN_COMMENT, DOMAINS

COLUMNS = 7
LARGEST = 2**53
"""Whole numbers below this are exact."""


def read_swc(path: Path) -> Table:
    """Read the points of an SWC file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Table

    Raises
    ------
    MorphologyError
        If it cannot be read, or a line is not seven numbers.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()  # Windows marks UTF-8
    except OSError as error:
        raise MorphologyError(f"cannot read {path}: {error.strerror}. Check the path.") from error
    rows = [_numbers(path, place, line) for place, line in enumerate(lines, 1) if _is_data(line)]
    if not rows:
        raise MorphologyError(
            f"{path.name} has no points. A line of SWC is: number type x y z radius parent."
        )
    table = np.array(rows)
    return Table(
        file=path.name,
        ids=table[:, 0].astype(int),
        kinds=table[:, 1].astype(int),
        points=table[:, 2:5],
        diameters=2.0 * table[:, 5],
        parents=table[:, 6].astype(int),
        labels=_labels(lines),
    )


def _is_data(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _numbers(path: Path, place: int, line: str) -> list[float]:
    words = line.split()
    try:
        numbers = [float(word) for word in words[:COLUMNS]]
        whole = all(n.is_integer() and abs(n) < LARGEST for n in (*numbers[:2], *numbers[6:]))
    except ValueError:
        numbers, whole = [], False
    if len(words) == COLUMNS - 1 and len(numbers) == len(words):
        raise MorphologyError(
            f"{path.name} line {place}: {line.strip()[:60]!r} has 6 columns, SWC has 7 (number type x y z "
            "radius parent): one is missing, as a rule the radius. Export the cell with its diameters."
        )
    if len(numbers) < COLUMNS or not whole:
        raise MorphologyError(
            f"{path.name} line {place}: {line.strip()[:60]!r} is not a point. A line of SWC is: number type "
            f"x y z radius parent (whole numbers: number, type, parent).{_advice(line)}"
        )
    return numbers


def _advice(line: str) -> str:
    """Return what to do about a line that looks like a table or file of another kind, "" for no idea."""
    start = line.strip()
    if start.startswith((";", "(")):
        return " This looks like Neurolucida ASC: give the file the ending .asc."
    if start.startswith("<"):
        return " This looks like XML or a web page: export or download the cell as SWC or ASC."
    for mark, name in ((";", "semicolons"), (",", "commas")):
        if _is_number(start.split(mark)[0].strip()) and start.count(mark) >= COLUMNS - 1:
            return f" It is separated by {name}: replace them by spaces."
    if all(_is_number(word.replace(",", ".", 1)) for word in start.split()) and "," in start:
        return " It has decimal commas: replace them by points."
    return ""


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _labels(lines: list[str]) -> dict[int, str]:
    """Return the domains that `Morphology.to_swc` keeps in comments, by the last point of each section."""
    labels: dict[int, str] = {}
    for line in lines:
        words = line.removeprefix(DOMAIN_COMMENT).split() if line.startswith(DOMAIN_COMMENT) else []
        if words and words[0] in DOMAINS:
            labels.update({int(word): words[0] for word in words[1:] if word.isdecimal()})
    return labels
