"""Hold the model against published measurements: scorecard.csv, a figure and a page (scorecard.html).

Every row of data/scorecard.toml is computed now, by the model as it is: patches and the exact receptor, EPSCs
under voltage clamp, field EPSPs, the cell under current clamp, and whole LTP experiments. --quick leaves out
the rows that need an LTP experiment or a test of the cell's battery.
"""

from __future__ import annotations

import sys

from cellmodel.experiment import Run, execute


def experiment(run: Run) -> None:
    """Compute the rows in parallel, say what failed, and write table, figure and page."""
    from cellmodel.study import scorecard

    plan = scorecard.plan(scorecard.rows(), run.options.seed)
    wanted = [work for work in plan if not (run.options.quick and work.is_long)]
    found: dict = {}
    for results in run.map(scorecard.evaluate, wanted, "scorecard"):
        found.update({result.row.id: result for result in results})
    report_left_out(run, plan, found)
    lines = [scorecard.shown(found[row.id]) for row in scorecard.rows() if row.id in found]
    run.save_text("scorecard.csv", scorecard.csv_text(lines))
    write_page(run, lines)


def report_left_out(run: Run, plan: list, found: dict) -> None:
    """Say which rows were not computed and which could not be."""
    skipped = [row.id for work in plan for row in work.rows if row.id not in found]
    if skipped:
        run.notice(f"--quick: no LTP experiment and no battery was run, rows left out: {', '.join(skipped)}.")
    for result in found.values():
        if result.model is None:
            run.notice(f"{result.row.id}: no number, counted as a miss: {result.why}")


def write_page(run: Run, lines: list) -> None:
    """Draw the figure and write scorecard.html; say the summary on screen."""
    from cellmodel.report import scorecard

    run.record(counts=scorecard.counts(lines))
    run.say(scorecard.summary(lines))
    if not run.options.plots:
        return
    from cellmodel.report.scorecard_page import page_html

    figure = scorecard.scorecard_figure(lines)
    svg = run.save_figure("scorecard", figure)
    page = page_html(lines, figure_svg=svg, notices=run.notices)
    run.save_text("scorecard.html", page)


if __name__ == "__main__":
    sys.exit(execute("scorecard", experiment, takes=(), about=__doc__))
