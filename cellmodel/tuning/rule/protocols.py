"""What is recorded once in the cell: calcium of each protocol, and what receptors make of the fEPSP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.compound import Compound
from cellmodel.plasticity import Rule
from cellmodel.protocol import Protocol
from cellmodel.slice import Slice, SliceOptions
from cellmodel.slice.state import PathwayState
from cellmodel.tuning.rule.calcium import PATHWAY, Drive, record
from cellmodel.tuning.rule.long_train import record_regular
from cellmodel.units import PERCENT

PULSES = 900
FREQUENCIES = {1.0: "lfs_1hz", 5.0: "train_5hz", 10.0: "train_10hz", 50.0: "train_50hz"}
"""Frequency (Hz) of `PULSES` to what their drive is called."""
SERIES, TWICE = (5, 10, 20, 40, 60, 80, 100), 200
"""Pulses at 100 Hz up to a tetanus, and of one twice as long."""
HUNDRED_HERTZ = 10.0  # interval, ms
MODULATOR, DOSE = "aniracetam", 1.5
DRUG = "drug_"
"""Before the name of a drive that was recorded in the modulator."""
TOWARD = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
"""How far the efficacy of every synapse has gone, from its start, down (-1) or up (1)."""


@dataclass(frozen=True)
class Recorded:
    """What the fit needs of the cell.

    Attributes
    ----------
    drives : mapping of str to Drive
        Of each protocol.
    receptors : array, (n_points,)
        Mean receptor number, in units of the baseline's.
    slopes : array, (n_points,) %
        fEPSP slope with so many, of the baseline's.
    """

    drives: Mapping[str, Drive]
    receptors: np.ndarray
    slopes: np.ndarray

    def percent(self, receptors: np.ndarray) -> np.ndarray:
        """Return the fEPSP slope (%) for mean receptor numbers, same shape."""
        return np.interp(receptors, self.receptors, self.slopes)


def record_all(options: SliceOptions, say: Callable[[str], None]) -> Recorded:
    """Record all protocols in the cell, without the modulator and, for the series at 100 Hz, with it.

    Parameters
    ----------
    options : SliceOptions
        With the fibers of the test intensity.
    say : callable
        Gets a line for each protocol.
    """
    rig = _rig(options)
    drives: dict[str, Drive] = {}
    for hz, name in FREQUENCIES.items():
        drives[name] = _record_long(rig, hz)
        say(_line(name, drives[name]))
    (theta,) = Protocol.named("theta_burst").trains
    others = {"only": np.zeros(1), "theta_burst": theta.pulse_times()}
    drives |= _record_short(rig, others | _tetani(), say)
    drives["tetanus"] = drives[f"pulses_{SERIES[-1]}"]
    return _finished(rig, drives)


def record_tetani(options: SliceOptions) -> Recorded:
    """Record only the series at 100 Hz, without the modulator and with it."""
    rig = _rig(options)
    return _finished(rig, _record_short(rig, _tetani(), lambda line: None))


def _rig(options: SliceOptions) -> Slice:
    return Slice(replace(options, compound=Compound.named(MODULATOR), pathways=(PATHWAY,)))


def _finished(rig: Slice, drives: Mapping[str, Drive]) -> Recorded:
    rig.wash(0.0)
    receptors, slopes = _slopes(rig)
    rig.free()
    return Recorded(drives, receptors, slopes)


def _tetani() -> dict[str, np.ndarray]:
    return {f"pulses_{n}": np.arange(n) * HUNDRED_HERTZ for n in (*SERIES, TWICE)}


def _record_short(
    rig: Slice, pulses: Mapping[str, np.ndarray], say: Callable[[str], None]
) -> dict[str, Drive]:
    """Record what is over before receptors move, at pulses given in ms, without and with the modulator."""
    drives = {}
    for dose, prefix in ((0.0, ""), (DOSE, DRUG)):
        rig.wash(dose)
        for name, times in pulses.items():
            drives[prefix + name] = record(rig, times)
            say(_line(prefix + name, drives[prefix + name]))
    return drives


def _record_long(rig: Slice, hz: float) -> Drive:
    """Record `PULSES` at ``hz`` with the receptors of the beginning, and what is gained with more."""
    drive, begin = record_regular(rig, PULSES, hz), rig.states
    moved, number = _gone(begin[PATHWAY], 1.0, rig.n_recruited)
    rig.states = {PATHWAY: moved}
    most = record_regular(rig, PULSES, hz).amounts
    rig.states = begin
    return replace(drive, gained=(most - drive.amounts) / (number - 1.0))


def _line(name: str, drive: Drive) -> str:
    total = drive.amounts.sum(axis=0).mean()
    return f"{name:<18}{total:>10.4g} EPSPs' calcium in {drive.duration / 1000:.4g} s"


def _slopes(rig: Slice) -> tuple[np.ndarray, np.ndarray]:
    """Return mean receptor numbers and the fEPSP slope with each, % of that at the beginning."""
    begin, found = rig.states, []
    for share in TOWARD:
        moved, number = _gone(begin[PATHWAY], share, rig.n_recruited)
        rig.states = {PATHWAY: moved}
        response = rig.stimulate(PATHWAY)
        slope = fepsp_values(response.t, response.field, response.volley)["fepsp_slope"]
        found.append((number, slope))
    rig.states = begin
    numbers, slopes = np.array(found).T
    return numbers, PERCENT * slopes / slopes[TOWARD.index(0.0)]


def _gone(begin: PathwayState, share: float, n_recruited: int) -> tuple[PathwayState, float]:
    """Return the state whose efficacy has gone ``share`` of its way, and its mean receptors (start: 1)."""
    rule, start = Rule.default(), begin.synapses.rho
    rho = start * (1 + share) if share < 0 else start + share * (1 - start)
    synapses = replace(begin.synapses, rho=rho, n=rule.receptors(rho))
    before, after = (rule.receptors(efficacy)[:n_recruited].mean() for efficacy in (start, rho))
    return replace(begin, synapses=synapses), float(after / before)
