"""The slice that tests of this folder stimulate: a small cell, twelve fibers, aniracetam."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stimulating import respond

from cellmodel.compound import Compound
from cellmodel.slice import Response, Slice, SliceOptions


@pytest.fixture(scope="module")
def options(small_cell: str) -> SliceOptions:
    return SliceOptions(morphology=small_cell, fibers=12)


@pytest.fixture(scope="module")
def drug_free(options: SliceOptions) -> Response:
    """The response of a slice that knows no compound, alone in NEURON."""
    rig = Slice(options)
    response = respond(rig)
    rig.free()
    return response


@pytest.fixture(scope="module")
def rig(options: SliceOptions, drug_free: Response):
    """A slice with aniracetam in the reservoir."""
    made = Slice(replace(options, compound=Compound.named("aniracetam")))
    yield made
    made.free()


@pytest.fixture
def fresh(rig: Slice):
    """The slice as at the beginning, and put back after the test."""
    start, n = dict(rig.states), rig.n_recruited
    yield rig
    rig.wash(0.0)
    rig.block(ampa=0.0, nmda=0.0, gaba_a=0.0)
    rig.recruit(n)
    rig.states = start
