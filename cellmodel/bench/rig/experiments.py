"""Whole experiments: LTP and its memory, trains of 900 pulses, the study."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from cellmodel.bench.figure import Figure, timed
from cellmodel.bench.rig.cell import step_for
from cellmodel.bench.rig.command import balance, run_script
from cellmodel.protocol import Protocol
from cellmodel.slice import Slice, SliceOptions
from cellmodel.study import field
from cellmodel.units import MS_PER_SECOND, from_minutes

STANDARD = "standard"
STRETCH = 200.0
"""Milliseconds that are computed continuously; the whole experiment takes as long for each of its own."""
TRAINS = ("train_50hz", "train_10hz", "lfs_1hz")


def standard_ltp() -> Iterator[Figure]:
    """Time a whole LTP experiment from the command line, and hold fixed steps without a pause against it."""
    cost = run_script("ltp", "--protocol", STANDARD, "--jobs", "1")
    name = "ltp: standard experiment, one condition, one core"
    yield Figure(name, "seconds", (cost.seconds,), at_most=60.0)
    yield Figure(f"{name}, of the processor", "seconds", (cost.processor_seconds,), at_most=60.0)
    yield Figure("ltp: most memory of it", "megabytes", (cost.megabytes,), at_most=600.0)
    rig = Slice(SliceOptions(fibers=cost.parameters["test_fibers"]))
    whole = from_minutes(Protocol.named(STANDARD).duration_min)
    spent = timed(lambda: _continuous(rig), 3, clock=time.process_time)
    continuous = tuple(seconds * whole / STRETCH for seconds in spent)
    yield Figure("ltp: continuous fixed steps of 0.025 ms, scaled from 0.2 s", "seconds", continuous)
    ratios = tuple(seconds / cost.processor_seconds for seconds in continuous)
    yield Figure("ltp: continuous fixed steps over the experiment", "ratio", ratios, at_least=1000.0)
    rig.free()


def _continuous(rig: Slice) -> None:
    """Stimulate once and step through what follows, as a run without windows does all the time."""
    rig.engine.begin(fixed=True)
    for name in rig.pathways:
        rig.write_state(name)
    rig.pathways["test"].stimulate(np.zeros(1))
    step_for(STRETCH)


def trains() -> Iterator[Figure]:
    """Time 900 pulses at 1, 10 and 50 Hz at the test intensity, the ones that take least first."""
    options, _ = field.find_intensity(SliceOptions())
    rig = Slice(options)
    rested = dict(rig.states)
    for protocol in TRAINS:
        rig.states = dict(rested)
        times = Protocol.named(protocol).trains[0].pulse_times()
        hertz = MS_PER_SECOND / (times[1] - times[0])
        start, before = time.perf_counter(), time.process_time()
        rig.stimulate("test", times)
        on_clock, of_processor = time.perf_counter() - start, time.process_time() - before
        name = f"train: {len(times)} pulses at {hertz:.0f} Hz, one core"
        yield Figure(name, "seconds", (on_clock,), at_most=300.0)
        yield Figure(f"{name}, of the processor", "seconds", (of_processor,), at_most=300.0)
    rig.free()


def whole_study() -> Iterator[Figure]:
    """Time the study without its figures on two cores."""
    cost = run_script("study", "--jobs", "2")
    yield Figure("study: complete, two cores", "seconds", (cost.seconds,), at_most=120.0)
    yield Figure("study: of the processor, all its processes", "seconds", (cost.processor_seconds,))
    yield Figure("study: work of both processes over the longer one's", "ratio", (balance(cost),))
