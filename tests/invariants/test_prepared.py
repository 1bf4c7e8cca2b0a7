"""A slice that is built from what another has found is that slice, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.cell import CA1Pyramidal, pyramidal
from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.slice import Bath, Response, Slice, SliceOptions


@pytest.fixture(scope="module")
def options() -> SliceOptions:
    return SliceOptions(fibers=12, compound=Compound.named("aniracetam"))


@pytest.fixture(scope="module")
def first(options: SliceOptions) -> Slice:
    return Slice(options)


def responses(rig: Slice) -> list[Response]:
    """Return responses without and in drug, and one in each pathway; the slice is freed."""
    rig.wash(0.0)
    found = [rig.stimulate("test"), rig.stimulate("control")]
    rig.wash(1.5)
    found.append(rig.stimulate("test", np.arange(10) * 10.0))
    rig.free()
    return found


def test_a_prepared_slice_responds_to_the_bit_as_one_that_was_not(
    first: Slice, options: SliceOptions
) -> None:
    prepared = first.prepared
    for one, other in zip(responses(first), responses(Slice(options, prepared=prepared)), strict=True):
        for name in ("t", "field", "v_soma", "calcium", "calcium_integral"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize(
    "changed", [{"fibers": 11}, {"seed": 2}, {"compound": None}, {"bath": Bath(celsius=30.0)}]
)
def test_what_was_prepared_for_other_options_is_refused(
    first: Slice, options: SliceOptions, changed: dict
) -> None:
    with pytest.raises(ParameterError, match="other options"):
        Slice(replace(options, **changed), prepared=first.prepared)


def test_resting_voltages_of_another_cell_are_refused(options: SliceOptions) -> None:
    rig = Slice(replace(options, fibers=1, pathways=("test",)))
    with pytest.raises(ParameterError, match="voltages of 3 segments"):
        rig.engine.rest(np.zeros(3))
    rig.free()


def test_a_cell_in_a_bath_that_this_process_knows_rests_where_it_did(monkeypatch) -> None:
    reversal = {"ek": -95.0}
    first, again = CA1Pyramidal(reversal=reversal), CA1Pyramidal(reversal=reversal)
    monkeypatch.setattr(pyramidal, "_RESTING", {})
    anew, other = CA1Pyramidal(reversal=reversal), CA1Pyramidal(reversal=reversal, celsius=30.0)
    assert first.v_init == again.v_init
    assert anew.v_init == pytest.approx(
        first.v_init, abs=1e-3
    )  # beside other cells the solver's steps differ
    assert other.v_init != first.v_init
    assert [segment.ek for segment in again.soma[0]] == [segment.ek for segment in first.soma[0]]
    for cell in (first, again, anew, other):
        cell.free()
