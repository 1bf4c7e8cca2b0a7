"""The test intensity, on a slice whose responses are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from cellmodel.errors import ConvergenceError
from cellmodel.slice import SliceOptions, intensity

ALL = 160


def rig_that_gives(amplitude, fires_at: int):
    """Return a stand-in for `Slice`: ``amplitude`` of n fibers in mV, a spike from ``fires_at`` fibers on."""

    class Rig:
        all_fibers = ALL
        states: dict = {}  # noqa: RUF012
        electrode = SimpleNamespace(height=180.0)

        def __init__(self, options: SliceOptions) -> None:
            self.n = 0

        def recruit(self, n: int) -> None:
            self.n = n

        def stimulate(self, pathway: str):
            peak = 30.0 if self.n >= fires_at else -60.0
            return SimpleNamespace(field=-np.array([0.0, amplitude(self.n)]), v_soma=np.array([-65.0, peak]))

        def free(self) -> None:
            pass

    return Rig


def found_with(monkeypatch, amplitude, fires_at: int = ALL + 1) -> intensity.InputOutput:
    monkeypatch.setattr(intensity, "Slice", rig_that_gives(amplitude, fires_at))
    return intensity.input_output(SliceOptions(), n_points=4)


def test_the_fewest_fibers_in_the_band_are_chosen(monkeypatch) -> None:
    found = found_with(monkeypatch, lambda n: n / ALL)
    assert found.test_fibers == 48
    assert found.test_percent == pytest.approx(30.0)


def test_where_spikes_come_before_the_band_half_of_the_strongest_without_one_is_chosen(monkeypatch) -> None:
    found = found_with(monkeypatch, lambda n: n / ALL, fires_at=33)
    assert found.test_fibers == 16
    assert found.test_percent == pytest.approx(10.0)
    assert not found.has_spike[found.fibers == 16].any()


def test_an_intensity_that_cannot_be_found_is_refused(monkeypatch) -> None:
    with pytest.raises(ConvergenceError, match=r"30-40 % of the largest \(1.00 mV\).*180 um above"):
        found_with(monkeypatch, lambda n: 1.0)
    with pytest.raises(ConvergenceError):
        found_with(monkeypatch, lambda n: n / ALL, fires_at=1)
