"""What is written of the battery: rows of measures.csv, features.csv, sweeps, and the lines of the page."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cellmodel.battery.scores import Outcome
from cellmodel.parameters import load
from cellmodel.recording import Measure
from cellmodel.report.battery.lines import ScoreLine
from cellmodel.study.cell_properties.plan import SCORED, Finding
from cellmodel.study.cell_properties.unitary import UnitaryEpsps, gradient_ends
from cellmodel.traces import Recording

HEADER = ("cell", "test", "feature", "unit", "model", "mean", "sd", "score")
DIGITS = 6
PREPARATION = "ca1_cell"


def measures(finding: Finding) -> list[Measure]:
    """Return the rows of one test on one cell; ``condition`` begins with the cell's name."""
    if finding.outcome is None:
        return []
    if finding.test in SCORED:
        return _score(finding)
    return _MEASURED[finding.test](finding)


def _row(finding: Finding, measure: str, value: float, unit: str, *, place: str = "", n: int = 1) -> Measure:
    condition = f"{finding.cell}, {place}" if place else finding.cell
    return Measure(
        experiment="cell_properties",
        preparation=PREPARATION,
        condition=condition,
        measure=measure,
        value=value,
        unit=unit,
        n=n,
    )


def _score(finding: Finding) -> list[Measure]:
    outcome: Outcome = finding.outcome
    if math.isnan(outcome.score):
        return []
    n_found = len(outcome.features) - len(outcome.missing)
    return [_row(finding, f"score_{finding.test}", outcome.score, "1", n=n_found)]


def _passive(finding: Finding) -> list[Measure]:
    found = finding.outcome.response
    values = {
        "r_in": (found.r_in, "MOhm"),
        "tau_m": (found.tau_m, "ms"),
        "v_rest": (found.v_rest, "mV"),
        "sag": (found.sag, "1"),
    }
    return [_row(finding, name, value, unit) for name, (value, unit) in values.items()]


def _firing(finding: Finding) -> list[Measure]:
    found = finding.outcome
    return [
        _row(finding, "firing_rate", rate, "Hz", place=f"{current:g} nA")
        for current, rate in zip(found.currents, found.rates, strict=True)
    ]


def _resonance(finding: Finding) -> list[Measure]:
    rows = []
    for found in finding.outcome:
        place = f"trunk {found.path:.0f} um" if found.path else "soma"
        impedance = found.impedance
        rows.append(_row(finding, "resonance_frequency", impedance.resonance_frequency, "Hz", place=place))
        rows.append(_row(finding, "resonance_strength", impedance.strength, "1", place=place))
    return rows


def _dendrites(finding: Finding) -> list[Measure]:
    trunk, epsps = finding.outcome
    rows = []
    for found in trunk:
        place = f"trunk {found.path:.0f} um"
        rows.append(_row(finding, "r_in_trunk", found.r_in, "MOhm", place=place))
        rows.append(_row(finding, "transfer_ratio", found.transfer, "1", place=place))
    return rows + [
        _row(finding, "epsp_ratio", epsp.ratio, "1", place=f"oblique {epsp.path:.0f} um") for epsp in epsps
    ]


def _unitary(finding: Finding) -> list[Measure]:
    """Return the mean over synapses, and what one has at both ends of the gradient, if not potentiated."""
    found: UnitaryEpsps = finding.outcome
    amplitudes = found.amplitudes
    mean = _row(finding, "unitary_epsp", float(amplitudes.mean()), "mV", place="mean", n=amplitudes.size)
    ends = [
        _row(finding, "unitary_epsp", found.expected(at), "mV", place=f"not potentiated, {at:.0f} um", n=n)
        for n in [found.is_potentiated.count(False)]
        for at in gradient_ends()
    ]
    return [replace(mean, sd=float(amplitudes.std(ddof=1))), *ends]


_MEASURED = {
    "passive": _passive,
    "firing": _firing,
    "resonance": _resonance,
    "dendrites": _dendrites,
    "unitary": _unitary,
}


def population_rows(rows: Iterable[Measure], n_cells: int) -> list[Measure]:
    """Return mean, lowest and highest over cells of every measure that each cell gives once."""
    by_name: dict[str, list[Measure]] = {}
    for row in rows:
        if ", " not in row.condition:
            by_name.setdefault(row.measure, []).append(row)
    found = []
    for name, own in by_name.items():
        values = np.array([row.value for row in own])
        shown: dict[str, tuple[float, float | None]] = {
            f"mean of {n_cells} cells": (
                float(values.mean()),
                float(values.std(ddof=1)) if len(own) > 1 else None,
            ),
            f"lowest of {n_cells} cells": (float(values.min()), None),
            f"highest of {n_cells} cells": (float(values.max()), None),
        }
        found += [
            Measure(
                experiment="cell_properties",
                preparation=PREPARATION,
                condition=condition,
                measure=name,
                value=value,
                unit=own[0].unit,
                n=len(own),
                sd=sd,
            )
            for condition, (value, sd) in shown.items()
        ]
    return found


