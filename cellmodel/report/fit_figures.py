"""Figures of a compound's fit: ratios over dose, profiles of the constants, and predictions with bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting import LEVEL, Fit, Interval
from cellmodel.report.style import COLORS, OTHER_COLORS, new_figure, style
from cellmodel.units import PERCENT

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
        figure = new_figure(0.5 + 2.6 * columns, 5.2)
        grid = figure.add_gridspec(2, columns, wspace=0.34, hspace=0.55)
        figure.subplots_adjust(left=0.6 / (0.5 + 2.6 * columns), right=0.985, top=0.94, bottom=0.095)
        for column, kind in enumerate(kinds):
            _draw_ratios(figure.add_subplot(grid[0, column]), fit, kind, drawn)
        for column, name in enumerate(free):
            _draw_profile(figure.add_subplot(grid[1, column]), fit, name)
        figure.axes[0].set_ylabel("drug / control")
        figure.axes[len(kinds)].set_ylabel("rise of squared error")
    return figure


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
    axes.errorbar(
        ratios.doses[mine], value, spread, fmt="o", ms=3.5, color=COLORS["control"], lw=0.9, zorder=3
    )
    axes.axhline(1.0, color=COLORS["wash"], lw=0.6, ls=(0, (4, 3)), zorder=0)
    axes.set_xscale("log")
    axes.set_xlabel("dose (mM)")
    axes.set_title(TITLES[kind])


def _curve(fit: Fit, kind: str, modulation: Modulation, doses: np.ndarray) -> np.ndarray:
    return np.exp(fit.problem.surface.log_ratios((kind,) * doses.size, doses, modulation))


def _draw_profile(axes: Any, fit: Fit, name: str) -> None:
    found, top = fit.intervals[name], HIGHEST * fit.threshold
    values, height = _with_ends(*fit.profiles[name], found, fit.threshold)
    axes.axvspan(found.low, found.high, color=OTHER_COLORS[2], alpha=0.25, lw=0)
    axes.plot(values, np.minimum(height, 2 * top), color=COLORS["control"], marker=".", ms=3, lw=1.0)
    axes.axhline(fit.threshold, color=COLORS["wash"], lw=0.8, ls=(0, (4, 3)))
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
        width = 0.5 + 1.75 * len(bands)
        figure = new_figure(width, 2.6)
        grid = figure.add_gridspec(1, len(bands), wspace=0.75)
        figure.subplots_adjust(left=0.62 / width, right=0.985, top=0.86, bottom=0.15)
        for column, (title, conditions) in enumerate(bands.items()):
            _draw_bands(figure.add_subplot(grid[column]), title, conditions, drug)
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
            ms=3.5,
            color=color,
            capsize=3,
        )
        axes.set_ylabel(band.unit)
    axes.set_xticks(range(len(conditions)), [drug if c == "drug" else c for c in conditions])
    axes.set_xlim(-0.6, len(conditions) - 0.4)
    axes.set_ylim(bottom=0.0)
    axes.set_title(title)
