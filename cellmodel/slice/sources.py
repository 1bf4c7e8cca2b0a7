"""Copies of a cell as sources of current, and the potential that an electrode among them sees.

All copies are one and the same cell. Instead of turning and moving it, the electrode is put into each copy's
own frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.slice.chamber import Image, Slab

CHUNK = 512
"""Copies for which distances to all segments are held at a time."""
STEP = 5.0
"""Micrometers between the entries of the table that far images are read off; they are 200 um away."""


@dataclass(frozen=True)
class Lines:
    """The segments of a cell: where they begin and end, (n_segments, 3) um, and diameters, (n_segments,)."""

    start: np.ndarray
    stop: np.ndarray
    diameter: np.ndarray

    @property
    def middle(self) -> np.ndarray:
        """Centers, (n_segments, 3) um."""
        return (self.start + self.stop) / 2

    def potentials(self, tips: np.ndarray, conductivity: float) -> np.ndarray:
        """Return the potential at each tip for a nanoampere in each segment, (n_tips, n_segments) mV/nA.

        Line sources in an infinite homogeneous medium (S/m), Holt & Koch 1999 as in LFPykit.
        """
        from lfpykit import CellGeometry, LineSourcePotential

        x, y, z = (np.column_stack([self.start[:, k], self.stop[:, k]]) for k in range(3))
        cell = CellGeometry(x=x, y=y, z=z, d=self.diameter)
        source = LineSourcePotential(cell, x=tips[:, 0], y=tips[:, 1], z=tips[:, 2], sigma=conductivity)
        return source.get_transformation_matrix()


@dataclass(frozen=True)
class Copies:
    """Copies of a cell in a slice, seen by an electrode.

    Attributes
    ----------
    lines : Lines
    tips : array, (n_copies, 3) um
        The electrode in each copy's own frame.
    along, depths, turns : array, (n_copies,) um, um, rad
        Where their axes are along the layer, from the electrode, and above the middle of the slice; and how
        they are turned about them.
    """

    lines: Lines
    tips: np.ndarray
    along: np.ndarray
    depths: np.ndarray
    turns: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All of it, for `of`."""
        lines = self.lines
        return (lines.start, lines.stop, lines.diameter, self.tips, self.along, self.depths, self.turns)

    @classmethod
    def of(cls, arrays: Sequence[np.ndarray]) -> Copies:
        """Return the copies of these `arrays`."""
        return cls(Lines(*arrays[:3]), *arrays[3:])

    def potentials(self, slab: Slab, depth: float) -> np.ndarray:
        """Return the potential at the electrode for a nanoampere in each segment, mV/nA.

        Parameters
        ----------
        slab : Slab
        depth : float, um
            Of the electrode above the middle of the slice.

        Returns
        -------
        array, (n_copies, n_segments) mV/nA
        """
        total = self.lines.potentials(self.tips, slab.tissue)
        images = slab.images(depth)
        if not images:
            return total
        sources = self._depths_of_segments()
        places = slab.places(sources)
        total *= _weights(slab, Image(depth, 1.0), places)
        far = [image for image in images if not slab.is_near(image)]
        for image in (image for image in images if slab.is_near(image)):
            seen = self.lines.potentials(self._tips_at(image.depth), slab.tissue)
            total += _weights(slab, image, places) * seen
        for part in np.array_split(np.arange(len(total)), max(1, len(total) // CHUNK)):
            across = sources[part] - depth
            aside = _squares(self.tips[part], self.lines.middle) - across**2
            aside = np.sqrt(np.maximum(aside, 0.0))
            for place in np.unique(places[part]):
                there = places[part] == place
                total[part] += there * _from_afar(slab, far, aside, sources[part], place=int(place))
        return total

    def _tips_at(self, depth: float) -> np.ndarray:
        """Return an image of the electrode, at this depth, in each copy's own frame, (n_copies, 3) um."""
        across, sin, cos = self.depths - depth, np.sin(self.turns), np.cos(self.turns)
        return np.column_stack(
            [self.along * cos - across * sin, self.tips[:, 1], self.along * sin + across * cos]
        )

    def _depths_of_segments(self) -> np.ndarray:
        """Return how high above the middle of the slice each segment is, (n_copies, n_segments) um."""
        x, _, z = self.lines.middle.T
        return self.depths[:, None] + np.outer(np.sin(self.turns), x) - np.outer(np.cos(self.turns), z)


def _squares(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the squared distances of points, (n, 3), from others, (m, 3); (n, m)."""
    lengths = np.sum(points**2, axis=1)[:, None] + np.sum(others**2, axis=1)
    return lengths - 2.0 * points @ others.T


def _weights(slab: Slab, image: Image, places: np.ndarray) -> np.ndarray:
    """Return how much of an image sources see that are at ``places``, an array like these."""
    return np.array([slab.weight(image, place) for place in (0, 1, -1)])[places]


def _from_afar(
    slab: Slab, images: Sequence[Image], aside: np.ndarray, sources: np.ndarray, *, place: int
) -> np.ndarray:
    """Return what images of the electrode see together of point sources that are far from all of them.

    Parameters
    ----------
    slab : Slab
    images : sequence of Image
    aside, sources : array, um
        Distances from the line on which the images are, and depths. The sum of all images is smooth in both,
        and read off a table.
    place : int
        Of `Slab.places`: all sources are taken to be there.

    Returns
    -------
    array, mV/nA
    """
    from scipy.ndimage import map_coordinates

    low, high, widest = sources.min(), sources.max(), aside.max()
    rho, z = np.arange(0.0, widest + 2 * STEP, STEP), np.arange(low, high + 2 * STEP, STEP)
    table = np.zeros((rho.size, z.size))
    for image in images:
        table += slab.weight(image, place) / np.hypot(rho[:, None], image.depth - z)
    table /= 4 * np.pi * slab.tissue
    return map_coordinates(table, [aside / STEP, (sources - low) / STEP], order=1)


def lines_of(cell: Any) -> Lines:
    """Return the segments of a cell."""
    ends = [segment_ends(section) for section in cell.all]
    start, stop = (np.concatenate([pair[k] for pair in ends]) for k in (0, 1))
    return Lines(start, stop, np.array([seg.diam for section in cell.all for seg in section]))


def segment_ends(section: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return where the segments of a section begin and end, (nseg, 3) um each."""
    n = section.n3d()
    arc = np.array([section.arc3d(i) for i in range(n)])
    points = np.array([[section.x3d(i), section.y3d(i), section.z3d(i)] for i in range(n)])
    borders = np.linspace(0, section.L, section.nseg + 1)
    ends = np.column_stack([np.interp(borders, arc, points[:, axis]) for axis in range(3)])
    return ends[:-1], ends[1:]
