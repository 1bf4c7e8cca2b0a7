"""Ratios to control as a smooth surface, so that a fit asks the model thousands of times in a second.

A fast modulator acts on the scheme through two numbers only, whatever its constants and its dose: what it
makes of closing and of entry into desensitization. Over these two the ratios are tabulated once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting.twin import Rig, shown
from cellmodel.parameters import load
from cellmodel.receptor import Receptor, Scheme

GRID = (18, 24)  # over closing and entry: ratios are right to 0.3 %, a test says so
SATURATED = 1e9  # dose over affinity at which both sites are occupied
FACTORS = ("alpha", "d_on1")


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


@lru_cache(maxsize=16)
def surface(receptor: str, rig: Rig, measures: tuple[str, ...], slows_o: bool) -> Surface:
    """Return the surface of these measures on a shipped receptor, made at its first use."""
    return Surface(Receptor.named(receptor), rig, measures, slows_o)
