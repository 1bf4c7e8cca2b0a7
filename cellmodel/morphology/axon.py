"""The near part of an axon: hillock, initial segment, and what is kept beyond."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cellmodel.morphology.geometry import several

Piece = tuple[np.ndarray, np.ndarray]


def path_along(points: np.ndarray) -> np.ndarray:
    """Return the path (n,) um to every point of a line (n, 3) um."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def axon_diameters(path: np.ndarray) -> np.ndarray:
    """Return the diameters (n,) um of an axon at ``path`` (n,) um: tapering hillock and initial segment."""
    ends, starts, stops = (np.array(several(f"axon.{key}")) for key in ("ends", "starts", "stops"))
    part = np.searchsorted(ends[:-1], path)
    near = np.concatenate([[0.0], ends[:-1]])
    share = np.clip((path - near[part]) / (ends - near)[part], 0.0, 1.0)
    return starts[part] + share * (stops - starts)[part]


def cut_axon(points: np.ndarray, diameters: np.ndarray) -> list[Piece]:
    """Cut an axon's first piece where hillock and initial segment end, adding points there.

    Parameters
    ----------
    points : (n, 3) array, um
    diameters : (n,) array, um

    Returns
    -------
    list of (points, diameters)
        Three pieces, or fewer of a short axon.
    """
    path = path_along(points)
    cuts = [cut for cut in several("axon.ends")[:-1] if cut < path[-1] - 1.0]
    whole = np.unique(np.concatenate([path, cuts]))
    line = np.column_stack([np.interp(whole, path, axis) for axis in points.T])
    thick = np.interp(whole, path, diameters)
    edges = [0, *(int(np.searchsorted(whole, cut)) for cut in cuts), len(whole) - 1]
    return [(line[a : b + 1], thick[a : b + 1]) for a, b in pairwise(edges)]
