"""What the panel's buttons run: a patch and a slice under one compound, without any window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError, ProtocolError
from cellmodel.gui.readout import Curves, dose_notice
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.patch import Patch
from cellmodel.protocol import Protocol, Train
from cellmodel.receptor import Receptor
from cellmodel.slice import Bath, Event, Response, Slice, SliceOptions, play
from cellmodel.slice.clamp import ClampedSlice
from cellmodel.slice.conditioning import give_train
from cellmodel.synapse import ReceptorSettings
from cellmodel.traces import Recording
from cellmodel.units import PERCENT, PICOAMP_PER_NANOAMP, from_minutes

TEST = "test"
SHARE = 0.29
"""Of the fibers that are stimulated at first: about the test intensity that the experiments find."""
PULSES = ("short", "long")
SETTINGS = ("compound_name", "dose_mM", "celsius", "fibers", "expression", "protocol")
"""What the panel sets and a saved session keeps."""
DOSE_RANGE = 4.0
"""The slider ends at this many usual doses where no solubility is known."""
AFTER_TETANUS_MINUTES = 30.0
"""When the field EPSP is looked at again; receptors have long been inserted by then."""
PROGRESS_SECONDS = 0.3
"""Between two signs of life of a long integration."""

P = ParamSpec("P")
T = TypeVar("T")


def aside(method: Callable[Concatenate[Bench, P], T]) -> Callable[Concatenate[Bench, P], T]:
    """Let a method of `Bench` run without RunControl noticing it."""

    @wraps(method)
    def run_aside(bench: Bench, *args: P.args, **kwargs: P.kwargs) -> T:
        with bench.integrating():
            return method(bench, *args, **kwargs)

    return run_aside


@dataclass(frozen=True)
class Tetanus:
    """Field responses before a train and `AFTER_TETANUS_MINUTES` after it, and the response to the train."""

    before: Response
    train: Response
    after: Response


class Bench:
    """A patch and a slice that are given the same compound.

    Parameters
    ----------
    compound : str
        Name of a shipped compound or a TOML file.

    Attributes
    ----------
    compound : Compound
    dose_mM, celsius, fibers : float
        Of the drug condition, of the slice (the patch is recorded at its rig's temperature), and how many
        fibers of the test pathway are stimulated: brought to the slice by `apply`.
    expression, protocol : str
        Hypothesis of how LTP is expressed, and protocol of an LTP run.
    pulses : dict
        Length (ms) of the patch's pulses ``short`` and ``long``.
    is_integrating : bool
        Whether NEURON is at work for the bench, not for RunControl.
    """

    def __init__(self, compound: str = "aniracetam") -> None:
        self._h = load_mechanisms()
        self.compound = Compound.named(compound)
        self.dose_mM = self.compound.default_dose_mM
        self.receptor = Receptor.named("ca1")
        self.celsius, self.expression, self.protocol = Bath().celsius, SliceOptions().expression, "standard"
        self.all_fibers = int(load("synapse.toml").value("pathway.usual"))
        self.fibers = float(round(SHARE * self.all_fibers))
        self.pulses = {name: load("patch.toml").value(f"pulses.{name}") for name in PULSES}
        self.is_integrating = False
        self._slice: Slice | None = None
        self._controls: dict[str, Recording] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """The values of `SETTINGS`."""
        return {name: getattr(self, name) for name in SETTINGS}

    @settings.setter
    def settings(self, values: dict[str, Any]) -> None:
        """Take values of `SETTINGS`, the compound before its dose."""
        for name in SETTINGS:
            if name in values:
                setattr(self, name, values[name])

    @property
    def compound_name(self) -> str:
        """Name of a shipped compound, or the file of another one."""
        is_shipped = self.compound.name in Compound.names()
        return self.compound.name if is_shipped else self.compound.path.resolve().as_posix()

    @compound_name.setter
    def compound_name(self, name: str) -> None:
        """Exchange the compound and take its usual dose."""
        self.compound = Compound.named(name)
        self.dose_mM = self.compound.default_dose_mM

    @property
    def fiber_percent(self) -> float:
        """The pathway's strength as the slider has it, % of all fibers."""
        return PERCENT * self.fibers / self.all_fibers

    @fiber_percent.setter
    def fiber_percent(self, percent: float) -> None:
        """Take a share of all fibers, at least one fiber."""
        self.fibers = float(max(round(percent / PERCENT * self.all_fibers), 1))

    @property
    def highest_dose_mM(self) -> float:
        """Where the dose slider ends: the compound's solubility, or some usual doses."""
        usual = DOSE_RANGE * self.compound.default_dose_mM
        return self.compound.solubility_mM or usual or 1.0

    @property
    def dose_percent(self) -> float:
        """The dose as the slider has it, % of the highest."""
        return PERCENT * self.dose_mM / self.highest_dose_mM

    @dose_percent.setter
    def dose_percent(self, percent: float) -> None:
        """Take a share of the highest dose, to three digits."""
        self.dose_mM = float(f"{percent / PERCENT * self.highest_dose_mM:.3g}")  # digits that one reads

    @property
    def options(self) -> SliceOptions:
        """The slice that the settings ask for.

        Raises
        ------
        ParameterError
            If one of them is out of range.
        """
        bath = Bath(celsius=self.celsius)
        ReceptorSettings(self.receptor, self.compound, self.celsius)  # refuses what it cannot stand for
        return SliceOptions(compound=self.compound, bath=bath, expression=self.expression, pathways=(TEST,))

    @property
    def slice(self) -> Slice:
        """The slice with the test pathway; built where there is none yet."""
        return self._slice or self.build()

    @property
    def is_outdated(self) -> bool:
        """Whether settings changed that a slice has from the beginning, or there is none yet."""
        return self._slice is None or self._slice.options != self.options

    @contextmanager
    def integrating(self) -> Iterator[None]:
        """Put back what RunControl shows and a run may change: temperature, step, method."""
        h, before = self._h, self.is_integrating
        kept = h.celsius, h.dt, h.cvode.active()
        self.is_integrating = True
        h.stoprun = 0  # RunControl's Stop, and Continue when it is done, would end every integration at once
        try:
            yield
        finally:
            self.is_integrating = before
            h.cvode.active(kept[2])
            h.celsius, h.dt = kept[0], kept[1]

    @contextmanager
    def progress(self, tell: Callable[[float], None]) -> Iterator[None]:
        """Call ``tell`` with NEURON's time (ms) now and then while it integrates."""
        last = time.monotonic()

        def look() -> None:
            nonlocal last
            if time.monotonic() - last > PROGRESS_SECONDS:
                last = time.monotonic()
                tell(self._h.t)

        self._h.cvode.extra_scatter_gather(0, look)
        try:
            yield
        finally:
            self._h.cvode.extra_scatter_gather_remove(look)

    @aside
    def build(self) -> Slice:
        """Build the slice of the present `options`; LTP stays where only compound or temperature change."""
        options, old = self.options, self._slice
        states = None
        if old is not None:
            states = old.states if old.options.expression == options.expression else None
            self._slice = None
            old.free()
        built = Slice(options)
        self._naive = dict(built.states)
        built.states = built.states if states is None else states
        self._slice = built
        return built

    def apply(self) -> str:
        """Bring the settings to the slice and return what the user should know, empty for nothing.

        Raises
        ------
        ParameterError
            If one of them is out of range.
        """
        notice = dose_notice(self.compound, self.dose_mM)
        if not 1 <= self.fibers <= self.all_fibers:
            raise ParameterError(f"{self.fibers:g} fibers: give 1 to {self.all_fibers}.")
        if self.is_outdated:
            self.build()
        if self.slice.n_recruited != round(self.fibers):
            self.slice.recruit(round(self.fibers))
        self.wash(self.dose_mM)
        return " ".join(filter(None, (*self.compound.notices, notice)))

    @aside
    def wash(self, dose_mM: float) -> None:
        """Bring a dose to the slice; 0 is the control."""
        self.slice.wash(dose_mM)

    def refresh(self) -> None:
        """Put a fresh slice into the chamber: no LTP, full vesicle pools."""
        self.slice.states = dict(self._naive)

    def sweeps(self, name: str) -> dict[str, Recording]:
        """Return the patch's response to one of the `pulses` in both conditions, see `Patch.exact`."""
        dose_notice(self.compound, self.dose_mM)
        patch = Patch(self.receptor, compound=self.compound)
        if name not in self._controls:
            self._controls[name] = patch.exact(self.pulses[name])
        return {"control": self._controls[name], "drug": patch.exact(self.pulses[name], self.dose_mM)}

    @aside
    def epscs(self) -> Curves:
        """Return the EPSC (pA) of the clamped cell in both conditions, on a cell of its own."""
        clamped = ClampedSlice(replace(self.options, fibers=round(self.fibers)))
        try:
            found = {"control": clamped.evoked(0.0), "drug": clamped.evoked(self.dose_mM)}
        finally:
            clamped.free()
        return {name: (each.t, each["i"] * PICOAMP_PER_NANOAMP) for name, each in found.items()}

    @aside
    def responses(self) -> dict[str, Response]:
        """Return the response of the test pathway in both conditions; the slice's slow states stay."""
        return {"control": self._response(0.0), "drug": self._response(self.dose_mM)}

    def _response(self, dose_mM: float) -> Response:
        self.slice.wash(dose_mM)
        start = dict(self.slice.states)
        response = self.slice.stimulate(TEST)
        self.slice.states = start
        return response

    @property
    def train(self) -> Train:
        """The first conditioning train of the protocol.

        Raises
        ------
        ProtocolError
            If it has none.
        """
        trains = Protocol.named(self.protocol).trains
        if not trains:
            raise ProtocolError(f"protocol {self.protocol!r} has no train. Choose one that has.")
        return trains[0]

    @aside
    def tetanus(self) -> Tetanus:
        """Give the protocol's first train in the present dose; the slice keeps its LTP."""
        before = self._response(self.dose_mM)
        train = give_train(self.slice, replace(self.train, pathway=TEST))
        self.slice.pass_time(from_minutes(AFTER_TETANUS_MINUTES))
        return Tetanus(before, train, self._response(self.dose_mM))

    def experiment(self) -> Iterator[Event]:
        """Play the protocol on a fresh slice and yield each event; RunControl may be used in between."""
        self.refresh()
        events = play(self.slice, Protocol.named(self.protocol), dose_mM=self.dose_mM)
        while True:
            with self.integrating():
                event = next(events, None)
            if event is None:
                return
            yield event

    def stimulate(self, times: np.ndarray) -> None:
        """Put stimuli at ``times`` (ms) on the queue of a run that begins, from the slice's slow states."""
        self.slice.write_state(TEST)
        self.slice.pathways[TEST].stimulate(times)
        self.slice.inhibition[TEST].stimulate(times)
