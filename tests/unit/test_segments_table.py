"""The table of a study of convergence."""

from __future__ import annotations

from cellmodel.study.segments import USUAL, Grid, grids_of, segments_table


def test_changes_are_against_the_usual_segments_and_steps() -> None:
    found = {
        Grid(0.2): {"segments": (100.0, "1"), "r_in": (60.0, "MOhm"), "score_block": (1.5, "1")},
        USUAL: {"segments": (200.0, "1"), "r_in": (50.0, "MOhm"), "score_block": (1.25, "1")},
        Grid(0.1, 1e-5): {"segments": (200.0, "1"), "r_in": (50.0, "MOhm"), "score_block": (1.0, "1")},
    }
    assert segments_table(found).splitlines() == [
        "| measure | unit | d_lambda 0.2 | d_lambda 0.1 | d_lambda 0.1, tolerance 1e-05 |",
        "| --- | --- | --- | --- | --- |",
        "| segments |  | 100 | 200 | 200 |",
        "| r_in | MOhm | 60 (+20.00%) | 50 | 50 |",
        "| score_block |  | 1.5 (+0.250) | 1.25 | 1 (-0.250) |",
    ]


def test_a_measure_that_a_cell_lacks_is_said() -> None:
    found = {Grid(0.2): {"ap_first": (float("nan"), "ms")}, USUAL: {"ap_first": (10.0, "ms")}}
    assert segments_table(found).splitlines()[-1] == "| ap_first | ms | none | 10 |"


def test_what_is_asked_for_differs_from_the_usual_grid_in_one_way() -> None:
    assert grids_of() == (USUAL,)
    assert grids_of((0.05, 0.1, 0.2), (1e-5,), (0.025,)) == (
        Grid(0.2),
        USUAL,
        Grid(0.05),
        Grid(0.1, 1e-5),
        Grid(0.1, step=0.025),
    )
    assert str(Grid(0.1, step=0.025)) == "d_lambda 0.1, step 0.025 ms"
