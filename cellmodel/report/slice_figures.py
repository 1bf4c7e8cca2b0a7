"""Figures of the slice: field EPSPs, input-output curve, LTP time course, plasticity's signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from cellmodel.analysis import phase_mean
from cellmodel.errors import ParameterError
from cellmodel.recording import Measure
from cellmodel.report.style import (
    BAR_SHARE,
    DASHED,
    DOUBLE,
    FAINT,
    INK,
    QUIET,
    REFERENCE,
    SINGLE,
    SMALL,
    color_legend,
    color_of,
    label_of,
    letter_panels,
    new_figure,
    nice_length,
    scale_bar,
    set_margins,
    style,
    unit_label,
)
from cellmodel.report.trace_figures import Panel, overlay_figure
from cellmodel.traces import Recording
from cellmodel.units import MS_PER_MINUTE, PERCENT

FEW_SAMPLES = 60
SHORT_WORD = 6
"""So many letters leave room for a unit beside a panel of the cascade."""
WIDE_EXAMPLES = 3
"""So many example sweeps leave room for condition and time on one line."""


@dataclass(frozen=True)
class Timeline:
    """What happened when in a long experiment, in minutes since its start.

    Parameters
    ----------
    baseline : tuple of float
        Start and end of the drug-free baseline.
    drug : sequence of (start, stop)
        When drug was in the bath.
    conditioning : sequence of float
        When the trains were given.
    conditioning_labels : sequence of str
        Written at their arrows, for example ``"100 Hz, 1 s"``.
    """

    baseline: tuple[float, float]
    drug: Sequence[tuple[float, float]] = ()
    conditioning: Sequence[float] = ()
    conditioning_labels: Sequence[str] = ()


@dataclass(frozen=True)
class Example:
    """A field EPSP shown above the time course: its letter, time (min), condition and sweep."""

    letter: str
    time_min: float
    condition: str
    sweep: Recording


def fepsp_figure(panels: Mapping[str, Panel], *, drug: str = "drug") -> Any:
    """Draw field EPSPs (signal ``v_field``, mV) on one another, for example before and after LTP.

    Parameters
    ----------
    panels : mapping of str to Panel
        Title to condition and sweep.
    drug : str
        The drug's name and dose in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure, shown, _ = overlay_figure(panels, signal="v_field", drug=drug, same_scale=True)
        if len(shown) > 1:
            letter_panels(shown)
    return figure


def input_output_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    labels: tuple[str, str],
    chosen: float | None = None,
    fires: np.ndarray | None = None,
    drug: str = "drug",
) -> Any:
    """Draw response against stimulus intensity, and the intensity used for testing.

    Parameters
    ----------
    curves : mapping of str to (x, y)
        Condition to intensity (n,) and response (n,).
    labels : tuple of str
        Axis labels with units.
    chosen : float
        The test intensity, in the unit of x.
    fires : array of bool, (n,)
        Where the soma fires in the first curve: these points are open.
    drug : str
        The drug's name and dose in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(SINGLE, 2.5, layout="constrained")
        axes = figure.subplots()
        for position, (condition, (x, y)) in enumerate(curves.items()):
            color = color_of(condition, position)
            axes.plot(x, y, "o-", lw=1.1, color=color, label=label_of(condition, drug))
            if position == 0 and fires is not None and np.any(fires):
                looks = {"ls": "", "marker": "o", "mec": color, "mfc": "white", "label": "the soma fires"}
                axes.plot(np.asarray(x)[fires], np.asarray(y)[fires], **looks)
        axes.set(xlabel=labels[0], ylabel=labels[1], xlim=(0.0, None), ylim=(0.0, None))
        if chosen is not None:
            axes.axvline(chosen, color=REFERENCE, lw=0.8, ls=DASHED, zorder=0)
            axes.annotate(
                "test intensity",
                (chosen, 1.0),
                (4, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                fontsize=SMALL,
                color=QUIET,
                va="top",
            )
        if len(axes.lines) > 1 + (chosen is not None):
            axes.legend(loc="lower right")
    return figure


def ltp_figure(
    runs: Mapping[str, Sequence[Measure]],
    timeline: Timeline,
    *,
    examples: Sequence[Example] = (),
    drug: str = "drug",
) -> Any:
    """Draw the fEPSP slope in percent of baseline against minutes, with example fEPSPs above.

    Parameters
    ----------
    runs : mapping of str to rows
        ``drug`` and, for comparison, ``control`` (the vehicle run) to their rows; of them the
        ``fepsp_slope`` rows with a time are drawn, the test pathway filled, the control
        pathway open. Rows of several experiments are cells: their means are drawn, with standard errors.
    timeline : Timeline
        When drug was there and the trains were given.
    examples : sequence of Example
        Drawn above and marked by their letters in the time course.
    drug : str
        The drug's name and dose, at its bar and in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(DOUBLE, 4.6 if examples else 3.2)
        grid = figure.add_gridspec(2, 1, height_ratios=(1.0, 2.4) if examples else (0.001, 1.0), hspace=0.12)
        set_margins(figure, left=0.55, right=0.1, top=0.25, bottom=0.45)
        axes = figure.add_subplot(grid[1])
        tops = [_draw_run(axes, name, rows, timeline.baseline, drug) for name, rows in runs.items()]
        _draw_timeline(axes, timeline, max(tops), drug)
        _mark_examples(axes, examples, runs, timeline.baseline)
        if examples:
            above = figure.add_subplot(grid[0])
            _draw_examples(above, examples)
            letter_panels([above, axes])
    return figure


