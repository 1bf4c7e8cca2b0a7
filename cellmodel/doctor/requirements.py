"""The packages that cellmodel asks for, and whether their versions are those it was made for."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

import cellmodel
from cellmodel.doctor.finding import Finding, State

if TYPE_CHECKING:
    from packaging.requirements import Requirement

INSTALL = f"{sys.executable} -m pip install"
USES = {
    "abf": "sweeps in ABF files",
    "mpi": "several machines (mpiexec)",
    "docs": "building the documentation",
    "test": "make test",
}
"""What an extra of pyproject.toml is for."""


def packages() -> Iterator[Finding]:
    """Yield Python, cellmodel, and each package without which it does not run."""
    yield Finding("python", State.OK, f"{platform.python_version()}, {sys.executable}")
    try:
        needed = [item for item in _requirements() if _is_needed(item)]
    except ModuleNotFoundError as error:  # cellmodel itself, or what reads versions
        yield Finding(str(error.name), State.WRONG, "not installed in this Python", f"{INSTALL} --editable .")
        return
    yield Finding("cellmodel", State.OK, f"{cellmodel.__version__}, {cellmodel.__path__[0]}")
    for item in needed:
        fault = _fault(item)
        remedy = f"{INSTALL} '{item.name}{item.specifier}'" if fault else ""
        said = fault or version(item.name)
        yield Finding(item.name.lower(), State.WRONG if fault else State.OK, said, remedy)


def extras() -> Iterator[Finding]:
    """Yield each optional group of packages, and what it is needed for where it is not complete."""
    try:
        others = [item for item in _requirements() if item.name != "cellmodel"]
    except ModuleNotFoundError:  # `packages` says it
        return
    for extra, use in USES.items():
        group = [item for item in others if _is_of(extra, item)]
        faults = [f"{item.name} {fault}" for item in group if (fault := _fault(item))]
        if faults:
            said = f"{', '.join(faults)}; needed only for {use}"
            names = " ".join(f"'{item.name}{item.specifier}'" for item in group)
            yield Finding(extra, State.ABSENT, said, f"{INSTALL} {names}")
        elif group:
            yield Finding(extra, State.OK, ", ".join(f"{item.name} {version(item.name)}" for item in group))


def _is_of(extra: str, item: Requirement) -> bool:
    """Tell whether a requirement comes with an extra, and only with it."""
    return item.marker is not None and item.marker.evaluate({"extra": extra}) and not _is_needed(item)


def _is_needed(item: Requirement) -> bool:
    """Tell whether a requirement holds on this machine without any extra."""
    return item.marker is None or item.marker.evaluate({"extra": ""})


def _requirements() -> list[Requirement]:
    from packaging.requirements import Requirement  # a doctor has to start where it is missing

    return [Requirement(text) for text in requires("cellmodel") or ()]


def _fault(item: Requirement) -> str:
    """Return what is wrong with an installed package; empty where nothing is."""
    try:
        found = version(item.name)
    except PackageNotFoundError:
        return "not installed"
    return "" if item.specifier.contains(found, prereleases=True) else f"{found}, needed {item.specifier}"
