"""Named functions of distance: their values, and what is refused."""

import pytest

from cellmodel.cell.distributions import DISTRIBUTIONS, Rule
from cellmodel.errors import ParameterError


def rule(distribution, **numbers):
    return Rule("test.toml: [trunk.na.g_max]", distribution, numbers)


def test_uniform_is_the_same_everywhere():
    flat = rule("uniform", everywhere=0.02)
    assert flat(0.0) == flat(500.0) == 0.02


def test_linear_grows_until_farthest_and_then_stays():
    growing = rule("linear", at_soma=2.0, per_micrometer=0.01, farthest=100.0)
    assert growing(0.0) == 2.0
    assert growing(50.0) == pytest.approx(3.0)
    assert growing(100.0) == growing(400.0) == pytest.approx(4.0)


def test_a_linear_decline_ends_at_zero():
    falling = rule("linear", at_soma=1.0, per_micrometer=-1 / 150, farthest=1000.0)
    assert falling(75.0) == pytest.approx(0.5)
    assert falling(150.0) == pytest.approx(0.0)
    assert falling(600.0) == 0.0


def test_sigmoid_is_halfway_at_its_midpoint():
    smooth = rule("sigmoid", near=1.0, far=3.0, midpoint=200.0, width=50.0)
    assert smooth(200.0) == pytest.approx(2.0)
    assert smooth(-1000.0) == pytest.approx(1.0)
    assert smooth(2000.0) == pytest.approx(3.0)


def test_step_bands_begin_at_their_edges():
    bands = rule("step", values=(1.0, 2.0, 3.0), edges=(100.0, 200.0))
    assert [bands(x) for x in (0.0, 99.9, 100.0, 200.0, 999.0)] == [1.0, 1.0, 2.0, 3.0, 3.0]


def test_interpolated_is_linear_between_points_and_flat_outside():
    points = rule("interpolated", values=(1.0, 3.0), distances=(50.0, 150.0))
    assert [points(x) for x in (0.0, 100.0, 500.0)] == [1.0, 2.0, 3.0]


def test_an_unknown_distribution_is_refused_with_the_nearest_name():
    with pytest.raises(ParameterError, match="Did you mean 'linear'"):
        rule("linaer", at_soma=1.0, per_micrometer=0.0, farthest=1.0)


@pytest.mark.parametrize("distribution", sorted(DISTRIBUTIONS))
def test_missing_parameters_are_refused(distribution):
    with pytest.raises(ParameterError, match="takes"):
        rule(distribution)


def test_a_parameter_too_many_is_refused():
    with pytest.raises(ParameterError, match="Give exactly these"):
        rule("uniform", everywhere=1.0, slope=2.0)


@pytest.mark.parametrize("edges", [(100.0,), (200.0, 100.0)])
def test_bands_that_do_not_fit_their_edges_are_refused(edges):
    with pytest.raises(ParameterError, match="rising distances"):
        rule("step", values=(1.0, 2.0, 3.0), edges=edges)
