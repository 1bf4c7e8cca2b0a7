"""Dose-response curves as a page of its own: the figure, the halves, every ratio, and how it was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from cellmodel.analysis import DoseCurve
from cellmodel.analysis.dose_curve import FITTED
from cellmodel.parameters import Parameter
from cellmodel.report.dose_figures import LEVELS, QUANTITIES, name_of
from cellmodel.report.page.document import contents, document, notes, notes_link
from cellmodel.report.page.figures import figure, file_links
from cellmodel.report.page.methods import Paragraph, methods_html
from cellmodel.report.tables import number

NAME = "dose_response"
TITLE = "Dose-response curves"
CAPTION = (
    "Above: each quantity over its control, by level, with its Hill curve; dashed where the doses do not "
    "show the half. Below: the fitted curves in percent of their plateau, and the half-maximal doses with "
    "95 % intervals; an arrow starts at the dose that the half lies above. A point is one run of a model "
    "without chance: no error bars."
)
SECTIONS = {
    "curves": "The curves",
    "halves": "Half-maximal doses",
    "ratios": "Every dose",
    "notes": "What to know",
    "methods": "Methods",
    "run": "This run",
}
HALVES = ("Level", "Quantity", "EC50 (mM)", "95 % interval", "Hill", "R²", "Largest change seen")


def page_html(
    curves: Sequence[DoseCurve],
    *,
    drug: str,
    figure_svg: str,
    notices: Sequence[str],
    methods: Sequence[Paragraph],
    parameters: Mapping[str, Sequence[Parameter]],
    about: Mapping[str, str],
) -> str:
    """Return the page as text.

    Parameters
    ----------
    curves : sequence of DoseCurve
        Shown in the order of the figure, from the patch to the field.
    drug : str
    figure_svg : str
        The figure; empty where none was drawn.
    notices : sequence of str
    methods : sequence of (title, text)
        From `cellmodel.report.page.methods.paragraphs`.
    parameters : mapping of str to sequence of Parameter
        By group, of which the methods say how many were measured.
    about : mapping of str to str
        What the run was done with.
    """
    curves = sorted(curves, key=lambda curve: [*LEVELS, level_of(curve)].index(level_of(curve)))
    used = "".join(f"<dt>{escape(key)}</dt><dd>{escape(text)}</dd>" for key, text in about.items())
    files = file_links(NAME, TITLE, has_rows=False)
    bodies = {
        "curves": figure(NAME, figure_svg, CAPTION, title=TITLE, files=files) if figure_svg else "",
        "halves": _halves(curves),
        "ratios": _ratios(curves),
        "notes": notes(notices),
        "methods": methods_html(methods, parameters),
        "run": f"<dl>{used}</dl>",
    }
    shown = {key: body for key, body in bodies.items() if body}
    return document(
        f"{drug}: dose-response curves",
        header='<p class="kicker">In-silico slice rig · model results</p>'
        f"<h1>How the level shifts the curve: {escape(drug)} from patch to field</h1>"
        f'<p class="lead">{escape(answer(curves))}</p>{notes_link(notices)}',
        contents=contents((key, SECTIONS[key], {}) for key in shown),
        main="".join(
            f'<section id="{k}"><h2>{SECTIONS[k]}</h2>{body}</section>' for k, body in shown.items()
        ),
        footer='All rows: <a href="measures.csv">measures.csv</a>; sweeps: '
        '<a href="traces.nwb">traces.nwb</a>. '
        "Every number is a model's, computed in this run.",
    )


def answer(curves: Sequence[DoseCurve]) -> str:
    """Say in a sentence where the half-maximal doses lie."""
    halves = [(c.fit.ec50, name_of(c)) for c in curves if c.fit is not None and c.status == FITTED]
    found = sorted(halves)
    if not found:
        return "No quantity has a half-maximal dose within the doses that were run."
    (low, first), (high, last) = found[0], found[-1]
    text = f"Of {len(curves)} quantities {len(found)} have a half-maximal dose within the doses that were run"
    if len(found) == 1:
        return f"{text}: {first}, {number(low)} mM."
    return f"{text}, from {number(low)} mM ({first}) to {number(high)} mM ({last})."


def level_of(curve: DoseCurve) -> str:
    """Return the title of a curve's level."""
    return next((title for title, of in LEVELS.items() if curve.preparation in of), curve.preparation)


def _halves(curves: Sequence[DoseCurve]) -> str:
    head = "".join(f'<th class="{"num" if k > 1 else ""}">{title}</th>' for k, title in enumerate(HALVES))
    body = "".join(_half(curve) for curve in curves)
    words = (
        "The half-maximal dose of a Hill curve through the ratios to control. Where it lies above the doses "
        "that can be given it is extrapolated, and the dose at which half of the largest effect seen is "
        "reached stands behind &gt;."
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<p>{words}</p><div class="wide">{table}</div>'


def _half(curve: DoseCurve) -> str:
    fit, blank = curve.fit, "–"
    largest = curve.ratios[np.argmax(np.abs(curve.ratios - 1.0))] if curve.ratios.size else np.nan
    change = f"×{number(float(largest))}" if np.isfinite(largest) else blank
    above = f"&gt; {number(curve.half_of_seen)}" if curve.status == "not_saturated" else ""
    cells = [above or blank, *[blank] * 3]
    if fit is not None and curve.is_reported:
        low, high = fit.ec50_interval
        half = f"{number(fit.ec50)} ({above})" if above else number(fit.ec50)
        cells = [half, f"{number(low)} to {number(high)}", number(fit.hill), f"{fit.r2:.4f}"]
    reason = f'<span class="reading">{escape(curve.reason)}</span>' if curve.reason else ""
    numbers = "".join(f'<td class="num">{cell}</td>' for cell in (*cells, change))
    return (
        f"<tr><td>{escape(level_of(curve))}</td><td>{QUANTITIES[curve.measure][0]}{reason}</td>{numbers}</tr>"
    )


def _ratios(curves: Sequence[DoseCurve]) -> str:
    """Return the table of ratios to control, a column for each dose."""
    doses = sorted({float(dose) for curve in curves for dose in curve.doses})
    if not doses:
        return ""
    head = "<th>Level</th><th>Quantity</th>" + "".join(f'<th class="num">{dose:g}</th>' for dose in doses)
    body = "".join(_ratio_row(curve, doses) for curve in curves)
    return (
        "<p>Drug over control, by dose (mM).</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _ratio_row(curve: DoseCurve, doses: Sequence[float]) -> str:
    found = dict(zip(map(float, curve.doses), map(float, curve.ratios), strict=True))
    cells = "".join(f'<td class="num">{number(found[dose]) if dose in found else "–"}</td>' for dose in doses)
    return f"<tr><td>{escape(level_of(curve))}</td><td>{QUANTITIES[curve.measure][0]}</td>{cells}</tr>"
