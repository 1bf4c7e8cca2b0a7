"""Figures of EPSP attenuation and of integration in oblique dendrites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cellmodel.battery.attenuation import AttenuationOutcome, Epsp
from cellmodel.battery.oblique import USABLE, ObliqueOutcome, SiteResult
from cellmodel.parameters import load
from cellmodel.report.battery.lines import (
    draw_deviations,
    draw_experiment,
    headed_figure,
    scale_bar_below,
    score_text,
)
from cellmodel.report.style import FAINT, MODEL, QUIET, SECOND, SMALL, letter_panels, style

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
        figure = headed_figure(2.6, f"EPSP attenuation along the trunk: {score_text(outcome.score)}")
        epsps, ratios, features = figure.subplots(1, 3, width_ratios=(1.2, 1.1, 1.0))
        _draw_epsps(epsps, outcome.epsps)
        _draw_ratios(ratios, outcome)
        labels = {one.name: f"{one.name.rpartition('_')[2]} µm" for one in outcome.features}
        draw_deviations(features, outcome.features, labels)
        letter_panels((epsps, ratios, features))
    return figure


def _draw_epsps(axes: Any, epsps: Sequence[Epsp]) -> None:
    """Draw some EPSPs beside one another, local and somatic."""
    axes.set_title("EPSPs: trunk (gray), soma")
    if not epsps:
        axes.set_axis_off()
        return
    chosen = [epsps[round(k)] for k in np.linspace(0, len(epsps) - 1, min(EXAMPLES, len(epsps)))]
    tallest = max(epsp.local for epsp in chosen)
    offset = 0.0
    for epsp in chosen:
        axes.plot(epsp.t + offset, epsp.v_site - epsp.v_site[0], color=FAINT, lw=1.0)
        axes.plot(epsp.t + offset, epsp.v_soma - epsp.v_soma[0], color=MODEL, lw=1.2)
        axes.text(offset + epsp.t[-1] / 2, 1.04 * tallest, f"{epsp.path:.0f} µm", fontsize=SMALL, ha="center")
        offset += epsp.t[-1] * 1.08
    axes.set_ylim(-0.05 * tallest, 1.15 * tallest)
    scale_bar_below(axes, unit="mV", time=20.0)


def _draw_ratios(axes: Any, outcome: AttenuationOutcome) -> None:
    draw_experiment(
        axes, [float(one.name.rpartition("_")[2]) for one in outcome.features], outcome.features, ms=5.0
    )
    paths = [epsp.path for epsp in outcome.epsps]
    axes.plot(paths, [epsp.ratio for epsp in outcome.epsps], "o", color=MODEL, ms=3.5, label="model")
    axes.set(xlabel="path from the soma (µm)", ylabel="ratio of peaks, soma / dendrite", ylim=(0, 1.05))
    axes.legend()


def oblique_figure(outcome: ObliqueOutcome) -> Any:
    """Draw measured against expected EPSPs, examples at threshold, and the features."""
    usable = [site for site in outcome.sites if site.verdict == USABLE]
    with style():
        heading = f"Oblique dendrites: {score_text(outcome.score)}; {'; '.join(outcome.notices)}"
        figure = headed_figure(5.6, heading)
        (synchronous, asynchronous), (examples, features) = figure.subplots(2, 2, height_ratios=(1.0, 1.25))
        _draw_curves(synchronous, usable, is_synchronous=True)
        synchronous.set_title("synchronous inputs")
        _draw_curves(asynchronous, usable, is_synchronous=False)
        asynchronous.set_title("asynchronous inputs")
        _draw_examples(examples, usable)
        draw_deviations(features, outcome.features, OBLIQUE_LABELS)
        letter_panels((synchronous, asynchronous, examples, features))
    return figure


def _draw_curves(axes: Any, usable: Sequence[SiteResult], *, is_synchronous: bool) -> None:
    """Draw for every site the measured EPSP against the expected one."""
    if not usable:
        _say_nothing_to_draw(axes)
        return
    highest = 1.0
    spiking: list[float] = []
    for site in usable:
        found = site.synchronous if is_synchronous else site.asynchronous
        epsps = {site.expected(n): one.amplitude for n, one in found.items() if one.amplitude < SPIKE}
        spiking += [site.expected(n) for n, one in found.items() if one.amplitude >= SPIKE]
        color = SITE_COLORS[site.kind]
        axes.plot(list(epsps), list(epsps.values()), "o-", color=color, ms=2.5, lw=0.8, alpha=0.8)
        highest = max(highest, *epsps, *epsps.values())
    axes.plot([0, highest], [0, highest], ":", color=QUIET, lw=0.9)
    if spiking:
        axes.plot(spiking, [1.08 * highest] * len(spiking), "^", color=QUIET, ms=4)
        axes.annotate(
            "soma spikes",
            (min(spiking), 1.08 * highest),
            (-4, 0),
            textcoords="offset points",
            fontsize=SMALL,
            ha="right",
            va="center",
        )
    axes.set(xlabel="expected EPSP (mV)", ylabel="measured EPSP (mV)", xlim=(0, None))
    axes.set_ylim(0, 1.13 * highest)
    if is_synchronous:
        for kind, color in SITE_COLORS.items():
            axes.plot([], [], "o", color=color, ms=3.0, label=kind)
        axes.legend(loc="lower right")


def _say_nothing_to_draw(axes: Any) -> None:
    """Say in a panel that no site is usable; the heading says why."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, "no site could be used", transform=axes.transAxes, color=QUIET, ha="center")


def _draw_examples(axes: Any, usable: Sequence[SiteResult]) -> None:
    """Draw the dendrite and the soma of one site of each kind at threshold."""
    axes.set_title("at threshold: dendrite, soma")
    if not usable:
        _say_nothing_to_draw(axes)
        return
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
            (threshold.t[0], offset),
            (0, -4),
            textcoords="offset points",
            fontsize=SMALL,
            va="top",
        )
        offset -= 90.0
    scale_bar_below(axes, unit="mV")
