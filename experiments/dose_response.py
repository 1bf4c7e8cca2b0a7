"""Dose-response curves of a compound from the patch to the field: how the level shifts the curve.

The compound rises from 0.01 mM to its solubility on an outside-out patch (10 mM glutamate: deactivation,
desensitization, steady state), on the EPSC of a cultured neuron and of a CA1 cell clamped at the soma (peak,
decay), and on the field EPSP at the test intensity (amplitude, decay). Each quantity, as a ratio to its
control, is fitted with a Hill curve. Where the doses do not show the half-maximal one, none is given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cellmodel.errors import ConvergenceError
from cellmodel.experiment import Run, execute

if TYPE_CHECKING:
    from cellmodel.analysis import DoseCurve
    from cellmodel.recording import Measure
    from cellmodel.slice import InputOutput, SliceOptions
    from cellmodel.study.doses import Series

CURRENTS = ("cell", "patch", "culture")
AT_FIRST = 1 + len(CURRENTS)
"""Pieces of the work that need nothing from others: the search for the test intensity, and the currents."""
TAKES = ("compound", "dose", "receptor", "morphology", "biophysics")


def experiment(run: Run) -> None:
    """Record every level without the compound and at each dose, then fit, save and draw the curves."""
    run.warm_up("cellmodel.study.doses", at_most=AT_FIRST)
    from cellmodel.study import doses, setting

    options, given = setting.slice_options(run), doses.chosen(run, n=run.pick(quick=6, full=9))
    run.record(doses_mM=given, interval_meaning=doses.INTERVAL_MEANING)
    chosen = {"compound": run.compound, "given": run.options.compound, "doses_mM": given}
    search = doses.search(options, run.options.compound)
    searched = run.map(doses.compute, [search], "test intensity", is_beside=True)
    for series in run.map(doses.compute, doses.levels(CURRENTS, options, **chosen), "currents"):
        keep(run, series)
    curves = fit(run, run.rows)  # while a worker searches
    run.expect_figures("cellmodel.report.dose_figures", "cellmodel.study.dose_page")
    if not run.options.plots:
        run.expect_sweeps()  # otherwise a worker makes their file
    test, fields = begin_fields(run, options, searched, chosen)
    n_rows, fired = len(run.rows), record_fields(run, fields)
    curves += fit(run, run.rows[n_rows:], fired)
    for text in doses.reasons(curves):
        run.notice(text)
    run.record(fits=[curve.describe() for curve in curves])
    run.close_sweeps()
    if test is None:
        raise ConvergenceError("there is no test intensity, so there are no field EPSPs.")
    draw(run, curves, doses_mM=given, test=test, options=options)


def begin_fields(
    run: Run, options: SliceOptions, searched: Iterator[Series], chosen: Mapping[str, Any]
) -> tuple[InputOutput | None, Iterator[Series]]:
    """Begin with field potentials as soon as the test intensity is found.

    Returned are the search's curve, None if it failed, and what comes of the field potentials.
    """
    from cellmodel.study import doses, field

    found = list(searched)
    if not found:
        return None, iter(())
    (series,) = found
    test = series.intensity
    run.say(field.intensity_text(test))
    run.record(test_fibers=test.test_fibers)
    at_test = replace(options, fibers=test.test_fibers)
    pieces = doses.levels(("slice",), at_test, **chosen, searched=series)
    return test, run.map(doses.compute, pieces, "field potentials")


def record_fields(run: Run, fields: Iterator[Series]) -> list[float]:
    """Keep the field potentials, and return the doses (mM) at which cells fire."""
    from cellmodel.study import doses

    fired: list[float] = []
    for series in fields:
        keep(run, series)
        fired += series.fired_mM
    if fired:
        run.notice(doses.fired_text(fired))
    return fired


def keep(run: Run, series: Series) -> None:
    """Keep what one piece of the work found."""
    run.add(series.rows)
    run.add_sweep(*series.sweeps)
    for text in series.notices:
        run.notice(text)


def fit(run: Run, rows: list[Measure], fired_mM: Sequence[float] = ()) -> list[DoseCurve]:
    """Fit what was recorded; where a curve has a half-maximal dose, keep it."""
    from cellmodel.study import doses

    curves = doses.curves(rows, solubility_mM=run.compound.solubility_mM, fired_mM=fired_mM)
    for curve in curves:
        run.add(doses.hill_rows(curve, run.compound.name))
    return curves


def draw(
    run: Run,
    curves: list[DoseCurve],
    *,
    doses_mM: tuple[float, ...],
    test: InputOutput,
    options: SliceOptions,
) -> None:
    """Draw all curves, and write the page."""
    if not run.options.plots or not any(curve.doses.size for curve in curves):
        return
    from cellmodel.report.dose_figures import dose_figure
    from cellmodel.study import dose_page

    figure = dose_figure(curves, drug=run.compound.name)
    svg = run.save_figure("dose_response", figure)
    page = dose_page.page(run, curves, svg, doses_mM=doses_mM, test=test, options=options)
    run.save_text("report.html", page)


if __name__ == "__main__":
    sys.exit(execute("dose_response", experiment, takes=TAKES, about=__doc__))
