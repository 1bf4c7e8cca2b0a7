"""Simulated experiments whose truth is known: tables of ratios, and sweeps with gating channels and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting.problem import KINDS, NAMES, Problem
from cellmodel.fitting.ratios import independent
from cellmodel.fitting.reading.checks import Stimulus, as_sweep
from cellmodel.fitting.surface import surface
from cellmodel.fitting.twin import Gated, Rig, filtered
from cellmodel.parameters import load
from cellmodel.patch import Pulses
from cellmodel.receptor import Receptor
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP, PICOSIEMENS_PER_MICROSIEMENS

TABLE = ("tau_deactivation", "tau_desensitization", "steady_state_ratio")
STEP = 0.05  # ms, between samples
BEFORE, AFTER = 5.0, 50.0  # ms


@dataclass(frozen=True)
class Simulated:
    """An experiment and what it should find."""

    truth: Modulation
    problem: Problem


def draw_truth(rng: np.random.Generator) -> Modulation:
    """Return a modulator drawn uniformly in the logarithms of its constants."""
    ranges = load("fitting.toml").values_of("simulated")
    k_m, closing, entry = (float(np.exp(rng.uniform(*np.log(ranges[name])))) for name in NAMES)
    return Modulation(k_m, closing, entry)


def simulate_table(rng: np.random.Generator, receptor: str = "ca1") -> Simulated:
    """Return a table of means over patches that differ, with the standard deviation that the patches show."""
    given, truth = load("fitting.toml").values_of("simulated"), draw_truth(rng)
    table, n = surface(receptor, Rig.usual(), TABLE, True), int(given["cells"])
    rows = []
    for measure in TABLE:
        for dose in load("fitting.toml")["simulated.doses"].value:
            spread = given["cv"] * rng.standard_normal(n) - given["cv"] ** 2 / 2  # the mean is kept
            each = np.exp(table.log_ratio(measure, truth, dose) + spread)
            error = float(each.std(ddof=1) / each.mean() / np.sqrt(n))
            rows.append((measure, dose, float(each.mean()), error, float(n)))
    return Simulated(truth, Problem(independent(rows, "simulated table")))


def simulate_sweeps(
    rng: np.random.Generator,
    truth: Modulation,
    *,
    receptor: Receptor | None = None,
    regime: str = "fast",
    doses: Sequence[float] | None = None,
) -> list[Recording]:
    """Return sweeps of one patch, short and long pulses, control and drug: channels gate one by one.

    Parameters
    ----------
    rng : Generator
    truth : Modulation
    receptor : Receptor or None
        None: the one of CA1.
    regime : str
    doses : sequence of float or None, mM
        None: those of data/fitting.toml.
    """
    rig, tested = Rig.usual(), load("fitting.toml")["simulated.sweep_doses"].value
    sweeps = []
    for dose in (0.0, *(tested if doses is None else doses)):
        scheme = KINDS[regime](receptor or Receptor.named("ca1"), truth, dose)
        for pulse in (rig.short, rig.long):
            name = f"simulated, {dose:g} mM, {pulse:g} ms"
            t, currents = simulated_currents(rng, scheme, rig, pulse)
            stimulus = Stimulus(dose, BEFORE, pulse)
            sweeps += [
                as_sweep(name, t, i, units=("ms", "pA"), stimulus=stimulus, source="simulated sweeps")
                for i in currents
            ]
    return sweeps


def simulated_currents(
    rng: np.random.Generator, scheme: Gated, rig: Rig, pulse: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return time (n_t,) ms and currents (n_sweeps, n_t) pA, inward negative, filtered, with noise."""
    given = load("fitting.toml").values_of("simulated")
    voltage = load("patch.toml").value("rig.v_hold") - load("patch.toml").value("rig.e")
    single = scheme.receptor.gamma / PICOSIEMENS_PER_MICROSIEMENS * voltage * PICOAMP_PER_NANOAMP
    t = np.arange(0.0, BEFORE + pulse + AFTER, STEP)
    shape = (int(given["sweeps"]), t.size)
    gating = single * _open_channels(rng, scheme, rig, pulse, t - BEFORE)
    white = rng.standard_normal(shape)
    noise = filtered(white, rig.filter_kHz, STEP)
    return t, filtered(gating, rig.filter_kHz, STEP) + noise * given["noise"] / noise.std()


def _open_channels(
    rng: np.random.Generator, scheme: Gated, rig: Rig, pulse: float, t: np.ndarray
) -> np.ndarray:
    """Return the number of open channels, (n_sweeps, n_t): each steps from state to state by chance."""
    from scipy.linalg import expm

    given = load("fitting.toml").values_of("simulated")
    level = rig.glutamate * Pulses((0.0,), pulse, rig.exchange).level((t[1:] + t[:-1]) / 2)
    distinct, which = np.unique(np.round(level, 4), return_inverse=True)
    moves = expm(np.array([scheme.q_matrix(glutamate) for glutamate in distinct]) * STEP)
    moves = np.clip(moves, 0.0, None) / np.clip(moves, 0.0, None).sum(axis=1, keepdims=True)
    counts = rng.multinomial(
        int(given["channels"]), np.clip(scheme.steady_state(0.0), 0, 1), int(given["sweeps"])
    )
    opened = [counts[:, scheme.open_states].sum(axis=1)]
    for move in moves[which]:
        columns = np.broadcast_to(move.T, (len(counts), *move.T.shape))
        counts = rng.multinomial(counts, columns).sum(axis=1)
        opened.append(counts[:, scheme.open_states].sum(axis=1))
    return np.array(opened, dtype=float).T
