"""Profiles of a cell: crossings of spheres, diameters by branch order, the trunk's taper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellmodel.morphology.axon import path_along
from cellmodel.morphology.geometry import Morphology
from cellmodel.morphology.measures import path_to_end

NEAR = 10.0
"""um of path to either side over which a diameter is averaged."""


def sholl(cell: Morphology, radii: Sequence[float], *domains: str) -> np.ndarray:
    """Return how often the domains' sections cross spheres about the soma's center, (n_radii,).

    Parameters
    ----------
    cell : Morphology
    radii : sequence of float, um
    *domains : str
    """
    crossings = np.zeros(len(radii), dtype=int)
    for section in cell.of(*domains):
        away = np.linalg.norm(section.points, axis=1)
        is_beyond = away[:, None] >= np.asarray(radii)
        crossings += np.count_nonzero(is_beyond[1:] != is_beyond[:-1], axis=0)
    return crossings


def branch_orders(cell: Morphology) -> np.ndarray:
    """Return the forks between every section and the root of its domain, (n_sections,) int."""
    orders = np.zeros(len(cell.sections), dtype=int)
    for section in cell.sections[1:]:
        before = cell.sections[section.parent]
        orders[section.id] = orders[before.id] + 1 if before.domain == section.domain else 0
    return orders


def diameters_by_order(cell: Morphology, domain: str, n: int) -> np.ndarray:
    """Return the mean diameter of a domain's branches by order, (n,) um; nan where there are none.

    The last entry holds all branches of order ``n`` - 1 and more.
    """
    orders = branch_orders(cell)
    lists: list[list[float]] = [[] for _ in range(n)]
    for section in cell.of(domain):
        lists[min(orders[section.id], n - 1)].append(section.area / (np.pi * section.length))
    return np.array([np.mean(each) if each else np.nan for each in lists])


def trunk_taper(cell: Morphology, places: Sequence[float]) -> np.ndarray:
    """Return the trunk's diameter at ``places`` um of path from the soma, (n,) um; nan beyond its end."""
    ends = path_to_end(cell)
    trunk = cell.of("trunk")
    path = np.concatenate([ends[s.id] - s.length + path_along(s.points) for s in trunk])
    diameters = np.concatenate([s.diameters for s in trunk])
    near = [np.abs(path - place) < NEAR for place in places]
    return np.array([diameters[chosen].mean() if chosen.any() else np.nan for chosen in near])
