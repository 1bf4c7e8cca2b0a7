"""The theta-glass applicator: pulses of solution, and who carries the compound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ParameterError, unknown_name
from cellmodel.units import TIME_CONSTANTS_OF_10_90

APPLICATIONS = ("both", "glutamate_only", "before_only")
"""In which barrels the compound is: both, that with or that without glutamate."""
SETTLED = 40.0  # time constants after which the exchange is complete to rounding
NODES = 400  # of a played exchange: linear between them, error below 1e-5 of the dose


@dataclass(frozen=True)
class Pulses:
    """Equal square pulses of a solution, smoothed by its exchange.

    Parameters
    ----------
    starts : tuple of float, ms
        Increasing, without overlap.
    duration : float, ms
    exchange : float, ms
        10-90 % time.
    """

    starts: tuple[float, ...]
    duration: float
    exchange: float

    def __post_init__(self) -> None:
        if not (0 < self.duration < math.inf and 0 < self.exchange < math.inf):
            raise ParameterError(
                f"pulse of {self.duration} ms, exchange {self.exchange} ms. Give finite times above 0."
            )
        gaps = np.diff(self.starts) - self.duration
        if not self.starts or np.any(gaps <= 0):
            raise ParameterError(
                f"pulses at {self.starts} ms of {self.duration} ms overlap. Give longer intervals."
            )

    @property
    def tau(self) -> float:
        """The exchange's time constant, ms."""
        return self.exchange / TIME_CONSTANTS_OF_10_90

    def level(self, t: np.ndarray) -> np.ndarray:
        """Return the share of the solution at the patch at times ``t`` (ms), (n_t,), 0 to 1."""
        t = np.asarray(t, dtype=float)
        level, reached = np.zeros_like(t), 0.0
        edges = [edge for start in self.starts for edge in ((start, 1.0), (start + self.duration, 0.0))]
        for k, (edge, target) in enumerate(edges):
            later = t >= edge
            level[later] = target + (reached - target) * np.exp(-(t[later] - edge) / self.tau)
            if k + 1 < len(edges):
                reached = target + (reached - target) * np.exp(-(edges[k + 1][0] - edge) / self.tau)
        return level

    def nodes(self, stop: float) -> np.ndarray:
        """Return times (ms) between which the level is all but linear, from 0 to ``stop``."""
        ramp = SETTLED * self.tau * np.linspace(0.0, 1.0, NODES) ** 2
        edges = [edge for start in self.starts for edge in (start, start + self.duration)]
        return np.unique(np.concatenate([[0.0], *(edge + ramp for edge in edges), [stop]]).clip(0.0, stop))


def check_application(application: str) -> str:
    """Return the word, or raise `ParameterError` where it is not of `APPLICATIONS`."""
    if application not in APPLICATIONS:
        raise unknown_name("application", application, APPLICATIONS)
    return application


def check_intervals(intervals: Sequence[float]) -> tuple[float, ...]:
    """Return the intervals of paired pulses (ms) as a tuple; each has to be above 0."""
    given = tuple(float(interval) for interval in intervals)
    if not given or min(given) <= 0:
        raise ParameterError(f"intervals {list(given)} ms. Give at least one, all above 0.")
    return given
