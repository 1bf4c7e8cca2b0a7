"""Compute the rows: in groups that share what is expensive, each group in a process of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from types import MappingProxyType

from cellmodel.errors import CellModelError
from cellmodel.study.scorecard import cell, expressed, induction, patch, plasticity, synapse
from cellmodel.study.scorecard.rows import Result, Row

EVALUATORS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            patch.absent,
            patch.constant,
            patch.ec50,
            patch.half_dose_of_epsc,
            patch.half_dose_of_receptors,
            patch.half_dose_ratio,
            patch.kinetics,
            patch.modulated,
            patch.open_time_ratio,
            patch.patch,
            patch.patch_pair_ratio,
            patch.patch_peak,
            patch.patch_ratio,
            patch.percent_desensitized,
            patch.rate,
            patch.receptor_gradient,
            patch.recovery_ratio,
            patch.unitary_conductance,
            synapse.epsc_over_patch,
            synapse.epsc_ratio,
            synapse.gain_with_release,
            synapse.nmda_over_ampa,
            synapse.nmda_ratio,
            synapse.pair_ratio,
            synapse.paired_pulse_ratio,
            synapse.puff_ratio,
            synapse.spine_calcium,
            synapse.unitary,
            cell.at_rest,
            cell.attenuation,
            cell.back_propagated,
            cell.battery_score,
            expressed.crossed_ratio,
            expressed.pair_ratio_after_ltp,
            induction.tetani,
            plasticity.baseline_kept,
            plasticity.drug_only,
            plasticity.facilitation_delay,
            plasticity.gain_after_ltp,
            plasticity.ltp,
            plasticity.ltp_kept,
            plasticity.post_tetanic,
            plasticity.zero_crossing,
        )
    }
)
"""Name in data/scorecard.toml to what computes the number."""

FIELDS = ("gain_with_release", "nmda_ratio", "pair_ratio")
SLICES = ("nmda_over_ampa", "paired_pulse_ratio", "spine_calcium", "unitary")
CROSSED = ("facilitation_delay", "gain_after_ltp")
LTP, BATTERY = "ltp ", "battery, "
"""How the names of groups begin whose rows need a whole LTP experiment, or a test of the cell's battery."""
FREQUENCIES = f"{LTP}frequencies"
"""The group that takes longest: trains of 900 pulses."""


@dataclass(frozen=True)
class Work:
    """Rows that one process computes."""

    group: str
    rows: tuple[Row, ...]
    seed: int

    @property
    def is_long(self) -> bool:
        """Whether a whole LTP experiment or a test of the cell's battery is needed."""
        return self.group.startswith((LTP, BATTERY))


def plan(rows: Sequence[Row], seed: int) -> list[Work]:
    """Return the work, what takes longest first so that several processes end together."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(group_of(row), []).append(row)
    works = [Work(group, tuple(members), seed) for group, members in groups.items()]
    return sorted(works, key=lambda work: (work.group != FREQUENCIES, not work.is_long))


def group_of(row: Row) -> str:
    """Return the group of a row: rows of a group share cells, slices or runs."""
    if row.call in CROSSED or row.call == "drug_only":
        return LTP + ("crossed" if row.call in CROSSED else "drug only")
    if row.call == "zero_crossing" or row.arguments.get("run") in plasticity.FREQUENCIES.values():
        return FREQUENCIES
    if row.call == "post_tetanic":
        return f"{LTP}{plasticity.PROBED_SOON}"
    if row.call in ("ltp", "ltp_kept", "baseline_kept"):
        return f"{LTP}{row.arguments.get('run', 'vehicle')}"
    if row.call == "tetani":
        return f"{LTP}tetani"
    if row.call == "battery_score":
        return f"{BATTERY}{row.arguments['test']}"
    if row.call in FIELDS:
        return f"field, {row.arguments['compound']}"
    if row.call in SLICES:
        return "slice"
    return {"cell": "cell", "synapse": "currents", "expressed": "expressed"}.get(_module(row), "patch")


def _module(row: Row) -> str:
    return EVALUATORS[row.call].__module__.rsplit(".", 1)[-1]


def evaluate(work: Work) -> list[Result]:
    """Compute the rows of a group; importable by name, so that a fresh process can."""
    return [_result(row, work.seed) for row in work.rows]


def _result(row: Row, seed: int) -> Result:
    """Return what the model makes of a row; one that has no number leaves the others alone.

    Only what the package refuses by itself is a row without a number: any other exception is a fault of the
    program, not of the model, and ends the work.
    """
    function = EVALUATORS[row.call]
    extra = {"seed": seed} if "seed" in signature(function).parameters else {}
    try:
        value = float(function(**row.arguments, **extra))
    except CellModelError as error:
        return Result(row, None, str(error))
    return Result(row, value) if math.isfinite(value) else Result(row, None, f"came out as {value}")
