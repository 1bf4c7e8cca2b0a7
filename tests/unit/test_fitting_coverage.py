"""Intervals hold the truth about as often as they say; `make bench` does the same with 200 experiments."""

from __future__ import annotations

import pytest

from cellmodel.bench.coverage import coverage, figures, lines
from cellmodel.fitting import NAMES


@pytest.mark.parametrize(("case", "sets", "fewest"), [("table", 12, 8), ("sweeps", 6, 3)])
def test_nine_of_ten_intervals_hold_the_truth(case: str, sets: int, fewest: int) -> None:
    """With a chance of 0.9 each, fewer than the fewest happen in 0.4 and in 0.1 % of cases."""
    found = coverage(case, sets=sets, seed=5)
    assert {name: round(found.covered[name] * sets) >= fewest for name in NAMES} == dict.fromkeys(NAMES, True)
    assert found.failed == 0
    assert found.misfits <= 2 / sets
    assert figures(found)[0].name == f"fit_compound {case}, {sets} experiments: coverage of k_m"
    assert case in lines(found)[0]


def test_sweeps_of_another_receptor_are_fitted_on_it() -> None:
    found = coverage("other_receptor", sets=2, seed=5)
    assert found.failed == 0
    assert found.misfits == 0.0


@pytest.mark.slow
def test_sweeps_of_a_compound_that_stays_bound_are_fitted() -> None:
    found = coverage("slow", sets=2, seed=5)
    assert found.failed == 0
    assert found.misfits == 0.0
