"""The report: one page that needs nothing but itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from cellmodel.parameters import Parameter, sources
from cellmodel.recording import write_measures, write_text
from cellmodel.report.findings import finding
from cellmodel.report.page.document import contents, document, notes, notes_link
from cellmodel.report.page.doses import explorer
from cellmodel.report.page.figures import figure, file_links
from cellmodel.report.page.methods import methods_html
from cellmodel.report.page.rows import rows_of
from cellmodel.report.scorecard import section_of_study
from cellmodel.report.study import LEADING, StudyResult
from cellmodel.report.tables import ABSENT, MISSED, SHOWN, TableRow, number, table_rows, with_unit

MARKS = {SHOWN: ("shown", "✓"), MISSED: ("missed", "✗"), ABSENT: ("absent", "–")}
DOSES = "doses"
TITLES = {
    "patch": "The patch",
    "epsc": "The EPSC",
    "ltp": "The field EPSP and LTP",
    "ltp_crossed": "The drug before and after LTP",
    "cascade": "Signals of plasticity",
    "fepsp": "The field EPSP",
    "whole_cell": "A puff of glutamate",
    "input_output": "Input-output curve",
}
SECTIONS = {
    "answer": "The answer",
    "notes": "What to know",
    DOSES: "Other doses",
    "tables": "Against the published effects",
    "scorecard": "Scorecard",
    "calcium": "Spine calcium",
    "more": "More figures",
    "how": "How it was done",
    "parameters": "Parameters",
    "run": "This run",
}
CALCIUM = {"spine_calcium_ampa": "AMPA receptors", "spine_calcium_nmda": "NMDA receptors"}
UNITS = r"(?:ms|mV|pA|pC|fC|mM|µM|%|/ms)(?:\W|$)"


def write_report(path: Path, study: StudyResult) -> list[Path]:
    """Write the study's report as one HTML file and, beside it, the rows of each figure as CSV.

    Parameters
    ----------
    path : Path
        For example ``results/study/report.html``; measures.csv and the figures are linked as its neighbors.
    study : StudyResult
        Numbers, figures, diagrams and what they come from. Parts that are empty are left out.

    Returns
    -------
    list of Path
        What was written.
    """
    tables = {
        path.with_name(f"{name}.csv"): rows
        for name in (*study.figures, *((DOSES,) if study.doses else ()))
        if (rows := rows_of(name, study.measures))
    }
    for place, rows in tables.items():
        write_measures(place, rows)
    write_text(path, report_html(study))
    return [path, *tables]


def report_html(study: StudyResult) -> str:
    """Return the page as text; the same study gives the same text."""
    rows = table_rows(study)
    bodies = {
        "answer": "".join(_leading(study, name) for name in LEADING),
        "notes": notes(study.notices),
        DOSES: _doses(study),
        "tables": _tables(rows),
        "scorecard": _scorecard(study),
        "calcium": _calcium(study),
        "more": "".join(_titled(study, name) for name in _more(study)),
        "how": _how(study),
        "parameters": "".join(_parameters(group, items) for group, items in study.parameters.items()),
        "run": _run(study.run),
    }
    used = {key: body for key, body in bodies.items() if body}
    parts = {
        "answer": {f"part-{name}": title_of(name) for name in LEADING},
        "more": {f"part-{name}": title_of(name) for name in _more(study)},
        "how": {"methods": "Methods"} if study.methods else {},
    }
    return document(
        f"{study.drug}: from patch to plasticity",
        header=_header(study, rows),
        contents=contents((key, SECTIONS[key], parts.get(key, {})) for key in used),
        main="".join(_section(key, body) for key, body in used.items()),
        footer="Every number on this page is a model's, computed in this run; published effects are "
        'marked as such. All numbers: <a href="measures.csv">measures.csv</a>.',
        more_scripts=("doses",) if DOSES in used else (),
    )


def title_of(name: str) -> str:
    """Return the title of a figure."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _header(study: StudyResult, rows: Sequence[TableRow]) -> str:
    return (
        '<p class="kicker">In-silico slice rig · model results</p>'
        f"<h1>What {escape(study.drug)} does, from a patch of membrane to LTP</h1>"
        '<p class="lead">One AMPA receptor scheme, carried unchanged from an outside-out patch to the '
        "synapses of a CA1 pyramidal cell and to the field electrode of a slice. "
        f"{escape(_verdict(rows))}</p>{notes_link(study.notices)}"
    )


def _verdict(rows: Sequence[TableRow]) -> str:
    counts = {status: sum(row.status == status for row in rows) for status in MARKS}
    parts = [f"{counts[SHOWN]} of {len(rows)} published effects are shown"]
    if counts[MISSED]:
        parts.append(f"{counts[MISSED]} missed")
    if counts[ABSENT]:
        parts.append(f"{counts[ABSENT]} not computed in this run")
    return ", ".join(parts) + "."


def _section(key: str, body: str) -> str:
    return f'<section id="{key}"><h2>{SECTIONS[key]}</h2>{body}</section>'


def _leading(study: StudyResult, name: str) -> str:
    if not study.figures.get(name):
        title = escape(title_of(name))
        return f'<h3 id="part-{name}">{title}</h3><p>This figure was not drawn in this run.</p>'
    return _titled(study, name, before=f'<p class="finding">{_set(finding(study, name))}</p>')


def _titled(study: StudyResult, name: str, *, before: str = "") -> str:
    """Return a figure of the study with its heading and its files."""
    title = title_of(name)
    files = file_links(name, title, has_rows=bool(rows_of(name, study.measures)))
    caption = study.captions.get(name, "")
    drawn = figure(name, study.figures[name], caption, title=title, before=before, files=files)
    return f'<h3 id="part-{name}">{escape(title)}</h3>{drawn}'


