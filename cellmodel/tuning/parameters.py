"""What is tuned: names and bounds from the data file, and how values are put into a biophysics file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.parameters import load

DATA_FILE = "cell_tuning.toml"
DIGITS = 4
ENTRY = re.compile(r"^(?P<name>\w+) = \{ value = (?P<value>\[[^\]]*\]|[^,\s]+)(?P<rest>,.*)$")
TABLE = re.compile(r"^\[(?P<name>[\w.]+)\]$")
PLACE = re.compile(r"^(?P<key>[\w.]+?)(\[(?P<index>\d+)\])?$")


@dataclass(frozen=True, slots=True)
class Tuned:
    """One number that is tuned.

    Parameters
    ----------
    name : str
    low, high : float
        Bounds in ``unit``; between positive ones the search is on a logarithmic scale.
    unit : str
    places : tuple of str
        What it is written to: ``TABLE.ENTRY`` of the biophysics file, ``TABLE.ENTRY[k]`` in a list.
    """

    name: str
    low: float
    high: float
    unit: str
    places: tuple[str, ...]

    def to_share(self, value: float) -> float:
        """Return where ``value`` is between the bounds, 0 to 1."""
        if self.low > 0:
            share = np.log(value / self.low) / np.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return float(np.clip(share, 0.0, 1.0))

    def from_share(self, share: float) -> float:
        """Return the value at a share of the way between the bounds, to `DIGITS` digits."""
        if self.low > 0:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + share * (self.high - self.low)
        return float(f"{value:.{DIGITS}g}")


def tuned_parameters() -> tuple[Tuned, ...]:
    """Return what is tuned, in the order of the data file.

    Raises
    ------
    ParameterError
        If a parameter has no bounds or nothing it is written to.
    """
    data = load(DATA_FILE)
    found = []
    for name, entry in data.group("bounds").items():
        places = data.texts.get(f"places.{name}")
        if not isinstance(entry.value, tuple) or len(entry.value) != 2 or not places:
            raise ParameterError(
                f"{DATA_FILE}: {name} needs [low, high] under [bounds] and a list under [places]. Add them."
            )
        found.append(Tuned(name, *entry.value, entry.unit, tuple(places)))
    return tuple(found)


def read_values(text: str, parameters: Iterable[Tuned]) -> dict[str, float]:
    """Return the present value of every parameter: that of its first place.

    Parameters
    ----------
    text : str
        A biophysics file.
    parameters : iterable of Tuned

    Raises
    ------
    ParameterError
        If the file lacks a place.
    """
    tables = tomllib.loads(text)
    return {one.name: _look_up(tables, one.places[0]) for one in parameters}


def _look_up(tables: Mapping[str, Any], place: str) -> float:
    key, index = _split(place)
    entry: Any = tables
    for part in key.split("."):
        if part not in entry:
            raise ParameterError(f"the biophysics file has no {place}. Add it or take it out of {DATA_FILE}.")
        entry = entry[part]
    return float(entry["value"] if index is None else entry["value"][index])


def _split(place: str) -> tuple[str, int | None]:
    match = PLACE.match(place)
    if match is None:
        raise ParameterError(f"{place!r} in {DATA_FILE} is not TABLE.ENTRY or TABLE.ENTRY[k]. Correct it.")
    return match["key"], None if match["index"] is None else int(match["index"])


def rewrite(text: str, values: Mapping[str, float], parameters: Iterable[Tuned]) -> str:
    """Return a biophysics file with the values of some parameters replaced, and nothing else.

    Parameters
    ----------
    text : str
        A biophysics file, one entry a line.
    values : mapping of str to float
        By a parameter's name.
    parameters : iterable of Tuned

    Raises
    ------
    ParameterError
        If the file lacks a place.
    """
    wanted: dict[str, dict[int | None, float]] = {}
    for one in parameters:
        if one.name in values:
            for place in one.places:
                key, index = _split(place)
                wanted.setdefault(key, {})[index] = values[one.name]
    lines, table = [], ""
    for line in text.splitlines():
        if heading := TABLE.match(line):
            table = heading["name"]
        entry = ENTRY.match(line)
        news = wanted.pop(f"{table}.{entry['name']}", None) if entry else None
        lines.append(line if entry is None or news is None else _edit(entry, news))
    if wanted:
        missing = ", ".join(sorted(wanted))
        raise ParameterError(f"the biophysics file has no {missing}. Add it or take it out of {DATA_FILE}.")
    return "\n".join(lines) + "\n"


def _edit(entry: re.Match[str], news: Mapping[int | None, float]) -> str:
    if None in news:
        value = repr(news[None])
    else:
        numbers = [part.strip() for part in entry["value"].strip("[]").split(",")]
        for index, new in news.items():
            numbers[int(index or 0)] = repr(new)
        value = f"[{', '.join(numbers)}]"
    return f"{entry['name']} = {{ value = {value}{entry['rest']}"


def read_text(path: Path) -> str:
    """Return the text of a biophysics file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror}. Check the path.") from error
