"""Intervals hold the truth about as often as they say; `make bench` does the same with 200 experiments."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellmodel.fitting.coverage import coverage, lines, main, rows
from cellmodel.fitting.fit import NAMES
from cellmodel.recording import read_measures

SETS = 12
FEWEST = 8  # of 12 with a chance of 0.9 each: fewer happen in 0.4 % of cases


@pytest.mark.parametrize("case", ["table", "sweeps"])
def test_nine_of_ten_intervals_hold_the_truth(case: str) -> None:
    found = coverage(case, sets=SETS, seed=5)
    assert {name: found.covered[name] * SETS >= FEWEST for name in NAMES} == dict.fromkeys(NAMES, True)
    assert found.failed == 0
    assert found.misfits <= 2 / SETS
    assert found.seconds < 30.0
    assert {row.condition for row in rows(found)} >= {f"fit_compound {case}: coverage of k_m"}
    assert case in lines(found)[0]


def test_sweeps_of_another_receptor_are_fitted_on_it() -> None:
    found = coverage("other_receptor", sets=2, seed=5)
    assert found.failed == 0
    assert found.misfits == 0.0


def test_rows_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    out = tmp_path / "measures.csv"
    for seed in ("1", "2"):
        assert main(["--sets", "1", "--seed", seed, "--cases", "table", "--out", str(out)]) == 0
    assert len(read_measures(out)) == 4
