"""A slice protocol as a value: timed phases, washes and trains, read from TOML or built in Python.

title        = "..."
duration_min = 105
probe_interval_seconds = 30          # each pathway; the control pathway is half an interval later
[[phase]]
at_min = 0
condition = "control"                # control | drug | wash | after_ltp | after_ltp_drug
[[wash]]
at_min = 20
drug   = true                        # the compound of the experiment goes in (false: comes out)
[[train]]
at_min = 45
pathway = "test"
pulses  = 100
hz      = 100
bursts  = 1                          # optional, with burst_hz
current_nA = 2                       # optional, with current_ms: into the soma with each pulse
hold_mV = 0                          # optional, instead of current: a clamp of the soma; cesium = true or not
[series]                             # optional: one experiment for each value (`cellmodel.protocol.series`)
varies = "pulses"
values = [5, 20, 100]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import ProtocolError, unknown_name
from cellmodel.parameters import DATA, read_toml
from cellmodel.protocol.reading import choose, events, number, refuse_unknown, texts, typed
from cellmodel.protocol.series import Series, member, read_series
from cellmodel.protocol.train import PATHWAYS, Train
from cellmodel.units import SECONDS_PER_MINUTE

CONDITIONS = ("control", "drug", "wash", "after_ltp", "after_ltp_drug")
FOLDER = DATA / "protocols"
PROBE_INTERVAL = (1.0, 150.0)
"""Shortest and longest, s: at least two probes fall into the five minutes that are averaged."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the experiment that begins ``at_min`` and has one ``condition``."""

    at_min: float
    condition: str

    def __post_init__(self) -> None:
        choose("phase condition", self.condition, CONDITIONS)


@dataclass(frozen=True, slots=True)
class Wash:
    """The bath is switched at ``at_min`` to aCSF with (``drug`` true) or without the compound."""

    at_min: float
    drug: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """A test pulse of one's own, beside the regular ones."""

    at_min: float
    pathway: str

    def __post_init__(self) -> None:
        choose("probe pathway", self.pathway, PATHWAYS)


