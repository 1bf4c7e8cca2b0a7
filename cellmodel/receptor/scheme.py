"""The kinetic scheme as a Q matrix: the exact twin of mod/ampa.mod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.receptor.profile import Receptor
from cellmodel.traces import read_only

STATES = ("c0", "c1", "c2", "o", "d1", "d2", "d3")
OPEN = STATES.index("o")
STEPS = {
    ("c0", "c1"): "k_on1",
    ("c1", "c0"): "k_off1",
    ("c1", "c2"): "k_on2",
    ("c2", "c1"): "k_off2",
    ("c2", "o"): "beta",
    ("o", "c2"): "alpha",
    ("c1", "d1"): "d_on1",
    ("d1", "c1"): "d_off1",
    ("c2", "d2"): "d_on2",
    ("d2", "c2"): "d_off2",
    ("o", "d3"): "d_on3",
    ("d3", "o"): "d_off3",
    ("d1", "d2"): "k_on3",
    ("d2", "d1"): "k_off3",
    ("d2", "d3"): "b_d",
    ("d3", "d2"): "a_d",
}
"""Every transition and its rate."""
BINDING = ("k_on1", "k_on2", "k_on3")
LOOPS = (("c1", "c2", "d2", "d1"), ("c2", "o", "d3", "d2"))


@dataclass(frozen=True)
class Scheme:
    """A receptor at one temperature, with a modulator at one concentration.

    Parameters
    ----------
    receptor : Receptor
    modulation : Modulation or None
    dose_mM : float, mM
    celsius : float or None, degC
        None: where the receptor's rates were measured.
    """

    receptor: Receptor
    modulation: Modulation | None = None
    dose_mM: float = 0.0
    celsius: float | None = None

    @property
    def open_states(self) -> list[int]:
        """Places of the open states among the seven."""
        return [OPEN]

    @cached_property
    def rates(self) -> Mapping[str, float]:
        """The effective rates, 1/ms or 1/(mM ms); the two that close the loops included."""
        rates = closed_loops(self.receptor.rates)
        factors = self.modulation.factors(self.dose_mM) if self.modulation else {}
        celsius = self.receptor.celsius if self.celsius is None else self.celsius
        speed = self.receptor.speed(celsius)
        return {name: rate * factors.get(name, 1.0) * speed for name, rate in rates.items()}

    def q_matrix(self, glutamate: float) -> np.ndarray:
        """Return Q of ``dp/dt = Q p`` at a glutamate concentration (mM): (7, 7) 1/ms, columns sum to 0."""
        q = np.zeros((len(STATES), len(STATES)))
        for (start, end), name in STEPS.items():
            rate = self.rates[name] * (glutamate if name in BINDING else 1.0)
            q[STATES.index(end), STATES.index(start)] = rate
        return q - np.diag(q.sum(axis=0))

    def steady_state(self, glutamate: float) -> np.ndarray:
        """Return the occupancies to which a glutamate concentration (mM) leads, (7,)."""
        system = np.vstack([self.q_matrix(glutamate), np.ones(len(STATES))])
        target = np.append(np.zeros(len(STATES)), 1.0)
        return read_only(np.linalg.lstsq(system, target, rcond=None)[0])

    def loop_imbalance(self, loop: tuple[str, ...]) -> float:
        """Return forward over backward product of a loop's rates, minus 1."""
        pairs = list(zip(loop, loop[1:] + loop[:1], strict=True))
        forward = np.prod([self.rates[STEPS[a, b]] for a, b in pairs])
        backward = np.prod([self.rates[STEPS[b, a]] for a, b in pairs])
        return float(forward / backward - 1.0)


def closed_loops(rates: Mapping[str, float]) -> dict[str, float]:
    """Return the rates with ``k_off3`` and ``a_d``, which detailed balance in the two loops fixes."""
    r = dict(rates)
    r["k_off3"] = (
        r["k_on3"] * r["k_off2"] * r["d_on1"] * r["d_off2"] / (r["k_on2"] * r["d_off1"] * r["d_on2"])
    )
    r["a_d"] = r["b_d"] * r["alpha"] * r["d_on2"] * r["d_off3"] / (r["beta"] * r["d_off2"] * r["d_on3"])
    return r
