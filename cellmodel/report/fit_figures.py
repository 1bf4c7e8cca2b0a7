"""Figures of a compound's fit: ratios over dose, profiles of the constants, and predictions with bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting import LEVEL, Fit, Interval
from cellmodel.report.style import (
    BAND,
    COLORS,
    DASHED,
    DOUBLE,
    MIDDLE,
    QUIET,
    REFERENCE,
    SINGLE,
    SMALL,
    letter_panels,
    new_figure,
    style,
    unit_label,
)
from cellmodel.units import PERCENT

COLUMNS = 4  # predictions in a row
DOSES = 60
BEYOND = 4.0  # the curve goes on to this many times the lowest and highest dose
NORMAL_QUANTILE = 1.6448536  # of 95 %: half of a 90 % interval in standard errors
AROUND = 10.0  # an interval is shown with this many times its ends
HIGHEST = 3.0  # profiles are drawn to this many times the threshold
TITLES = {
    "tau_deactivation": "deactivation",
    "tau_desensitization": "desensitization",
    "steady_state_ratio": "steady state / peak",
    "peak": "peak current",
    "tau_recovery": "recovery",
    "epsc_peak": "EPSC peak",
    "epsc_tau_decay": "EPSC decay",
}
NAMES = {"k_m": "affinity k_m (mM)", "closing": "closing factor", "entry": "desensitization entry factor"}


@dataclass(frozen=True)
class Band:
    """A prediction in one condition: its best value and the ends of its 90 % band, all in ``unit``."""

    best: float
    low: float
    high: float
    unit: str


def fit_figure(fit: Fit, drawn: Sequence[Modulation]) -> Any:
    """Draw the ratios with the fit and its band, and below the profile of each constant.

    Parameters
    ----------
    fit : Fit
    drawn : sequence of Modulation
        Sets of constants that the data allow, from which the bands are made.

    Returns
    -------
    matplotlib Figure
    """
    kinds, free = fit.problem.ratios.kinds, fit.problem.free
    columns = max(len(kinds), len(free))
    with style():
        figure = new_figure(_width(columns), 4.0, layout="constrained")
        grid = figure.add_gridspec(2, columns)
        for column, kind in enumerate(kinds):
            _draw_ratios(figure.add_subplot(grid[0, column]), fit, kind, drawn)
        for column, name in enumerate(free):
            _draw_profile(figure.add_subplot(grid[1, column]), fit, name)
        figure.axes[0].set_ylabel("drug / control")
        figure.axes[len(kinds)].set_ylabel("rise of squared error")
        letter_panels(figure.axes)
        text = f"upper row: bars and bands of {PERCENT * LEVEL:g} %; lower row: the threshold is dashed"
        figure.supxlabel(text, fontsize=SMALL, color=QUIET)
    return figure


def _width(columns: int) -> float:
    """Return the width in inches of a figure with so many columns of panels."""
    return (SINGLE, MIDDLE, DOUBLE)[min(columns, 3) - 1]


def _draw_ratios(axes: Any, fit: Fit, kind: str, drawn: Sequence[Modulation]) -> None:
    ratios = fit.problem.ratios
    doses = np.geomspace(ratios.tested[0] / BEYOND, ratios.tested[-1] * BEYOND, DOSES)
    curves = np.array([_curve(fit, kind, each, doses) for each in drawn])
    low, high = np.quantile(curves, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    axes.fill_between(doses, low, high, color=COLORS["drug"], alpha=0.18, lw=0)
    axes.plot(doses, _curve(fit, kind, fit.modulation, doses), color=COLORS["drug"])
    mine = [k for k, measure in enumerate(ratios.measures) if measure == kind]
    error = np.expm1(NORMAL_QUANTILE * ratios.errors[mine])
    value = ratios.values[mine]
    spread = [value * (1 - 1 / (1 + error)), value * error]
    axes.errorbar(ratios.doses[mine], value, spread, fmt="o", color=COLORS["control"], lw=0.9, zorder=3)
    axes.axhline(1.0, color=REFERENCE, lw=0.6, ls=DASHED, zorder=0)
    axes.set_xscale("log")
    axes.set_xlabel("dose (mM)")
    axes.set_title(TITLES[kind])


def _curve(fit: Fit, kind: str, modulation: Modulation, doses: np.ndarray) -> np.ndarray:
    return np.exp(fit.problem.surface.log_ratios((kind,) * doses.size, doses, modulation))


def _draw_profile(axes: Any, fit: Fit, name: str) -> None:
    found, top = fit.intervals[name], HIGHEST * fit.threshold
    values, height = _with_ends(*fit.profiles[name], found, fit.threshold)
    axes.axvspan(found.low, found.high, color=BAND, lw=0)
    axes.plot(values, np.minimum(height, 2 * top), color=COLORS["control"], marker=".", ms=3, lw=1.0)
    axes.axhline(fit.threshold, color=REFERENCE, lw=0.8, ls=DASHED)
    axes.axvline(fit.values[name], color=COLORS["drug"], lw=1.2)
    axes.set_xscale("log")
    axes.set_xlim(max(values[0], found.low / AROUND), min(values[-1], found.high * AROUND))
    axes.set_ylim(-0.03 * top, top)
    axes.set_xlabel(NAMES[name])
    axes.set_title(_profile_title(found))


def _with_ends(
    values: np.ndarray, height: np.ndarray, found: Interval, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the profile with the interval's ends, where it is at the threshold."""
    ends = [end for end, is_open in zip(*_ends(found), strict=True) if not is_open]
    at = np.concatenate([values, ends])
    order = np.argsort(at)
    return at[order], np.concatenate([height, np.full(len(ends), threshold)])[order]


