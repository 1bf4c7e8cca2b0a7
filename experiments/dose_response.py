"""Dose-response curves of a compound from the patch to the field: how the level shifts the curve.

The compound rises from 0.01 mM to its solubility on an outside-out patch (10 mM glutamate: deactivation,
desensitization, steady state), on the EPSC of a cultured neuron and of a CA1 cell clamped at the soma (peak,
decay), and on the field EPSP at the test intensity (amplitude, decay). Each quantity, as a ratio to its
control, is fitted with a Hill curve. Where the doses do not show the half-maximal one, none is given.
"""

from __future__ import annotations

import sys

from cellmodel.experiment import Run, execute

TAKES = ("compound", "dose", "receptor", "morphology", "biophysics")


def experiment(run: Run) -> None:
    """Record every level without the compound and at each dose, then fit, save and draw the curves."""
    from cellmodel.study import doses, field, setting

    options = setting.slice_options(run)
    given = doses.chosen(run, n=run.pick(quick=6, full=9))
    options, found = field.find_intensity(options, n_points=run.pick(quick=3, full=8))
    run.say(field.intensity_text(found))
    run.record(doses_mM=given, test_fibers=found.test_fibers, interval_meaning=doses.INTERVAL_MEANING)
    fired: list[float] = []
    for series in run.map(doses.compute, doses.levels(options, run.options.compound, given)):
        run.add(series.rows)
        run.add_sweep(*series.sweeps)
        fired += series.fired_mM
        for text in series.notices:
            run.notice(text)
    fit(run, fired)


def fit(run: Run, fired_mM: list[float]) -> None:
    """Fit what was recorded; say where a curve has no half-maximal dose, and draw all of them."""
    from cellmodel.study import doses

    curves = doses.curves(run.rows, solubility_mM=run.compound.solubility_mM, fired_mM=fired_mM)
    for curve in curves:
        run.add(doses.hill_rows(curve, run.compound.name))
    for text in doses.reasons(curves):
        run.notice(text)
    run.record(fits=[curve.describe() for curve in curves])
    if run.options.plots and any(curve.doses.size for curve in curves):
        from cellmodel.report.dose_figures import dose_figure

        run.save_figure("dose_response", dose_figure(curves, drug=run.compound.name))


if __name__ == "__main__":
    sys.exit(execute("dose_response", experiment, takes=TAKES, about=__doc__))
