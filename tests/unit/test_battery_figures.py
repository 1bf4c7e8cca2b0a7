"""Figures of the battery where a cell or a quick run leaves something out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cellmodel.battery.oblique import SOMATIC_SPIKE, SiteResult, score_sites
from cellmodel.battery.somatic import score_steps
from cellmodel.report.battery.dendrites import oblique_figure
from cellmodel.report.battery.lines import headed_figure, scale_bar_below
from cellmodel.report.battery.somatic import somatic_figure
from cellmodel.traces import Recording


def silent_step(step):
    """Return a sweep of the sharp set's timing that follows the current without a spike."""
    t = np.arange(0.0, 1800.0, 1.0)
    v = -69.0 + 25.0 * step * ((t >= 1000.0) & (t < 1400.0))
    return Recording(t, {"v_soma": v}, {"v_soma": "mV"}, {})


def test_obliques_without_a_usable_site_are_said_and_have_no_empty_axes() -> None:
    figure = oblique_figure(score_sites([SiteResult("oblique[0]", "proximal", 30.0, SOMATIC_SPIKE)]))
    empty = [axes for axes in figure.axes if not axes.axison]
    assert [axes.texts[0].get_text() for axes in empty] == ["no site could be used"] * 3


def test_somatic_panels_are_those_of_the_steps_that_were_run() -> None:
    few = somatic_figure(score_steps("sharp", {-0.4: silent_step(-0.4)}))
    more = somatic_figure(score_steps("sharp", {step: silent_step(step) for step in (-0.4, 0.8)}))
    assert len(few.axes) < len(more.axes) == 10
    assert few.get_figheight() < more.get_figheight()
    assert all(axes.has_data() for axes in (*few.axes, *more.axes))


def test_labels_of_sweeps_do_not_overlap() -> None:
    figure = somatic_figure(score_steps("sharp", {s: silent_step(s) for s in (-1.0, -0.2, 0.2, 1.0)}))
    figure.canvas.draw()
    labels = [text for text in figure.axes[0].texts if text.get_text().endswith("nA")]
    boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
    assert len(boxes) == 4
    assert all(below.y1 <= above.y0 + 1.0 for below, above in pairwise(boxes))


@pytest.mark.parametrize("height", [None, 40.0])
def test_scale_bars_stand_below_the_traces(height: float | None) -> None:
    axes = headed_figure(2.0, "test").subplots()
    axes.plot([0.0, 100.0], [-70.0, 30.0])
    scale_bar_below(axes, unit="mV", height=height)
    bar = axes.lines[-1].get_ydata()
    assert axes.get_ylim()[0] < min(bar) < max(bar) < -70.0
    assert max(bar) - min(bar) == pytest.approx(height or 20.0)
