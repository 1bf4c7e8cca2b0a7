"""Does a response end when its pulse does? A current that drops at another time had another pulse."""

from __future__ import annotations

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.fitting.estimators import smoothed, windows
from cellmodel.traces import Recording

BEFORE, EDGE, AFTER = 10.0, 5.0, 10.0  # ms: two windows before an edge, what it takes, one window after it
POWER = (BEFORE / 2 + EDGE + AFTER / 2) / BEFORE  # steps from the second window to the third
LOST = 0.06  # of the peak, beyond what goes on decaying: more than gating of a few hundred channels makes
SWEEPS = 3  # averaged; in fewer, gating makes more
LEFT, LATER = 0.8, 20.0  # of a current that the end of its pulse ended, at most; ms after that end
SURE = 3.0  # standard deviations of the baseline


def check_edges(mean: Recording, n: int) -> None:
    """Raise `ParameterError` where an averaged response ends at another time than its pulse.

    Parameters
    ----------
    mean : Recording
        ``response`` upward, t = 0 where the pulse starts; ``meta`` has ``pulse_ms`` and ``name``.
    n : int
        Sweeps that were averaged.
    """
    t, y, pulse = mean.t, mean["response"], mean.meta["pulse_ms"]
    at = unexpected_edge(t, y, pulse, lost=LOST * max(1.0, np.sqrt(SWEEPS / n)))
    if at is not None:
        raise ParameterError(
            f"{mean.meta['name']}: the protocol does not match the trace: the current drops {at:.0f} ms "
            f"after the start of the pulse, which is said to last {pulse:g} ms. Correct pulse_ms."
        )
    last = np.mean(y[(t > 0.95 * pulse) & (t <= pulse)])
    after = y[(t > pulse + LATER) & (t <= pulse + LATER + AFTER)]
    if pulse > LATER and after.size and last > SURE * np.std(y[t < 0]) and np.mean(after) > LEFT * last:
        raise ParameterError(
            f"{mean.meta['name']}: the protocol does not match the trace: {LATER:g} ms after the pulse's end "
            "the current is still there. Correct pulse_start_ms and pulse_ms."
        )


def unexpected_edge(t: np.ndarray, y: np.ndarray, pulse: float, *, lost: float = LOST) -> float | None:
    """Return when (ms) a response drops other than at the end of its pulse, None where it does not.

    What decays with whatever time constants, or to a plateau, decays slower and slower. So the means of two
    windows tell how much is left in a third one, at least, and an edge between leaves less.
    """
    top = float(smoothed(y, windows()["smoothing"] / (t[1] - t[0])).max())
    peak = float(t[int(np.argmax(y))])
    sums = np.concatenate([[0.0], np.cumsum(y)])

    def mean(start: np.ndarray, length: float) -> np.ndarray:
        first, last = np.searchsorted(t, start), np.searchsorted(t, start + length)
        return (sums[last] - sums[first]) / np.maximum(last - first, 1)

    at = np.arange(peak + 2 * BEFORE + 1.0, t[-1] - EDGE - AFTER, 1.0)
    at = at[(at + EDGE + AFTER < pulse) | (at - 2 * BEFORE > pulse)]
    earlier, before, after = (
        mean(at + shift, length)
        for shift, length in ((-2 * BEFORE, BEFORE), (-BEFORE, BEFORE), (EDGE, AFTER))
    )
    ratio = np.clip(before / np.maximum(earlier, 1e-9 * top), 0.0, 1.0)
    missing = before * ratio**POWER - after
    is_edge = missing > np.maximum(lost * top, SURE * float(np.std(y[t < 0])) / 2)
    return float(at[int(np.argmax(np.where(is_edge, missing, 0.0)))]) if np.any(is_edge) else None
