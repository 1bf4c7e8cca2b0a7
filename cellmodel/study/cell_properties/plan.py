"""Which tests are run on which cells; each is one piece of work for a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cellmodel.battery.attenuation import attenuation
from cellmodel.battery.back_propagation import back_propagation
from cellmodel.battery.block import block
from cellmodel.battery.oblique import oblique
from cellmodel.battery.passive import dendrite, firing, oblique_epsps, passive
from cellmodel.battery.resonance import SOMA, resonance
from cellmodel.battery.somatic import somatic
from cellmodel.cell import CA1Pyramidal
from cellmodel.errors import CellModelError, ParameterError
from cellmodel.experiment import Run
from cellmodel.morphology import Morphology, load_morphology
from cellmodel.parameters import load
from cellmodel.protocol import solver_tolerance
from cellmodel.protocol.current_clamp import TOLERANCE
from cellmodel.slice import SliceOptions
from cellmodel.study import setting
from cellmodel.study.cell_properties.unitary import SYNAPSES, unitary_epsps

QUICK_STEPS = {"sharp": (-0.4, 0.4), "patch": (-0.1, 0.2)}
QUICK_CURRENTS = (0.0, 0.1, 0.3)
QUICK_SPACING = 0.4  # nA
QUICK_TOLERANCE = 1e-3
QUICK_BRANCHES = 1
QUICK_PLACES = 6
QUICK_CHIRP = 4000.0  # ms
QUICK_WITHIN = 3  # spikes
QUICK_SYNAPSES = 8
ALL_COUNTS = tuple(range(1, 11))


@dataclass(frozen=True)
class CellSpec:
    """A cell that can travel to another process: its shape, and the name or file of its biophysics."""

    name: str
    morphology: Morphology
    biophysics: str

    def build(self) -> CA1Pyramidal:
        """Return the cell at the battery's temperature."""
        celsius = load("battery/battery.toml").value("celsius")
        return CA1Pyramidal(self.morphology, biophysics=self.biophysics, celsius=celsius)


@dataclass(frozen=True)
class Work:
    """One test on one cell; of a cell that is not ``is_shown`` only what a score needs is computed."""

    cell: CellSpec
    test: str
    is_quick: bool
    is_shown: bool = True


@dataclass(frozen=True)
class Finding:
    """What a test found on a cell (its outcome, or why there is none), and how long it took (s)."""

    cell: str
    test: str
    outcome: Any
    seconds: float
    why: str = ""


def cells(run: Run) -> tuple[CellSpec, ...]:
    """Return the cells that the command line asks for, the one that is shown first.

    Raises
    ------
    CellModelError
        If a morphology or the biophysics cannot be read, or two cells have one name.
    """
    given = run.options
    setting.record_files(run)
    is_other = given.morphology is None and given.seed != setting.DEFAULT_SEED
    first = load_morphology(f"grown_{given.seed}") if is_other else setting.morphology(run)
    shapes = [first, *_others(run)]
    _check_names(shapes)
    specs = {shape.name: CellSpec(shape.name, shape, given.biophysics) for shape in shapes}
    next(iter(specs.values())).build().free()  # bad biophysics is told before anything is computed
    run.record(cells={name: spec.morphology.fingerprint for name, spec in specs.items()})
    return tuple(specs.values())


def _check_names(shapes: Sequence[Morphology]) -> None:
    """Refuse different cells of one name, by which results are told apart; the same cell is taken once."""
    found: dict[str, Morphology] = {}
    for shape in shapes:
        if found.setdefault(shape.name, shape).fingerprint != shape.fingerprint:
            raise ParameterError(
                f"two different cells are named {shape.name!r}, and results are told apart by the name. "
                "Rename one of the files."
            )


def _others(run: Run) -> list[Morphology]:
    """Return more cells of ``--cells`` and ``--reconstructions``; what was mended in a file is said."""
    given = run.options
    names = [f"grown_{given.seed + k}" for k in range(given.cells or 0)]
    shapes = [load_morphology(name) for name in names]
    for path in given.reconstructions or ():
        shape = load_morphology(path, trust_hoc=given.trust_hoc)
        run.record_input(Path(path).name, Path(path))
        for repair in shape.repairs:
            run.notice(f"{shape.name}: {repair}.")
        shapes.append(shape)
    return shapes


