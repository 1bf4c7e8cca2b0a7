"""How cost, in processor seconds, grows with the amount of work: probes, synapses, segments, sweeps."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from cellmodel.bench.figure import Figure, timed
from cellmodel.cell import CA1Pyramidal
from cellmodel.cell.biophysics import Biophysics
from cellmodel.patch import Patch
from cellmodel.protocol import Phase, Protocol
from cellmodel.protocol.current_clamp import CurrentStep, somatic_step
from cellmodel.receptor import Receptor
from cellmodel.slice import Slice, SliceOptions, play
from cellmodel.units import SECONDS_PER_MINUTE

PROBES, SYNAPSES, SWEEPS = (4, 8, 16), (20, 40, 80, 160), (25, 100, 400)
D_LAMBDAS = (0.4, 0.2, 0.1, 0.05)
FEW_FIBERS = 20
INTERVAL = 30.0  # s, between probes
STEP = CurrentStep(0.3, 20.0, 200.0, 80.0)
PULSE = 1.0  # ms, of glutamate
REPEATS = 3
LINEAR = 1.05
"""Largest exponent that counts as linear: what two processes share makes times no steadier than that."""


def amount() -> Iterator[Figure]:
    """Time growing amounts of work, and the exponent with which each grows."""
    for measure in (_probes, _synapses, _segments, _sweeps):
        yield from measure()


def _probes() -> Iterator[Figure]:
    rig = Slice(SliceOptions(fibers=FEW_FIBERS, pathways=("test",)))

    def play_probes(n: int) -> None:
        minutes = n * INTERVAL / SECONDS_PER_MINUTE
        protocol = Protocol(
            "bench", "probes", minutes, (Phase(0.0, "control"),), (), (), probe_interval_seconds=INTERVAL
        )
        list(play(rig, protocol, dose_mM=0.0, reuse=False))

    yield from _series("probes", PROBES, play_probes)
    rig.free()


def _synapses() -> Iterator[Figure]:
    """Stimulate slices of more and more spines, a quarter of them each: no cell fires."""
    found = []
    for n in SYNAPSES:
        rig = Slice(SliceOptions(fibers=n, pathways=("test",)))
        rig.recruit(n // 4)
        found.append(_one("synapses", n, _timed(partial(rig.stimulate, "test"))))
        rig.free()  # NEURON would go on with it beside the next one
    yield from found
    yield exponent("synapses", found)


def _segments() -> Iterator[Figure]:
    """Inject a current step into cells of more and more segments."""
    rules, found = Biophysics.named(SliceOptions().biophysics), []
    for d_lambda in D_LAMBDAS:
        settings = MappingProxyType({**rules.settings, "d_lambda": d_lambda})
        cell = CA1Pyramidal(biophysics=dataclasses.replace(rules, settings=settings))
        n = sum(section.nseg for section in cell.all)
        found.append(_one("segments", n, _timed(partial(somatic_step, cell, STEP))))
        cell.free()
    yield from found
    yield exponent("segments", found)


def _sweeps() -> Iterator[Figure]:
    patch = Patch(Receptor.named("ca1"))

    def record(n: int) -> None:
        for _ in range(n):
            patch.pulse(PULSE)

    yield from _series("sweeps", SWEEPS, record)


def _series(what: str, amounts: Sequence[int], work: Callable[[int], object]) -> Iterator[Figure]:
    found = [_one(what, n, _timed(partial(work, n))) for n in amounts]
    yield from found
    yield exponent(what, found)


def _timed(work: Callable[[], object]) -> tuple[float, ...]:
    return timed(work, REPEATS, clock=time.process_time)


def _one(what: str, n: int, spent: tuple[float, ...]) -> Figure:
    return Figure(f"amount: {n} {what}", "seconds", spent, work=(what, n))


def exponent(what: str, found: Sequence[Figure]) -> Figure:
    """Return the slope of time over amount, both as logarithms: 1 is linear, less is better."""
    amounts = np.log([figure.work[1] for figure in found if figure.work])
    slope = float(np.polyfit(amounts, np.log([figure.median for figure in found]), 1)[0])
    return Figure(f"amount: exponent of {what}", "ratio", (slope,), at_most=LINEAR)
