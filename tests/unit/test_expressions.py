"""Rival expressions of LTP: the ratios of gains, what the sources' words are read as, table and figure."""

from __future__ import annotations

import pytest

from cellmodel.errors import ParameterError, ProtocolError
from cellmodel.parameters import sources
from cellmodel.plasticity import hypotheses
from cellmodel.protocol import Protocol
from cellmodel.recording import Measure
from cellmodel.report.expressions import _verdict as verdict
from cellmodel.report.expressions import (
    claims,
    expression_figure,
    expression_table,
    ratios_of,
    table_text,
)
from cellmodel.study.expressions import CROSSED, QUANTITIES, check_crossed, gain_ratios

UNITS = {"conductance_peak": "nS", "epsc_peak": "pA", "fepsp_amplitude": "mV", "fepsp_slope": "mV/ms"}


def four(experiment: str, quantity: str, values: tuple[float, ...]) -> list[Measure]:
    unit = UNITS.get(quantity, "ms")
    return [
        Measure(experiment=experiment, condition=name, measure=quantity, value=value, unit=unit)
        for name, value in zip(CROSSED, values, strict=False)
    ]


def compared() -> list[Measure]:
    """Return rows of all hypotheses in which amplitudes gain alike and decays gain 1.2 times as much."""
    rows = []
    for name in hypotheses():
        for suffix in ("", "_reset"):
            for quantity in QUANTITIES[4 if suffix else 0 :]:
                last = 7.2 if quantity.endswith("decay") else 6.0
                rows += four(f"expression_{name}{suffix}", quantity, (1.0, 2.0, 3.0, last))
    return rows + gain_ratios(rows)


def test_a_ratio_of_gains_is_the_gain_after_ltp_over_that_before() -> None:
    (row,) = gain_ratios(four("expression_presynaptic", "epsc_peak", (10.0, 20.0, 15.0, 36.0)))
    assert row.value == pytest.approx((36 / 15) / (20 / 10))
    assert (row.measure, row.condition, row.unit) == ("gain_ratio", "epsc_peak", "1")


def test_a_quantity_without_four_numbers_above_zero_has_no_ratio() -> None:
    assert gain_ratios(four("expression_presynaptic", "fepsp_tau_decay", (4.0, 5.0, 4.0))) == []
    assert gain_ratios(four("expression_presynaptic", "epsc_peak", (0.0, 5.0, 4.0, 6.0))) == []


@pytest.mark.parametrize(
    ("name", "said"), [("standard", "no phase 'after_ltp'"), ("standard_washout", "conditions in drug")]
)
def test_only_a_crossed_protocol_compares_expressions(name: str, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        check_crossed(Protocol.named(name))
    check_crossed(Protocol.named("crossed"))


def test_expressions_are_not_compared_in_noise() -> None:
    with pytest.raises(ProtocolError, match="Leave out --electrode-noise, or take one expression"):
        check_crossed(Protocol.named("crossed"), has_electrode_noise=True)


def test_a_claim_names_a_known_source_or_is_the_guide_and_says_what_was_read() -> None:
    for claim in claims():
        assert claim.source in sources() or claim.label == "guide"
        if claim.source:
            assert claim.seen == sources()[claim.source]["seen"]
        assert set(claim.bands) <= set(QUANTITIES)


def test_a_claim_agrees_where_all_its_bands_hold() -> None:
    guide = next(claim for claim in claims() if claim.label == "guide")
    assert guide.agrees({"fepsp_amplitude": 1.0, "fepsp_tau_decay": 1.1})
    assert guide.agrees({"fepsp_amplitude": 0.9, "fepsp_tau_decay": 1.1}) is False
    assert guide.agrees({"fepsp_amplitude": 1.0}) is None


def test_a_claim_about_another_compound_is_not_judged() -> None:
    ratios = ratios_of(compared())
    lin = next(claim for claim in claims() if claim.compound == "cyclothiazide")
    assert verdict(lin, ratios, "presynaptic", "aniracetam") == "(cyclothiazide)"
    assert verdict(lin, ratios, "presynaptic", "cyclothiazide") == "no, no"


def test_the_table_has_a_line_for_each_hypothesis_and_a_column_for_each_place_and_source() -> None:
    head, lines = expression_table(compared(), "aniracetam")
    assert [line[0] for line in lines] == list(hypotheses())
    assert {len(line) for line in lines} == {len(head)} == {5 + len(claims())}
    assert lines[0][1:5] == ["1.00 / 1.20"] * 3 + ["1.00 / 1.20"]
    text = table_text(compared(), "aniracetam")
    assert "from memory, not verified" in text
    assert "abstract only" in text


def test_without_ratios_there_is_nothing_to_show() -> None:
    with pytest.raises(ParameterError, match="no gain_ratio rows"):
        ratios_of(four("expression_presynaptic", "epsc_peak", (1.0, 2.0, 3.0, 4.0)))


def test_the_figure_shows_every_hypothesis_at_every_place() -> None:
    amplitude, decay, verdicts = expression_figure(compared(), "aniracetam").axes
    assert [line.get_xdata().tolist() for line in amplitude.lines[1:]] == [[1.0] * 5] * 4
    assert decay.lines[1].get_xdata() == pytest.approx([1.2] * 5)
    assert len(verdicts.texts) >= 2 * len(claims()) * len(hypotheses())
