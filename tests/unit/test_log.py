"""What is kept of a run in blocks of steps is what single steps would give."""

import numpy as np
import pytest

from cellmodel.slice.engine import BLOCK, _Log

N_PLACES, N_WATCHED = 5, 4


def _steps(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    return np.cumsum(rng.random(n)), rng.normal(size=(n, N_PLACES)), rng.normal(size=(n, N_WATCHED))


def _log(t: np.ndarray, v: np.ndarray, signals: np.ndarray, *weights: np.ndarray | None) -> _Log:
    log = _Log(*(weights or (None, None)), N_PLACES, N_WATCHED)
    for step in zip(t, v, signals, strict=True):
        log.write(*step)
    return log


@pytest.mark.parametrize("n", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 5 * BLOCK + 7])
def test_all_steps_are_kept_and_integrated_whatever_their_number(n: int) -> None:
    t, v, signals = _steps(n)
    window = _log(t, v, signals).window()
    assert np.array_equal(window.t, t)
    assert np.array_equal(window.v, v)
    assert np.array_equal(window.signals, signals)
    assert window.integrals == pytest.approx(np.trapezoid(signals - signals[0], t, axis=0))


def test_weighted_sums_are_kept_instead_of_variables() -> None:
    t, v, signals = _steps(3 * BLOCK)
    of_voltages, of_signals = np.arange(2.0 * N_PLACES).reshape(2, -1), np.eye(1, N_WATCHED)
    window = _log(t, v, signals, of_voltages, of_signals).window()
    assert window.v == pytest.approx(v @ of_voltages.T)
    assert window.signals == pytest.approx(signals[:, :1])


def test_it_is_over_when_every_judged_variable_is_as_near_to_its_first_value_as_allowed() -> None:
    t, v, signals = _steps(BLOCK + 1)
    signals[-1] = signals[0] + [0.1, -0.1, 0.0, 9.0]
    log = _log(t, v, signals)
    assert log.is_within(np.array([0.11, 0.11, 0.0, np.inf]))
    assert not log.is_within(np.array([0.11, 0.09, 0.0, np.inf]))
