"""Figures and a whole study for the report, made from invented traces; only tests use them."""

import numpy as np
from synthetic_study import (
    crossed_rows,
    current,
    epsc_panels,
    field,
    ltp_rows,
    patch_panels,
    recovery,
    table_rows,
)

from cellmodel.parameters import Parameter
from cellmodel.recording import Measure
from cellmodel.report import Example, StudyResult, Timeline, svg_text
from cellmodel.report.diagrams import cascade_diagram, workflow_diagram
from cellmodel.report.page.doses import DosePanel
from cellmodel.report.slice_figures import cascade_figure, fepsp_figure, input_output_figure, ltp_figure
from cellmodel.report.trace_figures import epsc_figure, patch_figure
from cellmodel.traces import Recording

DRUG = "1.5 mM aniracetam"
TIMELINE = Timeline((0.0, 20.0), [(20.0, 105.0)], [45.0], ["100 Hz, 1 s"])


def ltp():
    examples = [Example("a", 18.0, "control", field("control")), Example("b", 43.0, "drug", field("drug"))]
    return ltp_figure(
        {"drug": ltp_rows(1.5), "control": ltp_rows(0.0)}, TIMELINE, examples=examples, drug=DRUG
    )


def cascade():
    t = np.linspace(0.0, 1000.0, 50)
    units = {"spine_calcium": "uM", "efficacy": "1"}
    part = {"control": Recording(t, {"spine_calcium": t, "efficacy": t}, units)}
    return cascade_figure(part, part, drug=DRUG)


FIGURES = {
    "patch": lambda: patch_figure(patch_panels(), drug=DRUG, recovery=recovery()),
    "epsc": lambda: epsc_figure(epsc_panels(), drug=DRUG),
    "ltp": ltp,
    "fepsp": lambda: fepsp_figure(
        {"before": {"control": field("control"), "drug": field("drug")}}, drug=DRUG
    ),
    "input_output": lambda: input_output_figure(
        {"control": (np.arange(5.0), np.arange(5.0))}, labels=("intensity (1)", "amplitude (mV)"), chosen=2.0
    ),
    "cascade": cascade,
}


def dose_panels():
    """A patch and a field EPSP at three doses and at none."""
    slower = {0.0: 2.5, 0.15: 3.5, 1.5: 7.9, 4.5: 9.7}
    patch = {dose: current(tau, peak=0.1 + 0.005 * tau) for dose, tau in slower.items()}
    names = zip(slower, ("control", "drug", "after_ltp", "after_ltp_drug"), strict=True)
    return [
        DosePanel("Patch, 1 ms", "ca1_patch", "i", {"tau_deactivation": "deactivation τ"}, patch),
        DosePanel(
            "Field EPSP",
            "ca1_slice",
            "v_field",
            {"fepsp_amplitude": "amplitude"},
            {dose: field(name) for dose, name in names},
            {4.5: "The cells fire."},
        ),
    ]


def dose_rows():
    shared = {"experiment": "dose_response", "preparation": "ca1_patch", "compound": "aniracetam"}
    return [
        Measure(
            **shared,
            condition="drug" if dose else "control",
            dose_mM=dose,
            measure="tau_deactivation",
            value=tau,
            unit="ms",
        )
        for dose, tau in ((0.0, 2.5), (0.15, 3.5), (1.5, 7.9), (4.5, 9.7))
    ]


def report_study():
    """A study with every part that a report can have."""
    parameter = Parameter("alpha", 1.5, "/ms", "jonas_1993", "measured", where="table 1")
    assumed = Parameter("q10", 2.0, "1", "cellmodel", "assumed", note="usual")
    return StudyResult(
        compound="aniracetam",
        dose_mM=1.5,
        measures=table_rows() + crossed_rows() + ltp_rows(1.5) + dose_rows(),
        figures={name: svg_text(draw()) for name, draw in FIGURES.items()},
        captions={"patch": "A <patch>."},
        diagrams={
            "The cascade": cascade_diagram(drug="aniracetam"),
            "The experiment": workflow_diagram(TIMELINE, drug=DRUG, end=105.0),
        },
        methods=[("Receptor", "Seven states, after [jonas_1993] and [jahr_stevens_1990], 2*.")],
        parameters={"receptor": [parameter, assumed]},
        notices=["read as <aniracetam>"],
        run={"seed": 1, "versions": {"numpy": "2"}},
        doses=dose_panels(),
    )
