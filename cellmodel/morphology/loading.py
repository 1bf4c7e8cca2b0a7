"""Find a cell's shape by name or file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from cellmodel.errors import MorphologyError, unknown_name
from cellmodel.morphology import archive
from cellmodel.morphology.files import SUFFIXES, read_morphology
from cellmodel.morphology.geometry import Morphology
from cellmodel.morphology.growth import grow
from cellmodel.parameters import DATA

FOLDER = DATA / "morphologies"
DEFAULT = "reference"
GROWN = re.compile(r"grown_(\d+)")


def morphology_names() -> list[str]:
    """Return the names that are shipped; ``grown_<seed>`` grows one more, others can be fetched."""
    return sorted(path.stem for path in FOLDER.glob("*.swc"))


def load_morphology(given: Morphology | str | Path | None = None, *, trust_hoc: bool = False) -> Morphology:
    """Return the shape of a CA1 pyramidal cell.

    Parameters
    ----------
    given : Morphology, str, Path or None
        A shipped name (``"reference"``, the default), ``"grown_<seed>"``, the name of a cell that was
        fetched, an SWC, Neurolucida ASC or hoc file, or a shape, which is returned as it is.
    trust_hoc : bool
        Whether a hoc file, which is a program, may be run.

    Returns
    -------
    Morphology

    Raises
    ------
    MorphologyError
        If the file cannot be read or is not one CA1 pyramidal cell.
    ParameterError
        If there is neither a file nor a shipped cell of that name.
    """
    if isinstance(given, Morphology):
        return given
    name = DEFAULT if given is None else str(given)
    if name in morphology_names():
        return _shipped(name)
    if grown := GROWN.fullmatch(name):
        return grow(int(grown[1]))
    if not name.strip():
        raise unknown_name("morphology", name, [*morphology_names(), "grown_<seed>"])
    path = _in_home(Path(name))
    if (
        not path.exists()
        and (fetched := archive.folder() / f"{path.name}.swc").is_file()
        and path.name == name
    ):
        return read_morphology(fetched)
    if path.is_dir():
        raise MorphologyError(f"{path} is a folder. Give a file in it ({', '.join(SUFFIXES)}).")
    if not path.exists() and path.suffix.lower() not in SUFFIXES:
        raise unknown_name(
            "morphology", name, [*morphology_names(), "grown_<seed>", *archive.fetched_names()]
        )
    return read_morphology(path, trust_hoc=trust_hoc)


def _in_home(path: Path) -> Path:
    """Return the path with a leading ``~`` written out, where there is such a user."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


@cache
def _shipped(name: str) -> Morphology:
    return read_morphology(FOLDER / f"{name}.swc")
