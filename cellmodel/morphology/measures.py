"""Measure the shape of a cell: lengths, surfaces, tips and extents by domain."""

from __future__ import annotations

import numpy as np

from cellmodel.morphology.geometry import APICAL, DENDRITES, Morphology, Section


def path_to_end(cell: Morphology) -> np.ndarray:
    """Return the path from the soma's surface to the end of every section, (n_sections,) um."""
    path = np.zeros(len(cell.sections))
    for section in cell.sections[1:]:
        path[section.id] = path[section.parent] + section.length
    return path


def tips(cell: Morphology, *domains: str) -> tuple[Section, ...]:
    """Return the sections of the given domains that nothing leaves."""
    return tuple(section for section in cell.of(*domains) if not cell.children(section))


def stems(cell: Morphology, domain: str) -> tuple[Section, ...]:
    """Return the sections at which a domain starts."""
    return tuple(s for s in cell.of(domain) if cell.sections[s.parent].domain != domain)


def _length(cell: Morphology, *domains: str) -> float:
    return sum(section.length for section in cell.of(*domains))


def _surface(cell: Morphology, *domains: str) -> float:
    return sum(section.area for section in cell.of(*domains))


def _heights(cell: Morphology, *domains: str) -> np.ndarray:
    return np.concatenate([[0.0], *(section.points[:, 1] for section in cell.of(*domains))])


def morphometrics(cell: Morphology) -> dict[str, float]:
    """Return the cell's measures by name; lengths um, surfaces um2, counts 1.

    Parameters
    ----------
    cell : Morphology

    Returns
    -------
    dict of str to float
        ``length``, ``surface`` and ``tips`` of all dendrites, ``apical_height``, ``basal_depth``,
        ``total_height``, ``trunk_path``, ``oblique_number``, ``basal_stems``, and surface, length, tips and
        longest path by domain.
    """
    path = path_to_end(cell)
    trunk = max((path[s.id] for s in cell.of("trunk")), default=0.0)
    top, bottom = float(_heights(cell, *APICAL).max()), float(_heights(cell, "basal").min())
    measures = {
        "length": _length(cell, *DENDRITES),
        "surface": _surface(cell, *DENDRITES),
        "tips": float(len(tips(cell, *DENDRITES))),
        "soma_surface": cell.sections[0].area,
        "apical_height": top,
        "basal_depth": -bottom,
        "total_height": top - bottom,
        "trunk_path": float(trunk),
        "trunk_height": float(_heights(cell, "trunk").max()),
        "trunk_surface": _surface(cell, "trunk"),
        "oblique_number": float(len(stems(cell, "oblique"))),
        "basal_stems": float(len(stems(cell, "basal"))),
    }
    for domain in ("oblique", "tuft", "basal"):
        ends = tips(cell, domain)
        measures[f"{domain}_length"] = _length(cell, domain)
        measures[f"{domain}_surface"] = _surface(cell, domain)
        measures[f"{domain}_tips"] = float(len(ends))
        before = trunk if domain == "tuft" else 0.0
        measures[f"{domain}_longest"] = float(max((path[s.id] for s in ends), default=before) - before)
    return measures
