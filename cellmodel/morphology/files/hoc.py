"""Read a hoc morphology, which is a program: run it in a NEURON of its own and take the shape it built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import MorphologyError
from cellmodel.morphology.files.table import NO_PARENT, Table
from cellmodel.morphology.tree import SOMA

LONGEST = 120.0
"""s: a file that makes a cell takes less than one."""
KINDS = {"soma": 1, "somatic": 1, "axon": 2, "dend": 3, "basal": 3, "apic": 4, "apical": 4}
"""By the first letters of a section's name, the longest that fits; those of common exporters."""


def read_hoc(path: Path) -> Table:
    """Run a hoc file in a child process and return the points of the sections it made.

    Raises
    ------
    MorphologyError
        If it is missing, fails, makes no sections, or a section's name does not tell its kind.
    """
    if not path.is_file():
        raise MorphologyError(f"cannot read {path}: no such file. Check the path.")
    with tempfile.TemporaryDirectory(prefix="cellmodel-hoc-") as folder:
        out = Path(folder) / "sections.json"
        try:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", __name__, str(path.resolve()), str(out)],
                cwd=folder,  # a library of the current folder would be loaded unasked
                env={**os.environ, "NEURON_MODULE_OPTIONS": "-nogui"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST,
            )
        except subprocess.TimeoutExpired as error:
            raise MorphologyError(
                f"{path} still runs after {LONGEST:g} s. A file is read that makes a cell and ends: "
                "take out what runs a simulation or waits, or convert it to SWC."
            ) from error
        if done.returncode or not out.exists():
            words = (done.stderr or done.stdout).strip().splitlines()
            reason = (
                " ".join(word.strip() for word in words[:3]).rstrip(". ")
                if words
                else "it ended by itself, without a message"
            )
            raise MorphologyError(
                f"{path} failed in NEURON: {reason}. It has to run by itself, "
                "with no mechanisms of its own; convert it to SWC otherwise."
            )
        return _table(path.name, json.loads(out.read_text(encoding="utf-8")))


def _kind(file: str, section: str) -> int:
    name = section.rsplit(".", 1)[-1].casefold()
    fitting = [start for start in KINDS if name.startswith(start)]
    if not fitting:
        raise MorphologyError(
            f"{file}: section {section!r} has a name that does not tell its kind. "
            f"Names start with {', '.join(KINDS)}: rename it, or convert the file to SWC."
        )
    return KINDS[max(fitting, key=len)]


def _table(file: str, sections: list[dict[str, Any]]) -> Table:
    if not sections:
        raise MorphologyError(
            f"{file} makes no sections. A template alone is not a cell: create one in the file."
        )
    rows: list[tuple[float, ...]] = []
    at: dict[str, np.ndarray] = {}
    kinds: list[int] = []
    parents: list[int] = []
    for section in sections:
        kind, points = _kind(file, section["name"]), section["points"]
        before = NO_PARENT
        if section["parent"]:
            arcs = at[section["parent"]]
            nearest = int(np.argmin(np.abs(arcs[:, 1] - section["position"])))
            before = int(arcs[nearest, 0])
            if kinds[before - 1] != SOMA and len(points) > 1 and points[0][:3] == list(rows[before - 1][:3]):
                points = points[1:]  # hoc repeats the parent's last point
        numbers = np.arange(len(points)) + len(rows) + 1
        parents += [before, *numbers[:-1]]
        kinds += [kind] * len(points)
        rows += [tuple(point) for point in points]
        steps = np.linalg.norm(np.diff(np.array(points)[:, :3], axis=0), axis=1)
        path = np.concatenate([[0.0], np.cumsum(steps)])
        at[section["name"]] = np.column_stack([numbers, path / (path[-1] or 1.0)])
    table = np.array(rows)
    return Table(
        file=file,
        ids=np.arange(len(rows)) + 1,
        kinds=np.array(kinds),
        points=table[:, :3],
        diameters=table[:, 3],
        parents=np.array(parents),
    )


def sections_of(h: Any) -> list[dict[str, Any]]:
    """Return name, parent, position on it and 3-D points of every section, parents before children."""
    found: list[dict[str, Any]] = []
    waiting = [s for s in h.allsec() if s.parentseg() is None]
    while waiting:
        section = waiting.pop()
        before = section.parentseg()
        points = [
            (section.x3d(k), section.y3d(k), section.z3d(k), section.diam3d(k)) for k in range(section.n3d())
        ]
        found.append(
            {
                "name": section.name(),
                "parent": before.sec.name() if before is not None else "",
                "position": float(before.x) if before is not None else 0.0,
                "points": points[::-1] if section.orientation() else points,
            }
        )
        waiting += section.children()
    return found


def main(arguments: list[str]) -> int:
    """Run the hoc file ``arguments[0]`` and write its sections to ``arguments[1]``."""
    from neuron import h

    if not h.load_file(arguments[0]):
        return 1
    h.define_shape()
    Path(arguments[1]).write_text(json.dumps(sections_of(h)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
