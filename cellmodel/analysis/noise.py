"""Non-stationary fluctuation analysis: the current and the number of channels, from their noise.

Of N equal, independent channels that pass i when open, a mean current I has the variance
``i I - I**2 / N + background``, whatever makes I change. The variance is taken within blocks of successive
sweeps, so that rundown and drift, slow against a block, do not count as noise. Blocks of two would be the
differences of pairs; longer ones waste fewer degrees of freedom: over 60 simulated experiments of 1000 sweeps
and 300 channels the number found scattered by 5.2 % with pairs, 3.6 % with tens, 3.9 % with hundreds.

Source: sigworth_1980 (method, small groups of sweeps), conti_1980 and heinemann_conti_1992 (pairs).

Assumptions: one conductance level, sweeps independent of one another, channels alike. A recording filter
takes away the fastest part of the fluctuations and makes i too small, N is hardly touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ConvergenceError, ParameterError
from cellmodel.traces import read_only
from cellmodel.units import PICOAMP_PER_NANOAMP, PICOSIEMENS_PER_MICROSIEMENS

BLOCK = 10
"""Successive sweeps within which the variance is taken."""
FEWEST_BLOCKS = 10
"""Fewer do not say how uncertain the variance is."""
BINS = 20
LOWEST = 0.02
"""Of the peak: smaller mean currents are left out, their variance is the background's."""
DECAYED = 0.5
"""Of the peak: a decay that does not reach it has no curvature to show."""
CERTAIN = 3.0
"""Standard errors by which the unitary current has to differ from zero."""


