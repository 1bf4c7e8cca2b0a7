"""Findings and tables follow from the numbers, whatever they are."""

import pytest
from synthetic_study import DECAYS, crossed_rows, ltp_rows, pair, table_rows

from cellmodel.recording import Measure
from cellmodel.report import StudyResult
from cellmodel.report.findings import NOTHING, finding
from cellmodel.report.tables import number, with_unit
from cellmodel.report.tables import table_rows as filled


def study(rows):
    return StudyResult("aniracetam", 1.5, rows)


def statuses(rows):
    return {(row.table, row.quantity): row.status for row in filled(study(rows))}


def patch_rows(values):
    return pair("patch_clamp", "ca1_patch", "tau_deactivation", values, "ms")


def test_a_slower_time_constant_reads_as_slowed():
    text = finding(study(patch_rows((2.5, 7.5))), "patch")
    assert text == "In the outside-out patch, 1.5 mM aniracetam slows deactivation 3-fold (2.5 → 7.5 ms)."


def test_a_faster_one_reads_as_sped_up_and_a_small_change_as_none():
    assert "speeds deactivation to 80 %" in finding(study(patch_rows((2.5, 2.0))), "patch")
    assert "hardly changes deactivation" in finding(study(patch_rows((2.5, 2.55))), "patch")


def test_no_numbers_give_no_claim():
    assert [finding(study([]), name) for name in ("patch", "epsc", "ltp")] == [NOTHING] * 3


def test_ltp_is_told_against_both_baselines_and_the_vehicle():
    text = finding(study(ltp_rows(1.5) + ltp_rows(0.0)), "ltp")
    assert "145 % of what it was in the drug just before (190 % of the drug-free baseline)" in text
    assert "without the drug it is 190 %" in text


def test_gains_before_and_after_ltp_are_compared():
    text = finding(study(crossed_rows()), "ltp")
    assert "the same in amplitude (after/before 1.00) and larger in decay time constant" in text


def test_all_rows_of_both_tables_are_there_and_a_miss_is_a_miss():
    found = statuses(table_rows() + crossed_rows())
    assert len(found) == 6
    missed = [quantity for (_, quantity), status in found.items() if status == "missed"]
    assert missed == ["decay of evoked and of miniature EPSCs"]


def test_a_smaller_gain_of_decay_after_ltp_misses_the_second_row():
    decays = DECAYS | {"after_ltp_drug": 9.0}
    key = (1, "fEPSP decay time constant before / after LTP")
    assert statuses(crossed_rows(decays))[key] == "missed"
    assert statuses(crossed_rows())[key] == "shown"


def test_what_was_not_computed_says_so():
    assert set(statuses([]).values()) == {"not computed"}


def test_gains_are_taken_within_one_experiment():
    stray = Measure(
        experiment="field_potential", preparation="ca1_slice", condition="control", measure="fepsp_amplitude",
        value=99.0, unit="mV",
    )  # fmt: skip
    row = filled(study([stray, *crossed_rows()]))[0]
    assert row.checks[0].text == "\N{MULTIPLICATION SIGN}1.4 (1.2 → 1.68 mV)"


def test_other_doses_do_not_get_into_the_tables():
    other = Measure(
        experiment="dose_response", preparation="ca1_patch", condition="drug", compound="aniracetam",
        dose_mM=5.0, measure="tau_deactivation", value=99.0, unit="ms",
    )  # fmt: skip
    rows = [other, *patch_rows((2.5, 7.5))]
    assert study(rows).value("tau_deactivation", "ca1_patch", "drug") == 7.5


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (7.8956, "7.9"), (1234.5, "1230"), (0.00012, "0.00012"), (3.2e-9, "3.20e-09")],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_units_are_printed_and_a_plain_ratio_has_none():
    assert with_unit(0.5, "1") == "0.5"
    assert with_unit(0.5, "uM") == "0.5 µM"


def test_a_check_says_where_it_lies_at_the_other_q10_of_the_receptor():
    slower = crossed_rows({**DECAYS, "after_ltp_drug": DECAYS["after_ltp_drug"] * 1.1})
    repeated = StudyResult(
        compound="aniracetam",
        dose_mM=1.5,
        measures=table_rows() + crossed_rows(),
        bands={3.0: crossed_rows(), 1.5: slower},
    )
    plain = {row.quantity: row for row in filled(study(table_rows() + crossed_rows()))}
    for row in filled(repeated):
        before = [check.text for check in plain[row.quantity].checks]
        after = [check.text for check in row.checks]
        if "decay time constant" not in row.quantity:
            continue
        own = float(before[2])
        assert after[2] == f"{before[2]}; {own * 1.1:.3g} at q10\u00a01.5, {own:.3g} at q10\u00a03"
        assert [check.status for check in row.checks] == ["shown"] * 3
    assert "q10" not in "".join(check.text for row in plain.values() for check in row.checks)


def test_a_repetition_without_the_number_says_so():
    fired = [row for row in crossed_rows() if row.measure != "fepsp_tau_decay"]
    repeated = StudyResult(
        compound="aniracetam",
        dose_mM=1.5,
        measures=table_rows() + crossed_rows(),
        bands={3.0: crossed_rows(), 1.5: fired},
    )
    (decay,) = (row for row in filled(repeated) if "fEPSP decay" in row.quantity)
    assert all("; none at q10\u00a01.5, " in check.text for check in decay.checks)
