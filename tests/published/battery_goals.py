"""What the tests of a set of biophysics share: its score in each test of the battery, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from cellmodel.battery.attenuation import attenuation
from cellmodel.battery.back_propagation import back_propagation
from cellmodel.battery.block import BlockOutcome, block
from cellmodel.battery.oblique import oblique
from cellmodel.battery.somatic import somatic
from cellmodel.cell import CA1Pyramidal
from cellmodel.parameters import load

TRAIN = {"patch": 0.2, "sharp": 0.666}
FIRING, BLOCKED = {"patch": 0.4, "sharp": 1.0}, {"patch": 0.45, "sharp": 1.05}
"""Nanoamperes where the search for 15 spikes in a second begins, and between which block is looked for first:
near where the searches end, wherever they begin."""


def first_block(cell: CA1Pyramidal) -> BlockOutcome:
    """Return what a search up to `BLOCKED` finds, which more currents would not change, else that of all."""
    name = cell.biophysics.name
    found = block(cell, guess=FIRING[name], highest=BLOCKED[name])
    return found if found.is_blocked else block(cell, guess=FIRING[name])


TESTS = {
    "somatic_patch": lambda cell: somatic(cell, "patch"),
    "somatic_sharp": lambda cell: somatic(cell, "sharp"),
    "block": first_block,
    "bap": lambda cell: back_propagation(cell, guess=TRAIN[cell.biophysics.name]),
    "attenuation": attenuation,
    "oblique": oblique,
}
SHARED = ("block", "bap", "attenuation", "oblique")
"""Tests that every set is held against."""


def scores_of(biophysics: str) -> Iterator[Callable[[str], float]]:
    """Yield what gives the score of a test; a cell beside this one would be integrated with it."""
    cell = CA1Pyramidal(biophysics=biophysics, celsius=load("battery/battery.toml").value("celsius"))

    @cache
    def score(test: str) -> float:
        return TESTS[test](cell).score

    yield score
    cell.free()


def goal(test: str) -> float:
    return load("battery/battery.toml").value(f"goal.{test}")
