"""Give NEURON the mechanisms, and make sure that what it has is what the mod files say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from cellmodel.errors import MechanismError
from cellmodel.mechanisms.building import library_for
from cellmodel.mechanisms.sources import mod_folder, read_mod_files

MOST_NAMED = 4
_LETS_INTERRUPTS_IN = ContextVar("lets_interrupts_in", default=False)


@cache
def load_mechanisms() -> Any:
    """Load the mechanisms of ``mod/`` and the standard run system, and return ``neuron.h``.

    A library that NEURON loaded by itself (it takes ``x86_64`` of the current folder without
    asking) is used when it was compiled from the present mod files and refused when it was not.
    Otherwise the library comes from the installation or the user's cache, or is compiled there.

    Returns
    -------
    neuron.hoc.HocObject
        NEURON's interpreter.

    Raises
    ------
    MechanismError
        If mechanisms are stale, cannot be compiled or do not load.
    """
    from neuron import h

    ensure_loaded(h, read_mod_files(mod_folder()))
    h.load_file("stdrun.hoc")
    if _LETS_INTERRUPTS_IN.get():
        h.CVode().extra_scatter_gather(0, _return_to_python)
    return h


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end NEURON's integrations within the block with an error, instead of after them.

    NEURON integrates without returning to Python, which alone sees that Ctrl-C was pressed; here
    it calls an empty function at each step: less than a microsecond, and no bit of a result
    changes.  A process that did this cannot use NEURON's threads any more, so that it is no default.
    """
    token = _LETS_INTERRUPTS_IN.set(True)
    if load_mechanisms.cache_info().currsize:
        load_mechanisms().CVode().extra_scatter_gather(0, _return_to_python)
    try:
        yield
    finally:
        _LETS_INTERRUPTS_IN.reset(token)
        if load_mechanisms.cache_info().currsize:
            load_mechanisms().CVode().extra_scatter_gather_remove(_return_to_python)


def _return_to_python() -> None:
    """Do nothing, in Python."""


def ensure_loaded(h: Any, files: Mapping[str, bytes]) -> None:
    """Load what ``files`` define unless NEURON has it; a file's name is its mechanism's.

    Parameters
    ----------
    h : neuron.hoc.HocObject
    files : mapping of str to bytes
        Names and contents of the mod files.

    Raises
    ------
    MechanismError
        If NEURON holds another version of any of them, or the library does not load.
    """
    if files and not _is_current(h, files):
        _load(h, library_for(files))
        if not _is_current(h, files):
            raise MechanismError("the library loaded but holds no mechanism. Delete the cache and run again.")


def _load(h: Any, library: Path) -> None:
    if not h.nrn_load_dll(str(library)):
        raise MechanismError(
            f"NEURON does not load {library}. Delete that file and run again, it is then compiled anew."
        )


def _is_current(h: Any, files: Mapping[str, bytes]) -> bool:
    """Tell whether NEURON has these mechanisms; raise where it has others under their names."""
    present = {name: (code, path) for name, code, path in _mechanisms(h)}
    wanted = {Path(name).stem: content for name, content in files.items()}
    shared = sorted(set(present) & set(wanted))
    stale = [name for name in shared if not _is_same(present[name][0], wanted[name])]
    absent = sorted(set(wanted) - set(present))
    if stale or (shared and absent):
        raise MechanismError(_stale_message(present[shared[0]][1], stale, absent))
    return bool(shared)


def _mechanisms(h: Any) -> Iterator[tuple[str, str, str]]:
    """Yield name, NMODL text and file of every mechanism that NEURON has."""
    for kind in (0, 1):
        table = h.MechanismType(kind)
        name = h.ref("")
        for index in range(int(table.count())):
            table.select(index)
            table.selected(name)
            yield name[0], table.code(), table.file()


def _is_same(text: str, content: bytes) -> bool:
    return text.splitlines() == content.decode("utf-8", errors="replace").splitlines()


def _stale_message(origin: str, stale: list[str], absent: list[str]) -> str:
    parts = [f"{_listed(names)} {what}" for names, what in ((stale, "differ"), (absent, "missing")) if names]
    return (
        f"NEURON has already loaded mechanisms that are not those of mod/ ({'; '.join(parts)}); "
        f"they were compiled from {Path(origin).parent}. NEURON loads the compiled folder (x86_64, arm64) "
        f"that it finds in the current folder, {Path.cwd()}. If it is an old copy of mod/, delete that "
        "folder, or make it anew with `nrnivmodl mod`, and run again. If they are your own mechanisms, "
        "give them other names (file and SUFFIX), or start in another folder."
    )


def _listed(names: list[str]) -> str:
    """Return the first names, and how many there are beyond."""
    return ", ".join(names[:MOST_NAMED]) + (
        f" and {len(names) - MOST_NAMED} others" if len(names) > MOST_NAMED else ""
    )
