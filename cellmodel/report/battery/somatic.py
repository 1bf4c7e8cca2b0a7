"""Figure of the somatic features: responses to steps, chosen features against current, and all deviations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cellmodel.battery.scores import FeatureScore
from cellmodel.battery.somatic import SomaticOutcome
from cellmodel.parameters import load
from cellmodel.report.battery.lines import (
    FARTHEST,
    deviation,
    draw_experiment,
    headed_figure,
    scale_bar_below,
    score_text,
)
from cellmodel.report.style import BAND, MODEL, REFERENCE, SMALL, letter_panels, style

PANELS = {
    "Spikecount_stimint": "spikes",
    "voltage_base": "rest (mV)",
    "voltage_deflection_vb_ssse": "deflection (mV)",
    "sag_ratio1": "sag",
    "AP_begin_voltage": "threshold (mV)",
    "AP_amplitude": "amplitude (mV)",
    "AP_duration_half_width": "half-width (ms)",
    "time_to_first_spike": "first spike (ms)",
}
BEFORE, AFTER = 50.0, 100.0  # ms shown around the step
MOST_TRACES = 6
GAP = 0.06  # between sweeps, of their heights together: a label fits in
PER_ROW = 4
"""Panels beside one another; steps that were not run (`--quick`) leave panels out."""


def somatic_figure(outcome: SomaticOutcome) -> Any:
    """Draw sweeps, features against current beside the experiment, and the deviation of every feature.

    Parameters
    ----------
    outcome : SomaticOutcome

    Returns
    -------
    matplotlib Figure
    """
    title = str(load(f"battery/{outcome.test}.toml").texts["title"])
    heading = (
        f"{title}: {score_text(outcome.score)}, {len(outcome.missing)} of {len(outcome.features)} missing"
    )
    names = {one.name.split(".Step")[0] for one in outcome.features}
    panels = {feature: label for feature, label in PANELS.items() if feature in names}
    n_rows = math.ceil(len(panels) / PER_ROW)
    with style():
        figure = headed_figure(3.3 + 1.65 * n_rows, heading)
        grid = figure.add_gridspec(2, 2, width_ratios=(1.0, 1.0), height_ratios=(1.0, 0.575 * n_rows))
        traces, every = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
        _draw_traces(traces, outcome)
        _draw_all(every, outcome)
        inner = grid[1, :].subgridspec(n_rows, PER_ROW)
        small = [figure.add_subplot(inner[k]) for k in range(len(panels))]
        for axes, (feature, label) in zip(small, panels.items(), strict=True):
            _draw_panel(axes, outcome, feature, label)
        small[0].legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2).set_in_layout(False)
        letter_panels((traces, every, small[0]))
    return figure


def _draw_traces(axes: Any, outcome: SomaticOutcome) -> None:
    """Draw sweeps below one another, the largest current on top."""
    timing = load(f"battery/{outcome.test}.toml").values_of("stimulus")
    start, stop = timing["rest"] - BEFORE, timing["rest"] + timing["duration"] + AFTER
    steps = sorted(outcome.sweeps, reverse=True)
    chosen = [steps[round(k)] for k in np.linspace(0, len(steps) - 1, min(len(steps), MOST_TRACES))]
    gap, bottom = GAP * sum(float(np.ptp(outcome.sweeps[step]["v_soma"])) for step in chosen), 0.0
    for step in chosen:
        sweep = outcome.sweeps[step]
        inside = (sweep.t >= start) & (sweep.t <= stop)
        v = sweep["v_soma"][inside]
        bottom -= v.max() - v[0] + gap
        axes.plot(sweep.t[inside], v - v[0] + bottom, color=MODEL, lw=0.7)
        axes.annotate(
            f"{step:g} nA", (stop, bottom), (2, 0), textcoords="offset points", fontsize=SMALL, va="center"
        )
        bottom += v.min() - v[0]
    axes.set_xlim(start, stop + 0.22 * (stop - start))
    axes.set_title("the model")
    scale_bar_below(axes, unit="mV", time=100.0)


def _draw_panel(axes: Any, outcome: SomaticOutcome, feature: str, label: str) -> None:
    """Draw one feature against current."""
    own = [(_step(one), one) for one in outcome.features if one.name.split(".Step")[0] == feature]
    axes.set(xlabel="current (nA)", ylabel=label)
    x = [step for step, _ in own]
    draw_experiment(axes, x, [one for _, one in own], ms=3.0, label="experiment, mean ± SD")
    axes.plot(x, [one.model for _, one in own], "o-", color=MODEL, ms=3.0, lw=1.0, label="model")
    axes.margins(x=0.12)
    axes.locator_params(axis="y", nbins=4)
    axes.locator_params(axis="x", nbins=2)


def _step(feature: FeatureScore) -> float:
    return float(feature.name.split(".Step")[1])


def _draw_all(axes: Any, outcome: SomaticOutcome) -> None:
    """Draw the deviation of every feature, a row of dots for each step."""
    steps = sorted({_step(one) for one in outcome.features})
    axes.axvspan(-1, 1, color=BAND, lw=0)
    axes.axvline(0, color=REFERENCE, lw=0.7)
    for row, step in enumerate(steps):
        own = [deviation(one) for one in outcome.features if _step(one) == step]
        shown = np.array([z for z in own if not math.isnan(z)])
        height = row + 0.32 * np.linspace(-1, 1, shown.size) if shown.size > 1 else np.full(shown.size, row)
        order = np.argsort(np.abs(shown))
        for marker, is_in in (
            (".", np.abs(shown) <= FARTHEST),
            (">", shown > FARTHEST),
            ("<", shown < -FARTHEST),
        ):
            chosen = is_in[order]
            axes.plot(
                np.clip(shown[order][chosen], -FARTHEST, FARTHEST),
                height[chosen],
                marker,
                color=MODEL,
                ms=3.0,
                alpha=0.7,
            )
    axes.set_yticks(range(len(steps)), [f"{step:g} nA" for step in steps])
    axes.set_ylim(-0.6, len(steps) - 0.4)
    axes.set_xlim(-FARTHEST - 0.5, FARTHEST + 0.5)
    axes.set_xticks([-4, -2, 0, 2, 4])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("model − experiment (SD)")
    axes.set_title("every feature")