def percent_of_baseline(
    rows: Sequence[Measure], pathway: str, baseline: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the times (min) and fEPSP slopes (% of baseline) of one pathway's probes, each (n,)."""
    probes = [
        row
        for row in rows
        if row.measure == "fepsp_slope" and row.time_min is not None and row.pathway == pathway
    ]
    if not probes:
        return np.empty(0), np.empty(0)
    times, slopes = np.array([(p.time_min, p.value) for p in probes]).T
    return times, PERCENT * slopes / phase_mean(times, slopes, baseline).mean


def _draw_run(
    axes: Any, name: str, rows: Sequence[Measure], baseline: tuple[float, float], drug: str
) -> float:
    """Draw both pathways of one run and return the largest percentage."""
    color, tops = color_of(name), []
    title = label_of(name, drug) if name != "control" else "vehicle"
    for pathway, face in (("test", color), ("control", "white")):
        times, percent, sem, n = mean_percent(rows, pathway, baseline)
        if times.size == 0:
            continue
        cells = f", n = {n} cells, SEM" if n > 1 else ""
        looks = {"ms": 3.0, "mew": 0.7, "mec": color, "mfc": face, "clip_on": False}
        axes.errorbar(
            *(times, percent, sem if n > 1 else None, None, "o"),
            **{**looks, "ecolor": color, "elinewidth": 0.6, "label": f"{title}, {pathway} pathway{cells}"},
        )
        tops.append(float((percent + sem).max()))
    if not tops:
        raise ParameterError(f"run {name!r} has no fepsp_slope rows with a time. Give the probes' rows.")
    return max(PERCENT, *tops)


def mean_percent(
    rows: Sequence[Measure], pathway: str, baseline: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return times (min), mean slopes (% of each cell's baseline), their standard errors, and how many cells.

    The cells are the experiments among the rows; of times, those that all of them have are taken.
    """
    names = dict.fromkeys(row.experiment for row in rows)
    courses = [
        percent_of_baseline([row for row in rows if row.experiment == name], pathway, baseline)
        for name in names
    ]
    if not courses or courses[0][0].size == 0:
        return np.empty(0), np.empty(0), np.empty(0), 0
    times = reduce(np.intersect1d, [found for found, _ in courses])
    percents = np.array([percent[np.isin(found, times)] for found, percent in courses])
    n = len(percents)
    sem = percents.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(times.size)
    return times, percents.mean(axis=0), sem, n


def _draw_timeline(axes: Any, timeline: Timeline, top: float, drug: str) -> None:
    axes.axhline(PERCENT, color=REFERENCE, lw=0.8, ls=DASHED, zorder=0)
    axes.set_ylim(0.0, 1.22 * top)
    axes.set(xlabel="time (min)", ylabel="fEPSP slope (% of baseline)", xlim=(0.0, axes.dataLim.x1))
    for start, stop in timeline.drug:
        axes.fill_between([start, stop], 1.15 * top, 1.18 * top, color=color_of("drug"), lw=0)
        axes.text(start, 1.195 * top, drug, color=color_of("drug"), fontsize=SMALL, va="bottom")
    foot = np.clip(axes.dataLim.y0 - 0.05 * PERCENT, 0.2 * PERCENT, 0.68 * PERCENT)  # below every point
    for minute, words in zip(timeline.conditioning, timeline.conditioning_labels, strict=True):
        axes.annotate(
            words,
            (minute, 0.93 * PERCENT),
            (minute, foot),
            ha="center",
            va="top",
            fontsize=SMALL,
            arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.0},
        )
    axes.legend(loc="lower left", ncols=2, bbox_to_anchor=(0.0, 0.0), borderaxespad=0.4, columnspacing=1.2)


def _mark_examples(
    axes: Any,
    examples: Sequence[Example],
    runs: Mapping[str, Sequence[Measure]],
    baseline: tuple[float, float],
) -> None:
    rows = next(iter(runs.values()))
    times, percent, sem, _ = mean_percent(rows, "test", baseline)
    for example in examples:
        height = float(np.interp(example.time_min, times, percent + sem))
        axes.annotate(
            example.letter,
            (example.time_min, height),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
        )


def _draw_examples(axes: Any, examples: Sequence[Example]) -> None:
    """Draw the example sweeps side by side at one scale, each over the first in gray."""
    first = examples[0].sweep
    top, is_cut = _example_top([example.sweep for example in examples])
    span = 1.25 * (first.t[-1] - first.t[0])
    between = ", " if len(examples) <= WIDE_EXAMPLES else "\n"
    for column, example in enumerate(examples):
        shift, color = column * span - first.t[0], color_of(example.condition)
        if column:
            axes.plot(first.t + shift, first["v_field"], color=FAINT, lw=0.9)
        wave = example.sweep["v_field"]
        axes.plot(example.sweep.t + shift, np.where(wave > top, np.nan, wave), color=color)
        if is_cut and wave.max() > top:
            at = example.sweep.t[wave.argmax()] + shift
            words = {"textcoords": "offset points", "ha": "left", "va": "top", "fontsize": SMALL}
            axes.annotate("spike, cut off", (at, top), (5, 0), color=QUIET, **words)
        axes.annotate(
            example.letter,
            (column * span, top),
            (0, 4),
            textcoords="offset points",
            fontweight="bold",
        )
        axes.annotate(
            f"{label_of(example.condition)}{between}{example.time_min:g} min",
            (column * span, top),
            (12, 4),
            textcoords="offset points",
            color=color,
            fontsize=SMALL,
        )
    axes.set_xlim(0.0, (max(len(examples), 3) + 0.12) * span)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + (0.12 if between == ", " else 0.3) * (high - low))
    unit = first.units["v_field"]
    scale_bar(axes, time_unit="ms", unit=unit, time=nice_length(BAR_SHARE * (first.t[-1] - first.t[0])))


def _example_top(sweeps: Sequence[Recording]) -> tuple[float, bool]:
    """Return the highest potential that is drawn, mV, and whether some sweep goes beyond it.

    A population spike may be ten times the field EPSPs: it is cut off at their depth, so that they are seen.
    """
    highest = max(float(sweep["v_field"].max()) for sweep in sweeps)
    depth = max(-float(sweep["v_field"].min()) for sweep in sweeps)
    return (depth, True) if highest > depth > 0 else (highest, False)


def cascade_figure(
    fast: Mapping[str, Recording], slow: Mapping[str, Recording], *, drug: str = "drug"
) -> Any:
    """Draw plasticity's signals: left around the train in ms, right over the experiment in min.

    Parameters
    ----------
    fast, slow : mapping of str to Recording
        Condition to the signals, one panel for each, in their order; a signal's name is its label
        (underscores become blanks), its unit stands behind it.
    drug : str
        The drug's name and dose in the legend.

    Returns
    -------
    matplotlib Figure
    """
    with style():
        rows = max(len(next(iter(part.values())).signals) for part in (fast, slow))
        figure = new_figure(DOUBLE, 0.9 + 0.85 * rows, layout="constrained")
        grid = figure.subplots(rows, 2, squeeze=False)
        _draw_column(grid[:, 0], fast, ("time (ms)", 1.0), drug)
        _draw_column(grid[:, 1], slow, ("time (min)", MS_PER_MINUTE), drug)
        grid[0, 0].set_title("around the train")
        grid[0, 1].set_title("over the experiment")
        color_legend(grid[0, 0], loc="lower right", anchor=(1.0, 1.04))
        figure.align_ylabels()
        letter_panels(grid[0])
    return figure


def _between(name: str) -> str:
    """Return what stands between a name and its unit: a new line where the last word leaves no room."""
    return "\n" if len(name.rpartition("_")[2]) > SHORT_WORD else " "


def _draw_column(column: Any, part: Mapping[str, Recording], clock: tuple[str, float], drug: str) -> None:
    """Draw every signal into its own axes against time in ``clock`` = (label, ms per unit)."""
    names = list(next(iter(part.values())).signals)
    for axes in column[len(names) :]:
        axes.set_axis_off()
    for axes, name in zip(column, names, strict=False):
        for position, (condition, sweep) in enumerate(part.items()):
            color, label = color_of(condition, position), label_of(condition, drug)
            mark = (
                {"marker": "o", "ms": 2.0} if sweep.t.size <= FEW_SAMPLES else {}
            )  # lines between say nothing
            axes.plot(sweep.t / clock[1], sweep[name], color=color, lw=1.1, label=label, **mark)
            unit = unit_label(sweep.units[name])
        axes.set_ylabel(name.replace("_", "\n") + (f"{_between(name)}({unit})" if unit else ""))
        axes.tick_params(labelbottom=name == names[-1])
    column[len(names) - 1].set_xlabel(clock[0])
