"""Ratios to control as a smooth surface, so that a fit asks the model thousands of times in a second.

A fast modulator acts on the scheme through two numbers only, whatever its constants and its dose: what it
makes of closing and of entry into desensitization. Over these two the ratios are tabulated once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting.twin import Rig, shown
from cellmodel.parameters import load
from cellmodel.receptor import Receptor, Scheme

GRID = (18, 24)  # over closing and entry: ratios are right to 0.3 %, a test says so
SATURATED = 1e9  # dose over affinity at which both sites are occupied
FACTORS = ("alpha", "d_on1")
ENTRY, LEAVING = ("d_on1", "d_on2", "d_on3"), ("d_off1", "d_off2", "d_off3")
ALIKE = 0.05  # relative difference of a control from the receptor's own that is left as it is
PULL = 0.03  # of each factor's logarithm towards 0
FURTHEST = 5.0  # factor by which a receptor is tuned; beyond it another one is to be chosen


class Surface:
    """The logarithms of ratios to control over the factors of closing and entry.

    Parameters
    ----------
    receptor : Receptor
    rig : Rig
    measures : tuple of str
        Those of `shown`.
    slows_o : bool
        Whether entry from the open state is slowed too.
    """

    def __init__(self, receptor: Receptor, rig: Rig, measures: tuple[str, ...], slows_o: bool) -> None:
        from scipy.interpolate import RectBivariateSpline

        self.slows_o = slows_o
        bounds = load("fitting.toml").values_of("bounds")
        limits = (np.log(bounds[name]) for name in ("closing", "entry"))
        self.axes = [np.linspace(low, high, n) for (low, high), n in zip(limits, GRID, strict=True)]
        control = shown(Scheme(receptor), rig, measures)
        values = [
            [list(shown(_saturated(receptor, a, b, slows_o), rig, measures).values()) for b in self.axes[1]]
            for a in self.axes[0]
        ]
        logs = np.log(np.array(values) / np.array(list(control.values())))
        self.splines = {
            name: RectBivariateSpline(*self.axes, logs[:, :, k]) for k, name in enumerate(measures)
        }

    def log_ratio(self, measure: str, modulation: Modulation, dose_mM: float) -> float:
        """Return the logarithm of a measure under the modulator over that of control."""
        return float(self.log_ratios((measure,), np.array([dose_mM]), modulation)[0])

    def log_ratios(self, measures: Sequence[str], doses_mM: np.ndarray, modulation: Modulation) -> np.ndarray:
        """Return the logarithms of ratios, one for each measure and dose, (n,)."""
        tested, which = np.unique(doses_mM, return_inverse=True)
        factors = [modulation.factors(float(dose)) for dose in tested]
        closing, entry = (np.log([each[name] for each in factors]) for name in FACTORS)
        found = {measure: self.splines[measure](closing, entry, grid=False) for measure in set(measures)}
        return np.array([found[measure][k] for measure, k in zip(measures, which, strict=True)])


def _saturated(receptor: Receptor, log_closing: float, log_entry: float, slows_o: bool) -> Scheme:
    """Return the scheme with these factors: those of a modulator on both of its sites."""
    modulation = Modulation(1.0, float(np.exp(log_closing)), float(np.exp(log_entry)), slows_o)
    return Scheme(receptor, modulation, SATURATED)


@dataclass(frozen=True)
class Tuning:
    """How a user's receptor differs from the shipped one, 1 for not at all.

    Parameters
    ----------
    speed : float, 1
        Of all rates.
    entry, leaving : float, 1
        Of the rates into and out of desensitization, besides.
    """

    speed: float = 1.0
    entry: float = 1.0
    leaving: float = 1.0

    @property
    def is_none(self) -> bool:
        """Whether the receptor is the shipped one."""
        return self == Tuning()

    def applied(self, receptor: Receptor) -> Receptor:
        """Return the receptor with its rates changed."""
        factors = dict.fromkeys(ENTRY, self.entry) | dict.fromkeys(LEAVING, self.leaving)
        rates = {name: rate * self.speed * factors.get(name, 1.0) for name, rate in receptor.rates.items()}
        return replace(receptor, rates=rates)


def tuned(receptor: str, rig: Rig, control: Mapping[str, float]) -> Tuning:
    """Return what makes a shipped receptor show a user's control: time constants in ms, steady state in 1.

    A control that is the receptor's own to within `ALIKE` needs no tuning. What the control leaves open stays
    near 1 by a weak pull.
    """
    from scipy.optimize import least_squares

    shipped, names = Receptor.named(receptor), tuple(control)
    wanted = np.log([control[name] for name in names])

    def misses(logs: np.ndarray) -> np.ndarray:
        changed = Tuning(*np.exp(logs)).applied(shipped)
        return np.log(list(shown(Scheme(changed), rig, names).values())) - wanted

    if not names or np.all(np.abs(misses(np.zeros(3))) < np.log1p(ALIKE)):
        return Tuning()
    found = least_squares(
        lambda logs: np.append(misses(logs), PULL * logs),
        np.zeros(3),
        bounds=(-np.log(FURTHEST), np.log(FURTHEST)),
        xtol=1e-3,
        ftol=1e-4,
        diff_step=1e-3,
    )
    return Tuning(*(float(np.round(factor, 3)) for factor in np.exp(found.x)))


@lru_cache(maxsize=16)
def surface(
    receptor: str, rig: Rig, measures: tuple[str, ...], slows_o: bool, tuning: Tuning | None = None
) -> Surface:
    """Return the surface of these measures on a shipped receptor, tuned or not, made at its first use."""
    found = Receptor.named(receptor)
    return Surface(found if tuning is None else tuning.applied(found), rig, measures, slows_o)
