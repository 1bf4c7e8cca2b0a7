"""The table of a study of convergence."""

from __future__ import annotations

from cellmodel.study.segments import segments_table


def test_changes_are_from_the_usual_to_the_finest_segments() -> None:
    found = {
        0.2: {"segments": (100.0, "1"), "r_in": (60.0, "MOhm"), "score_block": (1.5, "1")},
        0.1: {"segments": (200.0, "1"), "r_in": (51.0, "MOhm"), "score_block": (1.25, "1")},
        0.05: {"segments": (400.0, "1"), "r_in": (50.0, "MOhm"), "score_block": (1.0, "1")},
    }
    assert segments_table(found).splitlines() == [
        "| measure | unit | d_lambda 0.2 | d_lambda 0.1 | d_lambda 0.05 | change, 0.1 to 0.05 |",
        "| --- | --- | --- | --- | --- | --- |",
        "| segments |  | 100 | 200 | 400 |  |",
        "| r_in | MOhm | 60 | 51 | 50 | -1.96% |",
        "| score_block |  | 1.5 | 1.25 | 1 | -0.250 |",
    ]
