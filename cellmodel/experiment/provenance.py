"""What a result was computed with: versions, commit, and hashes of what was read."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cellmodel
from cellmodel.mechanisms import mechanism_hashes
from cellmodel.parameters import DATA, sources

if TYPE_CHECKING:
    from cellmodel.compound import Compound

PACKAGES = ("neuron", "numpy", "scipy", "matplotlib", "LFPykit", "pynwb", "morphio", "efel")


def provenance() -> dict[str, Any]:
    """Return versions, git state and hashes of mechanisms and data files, as run.json keeps them."""
    return {
        "versions": versions(),
        "git": git_state(Path(cellmodel.__file__).resolve().parent.parent),
        "mechanisms_sha256": mechanism_hashes(),
        "data_sha256": folder_hash(DATA),
    }


@cache
def foundations() -> dict[str, Any]:
    """Return all that numbers depend on, but for what was asked: versions, mechanisms, data, code."""
    return {
        "versions": versions(),
        "mechanisms": mechanism_hashes(),
        "data": folder_hash(DATA),
        "code": folder_hash(Path(cellmodel.__file__).parent, "*.py"),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, cellmodel and the packages that results depend on."""
    found = {"python": platform.python_version(), "cellmodel": cellmodel.__version__}
    for name in PACKAGES:
        try:
            found[name.lower()] = version(name)
        except PackageNotFoundError:
            found[name.lower()] = "not installed"
    return found


def dois(compound: Compound | None, receptor: str | None) -> list[str]:
    """Return the DOIs of what a compound and a receptor rest on, where these were used."""
    from cellmodel.receptor import receptor_parameters

    keys = set(compound.references) if compound is not None else set()
    if receptor:
        keys |= {entry.source for entry in receptor_parameters(receptor).values()}
    return sorted({sources()[key]["doi"] for key in keys if "doi" in sources().get(key, {})})


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and whether files differ from it; None outside a checkout."""
    if not (folder / ".git").exists():
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return None if commit is None else {"commit": commit, "is_changed": bool(changed)}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:  # no git on this machine
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def folder_hash(folder: Path, pattern: str = "*") -> str:
    """Return one SHA-256 over names and contents of all files below a folder whose names fit."""
    digest = hashlib.sha256()
    for path in sorted(item for item in folder.rglob(pattern) if item.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {file_hash(path)}\n".encode())
    return digest.hexdigest()
