"""What is recorded once in the cell: calcium of each protocol, and what receptors make of the fEPSP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.compound import Compound
from cellmodel.plasticity import Rule
from cellmodel.protocol import Protocol, Train
from cellmodel.slice import Slice, SliceOptions
from cellmodel.tuning.rule.calcium import PATHWAY, Drive, record, record_regular
from cellmodel.units import PERCENT

N_RECORDED = {"lfs_1hz": 30, "train_10hz": 400, "train_50hz": 100}
"""Pulses of a long train after which its calcium repeats itself; post-tetanic potentiation grows for 40 s."""
SERIES = (5, 10, 20, 40, 100)
"""Pulses at 100 Hz."""
HUNDRED_HERTZ = 10.0  # interval, ms
MODULATOR, DOSE = "aniracetam", 1.5
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
    rig = Slice(replace(options, compound=Compound.named(MODULATOR), pathways=(PATHWAY,)))
    drives: dict[str, Drive] = {}
    for name in (*N_RECORDED, "theta_burst"):
        (train,) = Protocol.named(name).trains
        drives[name] = _record_train(rig, train, N_RECORDED.get(name))
        say(_line(name, drives[name]))
    for dose, prefix in ((0.0, ""), (DOSE, "drug_")):
        rig.wash(dose)
        single = {f"{prefix}only": np.zeros(1)} if dose else {}
        for name, times in {**single, **_series(prefix)}.items():
            drives[name] = record(rig, times)
            say(_line(name, drives[name]))
    drives["tetanus"] = drives[f"pulses_{SERIES[-1]}"]
    rig.wash(0.0)
    receptors, slopes = _slopes(rig)
    rig.free()
    return Recorded(drives, receptors, slopes)


def _series(prefix: str) -> dict[str, np.ndarray]:
    return {f"{prefix}pulses_{n}": np.arange(n) * HUNDRED_HERTZ for n in SERIES}


def _record_train(rig: Slice, train: Train, n_recorded: int | None) -> Drive:
    if n_recorded is None:
        return record(rig, train.pulse_times())
    return record_regular(rig, train.pulses, train.hz, n_recorded=n_recorded)


def _line(name: str, drive: Drive) -> str:
    total = drive.amounts.sum(axis=0).mean()
    return f"{name:<18}{total:>10.4g} EPSPs' calcium in {drive.duration / 1000:.4g} s"


def _slopes(rig: Slice) -> tuple[np.ndarray, np.ndarray]:
    """Return mean receptor numbers and the fEPSP slope with each, % of that at the beginning."""
    rule, begin = Rule.default(), rig.states[PATHWAY]
    start = begin.synapses.rho
    found = []
    for share in TOWARD:
        rho = start * (1 + share) if share < 0 else start + share * (1 - start)
        synapses = replace(begin.synapses, rho=rho, n=rule.receptors(rho))
        rig.states = {PATHWAY: replace(begin, synapses=synapses)}
        response = rig.stimulate(PATHWAY)
        slope = fepsp_values(response.t, response.field, response.volley)["fepsp_slope"]
        found.append((rule.receptors(rho)[: rig.n_recruited].mean(), slope))
    rig.states = {PATHWAY: begin}
    numbers, slopes = np.array(found).T
    return numbers / numbers[TOWARD.index(0.0)], PERCENT * slopes / slopes[TOWARD.index(0.0)]
