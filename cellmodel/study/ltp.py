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
from cellmodel.study.cascade import Effect, around_train, effects_of_probes, over_experiment
from cellmodel.study.field import recorded, sweep
from cellmodel.traces import Recording
from cellmodel.units import PERCENT, from_minutes

IN_DRUG = ("drug", "after_ltp_drug")
SPARSE = 150.0
"""Seconds between test pulses of a pathway where few are enough: two of them in the minutes of a mean."""


@dataclass(frozen=True)
class LtpRun:
    """One experiment: its name among others, what was played, and what happened.

    ``sweeps`` and ``measured`` are the sweep and the rows (`measure`) of each probe, in order.
    """

    experiment: str
    protocol: Protocol
    compound: str
    dose_mM: float
    drug_condition: str
    events: tuple[Event, ...]
    sweeps: tuple[Recording, ...]
    measured: tuple[Measure, ...] = ()

    @property
    def probes(self) -> list[Event]:
        """The test pulses, in order."""
        return [event for event in self.events if not event.is_train]

    @property
    def computed_sweeps(self) -> tuple[Recording, ...]:
        """The sweeps of probes that were not reused."""
        pairs = zip(self.probes, self.sweeps, strict=True)
        return tuple(shown for event, shown in pairs if not event.is_reused)

    @property
    def trains(self) -> list[Event]:
        """The conditioning trains, in order."""
        return [event for event in self.events if event.is_train]


def sparse(protocol: Protocol) -> Protocol:
    """Return the protocol with few test pulses, at least two in the minutes of each mean."""
    return replace(protocol, probe_interval_seconds=max(SPARSE, protocol.probe_interval_seconds))


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
        Gets the rows of each probe when it is done, and its sweep if it was computed, so that an interrupted
        run has them; `means` gives the other rows.
    """
    name = options.compound.name if options.compound else "vehicle"
    empty = LtpRun(experiment, protocol, name, dose_mM, drug_condition, (), ())
    rig = Slice(options)
    events: Iterable[Event] = play(rig, protocol, dose_mM=dose_mM, reuse=not options.is_exact)
    if watch is not None:
        events = watch(events, len(schedule(protocol, tuple(rig.pathways))))
    done, sweeps, measured = [], [], []
    for played in events:
        event = _recorded(played, rig, experiment)
        done.append(event)
        if event.is_train:
            continue
        sweeps.append(_sweep(event, rig, experiment))
        found = measure(empty, event)
        measured += found
        if keep is not None:
            keep(found, [] if event.is_reused else sweeps[-1:])
    rig.free()
    return replace(empty, events=tuple(done), sweeps=tuple(sweeps), measured=tuple(measured))


def _recorded(event: Event, rig: Slice, experiment: str) -> Event:
    """Return a test pulse as the rig records it; trains are not recorded."""
    if event.is_train:
        return event
    name = f"{experiment} {event.pathway} {event.time_min:.6f} min"
    return replace(event, response=recorded(event.response, rig, name))


def _sweep(event: Event, rig: Slice, experiment: str) -> Recording:
    return sweep(
        event.response,
        rig,
        event.condition,
        experiment=experiment,
        pathway=event.pathway,
        time_min=event.time_min,
        start_ms=from_minutes(event.time_min),
        dose_mM=event.dose_mM,
    )


def rows(run: LtpRun) -> list[Measure]:
    """Return the contract's rows: those of each probe, and `means`."""
    return [*run.measured, *means(run)]


def means(run: LtpRun) -> list[Measure]:
    """Return the mean of each phase's last 5 minutes, and LTP."""
    probes = run.measured
    spans = [(_name_of(run, condition), start, end) for condition, start, end in run.protocol.phase_spans()]
    found = phase_rows(probes, spans)
    if run.protocol.last_pulse_min is not None:
        spans = run.protocol.phase_spans()
        dose = run.dose_mM if run.protocol.is_conditioned_in_drug else 0.0
        percents = ltp_rows(probes, spans, run.protocol.last_pulse_min, has_drug=run.dose_mM > 0)
        found += [replace(row, dose_mM=dose) for row in percents]
    return found


def _name_of(run: LtpRun, condition: str) -> str:
    """Return the condition as rows have it: a blocker's name stands for ``drug``."""
    return run.drug_condition if condition == "drug" else condition


def measure(run: LtpRun, event: Event) -> list[Measure]:
    """Return the rows of one probe of an experiment."""
    response = event.response
    values = fepsp_values(response.t, response.field, response.volley, noise=response.noise)
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
    pairs = [pair for pair in zip(run.probes, run.sweeps, strict=True) if pair[0].pathway == "test"]
    found = []
    for condition, start, end in run.protocol.phase_spans():
        inside = [(event.time_min, shown) for event, shown in pairs if start <= event.time_min < end]
        found += [(time, condition, shown) for time, shown in inside[-1:]]
    return found


def notices(protocol: Protocol, compound: str) -> list[str]:
    """Return what has to be known of a protocol before its results."""
    if protocol.drug_spans() or compound == "vehicle":
        return []
    return [f"the protocol {protocol.name} washes nothing in: {compound} plays no part in it."]


