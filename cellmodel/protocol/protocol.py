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
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import ProtocolError, unknown_name
from cellmodel.parameters import DATA, read_toml
from cellmodel.units import MS_PER_SECOND, SECONDS_PER_MINUTE

CONDITIONS = ("control", "drug", "wash", "after_ltp", "after_ltp_drug")
PATHWAYS = ("test", "control")
FOLDER = DATA / "protocols"
PROBE_INTERVAL = (1.0, 150.0)
"""Shortest and longest, s: at least two probes fall into the five minutes that are averaged."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the experiment that begins ``at_min`` and has one ``condition``."""

    at_min: float
    condition: str

    def __post_init__(self) -> None:
        _choose("phase condition", self.condition, CONDITIONS)


@dataclass(frozen=True, slots=True)
class Wash:
    """The bath is switched at ``at_min`` to aCSF with (``drug`` true) or without the compound."""

    at_min: float
    drug: bool


@dataclass(frozen=True, slots=True)
class Train:
    """Conditioning stimulation of one pathway: ``bursts`` of ``pulses`` at ``hz``."""

    at_min: float
    pathway: str
    pulses: int
    hz: float
    bursts: int = 1
    burst_hz: float = 5.0

    def __post_init__(self) -> None:
        _choose("train pathway", self.pathway, PATHWAYS)
        for name in ("pulses", "hz", "bursts", "burst_hz"):
            if not getattr(self, name) > 0:
                raise ProtocolError(f"train {name} = {getattr(self, name)}: it must be above 0.")
        if self.bursts > 1 and (self.pulses - 1) / self.hz >= 1 / self.burst_hz:
            raise ProtocolError(
                f"train: a burst of {self.pulses} pulses at {self.hz} Hz does not fit between bursts at "
                f"{self.burst_hz} Hz. Lower burst_hz or pulses."
            )

    def pulse_times(self) -> np.ndarray:
        """Return the times of all pulses from the first one, (bursts x pulses,) ms."""
        within = np.arange(self.pulses) * MS_PER_SECOND / self.hz
        starts = np.arange(self.bursts) * MS_PER_SECOND / self.burst_hz
        return (starts[:, None] + within[None, :]).ravel()

    @property
    def end_min(self) -> float:
        """Time of the last pulse, min."""
        return self.at_min + self.pulse_times()[-1] / MS_PER_SECOND / SECONDS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Probe:
    """A test pulse of one's own, beside the regular ones."""

    at_min: float
    pathway: str

    def __post_init__(self) -> None:
        _choose("probe pathway", self.pathway, PATHWAYS)


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

    Raises
    ------
    ProtocolError
        If an event lies outside the experiment, is out of order or overlaps another, phases do not begin at
        0, or a probe falls into a train.
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
    }
    _refuse_unknown(path.name, raw, allowed)
    for key in ("title", "duration_min", "phase"):
        if key not in raw:
            raise ProtocolError(
                f"{path.name}: {key} is missing. A protocol needs title, duration_min and [[phase]]."
            )
    return Protocol(
        name=path.stem,
        title=_typed(path.name, "title", raw["title"], "str"),
        duration_min=_number(path.name, "duration_min", raw["duration_min"]),
        phases=_events(path.name, "phase", raw, Phase),
        washes=_events(path.name, "wash", raw, Wash),
        trains=_events(path.name, "train", raw, Train),
        probes=_events(path.name, "probe", raw, Probe),
        probe_interval_seconds=_number(
            path.name, "probe_interval_seconds", raw.get("probe_interval_seconds", 30)
        ),
        notes=_texts(path.name, "notes", raw.get("notes", [])),
    )


def _events(file: str, kind: str, raw: Mapping[str, Any], build: Any) -> tuple[Any, ...]:
    tables = raw.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ProtocolError(f"{file}: {kind} must be written as [[{kind}]] tables.")
    return tuple(_event(f"{file} [[{kind}]]", table, build) for table in tables)


def _event(where: str, table: Mapping[str, Any], build: Any) -> Any:
    kinds = dict(build.__annotations__)
    _refuse_unknown(where, table, set(kinds))
    given = {}
    for name, item in table.items():
        given[name] = _typed(where, name, item, kinds[name])
    missing = [f.name for f in fields(build) if f.name not in given and f.default is MISSING]
    if missing:
        raise ProtocolError(f"{where}: {', '.join(missing)} is missing. Add it.")
    try:
        return build(**given)
    except ProtocolError as error:
        raise ProtocolError(f"{where}: {error}") from error


def _typed(where: str, name: str, item: Any, hint: str) -> Any:
    if hint in ("float", "int"):
        number = _number(where, name, item)
        if hint == "int" and not number.is_integer():
            raise ProtocolError(f"{where}: {name} = {item!r} must be a whole number.")
        return int(number) if hint == "int" else number
    wanted = {"str": str, "bool": bool}[hint]
    if not isinstance(item, wanted):
        raise ProtocolError(
            f"{where}: {name} = {item!r} must be {'a text' if wanted is str else 'true or false'}."
        )
    return item


def _texts(where: str, name: str, item: Any) -> tuple[str, ...]:
    if not isinstance(item, list) or not all(isinstance(text, str) for text in item):
        raise ProtocolError(f"{where}: {name} = {item!r} must be a list of texts.")
    return tuple(item)


def _number(where: str, name: str, item: Any) -> float:
    if isinstance(item, bool) or not isinstance(item, int | float) or not np.isfinite(item):
        raise ProtocolError(f"{where}: {name} = {item!r} must be a number.")
    return float(item)


def _refuse_unknown(where: str, table: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise ProtocolError(f"{where}: unknown key {unknown[0]!r}. Allowed: {', '.join(sorted(allowed))}.")


def _choose(what: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        raise ProtocolError(f"{what} {given!r} is not known. Allowed: {', '.join(allowed)}.")