def plan(specs: Sequence[CellSpec], *, is_quick: bool) -> list[Work]:
    """Return the work, what takes longest first so that several processes end together.

    The first cell, which is shown, goes through every test, the others through those of `COMPARED`.
    """
    return [
        Work(spec, test, is_quick, is_shown=spec is specs[0])
        for test in TESTS
        for spec in specs
        if spec is specs[0] or test in COMPARED
    ]


def compute(work: Work) -> Finding:
    """Run a test; importable by name, so that a fresh process can. A failure leaves the others alone."""
    start = time.perf_counter()
    try:
        outcome, why = _unitary(work) if work.test == UNITARY else _on_cell(work), ""
    except (CellModelError, RuntimeError, ArithmeticError) as error:
        outcome, why = None, str(error) or type(error).__name__
    return Finding(work.cell.name, work.test, outcome, time.perf_counter() - start, why)


def _on_cell(work: Work) -> Any:
    """Return the outcome of one of `CELL_TESTS`."""
    cell = work.cell.build()
    try:
        with solver_tolerance(QUICK_TOLERANCE if work.is_quick else TOLERANCE):
            return CELL_TESTS[work.test](cell, work)
    finally:
        cell.free()


def _unitary(work: Work) -> Any:
    """Return EPSPs of single synapses; these are in a slice, which builds the cell at its own temperature."""
    options = SliceOptions(work.cell.morphology, work.cell.biophysics)
    return unitary_epsps(options, n_synapses=QUICK_SYNAPSES if work.is_quick else SYNAPSES)


def _somatic(cell: Any, work: Work) -> Any:
    which = work.test.removeprefix("somatic_")
    return somatic(cell, which, steps=QUICK_STEPS[which] if work.is_quick else None)


def _oblique(cell: Any, work: Work) -> Any:
    if work.is_quick:
        return oblique(cell, n_branches=QUICK_BRANCHES)
    return oblique(cell, counts=ALL_COUNTS if work.is_shown else None)


def _resonance(cell: Any, work: Work) -> Any:
    """Return the resonance of the soma and of the trunk's outermost place."""
    places = (SOMA,) if work.is_quick else (SOMA, max(load("battery/passive.toml")["dendrite.paths"].value))
    return tuple(resonance(cell, path, duration=QUICK_CHIRP if work.is_quick else None) for path in places)


def _dendrites(cell: Any, work: Work) -> Any:
    """Return responses to current into the trunk, and EPSPs that start in obliques."""
    paths = load("battery/passive.toml")["dendrite.paths"].value
    chosen = paths[1:2] if work.is_quick else paths
    return tuple(dendrite(cell, path) for path in chosen), oblique_epsps(cell)


CELL_TESTS: Mapping[str, Callable[[Any, Work], Any]] = MappingProxyType(
    {
        "block": lambda cell, work: block(cell, spacing=QUICK_SPACING if work.is_quick else None),
        "somatic_sharp": _somatic,
        "bap": lambda cell, work: back_propagation(cell, within=QUICK_WITHIN if work.is_quick else 0),
        "oblique": _oblique,
        "firing": lambda cell, work: firing(cell, currents=QUICK_CURRENTS if work.is_quick else None),
        "resonance": _resonance,
        "dendrites": _dendrites,
        "somatic_patch": _somatic,
        "attenuation": lambda cell, work: attenuation(cell, n_places=QUICK_PLACES if work.is_quick else None),
        "passive": lambda cell, work: passive(cell),
    }
)
"""Tests of the cell at the battery's temperature, the long ones first."""

UNITARY = "unitary"
TESTS = (*CELL_TESTS, UNITARY)
"""Every test."""

SCORED = ("somatic_sharp", "somatic_patch", "block", "bap", "attenuation", "oblique")
"""The tests with a published score, in the order in which they are shown."""

COMPARED = (*SCORED, "passive", "firing")
"""The tests that every cell goes through."""
