"""What is recorded once in the cell: calcium of each protocol, and what receptors make of the fEPSP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.compound import Compound
from cellmodel.protocol import Protocol
from cellmodel.slice import Slice, SliceOptions
from cellmodel.tuning.rule.calcium import PATHWAY, Drive, record
from cellmodel.tuning.rule.receptors import Slope, record_long, record_slope

PULSES = 900
FREQUENCIES = {1.0: "lfs_1hz", 5.0: "train_5hz", 10.0: "train_10hz", 50.0: "train_50hz"}
"""Frequency (Hz) of `PULSES` to what their drive is called."""
SERIES, TWICE = (5, 10, 20, 40, 60, 80, 100), 200
"""Pulses at 100 Hz up to a tetanus, and of one twice as long."""
HUNDRED_HERTZ = 10.0  # interval, ms
MODULATOR, DOSE = "aniracetam", 1.5
DRUG = "drug_"
"""Before the name of a drive that was recorded in the modulator."""


@dataclass(frozen=True)
class Recorded:
    """What the fit needs of the cell.

    Attributes
    ----------
    drives : mapping of str to Drive
        Of each protocol.
    slope : Slope
    """

    drives: Mapping[str, Drive]
    slope: Slope


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
        drives[name] = record_long(rig, PULSES, hz)
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
    slope = record_slope(rig)
    rig.free()
    return Recorded(drives, slope)


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


def _line(name: str, drive: Drive) -> str:
    total = drive.amounts.sum(axis=0).mean()
    return f"{name:<18}{total:>10.4g} EPSPs' calcium in {drive.duration / 1000:.4g} s"
