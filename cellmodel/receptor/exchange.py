"""A modulator that binds and leaves: the full scheme, its slow limit, and where the two limits hold.

The full scheme has three layers, 0, 1 and 2 modulators bound, of the seven states. The fast limit is
`cellmodel.receptor.scheme.Scheme` (and mod/ampa.mod), the slow one `SlowScheme`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import MappingProxyType

import numpy as np
from scipy.linalg import block_diag

from cellmodel.compound import BOUND, REGIMES, Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.receptor.point_process import modulation_of
from cellmodel.receptor.profile import Receptor
from cellmodel.receptor.response import open_fraction
from cellmodel.receptor.scheme import OPEN, STATES, Scheme
from cellmodel.traces import read_only

KINDS_OF_STATES = {**dict.fromkeys(("c0", "c1", "c2"), 0), "o": 1, **dict.fromkeys(("d1", "d2", "d3"), 2)}
"""Row of `Modulation.weights` that belongs to a state."""
N = len(STATES)
LAYERS = len(BOUND)
TOLERANCE = 0.01  # of the peak: what a limit may depart from the full scheme and still hold
GLUTAMATE = 10.0  # mM
PULSES = ((1.0, 40.0), (100.0, 150.0))  # ms, length of a pulse and of what is compared
SAMPLES = 600
SLOWEST, FASTEST = 1e-7, 1e5  # /ms, between which the bound of a limit is looked for
HALVINGS = 20
SATURATIONS = (0.03, 0.1, 0.3, 1.0, 3.0)  # dose over k_m: a limit has to hold at all of them


def bound_receptor(receptor: Receptor, modulation: Modulation, bound: int) -> Receptor:
    """Return the receptor as it gates with 0, 1 or 2 modulators bound that stay."""
    factors = modulation.bound_factors(bound)
    rates = {name: rate * factors.get(name, 1.0) for name, rate in receptor.rates.items()}
    return replace(receptor, rates=rates)


@dataclass(frozen=True)
class SlowScheme:
    """The slow limit: receptors with 0, 1 and 2 modulators bound side by side, none changing.

    Parameters
    ----------
    receptor : Receptor
    modulation : Modulation
    dose_mM : float, mM
        That the resting receptors were equilibrated with.
    celsius : float or None, degC
    """

    receptor: Receptor
    modulation: Modulation
    dose_mM: float = 0.0
    celsius: float | None = None

    @cached_property
    def layers(self) -> tuple[Scheme, ...]:
        """The schemes with 0, 1 and 2 modulators bound."""
        receptors = (bound_receptor(self.receptor, self.modulation, k) for k in BOUND)
        return tuple(Scheme(receptor, celsius=self.celsius) for receptor in receptors)

    @property
    def open_states(self) -> list[int]:
        """Places of the open states among the 21."""
        return [layer * N + OPEN for layer in range(LAYERS)]

    def q_matrix(self, glutamate: float, dose_mM: float | None = None) -> np.ndarray:
        """Return Q at a glutamate concentration (mM), whatever the dose: (21, 21) 1/ms, columns sum to 0."""
        return block_diag(*(layer.q_matrix(glutamate) for layer in self.layers))

    def steady_state(self, glutamate: float) -> np.ndarray:
        """Return the occupancies to which a glutamate concentration (mM) leads, (21,)."""
        shares = self.modulation.shares(self.dose_mM)
        states = [s * layer.steady_state(glutamate) for s, layer in zip(shares, self.layers, strict=True)]
        return read_only(np.concatenate(states))


@dataclass(frozen=True)
class FullScheme:
    """Seven states times 0, 1, 2 modulators bound; binding and unbinding are steps like any other.

    A free site binds at the same rate in all states; unbinding follows, state by state, from the weights of
    `Modulation.weights`, so that every loop between the layers is balanced.

    Parameters
    ----------
    receptor : Receptor
    modulation : Modulation
    exchange : float, 1/ms
        Unbinding from one site of a closed receptor, at the receptor's reference temperature.
    dose_mM : float, mM
        That the receptor rests in before the first step.
    celsius : float or None, degC

    Raises
    ------
    ParameterError
        If the exchange rate is not a finite number above 0.
    """

    receptor: Receptor
    modulation: Modulation
    exchange: float
    dose_mM: float = 0.0
    celsius: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.exchange < math.inf:
            raise ParameterError(f"exchange = {self.exchange} /ms. Give a finite number above 0.")

    @cached_property
    def slow(self) -> SlowScheme:
        """The same without exchange."""
        return SlowScheme(self.receptor, self.modulation, self.dose_mM, self.celsius)

    @property
    def open_states(self) -> list[int]:
        """Places of the open states among the 21."""
        return self.slow.open_states

    def q_matrix(self, glutamate: float, dose_mM: float | None = None) -> np.ndarray:
        """Return Q at concentrations of glutamate and modulator (mM): (21, 21) 1/ms, columns sum to 0."""
        gating = self.slow.q_matrix(glutamate)
        return gating + self._exchange(self.dose_mM if dose_mM is None else dose_mM)

    def _exchange(self, dose_mM: float) -> np.ndarray:
        """Return the part of Q that joins the layers."""
        celsius = self.receptor.celsius if self.celsius is None else self.celsius
        off = self.exchange * self.receptor.speed(celsius)
        per_x = np.array(self.modulation.weights(self.modulation.k_m))  # x = 1: the bare coefficients
        q = np.zeros((LAYERS * N, LAYERS * N))
        for place, state in enumerate(STATES):
            weights = per_x[KINDS_OF_STATES[state]]
            for k in BOUND[:-1]:
                fewer, more = k * N + place, (k + 1) * N + place
                free_sites = BOUND[-1] - k
                q[more, fewer] = free_sites * off * dose_mM / self.modulation.k_m
                q[fewer, more] = free_sites * off * weights[k] / weights[k + 1]
        return q - np.diag(q.sum(axis=0))

    def steady_state(self, glutamate: float, dose_mM: float | None = None) -> np.ndarray:
        """Return the equilibrium in glutamate and modulator (mM), (21,)."""
        weights = np.array(self.modulation.weights(self.dose_mM if dose_mM is None else dose_mM))
        free = Scheme(self.receptor).steady_state(glutamate)
        kinds = [KINDS_OF_STATES[state] for state in STATES]
        state = np.concatenate([free * weights[kinds, k] for k in BOUND])
        return read_only(state / state.sum())


@cache
def limit_error(
    receptor: Receptor, modulation: Modulation, dose_mM: float, exchange: float
) -> Mapping[str, float]:
    """Return how far each limit departs from the full scheme, largest difference over the peak, 1.

    Compared are the open fractions under 1 ms and 100 ms of 10 mM glutamate with the modulator throughout.

    Parameters
    ----------
    receptor : Receptor
    modulation : Modulation
    dose_mM : float, mM
    exchange : float, 1/ms

    Returns
    -------
    mapping of str to float
        For ``"fast"`` and ``"slow"``.
    """
    forms = (Scheme(receptor, modulation, dose_mM), SlowScheme(receptor, modulation, dose_mM))
    full = FullScheme(receptor, modulation, exchange, dose_mM)
    errors = [max(_departure(form, full, *pulse) for pulse in PULSES) for form in forms]
    return MappingProxyType(dict(zip(REGIMES, errors, strict=True)))


def _departure(form: Scheme | SlowScheme, full: FullScheme, length: float, stop: float) -> float:
    ramp = np.linspace(0.0, 1.0, SAMPLES) ** 2  # dense after both edges
    t = np.concatenate([ramp[:-1] * length, length + ramp * (stop - length)])
    steps = [(0.0, GLUTAMATE), (length, 0.0)]
    exact = open_fraction(full, t, steps)
    return float(np.abs(open_fraction(form, t, steps) - exact).max() / exact.max())


def limit_bound(receptor: Receptor, modulation: Modulation, dose_mM: float, regime: str) -> float:
    """Return the exchange rate (1/ms) above which the fast, or below which the slow, limit is within 1 %."""
    low, high = math.log(SLOWEST), math.log(FASTEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        holds = limit_error(receptor, modulation, dose_mM, math.exp(middle))[regime] <= TOLERANCE
        low, high = (low, middle) if holds == (regime == "fast") else (middle, high)
    return math.exp(high if regime == "fast" else low)


def worst_error(receptor: Receptor, compound: Compound) -> tuple[float, float]:
    """Return the largest error (1) of the limit that a compound declares, and the dose (mM) where it is.

    Doses are 0.03 to 3 times the affinity, and the default dose.
    """
    modulation, exchange = modulation_of(compound, receptor), compound.exchange
    if modulation is None or exchange is None:
        return 0.0, compound.default_dose_mM
    doses = [*(modulation.k_m * x for x in SATURATIONS), compound.default_dose_mM]
    return max((limit_error(receptor, modulation, dose, exchange)[compound.regime], dose) for dose in doses)


def check_regime(receptor: Receptor, compound: Compound | None) -> None:
    """Refuse a compound whose exchange rate contradicts the limit that its file declares.

    Parameters
    ----------
    receptor : Receptor
    compound : Compound or None

    Raises
    ------
    ParameterError
        If at some dose the declared limit departs by more than 1 % of the peak from the full scheme.
    """
    modulation = modulation_of(compound, receptor)
    if compound is None or modulation is None:
        return
    error, dose = worst_error(receptor, compound)
    if error > TOLERANCE:
        bound = limit_bound(receptor, modulation, dose, compound.regime)
        side = "above" if compound.regime == "fast" else "below"
        raise ParameterError(
            f"{compound.name} is declared {compound.regime} but exchanges at {compound.exchange:g} /ms: "
            f"on {receptor.name} with {dose:g} mM that limit is {100 * error:.1f} % off the full scheme. It "
            f"holds {side} {bound:.2g} /ms: change regime or modulation.exchange in {compound.path.name}."
        )


def populations(
    receptor: Receptor, compound: Compound | None, dose_mM: float, *, is_inserted: bool = False
) -> tuple[tuple[float, Receptor], ...]:
    """Return share (1) and profile of the receptors that differ in what stays bound: one, three if slow."""
    modulation = modulation_of(compound, receptor, is_inserted=is_inserted)
    if compound is None or modulation is None or compound.regime == "fast":
        return ((1.0, receptor),)
    shares = modulation.shares(dose_mM)
    return tuple((shares[k], bound_receptor(receptor, modulation, k)) for k in BOUND)
