"""Whether a compound's exchange with the receptor is as fast, or as slow, as the applicator needs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cellmodel.compound import Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.patch.application import Pulses
from cellmodel.receptor import FullScheme, Receptor, Scheme, SlowScheme, check_regime, modulation_of
from cellmodel.receptor.exchange import TOLERANCE
from cellmodel.receptor.response import Gating, TimeCourse, propagators

RAMP, NODES = 6.0, 80  # time constants of the solution's exchange that are followed closely, and steps there
LATER, REST = 40, 20.0  # steps of the rest of a pulse, and ms after it


def check_limits(receptor: Receptor, compound: Compound | None, application: str, exchange: float) -> None:
    """Refuse a compound whose regime the full scheme contradicts, under an application.

    Parameters
    ----------
    receptor : Receptor
    compound : Compound or None
    application : str
    exchange : float, ms
        Of the solutions, 10-90 %.

    Raises
    ------
    ParameterError
        If the compound's limit departs by more than 1 % of the peak.
    """
    check_regime(receptor, compound)
    modulation = modulation_of(compound, receptor)
    if compound is None or modulation is None or compound.exchange is None or application == "both":
        return
    claim = Claim(receptor, modulation, compound.default_dose_mM, compound.exchange, compound.regime)
    error = switch_error(claim, application, exchange)
    if error > TOLERANCE:
        raise ParameterError(
            f"{compound.name} exchanges at {compound.exchange:g} /ms: with application {application} on "
            f"{receptor.name} the {compound.regime} limit is {100 * error:.1f} % of the peak off the full "
            "scheme. Use application both, or slower solutions."
        )


@dataclass(frozen=True)
class Claim:
    """A compound at one dose (mM) on a receptor, its exchange rate (1/ms), and the limit it claims."""

    receptor: Receptor
    modulation: Modulation
    dose_mM: float
    rate: float
    regime: str


@cache
def switch_error(claim: Claim, application: str, exchange: float) -> float:
    """Return how far a limit is off the full scheme where dose and glutamate change together, 1.

    The largest difference of open fractions over the peak, in the short and the long pulse of the patch.
    """
    timing = load("patch.toml").values_of("pulses")
    lengths = (timing["short"], timing["long"])
    applied = (_Solutions(Pulses((0.0,), length, exchange), claim.dose_mM, application) for length in lengths)
    return max(_difference(claim, solutions) for solutions in applied)


def _difference(claim: Claim, solutions: _Solutions) -> float:
    known = (claim.receptor, claim.modulation)
    resting = 0.0 if solutions.application == "glutamate_only" else claim.dose_mM
    full, t = FullScheme(*known, claim.rate, resting), solutions.times
    exact = _opened(full, solutions.full(full), t)
    if claim.regime == "fast":
        found = _opened(Scheme(*known, resting), solutions.fast(*known), t)
    else:
        slow = SlowScheme(*known, resting)
        found = _opened(slow, solutions.full(slow), t)
    return float(np.abs(found - exact).max() / exact.max())


class _Solutions:
    """What an applicator brings: glutamate and dose (mM) as they change."""

    def __init__(self, pulses: Pulses, dose_mM: float, application: str) -> None:
        self.pulses, self.dose_mM, self.application = pulses, dose_mM, application
        self.level = load("patch.toml").value("rig.glutamate")

    @property
    def times(self) -> np.ndarray:
        """Times (ms), dense where the solutions change."""
        near, length = RAMP * self.pulses.tau, self.pulses.duration
        ramp = np.linspace(0.0, near, NODES)
        edges = [ramp, np.geomspace(near, length, LATER), length + ramp]
        return np.unique(np.concatenate([*edges, length + np.geomspace(near, REST, LATER)]))

    def _at(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share = self.pulses.level(t)
        with_drug = share if self.application == "glutamate_only" else 1.0 - share
        return self.level * share, self.dose_mM * with_drug

    def full(self, scheme: FullScheme | SlowScheme) -> TimeCourse:
        """Return the function from times to Q of a scheme with the modulator's states."""
        empty = scheme.q_matrix(0.0, 0.0)
        glutamate = scheme.q_matrix(1.0, 0.0) - empty
        modulator = scheme.q_matrix(0.0, 1.0) - empty

        def matrices(t: np.ndarray) -> np.ndarray:
            levels, doses = self._at(t)
            return empty + levels[:, None, None] * glutamate + doses[:, None, None] * modulator

        return matrices

    def fast(self, receptor: Receptor, modulation: Modulation) -> TimeCourse:
        """Return the function from times to Q of the fast limit."""

        def matrices(t: np.ndarray) -> np.ndarray:
            pairs = zip(*self._at(t), strict=True)
            return np.array([Scheme(receptor, modulation, dose).q_matrix(glu) for glu, dose in pairs])

        return matrices


def _opened(scheme: Gating, changing: TimeCourse, t: np.ndarray) -> np.ndarray:
    """Return the open fraction at ``t``, from rest, while Q changes."""
    states = [np.asarray(scheme.steady_state(0.0))]
    for move in propagators(changing, t):
        states.append(move @ states[-1])
    return np.array(states)[:, scheme.open_states].sum(axis=1)
