"""Evaluators of how LTP is expressed: the drug's gains before LTP and after it, at a clamped synapse."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from cellmodel.analysis import epsc_measures
from cellmodel.compound import Compound
from cellmodel.plasticity import Rule
from cellmodel.slice import Slice, SliceOptions
from cellmodel.slice.clamp import ClampedSlice
from cellmodel.slice.state import PathwayState
from cellmodel.study.currents import clamped_cell
from cellmodel.study.field import PAIR_INTERVAL, paired_pulse_ratio

CLAMPED_SYNAPSES = FIBERS = 40
AFTER_LTP = 1.5
"""Receptors after LTP over those before, mean over the synapses."""


@cache
def _measured(expression: str, compound: str, seed: int) -> dict[tuple[bool, bool, str], tuple[float, float]]:
    """Return (is after LTP, is in drug, signal) to peak and decay of an evoked response."""
    named = Compound.named(compound)
    cell = clamped_cell(
        SliceOptions(compound=named, expression=expression, seed=seed), n_synapses=CLAMPED_SYNAPSES
    )
    before = cell.slice.states["test"]
    found: dict[tuple[bool, bool, str], tuple[float, float]] = {}
    for is_after, state in ((False, before), (True, _potentiated(before))):
        cell.slice.states["test"] = state
        for is_drug in (False, True):
            found |= _sizes(cell, named.default_dose_mM if is_drug else 0.0, (is_after, is_drug))
    cell.free()
    return found


def _potentiated(before: PathwayState) -> PathwayState:
    """Return the state with `AFTER_LTP` times the receptors: efficacies have gone the same way upwards."""
    rule, start = Rule.default(), before.synapses.rho
    room = np.mean(rule.receptors(np.ones_like(start)) - rule.receptors(start))
    share = (AFTER_LTP - 1.0) * np.mean(rule.receptors(start)) / room
    rho = start + share * (1 - start)
    return replace(before, synapses=replace(before.synapses, rho=rho, n=rule.receptors(rho)))


def _sizes(cell: ClampedSlice, dose: float, which: tuple[bool, bool]) -> dict:
    sweep = cell.evoked(dose)
    measured = {
        "epsc": epsc_measures(sweep.t, sweep["i"], onset=0.0),
        "conductance": epsc_measures(sweep.t, -sweep["g"], onset=0.0),
    }
    return {(*which, name): (found.peak, found.tau_decay) for name, found in measured.items()}


def crossed_ratio(*, expression: str, signal: str, what: str, compound: str, seed: int) -> float:
    """Return the drug's gain after LTP over that before it.

    Parameters
    ----------
    expression : str
        A hypothesis.
    signal : str
        ``epsc`` at the clamped soma, or ``conductance``, summed over the synapses.
    what : str
        ``amplitude`` or ``decay``.
    """
    found = _measured(expression, compound, seed)
    column = ("amplitude", "decay").index(what)
    after, before = (
        found[is_after, True, signal][column] / found[is_after, False, signal][column]
        for is_after in (True, False)
    )
    return after / before


def pair_ratio_after_ltp(*, expression: str, seed: int) -> float:
    """Return the paired-pulse ratio of fEPSPs after LTP over that before it."""
    rig = Slice(SliceOptions(pathways=("test",), fibers=FIBERS, expression=expression, seed=seed))
    before, ratios = rig.states["test"], []
    for state in (before, _potentiated(before)):
        responses = []
        for times in (np.zeros(1), np.array([0.0, PAIR_INTERVAL])):
            rig.states = {"test": state}
            responses.append(rig.stimulate("test", times))
        ratios.append(paired_pulse_ratio(*responses))
    rig.free()
    return ratios[1] / ratios[0]