@dataclass(frozen=True)
class FluctuationFit:
    """The parabola through variance and mean, and what it says of the channels.

    Parameters
    ----------
    unitary_picoamp, unitary_error : float, pA
        Current of one open channel, without its sign, and its standard error.
    n_channels, n_channels_error : float, 1
    conductance_picosiemens, conductance_error : float, pS
        Of one open channel.
    background : float, pA2
        Variance before the response.
    mean : array, (n_bins,) pA
        Mean current of each bin, inward and outward alike positive.
    variance, variance_error : array, (n_bins,) pA2
        Background included; the error is the standard error between blocks of sweeps.
    n_sweeps : int
    """

    unitary_picoamp: float
    unitary_error: float
    n_channels: float
    n_channels_error: float
    conductance_picosiemens: float
    conductance_error: float
    background: float
    mean: np.ndarray
    variance: np.ndarray
    variance_error: np.ndarray
    n_sweeps: int

    def __post_init__(self) -> None:
        for name in ("mean", "variance", "variance_error"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def largest_open(self) -> float:
        """The open probability in the uppermost bin, 1."""
        return float(self.mean[-1] / (self.unitary_picoamp * self.n_channels))

    def __call__(self, mean: np.ndarray) -> np.ndarray:
        """Return the fitted variance (pA2) at mean currents (pA), (n,)."""
        mean = np.asarray(mean, dtype=float)
        return self.unitary_picoamp * mean - mean**2 / self.n_channels + self.background


def block_variances(sweeps: np.ndarray, *, block: int = BLOCK) -> np.ndarray:
    """Return the variance among the sweeps of every block, (n_blocks, n_t); a last, short block is left out.

    Parameters
    ----------
    sweeps : array, (n_sweeps, n_t)
    block : int
        Successive sweeps in a block; 2 gives half the squared differences of pairs.
    """
    whole = len(sweeps) // block * block
    return sweeps[:whole].reshape(-1, block, sweeps.shape[1]).var(axis=1, ddof=1)


def analyze_fluctuations(
    t: np.ndarray,
    sweeps: np.ndarray,
    *,
    driving_force: float,
    onset: float = 0.0,
    stop: float | None = None,
    block: int = BLOCK,
) -> FluctuationFit:
    """Fit ``variance = i mean - mean**2 / N + background`` to the decay of the mean current.

    The background is the variance before the onset. Samples are binned by mean current; a bin weighs by its
    standard error between blocks, and the errors of the results are a jackknife over blocks, because the
    samples of one sweep are not independent.

    Parameters
    ----------
    t : array, (n_t,) ms
    sweeps : array, (n_sweeps, n_t) nA
        Recorded one after the other.
    driving_force : float, mV
        Holding minus reversal potential.
    onset : float, ms
        Where the response starts; before it is baseline.
    stop : float or None, ms
        Where the decay ends; None: with the sweep.
    block : int
        Successive sweeps within which the variance is taken, 2 or more.

    Returns
    -------
    FluctuationFit

    Raises
    ------
    ParameterError
        If arrays do not fit each other or hold NaN, there are too few sweeps or there is no baseline.
    ConvergenceError
        If the mean does not decay, or the variance is too small or too straight to fit.
    """
    t, sweeps = np.asarray(t, dtype=float), np.asarray(sweeps, dtype=float)
    _check(t, sweeps, driving_force, block)
    stop = float(t[-1]) if stop is None else stop
    is_baseline = t < onset
    if not is_baseline.any():
        raise ParameterError(f"no baseline before {onset:g} ms. Record some, or give another onset.")
    if not stop > onset:
        raise ParameterError(f"stop = {stop:g} ms. Give a time after the onset at {onset:g} ms.")
    currents = sweeps * PICOAMP_PER_NANOAMP
    mean = currents.mean(axis=0)
    mean = np.sign(driving_force) * (mean - mean[is_baseline].mean())
    bins = _bins(mean, _decay(t, mean, stop))
    variances = block_variances(currents, block=block)
    points = _Points(
        mean=np.array([mean[inside].mean() for inside in bins]),
        square=np.array([np.mean(mean[inside] ** 2) for inside in bins]),
        excess=_binned(variances, bins, is_baseline),
    )
    i, curvature = points.fit()
    i_error, curvature_error = points.errors()
    _require_noise(i, i_error, curvature)
    background = float(variances[:, is_baseline].mean())
    siemens = PICOSIEMENS_PER_MICROSIEMENS / PICOAMP_PER_NANOAMP / abs(driving_force)
    return FluctuationFit(
        unitary_picoamp=i,
        unitary_error=i_error,
        n_channels=1.0 / curvature,
        n_channels_error=curvature_error / curvature**2,
        conductance_picosiemens=i * siemens,
        conductance_error=i_error * siemens,
        background=background,
        mean=points.mean,
        variance=points.excess.mean(axis=0) + background,
        variance_error=points.spread,
        n_sweeps=len(sweeps),
    )


def require_sweeps(n_sweeps: int, *, block: int = BLOCK) -> int:
    """Return the number of sweeps, or raise `ParameterError` where it is too small to analyze."""
    if n_sweeps < FEWEST_BLOCKS * block:
        raise ParameterError(
            f"{n_sweeps} sweeps are too few for {FEWEST_BLOCKS} blocks of {block}. "
            f"Give {FEWEST_BLOCKS * block} or more; 1000 bring the number of channels to about 5 %."
        )
    return n_sweeps


@dataclass(frozen=True)
class _Points:
    """What is fitted: per bin the mean (pA) and mean square (pA2), per block the excess variance (pA2)."""

    mean: np.ndarray
    square: np.ndarray
    excess: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """Standard error of the variance between blocks, (n_bins,) pA2."""
        return self.excess.std(axis=0, ddof=1) / np.sqrt(len(self.excess))

    def fit(self) -> tuple[float, float]:
        """Return unitary current (pA) and one over the number of channels (1)."""
        return self._solve(self.excess.mean(axis=0))

    def errors(self) -> tuple[float, float]:
        """Return the standard errors of both, by leaving out one block at a time."""
        n = len(self.excess)
        left = (self.excess.sum(axis=0) - self.excess) / (n - 1)
        found = np.array([self._solve(variance) for variance in left])
        first, second = np.sqrt((n - 1) * found.var(axis=0))
        return float(first), float(second)

    def _solve(self, variance: np.ndarray) -> tuple[float, float]:
        if not self.spread.all():
            raise _too_small()
        basis = np.column_stack([self.mean, -self.square]) / self.spread[:, None]
        slope, curvature = np.linalg.lstsq(basis, variance / self.spread, rcond=None)[0]
        return float(slope), float(curvature)


def _check(t: np.ndarray, sweeps: np.ndarray, driving_force: float, block: int) -> None:
    if sweeps.ndim != 2 or t.shape != sweeps.shape[1:]:
        raise ParameterError(f"time {t.shape} and sweeps {sweeps.shape} do not fit: (n_t,), (n_sweeps, n_t).")
    if not np.all(np.isfinite(sweeps)):
        raise ParameterError("the sweeps hold values that are not finite. Leave such sweeps out.")
    if not (np.isfinite(driving_force) and driving_force):
        raise ParameterError(f"driving_force = {driving_force} mV. Give a finite number other than 0.")
    if block < 2:
        raise ParameterError(f"block = {block}. A variance needs 2 sweeps or more.")
    require_sweeps(len(sweeps), block=block)


def _decay(t: np.ndarray, mean: np.ndarray, stop: float) -> np.ndarray:
    """Return where the mean current decays, from its peak to ``stop``, (n_t,) bool."""
    before = np.flatnonzero(t <= stop)
    peak = before[np.argmax(mean[before])]
    inside = (np.arange(t.size) >= peak) & (t <= stop)
    if not mean[peak] > 0 or mean[inside].min() > DECAYED * mean[peak]:
        raise ConvergenceError(
            f"no decay phase: the mean current does not fall to {DECAYED:g} of its peak by {stop:g} ms. "
            "Record for longer, or check the sign of the driving force."
        )
    return inside


def _bins(mean: np.ndarray, inside: np.ndarray) -> list[np.ndarray]:
    """Return the places of the samples in every bin of mean current that has some."""
    edges = np.linspace(LOWEST, 1.0, BINS + 1) * mean[inside].max()
    place = np.where(inside, np.digitize(mean, edges[:-1]), 0)
    return [places for k in range(1, BINS + 1) if (places := np.flatnonzero(place == k)).size]


def _binned(variances: np.ndarray, bins: list[np.ndarray], is_baseline: np.ndarray) -> np.ndarray:
    """Return every block's variance above its own background, (n_blocks, n_bins) pA2."""
    binned = np.column_stack([variances[:, inside].mean(axis=1) for inside in bins])
    return binned - variances[:, is_baseline].mean(axis=1, keepdims=True)


def _require_noise(i: float, i_error: float, curvature: float) -> None:
    if not i > CERTAIN * i_error:
        raise _too_small()
    if not curvature > 0:
        raise ConvergenceError(
            f"the variance does not bend down as the current grows (unitary current {i:.3g} pA): too few "
            "channels were open to tell their number. Give more sweeps or more glutamate."
        )


def _too_small() -> ConvergenceError:
    return ConvergenceError(
        "the variance of the decay is not above that of the baseline: no single channels can be seen in it. "
        "Give more sweeps, or record with less noise."
    )
