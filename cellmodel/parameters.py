"""Read data files in which every physiological number carries unit, source and kind.

A data file is TOML.  A table that has a ``value`` is one parameter:

    [release.use]
    value  = 0.14
    unit   = "1"
    source = "romani_2024"          # a key of data/sources.toml
    where  = "table S5"             # optional: figure, table or page
    kind   = "measured"             # measured | fitted | derived | assumed
    note   = "..."                  # required for derived (formula) and assumed (why)

Every other table is a group.  Plain keys that are not tables (``name = "..."``) are texts and
lists about the file itself.  Nothing that is read is executed.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cellmodel.errors import ParameterError, nearest
from cellmodel.units import KNOWN_UNITS

DATA = Path(__file__).parent / "data"
KINDS = ("measured", "fitted", "derived", "assumed")
TEXT_FIELDS = ("unit", "source", "where", "preparation", "kind", "note")
NUMBER_FIELDS = ("value", "sd", "low", "high", "celsius", "q10", "n")
NEEDS_NOTE = ("derived", "assumed")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One physiological number with its provenance.

    ``value`` is a float or a tuple of floats in ``unit``; ``low`` and ``high`` bound it;
    ``celsius`` is the temperature of the measurement and ``q10`` what carries it to others.
    """

    name: str
    value: Any
    unit: str
    source: str
    kind: str
    where: str = ""
    preparation: str = ""
    note: str = ""
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    celsius: float | None = None
    q10: float | None = None
    n: float | None = None

    def allows(self, given: float) -> bool:
        """Whether a number is within ``low`` and ``high``, as far as these are given."""
        return (self.low is None or self.low <= given) and (self.high is None or given <= self.high)


@dataclass(frozen=True)
class ParameterSet(Mapping[str, Parameter]):
    """The parameters of one data file, looked up by dotted name (``"release.use"``)."""

    name: str
    path: Path
    entries: Mapping[str, Parameter]
    texts: Mapping[str, Any]

    def __getitem__(self, key: str) -> Parameter:
        """Return the parameter called ``key``; raise `ParameterError` where there is none."""
        if key not in self.entries:
            raise ParameterError(
                f"{self.path.name}: parameter {key!r} is missing. "
                f"It has: {', '.join(self.entries)}. Add a [{key}] table."
            )
        return self.entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def value(self, key: str) -> float:
        """Return the number of ``key`` in the unit that its entry declares."""
        return self[key].value

    def group(self, prefix: str) -> dict[str, Parameter]:
        """Return the parameters below ``prefix`` with the prefix taken off."""
        start = prefix + "."
        return {k[len(start) :]: p for k, p in self.entries.items() if k.startswith(start)}

    def values_of(self, prefix: str) -> dict[str, float]:
        """Return name and number of every parameter below ``prefix``."""
        return {k: p.value for k, p in self.group(prefix).items()}


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, turning every failure into one `ParameterError`."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))  # some editors begin with a mark
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} is not a text in UTF-8. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{path} is not valid TOML: {error}. Correct that line.") from error


@cache
def sources() -> Mapping[str, Mapping[str, Any]]:
    """Return the bibliography: key of a source to its authors, year, title and DOI."""
    return MappingProxyType(read_toml(DATA / "sources.toml"))


@cache
def load(relative: str) -> ParameterSet:
    """Load a data file of the package, for example ``load("slice.toml")``.

    Raises
    ------
    ParameterError
        If the file is missing or an entry lacks a unit, source, kind or a needed note.
    """
    return load_file(DATA / relative)


def load_file(path: Path) -> ParameterSet:
    """Load a data file from anywhere; the checks are those of `load`."""
    path = Path(path)
    return _parameter_set(read_toml(path), path)


def load_text(text: str, path: Path) -> ParameterSet:
    """Load the text of a data file that is not written yet; ``path`` is what messages call it."""
    try:
        return _parameter_set(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{path} is not valid TOML: {error}. Correct that line.") from error


def _parameter_set(raw: Mapping[str, Any], path: Path) -> ParameterSet:
    entries: dict[str, Parameter] = {}
    texts: dict[str, Any] = {}
    _collect(raw, "", path, entries, texts)
    return ParameterSet(
        name=str(texts.get("name", path.stem)),
        path=path,
        entries=MappingProxyType(entries),
        texts=MappingProxyType(texts),
    )


def _collect(
    table: Mapping[str, Any],
    prefix: str,
    path: Path,
    entries: dict[str, Parameter],
    texts: dict[str, Any],
) -> None:
    for key, item in table.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and "value" in item:
            entries[name] = check_entry(name, item, path)
        elif isinstance(item, dict):
            _collect(item, f"{name}.", path, entries, texts)
        else:
            texts[name] = item


def check_entry(name: str, item: Mapping[str, Any], path: Path) -> Parameter:
    """Check one ``[table]`` with a value and return it as a `Parameter`."""
    where = f"{path.name}: [{name}]"
    unknown = set(item) - set(TEXT_FIELDS) - set(NUMBER_FIELDS)
    if unknown:
        allowed = ", ".join((*NUMBER_FIELDS[:1], *TEXT_FIELDS, *NUMBER_FIELDS[1:]))
        key = sorted(unknown)[0]
        raise ParameterError(
            f"{where} has unknown key {key!r}.{nearest(key, (*TEXT_FIELDS, *NUMBER_FIELDS))} "
            f"Allowed: {allowed}. Correct or remove it."
        )
    for field in ("unit", "source", "kind"):
        if not isinstance(item.get(field), str) or not item[field]:
            raise ParameterError(f'{where} has no {field}. Add {field} = "...".')
    _check_texts(where, item)
    value = _numbers(where, "value", item["value"])
    numbers: dict[str, Any] = {f: _number(where, f, item[f]) for f in NUMBER_FIELDS[1:] if f in item}
    _check_range(where, value, numbers)
    texts = {f: item[f] for f in TEXT_FIELDS if f in item}
    return Parameter(name=name, value=value, **texts, **numbers)


def _check_texts(where: str, item: Mapping[str, Any]) -> None:
    if item["unit"] not in KNOWN_UNITS:
        raise ParameterError(
            f"{where} has unknown unit {item['unit']!r}. Allowed: {', '.join(sorted(KNOWN_UNITS))}."
        )
    if item["kind"] not in KINDS:
        raise ParameterError(f"{where} has kind {item['kind']!r}. Allowed: {', '.join(KINDS)}.")
    if item["kind"] in NEEDS_NOTE and not item.get("note"):
        raise ParameterError(f"{where} is {item['kind']}: add a note that says how or why.")


def _number(where: str, field: str, given: Any) -> float:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not math.isfinite(given):
        raise ParameterError(f"{where} {field} = {given!r} is not a finite number. Give a number.")
    return float(given)


def _numbers(where: str, field: str, given: Any) -> float | tuple[float, ...]:
    if isinstance(given, list):
        return tuple(_number(where, field, item) for item in given)
    return _number(where, field, given)


def _check_range(where: str, value: Any, numbers: Mapping[str, float]) -> None:
    low, high = numbers.get("low", -math.inf), numbers.get("high", math.inf)
    for number in value if isinstance(value, tuple) else (value,):
        if not low <= number <= high:
            raise ParameterError(f"{where} value {number} is outside its range {low} to {high}.")
