"""One sentence for each leading figure, computed from the numbers it shows."""

from __future__ import annotations

from collections.abc import Sequence

from cellmodel.report.study import Gain, StudyResult
from cellmodel.report.tables import gain_ratio, number, with_unit
from cellmodel.units import PERCENT

UNCHANGED = 0.05  # a change smaller than this part is called unchanged
NOTHING = "The numbers behind this figure were not computed in this run."


def finding(study: StudyResult, figure: str) -> str:
    """Return the sentence for ``patch``, ``epsc`` or ``ltp``."""
    clauses = {"patch": _patch, "epsc": _epsc, "ltp": _ltp}[figure](study)
    return " ".join(clauses) if clauses else NOTHING


def change(gain: Gain, *, longer: str, shorter: str) -> str:
    """Say how a measure changed, with both numbers: the verb follows from the ratio."""
    numbers = f"({number(gain.over)} → {with_unit(gain.of, gain.unit)})"
    if abs(gain.ratio - 1.0) < UNCHANGED:
        return f"hardly changes {{}} {numbers}"
    if gain.ratio > 1.0:
        return f"{longer} {{}} {number(gain.ratio)}-fold {numbers}"
    return f"{shorter} {{}} to {PERCENT * gain.ratio:.0f} % {numbers}"


def _clause(gain: Gain | None, name: str, longer: str, shorter: str) -> list[str]:
    return [change(gain, longer=longer, shorter=shorter).format(name)] if gain else []


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]


def _patch(study: StudyResult) -> list[str]:
    found = []
    for measure, name in (
        ("tau_deactivation", "deactivation"),
        ("tau_desensitization", "desensitization"),
        ("tau_recovery", "recovery from desensitization"),
    ):
        found += _clause(study.gain(measure, "ca1_patch"), name, "slows", "speeds")
    return [f"In the outside-out patch, {study.drug} {_joined(found)}."] if found else []


def _epsc(study: StudyResult) -> list[str]:
    sentences = []
    for preparation, place in (
        ("ca1_cell", "At the synapses of the CA1 cell"),
        ("chick_cell", "In the chick cell"),
    ):
        found = _clause(study.gain("epsc_peak", preparation), "the evoked EPSC", "enlarges", "reduces")
        for measure, name in (
            ("epsc_tau_decay", "the decay of the evoked EPSC"),
            ("mepsc_tau_decay", "that of miniature EPSCs"),
        ):
            found += _clause(study.gain(measure, preparation), name, "prolongs", "shortens")
        if found:
            sentences.append(f"{place}, the drug {_joined(found)}.")
    return sentences


def _ltp(study: StudyResult) -> list[str]:
    return [*_ltp_percent(study), *_before_and_after(study)]


def _ltp_percent(study: StudyResult) -> list[str]:
    last = study.ltp("vs_baseline", 60, is_drug=True)
    within = study.ltp("vs_drug_baseline", 60, is_drug=True)
    vehicle = study.ltp("vs_baseline", 60, is_drug=False)
    if not last or not within:
        return []
    against = f"; without the drug it is {vehicle.value:.0f} %" if vehicle else ""
    verb = "has become" if within.value > PERCENT * (1 + UNCHANGED) else "is"
    return [
        f"One hour after the tetanus in {study.drug} the fEPSP slope {verb} {within.value:.0f} % of what "
        f"it was in the drug just before ({last.value:.0f} % of the drug-free baseline){against}."
    ]


def _before_and_after(study: StudyResult) -> list[str]:
    clauses = []
    for measure, name in (("fepsp_amplitude", "amplitude"), ("fepsp_tau_decay", "decay time constant")):
        ratio = gain_ratio(study, "ca1_slice", measure)
        if ratio is not None:
            clauses.append(f"{_compared(ratio)} in {name} (after/before {ratio:.2f})")
    return [f"After LTP the drug's gain is {_joined(clauses)}."] if clauses else []


def _compared(ratio: float) -> str:
    if abs(ratio - 1.0) <= UNCHANGED:
        return "the same"
    return "larger" if ratio > 1.0 else "smaller"
