"""Conditioning stimulation: pulses to one pathway, and current into the soma that is paired with them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ProtocolError
from cellmodel.protocol.reading import choose
from cellmodel.units import MS_PER_SECOND, SECONDS_PER_MINUTE

PATHWAYS = ("test", "control")
ROUNDING = 1e-9
"""Milliseconds by which sums of intervals may be off."""


@dataclass(frozen=True, slots=True)
class Train:
    """Conditioning stimulation of one pathway: ``bursts`` of ``pulses`` at ``hz``.

    Parameters
    ----------
    at_min : float, min
        When it begins, with a pulse or with the current before it.
    pathway : str
    pulses : int
        In a burst.
    hz, burst_hz : float, Hz
        Of pulses in a burst, and of bursts.
    bursts : int
    current_nA, current_ms : float
        Size and length of each step of current into the soma; 0: no current.
    current_delay_ms : float
        From a pulse to the first step that is paired with it; below 0 the step comes first.
    current_steps : int
        Steps with each pulse.
    current_interval_ms : float
        From the beginning of one of these steps to that of the next.

    Raises
    ------
    ProtocolError
        If a number is not above 0, bursts overlap, or steps of current do.
    """

    at_min: float
    pathway: str
    pulses: int
    hz: float
    bursts: int = 1
    burst_hz: float = 5.0
    current_nA: float = 0.0
    current_ms: float = 0.0
    current_delay_ms: float = 0.0
    current_steps: int = 1
    current_interval_ms: float = 0.0

    def __post_init__(self) -> None:
        choose("train pathway", self.pathway, PATHWAYS)
        for name in ("pulses", "hz", "bursts", "burst_hz", "current_steps"):
            if not getattr(self, name) > 0:
                raise ProtocolError(f"train {name} = {getattr(self, name)}: it must be above 0.")
        if self.bursts > 1 and (self.pulses - 1) / self.hz >= 1 / self.burst_hz:
            raise ProtocolError(
                f"train: a burst of {self.pulses} pulses at {self.hz} Hz does not fit between bursts at "
                f"{self.burst_hz} Hz. Lower burst_hz or pulses."
            )
        self._check_current()

    def _check_current(self) -> None:
        """Refuse current without size or length, and steps that overlap."""
        sizes = {"current_nA": self.current_nA, "current_ms": self.current_ms}
        given = [name for name, size in sizes.items() if size != 0]
        others = ("current_delay_ms", "current_interval_ms")
        given += [name for name in others if getattr(self, name) != 0]
        given += ["current_steps"] if self.current_steps > 1 else []
        missing = [name for name, size in sizes.items() if size == 0]
        if given and missing:
            raise ProtocolError(f"train: {given[0]} without {missing[0]}. Give both, or no current.")
        if self.current_ms < 0:
            raise ProtocolError(f"train current_ms = {self.current_ms:g}: it must be above 0.")
        if self.current_steps > 1 and self.current_interval_ms < self.current_ms:
            raise ProtocolError(
                f"train: steps of current of {self.current_ms:g} ms, {self.current_interval_ms:g} ms apart, "
                "overlap. Raise current_interval_ms."
            )
        span = (self.current_steps - 1) * self.current_interval_ms + self.current_ms
        gap = float(np.min(np.diff(self.pulse_times()), initial=math.inf))
        if span > gap + ROUNDING:
            raise ProtocolError(
                f"train: current of {span:g} ms with each pulse overlaps that with the next, {gap:g} ms "
                "later. Lower current_ms, current_steps or hz."
            )

    def pulse_times(self) -> np.ndarray:
        """Return the times of all pulses since ``at_min``, (bursts x pulses,) ms."""
        within = np.arange(self.pulses) * MS_PER_SECOND / self.hz
        starts = np.arange(self.bursts) * MS_PER_SECOND / self.burst_hz + max(0.0, -self.current_delay_ms)
        return (starts[:, None] + within[None, :]).ravel()

    def current_times(self) -> np.ndarray:
        """Return when the steps of current begin, since ``at_min``, (n,) ms; empty without current."""
        if self.current_nA == 0:
            return np.empty(0)
        steps = self.current_delay_ms + np.arange(self.current_steps) * self.current_interval_ms
        return (self.pulse_times()[:, None] + steps[None, :]).ravel()

    @property
    def end_min(self) -> float:
        """Time of the last pulse, min."""
        return self.at_min + float(self.pulse_times()[-1]) / MS_PER_SECOND / SECONDS_PER_MINUTE

    @property
    def text(self) -> str:
        """How the train is written at its arrow in a figure."""
        train = f"{self.hz:g} Hz, {self.pulses * self.bursts} pulses"
        return f"{train}, paired" if self.current_nA else train
