"""Figures of depolarization block and of back-propagating action potentials."""

from __future__ import annotations

import math
from typing import Any

from cellmodel.battery.back_propagation import BackPropagationOutcome
from cellmodel.battery.block import BlockOutcome
from cellmodel.battery.scores import FeatureScore, spikes_of
from cellmodel.parameters import load
from cellmodel.report.battery.lines import (
    draw_deviations,
    draw_experiment,
    headed_figure,
    scale_bar_below,
    score_text,
)
from cellmodel.report.style import (
    BAND,
    FAINT,
    MODEL,
    QUIET,
    REAL,
    SECOND,
    SMALL,
    letter_panels,
    style,
)
from cellmodel.traces import Recording

BLOCK_LABELS = {
    "current_most_spikes": "current with most spikes",
    "current_below_block": "current below block",
    "plateau": "plateau in block",
}
AROUND = (2.0, 12.0)  # ms shown before and after a spike
APART = 25.0  # mV between the traces of places


def block_figure(outcome: BlockOutcome) -> Any:
    """Draw spikes against current, the sweeps with most spikes and in block, and the features."""
    extra = f", of which penalty {outcome.penalty:g}" if outcome.penalty else ""
    with style():
        figure = headed_figure(2.6, f"Depolarization block: {score_text(outcome.score)}{extra}")
        counts, traces, features = figure.subplots(1, 3, width_ratios=(1.0, 1.3, 1.1))
        _draw_counts(counts, outcome)
        _draw_block_traces(traces, outcome)
        draw_deviations(features, outcome.features, BLOCK_LABELS)
        letter_panels((counts, traces, features))
    return figure


def _draw_counts(axes: Any, outcome: BlockOutcome) -> None:
    """Draw the spike count, and where in the experiment it is largest."""
    target = next(one for one in outcome.features if one.name == "current_most_spikes")
    axes.axvspan(target.mean - target.sd, target.mean + target.sd, color=BAND, lw=0)
    axes.axvline(target.mean, color=REAL, lw=0.8)
    axes.plot(outcome.currents, outcome.spikes, "o-", color=MODEL, ms=3.5, lw=1.0)
    axes.set_title("spikes (gray: experiment)")
    axes.set(xlabel="current (nA)", ylabel="spikes in 1 s", ylim=(0, None))


def _draw_block_traces(axes: Any, outcome: BlockOutcome) -> None:
    offset = 0.0
    for name in ("most_spikes", "block"):
        if name not in outcome.sweeps:
            continue
        sweep = outcome.sweeps[name]
        v = sweep["v_soma"]
        axes.plot(sweep.t, v + offset, color=MODEL, lw=0.6)
        if name == "block":
            plateau = next(one for one in outcome.features if one.name == "plateau")
            inside = sweep.t[[0, -1]]
            axes.fill_between(
                inside,
                plateau.mean - plateau.sd + offset,
                plateau.mean + plateau.sd + offset,
                color=BAND,
            )
            axes.plot(inside, [plateau.mean + offset] * 2, color=REAL, lw=0.7)
        amplitude = sweep.meta["amplitude"]
        axes.annotate(
            f"{amplitude:g} nA",
            (sweep.t[0], v[0] + offset),
            (0, 3),
            textcoords="offset points",
            fontsize=SMALL,
        )
        offset -= 130.0
    title = (
        "most spikes, and block (gray: experiment)" if "block" in outcome.sweeps else "most spikes; no block"
    )
    axes.set_title(title)
    scale_bar_below(axes, unit="mV")


def back_propagation_figure(outcome: BackPropagationOutcome) -> Any:
    """Draw first and last spike along the trunk, their amplitudes against path, and the features."""
    both = ", ".join(f"{name} {score:.2f}" for name, score in outcome.scores.items())
    labels = {one.name: one.name.replace("_", " spike, ") + " µm" for one in outcome.features}
    with style():
        heading = f"Back-propagating action potential: {score_text(outcome.score)} ({both})"
        figure = headed_figure(5.2, heading)
        (first, last), (amplitudes, features) = figure.subplots(2, 2, height_ratios=(1.0, 1.15))
        _draw_spike(first, outcome, "first")
        _draw_spike(last, outcome, "last")
        _draw_amplitudes(amplitudes, outcome)
        draw_deviations(features, outcome.features, labels)
        letter_panels((first, last, amplitudes, features))
    return figure


def _draw_spike(axes: Any, outcome: BackPropagationOutcome, which: str) -> None:
    """Draw one spike of the train at the soma and along the trunk."""
    axes.set_title(f"{which} of {outcome.n_spikes} spikes, {outcome.current:.3f} nA")
    axes.set_axis_off()
    if outcome.sweep is None or not outcome.amplitudes:
        return
    at = _spike_time(outcome.sweep, which)
    places = {"soma": 0.0, **dict(sorted(outcome.paths.items(), key=lambda item: item[1]))}
    for k, (place, path) in enumerate(places.items()):
        sweep = outcome.sweep
        inside = (sweep.t >= at - AROUND[0]) & (sweep.t <= at + AROUND[1])
        v = sweep[f"v_{place}"][inside]
        axes.plot(sweep.t[inside] - at, v - v[0] - APART * k, color=MODEL, lw=0.9)
        label = "soma" if place == "soma" else f"{path:.0f} µm"
        axes.annotate(
            label,
            (AROUND[1], v[-1] - v[0] - APART * k),
            (2, 0),
            textcoords="offset points",
            fontsize=SMALL,
            va="center",
        )
    scale_bar_below(axes, unit="mV", time=2.0, height=50.0)


def _spike_time(sweep: Recording, which: str) -> float:
    """Return when the soma crosses the battery's threshold in the first or last spike, ms."""
    times = spikes_of(sweep.t, sweep["v_soma"])
    return float(times[0 if which == "first" else -1]) if times.size else 0.0


def _draw_amplitudes(axes: Any, outcome: BackPropagationOutcome) -> None:
    """Draw amplitudes against path, of the first spike strong and weak propagation in the experiment."""
    for which, color in (("first", MODEL), ("last", SECOND)):
        own = [one for one in outcome.features if one.name.startswith(which)]
        x = [_distance(one) for one in own]
        draw_experiment(axes, x, own, label=None, color=color, mfc="white", ms=5.0)
        places = outcome.amplitudes.get(which, {})
        paths = [outcome.paths[place] for place in places]
        axes.plot(paths, list(places.values()), "o", color=color, ms=3.5, label=f"{which} spike, model")
    other = "weak" if outcome.variant == "strong" else "strong"
    for distance, target in load("battery/back_propagation.toml").group(f"first_{other}").items():
        axes.errorbar(
            float(distance),
            target.value,
            yerr=target.sd or math.nan,
            fmt="s",
            color=FAINT,
            mfc="white",
            ms=4.5,
            elinewidth=0.9,
            capsize=2.0,
            label=f"first, {other} propagation",
        )
    axes.plot([], [], "o", color=QUIET, mfc="white", label="experiment, mean ± SD")
    axes.set(xlabel="path from the soma (µm)", ylabel="amplitude (mV)", ylim=(0, 115), xlim=(0, None))
    axes.legend(loc="upper right")


def _distance(feature: FeatureScore) -> float:
    return float(feature.name.rpartition("_")[2])
