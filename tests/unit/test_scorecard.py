"""The scorecard's rows are complete and sound, and judged as they say."""

from __future__ import annotations

import csv
import io
import math
import pickle
from dataclasses import replace
from inspect import Parameter, signature
from types import SimpleNamespace

import pytest
from synthetic_study import ltp_rows

from cellmodel.errors import ParameterError
from cellmodel.parameters import sources
from cellmodel.protocol import Protocol
from cellmodel.recording import Measure
from cellmodel.report.html import report_html
from cellmodel.report.scorecard import GROUPS, NOT_RUN, is_target, scorecard_figure, summary, targets_text
from cellmodel.report.scorecard_page import page_html
from cellmodel.report.study import StudyResult
from cellmodel.study import scorecard
from cellmodel.study.scorecard import Result, Row, Work, evaluate, plan, rows, shown, status_of
from cellmodel.study.scorecard.rows import HEADER

PROMISED = (
    [f"BK{k:02}" for k in range(1, 10)]
    + [f"BR{k:02}" for k in range(1, 10)]
    + [f"AN{k:02}" for k in (1, 2, 3, 7, 8, 9, 10, 11, 13)]
    + [f"MO{k:02}" for k in (1, 4, 5, 6, 7, 8, 9, 10, 13, 14, 16)]
    + [f"SL{k:02}" for k in range(1, 21)]
    + ["KS06", "KS07", "LT01", "SY02", "CE01", "CE02", "CE03"]
)
CALLS = sorted({row.call for row in rows()})

row = Row("XX01", "a time", "2-3", "ms", "fitted", ("jonas_1993",), "absent", {"why": "a test"}, 2.0, 3.0)


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_number_has_a_row(name: str) -> None:
    assert any(found.id.split(".")[0] == name for found in rows())


def test_identifiers_are_distinct_and_belong_to_a_heading() -> None:
    names = [found.id for found in rows()]
    assert len(names) == len(set(names))
    assert {name[:2] for name in names} <= set(GROUPS)


@pytest.mark.parametrize("found", rows(), ids=lambda found: found.id)
def test_an_evaluator_takes_the_arguments_of_its_row(found: Row) -> None:
    parameters = signature(scorecard.EVALUATORS[found.call]).parameters
    needed = {name for name, p in parameters.items() if p.default is Parameter.empty} - {"seed"}
    assert needed <= set(found.arguments) <= set(parameters)


def test_work_and_results_travel_between_processes() -> None:
    for work in plan(rows(), seed=3):
        assert pickle.loads(pickle.dumps(work)) == work
        results = [Result(found, 1.0) for found in work.rows]
        assert pickle.loads(pickle.dumps(results)) == results
    assert pickle.loads(pickle.dumps(evaluate)) is evaluate


def test_every_evaluator_is_used() -> None:
    assert sorted(scorecard.EVALUATORS) == CALLS


@pytest.mark.parametrize("found", [r for r in rows() if r.is_contested], ids=lambda found: found.id)
def test_a_contested_row_names_two_sources_in_words_too(found: Row) -> None:
    assert all(key in found.published for key in found.source)
    assert len(found.source) == 2


@pytest.mark.parametrize(
    ("model", "is_contested", "status"),
    [
        (2.0, False, "pass"),
        (2.5, False, "pass"),
        (3.1, False, "miss"),
        (1.9, True, "miss"),
        (2.5, True, "contested"),
        (None, False, "miss"),
        (None, True, "miss"),
    ],
)
def test_a_number_passes_within_its_band_and_is_contested_only_there(model, is_contested, status) -> None:
    judged = replace(row, is_contested=is_contested, source=tuple(list(sources())[:2]))
    assert status_of(judged, model) == status


def test_an_open_side_accepts_everything_beyond_the_bound() -> None:
    assert status_of(replace(row, high=math.inf), 1e6) == "pass"
    assert status_of(replace(row, low=-math.inf), -1e6) == "pass"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "guessed"},
        {"unit": "furlong"},
        {"low": 3.5},
        {"low": -math.inf, "high": math.inf},
        {"source": ("nobody",)},
        {"source": ()},
        {"is_contested": True},
    ],
)
def test_a_row_that_does_not_hold_together_is_refused(changes: dict) -> None:
    with pytest.raises(ParameterError, match="XX01"):
        replace(row, **changes)


def test_a_row_that_fails_is_a_miss_and_leaves_the_others_alone() -> None:
    works = replace(row, call="constant", arguments={"file": "synapse.toml", "name": "release.use"})
    failed, fine = evaluate(Work("patch", (row, works), seed=1))
    assert (failed.model, failed.status) == (None, "miss")
    assert "a test" in failed.why
    assert fine.model is not None


