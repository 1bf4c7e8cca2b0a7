"""Evaluators of how LTP is expressed: the drug's gains before LTP and after it, at a clamped synapse."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from cellmodel.compound import Compound
from cellmodel.plasticity import Rule
from cellmodel.slice import Slice, SliceOptions
from cellmodel.slice.state import PathwayState
from cellmodel.study.currents import CA1_SYNAPSES
from cellmodel.study.expressions import Comparison, clamped_rows, gain_ratios
from cellmodel.study.field import PAIR_INTERVAL, paired_pulse_ratio

FIBERS = 40
MEASURES = {"amplitude": "peak", "decay": "tau_decay"}
AFTER_LTP = 1.5
"""Receptors after LTP over those before, mean over the synapses."""


@cache
def _gains(expression: str, compound: str, seed: int) -> dict[str, float]:
    """Return quantity to the drug's gain after LTP over that before it, under voltage clamp."""
    options = SliceOptions(pathways=("test",), fibers=CA1_SYNAPSES, expression=expression, seed=seed)
    rig = Slice(options)
    before = rig.states["test"]
    rig.free()
    dose = Compound.named(compound).default_dose_mM
    rows = clamped_rows(Comparison(options, before, _potentiated(before), compound, dose))
    return {row.condition: row.value for row in gain_ratios(rows)}


def _potentiated(before: PathwayState) -> PathwayState:
    """Return the state with `AFTER_LTP` times the receptors: efficacies have gone the same way upwards."""
    rule, start = Rule.default(), before.synapses.rho
    room = np.mean(rule.receptors(np.ones_like(start)) - rule.receptors(start))
    share = (AFTER_LTP - 1.0) * np.mean(rule.receptors(start)) / room
    rho = start + share * (1 - start)
    return replace(before, synapses=replace(before.synapses, rho=rho, n=rule.receptors(rho)))


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
    return _gains(expression, compound, seed)[f"{signal}_{MEASURES[what]}"]


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
