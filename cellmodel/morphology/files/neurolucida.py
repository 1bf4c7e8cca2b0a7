"""Read Neurolucida ASC, with MorphIO."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.files.table import NO_PARENT, Table
from cellmodel.morphology.tree import SOMA

COLORS = re.compile(r"\x1b\[[0-9;]*m")
"""What MorphIO colors its messages with."""
CONTOUR_DIAMETER = 1.0
"""um: a contour's points are an outline, whose line has no thickness of the cell's."""


def read_asc(path: Path) -> Table:
    """Read the points of a Neurolucida ASC file; points are numbered in the order of its trees.

    Raises
    ------
    MorphologyError
        If it cannot be read or is not an ASC file.
    """
    import morphio

    if b"(" not in path.read_bytes():
        raise MorphologyError(
            f"{path.name} has no parentheses, so it is not Neurolucida ASC. "
            "Give it the ending .swc if it is a table of numbers, or export it again."
        )
    morphio.set_maximum_warnings(0)  # what matters is said by the checks of every file
    try:
        with morphio.ostream_redirect(stdout=True, stderr=True):
            cell = morphio.Morphology(str(path))
    except (morphio.MorphioError, RuntimeError) as error:
        reason = " ".join(COLORS.sub("", str(error)).split())
        raise MorphologyError(
            f"cannot read {path} as Neurolucida ASC: {reason.rstrip('.')}. "
            "Export it again, or convert it to SWC."
        ) from error
    return _table(path.name, cell)


def _table(name: str, cell: Any) -> Table:
    soma = np.array(cell.soma.points, dtype=float)
    blocks = [(soma, np.full(len(soma), CONTOUR_DIAMETER), SOMA)]
    parents = list(range(-1, len(soma) - 1))
    last: dict[int, int] = {}
    total = len(soma)
    for section in cell.iter():
        own = slice(0 if section.is_root else 1, None)
        points, diameters = np.array(section.points[own], float), np.array(section.diameters[own], float)
        before = (0 if len(soma) else NO_PARENT) if section.is_root else last[section.parent.id]
        blocks.append((points, diameters, int(section.type)))
        parents += [before, *range(total, total + len(points) - 1)][: len(points)]
        total += len(points)
        last[section.id] = total - 1 if len(points) else before
    return Table(
        file=name,
        ids=np.arange(total) + 1,
        kinds=np.concatenate([np.full(len(points), kind) for points, _, kind in blocks]),
        points=np.vstack([points for points, _, _ in blocks]),
        diameters=np.concatenate([diameters for _, diameters, _ in blocks]),
        parents=np.array([parent + 1 if parent >= 0 else NO_PARENT for parent in parents]),
        is_contour=True,
    )
