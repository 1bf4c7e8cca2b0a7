"""Every number has a unit, a source that exists, and says how it was obtained."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellmodel.mechanisms import mod_folder
from cellmodel.parameters import DATA, KINDS, load_file, read_toml, sources
from cellmodel.units import KNOWN_UNITS

DATA_FILES = sorted(DATA.rglob("*.toml"))
MOD_FILES = sorted(mod_folder().glob("*.mod"))
NOT_PHYSIOLOGY = ("sources.toml", "vocabulary.toml", "scorecard.toml", "protocols", "report")
"""Files and folders whose plain numbers are years, minutes of a protocol, or published bands."""

SEEN = {"full_text", "table", "abstract", "model_code", "secondary", "memory"}
PARAMETERS = re.compile(r"^PARAMETER \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
PARAMETER_LINE = re.compile(r"^\s+\w+\s*=\s*\S+\s*\([^)]+\)\s*(<[^>]+>)?\s*:\s*(?P<meaning>.+)$")
KEY = re.compile(r"\[([a-z0-9_]+)(?::[^\]]*)?\]")


def label(path: Path) -> str:
    return path.relative_to(DATA).as_posix() if path.is_relative_to(DATA) else path.name


def is_physiology(path: Path) -> bool:
    return path.relative_to(DATA).parts[0] not in NOT_PHYSIOLOGY


def plain_numbers(item: Any, place: str = "") -> Iterator[str]:
    """Yield the place of every number outside a table that has a ``value``."""
    if isinstance(item, dict) and "value" not in item:
        for key, part in item.items():
            yield from plain_numbers(part, f"{place}.{key}" if place else key)
    elif isinstance(item, list):
        for part in item:
            yield from plain_numbers(part, place)
    elif isinstance(item, int | float) and not isinstance(item, bool):
        yield place


@pytest.mark.parametrize("path", [p for p in DATA_FILES if is_physiology(p)], ids=label)
def test_every_parameter_has_unit_kind_and_a_known_source(path: Path) -> None:
    entries = load_file(path).entries
    unknown = {name: entry.source for name, entry in entries.items() if entry.source not in sources()}
    assert not unknown


@pytest.mark.parametrize("path", [p for p in DATA_FILES if is_physiology(p)], ids=label)
def test_no_number_stands_alone(path: Path) -> None:
    assert not list(plain_numbers(read_toml(path)))


TABLES = sorted(DATA.rglob("*.csv"))


@pytest.mark.parametrize("path", TABLES, ids=label)
def test_a_table_has_a_unit_in_every_row_and_its_source_and_kind_in_the_file_beside_it(path: Path) -> None:
    about = read_toml(path.with_suffix(".toml"))
    assert about["table"] == path.name
    assert about["source"] in sources()
    assert about["kind"] in KINDS
    assert about["where"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["unit"] for row in rows} <= KNOWN_UNITS


@pytest.mark.parametrize("key", sorted(sources()))
def test_a_source_says_who_when_what_and_how_it_was_read(key: str) -> None:
    source = sources()[key]
    assert all(isinstance(source.get(field), str) and source[field] for field in ("authors", "title", "seen"))
    assert 1900 < source["year"] < 2100
    assert source["seen"] in SEEN


@pytest.mark.parametrize("path", MOD_FILES, ids=label)
def test_a_mod_file_s_numbers_have_a_unit_a_meaning_and_known_sources(path: Path) -> None:
    text = path.read_text()
    for block in PARAMETERS.findall(text):
        for line in filter(str.strip, block.splitlines()):
            found = PARAMETER_LINE.match(line)
            assert found, f"unit or meaning is missing: {line.strip()}"
            unknown = set(KEY.findall(found["meaning"])) - set(sources())
            assert not unknown, line.strip()
