"""Grow the domains of a cell: trunk, obliques, tuft, basal trees, axon."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from cellmodel.morphology.axon import path_along
from cellmodel.morphology.geometry import numbers, several
from cellmodel.morphology.growth.branching import (
    UP,
    Branch,
    Habit,
    Hazard,
    Vector,
    as_vector,
    draw,
    exponential,
    grow_tree,
    stepped,
    tilted,
    turned,
)
from cellmodel.morphology.growth.envelope import Trees, crossings, is_inside, longest_path


def to_target(
    domain: str,
    attempt: Callable[[], Trees],
    rng: np.random.Generator,
    is_usual: Callable[[Trees], bool] = lambda trees: True,
) -> Trees:
    """Redraw a domain until its length is near a drawn target and its extent is usual.

    Of tries that never are, the one nearest to the target is returned, of unusual extent only where no
    other is near it.
    """
    data = numbers()
    target = draw(f"{domain}.total", rng)
    best, worst = attempt(), (True, math.inf)
    for _ in range(int(data.value("heading.tries"))):
        trees = attempt()
        miss = abs(sum(branch.length for tree in trees for branch in tree) / target - 1.0)
        is_near = miss <= data.value("heading.tolerance")
        rank = (not (is_near and is_usual(trees)), miss)
        if rank < worst:
            best, worst = trees, rank
        if not worst[0]:
            break
    return best


def no_event(path: float, point: Vector) -> float:
    """Return a hazard of zero."""
    return 0.0


def straight(
    start: np.ndarray,
    heading: np.ndarray,
    *,
    domain: str,
    reached: Callable[[list[Vector]], bool],
    rng: np.random.Generator,
) -> np.ndarray:
    """Grow trunk or axon, unbranched, until it has ``reached`` its end; return points (n, 3) um."""
    data = numbers()
    step, wiggle = data.value("heading.step"), data.value(f"{domain}.wiggle")
    habit = Habit(domain, no_event, no_event, (data.value(f"{domain}.pull"), 0.0), start)
    points, way = [as_vector(start)], as_vector(heading)
    while not reached(points):
        way = turned(way, points[-1], habit, rng)
        points.append(stepped(points[-1], way, step, wiggle, rng))
    return np.array(points)


def oblique_origins(length: float, rng: np.random.Generator) -> np.ndarray:
    """Draw where obliques leave a trunk of ``length`` um: sorted paths (n,) um."""
    data = numbers()
    a, b = several("oblique.origin")
    first, gap = data.value("oblique.first"), data.value("oblique.gap")
    chosen: list[float] = []
    number = round(draw("oblique.number", rng))
    while len(chosen) < number:
        path = rng.beta(a, b) * length
        if first <= path <= length - gap and all(abs(path - other) >= gap for other in chosen):
            chosen.append(path)
    return np.sort(chosen)


def cut(points: np.ndarray, places: np.ndarray, domain: str) -> list[Branch]:
    """Cut a line into a chain of branches at paths ``places`` (n,) um."""
    path = path_along(points)
    chain: list[Branch] = []
    ends = [0.0, *places, path[-1]]
    for near, far in pairwise(ends):
        inside = path[(path > near + 1.0) & (path < far - 1.0)]
        at = np.concatenate([[near], inside, [far]])
        piece = np.column_stack([np.interp(at, path, axis) for axis in points.T])
        chain.append(Branch(len(chain) - 1, piece, domain))
    return chain


def _by_depth(base: float, top: float) -> Hazard:
    """Return the tuft's termination: by the part of the way from its bifurcation to the top."""
    eighths = several("tuft.terminate")
    limit, steep = several("tuft.top")

    def hazard(path: float, point: Vector) -> float:
        way = (point[1] - base) / (top - base)
        if way >= limit:
            return steep
        return eighths[min(max(int(way * len(eighths)), 0), len(eighths) - 1)]

    return hazard


def _tuft_habit(origin: np.ndarray, top: float, domain: str) -> Habit:
    return Habit(
        domain,
        exponential(several("tuft.bifurcate")),
        _by_depth(origin[1], top),
        several("tuft.pull"),
        origin,
        must_branch=True,
    )


def grow_tuft(origin: np.ndarray, top: float, rng: np.random.Generator) -> Trees:
    """Grow the tuft's stems from the trunk's end up to ``top`` um."""
    habit = _tuft_habit(origin, top, "tuft")
    stems = int(numbers().value("tuft.stems"))

    def attempt() -> Trees:
        azimuth = rng.uniform(0.0, 2.0 * math.pi)
        angles = [math.radians(draw("tuft.angle", rng)) for _ in range(stems)]
        ways = [tilted(UP, a, azimuth + 2.0 * math.pi * k / stems) for k, a in enumerate(angles)]
        return [grow_tree(origin, way, habit, rng) for way in ways]

    return to_target("tuft", attempt, rng, lambda trees: is_inside("tuft.longest", longest_path(trees)))


def grow_obliques(origins: np.ndarray, top: float, rng: np.random.Generator) -> Trees:
    """Grow one oblique tree from every origin, (n, 3) um."""
    data = numbers()
    a, middle, width = several("oblique.terminate")

    def habit(origin: np.ndarray) -> Habit:
        if rng.uniform() < data.value("oblique.long"):
            return _tuft_habit(origin, top, "oblique")
        return Habit(
            "oblique",
            exponential(several("oblique.bifurcate")),
            lambda path, point: a / (1.0 + math.exp(-(path - middle) / width)),
            several("oblique.pull"),
            origin,
        )

    def heading() -> np.ndarray:
        return tilted(UP, math.radians(draw("oblique.angle", rng)), rng.uniform(0.0, 2.0 * math.pi))

    def attempt() -> Trees:
        return [grow_tree(origin, heading(), habit(origin), rng) for origin in origins]

    return to_target("oblique", attempt, rng)


def grow_basal(extent: np.ndarray, rng: np.random.Generator) -> Trees:
    """Grow the basal trees from the surface of a soma with half-axes ``extent`` (3,) um."""
    a, scale = several("basal.terminate")
    habit = Habit(
        "basal",
        exponential(several("basal.bifurcate")),
        lambda path, point: a * math.exp(path / scale),
        several("basal.pull"),
        np.zeros(3),
        is_flat=False,
        must_branch=True,
    )
    stems = round(draw("basal.stems", rng))

    def attempt() -> Trees:
        offset = rng.uniform(0.0, 2.0 * math.pi)
        ways = [
            tilted(
                UP,
                math.radians(draw("basal.angle", rng)),
                offset + 2.0 * math.pi * (k + rng.uniform(-0.3, 0.3)) / stems,
            )
            for k in range(stems)
        ]
        return [grow_tree(way * extent, way, habit, rng) for way in ways]

    radius = numbers().value("basal.crossed")

    def is_usual(trees: Trees) -> bool:
        return is_inside("basal.crossings", crossings(trees, radius)) and is_inside(
            "basal.longest", longest_path(trees)
        )

    return to_target("basal", attempt, rng, is_usual)
