"""Give grown branches their diameters, in a second pass from the stems outward."""

from __future__ import annotations

import math

import numpy as np

from cellmodel.morphology.geometry import numbers, several
from cellmodel.morphology.growth.branching import Branch, draw

RALL = 1.5
"""The power of diameter that matched branches conserve (Rall 1959)."""


def thicken_trunk(chain: list[Branch], rng: np.random.Generator) -> None:
    """Taper the trunk exponentially along its path, in place."""
    start, end, taper = (draw(f"trunk.{key}", rng) for key in ("d_start", "d_end", "taper"))
    path = 0.0
    for branch in chain:
        steps = np.linalg.norm(np.diff(branch.points, axis=0), axis=1)
        along = path + np.concatenate([[0.0], np.cumsum(steps)])
        branch.diameters = end + (start - end) * np.exp(-along / taper)
        path = along[-1]


def stem_diameter(tree: list[Branch], domain: str, rng: np.random.Generator) -> float:
    """Draw the diameter (um) of a tree's stem; the longer the tree, the thicker."""
    data = numbers()
    stem, usual = data[f"{domain}.stem"], data[f"{domain}.tree"]
    correlation = data.value("diameter.stem_correlation")
    excess = (sum(branch.length for branch in tree) - usual.value) / (usual.sd or 1.0)
    noise = rng.normal(0.0, math.sqrt(1.0 - correlation**2))
    value = stem.value + (stem.sd or 0.0) * (correlation * excess + noise)
    return float(np.clip(value, stem.low, stem.high))


def tuft_stems(end: float, rng: np.random.Generator) -> list[float]:
    """Return two stem diameters (um) whose sum of d^(3/2) is that of the trunk's ``end``."""
    stem = numbers()["tuft.stem"]
    asymmetry = draw("diameter.asymmetry", rng)
    pair = np.array([1.0 + asymmetry, 1.0 - asymmetry])
    pair *= end / np.sum(pair**RALL) ** (1.0 / RALL)
    return np.clip(pair, stem.low, stem.high).tolist()


def thicken_obliques(trees: list[list[Branch]], trunk: list[Branch], rng: np.random.Generator) -> None:
    """Draw the obliques' diameters, in place; a stem is not thicker than the trunk it leaves."""
    for tree, before in zip(trees, trunk, strict=False):
        thicken_tree(tree, min(stem_diameter(tree, "oblique", rng), before.diameters[-1]), rng)


def thicken_tuft(trees: list[list[Branch]], end: float, rng: np.random.Generator) -> None:
    """Draw the tuft's diameters, in place, from that of the trunk's ``end``."""
    for tree, stem in zip(trees, tuft_stems(end, rng), strict=True):
        thicken_tree(tree, stem, rng)


def thicken_basal(trees: list[list[Branch]], rng: np.random.Generator) -> None:
    """Draw the basal trees' diameters, in place."""
    for tree in trees:
        thicken_tree(tree, stem_diameter(tree, "basal", rng), rng)


def thicken_tree(tree: list[Branch], stem: float, rng: np.random.Generator) -> None:
    """Set the diameters of a tree in place: linear daughter rule, taper in terminals only."""
    data = numbers()
    children: dict[int, list[int]] = {}
    for place, branch in enumerate(tree):
        children.setdefault(branch.parent, []).append(place)
    beyond = [0.0] * len(tree)
    for place in range(len(tree) - 1, -1, -1):
        below = sum(beyond[child] for child in children.get(place, []))
        beyond[place] = tree[place].length + below
    start = {0: stem}
    for place, branch in enumerate(tree):
        diameter = start[place]
        end = diameter if place in children else diameter * data.value("diameter.terminal")
        branch.diameters = np.linspace(diameter, end, len(branch.points))
        daughters = sorted(children.get(place, []), key=beyond.__getitem__, reverse=True)
        if daughters:
            start.update(zip(daughters, _daughters(diameter, rng), strict=True))


def _daughters(parent: float, rng: np.random.Generator) -> tuple[float, float]:
    data = numbers()
    slope, offset = several("diameter.daughter")
    mean = slope * parent + offset + rng.normal(0.0, data.value("diameter.scatter"))
    asymmetry = draw("diameter.asymmetry", rng)
    least = data.value("diameter.least")
    pair = np.clip((mean * (1.0 + asymmetry), mean * (1.0 - asymmetry)), least, max(parent, least))
    return float(pair[0]), float(pair[1])
