"""The methods as text that can go into a paper: numbers with their marks and sources, and the references."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from cellmodel.parameters import DATA, Parameter, ParameterSet, read_toml, sources
from cellmodel.report.tables import with_unit

MARKS = {"assumed": "*", "fitted": "†", "derived": "†"}
"""Behind numbers that are this model's own."""
OWN = "cellmodel"
FIELD = re.compile(r"\{(\w+)(?::([\w.]+))?(-?)\}")
CITATION = re.compile(r"\[(\w+)\]")
SURNAME = re.compile(r"^(.*?)(?: [A-Z]{1,4})?$")

Paragraph = tuple[str, str]
"""Title and text, in which ``[key]`` is a citation."""


def paragraphs(files: Mapping[str, ParameterSet], numbers: Mapping[str, Any]) -> list[Paragraph]:
    """Return the methods with the numbers of a run.

    Parameters
    ----------
    files : mapping of str to ParameterSet
        The names by which data/report/methods.toml calls data files. A paragraph that needs one that is not
        given is left out.
    numbers : mapping of str to Any
        The other fields of its texts; a paragraph that needs one that is empty is left out.

    Raises
    ------
    ParameterError
        If a parameter is missing.
    KeyError
        If a text has a field that is neither.
    """

    def filled(match: re.Match[str]) -> str:
        name, parameter, is_bare = match.groups()
        if not parameter:
            return f"{numbers[name]}"
        return _number(files[name][parameter], has_source=not is_bare)

    template = read_toml(DATA / "report" / "methods.toml")
    found = [
        (part["title"], FIELD.sub(filled, part["text"]))
        for part in template["paragraph"]
        if "needs" not in part or part["needs"] in files or numbers.get(part["needs"])
    ]
    return [*found, ("Numbers", template["marks"])]


def _number(parameter: Parameter, *, has_source: bool) -> str:
    shown = with_unit(parameter.value, parameter.unit)
    mark = MARKS.get(parameter.kind, "") if parameter.source == OWN or parameter.kind == "assumed" else ""
    source = "" if parameter.source == OWN or not has_source else f" [{parameter.source}]"
    return f"{shown}{mark}{source}"


def methods_html(methods: Sequence[Paragraph], parameters: Mapping[str, Sequence[Parameter]]) -> str:
    """Return text, census of the parameters and references, with a button that copies all of it."""
    if not methods:
        return ""
    texts = [(title, cited(text)) for title, text in [*methods, *_census(parameters)]]
    body = "".join(f"<h4>{escape(title)}</h4><p>{escape(text)}</p>" for title, text in texts)
    listed = references(text for _, text in methods)
    items = "".join(f"<li>{_linked(entry)}</li>" for entry in listed)
    return (
        '<div class="copy-bar"><button type="button" data-copy="methods-text" data-say="copied">Copy methods '
        'and references</button> <span id="copied" role="status"></span></div>'
        f'<div id="methods-text">{body}'
        + (f'<h4>References</h4><ol class="references">{items}</ol>' if items else "")
        + "</div>"
    )


def cited(text: str) -> str:
    """Write the citations of a text as author and year."""
    return CITATION.sub(lambda match: f"({_short(match[1])})" if match[1] in sources() else match[0], text)


def references(texts: Iterable[str]) -> list[Mapping[str, Any]]:
    """Return the sources that texts cite, by author and year."""
    keys = {key for text in texts for key in CITATION.findall(text)} & sources().keys()
    return sorted((sources()[key] for key in keys), key=lambda entry: (entry["authors"], entry["year"]))


def _short(key: str) -> str:
    """Return ``Jonas et al., 1993``."""
    entry = sources()[key]
    authors = entry["authors"].split(";")[0]
    names = [SURNAME.sub(r"\1", name.strip()) for name in authors.split(" and others")[0].split(",")]
    if " and others" in authors or len(names) > 2:
        return f"{names[0]} et al., {entry['year']}"
    return f"{' and '.join(names)}, {entry['year']}"


def _linked(entry: Mapping[str, Any]) -> str:
    journal = f" {entry['journal']}." if "journal" in entry else ""
    text = f"{entry['authors']} ({entry['year']}) {entry['title']}.{journal}"
    doi = entry.get("doi")
    link = f' <a href="https://doi.org/{escape(doi)}">doi:{escape(doi)}</a>' if doi else ""
    return escape(text) + link


def _census(parameters: Mapping[str, Sequence[Parameter]]) -> list[Paragraph]:
    """Say how many parameters of each group were measured, fitted, derived and assumed."""
    lines = [
        f"{group}: {', '.join(f'{n} {kind}' for kind, n in sorted(Counter(p.kind for p in items).items()))}"
        for group, items in parameters.items()
    ]
    return [("Where the parameters come from", f"{'; '.join(lines)}.")] if lines else []
