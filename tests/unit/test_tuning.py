"""Tuning: values go into a biophysics file and come back, errors add up, a surrogate stands for its cell."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.cell import CA1Pyramidal
from cellmodel.cell.biophysics import FOLDER, Biophysics
from cellmodel.errors import ParameterError
from cellmodel.morphology import load_morphology
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.tuning.__main__ import main
from cellmodel.tuning.objective import TESTS, Errors, failed, weights_of
from cellmodel.tuning.parameters import Tuned, read_text, read_values, rewrite, tuned_parameters
from cellmodel.tuning.surrogate import merge, surrogate_cell

TEXT = """[trunk.na.g_max]
distribution = "linear"
at_soma = { value = 0.02, unit = "S/cm2", source = "x", kind = "fitted", note = "a = { value = 9, b" }

[trunk.ka.g_max]
values = { value = [0.1, 0.2, 0.3], unit = "S/cm2", source = "x", kind = "fitted" }
"""
NA = Tuned("na", 0.01, 0.04, "S/cm2", ("trunk.na.g_max.at_soma",))
KA = Tuned("ka", 0.0, 1.0, "S/cm2", ("trunk.ka.g_max.values[1]",))


def test_values_are_put_where_they_belong_and_nothing_else_changes():
    text = rewrite(TEXT, {"na": 0.03, "ka": 0.25}, (NA, KA))
    assert read_values(text, (NA, KA)) == {"na": 0.03, "ka": 0.25}
    assert text == TEXT.replace("0.02", "0.03").replace("[0.1, 0.2, 0.3]", "[0.1, 0.25, 0.3]")


def test_a_place_that_the_file_does_not_have_is_named():
    lost = Tuned("kd", 0.0, 1.0, "S/cm2", ("soma.kd.g_max.everywhere",))
    with pytest.raises(ParameterError, match=r"no soma\.kd\.g_max\.everywhere"):
        rewrite(TEXT, {"kd": 0.5}, (lost,))
    with pytest.raises(ParameterError, match=r"no soma\.kd"):
        read_values(TEXT, (lost,))


@pytest.mark.parametrize(("tuned", "half"), [(NA, 0.02), (KA, 0.5)])
def test_half_way_between_bounds_is_geometric_where_both_are_positive(tuned, half):
    assert tuned.from_share(0.5) == pytest.approx(half)
    assert tuned.to_share(half) == pytest.approx(0.5)
    assert tuned.to_share(tuned.high * 9) == 1.0


@pytest.mark.parametrize("name", Biophysics.names())
def test_every_shipped_file_has_every_tuned_number_within_its_bounds(name):
    parameters = tuned_parameters()
    values = read_values(read_text(FOLDER / f"{name}.toml"), parameters)
    assert [p.name for p in parameters if not p.low <= values[p.name] <= p.high] == []


def errors(value: float) -> Errors:
    return Errors({test: np.array([value, -value]) for test in TESTS}, 0, 0.2)


def test_the_squares_of_the_residuals_are_near_the_cost():
    weights = weights_of("patch")
    for value in (3.0, 8.0):
        found = errors(value)
        squares = float(np.sum(found.residuals(weights) ** 2))
        assert found.cost(weights) == pytest.approx(value * sum(weights.values()))
        assert squares == pytest.approx(found.cost(weights) * value / (1.0 + value))


def test_a_correction_carries_one_cell_s_errors_to_another_s():
    whole, surrogate = errors(2.0), errors(1.5)
    corrected = surrogate.plus(whole.minus(surrogate))
    assert corrected.scores() == whole.scores()


def test_a_cell_that_cannot_be_had_is_worse_than_any_other():
    weights = weights_of("sharp")
    assert failed(errors(1.0)).cost(weights) > errors(8.0).cost(weights)


@pytest.fixture(scope="module")
def cells():
    morphology, rules = load_morphology(), Biophysics.named("patch")
    made = CA1Pyramidal(morphology, biophysics=rules), surrogate_cell(merge(morphology), rules)
    yield made
    for cell in made:
        cell.free()


def test_a_surrogate_has_the_membrane_of_its_cell(cells):
    def area(cell):
        return sum(segment.area() for section in cell.all for segment in section)

    whole, small = cells
    assert area(small) == pytest.approx(area(whole), rel=0.01)
    assert len(small.all) < len(whole.all) / 2


def test_a_surrogate_answers_like_its_cell(cells):
    steady, n_spikes = [], []
    for cell in cells:
        quiet = somatic_step(cell, CurrentStep(-0.05, 10.0, 300.0, 0.0))
        steady.append(quiet["v_soma"][-1] - cell.v_init)
        firing = somatic_step(cell, CurrentStep(0.25, 10.0, 300.0, 0.0))
        n_spikes.append(int(np.sum(np.diff(np.sign(firing["v_soma"] + 20.0)) > 0)))
    assert steady[1] == pytest.approx(steady[0], rel=0.05)
    assert n_spikes[0] >= 3
    assert abs(n_spikes[1] - n_spikes[0]) <= 1


def test_an_unknown_parameter_ends_the_command_with_one_message(capsys):
    assert main(["patch", "--fix", "na_somma"]) == 2
    assert "na_soma" in capsys.readouterr().err
