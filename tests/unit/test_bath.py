"""The bath: what a recipe is at the membrane, which baths are refused, and how a drug washes in and out."""

from __future__ import annotations

import math

import pytest

from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.protocol import Phase, Protocol, Wash
from cellmodel.slice import Bath, dose_at
from cellmodel.synapse.pathway import use_in
from cellmodel.units import FARADAY, GAS_CONSTANT

TAU = load("slice.toml").value("bath.tau_wash")
INSIDE = load("slice.toml").values_of("inside")


def nernst(outside: float, inside: float, celsius: float) -> float:
    """Return the potential of a univalent cation, mV."""
    return 1000 * GAS_CONSTANT * (celsius + 273.15) / FARADAY * math.log(outside / inside)


def washed(*washes: Wash) -> Protocol:
    return Protocol("wash", "wash", 120.0, (Phase(0.0, "control"),), washes)


# --- composition --------------------------------------------------------------------------


def test_the_standard_recipe_has_the_ions_of_its_salts() -> None:
    bath = Bath()
    found = {ion: bath.outside(ion) for ion in ("na", "k", "cl", "mg", "ca")}
    assert found == pytest.approx(
        {"na": 124 + 1.25 + 26, "k": 2.5, "cl": 124 + 2.5 + 2 * 2, "mg": 2.0, "ca": 2.0}
    )


def test_reversal_potentials_of_sodium_and_chloride_are_nernst_s() -> None:
    bath = Bath(celsius=30.0)
    assert bath.reversal("na") == pytest.approx(nernst(151.25, INSIDE["na"], 30.0), abs=1e-9)
    assert bath.reversal("cl") == pytest.approx(-nernst(130.5, INSIDE["cl"], 30.0), abs=1e-9)


def test_the_standard_bath_has_the_potentials_of_the_published_fits() -> None:
    bath = Bath(celsius=35.0)
    assert bath.reversal("na") == pytest.approx(50.0, abs=0.05)
    assert bath.reversal("k") == pytest.approx(-90.0, abs=0.05)
    assert Bath(celsius=32.0).reversal("cl") == pytest.approx(-70.0, abs=0.05)


def test_a_potential_grows_with_absolute_temperature() -> None:
    cold, warm = Bath(celsius=20.0), Bath(celsius=32.0)
    assert warm.reversal("k") / cold.reversal("k") == pytest.approx(305.15 / 293.15)


def test_sodium_passes_through_potassium_channels_too() -> None:
    bath = Bath(celsius=30.0)
    through = 2.5 + load("slice.toml").value("permeability.na_over_k") * 151.25
    assert bath.reversal("k") == pytest.approx(nernst(through, INSIDE["k"], 30.0), abs=1e-9)
    more = bath.changed(KCl=5.0).reversal("k") - bath.reversal("k")
    assert 10.0 < more < 12.0 < nernst(5.0, 2.5, 30.0)


def test_a_changed_recipe_keeps_the_rest_and_leaves_the_first_alone() -> None:
    first = Bath()
    second = first.changed(MgSO4=0.0)
    assert (first.outside("mg"), second.outside("mg")) == (2.0, 0.0)
    assert second.reversals == first.reversals
    assert second.celsius == first.celsius


def test_the_cell_gets_its_potentials_and_calcium() -> None:
    bath = Bath().changed(CaCl2=1.2)
    assert bath.reversals == {"ena": bath.reversal("na"), "ek": bath.reversal("k"), "cao": 1.2}


def test_a_bath_in_which_no_cell_is_polarized_is_refused() -> None:
    assert Bath().changed(KCl=0.9 * INSIDE["k"]).reversal("k") < 0
    with pytest.raises(ParameterError, match=r"aCSF with 140 mM potassium: .* amounts are in mM"):
        Bath().changed(KCl=INSIDE["k"])


def test_a_salt_spelled_otherwise_is_suggested() -> None:
    with pytest.raises(ParameterError, match=r"unknown salt 'KCL'\. Did you mean 'KCl'\?"):
        Bath().changed(KCL=3.0)


@pytest.mark.parametrize("celsius", [9.9, 40.1, math.nan, -math.inf])
def test_a_temperature_out_of_range_is_refused(celsius: float) -> None:
    with pytest.raises(ParameterError, match="allowed 10 to 40"):
        Bath(celsius=celsius)


@pytest.mark.parametrize("celsius", [10.0, 40.0])
def test_the_ends_of_the_range_are_allowed(celsius: float) -> None:
    assert Bath(celsius=celsius).reversal("k") < -80.0


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ({"NaBr": 1.0}, "unknown salt 'NaBr'"),
        ({"KCl": -1.0}, "KCl = -1.0 mM"),
        ({"KCl": math.nan}, "KCl = nan mM"),
        ({"CaCl2": 2000.0}, "CaCl2 = 2000.0 mM. Give 0 to 300, in mM"),  # it was in uM
        ({"CaCl2": 0.0}, "without ca"),
        ({"KCl": 0.0}, "without k"),
    ],
)
def test_a_bath_that_no_cell_lives_in_is_refused(amounts: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError) as found:
        Bath().changed(**amounts)
    assert said in str(found.value)


# --- wash ---------------------------------------------------------------------------------


def test_a_drug_washes_in_with_first_order() -> None:
    protocol = washed(Wash(20.0, True))
    for minutes in (0.0, 0.5, TAU, 25.0):
        expected = 1.5 * (1 - math.exp(-minutes / TAU))
        assert dose_at(protocol, 20.0 + minutes, 1.5) == pytest.approx(expected, abs=1e-12)


def test_there_is_no_drug_before_it_is_washed_in() -> None:
    assert dose_at(washed(Wash(20.0, True)), 19.99, 1.5) == 0.0
    assert dose_at(washed(), 60.0, 1.5) == 0.0


def test_a_drug_washes_out_from_where_it_stood() -> None:
    protocol = washed(Wash(20.0, True), Wash(22.0, False))
    reached = 1.5 * (1 - math.exp(-2.0 / TAU))
    assert dose_at(protocol, 22.0, 1.5) == pytest.approx(reached, abs=1e-12)
    assert dose_at(protocol, 27.0, 1.5) == pytest.approx(reached * math.exp(-5.0 / TAU), abs=1e-12)


def test_a_second_wash_in_starts_from_what_is_left() -> None:
    protocol = washed(Wash(20.0, True), Wash(22.0, False), Wash(23.0, True))
    left = 1.5 * (1 - math.exp(-2.0 / TAU)) * math.exp(-1.0 / TAU)
    expected = 1.5 + (left - 1.5) * math.exp(-4.0 / TAU)
    assert dose_at(protocol, 27.0, 1.5) == pytest.approx(expected, abs=1e-12)


def test_twice_the_reservoir_is_twice_the_dose() -> None:
    protocol = washed(Wash(20.0, True), Wash(30.0, False))
    for minutes in (21.0, 29.0, 33.0):
        assert dose_at(protocol, minutes, 3.0) == pytest.approx(2 * dose_at(protocol, minutes, 1.5))


def test_release_follows_calcium_and_is_the_published_one_in_the_standard_recipe() -> None:
    standard = load("synapse.toml").value("release.use")
    uses = [use_in(calcium) for calcium in (0.5, 1.0, 2.0, 4.0)]
    assert uses[2] == standard
    assert uses == sorted(uses)
    assert 0.2 < uses[1] / standard < 0.35
    assert use_in(1e3) <= 1.0
