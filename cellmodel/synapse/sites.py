"""Where Schaffer collaterals end: sites spread over the dendritic length in a band of stratum radiatum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.parameters import load

TARGETS = ("oblique", "trunk")
GOLDEN = (5.0**0.5 - 1.0) / 2.0
"""Steps of this part of a length spread any number of points evenly over it."""


@dataclass(frozen=True)
class Site:
    """A place on a dendrite: NEURON ``section``, ``x`` (0-1) and path ``distance`` (um) from the soma."""

    section: Any
    x: float
    distance: float


def radiatum_sites(cell: Any, n: int, rng: np.random.Generator) -> list[Site]:
    """Spread ``n`` sites over obliques and trunk, evenly in dendritic length within the stimulated band.

    The first of them are as even as all. One cell stands for its population: sites drawn at random
    would lie in clusters on some branch, whose local spike would then be that of every cell.

    Parameters
    ----------
    cell : CA1Pyramidal
    n : int
    rng : numpy Generator
        Of the place where the spread begins.

    Raises
    ------
    ParameterError
        If the cell has no dendrite in the band.
    """
    band = load("synapse.toml").values_of("pathway")
    places = [
        place
        for domain in TARGETS
        for section in getattr(cell, domain)
        for place in _segments_within(section, band["lowest"], band["highest"])
    ]
    if not places:
        raise ParameterError(
            f"no oblique or trunk between {band['lowest']:g} and {band['highest']:g} um above the soma. "
            "Use a morphology with an apical tree in stratum radiatum."
        )
    ends = np.cumsum([place.sec.L / place.sec.nseg for place in places])
    shares = (rng.uniform() + GOLDEN * np.arange(n)) % 1.0
    chosen = np.searchsorted(ends, shares * ends[-1])
    return [Site(places[k].sec, float(places[k].x), cell.path_distance(places[k])) for k in chosen]


def _segments_within(section: Any, lowest: float, highest: float) -> list[Any]:
    heights = _heights(section)
    return [seg for seg, y in zip(section, heights, strict=True) if lowest <= y <= highest]


def _heights(section: Any) -> np.ndarray:
    """Return the height (um) of the segment centers of a section from its 3-D points."""
    n = section.n3d()
    arc = np.array([section.arc3d(i) for i in range(n)])
    y = np.array([section.y3d(i) for i in range(n)])
    centers = (np.arange(section.nseg) + 0.5) / section.nseg * section.L
    return np.interp(centers, arc, y)


def receptor_gain(distance: float) -> float:
    """Return how many AMPA receptors a synapse at path ``distance`` (um) has, relative to a proximal one.

    Source: andrasfalvy_magee_2001 (abstract): the number doubles from 100 to 250 um at constant kinetics.
    """
    ampa = load("synapse.toml").values_of("ampa")
    ends = (ampa["gradient_start"], ampa["gradient_end"])
    return float(np.interp(distance, ends, (1.0, ampa["gradient_gain"])))
