"""What the study's report shows beside its numbers: figures, captions, diagrams, methods, parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellmodel.parameters import Parameter, load
from cellmodel.report.study import StudyResult
from cellmodel.slice import InputOutput
from cellmodel.study.chapters import Finding
from cellmodel.study.ltp import LtpSummary, figures, lettered, timeline
from cellmodel.units import MS_PER_SECOND

EPSC_PANELS = (
    "CA1 pyramidal cell, evoked",
    "CA1 pyramidal cell, miniature",
    "chick n. magnocellularis, evoked",
)
DATA_FILES = {
    "Synapse": "synapse.toml",
    "Plasticity": "plasticity.toml",
    "Slice and field electrode": "slice.toml",
    "Clamped cells": "preparations.toml",
    "AMPA receptor of CA1": "receptors/ca1.toml",
    "AMPA receptor of the chick neuron": "receptors/chick_nm.toml",
    "Membrane of the CA1 cell": "biophysics/patch.toml",
    "Channels": "channels.toml",
}


def draw(findings: Sequence[Finding], curve: InputOutput, drug: str) -> dict[str, Any]:
    """Return every figure of the study by name; what was not computed is left out."""
    from cellmodel.report.slice_figures import fepsp_figure, input_output_figure, ltp_figure
    from cellmodel.report.trace_figures import epsc_figure

    panels = {title: panel for finding in findings for title, panel in finding.panels.items()}
    runs = {f.chapter.experiment: f.ltp for f in findings if f.ltp is not None}
    drawn: dict[str, Any] = {}
    shown = {title: panels[title] for title in EPSC_PANELS if title in panels}
    if shown:
        drawn["epsc"] = epsc_figure(shown, drug=drug)
    if "ltp" in runs:
        drawn |= figures(runs["ltp"], drug, vehicle=runs.get("ltp_vehicle"))
    if "ltp_crossed" in runs:
        crossed = runs["ltp_crossed"]
        tables = {"drug": crossed.rows}
        drawn["ltp_crossed"] = ltp_figure(tables, timeline(crossed), examples=lettered(crossed), drug=drug)
    if "field EPSP" in panels:
        drawn["fepsp"] = fepsp_figure({"field EPSP": panels["field EPSP"]}, drug=drug)
    if "glutamate puff, whole cell" in panels:
        title = "glutamate puff, whole cell"
        drawn["whole_cell"] = epsc_figure({title: panels[title]}, drug=drug)
    labels = ("fibers recruited", "fEPSP amplitude (mV)")
    points = {"control": (curve.fibers, curve.amplitudes)}
    drawn["input_output"] = input_output_figure(points, labels=labels, chosen=curve.test_fibers)
    return drawn


def captions(drug: str) -> dict[str, str]:
    """Return a caption for each figure."""
    synapse = load("synapse.toml")
    return {
        "patch": "Outside-out patch, 10 mM glutamate for 1 ms and 100 ms, and recovery from paired pulses. "
        f"Black: control; color: {drug}, in both barrels.",
        "epsc": "EPSCs under voltage clamp. Left of each pair as recorded, right scaled to one peak. The CA1 "
        "cell is clamped at its soma; a miniature is one vesicle, averaged over synapses at all distances.",
        "ltp": "fEPSP slope of both pathways, percent of the drug-free baseline, with and without the drug. "
        "Above: the last fEPSP of each phase over the first (gray). The fiber volley is an assumed waveform "
        "and is used in no number.",
        "cascade": "Signals of plasticity in the test pathway: mean spine calcium, field and soma voltage "
        "around the train; drug, efficacy and receptor number over the experiment.",
        "ltp_crossed": "The crossed protocol: drug and wash-out before LTP, drug again after it. "
        "It gives Table 1.",
        "fepsp": "Field EPSP at the test intensity.",
        "whole_cell": "Current evoked by a slow puff of glutamate in the clamped CA1 cell (TTX, NMDA "
        "receptors blocked).",
        "input_output": f"Input-output curve of one pathway of {synapse.value('pathway.n_fibers'):g} fibers.",
    }


def diagrams(run: LtpSummary | None, compound: str, drug: str) -> dict[str, str]:
    """Return the two drawn diagrams."""
    from cellmodel.report.diagrams import cascade_diagram, workflow_diagram

    glutamate = load("synapse.toml").values_of("glutamate")
    insertion = load("plasticity.toml").value("rule.tau_insertion")
    drawn = {
        "From glutamate to LTP": cascade_diagram(
            drug=compound,
            glutamate=f"{glutamate['peak']:g} mM, {glutamate['tau_decay']:g} ms",
            insertion=f"~{insertion:g} s",
        )
    }
    if run is not None:
        end = run.protocol.duration_min
        drawn["The experiment"] = workflow_diagram(timeline(run), drug=drug, end=end)
    return drawn


def methods(curve: InputOutput, celsius: float) -> list[tuple[str, str]]:
    """Return the methods as text, with the numbers of this run."""
    field, synapse = load("slice.toml").values_of("field"), load("synapse.toml")
    window = load("slice.toml").values_of("window")
    return [
        (
            "Receptor",
            "One kinetic scheme (three closed, one open, three desensitized states) compiled from NMODL is "
            "used in the patch, at the synapses and in the slice. The modulator binds two equivalent "
            "sites, exchanging faster than the receptor gates; one site slows closing, both slow the entry "
            "into desensitization; detailed balance holds in every loop.",
        ),
        (
            "Cell and synapses",
            "A CA1 pyramidal cell with active dendrites. Schaffer-collateral synapses sit on spines on "
            f"obliques and trunk, {synapse.value('pathway.lowest'):g} to "
            f"{synapse.value('pathway.highest'):g} µm above the soma; AMPA receptor number doubles from 100 "
            "to 250 µm. Release is the mean of a Tsodyks-Markram synapse; the released share of sites sees "
            f"{synapse.value('glutamate.peak'):g} mM glutamate. Two pathways alternate. Inhibition is "
            "intact.",
        ),
        (
            "Slice and field",
            f"{celsius:g} °C. The electrode sums line sources of {field['density']:g} cells per mm² over "
            f"a slab of {field['thickness']:g} x {field['extent']:g} µm in a medium of "
            f"{field['conductivity']:g} S/m, with conduction along the layer. The stimulus recruits "
            f"{curve.test_fibers} of {curve.fibers[-1]} fibers: {curve.test_percent:.0f} % of the largest "
            "fEPSP, no spike at the soma; it is kept through the tetanus.",
        ),
        (
            "Plasticity",
            "Spine calcium, in units of one drug-free EPSP, drives a short and a long integrator, which "
            "push a bistable efficacy up or down; AMPA receptors follow. Under the hypothesis used here "
            "inserted receptors are slowed more by the drug.",
        ),
        (
            "Numerics",
            f"Every probe is computed for {window['probe'] / MS_PER_SECOND:g} s with CVODE from rest; slow "
            f"states are carried exactly to the next. Trains run with a step of {window['fixed_step']:g} "
            "ms. A probe whose slow states equal an earlier one's within the declared tolerance is reused "
            "and its row has n = 0.",
        ),
    ]


def parameters() -> Mapping[str, Sequence[Parameter]]:
    """Return the parameters by group, as the data files have them."""
    return {title: list(load(path).values()) for title, path in DATA_FILES.items()}


def tables(study: StudyResult) -> list[dict[str, Any]]:
    """Return the two tables of published effects as run.json keeps them."""
    from cellmodel.report.tables import table_rows

    return [
        {
            "table": row.table,
            "preparation": row.preparation,
            "quantity": row.quantity,
            "status": row.status,
            "model": {check.label: check.text for check in row.checks},
        }
        for row in table_rows(study)
    ]


def assemble(
    rows: Sequence[Any],
    svgs: Mapping[str, str],
    *,
    shown: LtpSummary | None,
    curve: InputOutput,
    **about: Any,
) -> StudyResult:
    """Return the content of the report.

    Parameters
    ----------
    rows : sequence of Measure
    svgs : mapping of figure name to SVG
    shown : LtpSummary or None
        The experiment whose timeline is drawn.
    curve : InputOutput
    about
        ``compound`` (name), ``dose_mM``, ``celsius``, ``notices``, ``run`` (mapping for the last section),
        ``scorecard`` (lines) and ``bands`` (rows at other q10), which may be left out.
    """
    drug = f"{about['dose_mM']:g} mM {about['compound']}"
    return StudyResult(
        compound=about["compound"],
        dose_mM=about["dose_mM"],
        measures=rows,
        figures=svgs,
        captions=captions(drug),
        diagrams=diagrams(shown, about["compound"], drug),
        methods=methods(curve, about["celsius"]),
        parameters=parameters(),
        notices=about["notices"],
        run=about["run"],
        bands=about.get("bands", {}),
        scorecard=about.get("scorecard", ()),
    )
