"""Figures of field EPSPs: a population spike is no peak, and where the soma fires is seen on the curve."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_study import field

from cellmodel.recording import Measure
from cellmodel.report.slice_figures import Example, Timeline, fepsp_figure, input_output_figure, ltp_figure
from cellmodel.report.trace_figures import epsc_figure
from cellmodel.traces import Recording

LABELS = ("fibers recruited", "fEPSP amplitude (mV)")


def with_spike(sweep: Recording) -> Recording:
    """Return the sweep with a positive population spike five times as large as its trough."""
    v = sweep["v_field"]
    top = 5.0 * np.abs(v).max()
    spike = top * np.exp(-(((sweep.t - sweep.t[np.argmin(v)] - 8.0) / 0.5) ** 2))
    return Recording(sweep.t, {"v_field": v + spike}, sweep.units, sweep.meta)


def test_a_population_spike_is_no_peak_to_scale_to() -> None:
    panel = {"control": field("control"), "drug": with_spike(field("drug"))}
    _, beside = fepsp_figure({"field EPSP": panel}).axes
    control, drug = (line.get_ydata() for line in beside.lines[:2])
    assert control.min() == pytest.approx(-1.0)
    assert drug.min() == pytest.approx(-1.0)
    assert drug.max() > 2.0
    assert beside.get_ylim()[1] < 1.0


def test_a_positive_field_is_scaled_to_its_own_peak() -> None:
    sweep = field("control")
    above = Recording(sweep.t, {"v_field": -sweep["v_field"]}, sweep.units, sweep.meta)
    _, beside = fepsp_figure({"field EPSP": {"control": above}}).axes
    assert beside.lines[0].get_ydata().max() == pytest.approx(1.0)
    assert beside.get_ylim()[1] > 1.0


def test_the_points_at_which_the_soma_fires_are_open() -> None:
    fibers, fires = np.array([20, 40, 80]), np.array([False, False, True])
    curve = {"control": (fibers, np.array([0.1, 0.2, 0.5]))}
    (axes,) = input_output_figure(curve, labels=LABELS, chosen=40.0, fires=fires).axes
    (marked,) = [line for line in axes.lines if line.get_label() == "the soma fires"]
    assert marked.get_xdata().tolist() == [80]
    assert marked.get_markerfacecolor() == "white"
    (quiet,) = input_output_figure(curve, labels=LABELS, chosen=40.0, fires=~fires & False).axes
    assert quiet.get_legend() is None


def test_a_panel_of_fast_epscs_ends_soon_after_them() -> None:
    t = np.arange(-5.0, 100.0, 0.05)

    def epsc(tau: float, noise: float = 0.0) -> Recording:
        wave = np.where(t > 0, -np.exp(-t / tau), 0.0) + noise * np.sin(t)
        return Recording(t, {"i": wave}, {"i": "nA"}, {})

    panels = {
        "fast": {"control": epsc(0.8), "drug": epsc(2.6)},
        "slow": {"control": epsc(8.0), "drug": epsc(20.0)},
        "noisy": {"control": epsc(0.8, noise=0.05), "drug": epsc(2.6)},
    }
    fast, beside, slow, _, noisy, _ = epsc_figure(panels).axes
    assert fast.get_xlim()[0] == pytest.approx(-5.0)
    assert fast.get_xlim()[1] == pytest.approx(-5.0 + 1.3 * (5.0 + 2.6 * np.log(100)), abs=0.1)
    assert beside.get_xlim() == fast.get_xlim()
    assert slow.get_xlim()[1] == noisy.get_xlim()[1] == pytest.approx(t[-1])


def test_of_a_population_spike_in_an_example_as_much_is_drawn_as_the_field_epsps_are_deep() -> None:
    shown = [("control", field("control")), ("after_ltp_drug", with_spike(field("drug")))]
    examples = [Example("ab"[k], 10.0 * k, *item) for k, item in enumerate(shown)]
    times = np.arange(0.0, 20.0, 0.5)
    rows = [row_of(t) for t in times]
    figure = ltp_figure({"control": rows}, Timeline((0.0, 10.0)), examples=examples)
    above = figure.axes[1]
    drawn = [line.get_ydata() for line in above.lines if len(line.get_ydata()) > 2]
    depth = -min(np.nanmin(wave) for wave in drawn)
    assert max(np.nanmax(wave) for wave in drawn) <= depth
    assert [text.get_text() for text in above.texts].count("spike, cut off") == 1
    calm = ltp_figure({"control": rows}, Timeline((0.0, 10.0)), examples=examples[:1])
    assert "spike, cut off" not in [text.get_text() for text in calm.axes[1].texts]


def row_of(time_min: float) -> Measure:
    labels = {"experiment": "ltp", "pathway": "test", "time_min": time_min}
    return Measure(measure="fepsp_slope", value=0.1, unit="mV/ms", **labels)
