"""The targets of the slice, from the experiments that a study has anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from cellmodel.errors import ConvergenceError
from cellmodel.recording import Measure
from cellmodel.report.scorecard import NOT_RUN, Line
from cellmodel.study.ltp import LtpSummary
from cellmodel.study.scorecard import plasticity
from cellmodel.study.scorecard.rows import Result, Row, rows, shown

PREFIXES = ("SL", "LT")
EXPERIMENTS = {"vehicle": "ltp_vehicle", plasticity.PROBED_SOON: "ltp_D-AP5"}
"""Run of `plasticity.RUNS` to the study's experiment of the same protocol and drug."""
ELSEWHERE = "make scorecard"


def targets_of_study(
    runs: Mapping[str, LtpSummary], measures: Sequence[Measure], *, compound: str, dose_mM: float
) -> list[Line]:
    """Return every target; those of which the study has no experiment are ``not run``.

    Parameters
    ----------
    runs : mapping of str to LtpSummary
        Experiment (``ltp_vehicle``, ``ltp_D-AP5``) to what was played.
    measures : sequence of Measure
        Rows of the study.
    compound : str
    dose_mM : float, mM
        The study's own.
    """
    found = []
    for row in rows():
        if not row.id.startswith(PREFIXES):
            continue
        value = _value(row, runs, measures, compound, dose_mM)
        line = shown(Result(row, value))
        found.append(line if value is not None else replace(line, status=NOT_RUN, why=ELSEWHERE))
    return found


def _value(
    row: Row, runs: Mapping[str, LtpSummary], measures: Sequence[Measure], compound: str, dose_mM: float
) -> float | None:
    if row.call == "paired_pulse_ratio":
        return _paired_pulse_ratio(measures, "control")
    if row.call == "pair_ratio" and row.arguments == {"compound": compound, "dose": dose_mM}:
        drug, control = (_paired_pulse_ratio(measures, name) for name in ("drug", "control"))
        return drug / control if drug and control else None
    run = runs.get(_experiment(row))
    reading = _reading(row)
    if run is None or reading is None:
        return None
    try:
        return reading(run)
    except ConvergenceError:  # its protocol ended before
        return None


def _experiment(row: Row) -> str:
    default = plasticity.PROBED_SOON if row.call == "post_tetanic" else "vehicle"
    return EXPERIMENTS.get(row.arguments.get("run", default), "")


def _reading(row: Row) -> Callable[[LtpSummary], float] | None:
    if row.call == "ltp":
        pathway = row.arguments.get("pathway", "test")
        return partial(plasticity.ltp_of, minutes=row.arguments["minutes"], pathway=pathway)
    return {
        "ltp_kept": plasticity.ltp_kept_of,
        "baseline_kept": plasticity.baseline_of,
        "post_tetanic": plasticity.post_tetanic_of,
    }.get(row.call)


def _paired_pulse_ratio(measures: Sequence[Measure], condition: str) -> float | None:
    wanted = ("field_potential", "paired_pulse_ratio", condition)
    return next(
        (row.value for row in measures if (row.experiment, row.measure, row.condition) == wanted), None
    )
