"""The CA1 pyramidal cell against recordings: the published battery, and what one measures first in a cell.

Somatic features against sharp-electrode and patch recordings (eFEL), depolarization block, back-propagating
action potentials, EPSP attenuation along the trunk, integration in oblique dendrites: each feature beside the
experiment's mean and SD, and a score for each test. Rest, input resistance, time constant, sag, firing,
dendritic recordings, EPSPs of obliques, resonance. --seed N (other than 1) grows another cell; --cells N and
--reconstructions run the same biophysics on more cells.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cellmodel.experiment import Extra, Run, execute
from cellmodel.experiment.options import whole

if TYPE_CHECKING:
    from cellmodel.study.cell_properties import Finding

TAKES = ("morphology", "biophysics")
EXTRAS = (
    Extra("cells", "grown cells that are run beside the first one, from the seed on", kind=whole),
    Extra("reconstructions", "morphology files that are run beside the first cell", many=True),
)


def experiment(run: Run) -> None:
    """Run every test on every cell, keep rows and sweeps of each as it ends, and draw the first cell."""
    from cellmodel.study import cell_properties as battery

    cells = battery.cells(run)
    findings: list[Finding] = []
    for found in run.map(battery.compute, battery.plan(cells, is_quick=run.options.quick)):
        findings.append(found)
        run.add(battery.measures(found))
        if found.cell == cells[0].name:
            run.add_sweep(*battery.sweeps(found))
        for text in battery.notices(found):
            run.notice(text)
    if run.options.quick:
        run.notice("--quick: some steps, places and branches only; scores are those of what was run.")
    if len(cells) > 1:
        run.add(battery.population_rows(run.rows, len(cells)))
        run.notice(battery.firing_text(findings))
    report(run, cells[0].name, findings)


def report(run: Run, cell: str, findings: list[Finding]) -> None:
    """Write every feature, say the scores, and draw figures and page."""
    from cellmodel.study import cell_properties as battery

    run.save_text("features.csv", battery.features_csv(findings))
    lines = battery.lines_of(findings, run.options.biophysics)
    run.record(scores={line.test: dict(line.scores) for line in lines}, **battery.about(findings))
    for line in lines:
        run.say(f"{line.title}: {line.text} ({line.goal_text}; best published {line.best:g})")
    run.close_sweeps()
    if not run.options.plots:
        return
    figures = battery.figures(battery.by_test(findings, cell), lines)
    svgs = {name: run.save_figure(name, figure) for name, figure in figures.items()}
    run.save_text("report.html", battery.page(run, cell, findings, svgs))


if __name__ == "__main__":
    sys.exit(execute("cell_properties", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
