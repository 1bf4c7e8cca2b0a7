"""From a file to a `Morphology`: read, check, mend, turn upright, find the domains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.domains import find_domains
from cellmodel.morphology.files.hoc import read_hoc
from cellmodel.morphology.files.neurolucida import read_asc
from cellmodel.morphology.files.soma import soma_stack
from cellmodel.morphology.files.swc import read_swc
from cellmodel.morphology.files.table import Table, check_points, check_root, depth_first, parent_rows
from cellmodel.morphology.geometry import Morphology, numbers
from cellmodel.morphology.tree import APICAL_KIND, AXON, BASAL, SOMA, Tree, to_morphology

READERS: dict[str, Callable[[Path], Table]] = {".swc": read_swc, ".asc": read_asc, ".hoc": read_hoc}
SUFFIXES = tuple(READERS)
KNOWN_KINDS = (SOMA, AXON, BASAL, APICAL_KIND)


@dataclass
class _Rows:
    """A cell's points while it is being mended, parents before children, soma first."""

    kinds: np.ndarray
    points: np.ndarray
    diameters: np.ndarray
    parents: np.ndarray
    ids: np.ndarray

    def take(self, rows: np.ndarray) -> _Rows:
        """Return the given rows in that order; the parent of one left out is replaced by its own."""
        place = {int(row): new for new, row in enumerate(rows)}
        parents = []
        for row in rows:
            parent = int(self.parents[row])
            while parent >= 0 and parent not in place:
                parent = int(self.parents[parent])
            parents.append(place.get(parent, -1))
        return _Rows(
            self.kinds[rows], self.points[rows], self.diameters[rows], np.array(parents), self.ids[rows]
        )

    @property
    def steps(self) -> np.ndarray:
        """Distance of every row from its parent, (n,) um; 0 for the root."""
        before = np.where(self.parents < 0, np.arange(len(self.parents)), self.parents)
        return np.linalg.norm(self.points - self.points[before], axis=1)


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
            f"{path.name} is no morphology file. Endings that are read: {', '.join(SUFFIXES)}."
        )
    if suffix == ".hoc" and not trust_hoc:
        raise MorphologyError(
            f"{path.name} is a program, not a table: reading it means running it, and it may do anything "
            "that you may. If you know what it does, give --trust-hoc (in Python trust_hoc=True); "
            "otherwise convert it to SWC."
        )
    tree, repairs = _mended(READERS[suffix](path))
    domains = {run[0]: tree.labels.get(run[-1], "") for run in tree.runs}
    if not all(domains.values()):
        domains = find_domains(tree)
    return to_morphology(tree, domains, name=path.stem, repairs=tuple(repairs))


def _mended(table: Table) -> tuple[Tree, list[str]]:
    check_points(table)
    repairs: list[str] = []
    rows = _sorted(table, repairs)
    _check_steps(table, rows)
    rows = _without_duplicates(rows, repairs)
    rows.diameters = _thickened(rows, repairs)
    labels = {row: table.labels[int(n)] for row, n in enumerate(rows.ids) if int(n) in table.labels}
    if not labels:
        rows = _with_soma_stack(rows, repairs, is_contour=table.is_contour)
        _note_jitter(rows, repairs)
        rows.points = upright(rows)
    return Tree(rows.points, rows.diameters, rows.parents, rows.kinds, labels), repairs


def _sorted(table: Table, repairs: list[str]) -> _Rows:
    parents = parent_rows(table)
    is_sorted = bool(np.all(parents < np.arange(len(parents))))
    order = list(range(len(parents))) if is_sorted else depth_first(parents)
    kinds = table.kinds.copy()
    for row in order:
        if kinds[row] not in KNOWN_KINDS and parents[row] >= 0:
            kinds[row] = kinds[parents[row]]
    if unknown := sorted(set(table.kinds.tolist()) - set(KNOWN_KINDS)):
        repairs.append(f"points of type {', '.join(map(str, unknown))} were given the type of their parent")
    check_root(table, kinds, parents)
    rows = _Rows(kinds, table.points, table.diameters, parents, table.ids)
    soma = [row for row in order if kinds[row] == SOMA]
    return rows.take(np.array(soma + [row for row in order if kinds[row] != SOMA]))


