"""Figure of passive properties, firing, dendritic recordings, EPSP attenuation and resonance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellmodel.parameters import load
from cellmodel.report.battery.lines import scale_bar_below
from cellmodel.report.style import (
    DOUBLE,
    FAINT,
    MODEL,
    OTHER_COLORS,
    QUIET,
    SECOND,
    SMALL,
    letter_panels,
    new_figure,
    style,
)

COLORS = (MODEL, SECOND, *(color for color in OTHER_COLORS if color != SECOND))
"""Of places, from the soma outward."""


def passive_figure(outcomes: Mapping[str, Any]) -> Any:
    """Draw what is measured first in a cell.

    Parameters
    ----------
    outcomes : mapping of str to outcome
        Of the tests ``passive``, ``firing``, ``dendrites``, ``resonance`` and ``attenuation``; what is
        not there leaves its panel empty.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(DOUBLE, 4.2, layout="constrained")
        axes = figure.subplots(2, 3)
        for place, (test, draw) in zip(axes.flat, _PANELS.items(), strict=False):
            name = test.split(",")[0]
            if name in outcomes:
                draw(place, outcomes[name], outcomes)
            else:
                place.set_axis_off()
        letter_panels(place for place in axes.flat if place.has_data())
    return figure


def _draw_step(axes: Any, outcome: Any, _: Mapping[str, Any]) -> None:
    found, sweep = outcome.response, outcome.sweep
    axes.plot(sweep.t, sweep["v_soma"], color=MODEL)
    axes.set_title(
        "step of {:g} nA into the soma".format(load("battery/passive.toml").value("step.amplitude"))
    )
    text = (
        f"rest {found.v_rest:.1f} mV\nR in {found.r_in:.1f} MΩ\nτ {found.tau_m:.1f} ms\nsag {found.sag:.2f}"
    )
    axes.text(0.24, 0.6, text, transform=axes.transAxes, fontsize=SMALL, va="center")
    scale_bar_below(axes, unit="mV")


def _draw_firing(axes: Any, outcome: Any, _: Mapping[str, Any]) -> None:
    axes.plot(outcome.currents, outcome.rates, "o-", color=MODEL)
    axes.set(xlabel="current into the soma (nA)", ylabel="firing (Hz)", ylim=(0, None))
    axes.set_title("firing against current")


def _draw_dendrite(axes: Any, outcome: Any, _: Mapping[str, Any]) -> None:
    """Draw voltage of trunk and soma while current goes into the trunk."""
    trunk, _epsps = outcome
    axes.set_title("into the trunk (soma: gray)")
    width = 70.0
    for k, found in enumerate(trunk):
        sweep = found.depolarized
        start = load("battery/passive.toml").value("step.rest")
        inside = (sweep.t >= start - 5) & (sweep.t <= start + width)
        shift = k * (width + 15)
        axes.plot(sweep.t[inside] + shift, sweep["v_soma"][inside], color=FAINT, lw=0.8)
        axes.plot(sweep.t[inside] + shift, sweep["v_site"][inside], color=COLORS[k], lw=1.0)
        axes.annotate(
            f"{found.path:.0f} µm\n{found.r_in:.0f} MΩ",
            (start + shift + width / 2, 1.0),
            xycoords=("data", "axes fraction"),
            fontsize=SMALL,
            ha="center",
            va="top",
        )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.25 * (high - low))
    scale_bar_below(axes, unit="mV", time=20.0)


def _draw_transfer(axes: Any, outcome: Any, outcomes: Mapping[str, Any]) -> None:
    """Draw how much of an EPSP, or of a steady response, reaches the soma."""
    trunk, epsps = outcome
    if "attenuation" in outcomes:
        own = outcomes["attenuation"].epsps
        axes.plot([e.path for e in own], [e.ratio for e in own], "o", color=MODEL, label="EPSP, trunk")
    axes.plot([e.path for e in epsps], [e.ratio for e in epsps], "o", color=SECOND, label="EPSP, oblique")
    axes.plot(
        [t.path for t in trunk],
        [t.transfer for t in trunk],
        "s",
        color=QUIET,
        label="steady, trunk",
    )
    axes.set(xlabel="path from the soma (µm)", ylabel="ratio, soma / dendrite", ylim=(0, 1.6))
    axes.set_title("what reaches the soma")
    axes.legend()


def _draw_impedance(axes: Any, outcome: Any, _: Mapping[str, Any]) -> None:
    for k, found in enumerate(outcome):
        impedance = found.impedance
        place = f"trunk {found.path:.0f} µm" if found.path else "soma"
        label = f"{place}: {impedance.resonance_frequency:.1f} Hz, Q {impedance.strength:.2f}"
        axes.plot(impedance.frequency, impedance.magnitude, color=COLORS[k], label=label)
    axes.set(xlabel="frequency (Hz)", ylabel="impedance (MΩ)", ylim=(0, None), xlim=(0, None))
    axes.set_title("resonance")
    axes.legend()


def _draw_chirp(axes: Any, outcome: Any, _: Mapping[str, Any]) -> None:
    sweep = outcome[0].sweep
    axes.plot(sweep.t, sweep["v_site"], color=MODEL, lw=0.4)
    axes.set_title("chirp into the soma")
    scale_bar_below(axes, unit="mV")


_PANELS = {
    "passive": _draw_step,
    "firing": _draw_firing,
    "dendrites": _draw_dendrite,
    "dendrites, transfer": _draw_transfer,
    "resonance": _draw_impedance,
    "resonance, chirp": _draw_chirp,
}
"""What each panel shows: the test before the comma, and its second panel after it."""
