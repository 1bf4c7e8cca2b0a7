"""LTP experiments over cells and over the values of a series, each a job for a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellmodel.analysis.slice_rows import mean_rows
from cellmodel.analysis.time_course import crossing
from cellmodel.compound import Compound
from cellmodel.morphology import load_morphology
from cellmodel.protocol import Protocol
from cellmodel.recording import Measure
from cellmodel.report.series_figure import Point, series_figure
from cellmodel.slice import SliceOptions
from cellmodel.study import field, ltp, setting
from cellmodel.units import PERCENT

EXPERIMENT, VEHICLE, CELL = "ltp", "_vehicle", "_cell_"
"""Parts of what an experiment is called in rows: ``ltp_vehicle_40_pulses_cell_2``."""


@dataclass(frozen=True)
class Search:
    """A cell whose test intensity is to be found; cells are counted from 1."""

    cell: int
    options: SliceOptions


@dataclass(frozen=True)
class Subject:
    """A cell at its test intensity, and what the search for it says."""

    cell: int
    options: SliceOptions
    text: str


@dataclass(frozen=True)
class Repeat:
    """One experiment to play.

    Attributes
    ----------
    experiment : str
        The first column of its rows.
    group : str
        The experiment without its cell: that of the rows of means.
    value : float or None
        Of the series.
    options : SliceOptions
        With the fibers of the test intensity; the compound is named, not held, so that it can travel.
    """

    experiment: str
    group: str
    value: float | None
    cell: int
    options: SliceOptions
    protocol: Protocol
    compound: str
    dose_mM: float


@dataclass(frozen=True)
class Played:
    """An experiment that was played."""

    experiment: str
    group: str
    value: float | None
    cell: int
    summary: ltp.LtpSummary


def searches(options: SliceOptions, n_cells: int | None, *, has_morphology: bool) -> list[Search]:
    """Return the cells that the command line asks for; with the usual seed the shipped one is the first.

    Parameters
    ----------
    options : SliceOptions
        Of the first cell; each later one has the next seed, of synapse places and electrode.
    n_cells : int or None
        None: only the first, whatever its seed.
    has_morphology : bool
        Whether a morphology was asked for: then it is that of all cells. Else each later one, and the first
        one of a seed that is not the usual one, is grown from its own seed.
    """
    found = []
    for k in range(n_cells or 1):
        cell = replace(options, compound=None, seed=options.seed + k)
        is_shipped = k == 0 and options.seed == setting.DEFAULT_SEED
        if n_cells and not has_morphology and not is_shipped:
            cell = replace(cell, morphology=load_morphology(f"grown_{cell.seed}"))
        found.append(Search(k + 1, cell))
    return found


def find(search: Search) -> Subject:
    """Find a cell's test intensity; importable by name, so that a fresh process can."""
    options, found = field.find_intensity(search.options)
    return Subject(search.cell, options, field.intensity_text(found))


def plan(
    protocol: Protocol,
    subjects: Sequence[Subject],
    compound: str,
    dose_mM: float,
    *,
    n_cells: int,
    is_quick: bool,
) -> list[Repeat]:
    """Return every experiment: each value of the series (or the protocol itself) in each cell.

    A series whose compound is washed in is played with it and as vehicle.

    Parameters
    ----------
    protocol : Protocol
    subjects : sequence of Subject
    compound : str
        Name or file.
    dose_mM : float
    n_cells : int
        How many were asked for; with one, rows do not name it.
    is_quick : bool
        The first, middle and last value, and few test pulses.
    """
    return [
        Repeat(
            group + (f"{CELL}{subject.cell}" if n_cells > 1 else ""),
            group,
            value,
            subject.cell,
            subject.options,
            played,
            compound,
            dose,
        )
        for group, value, played, dose in _experiments(protocol, dose_mM, is_quick=is_quick)
        for subject in subjects
    ]


