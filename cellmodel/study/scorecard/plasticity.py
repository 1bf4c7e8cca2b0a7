"""Evaluators of LTP: whole experiments, each played once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from cellmodel.analysis.time_course import crossing
from cellmodel.compound import Compound
from cellmodel.errors import ConvergenceError
from cellmodel.protocol import Protocol
from cellmodel.protocol.protocol import Phase, Wash
from cellmodel.slice import SliceOptions
from cellmodel.study import field, setting
from cellmodel.study import ltp as experiment
from cellmodel.traces import Recording
from cellmodel.units import PERCENT

FIVE_HERTZ = "train_5hz"
FREQUENCIES = {1.0: "lfs_1hz", 5.0: FIVE_HERTZ, 10.0: "train_10hz", 50.0: "train_50hz"}
"""Frequency (Hz) of 900 pulses to the run."""
RUNS = {
    "vehicle": ("standard", "", 0.0),
    "D-AP5": ("standard", "D-AP5", None),
    "1 Hz in D-AP5": ("lfs_1hz", "D-AP5", None),
    "crossed": ("quick_crossed", "aniracetam", None),
    **{name: (name, "", 0.0) for name in (*FREQUENCIES.values(), "theta_burst")},
}
"""Run to protocol, compound and dose (mM; None: the compound's default)."""
PROBED_SOON = "D-AP5"
"""The run in which post-tetanic potentiation is read, with all test pulses of its protocol."""
BASELINE_MINUTES, AVERAGED, SOON = 20.0, 5.0, 1.0
"""Minutes: the drug-free baseline, what is averaged, and what is post-tetanic."""
DRUG_ONLY = Protocol(
    "drug_only",
    "10 min baseline, 30 min drug, 30 min wash, no tetanus",
    70.0,
    (Phase(0.0, "control"), Phase(10.0, "drug"), Phase(40.0, "wash")),
    washes=(Wash(10.0, True), Wash(40.0, False)),
    probe_interval_seconds=60.0,
)


@cache
def at_test_intensity(seed: int) -> SliceOptions:
    """Return the options of a slice at its test intensity."""
    return field.find_intensity(SliceOptions(seed=seed))[0]


@cache
def _played(run: str, seed: int) -> experiment.LtpSummary:
    protocol, name, dose = RUNS[run]
    compound = Compound.named(name or "vehicle")
    options = replace(at_test_intensity(seed), compound=compound)
    given = compound.default_dose_mM if dose is None else dose
    played = Protocol.named(protocol) if run == PROBED_SOON else _sparse(protocol)
    return _summary(options, played, given)


def _sparse(name: str) -> Protocol:
    """Return a protocol with few test pulses, the quick ones as they are."""
    if name == FIVE_HERTZ:
        like = _sparse("train_10hz")
        train = replace(like.trains[0], hz=5.0)
        after = like.duration_min - like.trains[0].end_min
        return replace(like, name=name, trains=(train,), duration_min=train.end_min + after)
    protocol = Protocol.named(name)
    return protocol if name.startswith("quick") else experiment.sparse(protocol)


def _summary(options: SliceOptions, protocol: Protocol, dose: float) -> experiment.LtpSummary:
    condition = setting.drug_condition(options.compound)
    return experiment.summary(experiment.conduct(options, protocol, dose, drug_condition=condition))


def ltp(*, run: str, minutes: int, seed: int, pathway: str = "test") -> float:
    """Return the fEPSP slope after the last pulse of the tetanus, % of the drug-free baseline."""
    return ltp_of(_played(run, seed), minutes, pathway)


def ltp_of(done: experiment.LtpSummary, minutes: int, pathway: str = "test") -> float:
    """Return what `ltp` does, of an experiment that was played."""
    for row in done.rows:
        key = (row.measure, row.condition, row.time_min, row.pathway)
        if key == ("ltp_percent", "vs_baseline", minutes, pathway):
            return row.value
    raise ConvergenceError(f"the protocol {done.protocol.name} has no LTP {minutes} min after the tetanus.")


def zero_crossing(*, seed: int) -> float:
    """Return the frequency (Hz) from which on 900 pulses potentiate, between those played, log scale."""
    percents = [ltp(run=run, minutes=60, seed=seed) for run in FREQUENCIES.values()]
    found = crossing(list(FREQUENCIES), percents, PERCENT)
    if found is not None:
        return found
    raise ConvergenceError(
        f"no change from depression to potentiation between {min(FREQUENCIES):g} and {max(FREQUENCIES):g} Hz."
    )


def _slope(done: experiment.LtpSummary, start: float, stop: float) -> float:
    """Return the mean fEPSP slope of the test pathway from ``start`` to before ``stop`` (min)."""
    slopes = [
        row.value
        for row in done.rows
        if (row.measure, row.pathway) == ("fepsp_slope", "test")
        and row.time_min is not None
        and start <= row.time_min < stop
    ]
    return float(np.mean(slopes))


def baseline_kept(*, seed: int) -> float:
    """Return the fEPSP slope in the last five minutes of the baseline, % of that in its first five."""
    return baseline_of(_played("vehicle", seed))


def baseline_of(done: experiment.LtpSummary) -> float:
    """Return what `baseline_kept` does, of an experiment that was played."""
    last = _slope(done, BASELINE_MINUTES - AVERAGED, BASELINE_MINUTES)
    return PERCENT * last / _slope(done, 0.0, AVERAGED)


def post_tetanic(*, seed: int) -> float:
    """Return the fEPSP slope within a minute of the tetanus in D-AP5, % of that in D-AP5 before it."""
    return post_tetanic_of(_played(PROBED_SOON, seed))


def post_tetanic_of(done: experiment.LtpSummary) -> float:
    """Return what `post_tetanic` does, of an experiment that was played."""
    (train,) = done.protocol.trains
    soon = _slope(done, train.end_min, train.end_min + SOON)
    return PERCENT * soon / _slope(done, train.at_min - AVERAGED, train.at_min)


def ltp_kept(*, run: str, seed: int) -> float:
    """Return the potentiation at 60 min over that at 30 min."""
    return ltp_kept_of(_played(run, seed))


def ltp_kept_of(done: experiment.LtpSummary) -> float:
    """Return what `ltp_kept` does, of an experiment that was played."""
    late, early = (ltp_of(done, minutes) - PERCENT for minutes in (60, 30))
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
    options = replace(at_test_intensity(seed), compound=Compound.named(compound))
    found = _means(_summary(options, DRUG_ONLY, dose), f"fepsp_{what}")
    return PERCENT * found["wash"] / found["control"]
