"""A cell's points while its file is being mended, and the faults that one point can have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.morphology.axon import axon_diameters
from cellmodel.morphology.geometry import numbers, several
from cellmodel.morphology.tree import APICAL_KIND, AXON, BASAL, SOMA

DENDRITES = (BASAL, APICAL_KIND)
SCHEMATIC = 5
"""Dendrites of fewer different diameters were not traced."""
AXON_STEP = 10.0
"""um between the points of an axon that is added."""


@dataclass
class Rows:
    """Points, soma first, parents before children.

    Parameters
    ----------
    kinds : (n,) array of int
    points : (n, 3) array, um
    diameters : (n,) array, um
    parents : (n,) array of int
        Row of the parent, -1 for the first point.
    ids : (n,) array of int
        The file's own numbers.
    """

    kinds: np.ndarray
    points: np.ndarray
    diameters: np.ndarray
    parents: np.ndarray
    ids: np.ndarray

    def take(self, rows: np.ndarray) -> Rows:
        """Return the given rows in that order; the parent of one left out is replaced by its own."""
        place = {int(row): new for new, row in enumerate(rows)}
        parents = []
        for row in rows:
            parent = int(self.parents[row])
            while parent >= 0 and parent not in place:
                parent = int(self.parents[parent])
            parents.append(place.get(parent, -1))
        return Rows(
            self.kinds[rows], self.points[rows], self.diameters[rows], np.array(parents), self.ids[rows]
        )

    @property
    def before(self) -> np.ndarray:
        """Row of the parent, its own row for the root, (n,) int."""
        return np.where(self.parents < 0, np.arange(len(self.parents)), self.parents)

    @property
    def steps(self) -> np.ndarray:
        """Distance of every row from its parent, (n,) um; 0 for the root."""
        return np.linalg.norm(self.points - self.points[self.before], axis=1)

    @property
    def is_dendrite(self) -> np.ndarray:
        """Whether a row is a point of a dendrite, (n,) bool."""
        return np.isin(self.kinds, DENDRITES)

    @property
    def is_branching(self) -> np.ndarray:
        """Whether more than one row leaves a row, (n,) bool."""
        return np.bincount(self.parents[self.parents >= 0], minlength=len(self.parents)) > 1

    @property
    def dendrite_length(self) -> float:
        """Length of all dendrites, from their first points, um."""
        return float(self.steps[self.is_dendrite & (self.kinds[self.before] != SOMA)].sum())

    @property
    def dendrite_surface(self) -> float:
        """Surface of all dendrites, from their first points, um2; after a fork the far diameter counts."""
        near = np.where(self.is_branching[self.before], self.diameters, self.diameters[self.before])
        rings = np.pi * (near + self.diameters) / 2 * np.hypot(self.steps, (near - self.diameters) / 2)
        return float(rings[self.is_dendrite & (self.kinds[self.before] != SOMA)].sum())


def without_duplicates(rows: Rows, repairs: list[str]) -> Rows:
    """Return the rows without those that stand where their parent does."""
    least = numbers().value("file.duplicate")
    is_twice = (rows.steps < least) & (rows.kinds != SOMA)
    is_twice &= rows.kinds == rows.kinds[rows.parents]  # a branch's own first point on the soma is kept
    if not is_twice.any():
        return rows
    repairs.append(_counted(is_twice, "that stood twice", "taken once"))
    return rows.take(np.flatnonzero(~is_twice))


def _counted(which: np.ndarray, what: str, done: str) -> str:
    count = int(which.sum())
    return f"{count} point {what} was {done}" if count == 1 else f"{count} points {what} were {done}"


def thickened(rows: Rows, repairs: list[str]) -> np.ndarray:
    """Return the diameters (n,) um with none below the thinnest that is allowed."""
    thinnest = numbers().value("file.thinnest")
    is_thin = rows.diameters < thinnest
    if is_thin.any():
        repairs.append(_counted(is_thin, f"thinner than {thinnest:g} um", "given that diameter"))
    return np.maximum(rows.diameters, thinnest)


def unrounded(rows: Rows, repairs: list[str]) -> np.ndarray:
    """Return the diameters (n,) um, of dendrites that were rounded up to one least diameter the usual ones.

    Where most points of the dendrites have one diameter, hardly any a lesser one, and it is far above that
    of real tips, it is not a measurement but a limit of the tracing. Those points are given the mean diameter
    that internal and terminal branches have in clean reconstructions.
    """
    data = numbers()
    is_dendrite = rows.is_dendrite
    given, counts = np.unique(rows.diameters[is_dendrite].round(3), return_counts=True)
    least = float(given[counts.argmax()])
    share = counts.max() / counts.sum()
    is_rare = counts[given < least].sum() < data.value("file.rounded_rest") * counts.sum()
    is_limit = least >= data.value("file.rounded") and share >= data.value("file.rounded_share") and is_rare
    if not is_limit or len(given) < SCHEMATIC:
        return rows.diameters
    is_least = is_dendrite & (rows.diameters <= least + data.value("file.duplicate"))
    usual = np.where(_is_terminal(rows), data.value("file.terminal"), data.value("file.internal"))
    before = rows.dendrite_surface
    mended = Rows(rows.kinds, rows.points, np.where(is_least, usual, rows.diameters), rows.parents, rows.ids)
    repairs.append(
        f"{share:.0%} of the dendrites' points have the least diameter, {least:g} um: rounded up, as tips "
        f"are {data.value('file.tip'):g} um thick; these were given the usual diameter of internal "
        f"({data.value('file.internal'):g} um) and terminal branches ({data.value('file.terminal'):g} um), "
        f"and the dendrites' surface fell from {before:.0f} to {mended.dendrite_surface:.0f} um2"
    )
    return mended.diameters


def _is_terminal(rows: Rows) -> np.ndarray:
    """Return whether no branching lies beyond a row, (n,) bool."""
    beyond = rows.is_branching.copy()
    for row in range(len(beyond) - 1, 0, -1):
        if beyond[row]:
            beyond[rows.parents[row]] = True
    return ~beyond


def with_axon(rows: Rows, repairs: list[str]) -> Rows:
    """Return the rows, upright, with an axon that has an initial segment, where none or a stump is traced."""
    ends = several("axon.ends")
    is_axon = rows.kinds == AXON
    if not is_axon.any():
        soma = np.flatnonzero(rows.kinds == SOMA)
        lowest = int(soma[np.argmin(rows.points[soma, 1])])
        repairs.append(
            f"no axon: a straight one of {ends[-1]:g} um, with hillock and initial segment, was added below "
            "the soma"
        )
        return _grown(rows, lowest, rows.points[lowest], np.array([0.0, -1.0, 0.0]), 0.0)
    path = np.zeros(len(rows.parents))
    for row in np.flatnonzero(is_axon & is_axon[rows.before]):
        path[row] = path[rows.parents[row]] + rows.steps[row]
    tip = int(np.argmax(np.where(is_axon, path, -1.0)))
    if path[tip] >= ends[1]:
        return rows
    repairs.append(
        f"the axon ends after {path[tip]:.0f} um, within its initial segment, and was continued straight to "
        f"{ends[-1]:g} um"
    )
    way = rows.points[tip] - rows.points[rows.parents[tip]]
    return _grown(rows, tip, rows.points[tip], way / max(float(np.linalg.norm(way)), 1e-9), float(path[tip]))


def _grown(rows: Rows, parent: int, start: np.ndarray, way: np.ndarray, path: float) -> Rows:
    """Return the rows with an axon that goes on from ``start``, ``path`` um from the axon's first point."""
    is_new = rows.kinds[parent] == SOMA
    at = np.unique(np.append(np.arange(path, several("axon.ends")[-1], AXON_STEP), several("axon.ends")[-1]))
    at = at if is_new else at[1:]
    n = len(rows.parents)
    return Rows(
        np.append(rows.kinds, np.full(len(at), AXON)),
        np.vstack([rows.points, start + (at - path)[:, None] * way]),
        np.append(rows.diameters, axon_diameters(at)),
        np.append(rows.parents, np.append(parent, np.arange(n, n + len(at) - 1))),
        np.append(rows.ids, np.zeros(len(at), dtype=int)),
    )
