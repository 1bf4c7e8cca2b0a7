"""Evaluators of LTP: whole experiments, each played once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from cellmodel.compound import Compound
from cellmodel.errors import ConvergenceError
from cellmodel.protocol import Protocol
from cellmodel.protocol.protocol import Phase, Wash
from cellmodel.slice import SliceOptions
from cellmodel.study import field, setting
from cellmodel.study import ltp as experiment
from cellmodel.traces import Recording
from cellmodel.units import PERCENT

RUNS = {
    "vehicle": ("standard", "", 0.0),
    "D-AP5": ("standard", "D-AP5", None),
    "crossed": ("quick_crossed", "aniracetam", None),
    **{name: (name, "", 0.0) for name in ("lfs_1hz", "train_10hz", "train_50hz", "theta_burst")},
}
"""Run to protocol, compound and dose (mM; None: the compound's default)."""
N_POINTS = 3  # of the input-output curve
DRUG_ONLY = Protocol(
    "drug_only",
    "10 min baseline, 30 min drug, 30 min wash, no tetanus",
    70.0,
    (Phase(0.0, "control"), Phase(10.0, "drug"), Phase(40.0, "wash")),
    washes=(Wash(10.0, True), Wash(40.0, False)),
    probe_interval_seconds=60.0,
)


@cache
def _options(seed: int) -> SliceOptions:
    return field.find_intensity(SliceOptions(seed=seed), n_points=N_POINTS)[0]


@cache
def _played(run: str, seed: int) -> experiment.LtpSummary:
    protocol, name, dose = RUNS[run]
    compound = Compound.named(name or "vehicle")
    options = replace(_options(seed), compound=compound)
    given = compound.default_dose_mM if dose is None else dose
    return _summary(options, Protocol.named(protocol), given)


def _summary(options: SliceOptions, protocol: Protocol, dose: float) -> experiment.LtpSummary:
    condition = setting.drug_condition(options.compound)
    return experiment.summary(experiment.conduct(options, protocol, dose, drug_condition=condition))


def ltp(*, run: str, minutes: int, seed: int, pathway: str = "test") -> float:
    """Return the fEPSP slope after the last pulse of the tetanus, % of the drug-free baseline."""
    for row in _played(run, seed).rows:
        key = (row.measure, row.condition, row.time_min, row.pathway)
        if key == ("ltp_percent", "vs_baseline", minutes, pathway):
            return row.value
    raise ConvergenceError(f"the run {run} has no LTP {minutes} min after the tetanus.")


def ltp_kept(*, run: str, seed: int) -> float:
    """Return the potentiation at 60 min over that at 30 min."""
    late, early = (ltp(run=run, minutes=minutes, seed=seed) - PERCENT for minutes in (60, 30))
    return late / early


def _means(done: experiment.LtpSummary, measure: str) -> dict[str, float]:
    """Return condition to the mean over the last 5 minutes of its phase, test pathway."""
    return {
        row.condition: row.value
        for row in done.rows
        if row.measure == measure and row.pathway == "test" and row.time_min is None
    }


def gain_after_ltp(*, measure: str, seed: int) -> float:
    """Return the drug's gain after LTP over that before it, in the crossed experiment."""
    found = _means(_played("crossed", seed), measure)
    before = found["drug"] / found["control"]
    return found["after_ltp_drug"] / found["after_ltp"] / before


def facilitation_delay(*, seed: int) -> float:
    """Return when the drug adds most to the fEPSP after LTP, minus when it does before, ms."""
    sweeps = {condition: sweep for _, condition, sweep in _played("crossed", seed).examples}
    return _facilitated(sweeps, "after_ltp_drug", "after_ltp") - _facilitated(sweeps, "drug", "control")


def _facilitated(sweeps: dict[str, Recording], drug: str, control: str) -> float:
    added = sweeps[control]["v_field"] - sweeps[drug]["v_field"]
    return float(sweeps[control].t[int(np.argmax(added))])


@cache
def drug_only(*, what: str, compound: str, dose: float, seed: int) -> float:
    """Return the fEPSP slope after drug and wash without a tetanus, % of the baseline."""
    options = replace(_options(seed), compound=Compound.named(compound))
    found = _means(_summary(options, DRUG_ONLY, dose), f"fepsp_{what}")
    return PERCENT * found["wash"] / found["control"]
