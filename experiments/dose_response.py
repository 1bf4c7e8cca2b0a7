"""Dose-response curves of a compound from the patch to the field: how the level shifts the curve.

The compound rises from 0.01 mM to its solubility on an outside-out patch (10 mM glutamate: deactivation,
desensitization, steady state), on the EPSC of a cultured neuron and of a CA1 cell clamped at the soma (peak,
decay), and on the field EPSP at the test intensity (amplitude, decay). Each quantity, as a ratio to its
control, is fitted with a Hill curve. Where the doses do not show the half-maximal one, none is given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cellmodel.errors import ConvergenceError
from cellmodel.experiment import Run, execute

if TYPE_CHECKING:
    from cellmodel.analysis import DoseCurve
    from cellmodel.recording import Measure
    from cellmodel.slice import InputOutput, SliceOptions
    from cellmodel.study.doses import Series

AT_FIRST = 4
"""Pieces of the work that need nothing from others: the search for the test intensity, and three currents."""
TAKES = ("compound", "dose", "receptor", "morphology", "biophysics")


def experiment(run: Run) -> None:
    """Record every level without the compound and at each dose, then fit, save and draw the curves."""
    run.warm_up("cellmodel.study.doses", at_most=AT_FIRST)
    from cellmodel.study import doses, setting

    options, given = setting.slice_options(run), doses.chosen(run, n=run.pick(quick=6, full=9))
    run.record(doses_mM=given, interval_meaning=doses.INTERVAL_MEANING)
    test, fields = record_currents(run, options, given)
    curves = fit(run, run.rows)  # while workers record field potentials
    run.expect_figures("cellmodel.report.dose_figures", "cellmodel.study.dose_page")
    n_rows, fired = len(run.rows), record_fields(run, fields)
    curves += fit(run, run.rows[n_rows:], fired)
    for text in doses.reasons(curves):
        run.notice(text)
    run.record(fits=[curve.describe() for curve in curves])
    if test is None:
        raise ConvergenceError("there is no test intensity, so there are no field EPSPs.")
    draw(run, curves, doses_mM=given, test=test, options=options)


def record_currents(
    run: Run, options: SliceOptions, given: tuple[float, ...]
) -> tuple[InputOutput | None, Iterator[Series]]:
    """Record currents beside the search for the test intensity, then begin with field potentials.

    Returned are the search's curve, None if it failed, and what comes of the field potentials.
    """
    from cellmodel.study import doses, field

    chosen = {"compound": run.compound, "given": run.options.compound, "doses_mM": given}
    search = doses.search(options, run.options.compound)
    pieces = [search, *doses.levels(("cell", "patch", "culture"), options, **chosen)]
    test: InputOutput | None = None
    fields: Iterator[Series] = iter(())
    for series in run.map(doses.compute, pieces, "currents"):
        keep(run, series)
        if series.intensity is not None:
            test = series.intensity
            run.say(field.intensity_text(test))
            run.record(test_fibers=test.test_fibers)
            at_test = replace(options, fibers=test.test_fibers)
            pieces = doses.levels(("slice",), at_test, **chosen, searched=series)
            fields = run.map(doses.compute, pieces, "field potentials")
    return test, fields


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
