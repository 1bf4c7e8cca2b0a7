"""Join what a file leaves apart: pieces without a parent, and branches that hang on the wrong point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellmodel.morphology.files.rows import Rows
from cellmodel.morphology.files.table import KNOWN_KINDS, Table, depth_first
from cellmodel.morphology.geometry import numbers
from cellmodel.morphology.tree import SOMA

MOST_PIECES = 200
"""A file in more pieces is not a cell with gaps."""


def joined(table: Table, parents: np.ndarray, repairs: list[str]) -> np.ndarray:
    """Return the parents (n,) with every piece joined to the nearest point of the cell, if that is near.

    Parameters
    ----------
    table : Table
    parents : (n,) array of int
        Rows; -1 where there is none, or one that is not in the file.
    repairs : list of str
        Gets what was joined.

    Raises
    ------
    MorphologyError
        If a piece is too far from the cell, or never leads back to a start.
    """
    starts = np.flatnonzero(parents < 0)
    if len(starts) > MOST_PIECES:
        raise table.error(
            f"{len(starts)} points have no parent. Only the first point of the soma has none (-1): "
            "correct the parent numbers."
        )
    is_soma = table.kinds[starts] == SOMA
    root = int(starts[np.argmax(is_soma)]) if is_soma.any() else int(starts[0]) if len(starts) else -1
    parents = parents.copy()
    is_joined = np.zeros(len(parents), dtype=bool)
    new = depth_first(parents, root)
    is_joined[new] = True
    nearest = {int(row): (-1, np.inf) for row in starts if row != root}
    gaps: list[float] = []
    while nearest:
        for row, known in nearest.items():
            nearest[row] = min(known, _nearest(table, row, np.array(new)), key=lambda found: found[1])
        row = min(nearest, key=lambda start: nearest[start][1])
        parents[row], gap = nearest.pop(row)
        _check_gap(table, row, gap, len(nearest) + 2)
        gaps.append(gap)
        new = depth_first(parents, row)
        is_joined[new] = True
    if not is_joined.all():
        lost = int(np.flatnonzero(~is_joined)[0])
        raise table.error(
            f"point {table.ids[lost]} never leads back to the soma: its parents form a cycle. "
            "Correct the parent numbers."
        )
    if len(gaps) == 1:
        repairs.append(f"a piece without a parent was joined to the nearest point, {gaps[0]:.1f} um away")
    elif gaps:
        repairs.append(
            f"{len(gaps)} pieces without a parent were joined to the nearest points, {_listed(gaps)} um away"
        )
    return parents


def _listed(lengths: Sequence[float]) -> str:
    shown = ", ".join(f"{length:.1f}" for length in lengths[:4])
    return f"{shown}{' ...' if len(lengths) > 4 else ''}"


def _nearest(table: Table, row: int, among: np.ndarray) -> tuple[int, float]:
    """Return the row of ``among`` that is nearest to a piece's start, and the gap (um); -1 for none.

    A piece joins its own kind or the soma, from its surface; a piece of the soma only the soma.
    """
    kinds, own = table.kinds[among], table.kinds[row]
    fits = (kinds == own) | (kinds == SOMA)
    if own != SOMA:
        fits |= ~np.isin(kinds, KNOWN_KINDS) | (own not in KNOWN_KINDS)
    candidates = among[fits]
    if not len(candidates):
        return -1, np.inf
    away = np.linalg.norm(table.points[candidates] - table.points[row], axis=1)
    away -= np.where(table.kinds[candidates] == SOMA, table.diameters[candidates] / 2, 0.0)
    best = int(np.argmin(away))
    return int(candidates[best]), max(float(away[best]), 0.0)


def _check_gap(table: Table, row: int, gap: float, pieces: int) -> None:
    widest = numbers().value("file.gap")
    if gap <= widest:
        return
    given = table.parents[row]
    if table.kinds[row] == SOMA:
        raise table.error(
            f"a second soma: that of point {table.ids[row]} is {gap:.0f} um from the first (at most "
            f"{widest:g} um are bridged). Keep one cell in the file."
        )
    lost = f", whose parent {given} is not in the file," if given >= 0 else ""
    raise table.error(
        f"{pieces} disconnected pieces: that of point {table.ids[row]}{lost} is {gap:.0f} um from the rest "
        f"of the cell (at most {widest:g} um are bridged). Give it an existing parent."
    )


def rejoined(table: Table, rows: Rows, repairs: list[str]) -> Rows:
    """Return the rows with branches that hang on a far point joined to the one beside them.

    From the soma, a step is counted from its surface. A schematic cell of few points has long steps
    everywhere: only one that is long among its own is a fault.

    Raises
    ------
    MorphologyError
        If no point of the same kind is near a branch that hangs on a far one.
    """
    data = numbers()
    is_soma = rows.kinds == SOMA
    usual = float(np.median(rows.steps[~is_soma]))
    longest = max(data.value("file.longest_step"), data.value("file.longest_ratio") * usual)
    moved: list[tuple[float, float]] = []
    for row in np.flatnonzero(_gaps(rows) > longest):
        place, gap = _beside(rows, int(row))
        if gap > data.value("file.gap"):
            parent = int(rows.parents[row])
            raise table.error(
                f"points {rows.ids[parent]} and {rows.ids[row]} are joined but {_gaps(rows)[row]:.0f} um "
                f"apart (at most {longest:.0f}), and no other point is near: a branch in the wrong place, "
                "or disconnected pieces. Correct the parent number."
            )
        moved.append((float(rows.steps[row]), gap))
        rows.parents[row] = place
    if not moved:
        return rows
    far, near = (_listed(lengths) for lengths in zip(*moved, strict=True))
    repairs.append(
        f"a branch that hung on a point {far} um away was joined to the one beside it, {near} um away"
        if len(moved) == 1
        else f"{len(moved)} branches that hung on points {far} um away were joined to those beside them, "
        f"{near} um away"
    )
    order = np.array(depth_first(rows.parents, 0))
    return rows.take(np.concatenate([order[rows.kinds[order] == SOMA], order[rows.kinds[order] != SOMA]]))


def _gaps(rows: Rows) -> np.ndarray:
    """Return the distance of every row from its parent, from the soma's surface if that is it, (n,) um."""
    is_soma = rows.kinds == SOMA
    soma, radii, gaps = rows.points[is_soma], rows.diameters[is_soma] / 2, rows.steps.copy()
    for row in np.flatnonzero(is_soma[rows.before] & ~is_soma):
        gaps[row] = float(np.min(np.linalg.norm(soma - rows.points[row], axis=1) - radii))
    return gaps


def _beside(rows: Rows, row: int) -> tuple[int, float]:
    """Return the row of the same kind nearest to ``row`` that does not hang on it, and how far it is (um)."""
    is_own = np.zeros(len(rows.parents), dtype=bool)
    is_own[depth_first(rows.parents, row)] = True
    candidates = np.flatnonzero(~is_own & (rows.kinds == rows.kinds[row]))
    if not len(candidates):
        return -1, np.inf
    away = np.linalg.norm(rows.points[candidates] - rows.points[row], axis=1)
    best = int(np.argmin(away))
    return int(candidates[best]), float(away[best])
