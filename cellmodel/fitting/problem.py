"""What is fitted: ratios, the receptor and rig on which they are predicted, and the constants to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.errors import ParameterError
from cellmodel.fitting.ratios import KNOWN, Ratios
from cellmodel.fitting.surface import Table, surface
from cellmodel.fitting.tuning import Control, Kind, Modulated, Tuning, doubt
from cellmodel.fitting.twin import Rig
from cellmodel.parameters import load
from cellmodel.receptor import Scheme, SlowScheme

NAMES = ("k_m", "closing", "entry")
UNITS = {"k_m": "mM", "closing": "1", "entry": "1"}
KINDS: Mapping[str, Kind] = {"fast": Scheme, "slow": SlowScheme}


@dataclass(frozen=True)
class Problem:
    """Ratios, the receptor and rig on which they are predicted, and which constants are searched.

    Parameters
    ----------
    ratios : Ratios
    receptor : str
        A shipped one.
    rig : Rig
    slows_o : bool
    fixed : mapping of str to float
        Constants that are known.
    tuning : Tuning
        How the user's receptor differs from the shipped one.
    control : Control or None
        From which the tuning is; None where nothing is known of the user's control.
    regime : str
        Whether the modulator exchanges much faster (``"fast"``) or slower (``"slow"``) than receptors gate.
    doubt : array or None, (n, n) 1
        Covariance of the ratios' logarithms that comes on top of their own, from the receptor's tuning.
    """

    ratios: Ratios
    receptor: str = "ca1"
    rig: Rig = field(default_factory=Rig.usual)
    slows_o: bool = True
    fixed: Mapping[str, float] = field(default_factory=dict)
    tuning: Tuning = field(default_factory=Tuning)
    control: Control | None = None
    regime: str = "fast"
    doubt: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", MappingProxyType(dict(self.fixed)))
        for name, value in self.fixed.items():
            low, high = np.exp(self.bounds_of(name))
            if not low <= value <= high:
                raise ParameterError(
                    f"{name} fixed at {value:g}. Give {low:g} to {high:g} {UNITS[name]}".rstrip("1 ") + "."
                )

    @property
    def free(self) -> tuple[str, ...]:
        """The constants that are searched."""
        return tuple(name for name in NAMES if name not in self.fixed)

    def bounds_of(self, name: str) -> np.ndarray:
        """Return the logarithms between which a constant is searched, (2,)."""
        bounds = load("fitting.toml").values_of("bounds")
        if name != "k_m":
            return np.log(bounds[name])
        tested = self.ratios.tested
        return np.log([tested[0] * bounds["k_m_below"], tested[-1] * bounds["k_m_above"]])

    def modulation_of(self, values: Mapping[str, float]) -> Modulation:
        """Return the modulator with these constants."""
        return Modulation(**{name: float(values[name]) for name in NAMES}, slows_o=self.slows_o)

    @property
    def surface(self) -> Table:
        """The ratios that modulators make on this receptor."""
        return surface(
            self.receptor, self.rig, self.ratios.kinds, self.slows_o, tuning=self.tuning, regime=self.regime
        )

    @cached_property
    def whitening(self) -> np.ndarray:
        """The matrix that makes residuals of the logarithms independent, with a variance of 1, (n, n)."""
        own = self.ratios.covariance
        return np.linalg.inv(np.linalg.cholesky(own if self.doubt is None else own + self.doubt))

    def doubted(self, values: Mapping[str, float]) -> Problem:
        """Return the problem with the doubt that the control's error leaves, for constants near these."""
        if self.control is None or not self.control.measures:
            return self
        where = Modulated(
            self.receptor, self.rig, self.tuning, KINDS[self.regime], self.modulation_of(values)
        )
        return replace(self, doubt=doubt(self.ratios, self.control, where))

    def predicted(self, modulation: Modulation) -> np.ndarray:
        """Return the logarithms of the ratios that a modulator makes, (n,)."""
        return self.surface.log_ratios(self.ratios.measures, self.ratios.doses, modulation)

    def residuals(self, values: Mapping[str, float]) -> np.ndarray:
        """Return what squared and summed is twice the negative log likelihood, (n,)."""
        plain = self.whitening @ (self.ratios.logs - self.predicted(self.modulation_of(values)))
        n = np.minimum(self.ratios.n, KNOWN)
        return np.sign(plain) * np.sqrt(n * np.log1p(plain**2 / (n - 1)))

    def worst(self, modulation: Modulation) -> str:
        """Say which ratio is furthest from what a modulator makes, in the ratio's errors."""
        ratios, predicted = self.ratios, self.predicted(modulation)
        k = int(np.argmax(np.abs(ratios.logs - predicted) / ratios.errors))
        return (
            f"{ratios.measures[k]} at {ratios.doses[k]:g} mM is {ratios.values[k]:.3g}, the model says "
            f"{np.exp(predicted[k]):.3g}"
        )