def _ends(found: Interval) -> tuple[tuple[float, float], tuple[bool, bool]]:
    return (found.low, found.high), (found.is_open_low, found.is_open_high)


def _profile_title(found: Interval) -> str:
    if found.is_open:
        return "not determined"
    if found.is_open_low:
        return f"below {found.high:.3g}"
    if found.is_open_high:
        return f"above {found.low:.3g}"
    return f"{found.low:.3g} to {found.high:.3g} ({PERCENT * LEVEL:g} %)"


def prediction_figure(bands: Mapping[str, Mapping[str, Band]], *, drug: str) -> Any:
    """Draw each predicted quantity without and with drug, the latter with its band.

    Parameters
    ----------
    bands : mapping of str to mapping of str to Band
        Title to condition (``control``, ``drug``) to prediction.
    drug : str
        Name and dose.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        rows = -(-len(bands) // COLUMNS)
        figure = new_figure(_width(len(bands)), 1.9 * rows, layout="constrained")
        grid = figure.subplots(rows, min(len(bands), COLUMNS), squeeze=False)
        for axes, (title, conditions) in zip(grid.flat, bands.items(), strict=False):
            _draw_bands(axes, title, conditions, drug)
        for axes in grid.flat[len(bands) :]:
            axes.set_axis_off()
        letter_panels(grid.flat[: len(bands)])
        figure.supxlabel(f"bars: {PERCENT * LEVEL:g} % of what the data allow", fontsize=SMALL, color=QUIET)
    return figure


def _draw_bands(axes: Any, title: str, conditions: Mapping[str, Band], drug: str) -> None:
    for place, (condition, band) in enumerate(conditions.items()):
        color = COLORS.get(condition, COLORS["drug"])
        axes.bar(place, band.best, width=0.6, color=color, alpha=0.35, lw=0)
        axes.errorbar(
            place,
            band.best,
            [[max(band.best - band.low, 0.0)], [max(band.high - band.best, 0.0)]],
            fmt="o",
            color=color,
            capsize=3,
        )
        axes.set_ylabel(f"{title} ({unit_label(band.unit)})")
    axes.set_xticks(range(len(conditions)), [drug if c == "drug" else c for c in conditions])
    axes.set_xlim(-0.6, len(conditions) - 0.4)
    axes.set_ylim(bottom=0.0)
