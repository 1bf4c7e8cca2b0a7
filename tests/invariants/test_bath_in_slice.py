"""What a change of the bath does in a slice: potassium depolarizes, magnesium unblocks, cold slows."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.slice import Bath, Response, Slice, SliceOptions, amplitude, engine

BATHS = {
    "standard": Bath(),
    "5 mM K": Bath().changed(KCl=5.0),
    "1 mM Mg": Bath().changed(MgSO4=1.0),
    "1 mM Ca": Bath().changed(CaCl2=1.0),
    "0.8 mM Ca": Bath().changed(CaCl2=0.8),
    "22 degC": Bath(celsius=22.0),
}


@pytest.fixture(scope="module")
def responses(small_cell: str) -> dict[str, Response]:
    """One test pulse in each bath, each in a slice that is alone in NEURON."""
    found = {}
    for name, bath in BATHS.items():
        rig = Slice(SliceOptions(morphology=small_cell, fibers=12, pathways=("test",), bath=bath))
        found[name] = rig.stimulate("test")
        rig.free()
    return found


def time_to_peak(response: Response) -> float:
    """Return when the fEPSP is largest, ms after the stimulus."""
    return float(response.t[np.argmin(response.field)])


def half_width(response: Response) -> float:
    """Return the half-width of the fEPSP, ms."""
    return fepsp_values(response.t, response.field, response.volley)["fepsp_half_width"]


def test_potassium_depolarizes_by_less_than_its_reversal_potential(responses: dict[str, Response]) -> None:
    rise = responses["5 mM K"].v_soma[0] - responses["standard"].v_soma[0]
    reversal = BATHS["5 mM K"].reversal("k") - BATHS["standard"].reversal("k")
    assert 0.2 * reversal < rise < reversal


def test_half_the_magnesium_lets_more_calcium_through_nmda_receptors_only(
    responses: dict[str, Response],
) -> None:
    less, standard = responses["1 mM Mg"], responses["standard"]
    assert 1.5 < less.calcium_nmda / standard.calcium_nmda < 2.1
    assert less.calcium_ampa == pytest.approx(standard.calcium_ampa, rel=0.01)
    assert amplitude(less) == pytest.approx(amplitude(standard), rel=0.05)


def test_the_response_grows_with_calcium_outside_as_recorded_in_ca1(responses: dict[str, Response]) -> None:
    least, less, standard = (amplitude(responses[name]) for name in ("0.8 mM Ca", "1 mM Ca", "standard"))
    steepest = np.log(less / least) / np.log(1.0 / 0.8)
    assert steepest == pytest.approx(2.1, rel=0.15)
    assert 1.4 < np.log(standard / less) / np.log(2.0) < steepest


def test_magnesium_leaves_the_resting_potential_alone(responses: dict[str, Response]) -> None:
    assert responses["1 mM Mg"].v_soma[0] == pytest.approx(responses["standard"].v_soma[0], abs=0.01)


def test_a_cold_slice_is_slower(responses: dict[str, Response]) -> None:
    cold, standard = responses["22 degC"], responses["standard"]
    assert time_to_peak(cold) > time_to_peak(standard)
    assert half_width(cold) > 1.15 * half_width(standard)
    assert cold.calcium_nmda > 1.5 * standard.calcium_nmda


@pytest.mark.parametrize("name", BATHS)
def test_a_slice_is_at_rest(small_cell: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Slice(SliceOptions(morphology=small_cell, fibers=1, bath=BATHS[name]), is_plastic=False)
    soon = rig.engine.resting_voltages
    monkeypatch.setattr(engine, "REST_SETTLING", 8 * engine.REST_SETTLING)
    rig.engine.rest()
    assert soon == pytest.approx(rig.engine.resting_voltages, abs=1e-4)
    rig.free()