def features_csv(findings: Iterable[Finding]) -> str:
    """Return every feature of every scored test as CSV; model and score are empty where it is missing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for finding in findings:
        if finding.test in SCORED and finding.outcome is not None:
            for one in finding.outcome.features:
                numbers = (one.model, one.mean, one.sd, one.score)
                writer.writerow((finding.cell, finding.test, one.name, one.unit, *map(_number, numbers)))
    return text.getvalue()


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.{DIGITS}g}"


def notices(finding: Finding) -> list[str]:
    """Return what must be known of a test's numbers."""
    file = _FILES.get(finding.test)
    about = f"{finding.cell}, {load(file).texts['title'] if file else finding.test}"
    if finding.outcome is None:
        return [f"{about}: no numbers: {finding.why}"]
    if finding.test in SCORED:
        return [f"{about}: {text}." for text in finding.outcome.notices]
    if finding.test == "firing" and finding.outcome.is_spontaneous:
        return [f"{about}: the cell fires without current."]
    if finding.test == "firing" and not finding.outcome.is_firing:
        return [f"{about}: the cell does not fire up to {max(finding.outcome.currents):g} nA."]
    return []


def firing_text(findings: Iterable[Finding]) -> str:
    """Say of how many cells fire, and how many do so without current."""
    found = [one.outcome for one in findings if one.test == "firing" and one.outcome is not None]
    fire, alone = sum(one.is_firing for one in found), sum(one.is_spontaneous for one in found)
    return f"{fire} of {len(found)} cells fire with current, {alone} without."


def lines_of(findings: Iterable[Finding], biophysics: str) -> list[ScoreLine]:
    """Return the scored tests beside the best published model and the goal, as page and figure take them.

    The shipped sets of biophysics have no goal on the other set of somatic recordings.
    """
    best, goals = (load("battery/battery.toml").values_of(name) for name in ("best_published", "goal"))
    found: dict[str, list[Finding]] = {test: [] for test in SCORED}
    for finding in findings:
        if finding.test in SCORED:
            found[finding.test].append(finding)
    return [
        ScoreLine(
            test=test,
            title=str(load(_FILES[test]).texts["title"]),
            best=best[test],
            goal=math.nan if test == _OTHER_RECORDINGS.get(biophysics) else goals[test],
            scores={one.cell: one.outcome.score if one.outcome else math.nan for one in own},
            missing=len(own[0].outcome.missing) if own[0].outcome else 0,
            total=len(own[0].outcome.features) if own[0].outcome else 0,
        )
        for test, own in found.items()
        if own
    ]


_OTHER_RECORDINGS = {"patch": "somatic_sharp", "sharp": "somatic_patch"}
_FILES = {
    "somatic_sharp": "battery/somatic_sharp.toml",
    "somatic_patch": "battery/somatic_patch.toml",
    "block": "battery/block.toml",
    "bap": "battery/back_propagation.toml",
    "attenuation": "battery/attenuation.toml",
    "oblique": "battery/oblique.toml",
}


def sweeps(finding: Finding) -> list[Recording]:
    """Return the current-clamp sweeps of a test as traces.nwb takes them; one that failed has none."""
    outcome = finding.outcome
    found: Mapping[Any, Recording]
    if outcome is None:
        return []
    if finding.test.startswith("somatic_"):
        found = {f"{step:g} nA": sweep for step, sweep in outcome.sweeps.items()}
    elif finding.test == "block":
        found = outcome.sweeps
    elif finding.test == "bap":
        found = {} if outcome.sweep is None else {"train": outcome.sweep}
    elif finding.test == "passive":
        found = {"step": outcome.sweep}
    else:
        return []
    return [_current_clamp(sweep, finding, str(what)) for what, sweep in found.items()]


def _current_clamp(sweep: Recording, finding: Finding, stimulus: str) -> Recording:
    """Return a sweep with the signals and labels of the NWB file: ``v`` and ``i_command``."""
    other = {name: values for name, values in sweep.signals.items() if name not in ("v_soma", "i")}
    signals = {"v": sweep["v_soma"], "i_command": sweep["i"], **other}
    meta = {
        **sweep.meta,
        "mode": "current_clamp",
        "preparation": PREPARATION,
        "condition": finding.cell,
        "stimulus": f"{finding.test}, {stimulus}",
    }
    return Recording(sweep.t, signals, {**dict.fromkeys(signals, "mV"), "i_command": "nA"}, meta)


def by_test(findings: Sequence[Finding], cell: str) -> dict[str, Any]:
    """Return the outcomes of one cell by test; what failed is left out."""
    return {one.test: one.outcome for one in findings if one.cell == cell and one.outcome is not None}
