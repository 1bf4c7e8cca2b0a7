"""Intervals and statements of a fit: what the data determine, what they do not, and what contradicts them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cellmodel.compound import Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.fitting import NAMES, Fit, Problem, Ratios, Rig, fit, refined
from cellmodel.fitting.draws import draw
from cellmodel.fitting.fit import nothing_determined
from cellmodel.fitting.ratios import independent
from cellmodel.fitting.statement import compound_toml, describe, undetermined, warnings
from cellmodel.fitting.surface import surface

KINDS = ("tau_deactivation", "tau_desensitization", "steady_state_ratio")
TRUTH = Modulation(0.8, 0.25, 0.05)
DOSES = (0.3, 1.0, 3.0, 10.0)


def ratios(kinds=KINDS, doses=DOSES, *, truth=TRUTH, error=0.05, n=np.inf, off=1.0) -> Ratios:
    table = surface("ca1", Rig.usual(), KINDS, True)
    rows = [(k, d, off * np.exp(table.log_ratio(k, truth, d)), error, n) for k in kinds for d in doses]
    return independent(rows, "made up")


def fitted(**given) -> Fit:
    return fit(Problem(ratios(**given)))


def test_exact_ratios_give_the_truth_within_their_intervals() -> None:
    found = fitted()
    for name in NAMES:
        assert found.values[name] == pytest.approx(getattr(TRUTH, name), rel=0.01)
        assert found.intervals[name].is_closed
        assert found.intervals[name].low < getattr(TRUTH, name) < found.intervals[name].high
    assert found.misfit > 0.99
    assert undetermined(found) == warnings(found) == []


def test_a_profile_that_is_drawn_shows_its_valley_and_crosses_the_threshold_at_the_interval() -> None:
    coarse = fitted()
    found = refined(coarse)
    for name in NAMES:
        values, heights = found.profiles[name]
        within = found.intervals[name]
        inside = (values > within.low) & (values < within.high)
        assert np.all(np.diff(values) >= 0)
        assert (
            inside.sum()
            >= 5
            > ((coarse.profiles[name][0] > within.low) & (coarse.profiles[name][0] < within.high)).sum()
        )
        assert heights[inside].max() < found.threshold
        at_ends = np.interp(np.log([within.low, within.high]), np.log(values), heights)
        assert at_ends == pytest.approx(found.threshold, rel=0.15)


def test_intervals_grow_with_the_errors_and_where_these_are_estimated() -> None:
    def width(found: Fit) -> float:
        return found.intervals["closing"].high / found.intervals["closing"].low

    small, large, few = fitted(), fitted(error=0.15), fitted(n=5.0)
    assert width(small) < width(few) < width(large)


def test_one_dose_leaves_affinity_and_closing_open() -> None:
    found = fitted(doses=(1.0,))
    said = " ".join(undetermined(found))
    assert not found.intervals["k_m"].is_closed
    assert "with one dose k_m trades off against closing" in said
    assert "k_m" in said
    predicted = np.exp(found.problem.predicted(found.modulation))
    assert predicted == pytest.approx(
        found.problem.ratios.values, rel=0.1
    )  # what is chosen fits all the same


def test_deactivation_alone_leaves_entry_open_and_no_effect_is_written() -> None:
    found = fitted(kinds=KINDS[:1])
    assert found.intervals["entry"].is_open_high
    assert "entry shows in desensitization" in " ".join(undetermined(found))
    assert found.intervals["closing"].is_closed


def test_what_is_known_is_not_fitted() -> None:
    found = fit(Problem(ratios(doses=(1.0,)), fixed={"k_m": 0.8}))
    assert set(found.intervals) == {"closing", "entry"}
    assert found.values["k_m"] == 0.8
    assert found.intervals["closing"].is_closed


def test_a_constant_outside_its_range_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"closing fixed at 50\. Give 0\.01 to 5"):
        Problem(ratios(), fixed={"closing": 50.0})


def test_one_ratio_determines_nothing_and_says_so() -> None:
    found = fitted(kinds=KINDS[:1], doses=(1.0,))
    assert not any(each.is_closed for each in found.intervals.values())
    assert "fewer ratios (1) than constants (3)" in warnings(found)[0]
    assert any("none of the constants is determined" in text for text in warnings(found))


def test_a_ratio_of_what_the_compound_leaves_alone_is_an_error() -> None:
    with pytest.raises(ParameterError, match="determine none of k_m, closing, entry"):
        fit(Problem(independent([("tau_recovery", 1.0, 1.0, 0.5, np.inf)], "table.csv")))


def test_no_effect_is_said_to_be_possible() -> None:
    found = fitted(truth=Modulation(1.0, 0.999, 0.999), error=0.03)
    assert any("no effect on closing" in text for text in warnings(found))
    assert any("k_m is not determined" in text for text in undetermined(found))


def test_contradicting_ratios_are_refused() -> None:
    with pytest.raises(ParameterError, match="contradict each other"):
        independent([(KINDS[0], 1.0, 2.0, 0.05, 6.0), (KINDS[0], 1.0, 4.0, 0.05, 6.0)], "table.csv")


def test_ratios_that_no_modulator_makes_are_said_to_be_misfitted_and_widen_the_intervals() -> None:
    given = ratios()
    values = np.array(given.values)
    values[[0, 3]] = values[[3, 0]]  # less slowing at more drug
    found = fit(Problem(Ratios(given.measures, given.doses, values, given.covariance, given.n, "odd.csv")))
    assert found.misfit < 1e-6
    assert found.threshold > 10
    assert "does not describe these ratios" in warnings(found)[0]


def test_two_ratios_that_contradict_each_other_at_nearly_the_same_dose_are_refused() -> None:
    rows = [(KINDS[0], 1.0, 3.0, 0.03, 6.0), (KINDS[0], 1.01, 1.1, 0.03, 6.0)]
    with pytest.raises(ParameterError, match="the model describes these ratios so badly"):
        fit(Problem(independent(rows, "contradictory.csv")))


def test_a_fit_of_no_use_says_whether_data_or_model_are_the_reason() -> None:
    problem = Problem(ratios())
    best = dict(zip(NAMES, (0.8, 0.25, 0.05), strict=True))
    assert "data are too few" in nothing_determined(problem, best, 0.5)
    said = nothing_determined(problem, best, 1e-9)
    assert "made up: the model describes these ratios so badly (chance 1e-09)" in said
    assert "the model says" in said


def test_correlated_errors_count_as_one_observation() -> None:
    given = ratios()
    shared = Ratios(
        given.measures, given.doses, given.values, given.covariance + 0.1**2, given.n, "same control"
    )
    alone, together = fit(Problem(given)), fit(Problem(shared))
    assert together.intervals["closing"].high > alone.intervals["closing"].high


def test_draws_are_as_wide_as_the_intervals() -> None:
    found = fitted()
    drawn = draw(found, 400, seed=2)
    for name in ("k_m", "closing"):  # entry has a tail towards 0, where it changes nothing any more
        low, high = np.quantile([getattr(each, name) for each in drawn], (0.05, 0.95))
        within = found.intervals[name]
        assert np.log(high / low) == pytest.approx(np.log(within.high / within.low), rel=0.3)
    assert draw(found, 5, seed=2) == draw(found, 5, seed=2)


def test_the_compound_file_loads_and_says_what_is_open(tmp_path: Path) -> None:
    found = fitted(kinds=KINDS[:1])
    path = tmp_path / "mine.toml"
    path.write_text(compound_toml(found, 'my "drug"\\'), encoding="utf-8")
    compound = Compound.named(str(path))
    assert compound.name == 'my "drug"\\'
    assert compound.default_dose_mM == 10.0
    assert compound.modulation is not None
    for name in NAMES:
        assert getattr(compound.modulation, name) == pytest.approx(found.values[name], rel=1e-5)
    assert any("entry" in notice for notice in compound.notices)


def test_a_slow_drug_is_written_as_one_with_what_else_has_to_be_known(tmp_path: Path) -> None:
    found = replace(fitted(), problem=replace(fitted().problem, regime="slow"))
    path = tmp_path / "mine.toml"
    path.write_text(compound_toml(found, "mine", ["the control is slow."]), encoding="utf-8")
    compound = Compound.named(str(path))
    assert compound.regime == "slow"
    assert compound.notices[-1] == "fitted to user data: the control is slow."


def test_a_fit_is_described_for_run_json() -> None:
    said = describe(fitted())
    assert said["undetermined"] == []
    assert said["intervals"]["k_m"]["is_open_low"] is False
