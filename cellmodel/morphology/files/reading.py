"""From a file to a `Morphology`: read, check, mend, turn upright, find the domains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.domains import find_domains
from cellmodel.morphology.files.hoc import read_hoc
from cellmodel.morphology.files.joining import joined, rejoined
from cellmodel.morphology.files.neurolucida import read_asc
from cellmodel.morphology.files.rows import Rows, thickened, unrounded, with_axon, without_duplicates
from cellmodel.morphology.files.smoothing import smoothed
from cellmodel.morphology.files.soma import soma_stack
from cellmodel.morphology.files.swc import read_swc
from cellmodel.morphology.files.table import (
    KNOWN_KINDS,
    Table,
    check_file,
    check_points,
    check_root,
    depth_first,
    parent_rows,
)
from cellmodel.morphology.geometry import Morphology
from cellmodel.morphology.tree import APICAL_KIND, SOMA, Tree, to_morphology

READERS: dict[str, Callable[[Path], Table]] = {".swc": read_swc, ".asc": read_asc, ".hoc": read_hoc}
SUFFIXES = tuple(READERS)


def read_morphology(path: Path, *, trust_hoc: bool = False) -> Morphology:
    """Read a cell from an SWC, Neurolucida ASC or hoc file.

    Parameters
    ----------
    path : Path
    trust_hoc : bool
        Whether a hoc file, which is a program, may be run.

    Returns
    -------
    Morphology
        Soma at the origin, apical axis +y; what was mended is in its ``repairs``.

    Raises
    ------
    MorphologyError
        If the file cannot be read, is not one cell with a soma and an apical dendrite, or is a hoc file
        that is not trusted.
    """
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise MorphologyError(
            f"{path.name} is no morphology file. Endings that are read: {', '.join(SUFFIXES)}. "
            "Rename it if it is one of these, or convert it (Neurolucida XML: export it as ASC)."
        )
    if suffix == ".hoc" and not trust_hoc:
        raise MorphologyError(
            f"{path.name} is a program, not a table: reading it means running it, and it may do anything "
            "that you may. If you know what it does, give --trust-hoc (in Python take "
            "load_morphology(file, trust_hoc=True) for the cell); otherwise convert it to SWC."
        )
    check_file(path)
    tree, repairs = _mended(READERS[suffix](path))
    domains = {run[0]: tree.labels.get(run[-1], "") for run in tree.runs}
    if not all(domains.values()):
        domains = find_domains(tree)
    return to_morphology(tree, domains, name=path.stem, repairs=tuple(repairs))


def _mended(table: Table) -> tuple[Tree, list[str]]:
    check_points(table)
    repairs: list[str] = []
    rows = rejoined(table, _sorted(table, repairs), repairs)
    rows = without_duplicates(rows, repairs)
    rows.diameters = thickened(rows, repairs)
    labels = {row: table.labels[int(n)] for row, n in enumerate(rows.ids) if int(n) in table.labels}
    if not labels:
        rows.points = smoothed(rows, repairs)
        rows.diameters = unrounded(rows, repairs)
        rows = _with_soma_stack(rows, repairs, is_contour=table.is_contour)
        rows.points = upright(rows)
        rows = with_axon(rows, repairs)
    return Tree(rows.points, rows.diameters, rows.parents, rows.kinds, labels), repairs


def _sorted(table: Table, repairs: list[str]) -> Rows:
    parents = joined(table, parent_rows(table), repairs)
    is_late = parents > np.arange(len(parents))
    if is_late.any():
        n_late = int(is_late.sum())
        many = f"{n_late} points stood before their parents and were put after them"
        repairs.append(many if n_late > 1 else "1 point stood before its parent and was put after it")
    order = depth_first(parents, int(np.flatnonzero(parents < 0)[0]))
    if not is_late.any():
        order = list(range(len(parents)))
    kinds = table.kinds.copy()
    for row in order:
        if kinds[row] not in KNOWN_KINDS and parents[row] >= 0:
            kinds[row] = kinds[parents[row]]
    if unknown := sorted(set(table.kinds.tolist()) - set(KNOWN_KINDS)):
        repairs.append(f"points of type {', '.join(map(str, unknown))} were given the type of their parent")
    check_root(table, kinds, parents)
    rows = Rows(kinds, table.points, table.diameters, parents, table.ids)
    soma = [row for row in order if kinds[row] == SOMA]
    return rows.take(np.array(soma + [row for row in order if kinds[row] != SOMA]))


def _with_soma_stack(rows: Rows, repairs: list[str], *, is_contour: bool) -> Rows:
    """Replace the soma's points by one stack; neurites leave its nearest point."""
    n = int(np.sum(rows.kinds == SOMA))
    (points, diameters), remark = soma_stack(
        rows.points[:n],
        rows.diameters[:n],
        rows.parents[:n],
        is_contour=is_contour,
        up=apical_direction(rows),
    )
    if remark:
        repairs.append(remark)
    parents = np.where(rows.parents >= n, rows.parents + len(points) - n, 0)[n:]
    for row in np.flatnonzero(rows.parents[n:] < n):
        away = np.linalg.norm(points - rows.points[n + row], axis=1)
        parents[row] = int(np.argmin(away))
    return Rows(
        np.concatenate([np.full(len(points), SOMA), rows.kinds[n:]]),
        np.vstack([points, rows.points[n:]]),
        np.concatenate([diameters, rows.diameters[n:]]),
        np.concatenate([np.arange(len(points)) - 1, parents]),
        np.concatenate([np.zeros(len(points), dtype=int), rows.ids[n:]]),
    )


def apical_direction(rows: Rows) -> np.ndarray:
    """Return the direction from the soma to the centroid, by length, of the apical tree, (3,)."""
    is_apical = (rows.kinds == APICAL_KIND) & (rows.kinds[rows.parents] == APICAL_KIND)
    middles = (rows.points + rows.points[rows.parents])[is_apical] / 2
    weights = rows.steps[is_apical]
    center = rows.points[rows.kinds == SOMA].mean(axis=0)
    way = (
        np.average(middles, axis=0, weights=weights) - center
        if weights.sum() > 0
        else np.array([0.0, 1.0, 0.0])
    )
    return way / np.linalg.norm(way)


def upright(rows: Rows) -> np.ndarray:
    """Return the points with the soma's center at the origin and the apical tree along +y, (n, 3) um."""
    way, center = apical_direction(rows), rows.points[rows.kinds == SOMA].mean(axis=0)
    across = np.array([way[1], -way[0], 0.0])  # in the plane of the slice
    if np.linalg.norm(across) < 1e-9:
        across = np.array([1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    return (rows.points - center) @ np.array([across, way, np.cross(across, way)]).T
