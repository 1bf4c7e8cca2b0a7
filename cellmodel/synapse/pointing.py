"""Wire a POINTER of a mechanism to a variable of another, and check it."""

from __future__ import annotations

from typing import Any

from cellmodel.errors import MechanismError
from cellmodel.mechanisms import load_mechanisms


def point(source: Any, name: str, target: Any, pointer: str | None = None) -> None:
    """Wire POINTER ``pointer`` of ``target`` to variable ``name`` of ``source`` and check that it reads it.

    Raises
    ------
    MechanismError
        If the pointer does not follow its source.
    """
    h = load_mechanisms()
    pointer = pointer or name
    h.setpointer(getattr(source, f"_ref_{name}"), pointer, target)
    before = getattr(source, name)
    setattr(source, name, 0.123456789)
    follows = getattr(target, pointer) == 0.123456789
    setattr(source, name, before)
    if not follows:
        raise MechanismError(
            f"pointer {pointer} of {target} does not read {name} of {source}. Rebuild the mechanisms."
        )
