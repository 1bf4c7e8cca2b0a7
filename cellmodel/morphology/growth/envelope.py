"""Hold grown domains against the extent and thickness of real ones: what falls outside is redrawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from cellmodel.morphology.geometry import frusta_area, numbers
from cellmodel.morphology.growth.branching import Branch

Trees = list[list[Branch]]


def is_inside(entry: str, value: float) -> bool:
    """Whether a number lies in the range that the data file gives for ``entry``."""
    return _beyond(entry, value) == 0.0


def _beyond(entry: str, value: float) -> float:
    """Return how far a number is outside the range of ``entry``, as a share of its mean; 0 inside."""
    bounds = numbers()[entry]
    low = -math.inf if bounds.low is None else bounds.low
    high = math.inf if bounds.high is None else bounds.high
    return max(low - value, value - high, 0.0) / bounds.value


def longest_path(trees: Trees) -> float:
    """Return the longest path (um) from the root of a domain to one of its tips."""
    longest = 0.0
    for tree in trees:
        path: list[float] = []
        for branch in tree:
            path.append(branch.length + (path[branch.parent] if branch.parent >= 0 else 0.0))
        longest = max([longest, *path])
    return longest


def crossings(trees: Trees, radius: float) -> int:
    """Return how often branches cross a sphere of ``radius`` um about the soma's center."""
    total = 0
    for tree in trees:
        for branch in tree:
            is_beyond = np.linalg.norm(branch.points, axis=1) >= radius
            total += int(np.count_nonzero(is_beyond[1:] != is_beyond[:-1]))
    return total


def thicken_again(domains: Mapping[str, Trees], thicken: Callable[[], None]) -> None:
    """Draw diameters again until the surfaces are usual, or keep the draw that came nearest.

    Parameters
    ----------
    domains : mapping of str to trees
        Every dendrite, its diameters already drawn once.
    thicken : callable
        Draws the diameters of all but the trunk, in place.
    """
    branches = [branch for trees in domains.values() for tree in trees for branch in tree]
    best, least = [branch.diameters for branch in branches], _unusual(domains)
    for _ in range(int(numbers().value("diameter.tries"))):
        if least == 0.0:
            break
        thicken()
        if (unusual := _unusual(domains)) < least:
            best, least = [branch.diameters for branch in branches], unusual
    for branch, diameters in zip(branches, best, strict=True):
        branch.diameters = diameters


def _unusual(domains: Mapping[str, Trees]) -> float:
    """Return how far the mean diameters and the whole surface are from their ranges, as a share of them."""
    total = excess = 0.0
    for domain, trees in domains.items():
        length, area = _extent(trees)
        total += area
        if domain != "trunk":
            excess += _beyond(f"{domain}.thickness", area / (math.pi * length))
    return excess + _beyond("diameter.surface", total)


def _extent(trees: Trees) -> tuple[float, float]:
    """Return the length (um) and the surface (um2) of a domain."""
    length = area = 0.0
    for tree in trees:
        for branch in tree:
            steps = np.linalg.norm(np.diff(branch.points, axis=0), axis=1)
            length += float(steps.sum())
            area += frusta_area(steps, branch.diameters)
    return length, area
