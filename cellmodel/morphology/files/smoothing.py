"""Take the jitter of the focus out of a tracing: smooth z along the dendrites, no more than needed."""

from __future__ import annotations

import numpy as np

from cellmodel.morphology.files.rows import Rows
from cellmodel.morphology.geometry import numbers
from cellmodel.morphology.tree import SOMA

REACHES = tuple(2.0**power for power in range(13))
"""um over which z is smoothed, tried in turn."""
NEAREST = 0.1
"""um: points nearer than this in the plane are taken to be this far apart."""
HEAVY = 1e6
"""The soma's points keep their z: their weight is this many times that of others."""


def smoothed(rows: Rows, repairs: list[str]) -> np.ndarray:
    """Return the points (n, 3) um with z smoothed along the path where much of the path is jitter.

    Paths that are far longer than their projection onto the slice's plane are not dendrites that run
    through its depth: depth is read from the focus, and its error adds to every step. z is replaced by
    the solution of z - reach^2 d2z/ds2 = z of the file, s being the path in the plane; branches stay
    connected. The shortest reach that makes paths as straight as in clean reconstructions is taken.
    """
    data = numbers()
    ratio = straightness(rows, rows.points)
    if ratio <= data.value("file.jitter"):
        return rows.points
    for reach in REACHES:
        points = np.column_stack([rows.points[:, :2], _z(rows, reach)])
        if straightness(rows, points) <= data.value("file.smooth"):
            break
    after = Rows(rows.kinds, points, rows.diameters, rows.parents, rows.ids)
    repairs.append(
        f"paths were {ratio:.2f} times as long as seen from above, which is jitter of the focus: depth was "
        f"smoothed over {reach:g} um of path, and the dendrites' length fell from {rows.dendrite_length:.0f} "
        f"to {after.dendrite_length:.0f} um"
    )
    return points


def straightness(rows: Rows, points: np.ndarray) -> float:
    """Return the length of all neurites over that of their projection onto the slice's plane."""
    steps = (points - points[rows.before])[rows.kinds != SOMA]
    flat = np.linalg.norm(steps[:, :2], axis=1).sum()
    return float(np.linalg.norm(steps, axis=1).sum() / flat) if flat > 0 else 1.0


def _z(rows: Rows, reach: float) -> np.ndarray:
    """Solve for the smooth depth, (n,) um."""
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.linalg import spsolve

    n, before = len(rows.parents), rows.before
    flat = np.linalg.norm((rows.points - rows.points[before])[:, :2], axis=1)
    flat = np.maximum(flat, NEAREST)
    is_step = rows.parents >= 0
    weight = np.bincount(before[is_step], flat[is_step] / 2, minlength=n) + np.where(is_step, flat / 2, 0.0)
    weight[rows.kinds == SOMA] *= HEAVY
    far, near = np.flatnonzero(is_step), before[is_step]
    pull = reach**2 / flat[is_step]
    links = coo_array((np.tile(-pull, 2), (np.r_[far, near], np.r_[near, far])), shape=(n, n))
    own = weight + np.bincount(far, pull, minlength=n) + np.bincount(near, pull, minlength=n)
    return spsolve((diags_array(own) + links).tocsc(), weight * rows.points[:, 2])
