"""Make one stack of frusta of a soma, whichever way a file draws it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cellmodel.morphology.geometry import frusta_area, numbers

STATIONS = 11
"""Slabs that a contour is cut into."""
NEAR = 0.05
"""Part of a radius by which a three-point soma's points may miss their places."""

Stack = tuple[np.ndarray, np.ndarray]


def soma_stack(
    points: np.ndarray, diameters: np.ndarray, parents: np.ndarray, *, is_contour: bool, up: np.ndarray
) -> tuple[Stack, str]:
    """Return points (n, 3) um and diameters (n,) um of a soma's axis, and what was changed ("" for nothing).

    Parameters
    ----------
    points : (m, 3) array, um
    diameters : (m,) array, um
    parents : (m,) array of int
        Rows among the soma's own points, -1 for the first.
    is_contour : bool
        Whether the points are the outline of its shadow.
    up : (3,) array
        Direction of the apical tree, for a soma of one point or a stub.
    """
    if np.ptp(points, axis=0).max() < numbers().value("file.duplicate"):
        widest = int(np.argmax(diameters))  # the same sphere, written more than once
        return _whole(_cylinder(points[widest], diameters[widest], up), "", up)
    if is_contour and len(points) > 2:
        return _whole(_from_contour(points), "", up)
    if _is_three_point(points, diameters, parents):
        return _whole((points[[1, 0, 2]], diameters[[1, 0, 2]]), "", up)
    if all(parents[row] == row - 1 for row in range(len(points))):
        return _whole((points, diameters), "", up)
    return _whole(_on_axis(points, diameters), "the soma's pieces were put on its long axis as one", up)


def _cylinder(center: np.ndarray, diameter: float, up: np.ndarray) -> Stack:
    """Return a cylinder as long as it is thick, with the surface of the sphere of that diameter."""
    half = up * diameter / 2
    return np.array([center - half, center, center + half]), np.full(3, diameter)


def _is_three_point(points: np.ndarray, diameters: np.ndarray, parents: np.ndarray) -> bool:
    """Whether the points are NeuroMorpho.org's soma: a center and two points one radius to either side."""
    if len(points) != 3 or list(parents) != [-1, 0, 0] or np.ptp(diameters) > 1e-6:
        return False
    radius = diameters[0] / 2
    away = np.linalg.norm(points[1:] - points[0], axis=1)
    return bool(np.abs(away - radius).max() < NEAR * radius)


def _from_contour(points: np.ndarray) -> Stack:
    """Cut an outline into slabs across its long axis; a slab is as thick as it is wide."""
    center = points.mean(axis=0)
    axes = np.linalg.svd(points - center, full_matrices=False)[2]
    along, across = ((points - center) @ axes[:2].T).T
    edges = np.linspace(along.min(), along.max(), STATIONS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    widths = np.array([_width(along, across, place) for place in middles])
    places = np.concatenate([edges[:1], middles[1:-1], edges[-1:]])
    return center + places[:, None] * axes[0], widths


def _width(along: np.ndarray, across: np.ndarray, place: float) -> float:
    """Return how far apart the outline's crossings of one place on its axis are, um."""
    crossings = [
        c + (d - c) * (place - a) / (b - a)
        for (a, c), (b, d) in pairwise([*zip(along, across, strict=True), (along[0], across[0])])
        if min(a, b) <= place <= max(a, b) and a != b
    ]
    return float(max(crossings) - min(crossings))


def _on_axis(points: np.ndarray, diameters: np.ndarray) -> Stack:
    center = points.mean(axis=0)
    axis = np.linalg.svd(points - center, full_matrices=False)[2][0]
    places = (points - center) @ axis
    order = np.argsort(places)
    kept = order[np.concatenate([[True], np.diff(places[order]) > numbers().value("file.duplicate")])]
    return center + places[kept, None] * axis, diameters[kept]


def _whole(stack: Stack, remark: str, up: np.ndarray) -> tuple[Stack, str]:
    """Give a stub the mean surface of traced somata, upright."""
    points, diameters = stack
    surface = frusta_area(np.linalg.norm(np.diff(points, axis=0), axis=1), diameters)
    data = numbers()
    if surface >= data.value("file.stub"):
        return stack, remark
    usual = data.value("file.soma_surface")
    grown = _cylinder(points.mean(axis=0), np.sqrt(usual / np.pi), up)
    return (
        grown,
        f"the soma is a stub of {surface:.0f} um2 and was given {usual:.0f} um2, the mean of traced ones",
    )
