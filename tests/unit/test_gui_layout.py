"""What the GUI says and where it puts it, without NEURON and without a window."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.gui import readout
from cellmodel.gui.layout import FRAMES, MAIN_MENU, SCREEN, Axis, Frame


def test_no_window_covers_another_or_leaves_the_screen() -> None:
    frames = [MAIN_MENU, *FRAMES.values()]
    assert [(a.title, b.title) for a, b in combinations(frames, 2) if a.overlaps(b)] == []
    assert all(f.left >= 0 and f.left + f.width <= SCREEN[0] for f in frames)
    assert all(f.top >= 0 and f.top + f.height <= SCREEN[1] for f in frames)


def test_windows_that_share_a_pixel_overlap() -> None:
    frame = Frame("a", 0, 0, 100, 100)
    assert frame.overlaps(Frame("b", 99, 99, 10, 10))
    assert not frame.overlaps(Frame("b", 100, 0, 10, 10))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.357, 0.06, Axis(-0.4, 0.1, 5)),
        (-164.0, 0.0, Axis(-200.0, 0.0, 4)),
        (-69.9, 26.0, Axis(-80.0, 40.0, 6)),
        (-70.0, -70.0, Axis(-80.0, -60.0, 1)),
        (0.0, 0.0, Axis(0.0, 0.2, 1)),
    ],
)
def test_an_axis_holds_its_curves_between_round_numbers(low: float, high: float, expected: Axis) -> None:
    axis = Axis.around(low, high)
    assert axis.low <= low <= high <= axis.high
    assert (axis.low, axis.high, axis.steps) == pytest.approx((expected.low, expected.high, expected.steps))


def response(tau: float, size: float = -100.0) -> readout.Curve:
    t = np.arange(-5.0, 60.0, 0.02)
    return t, np.where(t < 0, 0.0, size * (1 - np.exp(-t / 0.2)) * np.exp(-np.maximum(t - 1.0, 0.0) / tau))


def test_a_line_compares_size_and_decay() -> None:
    curves = {"control": response(2.0), "drug": response(6.0)}
    line = readout.compared("1 ms", curves, lambda curve: readout.deactivation(curve, 1.0))
    assert line.startswith("1 ms: peak 9")
    assert line.endswith("pA, decay 2.00 -> 6.00 ms")


def test_a_line_gives_no_decay_where_desensitization_is_abolished() -> None:
    curves = {"control": response(5.0), "drug": response(300.0)}
    line = readout.compared("100 ms", curves, lambda curve: readout.desensitization(curve, 20.0))
    assert line.startswith("100 ms: peak")
    assert "decay" not in line


def test_a_line_says_that_nothing_is_left() -> None:
    curves = {"control": response(2.0), "drug": response(2.0, 0.0)}
    assert readout.compared("fEPSP", curves, readout.field) == "fEPSP: no response left"


@pytest.mark.parametrize(
    ("name", "dose", "said"), [("aniracetam", 1.5, ""), ("aniracetam", 7.0, "5 mM"), ("vehicle", 9.0, "")]
)
def test_a_dose_above_solubility_is_remarked(name: str, dose: float, said: str) -> None:
    notice = readout.dose_notice(Compound.named(name), dose)
    assert (said in notice) if said else notice == ""


@pytest.mark.parametrize("dose", [-1.0, float("inf"), float("nan")])
def test_what_is_no_concentration_is_refused(dose: float) -> None:
    with pytest.raises(ParameterError, match="0 or more"):
        readout.dose_notice(Compound.named("aniracetam"), dose)


def test_a_compound_without_known_solubility_has_none_in_its_line() -> None:
    assert readout.about(Compound.named("vehicle")) == "vehicle: usual dose 0 mM"
    assert readout.about(Compound.named("aniracetam")).endswith("1.5 mM, soluble to 5 mM")
