"""A slice that is built from what the process knows of one like it is that slice, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.cell import CA1Pyramidal, pyramidal
from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.slice import Bath, Response, Slice, SliceOptions, memory


@pytest.fixture
def options(small_cell: str) -> SliceOptions:
    return SliceOptions(small_cell, fibers=12, compound=Compound.named("aniracetam"))


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_FOUND", {})


def responses(rig: Slice) -> list[Response]:
    """Return responses without and in drug, and one in each pathway; the slice is freed."""
    rig.wash(0.0)
    found = [rig.stimulate("test"), rig.stimulate("control")]
    rig.wash(1.5)
    found.append(rig.stimulate("test", np.arange(10) * 10.0))
    rig.free()
    return found


def test_a_second_slice_responds_to_the_bit_as_the_first(
    options: SliceOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Slice(options)
    sources, before = first.electrode.sources, responses(first)
    monkeypatch.setattr(Slice, "_calibrated", lambda self: pytest.fail("calibrated again"))
    second = Slice(options, sources=sources)
    assert second.electrode.sources is sources
    for one, other in zip(before, responses(second), strict=True):
        for name in ("t", "field", "v_soma", "calcium", "calcium_integral"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_line_sources_of_another_electrode_are_refused(options: SliceOptions) -> None:
    rig = Slice(options, is_plastic=False)
    with pytest.raises(ParameterError, match="belong to another electrode"):
        Slice(replace(options, electrode_height=150.0), sources=rig.electrode.sources)
    rig.free()


@pytest.mark.parametrize(
    "changed", [{"fibers": 11}, {"seed": 2}, {"compound": None}, {"bath": Bath(celsius=30.0)}]
)
def test_nothing_is_known_of_a_slice_with_other_options(options: SliceOptions, changed: dict) -> None:
    memory.found_about(options, "a shape").rest = np.zeros(3)
    assert memory.found_about(replace(options, **changed), "a shape").rest is None
    assert memory.found_about(options, "another shape").rest is None
    assert memory.found_about(replace(options), "a shape").rest is not None


def test_only_the_last_slices_are_remembered(options: SliceOptions) -> None:
    for seed in range(memory.MOST):
        memory.found_about(replace(options, seed=seed), "a shape").rest = np.zeros(3)
    memory.found_about(replace(options, seed=0), "a shape")  # asked for again: it stays
    memory.found_about(replace(options, seed=memory.MOST), "a shape")
    assert memory.found_about(replace(options, seed=0), "a shape").rest is not None
    assert memory.found_about(replace(options, seed=1), "a shape").rest is None


def test_where_release_is_random_synapses_have_the_unit_of_the_mean_and_draws_do_not_depend_on_what_is_known(
    options: SliceOptions,
) -> None:
    by_mean = Slice(replace(options, pathways=("test",)))
    expected = by_mean.pathways["test"].calcium_units
    by_mean.free()
    drawn = []
    for _ in range(2):
        rig = Slice(replace(options, pathways=("test",), is_stochastic=True))
        assert rig.pathways["test"].calcium_units == pytest.approx(expected, rel=0.01)
        drawn.append([rig.stimulate("test").field for _ in range(2)])
        rig.free()
    (first, later), again = drawn[0], drawn[1]
    assert not np.array_equal(first, later)
    assert np.array_equal(first, again[0])
    assert np.array_equal(later, again[1])


def test_synapses_that_do_not_learn_stay_as_they_are_and_respond_alike(options: SliceOptions) -> None:
    found = []
    for is_plastic in (True, False):
        rig = Slice(options, is_plastic=is_plastic)
        single, start = rig.stimulate("test"), rig.states["test"].synapses
        rig.stimulate("test", np.arange(100) * 10.0)
        moved = np.abs(rig.states["test"].synapses.rho - start.rho).max()
        found.append((single.field, moved))
        rig.free()
    (learning, much), (frozen, nothing) = found
    assert much > 0.0
    assert nothing == 0.0
    assert frozen == pytest.approx(learning, abs=1e-4 * np.abs(learning).max())


def test_resting_voltages_of_another_cell_are_refused(options: SliceOptions) -> None:
    rig = Slice(replace(options, fibers=1, pathways=("test",)), is_plastic=False)
    with pytest.raises(ParameterError, match="voltages of 3 segments"):
        rig.engine.rest(np.zeros(3))
    rig.free()


def test_a_cell_in_a_bath_that_this_process_knows_rests_where_it_did(monkeypatch) -> None:
    reversal = {"ek": -95.0}
    first, again = CA1Pyramidal(reversal=reversal), CA1Pyramidal(reversal=reversal)
    monkeypatch.setattr(pyramidal, "_RESTING", {})
    anew, other = CA1Pyramidal(reversal=reversal), CA1Pyramidal(reversal=reversal, celsius=30.0)
    assert first.v_init == again.v_init
    assert anew.v_init == pytest.approx(first.v_init, abs=1e-9)  # also beside other cells
    assert other.v_init != first.v_init
    assert [segment.ek for segment in again.soma[0]] == [segment.ek for segment in first.soma[0]]
    for cell in (first, again, anew, other):
        cell.free()
