"""Somatic features: voltage responses to current steps, by eFEL, against two sets of recordings."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from cellmodel.battery.scores import FeatureScore, Outcome, efel_features, efel_version
from cellmodel.errors import ParameterError, unknown_name
from cellmodel.parameters import DATA, load
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.traces import Recording
from cellmodel.units import KNOWN_UNITS

SETS = ("sharp", "patch")
WITHOUT_FIRST = frozenset(
    """AP_rise_time AP_amplitude AP_duration_half_width AP_begin_voltage AP_rise_rate fast_AHP AP_begin_time
    AP_begin_width AP_duration AP_duration_change AP_duration_half_width_change fast_AHP_change
    AP_rise_rate_change AP_width""".split()
)
"""Features averaged without their first value, as the battery does: where a first spike begins is often
confused with the start of the stimulus."""

ZERO_WITHOUT_SPIKES = "inv_"
"""Prefix of the inverse intervals and latency, 0 Hz where there is no such spike: the targets average cells
that did not fire with those that did (at 0.1 nA 9.0 +/- 13.6 Hz), as eFEL did when they were made."""


@dataclass(frozen=True, slots=True)
class Target:
    """A measured feature: ``mean`` and ``sd`` in ``unit`` of eFEL's ``feature`` at ``step`` nA."""

    step: float
    feature: str
    mean: float
    sd: float
    unit: str

    @property
    def name(self) -> str:
        """Return the feature with its step, as ``AP_amplitude.Step0.8``."""
        return f"{self.feature}.Step{self.step:g}"


@dataclass(frozen=True)
class SomaticOutcome(Outcome):
    """Somatic features, and ``sweeps``: the recording of every step (nA)."""

    sweeps: Mapping[float, Recording] = field(default_factory=dict)


@cache
def somatic_targets(which: str) -> tuple[Target, ...]:
    """Return the measured features of the ``sharp`` or ``patch`` set.

    Raises
    ------
    ParameterError
        For another set, or a table with a unit that is not known or an SD that is not above 0.
    """
    if which not in SETS:
        raise unknown_name("set of somatic features", which, SETS)
    path = DATA / "battery" / str(load(f"battery/somatic_{which}.toml").texts["table"])
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Target(float(r["step_nA"]), r["feature"], float(r["mean"]), float(r["sd"]), r["unit"])
            for r in csv.DictReader(file)
        ]
    for row in rows:
        if row.unit not in KNOWN_UNITS or not row.sd > 0:
            raise ParameterError(
                f"{path.name}: {row.name} has unit {row.unit!r} and SD {row.sd}. Correct it."
            )
    return tuple(rows)


def steps_of(which: str) -> tuple[float, ...]:
    """Return the currents (nA) of a set, ascending."""
    return tuple(sorted({target.step for target in somatic_targets(which)}))


def somatic(cell: Any, which: str = "patch", *, steps: Sequence[float] | None = None) -> SomaticOutcome:
    """Score the responses to current steps into the soma.

    Parameters
    ----------
    cell : CA1Pyramidal
    which : str
        ``sharp`` or ``patch``: the two sets of recordings disagree.
    steps : sequence of float, nA, optional
        Some of the set's steps; by default all.

    Returns
    -------
    SomaticOutcome
        A feature for each target of the chosen steps; ``score`` is the published mean of ``|z|``, in
        which features that the model does not show are left out and said.

    Raises
    ------
    ParameterError
        For an unknown set or a step that it does not have.
    """
    known = steps_of(which)
    chosen = known if steps is None else tuple(steps)
    for step in chosen:
        if step not in known:
            raise ParameterError(f"the {which} set has no step of {step:g} nA. It has: {known}.")
    sweeps = {step: record_step(cell, which, step) for step in chosen}
    return score_steps(which, sweeps)


def record_step(cell: Any, which: str, step: float) -> Recording:
    """Record the response to one step (nA) with the timing of a set."""
    timing = load(f"battery/somatic_{which}.toml").values_of("stimulus")
    return somatic_step(cell, CurrentStep(step, timing["rest"], timing["duration"], timing["tail"]))


def score_steps(which: str, sweeps: Mapping[float, Recording]) -> SomaticOutcome:
    """Score recordings that are there already, by their step (nA)."""
    timing = load(f"battery/somatic_{which}.toml").values_of("stimulus")
    start, end = timing["rest"], timing["rest"] + timing["duration"]
    features: list[FeatureScore] = []
    for step, sweep in sorted(sweeps.items()):
        targets = [target for target in somatic_targets(which) if target.step == step]
        names = [target.feature for target in targets]
        found = efel_features((sweep.t, sweep["v_soma"]), names, start=start, end=end)
        features += [
            FeatureScore(one.name, average(one.feature, found[one.feature]), one.mean, one.sd, one.unit)
            for one in targets
        ]
    outcome = SomaticOutcome(f"somatic_{which}", tuple(features), sweeps=dict(sweeps))
    notices = (f"eFEL {efel_version()}", *_missing_notice(outcome))
    return SomaticOutcome(outcome.test, outcome.features, notices=notices, sweeps=outcome.sweeps)


def average(feature: str, values: np.ndarray) -> float:
    """Return the mean of a feature's values, of some without the first; NaN if none is left (or 0 Hz)."""
    used = values[1:] if feature in WITHOUT_FIRST else values
    if not used.size:
        return 0.0 if feature.startswith(ZERO_WITHOUT_SPIKES) else math.nan
    return float(np.mean(used))


def _missing_notice(outcome: Outcome) -> tuple[str, ...]:
    n_missing = len(outcome.missing)
    if not n_missing:
        return ()
    return (f"{n_missing} of {len(outcome.features)} features do not exist in the model and are left out",)
