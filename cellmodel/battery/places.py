"""Places on the apical dendrite, by path from where the trunk leaves the soma."""

from __future__ import annotations

from typing import Any

import numpy as np


def trunk_origin(cell: Any) -> float:
    """Return the path (um) from the soma's center to the beginning of the trunk.

    The published test measures from the end of the soma section; our dendrites leave its center, so
    that their own beginning is the same place.
    """
    return min((cell.path_distance(section(0)) for section in cell.trunk), default=0.0)


def trunk_segments(cell: Any) -> list[tuple[float, Any]]:
    """Return path (um) from the beginning of the trunk and segment, for every trunk segment, ascending."""
    origin = trunk_origin(cell)
    found = [(cell.path_distance(segment) - origin, segment) for section in cell.trunk for segment in section]
    return sorted(found, key=lambda pair: pair[0])


def trunk_between(cell: Any, low: float, high: float) -> list[tuple[float, Any]]:
    """Return the trunk segments with a path (um) inside the open interval ``low`` to ``high``."""
    return [(path, segment) for path, segment in trunk_segments(cell) if low < path < high]


def draw_places(
    places: list[tuple[float, Any]], n_places: int, generator: np.random.Generator
) -> list[tuple[float, Any]]:
    """Draw some of the places without repetition, in proportion to their segments' lengths; all if few."""
    if len(places) <= n_places:
        return places
    lengths = np.array([segment.sec.L / segment.sec.nseg for _, segment in places])
    chosen = generator.choice(len(places), size=n_places, replace=False, p=lengths / lengths.sum())
    return [places[k] for k in sorted(chosen)]
