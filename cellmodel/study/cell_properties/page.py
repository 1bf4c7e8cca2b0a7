"""Figures and page of the battery from its findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cellmodel.battery.scores import efel_version
from cellmodel.experiment import Run
from cellmodel.parameters import load
from cellmodel.report.battery.dendrites import attenuation_figure, oblique_figure
from cellmodel.report.battery.lines import ScoreLine
from cellmodel.report.battery.page import page_html
from cellmodel.report.battery.passive import passive_figure
from cellmodel.report.battery.population import scores_figure
from cellmodel.report.battery.somatic import somatic_figure
from cellmodel.report.battery.spikes import back_propagation_figure, block_figure
from cellmodel.report.battery.unitary import unitary_figure
from cellmodel.study.cell_properties.plan import SCORED, Finding
from cellmodel.study.cell_properties.rows import by_test, lines_of

FIGURES: Mapping[str, Callable[[Any], Any]] = {
    "somatic_sharp": somatic_figure,
    "somatic_patch": somatic_figure,
    "block": block_figure,
    "bap": back_propagation_figure,
    "attenuation": attenuation_figure,
    "oblique": oblique_figure,
    "unitary": unitary_figure,
}


def figures(outcomes: Mapping[str, Any], lines: Sequence[ScoreLine]) -> dict[str, Any]:
    """Return every figure of one cell by name, scores first; what was not computed is left out."""
    drawn = {"scores": scores_figure(lines)}
    drawn |= {test: draw(outcomes[test]) for test, draw in FIGURES.items() if test in outcomes}
    return drawn | {"passive": passive_figure(outcomes)}


def about(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what run.json keeps of how the battery was run."""
    return {
        "efel": efel_version(),
        "celsius": load("battery/battery.toml").value("celsius"),
        "strict_scores": {
            f"{one.cell}, {one.test}": one.outcome.strict_score()
            for one in findings
            if one.test in SCORED and one.outcome is not None
        },
        "missing_features": {
            f"{one.cell}, {one.test}": list(one.outcome.missing)
            for one in findings
            if one.test in SCORED and one.outcome is not None and one.outcome.missing
        },
    }


def page(run: Run, cell: str, findings: Sequence[Finding], svgs: Mapping[str, str]) -> str:
    """Return the page of one cell as text."""
    outcomes = by_test(findings, cell)
    return page_html(
        lines_of(findings, str(run.options.biophysics)),
        figures=svgs,
        features={test: outcomes[test].features for test in SCORED if test in outcomes},
        notices=run.notices,
        about={
            "cell": ", ".join({one.cell: None for one in findings}),
            "biophysics": str(run.options.biophysics),
            "temperature": f"{load('battery/battery.toml').value('celsius'):g} °C",
            "eFEL": efel_version(),
        },
    )
