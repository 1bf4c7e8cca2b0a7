"""LTP over cells and series: what is planned, what means and curves say, and how they look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.analysis.slice_rows import mean_rows
from cellmodel.analysis.time_course import crossing
from cellmodel.errors import ConvergenceError, ParameterError, ProtocolError
from cellmodel.protocol import Phase, Protocol, Series, Train, Wash
from cellmodel.recording import Measure
from cellmodel.report.series_figure import series_figure
from cellmodel.report.slice_figures import Timeline, ltp_figure, mean_percent
from cellmodel.report.style import svg_text
from cellmodel.runner.runner import Runner
from cellmodel.slice import InputOutput, SliceOptions
from cellmodel.study import ltp, repeats
from cellmodel.study.expressions import check_crossed
from cellmodel.traces import Recording

PHASES = (Phase(0.0, "control"), Phase(10.0, "drug"), Phase(20.0, "after_ltp"))
BASE = Protocol(
    *("mine", "mine", 80.0, PHASES),
    washes=(Wash(10.0, True), Wash(30.0, False)),
    trains=(Train(20.0, "test", 100, 100.0),),
    series=Series("pulses", (5, 10, 20, 100)),
)
STAYS = replace(BASE, washes=BASE.washes[:1])
SUBJECTS = [repeats.Subject(cell, SliceOptions(seed=cell, fibers=40), "") for cell in (1, 2)]
DOSE = 1.5


def percent_row(experiment: str, value: float, condition: str = "vs_baseline") -> Measure:
    labels = {"preparation": "ca1_slice", "condition": condition, "pathway": "test", "time_min": 60.0}
    return Measure(experiment=experiment, measure="ltp_percent", value=value, unit="%", **labels)


def slope_rows(experiment: str, slopes: dict[float, float], pathway: str = "test") -> list[Measure]:
    labels = {"experiment": experiment, "condition": "control", "pathway": pathway, "unit": "mV/ms"}
    return [Measure(measure="fepsp_slope", time_min=t, value=v, **labels) for t, v in slopes.items()]


def played(group: str, value: float | None, percents: list[float], dose: float = 0.0) -> list[repeats.Played]:
    """Return one experiment in as many cells as there are percents."""
    nothing = Recording(np.zeros(1), {}, {}, {})
    found = []
    for k, percent in enumerate(percents):
        name = f"{group}_cell_{k + 1}"
        rows = (percent_row(name, percent), percent_row(name, percent - 50.0, "vs_drug_baseline"))
        summary = ltp.LtpSummary(BASE, dose, rows if dose else rows[:1], (), (), None, nothing)
        found.append(repeats.Played(name, group, value, k + 1, summary))
    return found


def whole_series() -> list[repeats.Played]:
    """Return a series in two cells, with drug and as vehicle."""
    heights = {5: 100.0, 10: 110.0, 20: 130.0, 100: 160.0}
    with_drug = {5: 110.0, 10: 130.0, 20: 150.0, 100: 160.0}
    return [
        one
        for group, curve, dose in (("ltp", with_drug, DOSE), ("ltp_vehicle", heights, 0.0))
        for value, percent in curve.items()
        for one in played(f"{group}_{value}_pulses", value, [percent - 2.0, percent + 2.0], dose)
    ]


def test_test_pulses_that_make_the_cells_fire_are_told() -> None:
    """Where a population spike cuts the wave there is a slope and no decay; abolished, it has neither."""
    quiet = slope_rows("ltp", {0.0: 0.1, 1.0: 0.1})
    firing = slope_rows("ltp", {2.0: 0.2, 3.0: 0.2})
    abolished = slope_rows("ltp", {4.0: 0.0})
    decays = [replace(row, measure="fepsp_tau_decay", unit="ms", value=5.0) for row in quiet]
    means = [replace(row, time_min=None) for row in quiet]
    (done,) = played("ltp", None, [100.0])
    summary = replace(done.summary, rows=(*quiet, *firing, *abolished, *decays, *means))
    (told,) = ltp.spike_notices(summary)
    assert told.startswith("test pathway: 2 of 4 test pulses, from 2 to 3 min, give a population spike")
    assert ltp.spike_notices(replace(summary, rows=(*quiet, *decays, *abolished))) == []


# --- what is planned ----------------------------------------------------------------------


def test_cells_are_the_shipped_one_and_grown_ones_each_with_its_own_seed() -> None:
    found = repeats.searches(SliceOptions(), 3, has_morphology=False)
    assert [search.cell for search in found] == [1, 2, 3]
    assert [search.options.seed for search in found] == [1, 2, 3]
    names = [getattr(search.options.morphology, "name", None) for search in found]
    assert names == [None, "grown_2", "grown_3"]


def test_another_seed_shifts_the_set() -> None:
    (first, _) = repeats.searches(SliceOptions(seed=2), 2, has_morphology=False)
    assert (first.options.seed, first.options.morphology.name) == (2, "grown_2")


def test_a_morphology_is_that_of_all_cells_and_one_cell_is_that_of_a_run_without_the_option() -> None:
    found = repeats.searches(SliceOptions("my_cell.swc"), 2, has_morphology=True)
    assert [(s.options.morphology, s.options.seed) for s in found] == [("my_cell.swc", 1), ("my_cell.swc", 2)]
    (only,) = repeats.searches(SliceOptions(seed=7), None, has_morphology=False)
    assert (only.options.morphology, only.options.seed) == (None, 7)


def test_a_series_in_drug_is_planned_with_it_and_without_in_every_cell() -> None:
    found = repeats.plan(BASE, SUBJECTS, "aniracetam", DOSE, n_cells=2, is_quick=False)
    names = [repeat.experiment for repeat in found]
    assert len(names) == len(set(names)) == 4 * 2 * 2
    assert {"ltp_5_pulses_cell_1", "ltp_vehicle_100_pulses_cell_2"} <= set(names)
    assert {r.dose_mM for r in found if "vehicle" in r.experiment} == {0.0}
    assert {r.protocol.trains[0].pulses for r in found if r.value == 20} == {20}


def test_a_series_without_drug_is_played_once_and_rows_of_one_cell_do_not_name_it() -> None:
    dry = replace(BASE, washes=())
    names = [r.experiment for r in repeats.plan(dry, SUBJECTS[:1], "", DOSE, n_cells=1, is_quick=False)]
    assert names == ["ltp_5_pulses", "ltp_10_pulses", "ltp_20_pulses", "ltp_100_pulses"]
    vehicle = repeats.plan(BASE, SUBJECTS[:1], "vehicle", 0.0, n_cells=1, is_quick=False)
    assert [r.experiment for r in vehicle] == names


def test_a_quick_series_has_three_values_and_few_test_pulses() -> None:
    found = repeats.plan(BASE, SUBJECTS[:1], "", 0.0, n_cells=1, is_quick=True)
    assert [repeat.value for repeat in found] == [5, 20, 100]
    assert {repeat.protocol.probe_interval_seconds for repeat in found} == {ltp.SPARSE}


def test_a_protocol_in_cells_is_ltp_in_each() -> None:
    alone = replace(BASE, series=None)
    found = repeats.plan(alone, SUBJECTS, "aniracetam", DOSE, n_cells=2, is_quick=False)
    assert [(r.experiment, r.group, r.value) for r in found] == [
        ("ltp_cell_1", "ltp", None),
        ("ltp_cell_2", "ltp", None),
    ]


def test_a_cell_without_test_intensity_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_intensity(options: SliceOptions) -> tuple[SliceOptions, InputOutput]:
        if options.seed == 2:
            raise ConvergenceError("no stimulus gives an fEPSP without a spike")
        nothing = np.array([60])
        return replace(options, fibers=46), InputOutput(nothing, nothing, nothing > 0, (), 60, 46, 35.0)

    monkeypatch.setattr(repeats.field, "find_intensity", find_intensity)
    searches = repeats.searches(SliceOptions("my_cell.swc"), 3, has_morphology=True)
    runner = Runner(say=lambda text: None)
    found = list(runner.map(repeats.find, searches, "test intensity"))
    assert [(subject.cell, subject.options.fibers) for subject in found] == [(1, 46), (3, 46)]
    (failure,) = runner.failures
    assert "cell 2" in failure.text
    assert "without a spike" in failure.text


def test_expressions_are_not_compared_in_many_cells() -> None:
    with pytest.raises(ProtocolError, match="Leave out --cells"):
        check_crossed(Protocol.named("crossed"), 3)


def test_a_protocol_that_washes_nothing_in_says_so() -> None:
    (text,) = ltp.notices(Protocol.named("pairing"), "aniracetam")
    assert text == "the protocol pairing washes nothing in: aniracetam plays no part in it."
    assert ltp.notices(Protocol.named("standard"), "aniracetam") == []
    assert ltp.notices(Protocol.named("pairing"), "vehicle") == []


# --- what comes of it ---------------------------------------------------------------------


def test_means_are_over_cells_with_their_number_and_standard_deviation() -> None:
    cells = [slope_rows("a", {0.0: 1.0, 1.0: 2.0}), slope_rows("b", {0.0: 3.0})]
    both, alone = mean_rows(cells, experiment="ltp")
    assert (both.experiment, both.time_min, both.value, both.n) == ("ltp", 0.0, 2.0, 2)
    assert both.sd == pytest.approx(np.std([1.0, 3.0], ddof=1))
    assert (alone.value, alone.n, alone.sd) == (2.0, 1, 0.0)


def test_rows_that_differ_in_more_than_the_cell_are_not_averaged() -> None:
    rows = slope_rows("a", {0.0: 1.0}) + slope_rows("a", {0.0: 2.0}, "control")
    assert [row.value for row in mean_rows([rows], experiment="ltp")] == [1.0, 2.0]


def test_two_phases_of_one_condition_are_averaged_each_with_its_own() -> None:
    cells = [
        [replace(row, time_min=None) for row in slope_rows(name, {0.0: low, 1.0: high})]
        for name, low, high in (("a", 1.0, 5.0), ("b", 3.0, 7.0))
    ]
    assert [(row.value, row.n) for row in mean_rows(cells, experiment="ltp")] == [(2.0, 2), (6.0, 2)]


def test_after_several_trains_each_phase_is_said_in_percent_of_the_first() -> None:
    (one,) = played("ltp", None, [150.0])
    rows = [replace(row, time_min=None) for row in slope_rows("ltp", {0.0: 2.0, 1.0: 3.2, 2.0: 2.4})]
    done = replace(one.summary, protocol=Protocol.named("depotentiation"), rows=tuple(rows))
    first, second = ltp.train_lines(done)
    assert "after_ltp, 20 to 50 min: 160.0 % of the first phase" in first
    assert "after_ltp, 50 to 125 min: 120.0 % of the first phase" in second
    assert ltp.train_lines(replace(done, protocol=Protocol.named("standard"))) == []


@pytest.mark.parametrize(
    ("values", "percents", "level", "at"),
    [
        ((1.0, 10.0, 50.0), (80.0, 100.0, 140.0), 100.0, 10.0),
        ((1.0, 100.0), (80.0, 120.0), 100.0, 10.0),
        ((-10.0, 10.0), (80.0, 120.0), 100.0, 0.0),
        ((1.0, 2.0), (80.0, 90.0), 100.0, None),
        ((1.0, 2.0), (120.0, 110.0), 100.0, None),
    ],
)
def test_a_crossing_is_between_the_points_around_it(
    values: tuple, percents: tuple, level: float, at: float
) -> None:
    found = crossing(values, percents, level)
    assert found == (None if at is None else pytest.approx(at))


def test_a_curve_has_the_mean_of_cells_and_its_standard_error() -> None:
    found = repeats.curves(whole_series())
    assert [point.value for point in found["drug"]] == [5, 10, 20, 100]
    point = found["control"][1]
    assert (point.percent, point.n) == (110.0, 2)
    assert point.sem == pytest.approx(2.0)


def test_ltp_is_read_against_the_drug_where_the_drug_is_still_there() -> None:
    (one,) = played("ltp", None, [160.0], DOSE)
    assert repeats.last_percent(one.summary) == 160.0
    assert repeats.last_percent(replace(one.summary, protocol=STAYS)) == 110.0
    (dry,) = played("ltp", None, [150.0])
    assert repeats.last_percent(replace(dry.summary, protocol=STAYS)) == 150.0


def test_the_drug_and_the_vehicle_have_their_half_maximal_number() -> None:
    found = repeats.series_rows(BASE, whole_series(), "aniracetam")
    assert [(row.experiment, row.condition, row.measure) for row in found] == [
        ("ltp", "drug", "half_maximal"),
        ("ltp_vehicle", "control", "half_maximal"),
    ]
    drug, vehicle = found
    assert (drug.value, vehicle.value) == (pytest.approx(10.0), pytest.approx(20.0))
    assert (drug.dose_mM, vehicle.dose_mM, drug.n) == (DOSE, 0.0, 2)
    said = repeats.lines(BASE, whole_series(), found)
    assert "drug, pulses 20: 150.0 % +/- 2.0 (SEM, n = 2)" in said
    assert "control: half of the largest LTP at 20 pulses" in said


def test_cells_are_said_with_their_mean_standard_error_and_number() -> None:
    alone = replace(BASE, series=None)
    (said,) = repeats.lines(alone, played("ltp", None, [148.0, 152.0]), [])
    assert said == "test pathway, 60 min after the train: 150.0 % (vs_baseline), SEM 2.0, n = 2 cells"


def test_a_frequency_series_says_where_potentiation_begins() -> None:
    by_hz = replace(BASE, series=Series("hz", (1, 10, 100)))
    curve = {1: 80.0, 10: 100.0, 100: 150.0}
    done = [one for hz, percent in curve.items() for one in played(f"ltp_{hz}hz", hz, [percent])]
    found = {row.measure: row for row in repeats.series_rows(by_hz, done, "vehicle")}
    assert (found["zero_crossing"].value, found["zero_crossing"].unit) == (pytest.approx(10.0), "Hz")
    flat = [replace(one, summary=replace(one.summary, rows=(percent_row("a", 90.0),))) for one in done]
    assert repeats.series_rows(by_hz, flat, "vehicle") == []


# --- how it looks -------------------------------------------------------------------------


def test_each_cell_is_taken_in_percent_of_its_own_baseline_before_they_are_averaged() -> None:
    rows = slope_rows("a", {0.0: 1.0, 10.0: 1.5}) + slope_rows("b", {0.0: 4.0, 5.0: 4.0, 10.0: 8.0})
    times, percent, sem, n = mean_percent(rows, "test", (0.0, 5.0))
    assert times.tolist() == [0.0, 10.0]
    assert percent == pytest.approx([100.0, 175.0])
    assert sem == pytest.approx([0.0, 25.0])
    assert n == 2


def test_the_time_course_of_cells_says_how_many_there_are() -> None:
    rows = slope_rows("a", {0.0: 1.0, 10.0: 1.5}) + slope_rows("b", {0.0: 4.0, 10.0: 8.0})
    timeline = Timeline((0.0, 5.0), (), [6.0, 8.0], ["100 Hz, 100 pulses", "1 Hz, 900 pulses"])
    text = svg_text(ltp_figure({"control": rows}, timeline))
    assert "n = 2 cells, SEM" in text
    assert "100 Hz, 100 pulses" in text
    assert "1 Hz, 900 pulses" in text
    with pytest.raises(ParameterError, match="no fepsp_slope rows"):
        ltp_figure({"control": []}, timeline)


def test_the_figure_of_a_series_shows_both_curves_their_halves_and_what_was_published() -> None:
    published = Protocol.named("tetanus_length").series.published
    half = {"drug": 11.1, "control": 22.2}
    text = svg_text(
        series_figure(
            repeats.curves(whole_series()), axis="pulses", published=published, half=half, drug="1.5 mM mine"
        )
    )
    for words in ("1.5 mM mine, n = 2 cells, SEM", "vehicle", "published", "11.1", "22.2", "pulses"):
        assert words in text
