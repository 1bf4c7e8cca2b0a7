"""Rows of measures.csv keep to the contract's words and survive the round trip."""

import math

import pytest

from cellmodel.errors import ParameterError
from cellmodel.recording import COLUMNS, Measure, read_measures, write_measures
from cellmodel.recording.vocabulary import vocabulary


def row(**changes):
    given = {"experiment": "patch_clamp", "preparation": "ca1_patch", "condition": "drug"}
    given |= {"compound": "aniracetam", "dose_mM": 1.5, "measure": "tau_deactivation"}
    return Measure(**(given | {"value": 7.9, "unit": "ms", "n": 1} | changes))


def test_columns_are_those_of_the_contract():
    header = "experiment,preparation,condition,compound,dose_mM,pathway,time_min,measure,value,unit,n,sd"
    assert ",".join(COLUMNS) == header
    assert list(COLUMNS) == vocabulary()["columns"]


def test_rows_come_back_as_they_were_written(tmp_path):
    rows = [
        row(),
        row(value=1 / 3, sd=0.1, pathway="test", time_min=0.25),
        row(dose_mM=0.0, condition="control"),
    ]
    write_measures(tmp_path / "new" / "measures.csv", rows)
    back = read_measures(tmp_path / "new" / "measures.csv")
    assert [r.value for r in back] == pytest.approx([r.value for r in rows], rel=1e-7)
    assert [(r.sd, r.time_min, r.n, r.pathway) for r in back] == [
        (r.sd, r.time_min, r.n, r.pathway) for r in rows
    ]


def test_what_does_not_apply_is_empty_and_numbers_are_short(tmp_path):
    write_measures(tmp_path / "m.csv", [row(value=-0.0, n=None)])
    line = (tmp_path / "m.csv").read_text().splitlines()[1]
    assert line == "patch_clamp,ca1_patch,drug,aniracetam,1.5,,,tau_deactivation,0,ms,,"


def test_a_bad_row_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "m.csv"
    write_measures(path, [row()])
    before = path.read_text()

    def broken():
        yield row()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_measures(path, broken())
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.csv"]


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"measure": "tau_deactivaton"}, "Did you mean 'tau_deactivation'"),
        ({"measure": ""}, "unknown measure"),
        ({"preparation": "ca1_pach"}, "Did you mean 'ca1_patch'"),
        ({"condition": "after"}, "unknown condition"),
        ({"pathway": "third"}, "unknown pathway"),
        ({"value": math.nan}, "not a finite number"),
        ({"sd": math.inf}, "not a finite number"),
        ({"dose_mM": -1.0}, "dose_mM"),
        ({"unit": "s"}, "Allowed: ms"),
    ],
)
def test_words_and_numbers_outside_the_contract_are_refused(changes, hint):
    with pytest.raises(ParameterError, match=hint):
        row(**changes)


def test_ltp_percent_is_only_written_at_its_three_times():
    good = {"experiment": "ltp", "preparation": "ca1_slice", "measure": "ltp_percent", "unit": "%"}
    row(**good, condition="vs_baseline", time_min=60)
    for condition, minutes in (("vs_baseline", 45), ("drug", 60), ("vs_drug_baseline", None)):
        with pytest.raises(ParameterError):
            row(**good, condition=condition, time_min=minutes)


def test_dose_response_rows_name_their_quantity():
    row(experiment="dose_response", measure="ec50", unit="mM", condition="tau_deactivation")
    with pytest.raises(ParameterError):
        row(experiment="dose_response", measure="ec50", unit="mM", condition="tau_something_else")


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot write"):
        write_measures(tmp_path / "file" / "measures.csv", [row()])
