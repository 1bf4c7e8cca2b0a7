"""Fast application of glutamate to outside-out patches, or a slow puff on the whole cell, control and drug.

Outside-out: 10 mM glutamate for 1 ms (deactivation), for 100 ms (desensitization), and in pairs
(recovery), at -70 mV. --receptor chooses the patch: ca1, chick_nm, or a recombinant receptor.
With --overlay your own sweeps are drawn on the simulated ones and read by the same analysis.
With --channels or --sweeps the 100 ms pulse is repeated while every channel gates by chance, and the
conductance and number of the channels are read from the noise.
Whole cell: glutamate puffed on the clamped CA1 cell, NMDA receptors and spikes blocked.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cellmodel.errors import ParameterError
from cellmodel.experiment import Extra, Run, execute
from cellmodel.experiment.options import positive, whole

if TYPE_CHECKING:
    from cellmodel.patch import Patch
    from cellmodel.receptor import Receptor
    from cellmodel.study.patches import Responses

TAKES = ("compound", "dose", "receptor", "morphology", "biophysics")
EXTRAS = (
    Extra(
        "configuration",
        "what is clamped",
        default="outside_out",
        choices=("outside_out", "whole_cell"),
    ),
    Extra(
        "application",
        "the compound in both barrels of the applicator, only beside the glutamate, or only before it",
        default="both",
        choices=("both", "glutamate_only", "before_only"),
    ),
    Extra("exchange_ms", "10-90 % time of the solution exchange (that of data/patch.toml)", kind=positive),
    Extra("filter_kHz", "corner of the recording filter (that of data/patch.toml)", kind=positive),
    Extra("channels", "channels of the patch, for noise analysis (those of data/patch.toml)", kind=whole),
    Extra("sweeps", "sweeps for noise analysis (those of data/patch.toml)", kind=whole),
    Extra("overlay", "your own sweeps (CSV, NWB, ABF), drawn on the simulated ones", kind=Path, many=True),
    Extra("sweep_table", "protocol of ABF or NWB sweeps, as fit_compound takes it", kind=Path),
    Extra(
        "overlay_scale",
        "your averages are scaled to the simulated peak, or left as they are",
        default="peak",
        choices=("peak", "none"),
    ),
)

FEW_SWEEPS = 200
"""Sweeps under --quick: the number of channels within 8 %, one standard error."""


def experiment(run: Run) -> None:
    """Record the chosen configuration at every dose."""
    if run.options.configuration == "whole_cell":
        if is_stochastic(run):
            raise ParameterError(
                "--channels and --sweeps belong to --configuration outside_out. Leave them out."
            )
        if run.options.overlay is not None:
            raise ParameterError("--overlay belongs to --configuration outside_out. Leave it out.")
        whole_cell(run)
    else:
        outside_out(run)


def outside_out(run: Run) -> None:
    """Record a patch without the compound and at every dose; save rows, sweeps, fits and figures."""
    from cellmodel.receptor import Receptor
    from cellmodel.study import overlay, patches, setting

    check_sweeps(run)
    setting.check_cell(run)
    setting.record_files(run)
    compound = run.compound
    doses = run.doses_mM(compound)
    own = overlay.read_overlay(run, doses)
    patch = rig(run, Receptor.named(run.options.receptor))
    setting.say_assumptions(run)
    for text in patch.notices:
        run.notice(text)
    control = patches.respond(patch, "control", 0.0)
    found = [control]
    keep(run, control)
    for dose in run.progress(doses, "patch_clamp"):
        drug = patches.respond(patch, setting.drug_condition(compound), dose)
        found.append(drug)
        keep(run, drug)
        pair = patches.PatchStudy((control, drug), compound.name)
        name = "patch" if len(doses) == 1 else f"patch_{dose:g}mM"
        if run.options.plots:
            run.save_figure(name, pair.figure(setting.label(compound, dose)))
    study = patches.PatchStudy(tuple(found), compound.name)
    for text in study.notices:
        run.notice(text)
    run.record(fits=list(study.qualities))
    if own:
        overlay.compare(run, own, found, compound.name)
    if is_stochastic(run):
        noise_analysis(run, patch, doses)


def is_stochastic(run: Run) -> bool:
    """Whether channels are to gate by chance."""
    return run.options.channels is not None or run.options.sweeps is not None


def check_sweeps(run: Run) -> None:
    """Refuse, before anything is computed, a number of sweeps that cannot be analyzed."""
    from cellmodel.analysis.noise import require_sweeps

    if run.options.sweeps is not None:
        require_sweeps(run.options.sweeps)


def noise_analysis(run: Run, patch: Patch, doses: Sequence[float]) -> None:
    """Repeat the long pulse without the compound and at every dose; save rows, mean sweeps and figures."""
    from cellmodel.study import noise, setting

    compound, sweeps = run.compound, run.options.sweeps or run.pick(quick=FEW_SWEEPS, full=None)
    drug = setting.drug_condition(compound)
    found: list[noise.Ensemble] = []
    for dose in run.progress([0.0, *doses], "noise"):
        condition = drug if found else "control"
        each = noise.observe(patch, condition, dose, n_sweeps=sweeps, seed=run.options.seed)
        found.append(each)
        run.add(noise.rows(each, compound.name))
        run.add_sweep(each.mean, *each.examples)
        for text in noise.notices(patch, each):
            run.notice(text)
        if run.options.plots and len(found) > 1:
            name = "noise" if len(doses) == 1 else f"noise_{dose:g}mM"
            run.save_figure(name, noise.figure([found[0], each], setting.label(compound, dose)))
    run.record(noise=[each.described for each in found])


def rig(run: Run, receptor: Receptor) -> Patch:
    """Return the patch in front of the applicator, as the options set it."""
    from cellmodel.patch import Patch

    given = run.options
    patch = Patch(
        receptor,
        compound=run.compound,
        exchange=given.exchange_ms,
        filter_kHz=given.filter_kHz,
        application=given.application,
        n_channels=given.channels,
    )
    used = {"exchange": patch.exchange, "filter": patch.filter_kHz, "n_channels": patch.n_channels}
    run.record(receptor=receptor.name, rates=dict(receptor.rates), rig={**patch.rig, **used})
    return patch


def keep(run: Run, responses: Responses) -> None:
    """Keep the rows and sweeps of one condition."""
    from cellmodel.study.patches import PatchStudy

    one = PatchStudy((responses,), run.compound_name)
    run.add(one.rows)
    run.add_sweep(*one.sweeps)


def whole_cell(run: Run) -> None:
    """Puff glutamate on the clamped CA1 cell without the compound and at every dose."""
    from cellmodel.study import currents, setting

    options = setting.slice_options(run)
    compound = run.compound
    drug = setting.drug_condition(compound)
    cell = currents.PuffedCell(options)
    sweeps = {}
    for dose in run.progress([0.0, *run.doses_mM(compound)], "patch_clamp"):
        condition = drug if sweeps else "control"
        sweep = currents.with_mode(cell.record(dose), condition)
        labels = {"preparation": "ca1_whole_cell", "condition": condition, "dose_mM": dose}
        run.add(currents.glutamate_rows(sweep, experiment="patch_clamp", compound=compound.name, **labels))
        run.add_sweep(sweep)
        sweeps = {**sweeps, condition: sweep}
    if run.options.plots:
        from cellmodel.report.trace_figures import epsc_figure

        run.save_figure("whole_cell", epsc_figure({"glutamate puff, CA1 cell": sweeps}, drug=compound.name))


if __name__ == "__main__":
    sys.exit(execute("patch_clamp", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
