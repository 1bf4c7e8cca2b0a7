"""Find trunk, obliques and tuft in an apical tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.morphology.geometry import numbers
from cellmodel.morphology.tree import APICAL_KIND, AXON, SOMA, Tree

Run = tuple[int, ...]


@dataclass(frozen=True)
class _Apical:
    """Apical runs with their children, and how high and how long what hangs on each is."""

    children: dict[int, list[int]]
    top: dict[int, float]
    length: dict[int, float]
    end: dict[int, float]
    stems: list[int]


def find_domains(tree: Tree) -> dict[int, str]:
    """Return the domain of every run of a tree, by the run's first row.

    The trunk is the main apical path up to the first bifurcation beyond ``domain.lowest`` of the apical
    height whose two daughters both pass ``domain.reach`` of it; all beyond is tuft, the rest of the apical
    tree obliques. Where there is no such bifurcation, the one beyond ``domain.lowest`` whose lesser daughter
    goes highest is taken; without any, the trunk goes to the top and there is no tuft.

    Parameters
    ----------
    tree : Tree
        Soma at the origin, apical axis +y.

    Returns
    -------
    dict of int to str
    """
    names = {AXON: "axon", APICAL_KIND: "oblique"}
    domains = {run[0]: names.get(_kind(tree, run), "basal") for run in tree.runs}
    apical = _apical(tree, [run for run in tree.runs if domains[run[0]] == "oblique"])
    trunk, has_tuft = _trunk(apical)
    domains.update(dict.fromkeys(trunk, "trunk"))
    waiting = list(apical.children[trunk[-1]]) if has_tuft else []
    while waiting:
        first = waiting.pop()
        domains[first] = "tuft"
        waiting += apical.children[first]
    return domains


def _kind(tree: Tree, run: Run) -> int:
    kinds, counts = np.unique(tree.kinds[list(run)], return_counts=True)
    return int(kinds[counts.argmax()])


def _apical(tree: Tree, runs: list[Run]) -> _Apical:
    run_of = {row: run[0] for run in runs for row in run}
    children: dict[int, list[int]] = {run[0]: [] for run in runs}
    stems: list[int] = []
    for run in runs:
        before = run_of.get(int(tree.parents[run[0]]))
        (stems if before is None else children[before]).append(run[0])
    top: dict[int, float] = {}
    length: dict[int, float] = {}
    for run in reversed(runs):
        line = tree.points[list(run)]
        below = children[run[0]]
        top[run[0]] = max([float(line[:, 1].max()), *(top[child] for child in below)])
        own = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
        length[run[0]] = own + sum(length[child] for child in below)
    on_soma = [s for s in stems if tree.kinds[tree.parents[s]] == SOMA] or stems
    end = {run[0]: float(tree.points[run[-1]][1]) for run in runs}
    return _Apical(children, top, length, end, on_soma)


def _trunk(apical: _Apical) -> tuple[list[int], bool]:
    """Return the trunk's runs, from the soma, and whether a tuft follows."""
    data = numbers()
    stem = max(apical.stems, key=apical.length.__getitem__)
    height = apical.top[stem]
    trunk, forks = [stem], []
    while below := apical.children[trunk[-1]]:
        tops = sorted((apical.top[child] for child in below), reverse=True)
        if len(below) > 1 and apical.end[trunk[-1]] > data.value("domain.lowest") * height:
            forks.append((tops[1], len(trunk)))
            if tops[1] >= data.value("domain.reach") * height:
                return trunk, True
        high = [child for child in below if apical.top[child] >= data.value("domain.reach") * height]
        trunk.append(max(high or below, key=apical.length.__getitem__))
    if not forks:
        return trunk, False
    return trunk[: max(forks)[1]], True