def _experiments(
    protocol: Protocol, dose_mM: float, *, is_quick: bool
) -> Iterator[tuple[str, float | None, Protocol, float]]:
    """Yield group, value, protocol and dose (mM) of each experiment."""
    if is_quick:
        protocol = ltp.sparse(protocol)
    if protocol.series is None:
        yield EXPERIMENT, None, protocol, dose_mM
        return
    members = protocol.members()
    if is_quick:
        members = tuple(members[k] for k in sorted({0, len(members) // 2, len(members) - 1}))
    doses = {EXPERIMENT: dose_mM}
    if dose_mM > 0 and protocol.drug_spans():
        doses[EXPERIMENT + VEHICLE] = 0.0
    for name, dose in doses.items():
        for value, member in members:
            yield f"{name}_{protocol.series.label(value)}", value, member, dose


def play(repeat: Repeat) -> Played:
    """Play an experiment; importable by name, so that a fresh process can."""
    compound = Compound.named(repeat.compound)
    played = ltp.conduct(
        replace(repeat.options, compound=compound),
        repeat.protocol,
        repeat.dose_mM,
        experiment=repeat.experiment,
        drug_condition=setting.drug_condition(compound),
    )
    return Played(repeat.experiment, repeat.group, repeat.value, repeat.cell, ltp.summary(played))


def groups(played: Sequence[Played]) -> dict[str, list[Played]]:
    """Return what was played by group: the cells of one experiment."""
    found: dict[str, list[Played]] = {}
    for one in played:
        found.setdefault(one.group, []).append(one)
    return found


def means(played: Sequence[Played]) -> list[Measure]:
    """Return the rows of means over cells: experiment the group, n the cells, sd over them."""
    return [
        row
        for name, cells in groups(played).items()
        for row in mean_rows([cell.summary.rows for cell in cells], experiment=name)
    ]


def curves(played: Sequence[Played]) -> dict[str, list[Point]]:
    """Return the LTP of each value of a series, in ``control`` (no drug there) and ``drug``, values rising.

    LTP is `last_percent` of each cell, at the last of the contract's times that the protocol reaches.
    """
    found: dict[str, list[Point]] = {}
    for cells in groups(played).values():
        percents = [percent for cell in cells if (percent := last_percent(cell.summary)) is not None]
        if percents and (value := cells[0].value) is not None:
            name = "drug" if cells[0].summary.is_drug_run else "control"
            found.setdefault(name, []).append(_point(value, percents))
    return {name: sorted(points, key=lambda point: point.value) for name, points in found.items()}


def _point(value: float, percents: Sequence[float]) -> Point:
    n = len(percents)
    sem = float(np.std(percents, ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    return Point(value, float(np.mean(percents)), sem, n)


def last_percent(done: ltp.LtpSummary) -> float | None:
    """Return the last ``ltp_percent`` of the test pathway, %: drug against drug, no drug against none.

    Where the compound is still there it is read against the in-drug baseline, so that its own gain is not
    read as LTP, else against the drug-free one.
    """
    found = [row for row in done.rows if (row.measure, row.pathway) == ("ltp_percent", "test")]
    last = [row for row in found if row.time_min == found[-1].time_min]
    by_baseline = {row.condition: row.value for row in last}
    is_there = any(end >= done.protocol.duration_min for _, end in done.protocol.drug_spans())
    names = ("vs_drug_baseline", "vs_baseline") if is_there else ("vs_baseline",)
    return next((by_baseline[name] for name in names if name in by_baseline), None)


def series_rows(protocol: Protocol, played: Sequence[Played], compound: str) -> list[Measure]:
    """Return what a curve says: where it first passes the baseline, and half of its largest potentiation.

    A curve that does not has no row.
    """
    if protocol.series is None:
        return []
    found = curves(played)
    rows = []
    for name, points in found.items():
        values, percents = [point.value for point in points], [point.percent for point in points]
        half = PERCENT + (max(percents) - PERCENT) / 2
        is_counted = protocol.series.unit == "1"  # one pulse more does not turn depression into potentiation
        at = {"zero_crossing": None if is_counted else crossing(values, percents, PERCENT)}
        at["half_maximal"] = crossing(values, percents, half) if half > PERCENT else None
        row = Measure(
            experiment=EXPERIMENT + (VEHICLE if name == "control" and "drug" in found else ""),
            preparation="ca1_slice",
            condition=name,
            compound=compound,
            dose_mM=max(one.summary.dose_mM for one in played) if name == "drug" else 0.0,
            pathway="test",
            measure="zero_crossing",
            value=0.0,
            unit=protocol.series.unit,
            n=min(point.n for point in points),
        )
        rows += [replace(row, measure=key, value=value) for key, value in at.items() if value is not None]
    return rows


def lines(protocol: Protocol, played: Sequence[Played], rows: Sequence[Measure]) -> list[str]:
    """Return what a person wants to read on screen when the run ends."""
    if protocol.series is None:
        return [
            f"{text}, SEM {(row.sd or 0.0) / np.sqrt(row.n or 1):.1f}, n = {row.n} cells"
            for row in means(played)
            for text in ltp.report_lines([row])
        ]
    said = [
        f"{name}, {protocol.series.axis} {point.value:g}: {point.percent:.1f} %"
        + (f" +/- {point.sem:.1f} (SEM, n = {point.n})" if point.n > 1 else "")
        for name, points in curves(played).items()
        for point in points
    ]
    words = {"zero_crossing": "passes the baseline at", "half_maximal": "half of the largest LTP at"}
    unit = protocol.series.varies if protocol.series.unit == "1" else protocol.series.unit
    return said + [f"{row.condition}: {words[row.measure]} {row.value:.3g} {unit}" for row in rows]


def figures(
    protocol: Protocol, played: Sequence[Played], rows: Sequence[Measure], drug: str
) -> dict[str, Any]:
    """Return the figures by name: of a series its curve, of cells the time course with standard errors.

    Parameters
    ----------
    protocol : Protocol
    played : sequence of Played
    rows : sequence of Measure
        `series_rows`.
    drug : str
        Name and dose.
    """
    from cellmodel.report.slice_figures import ltp_figure

    if protocol.series is not None:
        half = {row.condition: row.value for row in rows if row.measure == "half_maximal"}
        figure = series_figure(
            curves(played),
            axis=protocol.series.axis,
            published=protocol.series.published,
            half=half,
            drug=drug,
        )
        return {"series": figure}
    first = min(played, key=lambda one: one.cell).summary
    found = [row for one in played for row in one.summary.rows]
    name = "drug" if first.is_drug_run else "control"
    return {"ltp": ltp_figure({name: found}, ltp.timeline(first), examples=ltp.lettered(first), drug=drug)}
