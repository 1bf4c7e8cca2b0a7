"""Current clamp of one cell: a step of current into the soma, voltage read where one likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cellmodel.errors import ProtocolError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.traces import Recording

TOLERANCE = 1e-4  # absolute, of every state: ten times tighter moves a spike by less than 0.02 ms
_tolerance = ContextVar("tolerance", default=TOLERANCE)
_step: ContextVar[float | None] = ContextVar("step", default=None)
LONGEST_STEP = 1.0  # ms, so that a trace has samples where nothing happens
SHORTEST_STEP = 1e-9  # ms; at a kink of extreme parameters CVODE would halve its step without end
REST_STEP = 25.0  # ms, before the step, where a cell at rest stays where it is
EULER, CRANK_NICOLSON = 0, 2  # NEURON's numbers of its methods with a fixed step


@dataclass(frozen=True)
class CurrentStep:
    """A current of ``amplitude`` nA from ``start`` for ``duration``, recorded ``after`` it (ms)."""

    amplitude: float
    start: float
    duration: float
    after: float

    def __post_init__(self) -> None:
        if min(self.start, self.duration, self.after) < 0:
            raise ProtocolError(f"{self} has a negative time. Use times from 0 ms on.")

    @property
    def length(self) -> float:
        """Length of the sweep, ms."""
        return self.start + self.duration + self.after


def somatic_step(
    cell: Any,
    step: CurrentStep,
    *,
    sites: Mapping[str, Any] | None = None,
    electrode: Any = None,
) -> Recording:
    """Inject a current step into the soma, or elsewhere, and record voltage.

    Parameters
    ----------
    cell : CA1Pyramidal
    step : CurrentStep
    sites : mapping of str to Segment, optional
        More places to record from; the soma is always recorded, as ``v_soma``.
    electrode : Segment, optional
        Where the current goes in; the middle of the soma by default.

    Returns
    -------
    Recording
        ``v_soma``, ``v_NAME`` for every site, and ``i`` (nA), (n_t,), at the solver's steps (1 ms at most).
    """
    h = load_mechanisms()
    clamp = h.IClamp(electrode or cell.soma[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = step.start, step.duration, step.amplitude
    t, signals = record_voltage(cell, step.length, sites=sites, quiet_until=step.start)
    inside = (t >= step.start) & (t < step.start + step.duration)
    units = {**dict.fromkeys(signals, "mV"), "i": "nA"}
    meta = {"celsius": cell.celsius, "amplitude": step.amplitude, "biophysics": cell.biophysics.name}
    return Recording(t, {**signals, "i": np.where(inside, step.amplitude, 0.0)}, units, meta)


def inject_waveform(cell: Any, t: np.ndarray, current: np.ndarray, *, electrode: Any = None) -> Recording:
    """Inject a current of any shape and record voltage there and at the soma.

    Parameters
    ----------
    cell : CA1Pyramidal
    t : array, (n_t,) ms
        From 0 on, evenly spaced: the fixed step of the integration, by Crank and Nicolson's method. A
        step of 0.5 ms is within 0.1 % of one of 0.25 ms for a cell below threshold.
    current : array, (n_t,) nA
        Linear in between.
    electrode : Segment, optional
        Where the current goes in; the middle of the soma by default.

    Returns
    -------
    Recording
        ``v_soma``, ``v_site`` and ``i`` (nA) at the times ``t``.

    Raises
    ------
    ProtocolError
        If the times are not even or do not fit the current.
    """
    step = float(t[1] - t[0]) if len(t) > 1 else 0.0
    if not step > 0 or t[0] != 0 or len(t) != len(current) or not np.allclose(np.diff(t), step):
        raise ProtocolError(f"{len(t)} times and {len(current)} currents are no even waveform from 0 ms on.")
    h = load_mechanisms()
    place = electrode or cell.soma[0](0.5)
    clamp = h.IClamp(place)
    clamp.delay, clamp.dur = 0.0, float(t[-1]) + step
    times, values = h.Vector(t), h.Vector(current)
    values.play(clamp._ref_amp, times, True)
    vectors = {"v_soma": h.Vector(), "v_site": h.Vector()}
    for name, at in zip(vectors, (cell.soma[0](0.5), place), strict=True):
        vectors[name].record(at._ref_v, step)
    with _fixed_step(h, step, CRANK_NICOLSON):
        h.celsius = cell.celsius
        h.finitialize(cell.v_init)
        for _ in range(len(t) - 1):
            h.fadvance()
    values.play_remove()
    signals = {name: np.array(vector)[: len(t)] for name, vector in vectors.items()}
    meta = {"celsius": cell.celsius, "biophysics": cell.biophysics.name}
    return Recording(t, {**signals, "i": current}, {**dict.fromkeys(signals, "mV"), "i": "nA"}, meta)


@contextmanager
def _fixed_step(h: Any, step: float, method: int) -> Iterator[None]:
    """Integrate with a fixed step (ms) inside the block, and put NEURON's settings back after it."""
    was_active, dt, order = h.CVode().active(), h.dt, h.secondorder
    h.CVode().active(False)
    h.dt, h.secondorder = step, method
    try:
        yield
    finally:
        h.dt, h.secondorder = dt, order
        h.CVode().active(bool(was_active))


