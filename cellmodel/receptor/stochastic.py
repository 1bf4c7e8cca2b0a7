"""A finite number of channels that gate by chance: a scheme as a Markov process, drawn step by step.

Between two times every channel moves by the same transition matrix, whatever it did before, so the channels
of one state spread over the states by one multinomial draw. That is exact for glutamate that is constant
within a substep, costs the same for ten channels as for ten thousand, and its mean is the exact twin's
(`driven`). The rejected way, one event after another for every channel, is as exact but pays for each of
the many steps between the bound states that no current shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.receptor.response import Gating, TimeCourse, propagators
from cellmodel.traces import read_only

SUBSTEPS = 4
"""Steps of constant glutamate in one step of time: with an exchange of 0.2 ms and samples of 0.02 ms the
mean is wrong by less than 1e-4 of its peak; the error falls with the square of their length."""


@dataclass(frozen=True)
class OpenChannels:
    """How many channels are open, sweep by sweep; all arrays are read-only.

    Parameters
    ----------
    t : array, (n_t,) ms
    counts : array of int, (n_sweeps, n_t) 1
        Open channels.
    channels : array of int, (n_sweeps,) 1
        All channels of the sweep.
    """

    t: np.ndarray
    counts: np.ndarray
    channels: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "t", read_only(self.t))
        for array in (self.counts, self.channels):
            array.flags.writeable = False


def open_channels(
    scheme: Gating,
    changing: TimeCourse,
    t: np.ndarray,
    channels: np.ndarray,
    *,
    seed: int | np.random.Generator,
) -> OpenChannels:
    """Let independent channels gate while solutions change, and count those that are open.

    Parameters
    ----------
    scheme : Scheme, SlowScheme or FullScheme
        Where the channels rest, without glutamate, at the first time.
    changing : callable
        Times (n,) ms to Q, (n, n_states, n_states) 1/ms; `matrices` makes it of a scheme and glutamate.
    t : array, (n_t,) ms
        Increasing.
    channels : array of int, (n_sweeps,)
        Channels of every sweep, 0 or more.
    seed : int or Generator
        Of all draws.

    Returns
    -------
    OpenChannels

    Raises
    ------
    ParameterError
        If there is no sweep, or a number of channels is negative or not whole.
    """
    channels, rng = _whole_numbers(channels), np.random.default_rng(seed)
    start = rng.multinomial(channels, _probabilities(scheme.steady_state(0.0)))
    counts = np.empty((len(t), channels.size), dtype=np.int32)
    moves = propagators(changing, t, substeps=SUBSTEPS)
    for row, occupied in zip(counts, walk(moves, start, rng), strict=True):
        row[:] = occupied[:, scheme.open_states].sum(axis=1)
    return OpenChannels(t, np.ascontiguousarray(counts.T), channels)


def walk(moves: np.ndarray, start: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield how many channels are in which state, one time after the other, the first included.

    Parameters
    ----------
    moves : array, (n_t - 1, n_states, n_states) 1
        Transition matrices, columns sum to 1.
    start : array of int, (n_sweeps, n_states)
        Channels at the first time.
    rng : Generator

    Yields
    ------
    array of int, (n_sweeps, n_states)
        Rows sum to the channels of the sweep.
    """
    orders = _stay_first(start.shape[1])
    counts = start
    yield counts
    for move in _probabilities(moves):
        before, counts = counts, np.zeros_like(counts)
        for state in np.flatnonzero(before.any(axis=0)):
            order = orders[state]
            counts[:, order] += rng.multinomial(before[:, state], move[order, state])
        yield counts


def _stay_first(n_states: int) -> np.ndarray:
    """Return for every state the order in which to draw: to stay first, which leaves little to draw."""
    others = np.array([[k for k in range(n_states) if k != state] for state in range(n_states)])
    return np.column_stack([np.arange(n_states), others])


def _probabilities(columns: np.ndarray) -> np.ndarray:
    """Return columns, (..., n_states, n_states) or (n_states,), without the rounding that a draw refuses."""
    positive = np.clip(columns, 0.0, None)
    return positive / positive.sum(axis=-2 if columns.ndim > 1 else 0, keepdims=True)


def _whole_numbers(channels: np.ndarray) -> np.ndarray:
    given = np.array(channels)
    if given.ndim != 1 or not given.size or not np.issubdtype(given.dtype, np.integer) or given.min() < 0:
        raise ParameterError(
            f"channels = {channels!r}. Give a whole number, 0 or more, for each of one or more sweeps."
        )
    return given