def _more(study: StudyResult) -> list[str]:
    return [name for name in study.figures if name not in LEADING]


def _doses(study: StudyResult) -> str:
    rows = rows_of(DOSES, study.measures)
    shown = explorer(study.doses, rows, compound=study.compound, dose_mM=study.dose_mM)
    if not shown:
        return ""
    link = f'<a href="{DOSES}.csv" download>Data (CSV)</a>' if rows else ""
    return f'{shown}<p class="tools">{link}<a href="traces.nwb" download>Sweeps (NWB)</a></p>'


def _set(text: str) -> str:
    """Escape a text and keep each number on one line with its unit and its arrow."""
    return re.sub(rf"(?<=[\d→]) (?=→|{UNITS})|(?<=→) ", "&nbsp;", escape(text))


def _tables(rows: Sequence[TableRow]) -> str:
    head = "".join(f"<th>{t}</th>" for t in ("Preparation", "Measure", "Published effect", "Model", ""))
    tables = [
        f'<table class="stack effects"><caption>Table {table}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(_table_row(row) for row in group)}</tbody></table>"
        for table, group in groupby(rows, key=lambda row: row.table)
    ]
    words = "× is drug over control; in brackets the two values. A row is missed if one of its numbers is."
    if any("q10" in check.text for row in rows for check in row.checks):
        words += " The q10 of the receptor is assumed: what follows is the number at its other bounds."
    return "".join(f'<div class="wide">{table}</div>' for table in tables) + f"<p>{words}</p>"


def _scorecard(study: StudyResult) -> str:
    """Return the rows of receptors, compounds and targets; `make scorecard` computes the others too."""
    if not study.scorecard:
        return ""
    return section_of_study(study.scorecard)


def _table_row(row: TableRow) -> str:
    checks = "".join(
        f'<li>{_mark(c.status)} <span class="label">{escape(c.label)}</span> {_set(c.text)}</li>'
        for c in row.checks
    )
    reading = f'<span class="reading">{escape(row.reading)}</span>' if row.reading else ""
    return (
        f"<tr><td>{escape(row.preparation)}</td><td>{escape(row.quantity)}</td>"
        f'<td data-head="published:">{escape(row.effect)}{reading}</td>'
        f'<td><ul class="checks">{checks}</ul></td>'
        f'<td class="tag {MARKS[row.status][0]}">{row.status}</td></tr>'
    )


def _mark(status: str) -> str:
    name, sign = MARKS[status]
    return f'<span class="{name}" title="{status}">{sign}</span>'


def _calcium(study: StudyResult) -> str:
    gains = {
        place: study.gain(measure, preparation)
        for measure, place in CALCIUM.items()
        for preparation in {row.preparation: None for row in study.measures if row.measure == measure}
    }
    lines = "".join(
        f'<tr><td>{place}</td><td class="num">{with_unit(gain.over, gain.unit)}</td>'
        f'<td class="num">{with_unit(gain.of, gain.unit)}</td><td class="num">×{number(gain.ratio)}</td></tr>'
        for place, gain in gains.items()
        if gain
    )
    if not lines:
        return ""
    head = '<th>Through</th><th class="num">control</th><th class="num">drug</th><th class="num">ratio</th>'
    return (
        "<p>Calcium that enters one spine in one synaptic response, by the channel it comes through.</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _how(study: StudyResult) -> str:
    diagrams = "".join(
        f"<h3>{escape(title)}</h3>" + figure(f"diagram-{n}", svg, study.captions.get(title, ""), title=title)
        for n, (title, svg) in enumerate(study.diagrams.items(), 1)
    )
    methods = methods_html(study.methods, study.parameters)
    return diagrams + (f'<h3 id="methods">Methods</h3>{methods}' if methods else "")


def _parameters(group: str, items: Sequence[Parameter]) -> str:
    head = '<th>Parameter</th><th class="num">Value</th><th>Unit</th><th>Kind</th><th>Source</th>'
    lines = "".join(
        f'<tr><td>{escape(p.name)}</td><td class="num">{_values(p.value)}</td><td>{escape(p.unit)}</td>'
        f"<td>{escape(p.kind)}</td><td>{_source(p)}</td></tr>"
        for p in items
    )
    return (
        f'<details><summary>{escape(group)} ({len(items)})</summary><div class="wide"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div></details>"
    )


def _values(value: Any) -> str:
    return ", ".join(f"{x:.6g}" for x in (value if isinstance(value, tuple) else (value,)))


def _source(parameter: Parameter) -> str:
    entry = sources().get(parameter.source, {})
    authors = str(entry.get("authors", parameter.source)).split(",")[0]
    words = escape(f"{authors} {entry.get('year', '')}".strip())
    doi = entry.get("doi")
    linked = f'<a href="https://doi.org/{escape(doi)}">{words}</a>' if doi else words
    where = f", {escape(parameter.where)}" if parameter.where else ""
    note = f'<span class="reading">{escape(parameter.note)}</span>' if parameter.note else ""
    return linked + where + note


def _run(run: Mapping[str, Any]) -> str:
    lines = "".join(
        f"<dt>{escape(str(key))}</dt><dd>{escape(_plain(item))}</dd>" for key, item in run.items()
    )
    return f"<dl>{lines}</dl>" if lines else ""


def _plain(item: Any) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{key} {value}" for key, value in item.items())
    return item if isinstance(item, str) else json.dumps(item, default=str)
