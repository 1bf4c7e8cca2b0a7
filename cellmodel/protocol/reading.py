"""Read and check what a protocol file says; each fault is one line that names the file and the entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

import numpy as np

from cellmodel.errors import ProtocolError, nearest


def events(file: str, kind: str, raw: Mapping[str, Any], build: Any) -> tuple[Any, ...]:
    """Return the ``[[kind]]`` tables of a file as objects of a dataclass."""
    tables = raw.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ProtocolError(f"{file}: {kind} must be written as [[{kind}]] tables.")
    return tuple(_event(f"{file} [[{kind}]]", table, build) for table in tables)


def _event(where: str, table: Mapping[str, Any], build: Any) -> Any:
    kinds = dict(build.__annotations__)
    refuse_unknown(where, table, set(kinds))
    given = {}
    for name, item in table.items():
        given[name] = typed(where, name, item, kinds[name].removesuffix(" | None"))
    missing = [f.name for f in fields(build) if f.name not in given and f.default is MISSING]
    if missing:
        raise ProtocolError(f"{where}: {', '.join(missing)} is missing. Add it.")
    try:
        return build(**given)
    except ProtocolError as error:
        raise ProtocolError(f"{where}: {error}") from error


def typed(where: str, name: str, item: Any, hint: str) -> Any:
    """Return an entry as its annotation (``float``, ``int``, ``str`` or ``bool``) says."""
    if hint in ("float", "int"):
        given = number(where, name, item)
        if hint == "int" and not given.is_integer():
            raise ProtocolError(f"{where}: {name} = {item!r} must be a whole number.")
        return int(given) if hint == "int" else given
    wanted = {"str": str, "bool": bool}[hint]
    if not isinstance(item, wanted):
        raise ProtocolError(
            f"{where}: {name} = {item!r} must be {'a text' if wanted is str else 'true or false'}."
        )
    return item


def texts(where: str, name: str, item: Any) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(item, list) or not all(isinstance(text, str) for text in item):
        raise ProtocolError(f"{where}: {name} = {item!r} must be a list of texts.")
    return tuple(item)


def number(where: str, name: str, item: Any) -> float:
    """Return a finite number."""
    if isinstance(item, bool) or not isinstance(item, int | float) or not np.isfinite(item):
        raise ProtocolError(f"{where}: {name} = {item!r} must be a number.")
    return float(item)


def refuse_unknown(where: str, table: Mapping[str, Any], allowed: set[str]) -> None:
    """Refuse a key that nothing reads."""
    unknown = sorted(set(table) - allowed)
    if unknown:
        hint = nearest(unknown[0], allowed)
        raise ProtocolError(
            f"{where}: unknown key {unknown[0]!r}.{hint} Allowed: {', '.join(sorted(allowed))}."
        )


def choose(what: str, given: str, allowed: tuple[str, ...]) -> None:
    """Refuse a word that is not one of those allowed."""
    if given not in allowed:
        hint = nearest(given, allowed)
        raise ProtocolError(f"{what} {given!r} is not known.{hint} Allowed: {', '.join(allowed)}.")
