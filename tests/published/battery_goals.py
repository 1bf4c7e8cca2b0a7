"""What the tests of a set of biophysics share: its score in each test of the battery, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from cellmodel.battery.attenuation import attenuation
from cellmodel.battery.back_propagation import back_propagation
from cellmodel.battery.block import block
from cellmodel.battery.oblique import oblique
from cellmodel.battery.somatic import somatic
from cellmodel.cell import CA1Pyramidal
from cellmodel.parameters import load

TRAIN, FIRING = {"patch": 0.2, "sharp": 0.68}, {"patch": 0.4, "sharp": 1.0}
"""Nanoamperes where the searches for 15 spikes in a second and for block begin: near where they end, wherever
they begin."""
TESTS = {
    "somatic_patch": lambda cell: somatic(cell, "patch"),
    "somatic_sharp": lambda cell: somatic(cell, "sharp"),
    "block": lambda cell: block(cell, guess=FIRING[cell.biophysics.name]),
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
