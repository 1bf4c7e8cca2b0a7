"""What the figures of the battery share: a scored test, colors, and a point with its experiment's SD."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cellmodel.battery.scores import FeatureScore
from cellmodel.report.style import (
    BAND,
    BAR_LIFT,
    BAR_SHARE,
    DOUBLE,
    MODEL,
    QUIET,
    REAL,
    REFERENCE,
    SMALL,
    TEXT,
    new_figure,
    nice_length,
    scale_bar,
)

FARTHEST = 4.0  # SD, where a deviation is cut off and shown as an arrow


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A test with its score on every cell, the first of which is shown.

    Parameters
    ----------
    test, title : str
    best, goal : float, 1
        Of the published models, and what the project aims at (NaN: nothing, for it is other recordings that
        the biophysics is for).
    scores : mapping of str to float
        By cell; NaN where there is none.
    missing, total : int
        Features of the first cell that do not exist, and all.
    """

    test: str
    title: str
    best: float
    goal: float
    scores: Mapping[str, float]
    missing: int
    total: int

    @property
    def score(self) -> float:
        """Return the score of the first cell."""
        return next(iter(self.scores.values()))

    @property
    def text(self) -> str:
        """Return the first cell's score as it is printed."""
        return score_text(self.score)

    @property
    def has_goal(self) -> bool:
        """Whether the biophysics is meant for these recordings."""
        return not math.isnan(self.goal)

    @property
    def goal_text(self) -> str:
        """Return the goal as it is printed."""
        return f"goal {self.goal:g}" if self.has_goal else "no goal, for other recordings"

    @property
    def is_met(self) -> bool:
        """Whether the first cell stays under the goal."""
        return self.score < self.goal


def headed_figure(height: float, heading: str) -> Any:
    """Return an empty figure of two columns' width and ``height`` inches, the test's score above it."""
    figure = new_figure(DOUBLE, height, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=TEXT, fontweight="bold")
    return figure


def deviation(feature: FeatureScore) -> float:
    """Return the model's signed distance from the experiment's mean, in SD."""
    return (feature.model - feature.mean) / feature.sd


def score_text(score: float) -> str:
    """Return a score as it is printed."""
    return "no score" if math.isnan(score) else f"score {score:.2f}"


def scale_bar_below(axes: Any, *, unit: str, time: float | None = None, height: float | None = None) -> None:
    """Make room below the traces of an axes and put its scale bars (ms, ``unit``) there."""
    low, high = axes.get_ylim()
    tall = height or nice_length(BAR_SHARE * (high - low))
    axes.set_ylim((low - tall - BAR_LIFT * high) / (1 - BAR_LIFT), high)
    scale_bar(axes, time_unit="ms", unit=unit, time=time, height=tall)


def draw_experiment(axes: Any, x: Iterable[float], features: Iterable[FeatureScore], **style: Any) -> None:
    """Draw mean and SD of the experiment as points with bars."""
    own = list(features)
    given = {
        "color": REAL,
        "ms": 4.0,
        "lw": 0.0,
        "elinewidth": 1.0,
        "capsize": 2.0,
        "label": "experiment",
    }
    axes.errorbar(
        list(x), [one.mean for one in own], yerr=[one.sd for one in own], **{"fmt": "o", **given, **style}
    )


def draw_deviations(axes: Any, features: Iterable[FeatureScore], labels: Mapping[str, str]) -> None:
    """Draw features as rows: gray is the experiment within one SD, the dot the model."""
    own = list(features)
    axes.axvspan(-1, 1, color=BAND, lw=0)
    axes.axvline(0, color=REFERENCE, lw=0.7)
    for row, one in enumerate(own):
        z = deviation(one)
        if math.isnan(z):
            axes.text(0, row, "missing", ha="center", va="center", fontsize=SMALL, color=QUIET)
            continue
        marker = "o" if abs(z) <= FARTHEST else (">" if z > 0 else "<")
        axes.plot(min(max(z, -FARTHEST), FARTHEST), row, marker, color=MODEL, ms=4.5)
    names = [f"{labels.get(one.name, one.name)}\n{_values(one)}" for one in own]
    axes.set_yticks(range(len(own)), names)
    axes.set_ylim(len(own) - 0.5, -0.5)
    axes.set_xlim(-FARTHEST - 0.4, FARTHEST + 0.4)
    axes.set_xticks([-4, -2, 0, 2, 4])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("model − experiment (SD)")
    axes.set_title("model / experiment ± SD")


def _values(feature: FeatureScore) -> str:
    unit = "" if feature.unit == "1" else f" {feature.unit}"
    model = "–" if math.isnan(feature.model) else f"{feature.model:.3g}"
    return f"{model} / {feature.mean:.3g} ± {feature.sd:.2g}{unit}"
