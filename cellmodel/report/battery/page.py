"""The battery as a page of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from cellmodel.battery.scores import FeatureScore
from cellmodel.report.battery.lines import ScoreLine
from cellmodel.report.page.document import document, notes
from cellmodel.report.page.figures import figure, file_links
from cellmodel.report.tables import number

CAPTIONS = {
    "scores": "Scores beside the best published model and the goal.",
    "somatic_sharp": "Responses to steps into the soma, against sharp-electrode recordings. Points with "
    "bars: the experiment's mean and SD over cells. Right: every feature; gray is within one SD, arrows are "
    "beyond 4.",
    "somatic_patch": "The same against patch recordings. The two sets disagree with each other.",
    "block": "Spikes in one second against current, and the sweeps with most spikes and in block. Gray: mean "
    "and SD of the current with most spikes and of the plateau in block. Right, here and below: a row for "
    "each feature, model / experiment ± SD; gray is within one SD.",
    "bap": "First and last spike of a train near 15 Hz along the apical trunk.",
    "attenuation": "EPSPs of about 30 pA that start on the trunk: peak at the soma over that at the site.",
    "oblique": "Inputs to one place of a terminal oblique, each so large that five together evoke a "
    "dendritic spike and four do not. Expected: the sum of single EPSPs (dotted). Thin: dendrite; thick: "
    "soma.",
    "unitary": "EPSPs of single Schaffer-collateral synapses at the soma, in a slice, inhibition blocked. "
    "Far synapses have more AMPA receptors. No published score.",
    "passive": "Rest, firing, dendritic recordings, attenuation and resonance; no published scores.",
}


def page_html(
    lines: Sequence[ScoreLine],
    *,
    figures: Mapping[str, str],
    features: Mapping[str, Sequence[FeatureScore]],
    notices: Sequence[str],
    about: Mapping[str, str],
) -> str:
    """Return the page as text.

    Parameters
    ----------
    lines : sequence of ScoreLine
    figures : mapping of str to str
        Name to SVG, in the order of the page.
    features : mapping of str to sequence of FeatureScore
        By test, for the tables that fold out.
    notices : sequence of str
    about : mapping of str to str
        What the run was done with: cell, biophysics, temperature, version of eFEL.
    """
    art = "".join(_figure(name, svg) + _features(features.get(name, ())) for name, svg in figures.items())
    used = "".join(f"<dt>{escape(key)}</dt><dd>{escape(text)}</dd>" for key, text in about.items())
    n_aimed, n_met = (sum(getattr(line, name) for line in lines) for name in ("has_goal", "is_met"))
    return document(
        "Cell properties",
        header='<p class="kicker">In-silico slice rig · model results</p>'
        "<h1>The CA1 pyramidal cell against recordings</h1>"
        f'<p class="lead">{n_met} of {n_aimed} scores are under their goal. A score is the mean distance of '
        "the model's features from the experiment's mean, in the experiment's standard deviations.</p>"
        f"{notes(notices)}",
        main=f"{_table(lines)}{art}<h2>This run</h2><dl>{used}</dl>",
        footer='All rows: <a href="measures.csv">measures.csv</a>; every feature: '
        '<a href="features.csv">features.csv</a>.',
    )


def _figure(name: str, svg: str) -> str:
    title = name.replace("_", " ").capitalize()
    return figure(
        name, svg, CAPTIONS.get(name, ""), title=title, files=file_links(name, title, has_rows=False)
    )


def _table(lines: Sequence[ScoreLine]) -> str:
    is_many = any(len(line.scores) > 1 for line in lines)
    titles = [
        "Test",
        "Score",
        "Goal",
        "Best published",
        *(["Mean, range of cells"] if is_many else []),
        "Features",
        "",
    ]
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join(_row(line, is_many=is_many) for line in lines)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(line: ScoreLine, *, is_many: bool) -> str:
    goal = f"&lt;&nbsp;{number(line.goal)}" if line.has_goal else "–"
    cells = [escape(line.title), _shown(line.score), goal, number(line.best)]
    if is_many:
        cells.append(_spread([score for score in line.scores.values() if not math.isnan(score)]))
    missing = f", {line.missing} missing" if line.missing else ""
    cells.append(f"{line.total}{missing}")
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr>{body}{_status(line)}</tr>"


def _status(line: ScoreLine) -> str:
    if not line.has_goal:
        return f"<td>{escape(line.goal_text)}</td>"
    kind, word = ("shown", "met") if line.is_met else ("missed", "missed")
    return f'<td class="tag {kind}">{word}</td>'


def _shown(score: float) -> str:
    return "–" if math.isnan(score) else f"<b>{score:.2f}</b>"


def _spread(scores: Sequence[float]) -> str:
    if not scores:
        return "–"
    return f"{sum(scores) / len(scores):.2f}, {min(scores):.2f} to {max(scores):.2f} (n = {len(scores)})"


def _features(features: Sequence[FeatureScore]) -> str:
    if not features:
        return ""
    head = "".join(f"<th>{title}</th>" for title in ("Feature", "Model", "Experiment", "Unit", "Score"))
    body = "".join(
        f"<tr><td>{escape(one.name)}</td><td class=num>{_number(one.model)}</td>"
        f"<td class=num>{number(one.mean)} ± {number(one.sd)}</td><td>{escape(one.unit)}</td>"
        f"<td class=num>{_number(one.score)}</td></tr>"
        for one in features
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<details><summary>{len(features)} features</summary><div class="wide">{table}</div></details>'


def _number(value: float) -> str:
    return "–" if math.isnan(value) else number(value)
