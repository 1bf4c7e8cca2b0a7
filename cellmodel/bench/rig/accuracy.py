"""What windows, reuse and the fixed step of trains lose against a run without any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.bench.figure import Figure
from cellmodel.compound import Compound
from cellmodel.protocol import Phase, Protocol, Wash
from cellmodel.slice import Response, Slice, SliceOptions, play, window_of
from cellmodel.slice.engine import SAMPLE_STEP, Window
from cellmodel.slice.field import transmission_delay
from cellmodel.slice.state import PathwayState

FIBERS = 46  # the test intensity of the default slice
TETANUS = np.arange(100) * 10.0
BEFORE, AFTER = 3500.0, 10000.0  # ms, of the tetanus and of the second probe: responses may take 3 s
BASELINE, SHOWN = 5.0, 500.0  # ms, of a probe in a continuous run
FINE_STEP = 0.0125  # ms
WASHED = Protocol(
    "bench",
    "a drug comes in",
    8.0,
    (Phase(0.0, "control"), Phase(1.0, "drug")),
    (Wash(1.0, True),),
    (),
    probe_interval_seconds=30.0,
)
DOSE = 1.5  # mM


def accuracy() -> Iterator[Figure]:
    """Hold probes before and after a tetanus, and probes that were predicted, against what they stand for."""
    rig = Slice(SliceOptions(fibers=FIBERS, compound=Compound.named("aniracetam"), pathways=("test",)))
    start = dict(rig.states)
    fast = _windows(rig)
    times = np.concatenate([[0.0], BEFORE + TETANUS, [AFTER]])
    for name, step, limit in (("CVODE", None, 0.005), (f"steps of {FINE_STEP:g} ms", FINE_STEP, 0.01)):
        rig.states = dict(start)
        whole = _continuous(rig, times, step)
        lost = max(_difference(one, _cut(rig, whole, at)) for one, at in zip(fast, (0.0, AFTER), strict=True))
        yield Figure(f"accuracy: windows against continuous {name}", "ratio", (lost,), at_most=limit)
    yield _reuse(rig, start)
    rig.free()


def _windows(rig: Slice) -> tuple[Response, Response]:
    """Return a probe before and one after a tetanus, each from rest, the time between them passed over."""
    before = rig.stimulate("test")
    rig.pass_time(BEFORE - window_of(np.zeros(1)))
    rig.stimulate("test", TETANUS)
    rig.pass_time(AFTER - BEFORE - window_of(TETANUS))
    return before, rig.stimulate("test")


def _continuous(rig: Slice, times: np.ndarray, step: float | None) -> Window:
    """Stimulate at ``times`` (ms) and integrate without a pause: with CVODE, or fixed steps (ms)."""
    duration = window_of(times)
    rig.engine.begin(fixed=step is not None)
    rig.write_state("test")
    rig.pathways["test"].stimulate(times)
    rig.inhibition["test"].stimulate(times)
    return rig.engine.run(duration, fixed_until=duration if step else 0.0, step=step)


def _cut(rig: Slice, whole: Window, at: float) -> dict[str, float]:
    """Return the measures of the probe at ``at`` (ms) of a continuous run."""
    t = np.arange(-BASELINE, SHOWN, SAMPLE_STEP)
    return _measures(t, rig.electrode.delayed(whole.t, whole.v, at + t - transmission_delay()))


def _measures(t: np.ndarray, field: np.ndarray) -> dict[str, float]:
    found = fepsp_values(t, field, np.zeros(t.shape))
    return {name: value for name, value in found.items() if value}


def _difference(response: Response, exact: dict[str, float]) -> float:
    """Return the largest relative difference of the measures of a probe."""
    found = _measures(response.t, response.field)
    return max(abs(found[name] / value - 1.0) for name, value in exact.items())


def _reuse(rig: Slice, start: dict[str, PathwayState]) -> Figure:
    found: list[Sequence[Response]] = []
    for reuse in (True, False):
        rig.states = dict(start)
        found.append([e.response for e in play(rig, WASHED, dose_mM=DOSE, reuse=reuse)])
    lost = max(_difference(r, _measures(c.t, c.field)) for r, c in zip(*found, strict=True))
    return Figure("accuracy: probes with reuse against without", "ratio", (lost,), at_most=0.005)
