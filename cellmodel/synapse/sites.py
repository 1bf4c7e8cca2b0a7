"""Where Schaffer collaterals end: sites drawn by dendritic length in a band of stratum radiatum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.parameters import load

TARGETS = ("oblique", "trunk")


@dataclass(frozen=True)
class Site:
    """A place on a dendrite: NEURON ``section``, position ``x`` (0-1) and path ``distance`` (um) from the soma."""

    section: Any
    x: float
    distance: float


def radiatum_sites(cell: Any, n: int, rng: np.random.Generator) -> list[Site]:
    """Draw ``n`` sites on obliques and trunk, uniform in dendritic length within the stimulated band.

    Parameters
    ----------
    cell : CA1Pyramidal
    n : int
    rng : numpy Generator

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
    lengths = np.array([place.sec.L / place.sec.nseg for place in places])
    chosen = rng.choice(len(places), size=n, p=lengths / lengths.sum())
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
