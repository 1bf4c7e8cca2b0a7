"""Figures of EPSP attenuation and of integration in oblique dendrites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cellmodel.battery.attenuation import AttenuationOutcome, Epsp
from cellmodel.battery.oblique import USABLE, ObliqueOutcome, SiteResult
from cellmodel.parameters import load
from cellmodel.report.battery.lines import MODEL, SECOND, draw_deviations, draw_experiment, score_text
from cellmodel.report.style import new_figure, scale_bar, style

OBLIQUE_LABELS = {
    "threshold": "threshold, all sites",
    "threshold_proximal": "threshold, proximal",
    "threshold_distal": "threshold, distal",
    "nonlinearity": "nonlinearity at threshold",
    "nonlinearity_above": "nonlinearity above it",
    "peak_derivative": "steepest rise",
    "amplitude": "EPSP at threshold",
    "time_to_peak": "time to peak",
    "nonlinearity_asynchronous": "nonlinearity, asynchronous",
}
EXAMPLES = 3
SPIKE = 40.0  # mV at the soma, more than any EPSP
SITE_COLORS = {"proximal": MODEL, "distal": SECOND}


def attenuation_figure(outcome: AttenuationOutcome) -> Any:
    """Draw EPSPs where they start and at the soma, the ratio against path, and the features."""
    with style():
        figure = new_figure(11.0, 3.3)
        grid = figure.add_gridspec(1, 3, width_ratios=(1.3, 1.3, 0.9), wspace=0.42)
        figure.subplots_adjust(left=0.02, right=0.985, top=0.8, bottom=0.15)
        _draw_epsps(figure.add_subplot(grid[0]), outcome.epsps)
        _draw_ratios(figure.add_subplot(grid[1]), outcome)
        labels = {one.name: f"{one.name.rpartition('_')[2]} µm" for one in outcome.features}
        draw_deviations(figure.add_subplot(grid[2]), outcome.features, labels)
        text = f"EPSP attenuation along the trunk: {score_text(outcome.score)}"
        figure.text(0.02, 0.92, text, weight="bold", fontsize=9.5)
    return figure


def _draw_epsps(axes: Any, epsps: Sequence[Epsp]) -> None:
    """Draw some EPSPs beside one another, local and somatic."""
    axes.set_title("EPSPs on the trunk (gray) and at the soma")
    if not epsps:
        axes.set_axis_off()
        return
    chosen = [epsps[round(k)] for k in np.linspace(0, len(epsps) - 1, min(EXAMPLES, len(epsps)))]
    tallest = max(epsp.local for epsp in chosen)
    offset = 0.0
    for epsp in chosen:
        axes.plot(epsp.t + offset, epsp.v_site - epsp.v_site[0], color="#9aa0a6", lw=1.0)
        axes.plot(epsp.t + offset, epsp.v_soma - epsp.v_soma[0], color=MODEL, lw=1.2)
        axes.text(offset + epsp.t[-1] / 2, 1.04 * tallest, f"{epsp.path:.0f} µm", fontsize=7, ha="center")
        offset += epsp.t[-1] * 1.08
    axes.set_ylim(-0.45 * tallest, 1.15 * tallest)
    scale_bar(axes, time_unit="ms", unit="mV", time=20.0)


def _draw_ratios(axes: Any, outcome: AttenuationOutcome) -> None:
    draw_experiment(
        axes, [float(one.name.rpartition("_")[2]) for one in outcome.features], outcome.features, ms=5.0
    )
    paths = [epsp.path for epsp in outcome.epsps]
    axes.plot(paths, [epsp.ratio for epsp in outcome.epsps], "o", color=MODEL, ms=3.5, label="model")
    axes.set(xlabel="path from the soma (µm)", ylabel="peak, soma / dendrite", ylim=(0, 1.05))
    axes.legend(fontsize=6.5)


def oblique_figure(outcome: ObliqueOutcome) -> Any:
    """Draw measured against expected EPSPs, examples at threshold, and the features."""
    usable = [site for site in outcome.sites if site.verdict == USABLE]
    with style():
        figure = new_figure(11.0, 4.4)
        grid = figure.add_gridspec(1, 4, width_ratios=(1.0, 1.0, 0.95, 1.3), wspace=0.32)
        figure.subplots_adjust(left=0.05, right=0.985, top=0.84, bottom=0.12)
        for column, (title, is_synchronous) in enumerate((("synchronous", True), ("asynchronous", False))):
            axes = figure.add_subplot(grid[column])
            _draw_curves(axes, usable, is_synchronous=is_synchronous)
            axes.set_title(f"{title} inputs")
        _draw_examples(figure.add_subplot(grid[2]), usable)
        inner = grid[3].subgridspec(1, 2, width_ratios=(0.55, 1.0))
        draw_deviations(figure.add_subplot(inner[1]), outcome.features, OBLIQUE_LABELS)
        text = f"Oblique dendrites: {score_text(outcome.score)}; {'; '.join(outcome.notices)}"
        figure.text(0.02, 0.94, text, weight="bold", fontsize=9.5)
    return figure


def _draw_curves(axes: Any, usable: Sequence[SiteResult], *, is_synchronous: bool) -> None:
    """Draw for every site the measured EPSP against the expected one."""
    highest = 1.0
    spiking: list[float] = []
    for site in usable:
        found = site.synchronous if is_synchronous else site.asynchronous
        epsps = {site.expected(n): one.amplitude for n, one in found.items() if one.amplitude < SPIKE}
        spiking += [site.expected(n) for n, one in found.items() if one.amplitude >= SPIKE]
        color = SITE_COLORS[site.kind]
        axes.plot(list(epsps), list(epsps.values()), "o-", color=color, ms=2.5, lw=0.8, alpha=0.8)
        highest = max(highest, *epsps, *epsps.values())
    axes.plot([0, highest], [0, highest], ":", color="#777777", lw=0.9)
    if spiking:
        axes.plot(spiking, [1.08 * highest] * len(spiking), "^", color="#777777", ms=4)
        axes.annotate(
            "soma spikes",
            (min(spiking), 1.08 * highest),
            (-4, 0),
            textcoords="offset points",
            fontsize=6.5,
            ha="right",
            va="center",
        )
    axes.set(xlabel="expected EPSP (mV)", ylabel="measured EPSP (mV)", xlim=(0, None))
    axes.set_ylim(0, 1.13 * highest)
    if is_synchronous:
        for kind, color in SITE_COLORS.items():
            axes.plot([], [], "o", color=color, ms=3.0, label=kind)
        axes.legend(fontsize=6.5, loc="lower right")


def _draw_examples(axes: Any, usable: Sequence[SiteResult]) -> None:
    """Draw the dendrite and the soma of one site of each kind at threshold."""
    axes.set_title("at threshold: dendrite, soma")
    five, offset = int(load("battery/oblique.toml").value("inputs.threshold")), 0.0
    for kind, color in SITE_COLORS.items():
        site = next((one for one in usable if one.kind == kind), None)
        if site is None:
            continue
        threshold = site.synchronous[five]
        for signal, width in (("v_site", 0.8), ("v_soma", 1.5)):
            v = getattr(threshold, signal)
            axes.plot(threshold.t, v - v[0] + offset, color=color, lw=width)
        axes.annotate(
            f"{site.name}, {site.along:.0f} µm",
            (threshold.t[-1], offset),
            (0, 14),
            textcoords="offset points",
            fontsize=6.5,
            ha="right",
        )
        offset -= 90.0
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.15 * (high - low), high)
    scale_bar(axes, time_unit="ms", unit="mV")
