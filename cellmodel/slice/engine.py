"""Run a window of the experiment: from rest, through the stimuli, until only slow states are left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load

REST_SETTLING, REST_STEP = 15000.0, 50.0
"""Milliseconds in which a cell comes to rest, and of each implicit step: at rest, a long one is exact.

It ends within 2e-5 mV of rest in each bath tried; 1500 steps of 1 ms take five times as long to 3e-3 mV."""
ABSOLUTE_TOLERANCE = 1e-4
HIGHEST_ORDER, USUAL_ORDER = 3, 5
"""Of CVODE's formulas. Those of order 4 and 5 are unstable for damped oscillations, which a resonant membrane
has: they take three times as many steps over the tail of a response, and are no nearer to the exact one."""
SAMPLE_STEP = 0.1
HALF = 0.5
BLOCK = 64
"""Steps that are weighted and integrated at once: one by one, that takes three times as long."""


@dataclass(frozen=True)
class Window:
    """What a window leaves behind.

    Attributes
    ----------
    t : array, (n_steps,) ms
        From the first stimulus' reference time.
    v : array, (n_steps, n_places) mV
    signals : array, (n_steps, n_watched)
        Of the references given to the engine, in their own units. Both may be weighted sums: `Engine.keep`.
    integrals : array, (n_watched,)
        Over time, of what each watched variable is above its first value.
    """

    t: np.ndarray
    v: np.ndarray
    signals: np.ndarray
    integrals: np.ndarray


@dataclass(frozen=True)
class Settled:
    """When a response is over.

    Attributes
    ----------
    earliest : float, ms
        Not before: stimuli are still to come, or a trace is wanted until then.
    allowed : array, (n_watched,)
        How far each watched variable may be from its first value, in its own unit; infinite: not judged.
    """

    earliest: float
    allowed: np.ndarray


class Engine:
    """Integrate one cell with everything on it, always from the same rest.

    Parameters
    ----------
    places : sequence of NEURON segments
        Whose voltage is recorded.
    watched : sequence of references
        Other variables recorded at every step.
    sections : sequence of Section
        What is put back at rest; another cell in this process may come and go.
    v_init, celsius : float
    absolute_tolerance : float
        Of CVODE, in the units of each state.
    """

    def __init__(
        self,
        places: Sequence[Any],
        watched: Sequence[Any],
        *,
        sections: Sequence[Any],
        v_init: float,
        celsius: float,
        absolute_tolerance: float = ABSOLUTE_TOLERANCE,
    ) -> None:
        self._h = load_mechanisms()
        self._t = self._h._ref_t
        self._sections = tuple(sections)
        self._tolerance = absolute_tolerance
        self._voltages = self._gatherer([place._ref_v for place in places])
        self._watched = self._gatherer(list(watched))
        self._v_init, self._celsius = v_init, celsius
        self._rest: Any = None
        self._kept: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
        self._change: tuple[float, Callable[[], None]] | None = None
        self._highest = math.inf

    def _gatherer(self, references: list[Any]) -> tuple[Any, Any, np.ndarray]:
        """Return pointers to variables, the vector they are gathered in, and the memory of that vector."""
        pointers = self._h.PtrVector(len(references))
        for k, reference in enumerate(references):
            pointers.pset(k, reference)
        vector = self._h.Vector(len(references))
        return pointers, vector, vector.as_numpy()

    @property
    def resting_voltages(self) -> np.ndarray:
        """Of every segment, in the order of the sections, (n_segments,) mV; a copy, `rest` comes before."""
        return self._rest.copy()

    def rest(self, known: np.ndarray | None = None) -> float:
        """Settle the cell with coarse implicit steps and return by how much v_init was off, mV.

        ``known``: the `resting_voltages` of an engine of the same cell, which are taken instead.
        """
        self._everywhere = self._gatherer(
            [segment._ref_v for section in self._sections for segment in section]
        )
        if known is None:
            self._rest = self._relaxed()
        elif known.shape != self._everywhere[2].shape:
            raise ParameterError(
                f"voltages of {known.size} segments for a cell with {self._everywhere[2].size}. Give those "
                "of an engine of the same cell."
            )
        else:
            self._rest = known.copy()
        return float(np.max(np.abs(self._rest - self._v_init)))

    def _relaxed(self) -> np.ndarray:
        """Return the voltage of every segment after coarse steps from v_init, (n_segments,) mV."""
        h = self._h
        h.celsius = self._celsius
        h.cvode.active(0)
        h.dt = REST_STEP
        h.finitialize(self._v_init)
        for _ in range(round(REST_SETTLING / REST_STEP)):
            h.fadvance()
        return self._read(self._everywhere).copy()

    def begin(self, *, fixed: bool = False) -> None:
        """Go back to rest at t = 0; slow states and stimuli are set after this and before `run`.

        Voltages are put back and INITIAL blocks find the steady state of every mechanism at them. (SaveState
        is no choice: it also puts back the parameters of mechanisms with NET_RECEIVE.) The method is chosen
        here because NEURON empties its event queue when it is changed.
        """
        h = self._h
        if self._rest is None:
            self.rest()
        h.celsius = self._celsius
        h.cvode.active(0 if fixed else 1)
        h.cvode.atol(self._tolerance)
        h.cvode.maxorder(HIGHEST_ORDER)
        pointers, vector, numbers = self._everywhere
        numbers[:] = self._rest
        pointers.scatter(vector)
        h.finitialize()

    def keep(self, of_voltages: np.ndarray, of_signals: np.ndarray) -> None:
        """Keep weighted sums instead of every voltage and variable: minutes of a train would fill the memory.

        Parameters
        ----------
        of_voltages : array, (n_kept, n_places)
        of_signals : array, (n_kept, n_watched)
        """
        self._kept = (of_voltages, of_signals)

    def change_at(self, t: float, change: Callable[[], None]) -> None:
        """Let the cell change at ``t`` ms of the next run, after its fixed steps: CVODE begins anew there."""
        self._change = (t, change)

    def end_above(self, value: float) -> None:
        """End each run with the first step of CVODE that takes the first watched variable above ``value``."""
        self._highest = value

    def run(
        self,
        duration: float,
        *,
        fixed_until: float = 0.0,
        step: float | None = None,
        settled: Settled | None = None,
    ) -> Window:
        """Integrate for ``duration`` ms, with a fixed step up to ``fixed_until`` and CVODE after it.

        ``step`` (ms) is that of data/slice.toml unless given. With ``settled``, the window ends with the
        first step at which everything is back at rest.
        """
        log = _Log(*self._kept, len(self._voltages[2]), len(self._watched[2]))
        if fixed_until > 0:
            self._run_fixed(fixed_until, step or load("slice.toml").value("window.fixed_step"), log)
        if self._change is not None:
            (t, change), self._change = self._change, None
            self._run_variable(t, log, None)
            change()
        self._run_variable(duration, log, settled)
        self._h.cvode.maxorder(USUAL_ORDER)
        return log.window()

    def _run_fixed(self, until: float, dt: float, log: _Log) -> None:
        h, advance = self._h, self._h.fadvance
        h.dt = dt
        h.fcurrent()
        n, every = math.ceil((until - h.t) / dt - HALF), max(1, round(SAMPLE_STEP / dt))
        for step in range(n):
            if step % every == 0:
                self._write(log)
            advance()

    def _run_variable(self, until: float, log: _Log, settled: Settled | None) -> None:
        h, advance = self._h, self._h.fadvance
        if not h.cvode.active():
            h.cvode.active(1)
        h.cvode.re_init()
        self._write(log)
        before = now = h.t
        while now < until:
            advance()
            before, now = now, self._t[0]
            if before < now < until:
                self._write(log)
                if settled is not None and now > settled.earliest and log.is_within(settled.allowed):
                    return
                if self._watched[2][0] > self._highest:
                    return
        h.cvode.solve(until)  # back from the last step, which ended where it liked
        self._write(log)

    def _write(self, log: _Log) -> None:
        log.write(self._t[0], self._read(self._voltages), self._read(self._watched))

    @staticmethod
    def _read(gatherer: tuple[Any, Any, np.ndarray]) -> np.ndarray:
        """Return the variables as they are now, in memory that the next reading overwrites."""
        pointers, vector, numbers = gatherer
        pointers.gather(vector)
        return numbers


class _Log:
    """What is kept of a run, a block of steps at a time: see `Engine.keep` and `Window`."""

    def __init__(
        self, of_voltages: np.ndarray | None, of_signals: np.ndarray | None, n_places: int, n_watched: int
    ) -> None:
        self._of_voltages, self._of_signals = of_voltages, of_signals
        self._t = np.empty(BLOCK)
        self._v, self._signals = np.empty((BLOCK, n_places)), np.empty((BLOCK, n_watched))
        self._n = self._n_kept = 0  # rows of the block that hold a step, and those of them kept already
        self._first, self._integrals = np.empty(n_watched), np.zeros(n_watched)
        self._kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def is_within(self, allowed: np.ndarray) -> bool:
        """Whether every watched variable is as near to its first value as ``allowed``, (n_watched,)."""
        return bool(np.all(np.abs(self._signals[self._n - 1] - self._first) <= allowed))

    def write(self, t: float, voltages: np.ndarray, signals: np.ndarray) -> None:
        """Take in one step."""
        if self._n == BLOCK:
            self._keep()
        elif self._n == 0:
            self._first[:] = signals
        self._t[self._n], self._v[self._n], self._signals[self._n] = t, voltages, signals
        self._n += 1

    def _keep(self) -> None:
        """Keep the block, and integrate it by the trapezoidal rule; its last step begins the next one."""
        new, last = slice(self._n_kept, self._n), self._n - 1
        v, signals = self._v[new], self._signals[new]
        v = v.copy() if self._of_voltages is None else v @ self._of_voltages.T
        kept = signals.copy() if self._of_signals is None else signals @ self._of_signals.T
        self._kept.append((self._t[new].copy(), v, kept))
        halves = np.diff(self._t[: self._n]) / 2
        durations = np.append(halves, 0.0) + np.append(0.0, halves)
        self._integrals += durations @ (self._signals[: self._n] - self._first)
        self._t[0], self._signals[0] = self._t[last], self._signals[last]
        self._n = self._n_kept = 1

    def window(self) -> Window:
        """Return all steps as arrays."""
        self._keep()
        t, v, signals = (np.concatenate(parts) for parts in zip(*self._kept, strict=True))
        return Window(t, v, signals, self._integrals)
