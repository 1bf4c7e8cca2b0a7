"""The points of a file as it gives them, and the checks that they are one connected cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.tree import APICAL_KIND, SOMA

NO_PARENT = -1


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
    """Return the row of every point's parent, (n,) int, -1 for none.

    Raises
    ------
    MorphologyError
        If a number stands twice, a parent is missing, or the points are not one piece without cycles.
    """
    numbers, counts = np.unique(table.ids, return_counts=True)
    if counts.max() > 1:
        twice = numbers[counts.argmax()]
        raise table.error(f"point {twice} stands {counts.max()} times. Give every point its own number.")
    row_of = {int(number): row for row, number in enumerate(table.ids)}
    row_of[NO_PARENT] = -1
    for number, parent in zip(table.ids, table.parents, strict=True):
        if int(parent) not in row_of:
            raise table.error(
                f"point {number} has parent {parent}, which is not in the file: the cell is in disconnected "
                "pieces. Give it an existing parent."
            )
    rows = np.array([row_of[int(parent)] for parent in table.parents])
    _check_connected(table, rows)
    return rows


def _check_connected(table: Table, parents: np.ndarray) -> None:
    starts = np.flatnonzero(parents < 0)
    if len(starts) > 1:
        raise table.error(
            f"{len(starts)} disconnected pieces, starting at points "
            f"{', '.join(str(n) for n in table.ids[starts[:4]])}{' ...' if len(starts) > 4 else ''}. "
            "Only the first point of the soma has no parent (-1): join the others."
        )
    reached = set(depth_first(parents))
    if len(reached) < len(parents):
        lost = next(row for row in range(len(parents)) if row not in reached)
        raise table.error(
            f"point {table.ids[lost]} never leads back to the soma: its parents form a cycle. "
            "Correct the parent numbers."
        )


def depth_first(parents: np.ndarray) -> list[int]:
    """Return the rows that can be reached from the first start, parents before their children."""
    children: list[list[int]] = [[] for _ in parents]
    for row, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(row)
    waiting, order = list(np.flatnonzero(parents < 0)[:1]), []
    while waiting:
        row = int(waiting.pop())
        order.append(row)
        waiting += reversed(children[row])
    return order


def check_points(table: Table) -> None:
    """Refuse a cell without soma or apical dendrite, and numbers that cannot be places or diameters."""
    if SOMA not in table.kinds:
        raise table.error("no soma (type 1 in SWC, CellBody in ASC). Add the soma's outline or one point.")
    if APICAL_KIND not in table.kinds:
        raise table.error(
            "no apical dendrite (type 4 in SWC, Apical in ASC). A CA1 pyramidal cell has one: "
            "mark it in the file."
        )
    if not np.isfinite(table.points).all():
        row = int(np.flatnonzero(~np.isfinite(table.points).all(axis=1))[0])
        raise table.error(f"point {table.ids[row]} has no finite coordinates. Correct or remove it.")
    wrong = ~(np.isfinite(table.diameters) & (table.diameters > 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise table.error(
            f"point {table.ids[row]} has diameter {table.diameters[row]:g} um ({wrong.sum()} such points). "
            "Diameters are greater than 0: measure or interpolate them."
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
