"""The mod files: where they are, and the key that says which library belongs to them."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cellmodel.errors import MechanismError

PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED = PACKAGE / "_mod"
LIBRARIES = PACKAGE / "_library"
LIBRARY_NAME = "libnrnmech.dylib" if platform.system() == "Darwin" else "libnrnmech.so"
KEY_LENGTH = 24  # characters of the hash that are kept in a folder's name


def mod_folder() -> Path:
    """Return the folder of the mod files: the checkout's own, else the copy that was installed.

    Raises
    ------
    MechanismError
        If neither exists.
    """
    checkout = PACKAGE.parent / "mod"
    if checkout.is_dir() and (PACKAGE.parent / "setup.py").is_file():
        return checkout
    if SHIPPED.is_dir():
        return SHIPPED
    raise MechanismError(f"no mod files: neither {checkout} nor {SHIPPED} exists. Reinstall cellmodel.")


def read_mod_files(folder: Path) -> dict[str, bytes]:
    """Return the content of every mod file in ``folder`` by file name, in sorted order."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.mod"))}


def mechanism_hashes() -> dict[str, str]:
    """Return the SHA-256 of every mod file in use by file name, as run.json keeps it."""
    files = read_mod_files(mod_folder())
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def neuron_version() -> str:
    """Return the version of the installed NEURON without importing it."""
    try:
        return version("neuron")
    except PackageNotFoundError as error:
        raise MechanismError("NEURON is not installed. Type: pip install 'neuron>=9,<10'.") from error


def library_key(files: Mapping[str, bytes]) -> str:
    """Return what identifies a compiled library: NEURON, platform, and all bytes of the mod files."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return f"neuron-{neuron_version()}-{machine}-{digest.hexdigest()[:KEY_LENGTH]}"
