"""Grow one tree of branches by hazards that depend on path or depth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from cellmodel.morphology.geometry import numbers, several

UP = np.array([0.0, 1.0, 0.0])
SHORTEST = 0.5
"""um: no event nearer than this to the last point, which would leave two points in one place."""

NONZERO = 1e-12
"""Keeps the length of a vector from being 0."""

Vector = tuple[float, float, float]
"""Three numbers: for one point at a time, arrays take three times as long."""
Hazard = Callable[[float, Vector], float]


@dataclass
class Branch:
    """An unbranched piece: ``points`` (n, 3) um, ``parent`` its place in the tree or -1, ``diameters``."""

    parent: int
    points: np.ndarray
    domain: str
    diameters: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def length(self) -> float:
        """Path length, um."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())


@dataclass(frozen=True)
class Habit:
    """How a domain's branches behave.

    Parameters
    ----------
    domain : str
    bifurcate, terminate : callable
        (path um, point (3,) um) -> hazard per um.
    pull : pair of float, /um
        Rates at which the heading turns to the apical axis and away from ``center``.
    center : (3,) array, um
    is_flat : bool
        Whether "away" is measured in the plane across the axis (obliques: away from the trunk).
    must_branch : bool
        Whether a tree of one branch is grown again.
    """

    domain: str
    bifurcate: Hazard
    terminate: Hazard
    pull: tuple[float, ...]
    center: np.ndarray
    is_flat: bool = True
    must_branch: bool = False


def unit(vector: np.ndarray) -> np.ndarray:
    """Return a vector's direction."""
    return vector / math.sqrt(float(vector @ vector) + NONZERO)


def as_vector(point: np.ndarray) -> Vector:
    """Return a point as three floats."""
    x, y, z = point.tolist()
    return x, y, z


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cross product; NumPy's own takes ten times as long for two short vectors."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def tilted(axis: np.ndarray, angle: float, azimuth: float) -> np.ndarray:
    """Return the direction at ``angle`` (rad) from ``axis``, turned about it by ``azimuth`` (rad)."""
    axis = unit(axis)
    helper = np.array([1.0, 0.0, 0.0]) if abs(axis[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    first = unit(_cross(axis, helper))
    second = _cross(axis, first)
    across = math.cos(azimuth) * first + math.sin(azimuth) * second
    return math.cos(angle) * axis + math.sin(angle) * across


def draw(entry: str, rng: np.random.Generator) -> float:
    """Draw a number of the data file: normal, redrawn until inside its bounds."""
    number = numbers()[entry]
    low = -math.inf if number.low is None else number.low
    high = math.inf if number.high is None else number.high
    while not low <= (value := rng.normal(number.value, number.sd or 0.0)) <= high:
        pass
    return float(value)


def exponential(numbers_of: tuple[float, ...]) -> Hazard:
    """Return the hazard a exp(-path / scale) + b."""
    a, scale, b = numbers_of
    return lambda path, point: a * math.exp(-path / scale) + b


@cache
def _gait() -> tuple[float, float, float]:
    """Return the distance of points (um), the wiggle and the noise of the heading in one step."""
    data = numbers()
    step = data.value("heading.step")
    return step, data.value("heading.wiggle"), math.sqrt(data.value("heading.turn") * step)


def turned(heading: Vector, point: Vector, habit: Habit, rng: np.random.Generator) -> Vector:
    """Return the heading after one step: noise, and the pulls of the habit."""
    step, _, spread = _gait()
    x, y, z = (there - here for there, here in zip(point, habit.center, strict=True))
    if habit.is_flat:
        y = 0.0
    x, y, z = _unit(x, y, z)
    u, v, w = rng.normal(0.0, spread, 3).tolist()
    up, out = habit.pull
    return _unit(
        heading[0] + u + step * (out * x),
        heading[1] + v + step * (up + out * y),
        heading[2] + w + step * (out * z),
    )


def stepped(point: Vector, heading: Vector, stride: float, wiggle: float, rng: np.random.Generator) -> Vector:
    """Return the point ``stride`` um further, in a direction that scatters about the heading."""
    u, v, w = rng.normal(0.0, wiggle, 3).tolist()
    way = _unit(heading[0] + u, heading[1] + v, heading[2] + w)
    return point[0] + stride * way[0], point[1] + stride * way[1], point[2] + stride * way[2]


def _unit(x: float, y: float, z: float) -> Vector:
    norm = math.sqrt(x * x + y * y + z * z + NONZERO)
    return x / norm, y / norm, z / norm


def fork(heading: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the headings of two daughters, in one plane with the parent's."""
    angle = math.radians(draw("heading.daughters", rng))
    low, high = several("heading.uneven")
    share = rng.uniform(low, high)
    azimuth = rng.uniform(0.0, 2.0 * math.pi)
    return (
        tilted(heading, share * angle, azimuth),
        tilted(heading, (1.0 - share) * angle, azimuth + math.pi),
    )


def grow_tree(start: np.ndarray, heading: np.ndarray, habit: Habit, rng: np.random.Generator) -> list[Branch]:
    """Grow a tree from ``start`` (3,) um; parents stand before their children."""
    tree = _grow_once(start, heading, habit, rng)
    while habit.must_branch and len(tree) == 1:
        tree = _grow_once(start, heading, habit, rng)
    return tree


def _grow_once(
    start: np.ndarray, heading: np.ndarray, habit: Habit, rng: np.random.Generator
) -> list[Branch]:
    tree: list[Branch] = []
    waiting = [(-1, start, heading, 0.0)]
    while waiting:
        parent, point, heading, path = waiting.pop()
        points, heading, path, splits = _extend(point, heading, path, habit, rng)
        tree.append(Branch(parent, points, habit.domain))
        if splits:
            waiting += [(len(tree) - 1, points[-1], way, path) for way in fork(heading, rng)]
    return tree


def _extend(
    start: np.ndarray, heading: np.ndarray, path: float, habit: Habit, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Grow a tip until it ends or splits; return points, heading, path and whether it splits."""
    step, wiggle, _ = _gait()
    way = as_vector(heading)
    points = [as_vector(start)]
    while True:
        way = turned(way, points[-1], habit, rng)
        bifurcate = habit.bifurcate(path, points[-1])
        total = bifurcate + habit.terminate(path, points[-1])
        until = rng.exponential() / total if total > 0.0 else math.inf
        stride = min(max(until, SHORTEST), step)
        points.append(stepped(points[-1], way, stride, wiggle, rng))
        path += stride
        if until < step:
            return np.array(points), np.array(way), path, rng.uniform() * total < bifurcate
