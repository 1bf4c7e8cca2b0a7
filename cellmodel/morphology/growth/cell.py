"""Put grown domains together into a cell."""

from __future__ import annotations

import math

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.morphology.axon import axon_diameters, path_along
from cellmodel.morphology.geometry import SWC_KINDS, Morphology, numbers, several
from cellmodel.morphology.growth.branching import UP, Branch, draw, tilted
from cellmodel.morphology.growth.domains import (
    cut,
    grow_basal,
    grow_obliques,
    grow_tuft,
    oblique_origins,
    straight,
)
from cellmodel.morphology.growth.envelope import thicken_again
from cellmodel.morphology.growth.thickness import thicken_basal, thicken_obliques, thicken_trunk, thicken_tuft
from cellmodel.morphology.tree import SOMA, Tree, to_morphology


def grow(seed: int) -> Morphology:
    """Grow a CA1 pyramidal cell.

    Domains are grown independently, by hazards of bifurcation and termination that depend on path
    (obliques, basal trees) or depth (tuft), and redrawn until their length is near a drawn target and
    their extent is usual; diameters are drawn last, again until the surface is usual.

    Parameters
    ----------
    seed : int
        0 or more; the same seed gives the same cell.

    Returns
    -------
    Morphology
        Named ``grown_<seed>``.

    Raises
    ------
    ParameterError
        If the seed is not a whole number >= 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed {seed!r} is not a whole number >= 0. Give for example grow(1).")
    assembly = _Assembly()
    rng = np.random.default_rng(int(seed))
    _grow_dendrites(assembly, rng)
    _grow_axon(assembly, rng)
    tree = assembly.tree()
    domains = {run[0]: tree.labels[run[-1]] for run in tree.runs}
    return to_morphology(tree, domains, name=f"grown_{seed}")


class _Assembly:
    """Rows of the cell's tree, starting with the soma."""

    def __init__(self) -> None:
        heights, diameters = several("soma.heights"), several("soma.diameters")
        self.points = [np.array([0.0, y, 0.0]) for y in heights]
        self.diameters: list[float] = list(diameters)
        self.parents = list(range(-1, len(self.points) - 1))
        self.kinds = [SOMA] * len(self.points)
        self.labels: dict[int, str] = {}
        self.extent = np.array([max(self.diameters) / 2, -heights[0], max(self.diameters) / 2])

    def add(self, branches: list[Branch], root: int | None = None) -> list[int]:
        """Append a tree that leaves row ``root`` (None: the soma); return the branches' last rows."""
        ends: list[int] = []
        for branch in branches:
            on_soma = branch.parent < 0 and root is None
            parent = self._nearest(branch.points[0]) if on_soma else self._before(branch, ends, root)
            own = slice(0 if on_soma else 1, None)
            for point, diameter in zip(branch.points[own], branch.diameters[own], strict=True):
                self.points.append(point)
                self.diameters.append(float(diameter))
                self.parents.append(parent)
                self.kinds.append(SWC_KINDS[branch.domain])
                parent = len(self.points) - 1
            ends.append(parent)
            self.labels[parent] = branch.domain
        return ends

    def _before(self, branch: Branch, ends: list[int], root: int | None) -> int:
        return ends[branch.parent] if branch.parent >= 0 or root is None else root

    def _nearest(self, point: np.ndarray) -> int:
        soma = np.array(self.points[: self.kinds.count(SOMA)])
        return int(np.argmin(np.linalg.norm(soma - point, axis=1)))

    def tree(self) -> Tree:
        """Return the rows, rounded as a file keeps them."""
        return Tree(
            np.round(np.array(self.points), 3),
            2.0 * np.round(np.array(self.diameters) / 2.0, 4),
            np.array(self.parents),
            np.array(self.kinds),
            self.labels,
        )


def _grow_dendrites(assembly: _Assembly, rng: np.random.Generator) -> None:
    top = draw("trunk.apical_height", rng)
    end = top * draw("trunk.share", rng)
    line = straight(
        assembly.points[-1], UP, domain="trunk", reached=lambda points: points[-1][1] >= end, rng=rng
    )
    chain = cut(line, oblique_origins(path_along(line)[-1], rng), "trunk")
    thicken_trunk(chain, rng)
    obliques = grow_obliques(np.array([branch.points[-1] for branch in chain[:-1]]), top, rng)
    thicken_obliques(obliques, chain, rng)
    tuft = grow_tuft(line[-1], top, rng)
    thicken_tuft(tuft, chain[-1].diameters[-1], rng)
    basal = grow_basal(assembly.extent, rng)
    thicken_basal(basal, rng)

    def thicken() -> None:
        thicken_obliques(obliques, chain, rng)
        thicken_tuft(tuft, chain[-1].diameters[-1], rng)
        thicken_basal(basal, rng)

    thicken_again({"trunk": [chain], "oblique": obliques, "tuft": tuft, "basal": basal}, thicken)
    ends = assembly.add(chain)
    for tree, root in zip(obliques, ends, strict=False):
        assembly.add(tree, root)
    for tree in tuft:
        assembly.add(tree, ends[-1])
    for tree in basal:
        assembly.add(tree)


def _grow_axon(assembly: _Assembly, rng: np.random.Generator) -> None:
    longest = several("axon.ends")[-1]
    way = tilted(UP, math.radians(numbers().value("axon.angle")), rng.uniform(0.0, 2.0 * math.pi))
    line = straight(
        way * assembly.extent,
        way,
        domain="axon",
        reached=lambda p: path_along(np.array(p))[-1] >= longest,
        rng=rng,
    )
    (axon,) = cut(line, np.empty(0), "axon")
    axon.diameters = axon_diameters(path_along(line))
    assembly.add([axon])
