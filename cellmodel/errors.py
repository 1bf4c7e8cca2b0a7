"""The error tree: every failure a user can cause has one class and one clear sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CellModelError(Exception):
    """Base of all errors raised on purpose; scripts print it and exit with code 2."""


class ParameterError(CellModelError):
    """A number, option, name or data file is not usable as given."""


class FileError(ParameterError):
    """A file of results cannot be written: the folder is read-only, gone, or the disk is full."""


class MorphologyError(CellModelError):
    """A morphology file cannot be turned into a cell."""


class MechanismError(CellModelError):
    """The NMODL mechanisms cannot be compiled, are stale, or do not load."""


class ProtocolError(CellModelError):
    """A protocol's timed events contradict each other or are out of range."""


class ConvergenceError(CellModelError):
    """A fit or a search ended without an answer."""


def unknown_name(kind: str, given: str, known: Iterable[str]) -> ParameterError:
    """Build the error for a name that does not exist, suggesting the nearest that does.

    Parameters
    ----------
    kind : str
        What was looked for, for example ``"compound"``.
    given : str
        The name as the user wrote it.
    known : iterable of str
        The names that exist.

    Returns
    -------
    ParameterError
        Ready to be raised.
    """
    names = sorted(known)
    return ParameterError(f"unknown {kind} {given!r}.{nearest(given, names)} Known: {', '.join(names)}.")


def nearest(given: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` with the known name that is most like the given one; empty if none is."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(given.casefold(), list(folded), n=1, cutoff=0.5)
    return f" Did you mean {folded[found[0]]!r}?" if found else ""
