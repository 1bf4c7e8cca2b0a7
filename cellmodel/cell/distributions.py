"""How a quantity changes along a dendrite: a small, closed set of named functions of distance."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError, unknown_name


def uniform(distance: float, *, everywhere: float) -> float:
    """Return ``everywhere``, whatever the distance."""
    return everywhere


def linear(distance: float, *, at_soma: float, per_micrometer: float, farthest: float) -> float:
    """Return ``at_soma (1 + per_micrometer distance)``; constant beyond ``farthest``.

    Parameters
    ----------
    distance : float, um
    at_soma : float
        Value at distance 0.
    per_micrometer : float, /um
        Relative growth; negative for a decline, which ends at zero.
    farthest : float, um
        Where the change ends.
    """
    return max(0.0, at_soma * (1.0 + per_micrometer * min(distance, farthest)))


def sigmoid(distance: float, *, near: float, far: float, midpoint: float, width: float) -> float:
    """Return the value of a smooth change from ``near`` to ``far`` around ``midpoint`` (um)."""
    return near + (far - near) / (1.0 + np.exp((midpoint - distance) / width))


def step(distance: float, *, values: tuple[float, ...], edges: tuple[float, ...]) -> float:
    """Return the value of the band that ``distance`` is in; ``edges`` (um) separate the bands."""
    return values[int(np.searchsorted(edges, distance, side="right"))]


def interpolated(distance: float, *, values: tuple[float, ...], distances: tuple[float, ...]) -> float:
    """Return the value between the nearest two of the points given, held constant outside them."""
    return float(np.interp(distance, distances, values))


DISTRIBUTIONS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {f.__name__: f for f in (uniform, linear, sigmoid, step, interpolated)}
)


@dataclass(frozen=True)
class Rule:
    """One quantity of one domain: a named distribution with its numbers.

    Parameters
    ----------
    where : str
        Which table of which file, for messages.
    distribution : str
        A key of `DISTRIBUTIONS`.
    numbers : mapping of str to float or tuple of float
        Its parameters.

    Raises
    ------
    ParameterError
        If the distribution does not exist or its parameters are not exactly those it takes.
    """

    where: str
    distribution: str
    numbers: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.distribution not in DISTRIBUTIONS:
            raise unknown_name(f"distribution of {self.where}", self.distribution, DISTRIBUTIONS)
        wanted = set(inspect.signature(DISTRIBUTIONS[self.distribution]).parameters) - {"distance"}
        if wanted != set(self.numbers):
            raise ParameterError(
                f"{self.where} gives {', '.join(sorted(self.numbers)) or 'nothing'}; "
                f"{self.distribution!r} takes {', '.join(sorted(wanted))}. Give exactly these."
            )
        self._check_lengths()
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))

    def _check_lengths(self) -> None:
        points = self.numbers.get("edges", self.numbers.get("distances"))
        if points is None:
            return
        wanted = len(points) + (self.distribution == "step")
        if len(self.numbers["values"]) != wanted or list(points) != sorted(points):
            raise ParameterError(
                f"{self.where} needs {wanted} values and rising distances. Correct the lists."
            )

    def __call__(self, distance: float) -> float:
        """Return the quantity at ``distance`` (um of path from the soma)."""
        return DISTRIBUTIONS[self.distribution](distance, **self.numbers)
