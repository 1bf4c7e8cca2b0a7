"""Directives that print the data files of the package, so that the model card cannot drift from the model.

``{parameters} FILE|FOLDER ...`` is a section for each file with every parameter; ``{parameter-summary}``
counts them by kind; ``{sources}`` is the bibliography; ``{published-numbers}`` are the rows of the scorecard,
and ``{measures}`` the words of measures.csv.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from cellmodel.parameters import DATA, KINDS, Parameter, ParameterSet, load_file, read_toml, sources

SOURCES_PAGE = "model_card/sources"
SAID = ("title", "notices")  # texts of a file that stand above its table
Cell = str | nodes.Node


def files_of(names: Sequence[str]) -> list[Path]:
    """Return the data files of names: a file, every TOML file of a folder, or those of a pattern."""
    patterns = [f"{name}/*.toml" if (DATA / name).is_dir() else name for name in names]
    found = {pattern: sorted(DATA.glob(pattern)) for pattern in patterns}
    missing = [pattern for pattern, paths in found.items() if not paths]
    if missing:
        raise ExtensionError(f"no data file {', '.join(missing)} in {DATA}. Correct the page.")
    return [path for paths in found.values() for path in paths]


def parameter_files() -> list[Path]:
    """Return every data file that has parameters."""
    return [path for path in sorted(DATA.rglob("*.toml")) if len(load_file(path))]


def label(path: Path) -> str:
    """Return a data file's name within cellmodel/data."""
    return path.relative_to(DATA).as_posix()


def identifier(text: str) -> str:
    """Return what a text is called in an address."""
    return nodes.make_id(text)


class _DataDirective(SphinxDirective):
    """A directive that reads data files and is run again when they change."""

    final_argument_whitespace = True

    def read(self, path: Path) -> Path:
        """Return the path and let the page depend on it."""
        self.env.note_dependency(str(path))
        return path

    def cited(self, key: str) -> nodes.Node:
        """Return a link to a source in the bibliography."""
        page = self.env.app.builder.get_relative_uri(self.env.docname, SOURCES_PAGE)
        uri = f"{page}#{identifier(key)}"
        return nodes.reference("", short_source(key), refuri=uri, internal=True)


class Parameters(_DataDirective):
    """A section for each file, with every parameter."""

    required_arguments, optional_arguments = 1, 0

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return [self._section(self.read(path)) for path in files_of(self.arguments[0].split())]

    def _section(self, path: Path) -> nodes.section:
        data = load_file(path)
        section = nodes.section(ids=[identifier(label(path))], names=[label(path)])
        section += nodes.title("", label(path))
        section += [nodes.paragraph("", text) for text in introduction(data)]
        rows = [self._row(p) for p in data.values()] + [
            (nodes.literal("", name), text, "", "rule", "") for name, text in rules(data)
        ]
        section += table(("parameter", "value", "unit", "kind", "source, note"), rows)
        return section

    def _row(self, p: Parameter) -> tuple[Cell, ...]:
        origin = nodes.inline("", "", self.cited(p.source))
        if p.where or p.preparation:
            origin += nodes.Text(", " + ", ".join(filter(None, (p.where, p.preparation))))
        details = "; ".join(filter(None, (limits(p), p.note)))
        if details:
            origin += nodes.Text(f"; {details}")
        return nodes.literal("", p.name), values(p), "" if p.unit == "1" else p.unit, p.kind, origin


class ParameterSummary(_DataDirective):
    """How many parameters each file has, by kind."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        counts = {label(self.read(path)): kinds(load_file(path)) for path in parameter_files()}
        total: Counter[str] = sum(counts.values(), Counter())
        rows = [(nodes.literal("", name), *numbers(count)) for name, count in counts.items()]
        return [table(("file", "parameters", *KINDS), [*rows, ("all", *numbers(total))])]


class Sources(_DataDirective):
    """The bibliography."""

    def run(self) -> list[nodes.Node]:
        """Return a list in the order of the authors' names."""
        self.read(DATA / "sources.toml")
        items = nodes.bullet_list()
        for key, entry in sorted(sources().items(), key=lambda item: str(item[1]["authors"])):
            paragraph = nodes.paragraph("", citation(entry) + " ")
            address = f"https://doi.org/{entry['doi']}" if "doi" in entry else entry.get("url")
            if address:
                paragraph += [nodes.reference("", address, refuri=address), nodes.Text(" ")]
            paragraph += [nodes.literal("", key), nodes.Text(f", read: {entry['seen'].replace('_', ' ')}")]
            items += nodes.list_item("", paragraph, ids=[identifier(key)])
        return [items]


