"""The points of a file as it gives them, and the checks that they are one connected cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.geometry import numbers
from cellmodel.morphology.tree import APICAL_KIND, AXON, BASAL, SOMA

NO_PARENT = -1
KNOWN_KINDS = (SOMA, AXON, BASAL, APICAL_KIND)
LARGEST_FILE = 20_000_000
"""Bytes; a traced CA1 cell has a tenth to one million, and every point is held in memory."""
FIRST = 4096
"""Bytes that tell whether a file is text."""


@dataclass(frozen=True, eq=False)
class Table:
    """Points as a file numbers them, in the file's order.

    Parameters
    ----------
    file : str
        Name for messages.
    ids, parents : (n,) array of int
        Number of each point and of its parent, -1 for none.
    kinds : (n,) array of int
        SWC's: soma 1, axon 2, basal 3, apical 4; others are taken from the parent.
    points : (n, 3) array, um
    diameters : (n,) array, um
    labels : mapping of int to str
        Domain of the section that ends at a point, where the file says so.
    is_contour : bool
        Whether the soma's points are the outline of its shadow, not its axis.
    """

    file: str
    ids: np.ndarray
    kinds: np.ndarray
    points: np.ndarray
    diameters: np.ndarray
    parents: np.ndarray
    labels: Mapping[int, str] = field(default_factory=dict)
    is_contour: bool = False

    def error(self, text: str) -> MorphologyError:
        """Return the error that names the file."""
        return MorphologyError(f"{self.file}: {text}")


def parent_rows(table: Table) -> np.ndarray:
    """Return the row of every point's parent, (n,) int, -1 where there is none or it is not in the file.

    Raises
    ------
    MorphologyError
        If a number stands twice or a point is its own parent.
    """
    numbers, counts = np.unique(table.ids, return_counts=True)
    if counts.max() > 1:
        twice = numbers[counts.argmax()]
        raise table.error(f"point {twice} stands {counts.max()} times. Give every point its own number.")
    if (own := table.ids == table.parents).any():
        raise table.error(f"point {table.ids[own][0]} is its own parent. Correct the parent number.")
    order = np.argsort(table.ids)
    place = np.minimum(np.searchsorted(table.ids, table.parents, sorter=order), len(order) - 1)
    rows = order[place]
    return np.where(table.ids[rows] == table.parents, rows, -1)


def depth_first(parents: np.ndarray, start: int) -> list[int]:
    """Return ``start`` and the rows that hang on it, parents before their children."""
    if start < 0:
        return []
    order = np.argsort(parents, kind="stable")
    edges = np.searchsorted(parents[order], np.arange(len(parents) + 1))
    waiting, found = [start], []
    while waiting:
        row = waiting.pop()
        found.append(row)
        waiting += order[edges[row] : edges[row + 1]][::-1].tolist()
    return found


def check_file(path: Path) -> None:
    """Refuse, before reading it, what cannot be a morphology: no file, an empty, huge or binary one.

    Raises
    ------
    MorphologyError
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise MorphologyError(f"cannot read {path}: it is not a file. Give a morphology file.")
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(FIRST)
    except OSError as error:
        raise MorphologyError(f"cannot read {path}: {error.strerror}. Check the path.") from error
    if not start.strip():
        raise MorphologyError(f"{path.name} is empty. Export it again.")
    if size > LARGEST_FILE:
        raise MorphologyError(
            f"{path.name} has {size / 1e6:.0f} MB (at most {LARGEST_FILE / 1e6:.0f}); one cell has about 1. "
            "It is not one cell's tracing: give that of one cell."
        )
    if b"\0" in start:
        raise MorphologyError(f"{path.name} is a binary file, not text. Export the cell as SWC or ASC text.")


def check_points(table: Table) -> None:
    """Refuse a cell without soma or apical dendrite, and numbers that cannot be places or diameters."""
    if SOMA not in table.kinds:
        raise table.error("no soma (type 1 in SWC, CellBody in ASC). Add the soma's outline or one point.")
    if APICAL_KIND not in table.kinds:
        raise table.error(
            "no apical dendrite (type 4 in SWC, Apical in ASC). A CA1 pyramidal cell has one: mark it in the "
            "file. An interneuron, which has none, cannot be used."
        )
    if not np.isfinite(table.points).all():
        row = int(np.flatnonzero(~np.isfinite(table.points).all(axis=1))[0])
        raise table.error(f"point {table.ids[row]} has no finite coordinates. Correct or remove it.")
    _check_span(table)
    wrong = ~(np.isfinite(table.diameters) & (table.diameters > 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise table.error(
            f"point {table.ids[row]} has diameter {table.diameters[row]:g} um ({wrong.sum()} such points). "
            "Diameters are greater than 0: measure or interpolate them."
        )
    thickest = numbers().value("file.thickest")
    if table.diameters.max() > thickest:
        row = int(np.argmax(table.diameters))
        raise table.error(
            f"point {table.ids[row]} has diameter {table.diameters[row]:g} um (at most {thickest:g} um, more "
            "than any soma has). Correct it, or the unit of the radius, which is um."
        )


def check_root(table: Table, kinds: np.ndarray, parents: np.ndarray) -> None:
    """Refuse a cell whose root is not its soma, or a soma that hangs on a neurite."""
    for row in np.flatnonzero(kinds == SOMA):
        if parents[row] >= 0 and kinds[parents[row]] != SOMA:
            raise table.error(
                f"soma point {table.ids[row]} hangs on a neurite (point {table.ids[parents[row]]}). "
                "The soma is the root of the cell: reverse that branch."
            )
    root = int(np.flatnonzero(parents < 0)[0])
    if kinds[root] != SOMA:
        raise table.error(
            f"point {table.ids[root]}, the root, has type {kinds[root]}. The root is the soma: type 1."
        )


def _check_span(table: Table) -> None:
    """Refuse dendrites that no cell has: their coordinates are in another unit."""
    is_dendrite = np.isin(table.kinds, (BASAL, APICAL_KIND))
    span = float(np.ptp(table.points[is_dendrite], axis=0).max())
    smallest, largest = numbers()["file.span"].low, numbers()["file.span"].high
    if smallest is not None and span < smallest:
        raise table.error(
            f"its dendrites span {span:.2g} um, less than {smallest:g}: the coordinates are in mm or not "
            "scaled. Multiply coordinates and radii so that they are in um (1000 for mm)."
        )
    if largest is not None and span > largest:
        raise table.error(
            f"its dendrites span {span:.0f} um, more than {largest:g}: the coordinates are in nm or pixels. "
            "Multiply coordinates and radii so that they are in um (0.001 for nm)."
        )
