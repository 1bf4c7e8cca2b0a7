"""Current clamp of one cell: a step of current into the soma, voltage read where one likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ProtocolError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.traces import Recording

TOLERANCE = 1e-4  # absolute, of every state: ten times tighter moves a spike by less than 0.02 ms
LONGEST_STEP = 1.0  # ms, so that a trace has samples where nothing happens


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


def somatic_step(cell: Any, step: CurrentStep, *, sites: Mapping[str, Any] | None = None) -> Recording:
    """Inject a current step into the soma and record voltage.

    Parameters
    ----------
    cell : CA1Pyramidal
    step : CurrentStep
    sites : mapping of str to Segment, optional
        More places to record from; the soma is always recorded, as ``v_soma``.

    Returns
    -------
    Recording
        ``v_soma``, ``v_NAME`` for every site, and ``i`` (nA), (n_t,), at CVODE's own steps (1 ms at most).
    """
    h = load_mechanisms()
    electrode = h.IClamp(cell.soma[0](0.5))
    electrode.delay, electrode.dur, electrode.amp = step.start, step.duration, step.amplitude
    places = {"soma": cell.soma[0](0.5), **(sites or {})}
    time = h.Vector().record(h._ref_t)
    vectors = {f"v_{name}": h.Vector().record(place._ref_v) for name, place in places.items()}
    with variable_step(h) as solver:
        h.celsius = cell.celsius
        h.finitialize(cell.v_init)
        solver.solve(step.length)
    t, last = _distinct(np.array(time))
    signals = {name: np.array(vector)[last] for name, vector in vectors.items()}
    inside = (t >= step.start) & (t < step.start + step.duration)
    units = {**dict.fromkeys(signals, "mV"), "i": "nA"}
    meta = {"celsius": cell.celsius, "amplitude": step.amplitude, "biophysics": cell.biophysics.name}
    return Recording(t, {**signals, "i": np.where(inside, step.amplitude, 0.0)}, units, meta)


def _distinct(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct times and where each stands last: CVODE visits an event's time twice."""
    last = np.flatnonzero(np.append(np.diff(time) > 0, True))
    return time[last], last


@contextmanager
def variable_step(h: Any) -> Iterator[Any]:
    """Integrate with CVODE inside the block, and put NEURON's settings back after it."""
    solver = h.CVode()
    was_active, tolerance, longest = solver.active(), solver.atol(), solver.maxstep()
    solver.active(True)
    solver.atol(TOLERANCE)
    solver.maxstep(LONGEST_STEP)
    try:
        yield solver
    finally:
        solver.atol(tolerance)
        solver.maxstep(longest)
        solver.active(bool(was_active))
