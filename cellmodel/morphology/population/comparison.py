"""Hold cells against the statistics of real ones: measures, Sholl profiles, diameters by order, taper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from cellmodel.morphology.geometry import Morphology
from cellmodel.morphology.measures import morphometrics
from cellmodel.morphology.population.profiles import diameters_by_order, sholl, trunk_taper
from cellmodel.parameters import ParameterSet, load

PROFILED = ("basal", "oblique", "tuft")
FOUR = 4
ROUNDED = 0.005  # share of the least and of the greatest cell that rounding to three digits takes or gives


@dataclass(frozen=True)
class Target:
    """What real cells have of one quantity.

    Parameters
    ----------
    mean, sd : float
        Between cells; of all branches together for diameters by order.
    low, high : float
        The least and the greatest cell; nan where only mean and sd are known.
    unit : str
    """

    mean: float
    sd: float
    low: float
    high: float
    unit: str

    @property
    def is_of_cells(self) -> bool:
        """Whether mean and sd are between cells, so that the four cells are known."""
        return bool(np.isfinite(self.low))

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range of the real cells, but for the rounding of its ends."""
        return self.low * (1 - ROUNDED) <= value <= self.high * (1 + ROUNDED)

    @property
    def cells(self) -> np.ndarray:
        """The four cells' values, (4,), which mean, sd, least and greatest determine."""
        rest = FOUR * self.mean - self.low - self.high
        squares = (FOUR - 1) * self.sd**2 + FOUR * self.mean**2 - self.low**2 - self.high**2
        apart = np.sqrt(max(2.0 * squares - rest**2, 0.0))
        return np.array([self.low, (rest - apart) / 2, (rest + apart) / 2, self.high])


@dataclass(frozen=True)
class Comparison:
    """One quantity of grown cells beside that of real ones.

    Parameters
    ----------
    name : str
    target : Target
    values : (n,) array
        Of the grown cells that have it.
    p : float
        Of a Kolmogorov-Smirnov test against the four real cells; nan where these are not known.
    """

    name: str
    target: Target
    values: np.ndarray
    p: float

    @property
    def sd(self) -> float:
        """Standard deviation of the grown cells; 0 of a single one."""
        return float(self.values.std(ddof=1)) if len(self.values) > 1 else 0.0

    @property
    def distance(self) -> float:
        """How far the means are apart, in sd of the real cells."""
        return float((self.values.mean() - self.target.mean) / self.target.sd)


def data() -> ParameterSet:
    """Return the statistics of real cells."""
    return load("morphology_targets.toml")


def _row(entry: str) -> tuple[float, ...]:
    return data()[entry].value


def radii() -> tuple[float, ...]:
    """Return the radii (um) of the Sholl profiles."""
    return _row("sholl.radius")


@cache
def targets() -> Mapping[str, Target]:
    """Return the targets: measures, ``sholl_<domain>_<um>``, ``order_<domain>_<order>``, ``taper_<um>``."""
    found: dict[str, Target] = {}
    for name, entry in data().group("clean").items():
        found[name] = Target(entry.value, entry.sd or 0.0, entry.low or 0.0, entry.high or 0.0, entry.unit)
    for domain in PROFILED:
        for radius, target in zip(radii(), _targets_of(f"sholl.{domain}", "1"), strict=True):
            found[f"sholl_{domain}_{radius:g}"] = target
        pairs = zip(_row(f"order.{domain}.mean"), _row(f"order.{domain}.sd"), strict=True)
        for order, (mean, sd) in enumerate(pairs):
            found[f"order_{domain}_{order}"] = Target(mean, sd, np.nan, np.nan, "um")
    for path, target in zip(_row("taper.path"), _targets_of("taper", "um"), strict=True):
        found[f"taper_{path:g}"] = target
    return found


def _targets_of(profile: str, unit: str) -> list[Target]:
    columns = [_row(f"{profile}.{statistic}") for statistic in ("mean", "sd", "low", "high")]
    return [Target(mean, sd, low, high, unit) for mean, sd, low, high in zip(*columns, strict=True)]


def measure(cell: Morphology) -> dict[str, float]:
    """Return every quantity of `targets` that a cell has, by name."""
    found = morphometrics(cell)
    for domain in PROFILED:
        crossings = sholl(cell, radii(), domain)
        found.update({f"sholl_{domain}_{r:g}": float(n) for r, n in zip(radii(), crossings, strict=True)})
        diameters = diameters_by_order(cell, domain, len(_row(f"order.{domain}.mean")))
        found.update({f"order_{domain}_{k}": d for k, d in enumerate(diameters)})
    places = _row("taper.path")
    found.update({f"taper_{p:g}": d for p, d in zip(places, trunk_taper(cell, places), strict=True)})
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def compare(measured: Sequence[Mapping[str, float]]) -> dict[str, Comparison]:
    """Return every quantity that varies between real cells, with the cells' values beside it.

    Parameters
    ----------
    measured : sequence of mapping
        What `measure` returns, of each cell.
    """
    from scipy.stats import ks_2samp

    found: dict[str, Comparison] = {}
    for name, target in targets().items():
        values = np.array([cell[name] for cell in measured if name in cell])
        if target.sd > 0.0 and len(values):
            p = float(ks_2samp(values, target.cells).pvalue) if target.is_of_cells else np.nan
            found[name] = Comparison(name, target, values, p)
    return found