def train_lines(done: LtpSummary) -> list[str]:
    """Return, where there are several trains, how large the fEPSP is at the end of each phase."""
    spans = done.protocol.phase_spans()
    wanted = ("fepsp_slope", "test", None)
    slopes = [row.value for row in done.rows if (row.measure, row.pathway, row.time_min) == wanted]
    if len(done.protocol.trains) < 2 or len(slopes) != len(spans):
        return []
    return [
        f"test pathway, last minutes of {condition}, {start:g} to {end:g} min: "
        f"{PERCENT * slope / slopes[0]:.1f} % of the first phase"
        for (condition, start, end), slope in zip(spans[1:], slopes[1:], strict=True)
    ]


def spike_notices(done: LtpSummary) -> list[str]:
    """Return, for each pathway, which test pulses made the cells fire, and what is left out there.

    Only for responses without noise, where nothing else hides a decay.
    """
    found = []
    for pathway in dict.fromkeys(row.pathway for row in done.rows):
        probes = {(row.measure, row.time_min): row.value for row in done.rows if row.pathway == pathway}
        slopes = [
            t for (name, t), value in probes.items() if name == "fepsp_slope" and t is not None and value > 0
        ]
        cut = [t for t in slopes if ("fepsp_tau_decay", t) not in probes]
        if cut:
            found.append(
                f"{pathway} pathway: {len(cut)} of {len(slopes)} test pulses, from {cut[0]:g} to {cut[-1]:g} "
                "min, give a population spike: there is no decay or half-width of them, and amplitude and "
                "slope are those of the wave before it."
            )
    return found


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

    ``examples`` holds time (min), condition and sweep; ``fast`` and ``slow`` the signals of plasticity around
    the first train and over the experiment; ``effects`` what the drug does to them in a test pulse.
    """

    protocol: Protocol
    dose_mM: float
    rows: tuple[Measure, ...]
    sweeps: tuple[Recording, ...]
    examples: tuple[tuple[float, str, Recording], ...]
    fast: Recording | None
    slow: Recording
    effects: tuple[Effect, ...] = ()

    @property
    def is_drug_run(self) -> bool:
        """Whether the compound was ever in the bath."""
        return self.dose_mM > 0 and bool(self.protocol.drug_spans())

    @property
    def is_conditioned_in_drug(self) -> bool:
        """Whether the compound was there at the last train."""
        return self.dose_mM > 0 and self.protocol.is_conditioned_in_drug


def summary(run: LtpRun) -> LtpSummary:
    """Return rows, sweeps and signals of an experiment."""
    probes = [event for event in run.probes if event.pathway == "test"]
    return LtpSummary(
        protocol=run.protocol,
        dose_mM=run.dose_mM,
        rows=tuple(rows(run)),
        sweeps=run.computed_sweeps,
        examples=tuple(sorted(example_sweeps(run), key=lambda item: item[0])),
        fast=around_train(run.trains[0].response.cascade) if run.trains else None,
        slow=over_experiment(probes),
        effects=tuple(effects_of_probes([p for p in probes if p.time_min < _first_train(run)])),
    )


def _first_train(run: LtpRun) -> float:
    """Return when the first train begins, min; without one, the end."""
    return run.trains[0].time_min if run.trains else run.protocol.duration_min


def figures(
    done: LtpSummary,
    drug: str,
    *,
    vehicle: LtpSummary | None = None,
    without: Recording | None = None,
) -> dict[str, Any]:
    """Return the figures of one experiment by name, with the vehicle's beside it where it was run.

    Parameters
    ----------
    done : LtpSummary
    drug : str
        Name and dose.
    vehicle : LtpSummary, optional
    without : Recording, optional
        Where the vehicle was not run: the first train without drug.
    """
    from cellmodel.report.slice_figures import cascade_figure, ltp_figure

    name = "drug" if done.is_drug_run else "control"
    runs = {name: done, **({"control": vehicle} if vehicle else {})}
    tables = {key: item.rows for key, item in runs.items()}
    drawn = {"ltp": ltp_figure(tables, timeline(done), examples=lettered(done), drug=drug)}
    if done.fast is not None:
        fast = {"drug" if done.is_conditioned_in_drug else "control": done.fast}
        beside = vehicle.fast if vehicle else without
        fast |= {"control": beside} if beside is not None else {}
        drawn["cascade"] = cascade_figure(fast, {key: item.slow for key, item in runs.items()}, drug=drug)
    return drawn


def timeline(done: LtpSummary) -> Any:
    """Return what happened when, for the figures."""
    from cellmodel.report.slice_figures import Timeline

    before = [span for span in done.protocol.phase_spans() if span[0] == "control"]
    trains = done.protocol.trains
    return Timeline(
        baseline=before[0][1:],
        drug=done.protocol.drug_spans() if done.is_drug_run else (),
        conditioning=[train.at_min for train in trains],
        conditioning_labels=[train.text for train in trains],
    )


def lettered(done: LtpSummary) -> list[Any]:
    """Return the example fEPSPs, lettered in order of time."""
    from cellmodel.report.slice_figures import Example

    return [Example("abcdefgh"[k], *item) for k, item in enumerate(done.examples)]
