"""Compile mod files into a library, once for each key, however many processes ask for it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cellmodel.errors import MechanismError
from cellmodel.mechanisms.sources import LIBRARIES, LIBRARY_NAME, library_key

COMPILER = "a C++ compiler"
LINES_SHOWN = 12  # of the compiler's output, when it fails
INSTALL_HINT = "Debian, Ubuntu: apt-get install make g++ perl. macOS: xcode-select --install."


def cache_folder() -> Path:
    """Return where compiled libraries are kept for this user."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "cellmodel"


def library_for(files: Mapping[str, bytes], cache: Path | None = None) -> Path:
    """Return the library of these mod files, compiled into the cache where there is none.

    Parameters
    ----------
    files : mapping of str to bytes
        Names and contents of the mod files.
    cache : Path, optional
        Folder of compiled libraries; `cache_folder` by default.

    Raises
    ------
    MechanismError
        If a tool is missing, a mod file does not compile, or the cache cannot be written.
    """
    cache = cache or cache_folder()
    found = find_library(files, cache)
    if found:
        return found
    key = library_key(files)
    try:
        with _locked(cache / f"{key}.lock"):
            return build_into(cache / key, files)
    except OSError as error:
        raise MechanismError(
            f"cannot keep compiled mechanisms in {cache}: {error.strerror or error}. "
            "Set XDG_CACHE_HOME to a folder you may write to."
        ) from error


def find_library(files: Mapping[str, bytes], cache: Path | None = None) -> Path | None:
    """Return the library of these mod files where it is compiled already, in the package or the cache."""
    places = (folder / library_key(files) / LIBRARY_NAME for folder in (LIBRARIES, cache or cache_folder()))
    return next((path for path in places if path.is_file()), None)


def build_into(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Compile ``files`` in a temporary folder and put the library into ``folder``, whole or not at all."""
    target = folder / LIBRARY_NAME
    if target.is_file():  # another process was faster and held the lock
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cellmodel-") as scratch:
        built = _compile(Path(scratch), files)
        part = folder / f".{LIBRARY_NAME}.{os.getpid()}"
        shutil.copyfile(built, part)
    part.replace(target)
    return target


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock; the system frees it when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(scratch: Path, files: Mapping[str, bytes]) -> Path:
    compiler = nrnivmodl()
    check_tools()
    sources = scratch / "mod"
    sources.mkdir()
    for name, content in files.items():
        (sources / name).write_bytes(content)
    done = subprocess.run([compiler, "mod"], cwd=scratch, capture_output=True, text=True, check=False)
    built = [path for path in scratch.glob(f"*/{LIBRARY_NAME}") if path.is_file()]
    if done.returncode or not built:
        raise MechanismError(_failure(done.stdout + done.stderr))
    return built[0]


def _failure(output: str) -> str:
    """Return the message of a failed build: the lines that name the fault, else the last ones."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    traced = next((i for i, line in enumerate(lines) if line.startswith("Traceback")), len(lines))
    first = next((i for i, line in enumerate(lines) if "error" in line.lower()), traced - LINES_SHOWN)
    shown = "\n".join(lines[max(first, 0) : traced][:LINES_SHOWN])
    return f"nrnivmodl cannot compile the mod files:\n{shown}\nCorrect the file named above and run again."


def required_tools() -> dict[str, str]:
    """Return what compiling needs: what it is called, and the program's name."""
    configured = os.environ.get("CXX") or sysconfig.get_config_var("CXX") or "g++"
    return {"bash": "bash", "make": "make", "perl": "perl", COMPILER: configured.split()[0]}


def check_tools() -> None:
    """Raise `MechanismError`, naming what is missing, unless make, perl and a C++ compiler are there."""
    missing = [
        label if label == tool else f"{label} ({tool})"
        for label, tool in required_tools().items()
        if not shutil.which(tool)
    ]
    if missing:
        raise MechanismError(
            f"cannot compile the mechanisms: {', '.join(missing)} not found on PATH. "
            f"Install what is missing ({INSTALL_HINT}) and run again."
        )


def nrnivmodl() -> str:
    """Return the path of the ``nrnivmodl`` that belongs to the installed NEURON."""
    for candidate in (_of_distribution(), Path(sys.executable).parent / "nrnivmodl"):
        if candidate and candidate.is_file():
            return str(candidate)
    found = shutil.which("nrnivmodl")
    if not found:
        raise MechanismError("nrnivmodl not found. It comes with NEURON: pip install 'neuron>=9,<10'.")
    return found


def _of_distribution() -> Path | None:
    try:
        installed = distribution("neuron")
    except PackageNotFoundError:
        return None
    scripts = [file for file in installed.files or () if file.name == "nrnivmodl" and file.parts[0] == ".."]
    return Path(str(installed.locate_file(scripts[0]))).resolve() if scripts else None