def _check_steps(table: Table, rows: _Rows) -> None:
    """Refuse a branch joined at the wrong place; from the soma, the step is counted from its surface.

    A schematic cell of few points has long steps everywhere: only one that is long among its own is refused.
    """
    data = numbers()
    is_soma = rows.kinds == SOMA
    usual = float(np.median(rows.steps[~is_soma]))
    longest = max(data.value("file.longest_step"), data.value("file.longest_ratio") * usual)
    soma, radii = rows.points[is_soma], rows.diameters[is_soma] / 2
    steps = rows.steps
    for row in np.flatnonzero(steps > longest):
        parent = int(rows.parents[row])
        if is_soma[parent]:
            steps[row] = float(np.min(np.linalg.norm(soma - rows.points[row], axis=1) - radii))
        if steps[row] > longest:
            raise table.error(
                f"points {rows.ids[parent]} and {rows.ids[row]} are joined but {steps[row]:.0f} um apart "
                f"(at most {longest:.0f}): a branch in the wrong place, or disconnected pieces. "
                "Correct the parent number."
            )


def _without_duplicates(rows: _Rows, repairs: list[str]) -> _Rows:
    least = numbers().value("file.duplicate")
    is_twice = (rows.steps < least) & (rows.kinds != SOMA)
    is_twice &= rows.kinds == rows.kinds[rows.parents]  # a branch's own first point on the soma is kept
    if not is_twice.any():
        return rows
    repairs.append(f"{is_twice.sum()} points that stood twice were taken once")
    return rows.take(np.flatnonzero(~is_twice))


def _thickened(rows: _Rows, repairs: list[str]) -> np.ndarray:
    thinnest = numbers().value("file.thinnest")
    is_thin = rows.diameters < thinnest
    if is_thin.any():
        repairs.append(f"{is_thin.sum()} points thinner than {thinnest:g} um were given that diameter")
    return np.maximum(rows.diameters, thinnest)


def _with_soma_stack(rows: _Rows, repairs: list[str], *, is_contour: bool) -> _Rows:
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
    return _Rows(
        np.concatenate([np.full(len(points), SOMA), rows.kinds[n:]]),
        np.vstack([points, rows.points[n:]]),
        np.concatenate([diameters, rows.diameters[n:]]),
        np.concatenate([np.arange(len(points)) - 1, parents]),
        np.concatenate([np.zeros(len(points), dtype=int), rows.ids[n:]]),
    )


def apical_direction(rows: _Rows) -> np.ndarray:
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


def upright(rows: _Rows) -> np.ndarray:
    """Return the points with the soma's center at the origin and the apical tree along +y, (n, 3) um."""
    way, center = apical_direction(rows), rows.points[rows.kinds == SOMA].mean(axis=0)
    across = np.array([way[1], -way[0], 0.0])  # in the plane of the slice
    if np.linalg.norm(across) < 1e-9:
        across = np.array([1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    return (rows.points - center) @ np.array([across, way, np.cross(across, way)]).T


def _note_jitter(rows: _Rows, repairs: list[str]) -> None:
    """Say when much of the path is jitter of the focus: it is in the file, and it is left there."""
    flat = rows.points - rows.points[rows.parents]
    flat = np.linalg.norm(flat[rows.parents >= 0, :2], axis=1)
    ratio = float(rows.steps.sum() / flat.sum()) if flat.sum() > 0 else 1.0
    if ratio > numbers().value("file.jitter"):
        repairs.append(
            f"paths are {ratio:.2f} times as long as seen from above: jitter of the focus makes dendrites "
            "too long; it was left as it is"
        )