def test_a_fault_of_the_program_is_no_miss_of_the_model() -> None:
    broken = replace(row, call="constant", arguments={"file": 1, "name": "release.use"})
    with pytest.raises((TypeError, AttributeError)):
        evaluate(Work("patch", (broken,), seed=1))


def test_rows_of_a_whole_ltp_experiment_come_first_and_each_row_once() -> None:
    works = plan(rows(), 1)
    assert [work.is_long for work in works] == sorted((work.is_long for work in works), reverse=True)
    assert sorted(r.id for work in works for r in work.rows) == sorted(r.id for r in rows())


def lines() -> list:
    judged = [replace(rows()[k], arguments={}) for k in range(0, len(rows()), 5)]
    return [shown(Result(r, r.low if math.isfinite(r.low) else None)) for r in judged]


def test_the_table_has_the_promised_header_and_an_empty_cell_where_there_is_no_number() -> None:
    (line,) = csv.DictReader(io.StringIO(scorecard.csv_text([shown(Result(row, None, "why"))])))
    assert tuple(line) == HEADER
    assert (line["id"], line["quantity"], line["model"], line["status"]) == (
        "XX01",
        "a time (ms)",
        "",
        "miss",
    )


def test_a_deviation_is_one_at_the_edges_of_the_band() -> None:
    at = {model: shown(Result(row, model)).deviation for model in (2.0, 2.5, 3.0)}
    assert at == {2.0: -1.0, 2.5: 0.0, 3.0: 1.0}
    assert shown(Result(replace(row, high=math.inf), 2.0)).deviation == -1.0
    assert shown(Result(replace(row, low=-math.inf), 3.0)).deviation == 1.0
    assert shown(Result(replace(row, high=math.inf), 1e3)).deviation == 1.0


def test_the_page_has_every_row_and_the_figure_draws() -> None:
    found = lines()
    assert scorecard_figure(found).axes
    page = page_html(found, figure_svg="", notices=["a notice"])
    assert all(f'id="{line.id}"' in page for line in found)
    assert summary(found).split("numbers")[0] in page


def test_the_study_s_report_has_the_scorecard_where_it_was_computed() -> None:
    study = StudyResult("aniracetam", 1.5, ())
    assert 'id="scorecard"' not in report_html(study)
    page = report_html(replace(study, scorecard=lines()))
    assert 'id="scorecard"' in page
    assert f'id="{lines()[0].id}"' in page


def targets(**about) -> dict:
    """Return identifier to line of the targets that a synthetic study gives."""
    run = SimpleNamespace(rows=ltp_rows(0.0), protocol=Protocol.named("standard"))
    runs = {"ltp_vehicle": run, "ltp_D-AP5": run}
    pairs = [
        Measure(
            experiment="field_potential", condition=name, measure="paired_pulse_ratio", value=ratio, unit="1"
        )
        for name, ratio in (("control", 1.4), ("drug", 1.33))
    ]
    given = {"compound": "aniracetam", "dose_mM": 1.5, **about}
    return {line.id: line for line in scorecard.targets_of_study(runs, pairs, **given)}


def test_a_study_gives_the_targets_of_its_own_experiments_and_says_which_it_did_not_run() -> None:
    found = targets()
    assert [name for name in found if is_target(found[name])] == [
        found.id for found in rows() if found.id.startswith("SL")
    ]
    assert (found["SL07"].model, found["SL07"].status) == (190.0, "miss")
    assert found["SL08"].model == 1.0
    assert found["SL01"].model == pytest.approx(100.0)
    assert found["SL09.ptp"].model > 150.0
    assert found["SL03"].model == 1.4
    assert found["SL03.drug"].model == pytest.approx(0.95)
    assert found["SL10"].model is None
    assert (found["SL10"].status, found["SL10"].why) == (NOT_RUN, "make scorecard")
    assert targets(dose_mM=0.5)["SL03.drug"].status == NOT_RUN


def test_the_targets_stand_in_one_table_of_their_own_with_a_verdict() -> None:
    found = list(targets().values())
    words = targets_text(found)
    assert "of 20 targets are met" in words
    assert "missed: 7, 9;" in words
    assert "; 2 to 5, 10 to 20 need experiments that this run had not" in words
    page = report_html(replace(StudyResult("aniracetam", 1.5, ()), scorecard=[*lines(), *found]))
    assert page.count(GROUPS["SL"]) == 1
    assert "<td>this project</td>" in page
    assert page.index('id="SL01"') < page.index('id="SL20.decay"')
    assert "make scorecard" in page
