"""Neighbors that release by themselves: what random release leaves of itself in a field potential.

One cell is computed and stands for all cells of the slab. With random release they would all share its
draws, and the field would vary from trial to trial as one cell's part of it does. In a slice the boutons on
each cell draw for themselves. ``n`` responses are ``n`` draws: each cell of the slab takes them in an order
of its own, so that every trial mixes all draws, and each draw is used once by every cell.

The mean over trials stays what it was, and the variance becomes the sum of the variances of the cells' parts,
which is what independent cells have. One response alone is one draw for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellmodel.slice.field import FieldElectrode

NEGLIGIBLE = 1e-7
"""Patterns of weights that are this small beside the largest are left out; the field is then 1e-6 off."""


class Neighbors:
    """The cells of an electrode's slab, each with draws of its own.

    Parameters
    ----------
    electrode : FieldElectrode
    seed : int
        Of the order in which each cell takes the draws.

    Attributes
    ----------
    patterns : array, (n_patterns, n_nodes)
        Weights of node voltages whose sums over the nodes are all that a cell of the slab adds.
    n_cells : int

    Notes
    -----
    Weights of single cells are smooth functions of their place, so that some 200 patterns hold those of 4000
    cells; the sums are kept while the cell is integrated, and the cells are put together afterwards.
    """

    def __init__(self, electrode: FieldElectrode, *, seed: int) -> None:
        weights, self._which = electrode.of_cells()
        self._lags = electrode.delays - electrode.mean_lag
        self._seed, self.n_cells = seed, len(weights)
        self.patterns = patterns_of(weights)
        self._parts = weights @ self.patterns.T

    def fields(self, draws: Sequence[tuple[np.ndarray, np.ndarray]], grid: np.ndarray) -> np.ndarray:
        """Return the field potential of as many trials as there are draws.

        Parameters
        ----------
        draws : sequence of tuple of array
            Of the computed cell: times, (n_steps,) ms, and the sums of ``patterns``, (n_steps, n_patterns).
        grid : array, (n_t,) ms

        Returns
        -------
        array, (n_draws, n_t) mV
        """
        n = len(draws)
        trial_of = orders(self.n_cells, n, seed=self._seed)
        total = np.zeros((n, grid.size))
        for k, lag in enumerate(self._lags):
            cells = self._which == k
            for draw, (t, sums) in enumerate(draws):
                takes = trial_of[cells, draw] == np.arange(n)[:, None]
                seen = sums @ (takes.astype(float) @ self._parts[cells]).T
                total += [np.interp(grid - lag, t, seen[:, trial]) for trial in range(n)]
        return total

    def effective_number(self, draws: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
        """Return how many equal cells the field is worth where it is largest: (sum f)^2 / sum f^2.

        ``f`` are the cells' parts of the mean field. Cells near the tip count more than those afar.
        """
        grid = draws[0][0]
        mean = np.mean([[np.interp(grid, t, s) for s in sums.T] for t, sums in draws], axis=0)
        mean -= mean[:, :1]
        at = [np.array([np.interp(grid - lag, grid, row) for row in mean]) for lag in self._lags]
        total = sum(self._parts[self._which == k].sum(axis=0) @ at[k] for k in range(len(at)))
        largest = int(np.argmax(np.abs(total)))
        parts = np.concatenate([self._parts[self._which == k] @ at[k][:, largest] for k in range(len(at))])
        return float(parts.sum() ** 2 / np.sum(parts**2))


def orders(n_cells: int, n: int, *, seed: int) -> np.ndarray:
    """Return the trial in which each cell has each draw, (n_cells, n): every row a permutation of its own."""
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(n), (n_cells, 1)), axis=1)


def patterns_of(weights: np.ndarray) -> np.ndarray:
    """Return the orthonormal patterns, (n_patterns, n_nodes), of which all rows of ``weights`` are sums."""
    sizes, patterns = np.linalg.eigh(weights.T @ weights)
    return patterns.T[sizes > NEGLIGIBLE**2 * sizes[-1]]
