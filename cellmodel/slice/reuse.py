"""Responses that need not be computed: what others, from nearly the same slow states, say already.

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
        self._at: dict[float, Known] = {}
        self._numbers = load("slice.toml").values_of("reuse")

    def keep(self, known: Known, *, time_min: float) -> None:
        """Remember a computed response, and for which probe it was computed."""
        self._known.append(known)
        self._at[time_min] = known

    @property
    def last(self) -> Known | None:
        """What was computed last."""
        return self._known[-1] if self._known else None

    def fires_near(self, key: np.ndarray) -> bool:
        """Whether the cell fired in the response from the most similar slow states; one has to be known."""
        return self._nearest(key)[0].has_spike

    def computed(self, key: np.ndarray, before: PathwayState, *, time_min: float) -> tuple | None:
        """Return, like `predict`, the response that was computed for a probe ahead of its time.

        None where there is none, or where the slow states are not those that were foreseen.
        """
        known = self._at.get(time_min)
        if known is None or float(np.sum((known.key - key) ** 2)) > self._numbers["noise"] ** 2:
            return None
        return known.response, _moved(before, [known], np.ones(1))

    def needed(self, keys: np.ndarray) -> list[int]:
        """Return which of the probes ahead have to be computed, so that they predict all others.

        Always the one that is known least; where the nearest response has a spike, none.

        Parameters
        ----------
        keys : array, (n_ahead, n)
            What each depends on, as far as it is foreseen.
        """
        places = np.flatnonzero([not self._nearest(key)[0].has_spike for key in keys])
        known = [known.key for known in self._known if not known.has_spike]
        chosen: list[int] = []
        while places.size:
            errors = self._krige(np.array(known), keys[places])[1]
            worst = int(places[np.argmax(errors)])
            if np.max(errors) <= self._numbers["error"]:
                break
            chosen.append(worst)
            known.append(keys[worst])
        return chosen

    def riskiest(self, keys: np.ndarray) -> int | None:
        """Return which of the probes ahead may fire, though no response near it did; None: none may.

        The one in which the soma is predicted to be depolarized most, if that is more than in any computed
        response without a spike: what is below threshold is known only up to there.
        """
        places = np.flatnonzero([not self._nearest(key)[0].has_spike for key in keys])
        quiet = [known for known in self._known if not known.has_spike]
        if not places.size or not quiet:
            return None
        weights, _ = self._krige(np.array([known.key for known in quiet]), keys[places])
        peaks = _peaks(quiet) @ weights
        return int(places[np.argmax(peaks)]) if np.max(peaks) > self._safe(quiet) else None

    def _safe(self, quiet: Sequence[Known]) -> float:
        """Return the voltage of the soma (mV) up to which no response fired, and the error on top."""
        highest = max(quiet, key=lambda known: float(known.response.v_soma.max())).response.v_soma
        return float(highest.max() + self._numbers["error"] * (highest.max() - highest[0]))

    def _nearest(self, key: np.ndarray) -> tuple[Known, float]:
        """Return the response from the most similar slow states, and the square of its distance."""
        distances = [float(np.sum((known.key - key) ** 2)) for known in self._known]
        k = int(np.argmin(distances))
        return self._known[k], distances[k]

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
        nearest, distance = self._nearest(key)
        if nearest.has_spike:  # no combination of spikes is a spike
            return self._repeat(nearest, distance, before)
        quiet = [known for known in self._known if not known.has_spike]
        weights, errors = self._krige(np.array([known.key for known in quiet]), key[None])
        if errors[0] > self._numbers["error"] or weights[:, 0] @ _peaks(quiet) > self._safe(quiet):
            return None
        return _combined([known.response for known in quiet], weights[:, 0]), _moved(
            before, quiet, weights[:, 0]
        )

    def _repeat(
        self, nearest: Known, distance: float, before: PathwayState
    ) -> tuple[Response, PathwayState] | None:
        """Return a response with a spike again where the slow states are the same within the noise."""
        if distance > self._numbers["noise"] ** 2:
            return None
        return nearest.response, _moved(before, [nearest], np.ones(1))

    def _krige(self, known: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights of responses, (n_known, n_keys), and the relative errors, (n_keys,), at keys.

        Ordinary kriging with a squared-exponential covariance: weights sum to 1, and one response at the key
        itself has weight 1 and the error `noise`.
        """
        noise, n = self._numbers["noise"], len(known)
        system = np.ones((n + 1, n + 1))
        system[:n, :n] = self._covariance(known, known) + noise**2 * np.eye(n)
        system[n, n] = 0.0
        target = np.vstack([self._covariance(known, keys), np.ones(len(keys))])
        solution = np.linalg.solve(system, target)
        return solution[:n], np.sqrt(np.maximum(0.0, 1.0 - np.sum(solution * target, axis=0)))

    def _covariance(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        apart = np.sum((one[:, None] - other[None]) ** 2, axis=2)
        return np.exp(-apart / (2 * self._numbers["range"] ** 2))


def _peaks(known: Sequence[Known]) -> np.ndarray:
    """Return how far each response depolarized the soma, (n_known,) mV."""
    return np.array([known.response.v_soma.max() for known in known])


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
