"""From a morphology to NEURON sections: geometry, connections and segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cellmodel.cell.biophysics import DOMAINS
from cellmodel.mechanisms import load_mechanisms


def build_sections(morphology: Any, owner: Any) -> dict[str, list[Any]]:
    """Create and connect the sections of a morphology.

    Parameters
    ----------
    morphology : Morphology
    owner : object
        The cell, for the sections' names.

    Returns
    -------
    dict of str to list of Section
        By domain, in the morphology's order; 3-D points set, soma at the origin, apical axis +y.
    """
    h = load_mechanisms()
    by_domain: dict[str, list[Any]] = {domain: [] for domain in DOMAINS}
    by_id: dict[int, Any] = {}
    for part in morphology.sections:
        siblings = by_domain[part.domain]
        section = h.Section(name=f"{part.domain}[{len(siblings)}]", cell=owner)
        for (x, y, z), diameter in zip(part.points, part.diameters, strict=True):
            section.pt3dadd(float(x), float(y), float(z), float(diameter))
        by_id[part.id] = section
        siblings.append(section)
    _connect(morphology, by_id)
    return by_domain


def _connect(morphology: Any, by_id: Mapping[int, Any]) -> None:
    soma_ids = {part.id for part in morphology.sections if part.domain == "soma"}
    for part in morphology.sections:
        if part.parent not in by_id:
            continue
        # Dendrites leave the soma's center: its 3-D points are an outline that a cable cannot follow.
        end = 0.5 if part.parent in soma_ids else 1.0
        by_id[part.id].connect(by_id[part.parent](end), 0)


def add_axon(soma: Any, shape: Mapping[str, tuple[float, ...]], owner: Any) -> list[Any]:
    """Give a cell without a traced axon a straight one, pointing away from the apical tree.

    Parameters
    ----------
    soma : Section
    shape : mapping
        ``lengths`` (n,) um and ``diameters`` (n + 1,) um of its sections' ends.
    owner : object

    Returns
    -------
    list of Section
    """
    h = load_mechanisms()
    parent, position, axon = soma(0.5), 0.0, []
    ends = zip(shape["lengths"], shape["diameters"][:-1], shape["diameters"][1:], strict=True)
    for k, (length, first, last) in enumerate(ends):
        section = h.Section(name=f"axon[{k}]", cell=owner)
        section.pt3dadd(0.0, -position, 0.0, first)
        position += length
        section.pt3dadd(0.0, -position, 0.0, last)
        section.connect(parent, 0)
        parent = section(1)
        axon.append(section)
    return axon


def set_segments(section: Any, d_lambda: float, frequency: float) -> None:
    """Set ``nseg`` (odd) so that no segment is longer than ``d_lambda`` of the AC length constant.

    Parameters
    ----------
    section : Section
        With its Ra and cm.
    d_lambda : float, 1
    frequency : float, Hz
    """
    h = load_mechanisms()
    longest = d_lambda * h.lambda_f(frequency, sec=section)
    section.nseg = 2 * math.ceil((section.L / longest - 1) / 2) + 1 if longest < section.L else 1
