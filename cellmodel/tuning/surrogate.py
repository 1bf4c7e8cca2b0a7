"""A cell with few segments that answers like the whole one, for fits that need thousands of sweeps.

Branches of one kind at one distance are merged into one cable. Identical branches side by side and a cable of
the sum of their diameters have the same membrane, and the same currents where its axial resistivity is raised
by (sum d)^2 / sum d^2; where the branches differ the cable is their average. A few obliques stay as they
are, so that single branches can be tested.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from cellmodel.cell import CA1Pyramidal
from cellmodel.cell.biophysics import Biophysics
from cellmodel.morphology import Morphology, Section

BIN = {"basal": 30.0, "trunk": 22.0, "oblique": 30.0, "tuft": 40.0}  # um of path that one piece stands for
GROUPS = 4  # of obliques, by where they leave the trunk
GRAIN = 4.0  # um, of the path while diameters are averaged
SHORTEST = 5.0  # um, of a last piece


@dataclass(frozen=True, slots=True)
class Grain:
    """A short stretch of a branch: its ``path`` from the soma, ``length`` and ``diameter`` (um)."""

    path: float
    length: float
    diameter: float


@dataclass
class Surrogate:
    """The merged shape.

    Attributes
    ----------
    sections : list of Section
    ratios : dict of (str, int) to float
        Axial resistivity over that of the real branches, by domain and place within it.
    """

    sections: list[Section]
    ratios: dict[tuple[str, int], float] = field(default_factory=dict)

    def add(self, parent: int, domain: str, points: np.ndarray, diameters: np.ndarray, ratio: float) -> int:
        """Append a section and return its id."""
        place = sum(section.domain == domain for section in self.sections)
        self.sections.append(Section(len(self.sections), parent, domain, points, diameters))
        self.ratios[domain, place] = ratio
        return len(self.sections) - 1

    def add_chain(self, parent: int, domain: str, grains: Iterable[Grain], start: float) -> list[int]:
        """Append the cable that stands for ``grains``, whose paths count from ``start``; return its ids."""
        width, ids = BIN[domain], []
        bins: dict[int, list[Grain]] = defaultdict(list)
        for grain in grains:
            bins[max(0, int((grain.path - start) // width))].append(grain)
        for place in sorted(bins):
            is_last = place == max(bins)
            reach = max(g.path + g.length / 2 for g in bins[place]) - start - place * width
            length = max(SHORTEST, min(reach, width)) if is_last else width
            summed = sum(g.diameter * g.length for g in bins[place]) / length
            squared = sum(g.diameter**2 * g.length for g in bins[place]) / length
            heights = start + place * width + np.array([0.0, length])
            points = np.column_stack([np.zeros(2), heights, np.zeros(2)])
            parent = self.add(parent, domain, points, np.full(2, summed), summed**2 / squared)
            ids.append(parent)
        return ids

    def morphology(self) -> Morphology:
        """Return the shape for the cell."""
        return Morphology("surrogate", tuple(self.sections))


def merge(morphology: Morphology, kept: Sequence[int] = ()) -> Surrogate:
    """Merge the branches of a cell.

    Parameters
    ----------
    morphology : Morphology
    kept : sequence of int
        Ids of oblique sections whose trees are not merged.

    Returns
    -------
    Surrogate
        Without an axon: the cell adds its own.
    """
    starts = _starts(morphology)
    soma = morphology.sections[0]
    merged = Surrogate([soma])
    merged.add_chain(soma.id, "basal", _grains(morphology.of("basal"), starts), 0.0)
    trunk = merged.add_chain(soma.id, "trunk", _grains(morphology.of("trunk"), starts), 0.0)
    whole, single = _trees(morphology, kept)
    order = sorted(whole, key=lambda tree: starts[tree[0].id])
    for group in np.array_split(np.arange(len(order)), min(GROUPS, len(order)) or 1):
        trees = [order[k] for k in group]
        if trees:
            origin = float(np.mean([starts[tree[0].id] for tree in trees]))
            shifted = [_shift(g, origin - starts[t[0].id]) for t in trees for g in _grains(t, starts)]
            merged.add_chain(_nearest(trunk, origin), "oblique", shifted, origin)
    for tree in single:
        ids = {tree[0].parent: _nearest(trunk, starts[tree[0].id])}
        for part in tree:
            ids[part.id] = merged.add(ids[part.parent], "oblique", part.points, part.diameters, 1.0)
    end = max(starts[part.id] + part.length for part in morphology.of("trunk"))
    merged.add_chain(trunk[-1], "tuft", _grains(morphology.of("tuft"), starts), end)
    return merged


def surrogate_cell(
    merged: Surrogate, biophysics: Biophysics, *, celsius: float | None = None
) -> CA1Pyramidal:
    """Return a cell of the merged shape with the axial resistivities that belong to it."""
    cell = CA1Pyramidal(merged.morphology(), biophysics=biophysics, celsius=celsius)
    for (domain, place), ratio in merged.ratios.items():
        getattr(cell, domain)[place].Ra *= ratio
    return cell


def _starts(morphology: Morphology) -> dict[int, float]:
    """Return the path (um) from the soma to the near end of every section."""
    starts: dict[int, float] = {}
    for part in morphology.sections:
        parent = morphology.sections[part.parent] if part.parent >= 0 else None
        is_first = parent is None or parent.domain == "soma"
        starts[part.id] = 0.0 if is_first or parent is None else starts[parent.id] + parent.length
    return starts


def _grains(parts: Iterable[Section], starts: dict[int, float]) -> Iterator[Grain]:
    for part in parts:
        path = starts[part.id]
        for length, near, far in zip(part.steps, part.diameters[:-1], part.diameters[1:], strict=True):
            n = max(1, int(np.ceil(length / GRAIN)))
            for share in (np.arange(n) + 0.5) / n:
                yield Grain(path + share * length, length / n, near + share * (far - near))
            path += length


def _shift(grain: Grain, by: float) -> Grain:
    return Grain(grain.path + by, grain.length, grain.diameter)


def _nearest(trunk: Sequence[int], path: float) -> int:
    """Return the piece of the merged trunk that ends nearest to ``path`` (um)."""
    return trunk[min(max(round(path / BIN["trunk"]) - 1, 0), len(trunk) - 1)]


def _trees(morphology: Morphology, kept: Sequence[int]) -> tuple[list[list[Section]], list[list[Section]]]:
    """Return the oblique trees to merge and those to keep, each with its stem first."""
    stems: dict[int, int] = {}
    trees: dict[int, list[Section]] = defaultdict(list)
    for part in morphology.of("oblique"):
        stems[part.id] = stems.get(part.parent, part.id)
        trees[stems[part.id]].append(part)
    single = {stems[part] for part in kept}
    return (
        [tree for stem, tree in trees.items() if stem not in single],
        [tree for stem, tree in trees.items() if stem in single],
    )
