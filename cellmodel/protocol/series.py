"""A series of experiments that differ in one number of their trains.

[series]
varies = "hz"                        # a number of the trains: `VARIED`
values = [1, 3, 5, 10, 20, 50]       # rising; an experiment for each
train  = 1                           # optional: only the first [[train]]; all of them by default
[[series.published]]                 # optional, as many as there are: drawn beside what is computed
at     = 1                           # the value
target = "lfs_1hz/60"                # of data/plasticity_targets.toml; or percent, low, high
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from cellmodel.errors import ProtocolError, unknown_name
from cellmodel.parameters import load
from cellmodel.protocol.reading import choose, events, number, refuse_unknown, typed
from cellmodel.protocol.train import Train

VARIED = ("pulses", "hz", "bursts", "burst_hz", "current_nA", "current_ms", "current_delay_ms", "hold_mV")
WHOLE = ("pulses", "bursts")
UNITS = {
    "hz": "Hz",
    "burst_hz": "Hz",
    "current_nA": "nA",
    "current_ms": "ms",
    "current_delay_ms": "ms",
    "hold_mV": "mV",
}
TARGETS = "plasticity_targets.toml"
LARGEST = 1e6  # %


@dataclass(frozen=True, slots=True)
class Published:
    """What was published for one value of a series, in percent of the baseline.

    Either ``target`` (``fitted`` or ``predicted`` in data/plasticity_targets.toml) or the numbers are given.
    """

    at: float
    percent: float = 0.0
    low: float = 0.0
    high: float = 0.0
    target: str = ""

    def __post_init__(self) -> None:
        if not self.target and not 0 < self.low <= self.percent <= self.high < LARGEST:
            raise ProtocolError(
                f"published at {self.at:g}: percent = {self.percent:g}, low = {self.low:g}, high = "
                f"{self.high:g}. Give a target, or percent between low and high, above 0."
            )

    def resolved(self) -> Published:
        """Return the point with the numbers of its target.

        Raises
        ------
        ParameterError
            If there is no such target.
        """
        if not self.target:
            return self
        file = load(TARGETS)
        known = {**file.group("fitted"), **file.group("predicted")}
        if self.target not in known:
            raise unknown_name("target", self.target, known)
        found = known[self.target]
        low, high = (found.value if end is None else end for end in (found.low, found.high))
        return Published(self.at, found.value, low, high)


@dataclass(frozen=True, slots=True)
class Series:
    """What varies from one experiment of a series to the next.

    Parameters
    ----------
    varies : str
        A number of `Train`; one of `VARIED`.
    values : tuple of float
        Rising.
    train : int
        Which train of the protocol, counted from 1; 0: all.
    published : tuple of Published

    Raises
    ------
    ProtocolError
        If the number cannot vary, there are fewer than two values, they do not rise or are not whole where
        they have to be, or a published point is at none of them.
    """

    varies: str
    values: tuple[float, ...]
    train: int = 0
    published: tuple[Published, ...] = ()

    def __post_init__(self) -> None:
        choose("series: varies =", self.varies, VARIED)
        if len(self.values) < 2 or any(b <= a for a, b in pairwise(self.values)):
            raise ProtocolError(
                f"series: values = {self._listed(self.values)}: give two or more, each above the one before."
            )
        if self.varies in WHOLE and any(value != int(value) for value in self.values):
            raise ProtocolError(f"series: {self.varies} = {self._listed(self.values)} must be whole numbers.")
        if self.train < 0:
            raise ProtocolError(f"series: train = {self.train}: trains are counted from 1.")
        for point in self.published:
            if point.at not in self.values:
                raise ProtocolError(
                    f"series: published at {point.at:g}, which is not one of its values: "
                    f"{self._listed(self.values)}."
                )

    @staticmethod
    def _listed(values: Sequence[float]) -> str:
        return ", ".join(f"{value:g}" for value in values) or "none"

    @property
    def unit(self) -> str:
        """Unit of the values; 1 where they are counted."""
        return UNITS.get(self.varies, "1")

    @property
    def axis(self) -> str:
        """How the values are written at an axis."""
        words = self.varies.removesuffix(f"_{self.unit}").removesuffix("hz").strip("_").replace("_", " ")
        name = {"": "frequency of pulses", "burst": "frequency of bursts", "hold": "holding potential"}.get(
            words, words
        )
        return name if self.unit == "1" else f"{name} ({self.unit})"

    def label(self, value: float) -> str:
        """Return what an experiment of the series is called in rows: ``10hz``, ``40_pulses``."""
        return f"{value:g}hz" if self.varies == "hz" else f"{value:g}_{self.varies}"


def read_series(file: str, table: Any) -> Series:
    """Read the ``[series]`` of a protocol file."""
    where = f"{file} [series]"
    if not isinstance(table, dict):
        raise ProtocolError(f"{file}: series must be written as a [series] table.")
    refuse_unknown(where, table, {"varies", "values", "train", "published"})
    for key in ("varies", "values"):
        if key not in table:
            raise ProtocolError(f"{where}: {key} is missing. A series needs varies and values.")
    if not isinstance(table["values"], list):
        raise ProtocolError(f"{where}: values = {table['values']!r} must be a list of numbers.")
    try:
        return Series(
            varies=typed(where, "varies", table["varies"], "str"),
            values=tuple(number(where, "values", value) for value in table["values"]),
            train=typed(where, "train", table.get("train", 0), "int"),
            published=_published(where, table),
        )
    except ProtocolError as error:
        raise error if str(error).startswith(file) else ProtocolError(f"{where}: {error}") from error


def _published(where: str, table: Mapping[str, Any]) -> tuple[Published, ...]:
    return tuple(point.resolved() for point in events(where, "published", table, Published))


def member(protocol: Any, series: Series, value: float) -> Any:
    """Return the `Protocol` of one value; what comes after a train keeps its distance from the train's end.

    Raises
    ------
    ProtocolError
        If there is no such train, or the value makes no protocol.
    """
    if series.train > len(protocol.trains) or not protocol.trains:
        raise ProtocolError(
            f"protocol {protocol.name!r}: the series varies train {series.train or 1}, but there are "
            f"{len(protocol.trains)}. Add a [[train]], or correct train."
        )
    chosen = [k for k in range(len(protocol.trains)) if series.train in (0, k + 1)]
    given: dict[str, Any] = {series.varies: int(value) if series.varies in WHOLE else value}
    try:
        changed = {k: replace(protocol.trains[k], **given) for k in chosen}
        return _stretched(protocol, changed)
    except ProtocolError as error:
        raise ProtocolError(f"protocol {protocol.name!r}, {series.varies} = {value:g}: {error}") from error


def _stretched(protocol: Any, changed: Mapping[int, Train]) -> Any:
    """Return the protocol with some trains changed, and all that comes later moved by their lengths."""
    ends = {
        protocol.trains[k].end_min: train.end_min - protocol.trains[k].end_min for k, train in changed.items()
    }

    def moved(at_min: float) -> float:
        return at_min + sum(longer for end, longer in ends.items() if end <= at_min)

    def shifted(parts: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(replace(part, at_min=moved(part.at_min)) for part in parts)

    return replace(
        protocol,
        duration_min=moved(protocol.duration_min),
        phases=shifted(protocol.phases),
        washes=shifted(protocol.washes),
        trains=shifted([changed.get(k, train) for k, train in enumerate(protocol.trains)]),
        probes=shifted(protocol.probes),
        series=None,
    )
