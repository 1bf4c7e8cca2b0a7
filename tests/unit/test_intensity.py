"""The search for the test intensity: the fewest fibers that are enough, after few responses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cellmodel.errors import ConvergenceError
from cellmodel.slice import Response, SliceOptions, intensity
from cellmodel.slice.field import lead
from cellmodel.traces import Recording

FIBERS = (23, 46, 69, 91, 114, 137, 160)
NO_STEPS = Recording(t=np.zeros(1), signals={"kinase": np.zeros(1)}, units={"kinase": "1"})


def response(amplitude: float, *, spikes: bool = False) -> Response:
    t = np.array([0.0, 5.0])
    v_soma = np.array([-65.0, 20.0 if spikes else -60.0])
    field = np.array([0.0, -amplitude])
    return Response(t, field, 0 * t, v_soma, 0 * t, 0.0, 0.0, np.zeros(1), NO_STEPS)


@pytest.fixture
def fewest(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, int]]:
    """Return a function that searches a curve and returns what it found and how many it computed."""

    def search(curve: Callable[[int], Response], wanted: float) -> tuple[int, int]:
        monkeypatch.setattr(intensity, "_respond", lambda rig, n: curve(n))
        found = {n: curve(n) for n in FIBERS}
        most = intensity._fewest(None, found, wanted)
        assert most == 1 or most - 1 in found
        return most, len(found) - len(FIBERS)

    return search


@pytest.mark.parametrize("share", [0.05, 0.3, 0.31, 0.77, 1.0])
@pytest.mark.parametrize("bend", [0.3, 1.0, 3.0])
def test_the_fewest_fibers_that_are_enough_are_found_along_straight_lines(
    fewest: Callable[..., tuple[int, int]], bend: float, share: float
) -> None:
    def curve(n: int) -> Response:
        return response((n / 160) ** bend)

    most, computed = fewest(curve, share)
    assert most == next(n for n in range(1, 161) if (n / 160) ** bend >= share)
    assert computed <= 8


def test_a_curve_without_a_bend_takes_three_responses_at_most(fewest: Callable[..., tuple[int, int]]) -> None:
    most, computed = fewest(lambda n: response(n / 160), 0.4)
    assert most == 64
    assert computed <= 3


def test_a_spike_is_enough_whatever_its_amplitude(fewest: Callable[..., tuple[int, int]]) -> None:
    most, computed = fewest(lambda n: response(0.1 if n >= 37 else n / 160, spikes=n >= 37), 0.9)
    assert most == 37
    assert computed <= 8


@pytest.mark.parametrize("threshold", [2, 9, 57, 100, 163, 250, 399])
def test_the_largest_fepsp_is_that_of_the_stimulus_from_which_on_the_first_cells_fire(
    monkeypatch: pytest.MonkeyPatch, threshold: int
) -> None:
    def curve(n: int) -> Response:
        return response(n / 400, spikes=n >= threshold)

    monkeypatch.setattr(intensity, "_respond", lambda rig, n: curve(n))
    found: dict[int, Response] = {}
    strongest = intensity._strongest(None, found, 400)
    assert 0.62 * threshold - 1 < strongest <= 0.62 * (1.05 * threshold + 1)
    assert strongest == 0 or (strongest in found and not found[strongest].v_soma.max() > 0)
    assert len(found) <= 11


def test_where_no_stimulus_makes_the_cell_fire_the_strongest_gives_the_largest_fepsp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intensity, "_respond", lambda rig, n: response(n / 160))
    assert intensity._strongest(None, {}, 160) == 160


@pytest.mark.parametrize("n_points", [1, 3, 7, 12])
def test_the_test_intensity_is_the_same_however_much_of_the_curve_is_computed(
    monkeypatch: pytest.MonkeyPatch, n_points: int
) -> None:
    rig = SimpleNamespace(
        engine=SimpleNamespace(end_above=lambda value: None),
        free=lambda: None,
        electrode=SimpleNamespace(sources=None),
    )
    monkeypatch.setattr(intensity, "Slice", lambda options, is_plastic: rig)
    monkeypatch.setattr(intensity, "_respond", lambda rig, n: response(n**0.9, spikes=n >= 231))
    found = intensity.input_output(SliceOptions(), n_points=n_points)
    assert found.fibers[-1] == 400
    assert set(np.linspace(0, 400, n_points + 1)[1:].round().astype(int)) <= set(found.fibers)
    assert (found.largest_fibers, found.test_fibers) == (143, 38)
    assert np.array_equal(found.has_spike, found.fibers >= 231)


def test_a_cell_that_one_fiber_makes_fire_has_no_test_intensity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intensity, "_respond", lambda rig, n: response(0.1, spikes=True))
    assert intensity._strongest(None, {}, 160) == 0
    rig = SimpleNamespace(electrode=SimpleNamespace(height=220.0))
    with pytest.raises(ConvergenceError, match=r"no stimulus gives an fEPSP of 30-40 % .* 220 um above"):
        intensity._search(rig, {}, 0.0)


def test_the_sink_of_a_population_spike_is_no_fepsp() -> None:
    t = np.arange(0.0, 20.0, 0.1)
    field, v_soma = -0.1 * t, np.full(t.shape, -60.0)
    quiet = replace(response(1.0), t=t, field=field, v_soma=v_soma)
    fired = replace(quiet, v_soma=np.where(t > 12.0, 20.0, -60.0))
    assert intensity.wave(quiet) == intensity.amplitude(quiet) == pytest.approx(1.99)
    assert intensity.wave(fired) == pytest.approx(0.1 * (12.0 - lead()), abs=0.02)
    assert 0.5 < lead() < 5.0
