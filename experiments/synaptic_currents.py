"""Evoked and miniature EPSCs under voltage clamp, control and drug, in three neurons.

The CA1 cell is clamped at its soma through a series resistance (NMDA and GABA-A receptors and spikes
blocked); a cultured hippocampal neuron and a chick nucleus magnocellularis neuron are one compartment each. A
miniature EPSC is one vesicle at one site; in the CA1 cell it is averaged over synapses at all distances.
With --overlay your own EPSCs are drawn on those of one preparation and read by the same analysis.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cellmodel.experiment import Extra, Run, execute

TAKES = ("compound", "dose", "receptor", "morphology", "biophysics")
COMPARTMENTS = ("chick_cell", "culture_cell")
EXTRAS = (
    Extra("overlay", "your own EPSCs (CSV, NWB, ABF), drawn on the simulated ones", kind=Path, many=True),
    Extra("sweep_table", "protocol of ABF or NWB sweeps, as fit_compound takes it", kind=Path),
    Extra(
        "overlay_on",
        "the preparation that yours are drawn on",
        default="ca1_cell",
        choices=("ca1_cell", *COMPARTMENTS),
    ),
    Extra("overlay_event", "what yours are", default="evoked", choices=("evoked", "miniature")),
    Extra(
        "overlay_scale",
        "your averages are scaled to the simulated peak, or left as they are",
        default="peak",
        choices=("peak", "none"),
    ),
)
TITLES = {
    "ca1_cell": "CA1 pyramidal cell",
    "chick_cell": "chick n. magnocellularis",
    "culture_cell": "cultured neuron",
}


def experiment(run: Run) -> None:
    """Record every preparation without and with the compound; save rows, sweeps and figures."""
    from cellmodel.study import overlay_epscs, setting

    options = setting.slice_options(run)
    doses = run.doses_mM(run.compound)
    averages = overlay_epscs.read_epscs(run, doses)
    panels: dict = {}
    for name, cell in run.progress(preparations(run, options), "synaptic_currents", total=len(TITLES)):
        for dose in doses:
            conditions = {"control": 0.0, setting.drug_condition(run.compound): dose}
            for condition, given in conditions.items():
                panels.setdefault(dose, {}).update(
                    record(run, name, cell, condition, given, panels.get(dose, {}))
                )
    if averages:
        overlay_epscs.compare_epscs(run, averages, chosen(run, panels), run.compound.name)
    if run.options.plots:
        from cellmodel.report.trace_figures import epsc_figure

        for dose, drawn in panels.items():
            figure = epsc_figure(drawn, drug=setting.label(run.compound, dose))
            run.save_figure(f"epsc_{dose:g}mM", figure)


def chosen(run: Run, panels: dict) -> dict:
    """Return the EPSCs that the user's own are drawn on, by dose (mM)."""
    title = f"{TITLES[run.options.overlay_on]}, {run.options.overlay_event}"
    return {sweep.meta["dose_mM"]: sweep for drawn in panels.values() for sweep in drawn[title].values()}


def preparations(run: Run, options: object) -> Iterator[tuple[str, Any]]:
    """Yield name and clamped cell of each preparation; NEURON holds one at a time."""
    from cellmodel.slice.compartment import CompartmentCell
    from cellmodel.study import currents

    cell = currents.clamped_cell(options, n_synapses=currents.CA1_SYNAPSES)
    yield "ca1_cell", cell
    cell.free()
    for name in COMPARTMENTS:
        yield name, CompartmentCell(name, run.compound)


def record(run: Run, name: str, cell: object, condition: str, dose: float, drawn: dict) -> dict:
    """Record evoked and miniature EPSC of one preparation in one condition, and add it to the panels."""
    from cellmodel.study import currents

    labels = {
        "experiment": "synaptic_currents",
        "preparation": name,
        "condition": condition,
        "compound": run.compound.name,
        "dose_mM": dose,
    }
    synapses = range(0, currents.CA1_SYNAPSES, run.pick(quick=8, full=2))
    is_ca1 = name == "ca1_cell"
    miniature = currents.mean_miniature(cell, dose, synapses) if is_ca1 else cell.miniature(dose)
    sweeps = {"evoked": cell.evoked(dose), "miniature": miniature}
    for kind, recording in sweeps.items():
        is_miniature = kind == "miniature"
        n = len(synapses) if is_miniature and is_ca1 else 1
        sweep = currents.with_mode(recording, condition)
        run.add(currents.epsc_rows(sweep, is_miniature=is_miniature, n=n, **labels))
        run.add_sweep(sweep)
        title = f"{TITLES[name]}, {kind}"
        drawn = {**drawn, title: {**drawn.get(title, {}), condition: sweep}}
    return drawn


if __name__ == "__main__":
    sys.exit(execute("synaptic_currents", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
