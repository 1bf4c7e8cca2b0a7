"""Field EPSPs of a CA1 slice: input-output curve, and control against drug at the test intensity.

The electrode in stratum radiatum sums the line sources of a slab of cells. The test intensity is 30-40 % of
the largest fEPSP without a spike at the soma. A second pulse 50 ms after the first gives the paired-pulse
ratio. The laminar profile shows where current enters and leaves the cells. --trials N lets vesicles be
released at random instead, on each cell of the slab for itself, N times at each dose, with the thermal noise
of the electrode on every sweep, and gives mean and standard deviation.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cellmodel.experiment import Extra, Run, execute
from cellmodel.experiment.options import whole

if TYPE_CHECKING:
    from cellmodel.slice import InputOutput, Neighbors, Slice
    from cellmodel.study.trials import Trials
    from cellmodel.traces import Recording

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
        largest_fibers=found.largest_fibers,
        input_output={"fibers": found.fibers, "fepsp_amplitude_mV": found.amplitudes},
    )
    rig = Slice(options, is_plastic=False)
    if run.options.trials:
        vary(run, rig, doses)
        return
    if run.options.plots:
        save_curve_figure(run, found)
        save_laminar_figure(run, rig)
    respond(run, rig, doses)


def respond(run: Run, rig: Slice, doses: tuple[float, ...]) -> None:
    """Respond to one pulse and to a pair, without drug and at each dose; save rows, sweeps and figures."""
    from cellmodel.study import field, setting

    name, condition = run.compound.name, setting.drug_condition(run.compound)
    control = field.compare(rig, {"control": 0.0})
    run.add(field.rows(control, {"control": 0.0}, name))
    sweeps = {"control": field.sweep(control["control"][0], rig, "control", dose_mM=0.0)}
    run.add_sweep(sweeps["control"])
    for dose in run.progress(doses, "field_potential"):
        responses = control | field.compare(rig, {condition: dose})
        rows = field.rows(responses, {"control": 0.0, condition: dose}, name)
        run.add(row for row in rows if row.condition == condition)
        sweeps[condition] = field.sweep(responses[condition][0], rig, condition, dose_mM=dose)
        run.add_sweep(sweeps[condition])
        if run.options.plots:
            save_fepsp_figure(run, sweeps, dose)


def vary(run: Run, rig: Slice, doses: tuple[float, ...]) -> None:
    """Respond again and again with random release, without drug and at each dose; save rows and sweeps."""
    from cellmodel.slice import Neighbors
    from cellmodel.study import setting

    neighbors = Neighbors(rig.electrode, seed=run.options.seed)
    control = take_trials(run, rig, neighbors, condition="control", dose=0.0)
    for dose in doses:
        drug = take_trials(
            run, rig, neighbors, condition=setting.drug_condition(run.compound), dose=dose, control=control
        )
        if run.options.plots:
            save_trial_figure(run, rig, {"control": control, "drug": drug}, dose)
    run.record(slab={"cells": neighbors.n_cells, "worth_equal_cells": round(control.n_effective)})


def take_trials(
    run: Run, rig: Slice, neighbors: Neighbors, *, condition: str, dose: float, control: Trials | None = None
) -> Trials:
    """Take the trials of one condition, add its rows and sweeps, and say how the field EPSP varies."""
    from cellmodel.slice import Pipette
    from cellmodel.study import field, trials

    rig.wash(dose)
    n = run.options.trials
    draws = list(run.progress(trials.respond(rig, neighbors, n), f"{condition}, {dose:g} mM", n))
    found = trials.trials_of(
        neighbors,
        draws,
        pipette=Pipette.in_bath(rig.bath.celsius),
        seed=run.options.seed,
        name=f"{condition} {dose:g} mM",
    )
    labels = field.labels_of(condition, run.compound.name, dose)
    largest = (control or found).largest
    run.add(trials.trial_rows(found.responses, largest, **labels))
    for response in found.responses:
        start = trials.start_ms(len(run.sweeps))
        run.add_sweep(field.sweep(response, rig, condition, dose_mM=dose, start_ms=start))
    run.say(trials.variation_text(found, largest, **labels))
    return found


def save_fepsp_figure(run: Run, sweeps: dict[str, Recording], dose: float) -> None:
    """Draw the fEPSPs of one dose beside those without drug."""
    from cellmodel.report.slice_figures import fepsp_figure
    from cellmodel.study.setting import label

    figure = fepsp_figure({"field EPSP": sweeps}, drug=label(run.compound, dose))
    run.save_figure(f"fepsp_{dose:g}mM", figure)


def save_curve_figure(run: Run, found: InputOutput) -> None:
    """Draw the input-output curve without drug, and where on it the soma fires."""
    from cellmodel.report.slice_figures import input_output_figure

    figure = input_output_figure(
        {"control": (found.fibers, found.amplitudes)},
        labels=("fibers recruited", "fEPSP amplitude (mV)"),
        chosen=found.test_fibers,
        fires=found.has_spike,
    )
    run.save_figure("input_output", figure)


def save_trial_figure(run: Run, rig: Slice, found: dict[str, Trials], dose: float) -> None:
    """Draw the trials of one dose beside those without drug."""
    from cellmodel.report.trial_figure import TrialPanel, trial_figure
    from cellmodel.study import field
    from cellmodel.study.setting import label

    panels = {
        condition: TrialPanel(
            alike=[field.sweep(response, rig, condition) for response in one.of_one_cell],
            apart=[field.sweep(response, rig, condition) for response in one.responses],
            amplitudes=one.amplitudes,
        )
        for condition, one in found.items()
    }
    run.save_figure(f"trials_{dose:g}mM", trial_figure(panels, drug=label(run.compound, dose)))


def save_laminar_figure(run: Run, rig: Slice) -> None:
    """Draw the drug-free response through all layers of CA1."""
    from cellmodel.report.laminar_figure import laminar_figure
    from cellmodel.slice import laminar_profile

    profile = laminar_profile(rig)
    figure = laminar_figure(profile.t, profile.heights, profile.field, profile.csd, layers=profile.layers)
    run.save_figure("laminar_profile", figure)


if __name__ == "__main__":
    sys.exit(execute("field_potential", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