def record_voltage(
    cell: Any, length: float, *, sites: Mapping[str, Any] | None = None, quiet_until: float = 0.0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Run a cell from rest, with whatever stimulus is attached to it, and record voltage.

    Parameters
    ----------
    cell : CA1Pyramidal
    length : float, ms
    sites : mapping of str to Segment, optional
        More places to record from; the soma is always recorded, as ``v_soma``.
    quiet_until : float, ms
        Before it nothing is attached that acts, so the solver may take long steps.

    Returns
    -------
    tuple of array (n_t,) ms and dict of str to array (n_t,) mV
        Strictly increasing times, at the solver's own steps, and ``v_NAME`` for every place.
    """
    h = load_mechanisms()
    run = _run_variable if (step := _step.get()) is None else partial(_run_fixed, step=step)
    places = {"soma": cell.soma[0](0.5), **(sites or {})}
    time = h.Vector().record(h._ref_t)
    vectors = {f"v_{name}": h.Vector().record(place._ref_v) for name, place in places.items()}
    h.celsius = cell.celsius
    run(h, cell.v_init, length, quiet_until)
    t, last = _distinct(np.array(time))
    return t, {name: np.array(vector)[last] for name, vector in vectors.items()}


def _run_variable(h: Any, v_init: float, length: float, quiet_until: float) -> None:
    with variable_step(h) as solver:
        solver.maxstep(REST_STEP)
        h.finitialize(v_init)
        if quiet_until > REST_STEP:
            solver.solve(quiet_until - LONGEST_STEP)
        solver.maxstep(LONGEST_STEP)
        solver.solve(length)


def _run_fixed(h: Any, v_init: float, length: float, quiet_until: float, *, step: float) -> None:
    with _fixed_step(h, step, EULER):
        h.finitialize(v_init)
        h.dt = LONGEST_STEP
        while h.t + LONGEST_STEP < quiet_until:
            h.fadvance()
        h.dt = step
        while h.t + step / 2 < length:
            h.fadvance()


def _distinct(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct times and where each stands last: CVODE visits an event's time twice."""
    last = np.flatnonzero(np.append(np.diff(time) > 0, True))
    return time[last], last


@contextmanager
def variable_step(h: Any) -> Iterator[Any]:
    """Integrate with CVODE inside the block, and put NEURON's settings back after it."""
    solver = h.CVode()
    was_active, tolerance, longest, shortest = (
        solver.active(),
        solver.atol(),
        solver.maxstep(),
        solver.minstep(),
    )
    solver.active(True)
    solver.atol(_tolerance.get())
    solver.maxstep(LONGEST_STEP)
    solver.minstep(SHORTEST_STEP)
    try:
        yield solver
    finally:
        solver.atol(tolerance)
        solver.maxstep(longest)
        solver.minstep(shortest)
        solver.active(bool(was_active))


@contextmanager
def solver_tolerance(tolerance: float) -> Iterator[None]:
    """Integrate with another absolute tolerance inside the block.

    Parameters
    ----------
    tolerance : float
        Of every state. 1e-3 takes two thirds of the time and moves the 20th spike of a train by 0.15 ms.

    Raises
    ------
    ProtocolError
        If it is not above 0.
    """
    if not tolerance > 0:
        raise ProtocolError(f"a tolerance of {tolerance} is not above 0. Use {TOLERANCE:g} or so.")
    token = _tolerance.set(tolerance)
    try:
        yield
    finally:
        _tolerance.reset(token)


@contextmanager
def fixed_step(step: float) -> Iterator[None]:
    """Integrate with a fixed step inside the block, by NEURON's default method (implicit Euler).

    Parameters
    ----------
    step : float, ms
        While nothing acts on a cell at rest, before a stimulus, steps are of 1 ms.

    Raises
    ------
    ProtocolError
        If it is not above 0 and at most 1 ms.
    """
    if not 0 < step <= LONGEST_STEP:
        raise ProtocolError(f"a step of {step} ms is not in 0 to {LONGEST_STEP:g} ms. Use 0.025 or so.")
    token = _step.set(step)
    try:
        yield
    finally:
        _step.reset(token)
