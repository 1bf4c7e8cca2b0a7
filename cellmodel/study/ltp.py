"""A whole LTP experiment turned into rows, sweeps and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_rows, fepsp_values, ltp_rows, phase_rows
from cellmodel.protocol import Protocol
from cellmodel.recording import Measure
from cellmodel.slice import Event, Slice, SliceOptions, play, schedule
from cellmodel.study.field import sweep
from cellmodel.traces import Recording
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR, from_minutes

IN_DRUG = ("drug", "after_ltp_drug")


@dataclass(frozen=True)
class LtpRun:
    """One experiment: its name among others, what was played, and what happened."""

    experiment: str
    protocol: Protocol
    compound: str
    dose_mM: float
    drug_condition: str
    events: tuple[Event, ...]
    sweeps: tuple[Recording, ...]

    @property
    def probes(self) -> list[Event]:
        """The test pulses, in order."""
        return [event for event in self.events if not event.is_train]

    @property
    def trains(self) -> list[Event]:
        """The conditioning trains, in order."""
        return [event for event in self.events if event.is_train]


def conduct(
    options: SliceOptions,
    protocol: Protocol,
    dose_mM: float,
    *,
    experiment: str = "ltp",
    drug_condition: str = "drug",
    watch: Callable[[Iterable[Event], int], Iterable[Event]] | None = None,
    keep: Callable[[Sequence[Measure], Sequence[Recording]], None] | None = None,
) -> LtpRun:
    """Play a protocol on a fresh slice.

    Parameters
    ----------
    options : SliceOptions
        With the fibers of the test intensity.
    protocol : Protocol
    dose_mM : float
    experiment : str
        The first column of the rows.
    drug_condition : str
        What the phase ``drug`` is called; a blocker's name.
    watch : callable, optional
        Gets the events as they come and their number: a progress bar.
    keep : callable, optional
        Gets rows and sweep of each probe when it is done, so that an interrupted run has them; `means` gives
        the other rows.
    """
    name = options.compound.name if options.compound else "vehicle"
    empty = LtpRun(experiment, protocol, name, dose_mM, drug_condition, (), ())
    rig = Slice(options)
    events: Iterable[Event] = play(rig, protocol, dose_mM=dose_mM)
    if watch is not None:
        events = watch(events, len(schedule(protocol, tuple(rig.pathways))))
    done, sweeps = [], []
    for event in events:
        done.append(event)
        new = [] if event.is_train or event.is_reused else [_sweep(event, rig)]
        sweeps += new
        if keep is not None and not event.is_train:
            keep(_probe_rows(empty, event), new)
    rig.free()
    return replace(empty, events=tuple(done), sweeps=tuple(sweeps))


def _sweep(event: Event, rig: Slice) -> Recording:
    return sweep(
        event.response,
        rig,
        event.condition,
        pathway=event.pathway,
        time_min=event.time_min,
        start_ms=from_minutes(event.time_min),
        dose_mM=event.dose_mM,
    )


def rows(run: LtpRun) -> list[Measure]:
    """Return the contract's rows: those of each probe, and `means`."""
    return probe_rows(run) + means(run)


def probe_rows(run: LtpRun) -> list[Measure]:
    """Return the rows of each probe, in order."""
    return [row for event in run.probes for row in _probe_rows(run, event)]


def means(run: LtpRun) -> list[Measure]:
    """Return the mean of each phase's last 5 minutes, and LTP."""
    probes = probe_rows(run)
    spans = [(_name_of(run, condition), start, end) for condition, start, end in run.protocol.phase_spans()]
    found = phase_rows(probes, spans)
    if run.protocol.last_pulse_min is not None:
        spans = run.protocol.phase_spans()
        dose = run.dose_mM if _is_conditioned_in_drug(run.protocol) else 0.0
        percents = ltp_rows(probes, spans, run.protocol.last_pulse_min, has_drug=run.dose_mM > 0)
        found += [replace(row, dose_mM=dose) for row in percents]
    return found


def _is_conditioned_in_drug(protocol: Protocol) -> bool:
    """Whether the compound was in the reservoir at the last train."""
    at = protocol.trains[-1].at_min
    return any(start <= at < end for start, end in protocol.drug_spans())


def _name_of(run: LtpRun, condition: str) -> str:
    """Return the condition as rows have it: a blocker's name stands for ``drug``."""
    return run.drug_condition if condition == "drug" else condition


def _probe_rows(run: LtpRun, event: Event) -> list[Measure]:
    response = event.response
    values = fepsp_values(response.t, response.field, response.volley)
    values["efficacy"] = float(np.mean(event.states[event.pathway].synapses.n))
    return fepsp_rows(
        values,
        experiment=run.experiment,
        preparation="ca1_slice",
        condition=_name_of(run, event.condition),
        compound=run.compound,
        dose_mM=run.dose_mM if event.condition in IN_DRUG else 0.0,
        pathway=event.pathway,
        time_min=event.time_min,
        n=0 if event.is_reused else 1,
    )


