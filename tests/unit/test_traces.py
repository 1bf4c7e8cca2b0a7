"""A recording is checked when it is made and cannot be changed afterwards."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.traces import Recording, read_only

T = np.arange(5.0)


def test_signals_are_looked_up_by_name() -> None:
    recording = Recording(T, {"v": 2 * T}, {"v": "mV"}, {"celsius": 32.0})
    np.testing.assert_array_equal(recording["v"], 2 * T)
    assert recording.meta["celsius"] == 32.0


@pytest.mark.parametrize(
    ("signal", "units", "said"),
    [
        (T[:-1], {"v": "mV"}, "shape"),
        (T, {}, "no unit"),
        (np.where(T == 2, np.nan, T), {"v": "mV"}, "not finite"),
        (np.where(T == 2, np.inf, T), {"v": "mV"}, "not finite"),
    ],
)
def test_a_signal_that_does_not_fit_is_refused(signal: np.ndarray, units: dict[str, str], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        Recording(T, {"v": signal}, units)


def test_nothing_in_a_recording_can_be_changed() -> None:
    recording = Recording(T, {"v": T}, {"v": "mV"})
    with pytest.raises(ValueError, match="read-only"):
        recording["v"][0] = 1.0
    with pytest.raises(TypeError):
        recording.signals["w"] = T  # type: ignore[index]


def test_the_arrays_given_stay_the_giver_s() -> None:
    mine = np.zeros(3)
    kept = read_only(mine)
    mine[0] = 1.0
    assert kept[0] == 0.0


def test_a_recording_travels_between_processes() -> None:
    recording = Recording(T, {"v": T}, {"v": "mV"}, {"seed": 1})
    back = pickle.loads(pickle.dumps(recording))
    np.testing.assert_array_equal(back["v"], T)
    assert dict(back.meta) == {"seed": 1}
    assert not back.t.flags.writeable
