"""What is written of the battery: rows, features, lines of the page, from outcomes made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cellmodel.battery.block import BlockOutcome
from cellmodel.battery.passive import FiringOutcome
from cellmodel.battery.scores import FeatureScore, Outcome
from cellmodel.report.battery.lines import deviation, score_text
from cellmodel.report.battery.page import page_html
from cellmodel.report.battery.population import scores_figure
from cellmodel.study.cell_properties import (
    Finding,
    features_csv,
    firing_text,
    lines_of,
    measures,
    notices,
    population_rows,
    sweeps,
)
from cellmodel.study.cell_properties.plan import COMPARED, SCORED, TESTS, CellSpec, plan
from cellmodel.study.cell_properties.unitary import UnitaryEpsps

FEATURES = (FeatureScore("a", 3.0, 1.0, 2.0, "mV"), FeatureScore("b", math.nan, 1.0, 0.5, "ms"))
BLOCKED = tuple(FeatureScore(name, 0.9, 0.6, 0.3, "nA") for name in ("most", "below", "plateau"))


def finding(test: str = "attenuation", cell: str = "one", outcome: object = None, why: str = "") -> Finding:
    made = Outcome(test, FEATURES, notices=("a notice",)) if outcome is None and not why else outcome
    return Finding(cell, test, made, 1.0, why)


def test_a_score_is_a_row_with_the_number_of_features_it_is_the_mean_of() -> None:
    (row,) = measures(finding())
    assert (row.measure, row.value, row.unit, row.n) == ("score_attenuation", 1.0, "1", 1)
    assert (row.preparation, row.condition) == ("ca1_cell", "one")


def test_a_test_without_a_score_has_no_row_and_one_that_failed_says_why() -> None:
    assert measures(finding(outcome=Outcome("attenuation", FEATURES[1:]))) == []
    failed = finding(why="it broke")
    assert measures(failed) == []
    assert notices(failed) == ["one, EPSP attenuation: no numbers: it broke"]
    assert notices(finding()) == ["one, EPSP attenuation: a notice."]
    for test in TESTS:
        assert sweeps(finding(test=test, why="it broke")) == []


def test_features_stand_in_a_table_with_the_missing_ones_empty() -> None:
    lines = features_csv([finding()]).splitlines()
    assert lines[1:] == ["one,attenuation,a,mV,3,1,2,1", "one,attenuation,b,ms,,1,0.5,"]


def test_block_adds_its_penalty_and_without_block_the_score_is_100() -> None:
    assert BlockOutcome("block", BLOCKED, penalty=10.0).score == pytest.approx(11.0)
    none = (BLOCKED[0], FeatureScore("below", math.nan, 0.6, 0.3, "nA"))
    assert BlockOutcome("block", none).score == BlockOutcome("block", none).strict_score() == 100.0


def test_unitary_epsps_give_their_mean_and_what_is_expected_at_both_ends_of_the_gradient() -> None:
    distances, peaks = np.array([100.0, 150.0, 200.0, 250.0]), np.array([0.05, 0.10, 0.06, 0.065])
    v = peaks[:, None] * np.array([0.0, 1.0, 0.5])
    potentiated = (False, True, False, False)
    epsps = UnitaryEpsps(distances, potentiated, np.arange(3.0), v)
    assert epsps.receptors == pytest.approx([1.0, 4 / 3, 5 / 3, 2.0])
    mean, near, far = measures(finding("unitary", outcome=epsps))
    assert (mean.condition, mean.n) == ("one, mean", 4)
    assert (mean.value, mean.sd) == pytest.approx((peaks.mean(), peaks.std(ddof=1)))
    assert (near.condition, far.condition) == (
        "one, not potentiated, 100 um",
        "one, not potentiated, 250 um",
    )
    assert (near.value, far.value, near.n) == pytest.approx((0.05, 0.065, 3))


def test_several_cells_give_mean_sd_and_range() -> None:
    rows = []
    for cell, model in (("one", 3.0), ("two", 5.0)):
        features = (FeatureScore("a", model, 1.0, 2.0, "mV"),)
        rows += measures(finding(cell=cell, outcome=Outcome("attenuation", features)))
    found = {row.condition: row for row in population_rows(rows, 2)}
    assert found["mean of 2 cells"].value == 1.5
    assert found["mean of 2 cells"].sd == pytest.approx(math.sqrt(0.5))
    assert (found["lowest of 2 cells"].value, found["highest of 2 cells"].value) == (1.0, 2.0)


def test_firing_without_current_is_counted_and_said() -> None:
    quiet = finding("firing", outcome=FiringOutcome((0.0, 0.1), (0.0, 10.0), ()))
    restless = finding("firing", "two", FiringOutcome((0.0, 0.1), (2.0, 10.0), ()))
    dead = finding("firing", "three", FiringOutcome((0.0, 0.1), (0.0, 0.0), ()))
    assert firing_text([quiet, restless, dead]) == "2 of 3 cells fire with current, 1 without."
    assert notices(quiet) == []
    assert "without current" in notices(restless)[0]
    assert "does not fire up to 0.1 nA" in notices(dead)[0]


def test_the_page_has_scores_goals_notices_and_features() -> None:
    found = [finding(), finding(cell="two")]
    lines = lines_of(found, "patch")
    assert [line.test for line in lines] == ["attenuation"]
    assert lines[0].scores == {"one": 1.0, "two": 1.0}
    page = page_html(lines, figures={}, features={}, notices=["read <this>"], about={"eFEL": "5"})
    assert "0 of 1 scores" in page
    assert "read &lt;this&gt;" in page
    assert "(n = 2)" in page
    assert "1, 1 missing" not in page
    assert "2, 1 missing" in page
    assert scores_figure(lines) is not None


def test_scored_tests_are_tests_and_have_goals() -> None:
    assert set(SCORED) <= set(TESTS)
    assert {line.goal > 0 for line in lines_of([finding(test) for test in SCORED], "own.toml")} == {True}


@pytest.mark.parametrize(("biophysics", "other"), [("patch", "somatic_sharp"), ("sharp", "somatic_patch")])
def test_biophysics_has_no_goal_on_recordings_that_it_is_not_for(biophysics: str, other: str) -> None:
    lines = lines_of([finding(test) for test in SCORED], biophysics)
    assert [line.test for line in lines if not line.has_goal] == [other]
    page = page_html(lines, figures={}, features={}, notices=[], about={})
    assert "of 5 scores are under their goal" in page
    assert page.count("no goal, for other recordings") == 1
    assert scores_figure(lines) is not None


def test_the_first_cell_goes_through_every_test_and_the_others_through_those_that_are_compared() -> None:
    shown, other = (CellSpec(name, None, "patch") for name in ("shown", "other"))
    works = plan((shown, other), is_quick=False)
    assert {work.test for work in works if work.cell is shown and work.is_shown} == set(TESTS)
    assert {work.test for work in works if work.cell is other and not work.is_shown} == set(COMPARED)
    assert len(works) == len(TESTS) + len(COMPARED)


def test_a_deviation_has_a_sign_and_a_missing_score_words() -> None:
    assert deviation(FEATURES[0]) == 1.0
    assert score_text(math.nan) == "no score"
