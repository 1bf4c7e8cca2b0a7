"""Responses that need not be computed: what earlier ones, from nearly the same slow states, say already.

A response is a smooth function of the slow states before it (receptors, release, drug). It is predicted by
kriging: the best unbiased combination of computed responses, with the standard deviation of its error. Where
that is above the tolerance of data/slice.toml, the response is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from cellmodel.parameters import load
from cellmodel.slice.response import Response
from cellmodel.slice.state import PathwayState
from cellmodel.traces import Recording


@dataclass(frozen=True)
class Known:
    """A computed response: what it depended on, and the slow states of its pathway before and after."""

    key: np.ndarray
    response: Response
    before: PathwayState
    after: PathwayState
    has_spike: bool


class Memory:
    """The responses of one pathway that were computed in this run."""

    def __init__(self) -> None:
        self._known: list[Known] = []
        self._numbers = load("slice.toml").values_of("reuse")

    def keep(self, known: Known) -> None:
        """Remember a computed response."""
        self._known.append(known)

    def predict(self, key: np.ndarray, before: PathwayState) -> tuple[Response, PathwayState] | None:
        """Return the response from slow states ``before`` and those after it; None: it has to be computed.

        Parameters
        ----------
        key : array, (n,)
            What the response depends on: `PathwayState.fingerprint`, and what the drug does.
        before : PathwayState
        """
        if not self._known:
            return None
        distances = np.array([float(np.sum((known.key - key) ** 2)) for known in self._known])
        if self._known[int(np.argmin(distances))].has_spike:  # no combination of spikes is a spike
            return self._repeat(int(np.argmin(distances)), distances, before)
        quiet = [known for known in self._known if not known.has_spike]
        weights, error = self._krige(np.array([known.key for known in quiet]), key)
        if error > self._numbers["error"]:
            return None
        return _combined([known.response for known in quiet], weights), _moved(before, quiet, weights)

    def _repeat(
        self, nearest: int, distances: np.ndarray, before: PathwayState
    ) -> tuple[Response, PathwayState] | None:
        """Return a response with a spike again where the slow states are the same within the noise."""
        known = self._known[nearest]
        if distances[nearest] > self._numbers["noise"] ** 2:
            return None
        return known.response, _moved(before, [known], np.ones(1))

    def _krige(self, keys: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the weights of responses at ``keys``, (n_known,), and the relative error at ``key``.

        Ordinary kriging with a squared-exponential covariance: weights sum to 1, and one response at the key
        itself has weight 1 and the error `noise`.
        """
        scale, noise = 2 * self._numbers["range"] ** 2, self._numbers["noise"]
        n = len(keys)
        system = np.ones((n + 1, n + 1))
        apart = np.sum((keys[:, None] - keys[None]) ** 2, axis=2)
        system[:n, :n] = np.exp(-apart / scale) + noise**2 * np.eye(n)
        system[n, n] = 0.0
        target = np.append(np.exp(-np.sum((keys - key) ** 2, axis=1) / scale), 1.0)
        solution = np.linalg.solve(system, target)
        return solution[:n], float(np.sqrt(max(0.0, 1.0 - solution @ target)))


def _combined(items: Sequence[Any], weights: np.ndarray) -> Any:
    """Return the weighted sum of numbers, arrays, or all signals and fields of objects that hold such.

    A time axis, the same in all, is that of the first.
    """
    first = items[0]
    if isinstance(first, Recording):
        names = list(first.signals)
        sums = [_combined([item.signals[name] for item in items], weights) for name in names]
        return replace(first, signals=dict(zip(names, sums, strict=True)))
    if isinstance(first, float | np.ndarray):
        return sum(w * item for w, item in zip(weights, items, strict=True))
    names = [item.name for item in fields(first) if item.name != "t"]
    sums = [_combined([getattr(item, name) for item in items], weights) for name in names]
    return replace(first, **dict(zip(names, sums, strict=True)))


def _moved(before: PathwayState, known: Sequence[Known], weights: np.ndarray) -> PathwayState:
    """Return the slow states after a response: what lasts gets the same change on top of today's state."""
    start = _combined([item.before for item in known], weights)
    end = _combined([item.after for item in known], weights)
    synapses = replace(
        end.synapses,
        rho=before.synapses.rho + end.synapses.rho - start.synapses.rho,
        n=before.synapses.n + end.synapses.n - start.synapses.n,
    )
    return replace(end, synapses=synapses)