@dataclass(frozen=True)
class Protocol:
    """A whole experiment on two alternating pathways.

    Parameters
    ----------
    name, title : str
    duration_min : float
    phases, washes, trains, probes : tuples, each sorted by time
        The first phase starts at 0; probes are those beside the regular ones.
    probe_interval_seconds : float
        Between test pulses of one pathway; the control pathway is probed half an interval later.
    series : Series or None
        What varies from experiment to experiment, if this is a series of them: `members`.

    Raises
    ------
    ProtocolError
        If an event lies outside the experiment, is out of order or overlaps another, phases do not begin at
        0, a probe falls into a train, or a member of the series cannot be.
    """

    name: str
    title: str
    duration_min: float
    phases: tuple[Phase, ...]
    washes: tuple[Wash, ...] = ()
    trains: tuple[Train, ...] = ()
    probes: tuple[Probe, ...] = ()
    probe_interval_seconds: float = 30.0
    notes: tuple[str, ...] = field(default=())
    series: Series | None = None

    def __post_init__(self) -> None:
        if not 0 < self.duration_min < np.inf:
            raise ProtocolError(
                f"protocol {self.name!r}: duration_min = {self.duration_min} must be above 0."
            )
        shortest, longest = PROBE_INTERVAL
        if not shortest <= self.probe_interval_seconds <= longest:
            raise ProtocolError(
                f"protocol {self.name!r}: probe_interval_seconds = {self.probe_interval_seconds:g}, allowed "
                f"{shortest:g} to {longest:g}."
            )
        if not self.phases or self.phases[0].at_min != 0:
            raise ProtocolError(f"protocol {self.name!r}: the first [[phase]] must have at_min = 0.")
        for kind in ("phase", "wash", "train", "probe"):
            self._check_times(kind, getattr(self, f"{kind}{'es' if kind == 'wash' else 's'}"))
        self._check_probes()
        for train in self.trains:
            if train.end_min > self.duration_min:
                raise ProtocolError(
                    f"protocol {self.name!r}: the train at {train.at_min} min ends after the experiment."
                )
        self.members()

    def members(self) -> tuple[tuple[float, Protocol], ...]:
        """Return each value of the series and its protocol; nothing where it is no series."""
        if self.series is None:
            return ()
        return tuple((value, member(self, self.series, value)) for value in self.series.values)

    def _check_times(self, kind: str, events: tuple[Any, ...]) -> None:
        """Refuse events of one kind outside the experiment, out of order, or before the last has ended."""
        for event in events:
            if not 0 <= event.at_min < self.duration_min:
                raise ProtocolError(
                    f"protocol {self.name!r}: [[{kind}]] at {event.at_min:g} min lies outside the "
                    f"experiment, allowed 0 to {self.duration_min:g}."
                )
        for first, second in pairwise(events):
            if second.at_min < first.at_min:
                fault = f"comes after the one at {first.at_min:g} min: they are not in order"
            elif second.at_min <= (end := getattr(first, "end_min", first.at_min)):
                fault = f"overlaps the one from {first.at_min:g} to {end:.5g} min"
            else:
                continue
            raise ProtocolError(f"protocol {self.name!r}: [[{kind}]] at {second.at_min:g} min {fault}.")

    def _check_probes(self) -> None:
        """Refuse a probe of one's own while a train is given."""
        for probe in self.probes:
            for train in self.trains:
                if train.at_min <= probe.at_min <= train.end_min:
                    raise ProtocolError(
                        f"protocol {self.name!r}: [[probe]] at {probe.at_min:g} min falls into the train "
                        f"from {train.at_min:g} to {train.end_min:.5g} min. Probe before or after it."
                    )

    def condition_at(self, time_min: float) -> str:
        """Return the condition of the phase that ``time_min`` falls into."""
        return [phase.condition for phase in self.phases if phase.at_min <= time_min][-1]

    def phase_spans(self) -> list[tuple[str, float, float]]:
        """Return condition, start and end (min) of each phase."""
        ends = [phase.at_min for phase in self.phases[1:]] + [self.duration_min]
        return [(p.condition, p.at_min, end) for p, end in zip(self.phases, ends, strict=True)]

    @property
    def is_conditioned_in_drug(self) -> bool:
        """Whether the compound is in the reservoir at the last train; False without trains."""
        last = [train.at_min for train in self.trains[-1:]]
        return any(start <= at < end for at in last for start, end in self.drug_spans())

    def drug_spans(self) -> list[tuple[float, float]]:
        """Return start and end (min) of each stay of the compound in the bath."""
        ends = [wash.at_min for wash in self.washes] + [self.duration_min]
        return [(w.at_min, end) for w, end in zip(self.washes, ends[1:], strict=True) if w.drug]

    def probe_times(self, pathway: str) -> np.ndarray:
        """Return when ``pathway`` is probed, (n,) min; regular probes that fall into a train are left out."""
        step = self.probe_interval_seconds / SECONDS_PER_MINUTE
        offset = step / 2 if pathway == "control" else 0.0
        times = np.arange(round(self.duration_min / step)) * step + offset
        busy = np.zeros(times.shape, dtype=bool)
        for train in self.trains:
            busy |= (times > train.at_min - step / 4) & (times < train.end_min + step / 4)
        own = [probe.at_min for probe in self.probes if probe.pathway == pathway]
        return np.unique(np.concatenate([times[~busy], own]))

    @property
    def last_pulse_min(self) -> float | None:
        """Time of the last pulse of the last train, min; None where nothing conditions."""
        return self.trains[-1].end_min if self.trains else None

    @classmethod
    def named(cls, name: str) -> Protocol:
        """Return a shipped protocol, or the one in a TOML file when ``name`` ends in .toml."""
        if name.endswith(".toml"):
            return read_protocol(Path(name))
        if name not in Protocol.names():
            raise unknown_name("protocol", name, Protocol.names())
        return _shipped(name)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of the shipped protocols."""
        return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def _shipped(name: str) -> Protocol:
    return read_protocol(FOLDER / f"{name}.toml")


def read_protocol(path: Path) -> Protocol:
    """Read a protocol from a TOML file; raise `ProtocolError` where it does not hold together."""
    raw = read_toml(path)
    allowed = {
        "name",
        "title",
        "duration_min",
        "probe_interval_seconds",
        "notes",
        "phase",
        "wash",
        "train",
        "probe",
        "series",
    }
    refuse_unknown(path.name, raw, allowed)
    for key in ("title", "duration_min", "phase"):
        if key not in raw:
            raise ProtocolError(
                f"{path.name}: {key} is missing. A protocol needs title, duration_min and [[phase]]."
            )
    return Protocol(
        name=path.stem,
        title=typed(path.name, "title", raw["title"], "str"),
        duration_min=number(path.name, "duration_min", raw["duration_min"]),
        phases=events(path.name, "phase", raw, Phase),
        washes=events(path.name, "wash", raw, Wash),
        trains=events(path.name, "train", raw, Train),
        probes=events(path.name, "probe", raw, Probe),
        probe_interval_seconds=number(
            path.name, "probe_interval_seconds", raw.get("probe_interval_seconds", 30)
        ),
        notes=texts(path.name, "notes", raw.get("notes", [])),
        series=read_series(path.name, raw["series"]) if "series" in raw else None,
    )
