"""The time course of an LTP run while it comes in, probe by probe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cellmodel.compound import Compound
from cellmodel.gui.layout import Axis
from cellmodel.gui.readout import Curves
from cellmodel.protocol import Protocol
from cellmodel.recording import Measure
from cellmodel.slice import Event
from cellmodel.study import ltp
from cellmodel.study.ltp import LtpRun
from cellmodel.units import PERCENT

HIGHEST = 200.0
"""Percent on the graph before there is more."""

OF_BASELINE = {"vs_baseline": "of baseline", "vs_drug_baseline": "of that in drug"}


class Course:
    """Events of one experiment and what the graphs show of them.

    Parameters
    ----------
    protocol : Protocol
    compound : Compound
    dose_mM : float
    """

    def __init__(self, protocol: Protocol, compound: Compound, dose_mM: float) -> None:
        self._empty = LtpRun("ltp", protocol, compound.name, dose_mM, "drug", (), ())
        self._events: list[Event] = []
        self._rows: list[Measure] = []

    def add(self, event: Event) -> None:
        """Take the next event; a train has no slope."""
        self._events.append(event)
        self._rows += [] if event.is_train else ltp.measure(self._empty, event)

    @property
    def axis(self) -> Axis:
        """Time (min), as long as the protocol."""
        return Axis.around(0.0, self._empty.protocol.duration_min)

    @property
    def slopes(self) -> Curves:
        """Time (min) and fEPSP slope, % of the mean of the first phase, of each condition."""
        slopes = [row for row in self._rows if row.measure == "fepsp_slope"]
        first = slopes[0].condition
        baseline = np.mean([row.value for row in slopes if row.condition == first])
        found: dict[str, list[tuple[float, float]]] = {}
        for row in slopes:
            found.setdefault(row.condition, []).append((row.time_min or 0.0, row.value))
        return {
            name: (np.array([t for t, _ in points]), PERCENT / baseline * np.array([y for _, y in points]))
            for name, points in found.items()
        }

    @property
    def fields(self) -> Curves:
        """The last field potential (mV) of each condition."""
        probes = [event for event in self._events if not event.is_train]
        return {event.condition: (event.response.t, event.response.trace) for event in probes}

    @property
    def text(self) -> str:
        """Where the run is: its time and the last slope."""
        minutes, end = self._events[-1].time_min, self._empty.protocol.duration_min
        *_, (_, percent) = self.slopes.values()
        return f"LTP: {minutes:.1f} of {end:g} min, slope {percent[-1]:.0f} % of baseline"

    @property
    def result(self) -> str:
        """What came of the whole run, in one line."""
        rows = ltp.means(replace(self._empty, measured=tuple(self._rows)))
        percents = [row for row in rows if row.measure == "ltp_percent"]
        if not percents:
            return self.text
        last = [row for row in percents if row.time_min == percents[-1].time_min]
        said = [f"{row.value:.0f} % {OF_BASELINE[row.condition]}" for row in last]
        return f"LTP after {last[0].time_min:g} min: {', '.join(said)}"