def example_sweeps(run: LtpRun) -> list[tuple[float, str, Recording]]:
    """Return time (min), condition and sweep of the last test-pathway probe of each phase."""
    last = {}
    for event in run.probes:
        if event.pathway == "test":
            last[event.condition] = event
    by_time = {(s.meta["pathway"], s.meta["time_min"]): s for s in run.sweeps}
    return [(e.time_min, c, _nearest(by_time, e)) for c, e in last.items()]


def _nearest(by_time: dict[tuple[str, float], Recording], event: Event) -> Recording:
    """Return the sweep of an event, or the earlier one that it reused."""
    times = [time for pathway, time in by_time if pathway == event.pathway and time <= event.time_min]
    return by_time[(event.pathway, max(times))]


def fast_signals(run: LtpRun) -> Recording:
    """Return spine calcium and soma voltage around the first train."""
    response = run.trains[0].response
    step = slice(None, None, 5)
    return Recording(
        t=response.t[step] - response.t[0],
        signals={
            "spine_calcium": response.calcium[step] * MICROMOLAR_PER_MILLIMOLAR,
            "field_potential": response.field[step],
            "soma_voltage": response.v_soma[step],
        },
        units={"spine_calcium": "uM", "field_potential": "mV", "soma_voltage": "mV"},
        meta={"preparation": "ca1_slice"},
    )


def slow_signals(run: LtpRun) -> Recording:
    """Return efficacy, receptors and the boutons' potentiation over the experiment, test pathway."""
    probes = [event for event in run.probes if event.pathway == "test"]
    states = [event.states["test"] for event in probes]
    return Recording(
        t=np.array([from_minutes(event.time_min) for event in probes]),
        signals={
            "drug": np.array([event.dose_mM for event in probes]),
            "efficacy": np.array([state.synapses.rho.mean() for state in states]),
            "AMPA_receptors": np.array([state.synapses.n.mean() for state in states]),
        },
        units={"drug": "mM", "efficacy": "1", "AMPA_receptors": "1"},
        meta={"preparation": "ca1_slice"},
    )


def report_lines(found: Sequence[Measure]) -> list[str]:
    """Return what a person wants to read on screen when the run ends."""
    return [
        f"{row.pathway} pathway, {row.time_min:g} min after the train: {row.value:.1f} % ({row.condition})"
        for row in found
        if row.measure == "ltp_percent"
    ]


@dataclass(frozen=True)
class LtpSummary:
    """What is kept of an experiment: small enough to travel between processes.

    ``examples`` holds time (min), condition and sweep; ``fast`` and ``slow`` the signals of plasticity.
    """

    protocol: Protocol
    dose_mM: float
    rows: tuple[Measure, ...]
    sweeps: tuple[Recording, ...]
    examples: tuple[tuple[float, str, Recording], ...]
    fast: Recording | None
    slow: Recording

    @property
    def is_drug_run(self) -> bool:
        """Whether the compound was ever in the bath."""
        return self.dose_mM > 0 and bool(self.protocol.drug_spans())


def summary(run: LtpRun) -> LtpSummary:
    """Return rows, sweeps and signals of an experiment."""
    return LtpSummary(
        protocol=run.protocol,
        dose_mM=run.dose_mM,
        rows=tuple(rows(run)),
        sweeps=run.sweeps,
        examples=tuple(sorted(example_sweeps(run), key=lambda item: item[0])),
        fast=fast_signals(run) if run.trains else None,
        slow=slow_signals(run),
    )


def figures(done: LtpSummary, drug: str, *, vehicle: LtpSummary | None = None) -> dict[str, Any]:
    """Return the figures of one experiment by name, with the vehicle's beside it where it was run."""
    from cellmodel.report.slice_figures import cascade_figure, ltp_figure

    name = "drug" if done.is_drug_run else "control"
    runs = {name: done, **({"control": vehicle} if vehicle else {})}
    tables = {key: item.rows for key, item in runs.items()}
    drawn = {"ltp": ltp_figure(tables, timeline(done), examples=lettered(done), drug=drug)}
    if done.fast is not None:
        fast = {key: item.fast for key, item in runs.items() if item.fast is not None}
        drawn["cascade"] = cascade_figure(fast, {key: item.slow for key, item in runs.items()}, drug=drug)
    return drawn


def timeline(done: LtpSummary) -> Any:
    """Return what happened when, for the figures."""
    from cellmodel.report.slice_figures import Timeline

    before = [span for span in done.protocol.phase_spans() if span[0] == "control"]
    trains = done.protocol.trains
    words = f"{trains[0].hz:g} Hz, {trains[0].pulses * trains[0].bursts} pulses" if trains else ""
    return Timeline(
        baseline=before[0][1:],
        drug=done.protocol.drug_spans() if done.is_drug_run else (),
        conditioning=[train.at_min for train in trains],
        conditioning_label=words,
    )


def lettered(done: LtpSummary) -> list[Any]:
    """Return the example fEPSPs, lettered in order of time."""
    from cellmodel.report.slice_figures import Example

    return [Example("abcdefgh"[k], *item) for k, item in enumerate(done.examples)]
