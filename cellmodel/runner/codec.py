"""Values as a text and arrays, and back: what is read is never executed.

Plain values, tuples, lists, mappings, paths, NumPy arrays and the project's own dataclasses, which are built
by their constructors, and so checked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

PACKAGE = "cellmodel."


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """Return a value as JSON knows it, every list with its kind first; arrays are added to ``arrays``.

    Raises
    ------
    TypeError
        For a value of any other kind: a developer's mistake.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    for kind, allowed in (("tuple", tuple), ("list", list)):
        if type(value) is allowed:
            return [kind, *(encode(each, arrays) for each in value)]
    if isinstance(value, Mapping):
        return ["dict", *([encode(key, arrays), encode(each, arrays)] for key, each in value.items())]
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        arrays.append(np.asarray(value))
        kind = "scalar" if isinstance(value, np.generic) else "array" if value.flags.writeable else "frozen"
        return [kind, len(arrays) - 1]
    if isinstance(value, PurePath):
        return ["path", str(value)]
    if is_dataclass(value) and type(value).__module__.startswith(PACKAGE):
        given = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        return [
            "object",
            type(value).__module__,
            type(value).__qualname__,
            encode(given, arrays),
        ]
    raise TypeError(f"{type(value)} can be neither the item nor the result of a job")


def decode(coded: Any, arrays: Mapping[int, np.ndarray]) -> Any:
    """Return the value that `encode` was given.

    Raises
    ------
    LookupError, TypeError, ValueError
        If it was written by another version, or by somebody else.
    """
    if not isinstance(coded, list):
        return coded
    kind, *content = coded
    return _DECODERS[kind](content, arrays)


def _object(content: list, arrays: Mapping[int, np.ndarray]) -> Any:
    module, name, given = content
    made = getattr(sys.modules[module], name, None) if module.startswith(PACKAGE) else None
    if not (isinstance(made, type) and is_dataclass(made)):
        raise ValueError(f"{module}.{name} is no dataclass of this project")
    return made(**decode(given, arrays))


def _array(content: list, arrays: Mapping[int, np.ndarray], *, is_writeable: bool = True) -> np.ndarray:
    found = arrays[content[0]]
    found.flags.writeable = is_writeable
    return found


_DECODERS: Mapping[str, Callable[[list, Mapping[int, np.ndarray]], Any]] = {
    "tuple": lambda content, arrays: tuple(decode(each, arrays) for each in content),
    "list": lambda content, arrays: [decode(each, arrays) for each in content],
    "dict": lambda content, arrays: {decode(key, arrays): decode(each, arrays) for key, each in content},
    "scalar": lambda content, arrays: arrays[content[0]][()],
    "array": _array,
    "frozen": lambda content, arrays: _array(content, arrays, is_writeable=False),
    "path": lambda content, arrays: Path(content[0]),
    "object": _object,
}


def texts_in(coded: Any) -> list[str]:
    """Return every text of an encoded value."""
    if isinstance(coded, str):
        return [coded]
    return [text for each in coded for text in texts_in(each)] if isinstance(coded, list) else []
