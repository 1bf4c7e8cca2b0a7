"""The table of connected points between a file (or the generator) and a `Morphology`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cellmodel.morphology.axon import cut_axon
from cellmodel.morphology.geometry import Morphology, Section

SOMA, AXON, BASAL, APICAL_KIND = 1, 2, 3, 4


@dataclass(frozen=True, eq=False)
class Tree:
    """Connected points, soma first, a parent before its children.

    Parameters
    ----------
    points : (n, 3) array, um
    diameters : (n,) array, um
    parents : (n,) array of int
        Row of the parent, -1 for the first point.
    kinds : (n,) array of int
        SWC's: soma 1, axon 2, basal 3, apical 4.
    labels : mapping of int to str
        Domain of the section that ends at a row, where it is known.
    """

    points: np.ndarray
    diameters: np.ndarray
    parents: np.ndarray
    kinds: np.ndarray
    labels: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.diameters)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Rows of the children of every row."""
        lists: list[list[int]] = [[] for _ in range(len(self))]
        for row, parent in enumerate(self.parents):
            if parent >= 0:
                lists[parent].append(row)
        return tuple(map(tuple, lists))

    @cached_property
    def runs(self) -> tuple[tuple[int, ...], ...]:
        """Rows of every unbranched piece outside the soma, near end first, parents before children."""
        runs: list[tuple[int, ...]] = []
        for row in range(len(self)):
            if self.kinds[row] != SOMA and self._starts(row):
                run = [row]
                while (following := self._continuation(run[-1])) is not None:
                    run.append(following)
                runs.append(tuple(run))
        return tuple(runs)

    def _starts(self, row: int) -> bool:
        return self._continuation(self.parents[row]) != row

    def _continuation(self, row: int) -> int | None:
        """Return the only child of a row if it carries on the same piece."""
        if row < 0 or self.kinds[row] == SOMA or len(self.children[row]) != 1 or row in self.labels:
            return None
        child = self.children[row][0]
        return child if (self.kinds[child] == AXON) == (self.kinds[row] == AXON) else None


def to_morphology(
    tree: Tree, domains: Mapping[int, str], *, name: str, repairs: tuple[str, ...] = ()
) -> Morphology:
    """Cut a tree into sections.

    A section starts at its parent's last point, with its own diameter there (a thin oblique leaves a
    thick trunk without a funnel); one that leaves the soma starts at its own first point.

    Parameters
    ----------
    tree : Tree
    domains : mapping of int to str
        Domain of every run, by the run's first row.
    name : str
    repairs : tuple of str
    """
    soma = np.flatnonzero(tree.kinds == SOMA)
    sections = [Section(0, -1, "soma", tree.points[soma], tree.diameters[soma])]
    ends = dict.fromkeys(soma.tolist(), 0)
    for run in tree.runs:
        parent, domain = ends[int(tree.parents[run[0]])], domains[run[0]]
        points, diameters = _outline(tree, run)
        pieces = cut_axon(points, diameters) if domain == "axon" and parent == 0 else [(points, diameters)]
        for piece in pieces:
            sections.append(Section(len(sections), parent, domain, *piece))
            parent = len(sections) - 1
        ends[run[-1]] = parent
    return Morphology(name, tuple(sections), repairs)


def _outline(tree: Tree, run: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rows = list(run)
    points, diameters = tree.points[rows], tree.diameters[rows]
    before = tree.parents[run[0]]
    if tree.kinds[before] != SOMA or len(rows) == 1:
        points = np.vstack([tree.points[before], points])
        is_axon = tree.kinds[before] == tree.kinds[run[0]] == AXON  # which tapers through its pieces
        diameters = np.concatenate([tree.diameters[[before]] if is_axon else diameters[:1], diameters])
    return points, diameters
