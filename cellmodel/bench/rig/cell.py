"""The cell: a sweep with CVODE, and what one segment costs for one fixed step."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from cellmodel.bench.figure import Figure, timed
from cellmodel.cell import CA1Pyramidal
from cellmodel.mechanisms import load_mechanisms, mod_folder
from cellmodel.slice import Slice, SliceOptions

SWEEP, SYNAPSES = 300.0, 100  # ms
FIXED, FIXED_STEP = 100.0, 0.025  # ms
PUBLIC_NANOSECONDS = 3.5e9 / (507 * 4000)
"""A public CA1 model on the same two cores: 507 segments, 4000 steps of 0.025 ms, in 3.5 s."""
NANOSECONDS_PER_SECOND = 1e9


def epsp_sweep() -> Iterator[Figure]:
    """Time an EPSP of the default cell: 100 synapses on spines, 300 ms, CVODE."""
    rig = Slice(SliceOptions(fibers=SYNAPSES, pathways=("test",)))

    def sweep() -> None:
        rig.engine.begin()
        rig.write_state("test")
        rig.pathways["test"].stimulate(np.zeros(1))
        rig.engine.run(SWEEP)

    yield Figure("cell: 300 ms EPSP sweep, 100 synapses, CVODE", "seconds", timed(sweep, 5), at_most=0.5)
    rig.free()


def tables() -> Iterator[Figure]:
    """Time a response whose channels read tables, and one whose channels compute their formulas, in turn."""
    rig, h = Slice(SliceOptions(fibers=SYNAPSES, pathways=("test",))), load_mechanisms()
    names = [path.stem for path in mod_folder().glob("*.mod") if hasattr(h, f"usetable_{path.stem}")]
    ratios, largest = [], []

    def use(setting: int) -> None:
        for name in names:
            setattr(h, f"usetable_{name}", setting)

    try:
        for _ in range(5):
            spent, found = [], []
            for setting in (1, 0):
                use(setting)
                start, before = dict(rig.states), time.process_time()
                found.append(rig.stimulate("test", duration=SWEEP).field)
                spent.append(time.process_time() - before)
                rig.states = start
            ratios.append(spent[1] / spent[0])
            largest.append(float(np.abs(found[0] - found[1]).max() / np.abs(found[1]).max()))
    finally:
        use(1)
        rig.free()
    yield Figure("tables: a response by formulas over one by tables", "ratio", tuple(ratios), at_least=1.0)
    yield Figure("tables: largest difference over the peak", "ratio", tuple(largest), at_most=0.001)


def fixed_sweep() -> Iterator[Figure]:
    """Time 100 ms of the default cell at rest with the fixed step, and divide by segments and steps."""
    cell = CA1Pyramidal()
    h = load_mechanisms()
    h.cvode.active(0)
    h.finitialize(cell.v_init)
    spent = timed(lambda: step_for(FIXED), 5)
    n = sum(section.nseg for section in cell.all) * FIXED / FIXED_STEP
    yield Figure("cell: 100 ms sweep, fixed step of 0.025 ms", "seconds", spent)
    yield Figure(
        "cell: one segment for one fixed step",
        "nanoseconds",
        tuple(seconds / n * NANOSECONDS_PER_SECOND for seconds in spent),
        at_most=PUBLIC_NANOSECONDS,
    )
    cell.free()


def step_for(duration: float) -> None:
    """Let NEURON take fixed steps for ``duration`` ms; nothing is recorded."""
    h = load_mechanisms()
    h.dt = FIXED_STEP
    for _ in range(round(duration / h.dt)):
        h.fadvance()
