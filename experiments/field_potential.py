"""Field EPSPs of a CA1 slice: input-output curve, and control against drug at the test intensity.

The electrode in stratum radiatum sums the line sources of a slab of cells. The test intensity is 30-40 % of
the largest fEPSP without a spike at the soma. A second pulse 50 ms after the first gives the paired-pulse
ratio. The laminar profile shows where current enters and leaves the cells. --trials N lets vesicles be
released at random instead, N times at each dose, and gives mean and standard deviation.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cellmodel.experiment import Extra, Run, execute
from cellmodel.experiment.options import whole

if TYPE_CHECKING:
    from cellmodel.slice import Slice

TAKES = ("compound", "dose", "receptor", "morphology", "biophysics", "bath", "electrode")
EXTRAS = (Extra("trials", "trials with random release at each dose, of the test pulse alone", kind=whole),)


def experiment(run: Run) -> None:
    """Measure the curve and the responses at each dose; save rows, sweeps and figures."""
    from cellmodel.slice import Slice
    from cellmodel.study import field, setting

    options = setting.slice_options(run)
    doses = run.doses_mM(run.compound)
    options, found = field.find_intensity(options, n_points=run.pick(quick=3, full=8))
    run.say(field.intensity_text(found))
    run.record(
        test_fibers=found.test_fibers,
        input_output={"fibers": found.fibers, "fepsp_amplitude_mV": found.amplitudes},
    )
    rig = Slice(options)
    if run.options.trials:
        vary(run, rig, doses)
        return
    if run.options.plots:
        save_laminar_figure(run, rig)
    for dose in run.progress(doses, "field_potential"):
        conditions = {"control": 0.0, setting.drug_condition(run.compound): dose}
        responses = field.compare(rig, conditions)
        run.add(field.rows(responses, conditions, run.compound.name))
        sweeps = {c: field.sweep(r, rig, c, dose_mM=conditions[c]) for c, (r, _) in responses.items()}
        run.add_sweep(*sweeps.values())
        if run.options.plots:
            save_figures(run, found, sweeps, dose)


def vary(run: Run, rig: Slice, doses: tuple[float, ...]) -> None:
    """Respond again and again with random release, without drug and at each dose; save rows and sweeps."""
    from cellmodel.study import field, setting

    conditions = [("control", 0.0), *((setting.drug_condition(run.compound), dose) for dose in doses)]
    for condition, dose in run.progress(conditions, "field_potential"):
        responses = field.trials(rig, dose, run.options.trials)
        labels = {"experiment": "field_potential", "preparation": "ca1_slice", "condition": condition}
        labels |= {"compound": run.compound.name, "dose_mM": dose, "pathway": "test"}
        rows = field.trial_rows(responses, **labels)
        run.add(rows)
        run.add_sweep(*(field.sweep(response, rig, condition, dose_mM=dose) for response in responses))
        run.say(field.variation_text(rows))


def save_figures(run: Run, found: object, sweeps: dict, dose: float) -> None:
    """Draw the fEPSPs of one dose and the input-output curve."""
    from cellmodel.report.slice_figures import fepsp_figure, input_output_figure
    from cellmodel.study.setting import label

    drug = label(run.compound, dose)
    run.save_figure(f"fepsp_{dose:g}mM", fepsp_figure({"field EPSP": sweeps}, drug=drug))
    labels = ("fibers recruited", "fEPSP amplitude (mV)")
    curve = {"control": (found.fibers, found.amplitudes)}
    run.save_figure("input_output", input_output_figure(curve, labels=labels, chosen=found.test_fibers))


def save_laminar_figure(run: Run, rig: Slice) -> None:
    """Draw the drug-free response through all layers of CA1."""
    from cellmodel.report.laminar_figure import laminar_figure
    from cellmodel.slice import laminar_profile

    profile = laminar_profile(rig)
    figure = laminar_figure(profile.t, profile.heights, profile.field, profile.csd, layers=profile.layers)
    run.save_figure("laminar_profile", figure)


if __name__ == "__main__":
    sys.exit(execute("field_potential", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
