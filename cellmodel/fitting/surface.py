"""Ratios to control as a smooth table, so that a fit asks the model thousands of times in a second.

A fast modulator acts on the scheme through two numbers only, whatever its constants and its dose: what it
makes of closing and of entry into desensitization. A slow one leaves receptors with none, one and two of it
side by side: their shares follow from the dose over its affinity, what each shows from closing and entry.
Over these two, or three, the ratios are tabulated once and looked up by cubic splines.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting.tuning import Tuning
from cellmodel.fitting.twin import Rig, mixed, read, shown, traces
from cellmodel.parameters import load
from cellmodel.receptor import Receptor, Scheme
from cellmodel.receptor.exchange import bound_receptor

GRID = (18, 24)  # over closing and entry: ratios are right to 0.3 %, a test says so
SLOW_GRID = (14, 16, 21)  # over closing, entry and occupied sites
SATURATED = 1e9  # dose over affinity at which both sites are occupied
FACTORS = ("alpha", "d_on1")


class Table(ABC):
    """The logarithms of ratios to control on a grid.

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
        from scipy.interpolate import make_interp_spline

        self.receptor, self.rig, self.measures, self.slows_o = receptor, rig, measures, slows_o
        self.axes = self._axes()
        control = list(shown(Scheme(receptor), rig, measures).values())
        self.logs = np.log(np.array(self._values()) / np.array(control))
        self.splines = [make_interp_spline(axis, np.eye(axis.size)) for axis in self.axes]

    @abstractmethod
    def _axes(self) -> list[np.ndarray]:
        """Return the grid's lines along each axis."""

    @abstractmethod
    def _values(self) -> list:
        """Return what is seen at every point of the grid, nested by axis, the measures last."""

    @abstractmethod
    def _places(self, doses_mM: np.ndarray, modulation: Modulation) -> list[np.ndarray]:
        """Return where a modulator at some doses is found, one coordinate (n_doses,) for each axis."""

    def log_ratios(self, measures: Sequence[str], doses_mM: np.ndarray, modulation: Modulation) -> np.ndarray:
        """Return the logarithms of ratios, one for each measure and dose, (n,)."""
        tested, which = np.unique(doses_mM, return_inverse=True)
        places = zip(self.splines, self._places(tested, modulation), strict=True)
        first, *others = (spline(at) for spline, at in places)
        found = np.tensordot(first, self.logs, 1)
        for weights in others:
            found = np.einsum("da,da...->d...", weights, found)
        return found[which, [self.measures.index(measure) for measure in measures]]

    def log_ratio(self, measure: str, modulation: Modulation, dose_mM: float) -> float:
        """Return the logarithm of a measure under the modulator over that of control."""
        return float(self.log_ratios((measure,), np.array([dose_mM]), modulation)[0])


def _lines(name: str, n: int) -> np.ndarray:
    """Return equal steps of a constant's logarithm between the bounds of its search."""
    low, high = np.log(np.array(load("fitting.toml").values_of("bounds")[name]))
    return np.linspace(low, high, n)


class FastTable(Table):
    """The table of a modulator that exchanges fast, over what it makes of closing and of entry."""

    def _axes(self) -> list[np.ndarray]:
        return [_lines("closing", GRID[0]), _lines("entry", GRID[1])]

    def _values(self) -> list:
        closing, entry = self.axes
        return [[self._seen(float(np.exp(a)), float(np.exp(b))) for b in entry] for a in closing]

    def _seen(self, closing: float, entry: float) -> list[float]:
        """Return what is seen where both sites of a modulator with these constants are occupied."""
        scheme = Scheme(self.receptor, Modulation(1.0, closing, entry, self.slows_o), SATURATED)
        return list(shown(scheme, self.rig, self.measures).values())

    def _places(self, doses_mM: np.ndarray, modulation: Modulation) -> list[np.ndarray]:
        factors = [modulation.factors(float(dose)) for dose in doses_mM]
        return [np.log([each[name] for each in factors]) for name in FACTORS]


class SlowTable(Table):
    """The table of a modulator that stays bound, over closing, entry, and the share of occupied sites.

    The third axis is an angle: the square of its sine is the share, and ratios are flat at both ends.
    """

    def _axes(self) -> list[np.ndarray]:
        angles = np.linspace(0.0, np.pi / 2, SLOW_GRID[2])
        return [_lines("closing", SLOW_GRID[0]), _lines("entry", SLOW_GRID[1]), angles]

    def _values(self) -> list:
        doses = np.minimum(np.tan(self.axes[2]) ** 2, SATURATED)
        shares = [Modulation(1.0, 1.0, 1.0).shares(float(dose)) for dose in doses]
        return [[self._seen(layers, shares) for layers in row] for row in self._layers()]

    def _layers(self) -> Iterator[list[list[dict[str, np.ndarray]]]]:
        """Yield, for each closing, and each entry in it, the traces of receptors with 0, 1 and 2 bound."""
        none = self._traces(Modulation(1.0, 1.0, 1.0), 0)
        for closing in np.exp(self.axes[0]):
            alike = [Modulation(1.0, closing, entry, self.slows_o) for entry in np.exp(self.axes[1])]
            one = self._traces(alike[0], 1)  # entry takes two
            yield [[none, one, self._traces(modulation, 2)] for modulation in alike]

    def _traces(self, modulation: Modulation, bound: int) -> dict[str, np.ndarray]:
        scheme = Scheme(bound_receptor(self.receptor, modulation, bound))
        return traces(scheme, self.rig, self.measures)

    def _seen(
        self, layers: Sequence[dict[str, np.ndarray]], shares: Sequence[Sequence[float]]
    ) -> list[list[float]]:
        return [list(read(mixed(each, layers), self.rig, self.measures).values()) for each in shares]

    def _places(self, doses_mM: np.ndarray, modulation: Modulation) -> list[np.ndarray]:
        angles = np.arctan(np.sqrt(doses_mM / modulation.k_m))
        logs = (np.full(doses_mM.size, np.log(value)) for value in (modulation.closing, modulation.entry))
        return [*logs, angles]


@lru_cache(maxsize=16)
def surface(
    receptor: str,
    rig: Rig,
    measures: tuple[str, ...],
    slows_o: bool,
    tuning: Tuning | None = None,
    regime: str = "fast",
) -> Table:
    """Return the table of these measures on a shipped receptor, tuned or not, made at its first use."""
    found = Receptor.named(receptor)
    kind = FastTable if regime == "fast" else SlowTable
    return kind(found if tuning is None else tuning.applied(found), rig, measures, slows_o)
