"""What the panel's buttons run: a patch and a slice under one compound, without any window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.gui.readout import Curve, Curves, dose_notice
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor, require_fast
from cellmodel.slice import Response, Slice, SliceOptions
from cellmodel.synapse import ReceptorSettings
from cellmodel.units import PICOAMP_PER_NANOAMP

TEST = "test"
SHARE = 3
"""At first one fiber in three is stimulated, near the 30-40 % of the largest response of a test stimulus."""
PULSES = ("short", "long")

P = ParamSpec("P")
T = TypeVar("T")


def aside(method: Callable[Concatenate[Bench, P], T]) -> Callable[Concatenate[Bench, P], T]:
    """Let a method of `Bench` run without RunControl noticing it."""

    @wraps(method)
    def run_aside(bench: Bench, *args: P.args, **kwargs: P.kwargs) -> T:
        with bench.integrating():
            return method(bench, *args, **kwargs)

    return run_aside


class Bench:
    """A patch and a slice that are given the same compound.

    Parameters
    ----------
    compound : str
        Name of a shipped compound or a TOML file.

    Attributes
    ----------
    compound : Compound
    dose_mM : float
        Of the drug condition; brought to the slice by `apply`.
    fibers : float
        How many fibers of the test pathway are stimulated, likewise.
    slice : Slice
        Test pathway only.
    pulses : dict
        Length (ms) of the patch's pulses ``short`` and ``long``.
    is_integrating : bool
        Whether NEURON is at work for the bench, not for RunControl.
    """

    def __init__(self, compound: str = "aniracetam") -> None:
        self._h = load_mechanisms()
        self.compound = Compound.named(compound)
        require_fast(self.compound)
        self.dose_mM = self.compound.default_dose_mM
        self.receptor = Receptor.named("ca1")
        self.slice = Slice(SliceOptions(compound=self.compound, pathways=(TEST,)))
        self.fibers = float(self.slice.n_fibers // SHARE)
        self.pulses = {name: load("patch.toml").value(f"pulses.{name}") for name in PULSES}
        self.is_integrating = False
        self._controls: dict[str, Curve] = {}

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

    @aside
    def choose(self, name: str) -> None:
        """Exchange the compound, for a shipped one or a TOML file, and take its usual dose.

        Raises
        ------
        ParameterError
            If there is no such compound, or none that synapses can be given; the old one stays.
        """
        compound = Compound.named(name)
        _give(self.slice, compound)
        self.slice.block(**dict.fromkeys(self.slice.blocks, 0.0))
        self.compound, self.dose_mM = compound, compound.default_dose_mM

    def apply(self) -> str:
        """Bring dose and stimulus to the slice and return what the user should know, empty for nothing.

        Raises
        ------
        ParameterError
            If one of them is out of range.
        """
        notice = dose_notice(self.compound, self.dose_mM)
        if not 1 <= self.fibers <= self.slice.n_fibers:
            raise ParameterError(f"{self.fibers:g} fibers: give 1 to {self.slice.n_fibers}.")
        self.slice.recruit(round(self.fibers))
        self.wash(self.dose_mM)
        return " ".join(filter(None, (*self.compound.notices, notice)))

    @aside
    def wash(self, dose_mM: float) -> None:
        """Bring a dose to the slice; 0 is the control."""
        self.slice.wash(dose_mM)

    @aside
    def currents(self, name: str) -> Curves:
        """Return the patch's currents (pA) in one of the `pulses`; the control is recorded once."""
        patch = Patch(self.receptor, compound=self.compound)
        if name not in self._controls:
            self._controls[name] = self._current(patch, name, 0.0)
        return {"control": self._controls[name], "drug": self._current(patch, name, self.dose_mM)}

    def _current(self, patch: Patch, name: str, dose_mM: float) -> Curve:
        sweep = patch.pulse(self.pulses[name], dose_mM=dose_mM)
        return sweep.t, sweep["i"] * PICOAMP_PER_NANOAMP

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

    def stimulate(self, times: Any) -> None:
        """Put stimuli at ``times`` (array, ms) on the event queue of a run that begins."""
        self.slice.pathways[TEST].stimulate(times)
        self.slice.inhibition[TEST].stimulate(times)


def _give(rig: Slice, compound: Compound) -> None:
    """Exchange the compound of a slice in place: its windows need not be opened anew."""
    settings = replace(rig.settings, compound=compound)
    _configure(rig, settings)  # refuses one that exchanges slowly
    rig.options, rig.settings = replace(rig.options, compound=compound), settings
    for pathway in rig.pathways.values():
        pathway.settings = settings


def _configure(rig: Slice, settings: ReceptorSettings) -> None:
    for volley in [volley for pathway in rig.pathways.values() for volley in pathway.volleys]:
        settings.configure(volley.resident)
        if volley.inserted is not volley.resident:
            settings.configure(volley.inserted, is_inserted=True, expression=rig.expression)
