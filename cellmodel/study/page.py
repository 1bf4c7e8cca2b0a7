"""What the study's report shows beside its numbers: figures, captions, diagrams, methods, parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellmodel.compound import Compound
from cellmodel.parameters import Parameter, ParameterSet, load, load_file
from cellmodel.plasticity.expression import Expression
from cellmodel.receptor import receptor_parameters
from cellmodel.report.page.doses import DosePanel
from cellmodel.report.page.methods import paragraphs
from cellmodel.report.study import StudyResult
from cellmodel.slice import InputOutput
from cellmodel.study.chapters import Finding
from cellmodel.study.ltp import LtpSummary, figures, lettered, timeline
from cellmodel.traces import Recording

EPSC_PANELS = (
    "CA1 pyramidal cell, evoked",
    "CA1 pyramidal cell, miniature",
    "chick n. magnocellularis, evoked",
)
PATCH_PANELS: dict[str, Mapping[str, str]] = {
    "short": {"peak": "peak", "tau_deactivation": "deactivation τ", "charge": "charge"},
    "long": {"tau_desensitization": "desensitization τ", "steady_state_ratio": "steady state / peak"},
}
DOSE_PANELS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "evoked EPSC": (
        "EPSC of the CA1 cell, clamped at the soma",
        "i",
        {"epsc_peak": "peak", "epsc_rise_10_90": "rise, 10 to 90 %", "epsc_tau_decay": "decay τ"},
    ),
    "test pulse": (
        "Field EPSP at the test intensity",
        "v_field",
        {"fepsp_amplitude": "amplitude", "fepsp_slope": "slope", "fepsp_tau_decay": "decay τ"},
    ),
}
"""Stimulus of a sweep to the panel's title, the signal, and the measures beside it; of patches by pulse."""
SPIKE = "The cells fire: the field EPSP has a population spike, which is in its decay."
METHODS_FILES = {
    "patch": "patch.toml",
    "synapse": "synapse.toml",
    "slice": "slice.toml",
    "plasticity": "plasticity.toml",
}
MODULATOR = "modulation.k_m"
"""What the file of a modulator has, and that of a blocker or of the vehicle has not."""
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


ONE_RESPONSE = "A curve is one response of a model without chance: n = 1, no error bars."


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
    drawn["input_output"] = input_output_figure(
        points, labels=labels, chosen=curve.test_fibers, fires=curve.has_spike
    )
    return drawn


def captions(drug: str) -> dict[str, str]:
    """Return a caption for each figure."""
    synapse = load("synapse.toml")
    return {
        "patch": "Outside-out patch, 10 mM glutamate for 1 ms and 100 ms, and recovery from paired pulses. "
        f"Black: control; orange: {drug}, in both barrels. {ONE_RESPONSE}",
        "epsc": "EPSCs under voltage clamp. Left of each pair as recorded, right scaled to one peak. The CA1 "
        "cell is clamped at its soma; a miniature is one vesicle, averaged over synapses at all distances. "
        f"{ONE_RESPONSE}",
        "ltp": "fEPSP slope of both pathways, percent of the drug-free baseline, with and without the drug; "
        "a point is one probe of one simulated slice. "
        "Above: the last fEPSP of each phase over the first (gray). The fiber volley is an assumed waveform "
        "and is used in no number.",
        "cascade": "Signals of plasticity in the test pathway, means over its spines and boutons. A, around "
        "the train: calcium currents, spine calcium and its two integrators (kinase, phosphatase), efficacy, "
        "receptors, release. B, over the experiment: drug, calcium and the integrators' peaks in each test "
        "pulse, release and its potentiation, efficacy, receptors.",
        "ltp_crossed": "The crossed protocol: drug and wash-out before LTP, drug again after it. "
        "It gives Table 1.",
        "fepsp": f"Field EPSP at the test intensity. {ONE_RESPONSE}",
        "whole_cell": "Current evoked by a slow puff of glutamate in the clamped CA1 cell (TTX, NMDA "
        f"receptors blocked). {ONE_RESPONSE}",
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


def methods_files(compound: Compound, receptor: str) -> dict[str, ParameterSet]:
    """Return the data files that the methods of a run quote, by the names of data/report/methods.toml."""
    files = {name: load(path) for name, path in METHODS_FILES.items()}
    files["receptor"] = receptor_parameters(receptor)
    own = load_file(compound.path)
    if MODULATOR in own.entries:
        files["modulator"] = own
    return files


def methods(
    curve: InputOutput,
    *,
    compound: Compound,
    dose_mM: float,
    receptor: str,
    expression: str,
    celsius: float,
    doses_mM: Sequence[float],
) -> list[tuple[str, str]]:
    """Return the methods as text, with the numbers of this run."""
    return paragraphs(
        methods_files(compound, receptor),
        {
            "compound": compound.name,
            "dose": f"{dose_mM:g}",
            "doses": ", ".join(f"{dose:g}" for dose in doses_mM),
            "celsius": f"{celsius:g}",
            "expression": Expression.named(expression).says,
            "test_fibers": curve.test_fibers,
            "fibers": curve.fibers[-1],
            "test_percent": f"{curve.test_percent:.0f}",
        },
    )


def dose_panels(findings: Sequence[Finding]) -> list[DosePanel]:
    """Return the sweeps of the series of doses as the report's slider needs them."""
    found: dict[str, dict[float, Recording]] = {}
    for sweep in (s for f in findings if f.chapter.name == "doses" for s in f.sweeps):
        found.setdefault(sweep.meta["stimulus"], {})[sweep.meta["dose_mM"]] = sweep
    fired = {dose: SPIKE for finding in findings for dose in finding.fired_mM}
    notes = {"v_field": fired}
    return [
        DosePanel(
            title, found[key][0.0].meta["preparation"], signal, measures, found[key], notes.get(signal, {})
        )
        for key, (title, signal, measures) in (_patch_panels() | DOSE_PANELS).items()
        if key in found
    ]


def _patch_panels() -> dict[str, tuple[str, str, Mapping[str, str]]]:
    """Return the panels of the patch's two pulses, as `DOSE_PANELS` has the others."""
    rig = load("patch.toml")
    lengths = {pulse: f"{rig.value(f'pulses.{pulse}'):g} ms" for pulse in PATCH_PANELS}
    title = f"Patch, {rig.value('rig.glutamate'):g} mM glutamate for"
    return {
        f"glutamate, {length}": (f"{title} {length}", "i", PATCH_PANELS[pulse])
        for pulse, length in lengths.items()
    }


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
    **about: Any,
) -> StudyResult:
    """Return the content of the report.

    Parameters
    ----------
    rows : sequence of Measure
    svgs : mapping of figure name to SVG
    shown : LtpSummary or None
        The experiment whose timeline is drawn.
    about
        ``compound`` (name), ``dose_mM``, ``methods``, ``notices``, ``run`` (mapping for the last section),
        ``scorecard`` (lines), ``bands`` (rows at other q10) and ``doses`` (panels), which may be left out.
    """
    drug = f"{about['dose_mM']:g} mM {about['compound']}"
    return StudyResult(
        compound=about["compound"],
        dose_mM=about["dose_mM"],
        measures=rows,
        figures=svgs,
        captions=captions(drug),
        diagrams=diagrams(shown, about["compound"], drug),
        methods=about["methods"],
        parameters=parameters(),
        notices=about["notices"],
        run=about["run"],
        bands=about.get("bands", {}),
        scorecard=about.get("scorecard", ()),
        doses=about.get("doses", ()),
    )