class PublishedNumbers(_DataDirective):
    """The rows of the scorecard: what was published, and the band in which the model passes."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = read_toml(self.read(DATA / "scorecard.toml"))["row"]
        return [
            table(
                ("id", "quantity", "published", "passes", "kind", "source"), [self._row(row) for row in rows]
            )
        ]

    def _row(self, row: Mapping[str, Any]) -> tuple[Cell, ...]:
        origin = nodes.inline()
        for key in row["source"]:
            origin += [nodes.Text("; "), self.cited(key)] if len(origin) else [self.cited(key)]
        kind = row["kind"] + (", contested" if row.get("contested") else "")
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        return row["id"], row["quantity"], str(row["published"]), band(row) + unit, kind, origin


class Measures(_DataDirective):
    """The measures that measures.csv may have, with the units in which they may be given."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        words = read_toml(self.read(DATA / "vocabulary.toml"))["measures"]
        rows = [(nodes.literal("", name), ", ".join(units)) for name, units in words.items()]
        return [table(("measure", "unit"), rows)]


def introduction(data: ParameterSet) -> Iterator[str]:
    """Yield what a file says of itself: its first comment, its title, what must be known of it."""
    lines = data.path.read_text(encoding="utf-8").splitlines()
    head = [line for line in takewhile(lambda line: not line.startswith("["), lines) if line.startswith("#")]
    if head:
        yield " ".join(line.lstrip("# ") for line in head)
    for name in SAID:
        said = data.texts.get(name, ())
        yield from [said] if isinstance(said, str) else said


def rules(data: ParameterSet) -> Iterator[tuple[str, str]]:
    """Yield the texts of a file that belong to its parameters, such as how a density is distributed."""
    for name, text in data.texts.items():
        if "." in name and isinstance(text, str | bool):
            yield name, str(text).lower() if isinstance(text, bool) else text


def kinds(data: ParameterSet) -> Counter[str]:
    """Count the parameters of a file by kind."""
    return Counter(p.kind for p in data.values())


def numbers(count: Counter[str]) -> tuple[str, ...]:
    """Return the number of all and of each kind, empty for none."""
    return str(count.total()), *(str(count[kind] or "") for kind in KINDS)


def values(p: Parameter) -> str:
    """Return a parameter's number or numbers, with its standard deviation."""
    given = p.value if isinstance(p.value, tuple) else (p.value,)
    sd = f" ± {p.sd:.6g}" if p.sd is not None else ""
    return ", ".join(f"{x:.6g}" for x in given) + sd


def limits(p: Parameter) -> str:
    """Return range, temperature, q10 and n, as far as they are given."""
    said = []
    if p.low is not None or p.high is not None:
        said.append(f"range {band({'low': p.low, 'high': p.high})}")
    named = (("at {:g} °C", p.celsius), ("q10 {:g}", p.q10), ("n = {:g}", p.n))
    return ", ".join([*said, *(text.format(number) for text, number in named if number is not None)])


def band(row: Mapping[str, Any]) -> str:
    """Return low and high, of which one may be missing."""
    low, high = (math.nan if row.get(end) is None else float(row[end]) for end in ("low", "high"))
    if math.isnan(high):
        return f"≥ {low:g}"
    return f"≤ {high:g}" if math.isnan(low) else f"{low:g} to {high:g}"


def short_source(key: str) -> str:
    """Return first author and year."""
    authors = str(sources()[key]["authors"])
    is_named = authors[0].isupper()  # "not shown", "the authors of cellmodel" are no names
    if key == "cellmodel":
        return "this project"
    first = re.split(r"[,;(]| and ", authors, maxsplit=1)[0].strip()
    return f"{first} {sources()[key]['year']}" if is_named else key


def citation(entry: Mapping[str, Any]) -> str:
    """Return authors, year, title and journal."""
    journal = f" {entry['journal']}." if "journal" in entry else ""
    return f"{entry['authors']} ({entry['year']}). {entry['title']}.{journal}"


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> nodes.Node:
    """Return a table; the style sheet knows it by its class and the name of its second column."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _line(head))
    group += nodes.tbody("", *map(_line, rows))
    return nodes.table("", group, classes=["data", f"data-{head[1]}"])


def _line(cells: Sequence[Cell]) -> nodes.row:
    made = [nodes.inline("", cell) if isinstance(cell, str) else cell for cell in cells]
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in made))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("parameters", Parameters)
    app.add_directive("parameter-summary", ParameterSummary)
    app.add_directive("sources", Sources)
    app.add_directive("published-numbers", PublishedNumbers)
    app.add_directive("measures", Measures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
