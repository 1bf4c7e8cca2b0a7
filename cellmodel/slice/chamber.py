"""The recording chamber: what lies beyond the two faces of the slice, and how the electrode sees it.

At a plane face between tissue and another medium the potential of a source is that of the source and of its
mirror image, weighted with the reflection (s_tissue - s_beyond) / (s_tissue + s_beyond): +1 at an insulator,
negative at the bath, which conducts better. With two faces images have images, in an endless row. The
potential of a source's image at the electrode is that of the source at the electrode's image: the electrode
becomes a row of electrodes. A source beyond a face, in the bath, is seen through that face, by the images on
the slice's side of it, 1 + reflection times as strong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.errors import unknown_name
from cellmodel.parameters import load

TISSUE, BATH, INSULATOR = "tissue", "bath", "insulator"
CHAMBERS = {
    "infinite": (TISSUE, TISSUE),
    "interface": (INSULATOR, BATH),
    "submerged": (BATH, BATH),
    "glass": (BATH, INSULATOR),
}
"""What is above and below the slice: tissue without end; humid gas and aCSF; aCSF; aCSF and a glass plate."""
NEGLIGIBLE = 1e-4
"""To stop at: weight of an image over the square of its distance in slices, as the field is a dipole's."""


@dataclass(frozen=True)
class Image:
    """An image of the electrode: its depth (um, above the middle of the slice), and its weight."""

    depth: float
    weight: float


@dataclass(frozen=True)
class Slab:
    """A slice between two faces; all conductivities in S/m, that of an insulator is 0.

    Attributes
    ----------
    thickness : float, um
    tissue, above, below : float, S/m
    """

    thickness: float
    tissue: float
    above: float
    below: float

    @property
    def top(self) -> float:
        """Reflection at the upper face."""
        return (self.tissue - self.above) / (self.tissue + self.above)

    @property
    def bottom(self) -> float:
        """Reflection at the lower face."""
        return (self.tissue - self.below) / (self.tissue + self.below)

    def images(self, depth: float) -> tuple[Image, ...]:
        """Return the images of an electrode in the slice, without itself; none in an endless medium.

        Parameters
        ----------
        depth : float, um
            Above the middle of the slice.
        """
        return (*self._row(depth, is_top=True), *self._row(depth, is_top=False))

    def is_near(self, image: Image) -> bool:
        """Whether sources may be within half a slice of an image.

        Those inside if it is less beyond the face, those that an insulating face turns back also farther.
        """
        return abs(image.depth) < (3 / 2 if image.weight == 1.0 else 1.0) * self.thickness

    def _row(self, depth: float, *, is_top: bool) -> list[Image]:
        """Return the images that begin with one face and go on with the other in turn."""
        found: list[Image] = []
        weight, order = 1.0, 0
        while True:
            order += 1
            weight *= self.top if is_top else self.bottom
            if abs(weight) < NEGLIGIBLE * order**2:
                return found
            depth = (self.thickness if is_top else -self.thickness) - depth
            found.append(Image(depth, weight))
            is_top = not is_top

    def places(self, sources: np.ndarray) -> np.ndarray:
        """Return where sources at these depths (um) are: 1 above the slice, 0 in it, -1 below it.

        Beyond an insulating face a source is taken to be turned back into the slice, where it is seen the
        same; beyond another one it lies in what is there.
        """
        found = np.zeros(sources.shape, dtype=int)
        for place, beyond in ((1, self.above), (-1, self.below)):
            if beyond > 0:
                found[place * sources > self.thickness / 2] = place
        return found

    def weight(self, image: Image, place: int) -> float:
        """Return how much of an image (of the electrode, or itself with the weight 1) a source there sees."""
        if place == 0:
            return image.weight
        if place * image.depth > self.thickness / 2:  # beyond the same face
            return 0.0
        return image.weight * (1.0 + (self.top if place == 1 else self.bottom))


def check_chamber(name: str) -> None:
    """Refuse a name that is not one of `CHAMBERS`."""
    if name not in CHAMBERS:
        raise unknown_name("chamber", name, CHAMBERS)


def slab(name: str, *, thickness: float, tissue: float) -> Slab:
    """Return a slice (um, S/m) in the chamber of that name.

    Raises
    ------
    ParameterError
        If there is no such chamber.
    """
    check_chamber(name)
    conductivity = {TISSUE: tissue, BATH: load("slice.toml").value("chamber.bath"), INSULATOR: 0.0}
    above, below = (conductivity[what] for what in CHAMBERS[name])
    return Slab(thickness, tissue, above, below)
