"""Hill fits recover what the points were made with, and know how far the points determine it."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.analysis import HillFit, fit_hill
from cellmodel.analysis.hill import _problem, half_dose
from cellmodel.errors import ConvergenceError, ParameterError

DOSES = np.geomspace(0.01, 5.0, 9)


def hill(dose: np.ndarray, ec50: float, slope: float, top: float, bottom: float = 1.0) -> np.ndarray:
    return bottom + (top - bottom) / (1.0 + (ec50 / dose) ** slope)


@pytest.mark.parametrize(("ec50", "slope", "top"), [(0.8, 1.0, 4.0), (0.05, 2.5, 1.2), (0.3, 0.6, 0.0)])
def test_the_constants_of_an_exact_curve_are_recovered(ec50: float, slope: float, top: float) -> None:
    fit = fit_hill(DOSES, hill(DOSES, ec50, slope, top), bottom=1.0)
    assert (fit.ec50, fit.hill) == pytest.approx((ec50, slope), rel=1e-5)
    assert (fit.top, fit.r2) == pytest.approx((top, 1.0), abs=1e-5)
    assert fit.ec50_interval == pytest.approx((ec50, ec50), rel=1e-3)
    assert fit.ec50_error < 1e-4 * ec50
    assert fit(DOSES) == pytest.approx(hill(DOSES, ec50, slope, top), abs=1e-6)
    assert fit.share(np.array([fit.ec50])) == pytest.approx(0.5)


def test_a_dose_of_0_and_the_unit_of_the_response_change_nothing() -> None:
    dose = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
    fit = fit_hill(dose, hill(np.maximum(dose, 1e-12), 0.8, 1.4, 8.0, bottom=2.0), bottom=2.0)
    assert (fit.ec50, fit.hill, fit.top) == pytest.approx((0.8, 1.4, 8.0), rel=1e-4)


@pytest.mark.parametrize("p", [(np.log(0.4), 1.2), (np.log(3.0), 0.5), (np.log(0.02), 4.0)])
def test_the_derivatives_of_the_misses_are_those_of_small_steps(p: tuple[float, float]) -> None:
    problem, at = _problem(DOSES, hill(DOSES, 0.8, 1.0, 4.0) + 0.1 * np.cos(9 * DOSES), 1.0), np.array(p)
    steps = 1e-6 * np.eye(2)
    by_steps = [(problem.residual(at + step) - problem.residual(at - step)) / 2e-6 for step in steps]
    assert problem.jacobian(at) == pytest.approx(np.column_stack(by_steps), abs=1e-7)


def test_the_half_alone_is_that_of_the_fit() -> None:
    response = hill(DOSES, 0.4, 1.2, 4.0) + 0.1 * np.cos(9 * DOSES)
    assert half_dose(DOSES, response, bottom=1.0) == fit_hill(DOSES, response, bottom=1.0).ec50


@pytest.fixture(scope="module")
def scattered() -> list[HillFit]:
    """Return fits to 60 draws of points that scatter about one curve."""
    rng = np.random.default_rng(1)
    exact = hill(DOSES, 0.4, 1.2, 4.0)
    return [fit_hill(DOSES, exact + rng.normal(0.0, 0.1, DOSES.size), bottom=1.0) for _ in range(60)]


def test_the_intervals_hold_the_truth_as_often_as_they_say(scattered: list[HillFit]) -> None:
    of_ec50 = [fit.ec50_interval[0] <= 0.4 <= fit.ec50_interval[1] for fit in scattered]
    of_hill = [fit.hill_interval[0] <= 1.2 <= fit.hill_interval[1] for fit in scattered]
    assert 0.88 < np.mean(of_ec50) < 1.0
    assert 0.88 < np.mean(of_hill) < 1.0


def test_the_standard_errors_are_the_scatter_of_the_fits(scattered: list[HillFit]) -> None:
    logs = np.log([fit.ec50 for fit in scattered])
    assert np.mean([fit.ec50_error / fit.ec50 for fit in scattered]) == pytest.approx(logs.std(), rel=0.3)
    slopes = [fit.hill for fit in scattered]
    assert np.mean([fit.hill_error for fit in scattered]) == pytest.approx(np.std(slopes), rel=0.3)


def test_without_a_plateau_the_interval_is_open() -> None:
    rising = hill(DOSES[:5], 4.0, 1.0, 5.0) + 0.01 * np.array([1, -1, 1, -1, 1])
    low, high = fit_hill(DOSES[:5], rising, bottom=1.0).ec50_interval
    assert low > 0.0
    assert high == np.inf


def test_what_cannot_be_fitted_says_so() -> None:
    with pytest.raises(ParameterError, match="at least four"):
        fit_hill(np.array([0.0, 1.0, 2.0, 3.0, 3.0]), np.array([1.0, 2.0, 3.0, 3.5, 3.5]), bottom=1.0)
    with pytest.raises(ConvergenceError, match="no effect"):
        fit_hill(DOSES, np.ones(DOSES.size), bottom=1.0)
