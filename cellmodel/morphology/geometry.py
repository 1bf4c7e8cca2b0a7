"""A cell's shape as values: sections of 3-D points with diameters, each in a domain."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.parameters import ParameterSet, load

DOMAINS = ("soma", "axon", "basal", "trunk", "oblique", "tuft")
APICAL = ("trunk", "oblique", "tuft")
DENDRITES = ("basal", *APICAL)
SWC_KINDS = {"soma": 1, "axon": 2, "basal": 3, "trunk": 4, "oblique": 4, "tuft": 4}
DOMAIN_COMMENT = "# cellmodel domain"


def numbers() -> ParameterSet:
    """Return the data file of shapes."""
    return load("morphology.toml")


def several(key: str) -> tuple[float, ...]:
    """Return an entry of `numbers` that is a list."""
    entry = numbers()[key].value
    return entry if isinstance(entry, tuple) else (entry,)


def frusta_area(steps: np.ndarray, diameters: np.ndarray) -> float:
    """Return the surface (um2) of the frusta between points ``steps`` (n - 1,) um apart, without the ends."""
    near, far = diameters[:-1] / 2, diameters[1:] / 2
    return float(np.sum(np.pi * (near + far) * np.hypot(steps, near - far)))


@dataclass(frozen=True, eq=False)
class Section:
    """An unbranched piece of a cell.

    Parameters
    ----------
    id : int
        Its place in `Morphology.sections`.
    parent : int
        The section it leaves, -1 for the soma.
    domain : str
        ``soma``, ``axon``, ``basal``, ``trunk``, ``oblique`` or ``tuft``.
    points : (n, 3) array, um
        From the near end to the far end; read-only.
    diameters : (n,) array, um
        At the points; read-only.
    """

    id: int
    parent: int
    domain: str
    points: np.ndarray
    diameters: np.ndarray

    def __post_init__(self) -> None:
        for name in ("points", "diameters"):
            array = np.array(getattr(self, name), dtype=float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.points.shape != (len(self.diameters), 3) or len(self.diameters) < 2:
            raise MorphologyError(
                f"section {self.id} has points {self.points.shape} and diameters {self.diameters.shape}. "
                "It needs (n, 3) points and (n,) diameters with n >= 2."
            )

    @cached_property
    def steps(self) -> np.ndarray:
        """Lengths between neighboring points, (n - 1,) um."""
        return np.linalg.norm(np.diff(self.points, axis=0), axis=1)

    @cached_property
    def length(self) -> float:
        """Path length, um."""
        return float(self.steps.sum())

    @cached_property
    def area(self) -> float:
        """Surface of the frusta between the points, without their ends, um2."""
        return frusta_area(self.steps, self.diameters)


@dataclass(frozen=True, eq=False)
class Morphology:
    """The shape of a CA1 pyramidal cell: soma at the origin, apical axis +y.

    Parameters
    ----------
    name : str
    sections : tuple of Section
        Soma first, a parent before its children.
    repairs : tuple of str
        What was changed in a file to make a cell of it, one sentence each; empty for a clean one.
    """

    name: str
    sections: tuple[Section, ...]
    repairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for place, section in enumerate(self.sections):
            if section.id != place or not -1 <= section.parent < place or section.domain not in DOMAINS:
                raise MorphologyError(
                    f"section {section.id} ({section.domain}) at place {place} with parent {section.parent}: "
                    "ids count from 0 and a parent stands before its children. Sort the sections."
                )

    def __repr__(self) -> str:
        return f"Morphology({self.name!r}, {len(self.sections)} sections)"

    def of(self, *domains: str) -> tuple[Section, ...]:
        """Return the sections of the given domains."""
        return tuple(section for section in self.sections if section.domain in domains)

    def children(self, section: Section) -> tuple[Section, ...]:
        """Return the sections that leave ``section``."""
        return tuple(self.sections[k] for k in self._children[section.id])

    @cached_property
    def _children(self) -> tuple[tuple[int, ...], ...]:
        lists: list[list[int]] = [[] for _ in self.sections]
        for section in self.sections:
            if section.parent >= 0:
                lists[section.parent].append(section.id)
        return tuple(map(tuple, lists))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the cell as `to_swc` writes it, without its name."""
        return hashlib.sha256(_swc_text(self).partition("\n")[2].encode()).hexdigest()

    def to_swc(self, path: str | Path) -> Path:
        """Write the cell as SWC, with comments that keep the domains; return the path.

        Any reader of SWC understands the file (soma 1, axon 2, basal 3, apical 4);
        `load_morphology` reads it back with the same sections.
        """
        path = Path(path)
        path.write_text(_swc_text(self), encoding="utf-8")
        return path


def _swc_text(cell: Morphology) -> str:
    rows: list[str] = []
    last: dict[int, int] = {}
    ends: dict[str, list[int]] = {}
    for section in cell.sections:
        before = last.get(section.parent, -1)
        on_soma = section.parent >= 0 and cell.sections[section.parent].domain == "soma"
        own = slice(0 if section.parent < 0 or on_soma else 1, None)
        if on_soma:
            before = _nearest(cell.sections[section.parent], section.points[0])
        for (x, y, z), diameter in zip(section.points[own], section.diameters[own], strict=True):
            kind = SWC_KINDS[section.domain]
            rows.append(f"{len(rows) + 1} {kind} {x:.3f} {y:.3f} {z:.3f} {diameter / 2:.4f} {before}")
            before = len(rows)
        last[section.id] = before
        ends.setdefault(section.domain, []).append(before)
    header = [f"# {cell.name}: soma at the origin, apical axis +y, um; id kind x y z radius parent"]
    for domain, ids in ends.items():
        header.append(f"{DOMAIN_COMMENT} {domain} {' '.join(map(str, ids))}")
    return "\n".join((*header, *rows)) + "\n"


def _nearest(soma: Section, point: np.ndarray) -> int:
    """Return the SWC number (the soma is written first) of the soma's point nearest to ``point``."""
    return int(np.argmin(np.linalg.norm(soma.points - point, axis=1))) + 1
