"""The compiled mechanisms, and what it takes to compile them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from cellmodel.doctor.finding import Finding, State, ask, ask_python
from cellmodel.errors import MechanismError
from cellmodel.mechanisms.building import COMPILER, INSTALL_HINT, find_library, nrnivmodl, required_tools
from cellmodel.mechanisms.sources import LIBRARY_NAME, library_key, mod_folder, read_mod_files

LOADS = (
    "import sys\n"
    "from cellmodel.errors import MechanismError\n"
    "from cellmodel.mechanisms import load_mechanisms\n"
    "try:\n"
    "    load_mechanisms()\n"
    "except MechanismError as error:\n"
    "    sys.exit(f'refused: {error}')\n"
)
PROGRAM = "#include <cmath>\nint main() { return 0; }\n"
ACTIVATE = ". .venv/bin/activate (or the environment that cellmodel is installed in)"


def compiler() -> Iterator[Finding]:
    """Yield each tool that compiling needs; one is wrong only where there is nothing compiled yet."""
    try:
        is_compiled = find_library(read_mod_files(mod_folder())) is not None
    except MechanismError:  # `library` says it
        is_compiled = False
    absent = State.ABSENT if is_compiled else State.WRONG
    why = "; needed only when a mod file changes" if is_compiled else ""
    for label, tool in required_tools().items():
        path = shutil.which(tool)
        fault = _fault_of(label, tool) if path else "not found on PATH"
        if fault:
            yield Finding(tool, absent, f"{label}: {fault}{why}", INSTALL_HINT)
        else:
            yield Finding(tool, State.OK, f"{_version(tool)}, {path}")


def library() -> Iterator[Finding]:
    """Yield the mechanisms as an experiment gets them, loaded or compiled here and now."""
    try:
        files = read_mod_files(mod_folder())
        key, before = library_key(files), find_library(files)
        yield Finding("mod files", State.OK, f"{len(files)} in {mod_folder()}, key {key}")
    except MechanismError as error:
        yield Finding("mod files", State.WRONG, str(error), "make venv")
        return
    beside = compiled_here()
    code, printed = ask_python(LOADS)
    if code:
        yield _refused(printed, beside)
    elif beside:
        yield Finding("mechanisms", State.OK, f"current; NEURON takes those of {beside}")
    else:
        done = "" if before else ", compiled just now"
        yield Finding("mechanisms", State.OK, f"current{done}, {find_library(files)}")


def tools_for_windows() -> Iterator[Finding]:
    """Yield whether ``nrnivmodl`` and ``nrngui`` typed at the prompt are those of this environment."""
    try:
        own = Path(nrnivmodl())
    except MechanismError as error:
        yield Finding("nrnivmodl", State.WRONG, str(error))
        return
    found = shutil.which("nrnivmodl")
    use = "needed only for `nrnivmodl mod` and `nrngui`"
    if not found:
        yield Finding("nrnivmodl", State.ABSENT, f"not on PATH; {use}", ACTIVATE)
    elif Path(found).resolve() != own.resolve():
        said = f"the first on PATH is {found}, of another NEURON than {own}; {use}"
        yield Finding("nrnivmodl", State.ABSENT, said, ACTIVATE)
    else:
        yield Finding("nrnivmodl", State.OK, found)


def compiled_here() -> Path | None:
    """Return the folder with compiled mechanisms that NEURON loads from the current folder, if any."""
    libraries = [*Path().glob(f"*/{LIBRARY_NAME}"), *Path().glob(f"*/.libs/{LIBRARY_NAME}")]
    return (Path.cwd() / libraries[0].parts[0]) if libraries else None


def _refused(printed: str, beside: Path | None) -> Finding:
    said = printed.split("refused: ", 1)[-1]
    remedy = ""
    if "already loaded" in said:
        own = "if it holds mechanisms of your own, give them other names or start in another folder"
        remedy = f"rm -r {beside} ({own})" if beside else "unset NRN_NMODL_PATH"
    return Finding("mechanisms", State.WRONG, said, remedy)


def _fault_of(label: str, tool: str) -> str:
    """Return what is wrong with a tool that is there; the compiler has to compile."""
    if label != COMPILER:
        return ""
    code, printed = ask([tool, "-x", "c++", "-fsyntax-only", "-"], given=PROGRAM)
    reason = printed.splitlines()[0] if printed else f"exit code {code}"
    return f"it cannot compile two lines ({reason})" if code else ""


def _version(tool: str) -> str:
    code, printed = ask([tool, "--version"])
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[0] if lines and not code else "version unknown"
