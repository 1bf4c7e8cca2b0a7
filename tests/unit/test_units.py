"""Conversions at the boundary are exact and undo each other."""

from __future__ import annotations

import pytest

from cellmodel import units


def test_minutes_and_seconds_are_milliseconds_inside() -> None:
    assert units.from_seconds(1.5) == 1500.0
    assert units.from_minutes(2.0) == 120_000.0
    assert units.to_minutes(units.from_minutes(105.0)) == 105.0


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (units.NANOSIEMENS_PER_MICROSIEMENS, units.MICROSIEMENS_PER_NANOSIEMENS),
        (units.NANOMOLAR_PER_MILLIMOLAR, units.MILLIMOLAR_PER_NANOMOLAR),
        (units.MS_PER_SECOND, units.SECOND_PER_MS),
    ],
)
def test_factors_that_undo_each_other_do(there: float, back: float) -> None:
    assert there * back == pytest.approx(1.0, rel=1e-15)


def test_body_temperature_in_kelvin() -> None:
    assert units.kelvin(37.0) == pytest.approx(310.15)


def test_the_thermal_voltage_at_37_degc_is_26_7_mv() -> None:
    volts = units.GAS_CONSTANT * units.kelvin(37.0) / units.FARADAY
    assert volts / units.VOLT_PER_MILLIVOLT == pytest.approx(26.73, abs=0.01)


def test_ten_degrees_change_a_rate_by_q10() -> None:
    assert units.q10_factor(3.0, 34.0, 24.0) == pytest.approx(3.0)
    assert units.q10_factor(3.0, 24.0, 34.0) == pytest.approx(1 / 3.0)
    assert units.q10_factor(3.0, 24.0, 24.0) == 1.0
