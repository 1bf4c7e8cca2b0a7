"""The whole chain for one compound: patch, EPSCs, field EPSP, LTP; ends with a report (report.html).

The same receptor goes from an outside-out patch through synapses on a CA1 cell to a field electrode and whole
LTP experiments: with the compound, with vehicle, in D-AP5, and crossed (compound before and after LTP).
"""

from __future__ import annotations

import sys

from cellmodel.experiment import Extra, Run, execute

TAKES = ("compound", "dose", "receptor", "morphology", "expression", "biophysics")
CHAPTERS = ("patch", "ltp", "field", "whole_cell", "epscs", "culture", "chick", "doses", "scorecard")
EXTRAS = (Extra("only", "compute only these chapters, comma-separated: " + ", ".join(CHAPTERS)),)
ORDER = ("", "ltp", "ltp_vehicle", "ltp_crossed", "ltp_D-AP5", "dose_response")


def experiment(run: Run) -> None:
    """Compute the chapters in parallel, gather rows, sweeps and figures, and write the report."""
    from dataclasses import replace

    from cellmodel.study import chapters, field, patches, setting

    wanted = chosen_chapters(run.options.only or "")
    options = setting.slice_options(run)
    dose = run.dose_mM(run.compound)
    given = {"compound": run.options.compound, "dose_mM": dose, "is_quick": run.options.quick}
    run.say("finding the test intensity")
    first = computed(run, [c for c in chapters.before(options, **given) if is_due(run, c.name, wanted)])
    curve = intensity_of(run, first)
    run.say(field.intensity_text(curve))
    options = replace(options, fibers=curve.test_fibers)
    patch = None
    if "patch" in wanted:
        patch = patches.both(run.compound, dose, receptor=run.options.receptor)
        run.add(patch.rows)
        run.add_sweep(*patch.sweeps)
    findings = computed(run, [c for c in chapters.plan(options, **given) if c.name in wanted])
    findings, bands = kept(run, first + findings)
    lines = scorecard_lines(run, findings)
    write_report(run, findings, curve, patch, bath=options.bath, lines=lines, bands=bands)


def is_due(run: Run, name: str, wanted: tuple[str, ...]) -> bool:
    """Whether a chapter has to be computed: the intensity always, the scorecard for a whole report."""
    if name == "scorecard" and (run.options.quick or not run.options.plots):
        return False
    return name == "intensity" or name in wanted


def intensity_of(run: Run, findings: list) -> object:
    """Return the input-output curve; without one, there is nothing that could be computed."""
    for finding in findings:
        if finding.curve is not None:
            return finding.curve
    raise run.failures[0].error


def scorecard_lines(run: Run, findings: list) -> list:
    """Return the scorecard's rows of receptors and patches, and those that the study's experiments give."""
    from cellmodel.study import scorecard

    lines = [line for finding in findings for line in finding.lines]
    if not lines:
        return []
    runs = {finding.chapter.experiment: finding.ltp for finding in findings if finding.ltp is not None}
    dose = run.dose_mM(run.compound)
    return lines + scorecard.targets_of_study(runs, run.rows, compound=run.compound.name, dose_mM=dose)


def computed(run: Run, plan: list) -> list:
    """Compute chapters; when interrupted, keep what the finished ones found."""
    from cellmodel.study import chapters

    findings: list = []
    results = run.map(chapters.compute, plan, "study")
    run.expect_sweeps()
    run.expect_figures("cellmodel.report.html", "cellmodel.study.page")
    try:
        for finding in results:
            findings.append(finding)
    except BaseException:
        kept(run, findings)
        raise
    return findings


def kept(run: Run, findings: list) -> tuple[list, dict]:
    """Keep rows and sweeps of the chapters, in the order of the report.

    Returned are the findings, and the rows of the repetitions at each other q10, which only the report shows.
    """
    proper = sorted((f for f in findings if f.chapter.q10 is None), key=order)
    for finding in proper:
        run.add(finding.rows)
        run.add_sweep(*finding.sweeps)
        for text in finding.notices:
            run.notice(text)
    bands: dict = {}
    for finding in findings:
        if finding.chapter.q10 is not None:
            bands.setdefault(finding.chapter.q10, []).extend(finding.rows)
    return proper, bands


def order(finding: object) -> tuple[int, str]:
    """Return where a chapter's rows stand: short ones, LTP in drug, vehicle, crossed, D-AP5, then doses."""
    return (ORDER.index(finding.chapter.experiment), finding.chapter.name)


def chosen_chapters(text: str) -> tuple[str, ...]:
    """Return the chapters named on the command line; all by default."""
    from cellmodel.errors import unknown_name

    names = tuple(name.strip() for name in text.split(",") if name.strip()) or CHAPTERS
    for name in names:
        if name not in CHAPTERS:
            raise unknown_name("chapter", name, CHAPTERS)
    return names


def write_report(
    run: Run, findings: list, curve: object, patch: object, *, bath: object, lines: list, bands: dict
) -> None:
    """Draw every figure and write report.html."""
    if not run.options.plots:
        return
    from cellmodel.report.html import write_report as write_page
    from cellmodel.slice import Bath
    from cellmodel.study import page, setting

    dose = run.dose_mM(run.compound)
    drawn = page.draw(findings, curve, setting.label(run.compound, dose))
    if patch is not None:
        drawn = {"patch": patch.figure(setting.label(run.compound, dose)), **drawn}
    svgs = {name: run.save_figure(name, figure) for name, figure in drawn.items()}
    runs = {f.chapter.experiment: f.ltp for f in findings if f.ltp is not None}
    content = page.assemble(
        run.rows,
        svgs,
        shown=runs.get("ltp"),
        methods=page.methods(
            curve,
            compound=run.compound,
            dose_mM=dose,
            doses_mM=sorted({given for f in findings for given in f.chapter.doses_mM}),
            receptor=run.options.receptor,
            expression=run.options.expression,
            celsius=(bath or Bath()).celsius,
        ),
        compound=run.compound.name,
        dose_mM=dose,
        notices=run.notices,
        run=run.describe("finished"),
        scorecard=lines,
        bands=bands,
        doses=page.dose_panels(findings),
    )
    run.record(tables=page.tables(content))
    run.files.extend(write_page(run.folder / "report.html", content))


if __name__ == "__main__":
    sys.exit(execute("study", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
