"""A half-maximal dose is given only where the doses show it; else a sentence says why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cellmodel.analysis import DoseCurve
from cellmodel.compound import Compound
from cellmodel.experiment import Run, parse
from cellmodel.recording import Measure
from cellmodel.report.dose_figures import dose_figure
from cellmodel.runner.jobs import parameters_of
from cellmodel.slice import InputOutput, SliceOptions
from cellmodel.slice.field import LineSources
from cellmodel.study import doses

DOSES = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
TAKES = ("compound", "dose")


def curve(ec50: float = 0.2, top: float = 3.0, given: np.ndarray = DOSES, limit: str = "") -> DoseCurve:
    return DoseCurve("ca1_patch", "tau_deactivation", given, 1.0 + (top - 1.0) / (1.0 + ec50 / given), limit)


def test_a_curve_that_the_doses_span_has_a_half_and_two_rows() -> None:
    found = curve()
    assert (found.status, found.reason) == ("fitted", "")
    ec50, hill = doses.hill_rows(found, "aniracetam")
    assert (ec50.measure, ec50.unit, hill.measure, hill.unit) == ("ec50", "mM", "hill", "1")
    assert (ec50.value, hill.value) == pytest.approx((0.2, 1.0), rel=1e-4)
    assert {row.condition for row in (ec50, hill)} == {"tau_deactivation"}
    assert ec50.n == DOSES.size
    assert ec50.sd is not None
    assert ec50.dose_mM is None


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        (curve(given=DOSES[:3]), "too_few_doses", "needs 4 doses above 0, there are 3"),
        (curve(given=DOSES[:0]), "too_few_doses", "needs 4 doses above 0, there are 0"),
        (curve(top=1.0), "no_effect", "no effect, within 5 % of the control"),
        (curve(top=1.04), "no_effect", "no effect"),
        (curve(ec50=0.001), "lacks_low_doses", "the lowest dose has too much of the effect"),
        (curve(ec50=1e-9), "lacks_low_doses", "Give lower doses"),
        (replace(curve(), ratios=np.array([1, 2, 1, 2, 1, 2.0])), "no_hill_curve", "no Hill curve"),
    ],
    ids=["few", "none", "flat", "small", "high", "flat but for the control", "zigzag"],
)
def test_a_curve_that_they_do_not_span_has_no_row_and_a_reason(
    found: DoseCurve, status: str, said: str
) -> None:
    assert found.status == status
    assert said in found.reason
    assert doses.hill_rows(found, "aniracetam") == []


def test_a_half_beyond_the_doses_is_said_to_be_extrapolated() -> None:
    found = curve(ec50=5.0, limit="the solubility")
    assert found.status == "not_saturated"
    assert "up to 3 mM, the solubility: ec50 is extrapolated, and above" in found.reason
    ec50, _ = doses.hill_rows(found, "aniracetam")
    assert ec50.value == pytest.approx(5.0, rel=1e-3)


def test_an_interval_that_is_open_is_no_answer() -> None:
    few = np.array([0.01, 0.1, 1.0, 10.0])
    ratios = curve(ec50=0.3, given=few).ratios + np.array([0.1, -0.1, 0.1, -0.1])
    found = DoseCurve("ca1_patch", "peak", few, ratios)
    assert found.status == "not_determined"
    assert "Add doses" in found.reason


@pytest.mark.parametrize("ec50", [0.05, 0.5, 5.0, 50.0])
def test_half_of_the_largest_effect_seen_is_a_lower_bound(ec50: float) -> None:
    assert 0.01 < curve(ec50).half_of_seen <= ec50


def test_a_blocker_has_a_curve_that_falls() -> None:
    ec50, hill = doses.hill_rows(curve(ec50=0.1, top=0.0), "CNQX")
    assert (ec50.value, hill.value) == pytest.approx((0.1, 1.0), rel=1e-4)


@pytest.mark.parametrize("found", [curve(), curve(ec50=5.0), curve(top=1.0), curve(given=DOSES[:0])])
def test_what_run_json_keeps_is_json(found: DoseCurve) -> None:
    kept = found.describe()
    text = json.dumps(kept, default=lambda item: item.tolist(), allow_nan=False)
    assert json.loads(text)["status"] == found.status
    assert ("ec50_interval_95_mM" in kept) == (found.fit is not None)


def row(preparation: str, measure: str, condition: str, dose: float, value: float) -> Measure:
    unit = {"epsc_peak": "pA", "peak": "pA"}.get(measure, "ms")
    return Measure(
        experiment="dose_response",
        preparation=preparation,
        condition=condition,
        dose_mM=dose,
        measure=measure,
        value=value,
        unit=unit,
    )


def test_curves_are_ratios_to_the_control_of_the_same_preparation() -> None:
    rows = [
        row("culture_cell", "epsc_peak", "control", 0.0, 100.0),
        row("culture_cell", "epsc_peak", "drug", 2.0, 300.0),
        row("culture_cell", "epsc_peak", "drug", 1.0, 200.0),
        row("culture_cell", "epsc_peak", "drug", 0.0, 100.0),
        row("ca1_cell", "epsc_peak", "control", 0.0, 50.0),
        row("ca1_patch", "peak", "control", 0.0, 10.0),
        row("ca1_patch", "tau_deactivation", "drug", 1.0, 10.0),
    ]
    culture, ca1 = doses.curves(rows, solubility_mM=2.0)
    assert culture.doses.tolist() == [1.0, 2.0]
    assert culture.ratios.tolist() == [2.0, 3.0]
    assert culture.limit == "the solubility"
    assert (ca1.preparation, ca1.doses.size, ca1.limit) == ("ca1_cell", 0, "")


def test_field_potentials_with_a_population_spike_are_not_fitted() -> None:
    rows = [
        row(preparation, measure, "drug" if dose else "control", dose, 1.0 + dose)
        for preparation, measure in (("ca1_slice", "fepsp_tau_decay"), ("ca1_cell", "epsc_tau_decay"))
        for dose in (0.0, 1.0, 2.0)
    ]
    field, epsc = doses.curves(rows, solubility_mM=2.0, fired_mM=[2.0])
    assert (field.doses.tolist(), field.limit) == ([1.0], "")
    assert epsc.doses.tolist() == [1.0, 2.0]


def test_the_same_reason_is_said_once() -> None:
    flat = curve(top=1.0)
    said = doses.reasons([flat, curve(), replace(flat, measure="tau_desensitization"), curve(ec50=5.0)])
    assert len(said) == 2
    assert said[0].startswith("tau_deactivation of ca1_patch, tau_desensitization of ca1_patch: no effect")


def asked(tmp_path: Path, *argv: str) -> tuple[Run, tuple[float, ...]]:
    run = Run("dose_response", parse("dose_response", ["--out", str(tmp_path), *argv], takes=TAKES))
    return run, doses.chosen(run, n=9)


def test_doses_go_up_to_the_solubility(tmp_path: Path) -> None:
    run, given = asked(tmp_path)
    assert (len(given), given[0], given[-1]) == (9, 0.01, Compound.named("aniracetam").solubility_mM)
    assert np.diff(np.log(given)) == pytest.approx(np.log(500) / 8, rel=0.1)
    assert run.notices == []


def test_an_unknown_solubility_is_said(tmp_path: Path) -> None:
    run, given = asked(tmp_path, "--compound", "vehicle")
    assert given == (0.0,)
    assert "solubility of vehicle is not known" in run.notices[0]


def test_doses_given_are_sorted_and_those_above_the_solubility_are_said(tmp_path: Path) -> None:
    run, given = asked(tmp_path, "--dose-mM", "30", "1", "1", "0.1")
    assert given == (0.1, 1.0, 30.0)
    assert "above its solubility" in run.notices[0]


def test_a_potent_compound_has_lower_doses() -> None:
    assert doses.spaced(0.2, 5) == (0.00067, 0.0028, 0.012, 0.048, 0.2)


PREPARATIONS = {"tau": "ca1_patch", "ste": "ca1_patch", "eps": "ca1_cell", "fep": "ca1_slice"}


@pytest.mark.parametrize("top", [0.0, 1.0, 3.0, 100.0])
@pytest.mark.parametrize("ec50", [1e-4, 0.2, 20.0])
def test_every_kind_of_curve_is_drawn(ec50: float, top: float) -> None:
    drawn = [
        replace(curve(ec50, top), measure=measure, preparation=PREPARATIONS[measure[:3]])
        for measure in doses.QUANTITIES
    ]
    figure = dose_figure(drawn, drug="CX614")
    figure.canvas.draw()
    assert len(figure.axes) == 3 + 2
    assert {axes.get_xlabel() for axes in figure.axes} == {"CX614 (mM)"}


SEARCHED = doses.Series(
    intensity=InputOutput(
        fibers=np.array([20, 46, 160]),
        amplitudes=np.array([0.1, 0.4, 1.2]),
        has_spike=np.zeros(3, dtype=bool),
        responses=(),
        largest_fibers=160,
        test_fibers=46,
        test_percent=33.0,
        sources=LineSources("of this electrode", np.zeros((2, 3))),
    ),
)


@pytest.mark.parametrize(
    ("n", "sizes"), [(9, [1, 2, 2, 2, 1, 1]), (6, [1, 2, 2, 1]), (2, [1, 1]), (1, [0, 1])]
)
def test_the_slice_is_done_in_shares_that_make_up_all_doses_and_one_control(n: int, sizes: list[int]) -> None:
    given = doses.spaced(5.0, n) if n > 1 else (1.1,)
    compound = Compound.named("aniracetam")
    patch, *shares = doses.levels(
        ("patch", "slice"),
        SliceOptions(),
        compound=compound,
        given="aniracetam",
        doses_mM=given,
        searched=SEARCHED,
    )
    assert (patch.doses_mM, patch.has_control, patch.sources) == (given, True, None)
    assert [len(level.doses_mM) for level in shares] == sizes
    assert tuple(dose for level in shares for dose in level.doses_mM) == given
    recorded = [condition for level in shares for condition, _ in level.conditions(compound)]
    assert recorded == ["control"] + n * ["drug"]
    assert {level.control_mV for level in shares} == {0.4}
    assert all(level.sources is SEARCHED.intensity.sources for level in shares)


def test_a_share_is_told_without_what_its_electrode_sees() -> None:
    sources = SEARCHED.intensity.sources
    level = doses.Level("slice", SliceOptions(), "aniracetam", (1.0,), (1.0,), sources=sources)
    assert "sources" not in parameters_of(level)
