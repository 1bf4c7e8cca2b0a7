"""The packages that cellmodel asks for, and whether their versions are those it was made for."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

import cellmodel
from cellmodel.doctor.finding import Finding, State

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
        needed = [item for item in _requirements() if "extra" not in str(item.marker)]
    except PackageNotFoundError:
        yield Finding("cellmodel", State.WRONG, "not installed in this Python", f"{INSTALL} --editable .")
        return
    yield Finding("cellmodel", State.OK, f"{cellmodel.__version__}, {cellmodel.__path__[0]}")
    for item in needed:
        fault = _fault(item)
        remedy = f"{INSTALL} '{item}'" if fault else ""
        said = fault or version(item.name)
        yield Finding(item.name.lower(), State.WRONG if fault else State.OK, said, remedy)


def extras() -> Iterator[Finding]:
    """Yield each optional group of packages, and what it is needed for where it is not complete."""
    try:
        optional = [item for item in _requirements() if "extra" in str(item.marker)]
    except PackageNotFoundError:
        return
    for extra, use in USES.items():
        group = [item for item in optional if item.marker and item.marker.evaluate({"extra": extra})]
        faults = [
            f"{item.name} {fault}" for item in group if item.name != "cellmodel" and (fault := _fault(item))
        ]
        if group and faults:
            said = f"{', '.join(faults)}; needed only for {use}"
            names = " ".join(f"'{item.name}{item.specifier}'" for item in group)
            yield Finding(extra, State.ABSENT, said, f"{INSTALL} {names}")
        elif group:
            yield Finding(extra, State.OK, ", ".join(f"{item.name} {version(item.name)}" for item in group))


def _requirements() -> list[Requirement]:
    return [Requirement(text) for text in requires("cellmodel") or ()]


def _fault(item: Requirement) -> str:
    """Return what is wrong with an installed package; empty where nothing is."""
    try:
        found = version(item.name)
    except PackageNotFoundError:
        return "not installed"
    return "" if item.specifier.contains(found, prereleases=True) else f"{found}, needed {item.specifier}"
