"""The laminar profile: a row of electrodes through the layers of CA1, and the sources between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cellmodel.parameters import load
from cellmodel.slice.field import FieldElectrode, transmission_delay
from cellmodel.slice.slice import Slice

MICROAMPERE_PER_MM3 = 1e6
"""One (S/m) (mV/um2)."""


@dataclass(frozen=True)
class LaminarProfile:
    """Field potential and current source density of one response, height by time.

    Attributes
    ----------
    t : array, (n_t,) ms
        After the stimulus.
    heights : array, (n_heights,) um
        Of the electrodes above the somata, ascending, evenly spaced.
    field : array, (n_heights, n_t) mV
        Synaptic part, without the assumed fiber volley.
    csd : array, (n_heights - 2, n_t) uA/mm3
        At all but the first and the last height; sources positive, sinks negative.
    layers : mapping of str to (low, high), um
        Where each layer begins and ends.
    """

    t: np.ndarray
    heights: np.ndarray
    field: np.ndarray
    csd: np.ndarray
    layers: Mapping[str, tuple[float, float]]


def laminar_profile(rig: Slice, pathway: str = "test") -> LaminarProfile:
    """Stimulate a pathway once and look at it with a row of electrodes in the middle of the slice.

    The potentials are projected onto all electrodes while the cell is integrated; no membrane current is
    kept. The slice's own electrode and slow states are as before.

    Parameters
    ----------
    rig : Slice
    pathway : str

    Returns
    -------
    LaminarProfile
        From the lowest basal to the highest apical dendrite.

    Raises
    ------
    ParameterError
        If the pathway is unknown.
    """
    numbers = load("slice.toml").values_of("laminar")
    bottom, top = _extent(rig)
    spacing = numbers["spacing"]
    heights = spacing * np.arange(np.floor(bottom / spacing), np.ceil(top / spacing) + 1)
    electrodes = [
        FieldElectrode(
            rig.cell,
            height=height,
            seed=rig.options.seed,
            n_positions=int(numbers["n_positions"]),
            chamber=rig.options.chamber,
        )
        for height in heights
    ]
    t, field = seen_by(electrodes, rig, pathway)
    shown = t <= numbers["duration"]
    conductivity = load("slice.toml").value("field.conductivity")
    return LaminarProfile(
        t=t[shown],
        heights=heights,
        field=field[:, shown],
        csd=current_source_density(field[:, shown], spacing, conductivity),
        layers=_layers(heights[0], heights[-1]),
    )


def seen_by(electrodes: Sequence[FieldElectrode], rig: Slice, pathway: str) -> tuple[np.ndarray, np.ndarray]:
    """Stimulate a pathway once, put the slow states back, and return what many electrodes see.

    Returns
    -------
    tuple of array (n_t,) ms after the stimulus and array (n_electrodes, n_t) mV
    """
    start = dict(rig.states)
    response, t, sums = rig.watch(pathway, np.vstack([electrode.weights for electrode in electrodes]))
    rig.states = start
    at, parts = response.t - transmission_delay(), np.split(sums, len(electrodes), axis=1)
    seen = zip(electrodes, parts, strict=True)
    return response.t, np.array([one.delayed(t, part, at) for one, part in seen])


def current_source_density(field: np.ndarray, spacing: float, conductivity: float) -> np.ndarray:
    """Return -sigma d2phi/dh2 of potentials at even heights, (n_heights - 2, n_t) uA/mm3.

    One-dimensional, as on the rig: it takes the layers to be wide, and so misses what leaves at the sides.

    Parameters
    ----------
    field : array, (n_heights, n_t) mV
    spacing : float, um
    conductivity : float, S/m
    """
    return -conductivity * MICROAMPERE_PER_MM3 * np.diff(field, n=2, axis=0) / spacing**2


def _extent(rig: Slice) -> tuple[float, float]:
    """Return the heights of the lowest and the highest point of the dendrites, um."""
    trees = (*rig.cell.basal, *rig.cell.trunk, *rig.cell.oblique, *rig.cell.tuft)
    heights = [section.y3d(i) for section in trees for i in range(section.n3d())]
    return min(heights), max(heights)


def _layers(bottom: float, top: float) -> dict[str, tuple[float, float]]:
    borders = load("slice.toml").values_of("layers")
    low, high, end = (borders[key] for key in ("pyramidale_low", "pyramidale_high", "radiatum_high"))
    return {
        "stratum oriens": (float(bottom), low),
        "stratum pyramidale": (low, high),
        "stratum radiatum": (high, end),
        "stratum lacunosum-moleculare": (end, float(top)),
    }
