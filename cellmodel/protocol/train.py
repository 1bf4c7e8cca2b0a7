"""Conditioning stimulation: pulses to one pathway, and what the soma is paired with: current, or a clamp."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ProtocolError
from cellmodel.parameters import load
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
        When it begins: with a pulse, with the current before it, or with the clamp.
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
    hold_mV : float or None, mV
        The soma is clamped at it from before the first pulse until after the last: ``held_cell`` of
        data/preparations.toml. None: no clamp.
    cesium : bool
        The clamp's pipette holds cesium: potassium channels are blocked while the soma is clamped.

    Raises
    ------
    ProtocolError
        If a number is not above 0, fibers cannot follow, bursts overlap, steps of current do, or a clamp is
        out of range or comes with current.
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
    hold_mV: float | None = None
    cesium: bool = False

    def __post_init__(self) -> None:
        choose("train pathway", self.pathway, PATHWAYS)
        for name in ("pulses", "hz", "bursts", "burst_hz", "current_steps"):
            if not getattr(self, name) > 0:
                raise ProtocolError(f"train {name} = {getattr(self, name)}: it must be above 0.")
        shortest = load("synapse.toml").value("pathway.refractory")
        if self.pulses > 1 and MS_PER_SECOND / self.hz < shortest:
            raise ProtocolError(
                f"train hz = {self.hz:g}: a fiber fires again after {shortest:g} ms at the earliest "
                f"(refractory of synapse.toml). Allowed up to {MS_PER_SECOND / shortest:g}."
            )
        if self.bursts > 1 and (self.pulses - 1) / self.hz >= 1 / self.burst_hz:
            raise ProtocolError(
                f"train: a burst of {self.pulses} pulses at {self.hz} Hz does not fit between bursts at "
                f"{self.burst_hz} Hz. Lower burst_hz or pulses."
            )
        self._check_current()
        self._check_hold()

    def _check_hold(self) -> None:
        """Refuse cesium without a pipette, a potential out of range, and current into a clamped soma."""
        if self.hold_mV is None:
            if self.cesium:
                raise ProtocolError("train: cesium without hold_mV. Give hold_mV, or leave cesium out.")
            return
        if self.current_nA != 0:
            raise ProtocolError(
                "train: hold_mV and current_nA: a clamp takes up what current is injected. Give one of them."
            )
        numbers = load("preparations.toml").values_of("held_cell")
        low, high = numbers["v_lowest"], numbers["v_highest"]
        if not low <= self.hold_mV <= high:
            raise ProtocolError(
                f"train hold_mV = {self.hold_mV:g}: allowed {low:g} to {high:g} mV. Above it the model's "
                "NMDA receptors would let calcium out."
            )

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

    @property
    def _lead(self) -> float:
        """From the beginning to the first pulse, ms."""
        if self.hold_mV is not None:
            return float(load("preparations.toml").value("held_cell.lead"))
        return max(0.0, -self.current_delay_ms)

    def pulse_times(self) -> np.ndarray:
        """Return the times of all pulses since ``at_min``, (bursts x pulses,) ms."""
        within = np.arange(self.pulses) * MS_PER_SECOND / self.hz
        starts = np.arange(self.bursts) * MS_PER_SECOND / self.burst_hz + self._lead
        return (starts[:, None] + within[None, :]).ravel()

    def current_times(self) -> np.ndarray:
        """Return when the steps of current begin, since ``at_min``, (n,) ms; empty without current."""
        if self.current_nA == 0:
            return np.empty(0)
        steps = self.current_delay_ms + np.arange(self.current_steps) * self.current_interval_ms
        return (self.pulse_times()[:, None] + steps[None, :]).ravel()

    @property
    def hold_ms(self) -> float:
        """How long the soma is clamped from ``at_min`` on, ms; 0 without a clamp."""
        if self.hold_mV is None:
            return 0.0
        return float(self.pulse_times()[-1] + load("preparations.toml").value("held_cell.lag"))

    @property
    def end_min(self) -> float:
        """Time of the last pulse, min."""
        return self.at_min + float(self.pulse_times()[-1]) / MS_PER_SECOND / SECONDS_PER_MINUTE

    @property
    def text(self) -> str:
        """How the train is written at its arrow in a figure."""
        train = f"{self.hz:g} Hz, {self.pulses * self.bursts} pulses"
        if self.hold_mV is not None:
            return f"{train} at {self.hold_mV:g} mV"
        return f"{train}, paired" if self.current_nA else train
