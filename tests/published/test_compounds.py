"""What was published of each modulator, against the model: identifiers are those of the pharmacology table.

`fitted` numbers set a constant (data/compound_targets.toml); the others follow.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cellmodel.analysis import epsc_measures, half_width, peak
from cellmodel.compound import Compound
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor, modulation_of, require_fast
from cellmodel.receptor.fit_modulation import Shown
from cellmodel.slice import Slice, SliceOptions
from cellmodel.slice.clamp import PuffedCell
from cellmodel.slice.compartment import CompartmentCell
from cellmodel.study.currents import clamped_cell
from cellmodel.study.patches import measures, respond

MODULATORS = ("aniracetam", "CX614", "CX516", "CX554", "cyclothiazide")
SYNAPSES = 4
FIBERS = 30
INTERVAL = 50.0  # ms, of a pair
FORMS = ("flip", "flop")


@cache
def patch(name: str, dose: float, receptor: str = "ca1") -> dict[str, float]:
    """Return what the patch experiment measures at a dose (mM)."""
    rig = Patch(Receptor.named(receptor), compound=Compound.named(name))
    return {row.measure: row.value for row in measures(respond(rig, "drug", dose), name)}


def patch_ratio(measure: str, name: str, dose: float, receptor: str = "ca1") -> float:
    return patch(name, dose, receptor)[measure] / patch(name, 0.0, receptor)[measure]


@cache
def shown(name: str, dose: float, receptor: str = "ca1") -> Shown:
    """Return the exact twin's answer at a dose (mM)."""
    compound, profile = Compound.named(name), Receptor.named(receptor)
    return Shown(profile, modulation_of(compound, profile), dose, compound.regime)


@cache
def epsc(preparation: str, name: str) -> dict[str, float]:
    """Return drug over control of an evoked EPSC's peak and decay, at the default dose."""
    compound = Compound.named(name)
    if preparation == "ca1_cell":
        cell = clamped_cell(SliceOptions(compound=compound), n_synapses=SYNAPSES)
    else:
        cell = CompartmentCell(preparation, compound)
    found = []
    for dose in (0.0, compound.default_dose_mM):
        sweep = cell.evoked(dose)
        found.append(epsc_measures(sweep.t, sweep["i"], onset=0.0))
    if preparation == "ca1_cell":
        cell.free()
    control, drug = found
    return {"peak": drug.peak / control.peak, "decay": drug.tau_decay / control.tau_decay}


def test_aniracetam_slows_deactivation_and_desensitization_of_the_ca1_patch() -> None:
    assert patch_ratio("tau_deactivation", "aniracetam", 1.5) > 1.5  # AN07, AN11
    assert patch_ratio("tau_desensitization", "aniracetam", 1.5) > 1.5  # AN07, AN10
    assert 0.85 <= patch_ratio("tau_recovery", "aniracetam", 1.5) <= 1.2  # AN07: little effect


def test_aniracetam_slows_even_partially_liganded_receptors() -> None:
    for rate in ("closing", "desensitization_c1", "desensitization_c2"):  # AN07
        assert patch_ratio(f"rate_{rate}", "aniracetam", 1.5) < 1.0


def test_deactivation_of_aniracetam_saturates_below_desensitization() -> None:
    doses = np.geomspace(0.03, 30.0, 40)
    halves = []
    for measure in ("deactivation", "desensitization"):  # AN07
        effects = np.array([shown("aniracetam", dose).value(measure) for dose in doses]) - 1.0
        halves.append(float(np.interp(effects[-1] / 2.0, effects, doses)))
    assert halves[1] > 1.2 * halves[0]


def test_aniracetam_prolongs_the_epsc_of_a_cultured_neuron() -> None:
    assert 2.0 <= epsc("culture_cell", "aniracetam")["decay"] <= 3.0  # AN01


def test_aniracetam_raises_the_epsc_of_the_clamped_ca1_cell() -> None:
    assert 1.4 <= epsc("ca1_cell", "aniracetam")["peak"] <= 2.2  # AN02: 1.9, AN10
    assert epsc("ca1_cell", "aniracetam")["decay"] > 1.0  # AN10: time course too


def test_aniracetam_raises_the_glutamate_current_of_the_whole_cell() -> None:
    cell = PuffedCell(SliceOptions(compound=Compound.named("aniracetam")), rise=50.0)
    control, drug = (float(cell.record(dose)["i"].min()) for dose in (0.0, 1.0))
    cell.clamped.free()
    assert 2.0 <= drug / control <= 5.0  # AN13: 2.5, or 2-5


def test_aniracetam_leaves_the_nmda_receptor_alone() -> None:
    compound = Compound.named("aniracetam")
    assert compound.left("nmda", 1.5) == 1.0
    rig = Slice(SliceOptions(compound=compound, pathways=("test",), fibers=FIBERS, has_inhibition=False))
    rig.block(ampa=1.0)
    start, found = dict(rig.states), []
    for dose in (0.0, 1.5):
        rig.states = dict(start)
        rig.wash(dose)
        found.append(rig.stimulate("test").v_soma)
    rig.free()
    size = np.ptp(found[0])
    assert size > 0.01
    assert found[1] == pytest.approx(found[0], abs=0.02 * size)  # AN08, AN10; CVODE's steps differ, no more


def test_cx614_slows_deactivation_and_blocks_desensitization() -> None:
    assert shown("CX614", 0.3).value("deactivation") == pytest.approx(8.4, rel=0.15)  # MO06, fitted
    assert shown("CX614", 0.3).value("plateau_over_peak") > 0.8  # MO05, fitted
    assert shown("CX614", 0.3).value("ec50_plateau") == pytest.approx(0.044, rel=0.15)  # MO05, fitted


def test_cx614_is_slightly_less_potent_on_flip() -> None:
    flip, flop = (shown("CX614", 0.1, f"GluA1_{form}").value("ec50_plateau") for form in ("flip", "flop"))
    assert 1.0 < flip / flop < 2.0  # MO07


@pytest.mark.xfail(strict=True, reason="0.10 and 0.056 mM: on CA1, made of such subunits, it is 0.045")
def test_cx614_is_half_effective_on_flop_at_19_to_37_micromolar() -> None:
    found = [shown("CX614", 0.1, name).value("ec50_plateau") for name in ("GluA1_flop", "GluA2_flop")]
    assert 0.019 <= min(found) < max(found) <= 0.037  # MO07


def half_of_epsc(doses: np.ndarray) -> float:
    """Return the dose (mM) of CX614 with half of the largest effect on peak times decay of an EPSC."""
    sizes = [
        shown("CX614", dose).value("epsc_peak") * shown("CX614", dose).value("epsc_decay") for dose in doses
    ]
    effects = np.array(sizes) - 1.0
    return float(np.interp(effects[-1] / 2.0, effects, doses))


def test_cx614_raises_synaptic_responses_with_an_ec50_of_20_to_40_micromolar() -> None:
    assert 0.020 <= half_of_epsc(np.geomspace(0.001, 0.5, 15)) <= 0.040  # MO04, fitted


def test_cx614_slows_deactivation_of_glua2_flop_much_more_than_of_flip() -> None:
    flop, flip = (shown("CX614", 0.5, f"GluA2_{form}").value("deactivation") for form in ("flop", "flip"))
    assert flop == pytest.approx(27.0, rel=0.25)  # MO08, fitted
    assert flip == pytest.approx(3.5, rel=0.5)  # MO10, fitted


def test_cx614_slows_deactivation_and_desensitization_of_glua2_flop_to_the_published_times() -> None:
    kinetics = shown("CX614", 0.5, "GluA2_flop").kinetics
    assert kinetics.deactivation == pytest.approx(23.5, abs=3.0)  # MO08, fitted
    assert kinetics.desensitization == pytest.approx(207.0, abs=56.4)  # MO09


@pytest.mark.xfail(strict=True, reason="101 times: without drug the model has 1.6 ms, that source 1.21")
def test_cx614_slows_desensitization_of_glua2_flop_171_times() -> None:
    assert shown("CX614", 0.5, "GluA2_flop").value("desensitization") == pytest.approx(
        171.0, rel=0.25
    )  # MO09


@pytest.mark.xfail(strict=True, reason="18 % lost for 37: more loss would come with a shorter time constant")
def test_cx614_leaves_the_current_of_glua2_flop_that_was_measured() -> None:
    assert 1.0 - shown("CX614", 0.5, "GluA2_flop").left_after(500.0) == pytest.approx(0.37, abs=0.08)  # MO09


def test_cx516_slows_deactivation_fourfold_and_hardly_changes_desensitization() -> None:
    assert patch_ratio("tau_deactivation", "CX516", 2.0) == pytest.approx(4.0, rel=0.15)  # MO01, fitted
    assert patch_ratio("tau_desensitization", "CX516", 2.0) < 1.6  # MO01, fitted: little change


def test_cx554_slows_deactivation_and_raises_the_steady_state() -> None:
    assert shown("CX554", 0.5).value("deactivation") == pytest.approx(4.0, rel=0.25)  # MO16, fitted
    assert shown("CX554", 0.5).value("settled") == pytest.approx(15.0, rel=0.25)  # MO16, fitted


def test_cx554_slows_desensitization_15_times() -> None:
    assert shown("CX554", 0.5).value("desensitization") == pytest.approx(15.0, rel=0.25)  # MO16, fitted


def test_cyclothiazide_abolishes_desensitization_and_hardly_changes_deactivation() -> None:
    assert patch("cyclothiazide", 0.1)["steady_state_ratio"] > 0.9  # Bertolino 1993, fitted
    assert "tau_desensitization" not in patch("cyclothiazide", 0.1)  # nothing to fit
    assert 1.0 <= patch_ratio("tau_deactivation", "cyclothiazide", 0.1) < 1.3  # Arai 1998, fitted
    assert shown("cyclothiazide", 0.1).value("ec50_plateau") == pytest.approx(
        0.0071, abs=0.0022
    )  # MO13, fitted


@cache
def field(name: str) -> dict[str, float]:
    """Return drug over control of a field EPSP's half-width and of a pair's ratio, at the default dose."""
    compound = Compound.named(name)
    rig = Slice(SliceOptions(compound=compound, pathways=("test",), fibers=FIBERS, has_inhibition=False))
    start, found = dict(rig.states), []
    for dose in (0.0, compound.default_dose_mM):
        rig.states = dict(start)
        rig.wash(dose)
        response = rig.stimulate("test", np.array([0.0, INTERVAL]))
        t, y, first = response.t, response.field, response.t < INTERVAL
        depths = [y[part].min() - y[part][0] for part in (first, ~first)]
        width = half_width(t[first], y[first], peak(t[first], y[first]))
        found.append((width, depths[1] / depths[0]))
    rig.free()
    control, drug = found
    return {"half_width": drug[0] / control[0], "pair": drug[1] / control[1]}


def test_cyclothiazide_hardly_prolongs_synaptic_responses_and_leaves_paired_pulses_alone() -> None:
    assert field("cyclothiazide")["half_width"] < 1.15  # Arai 1998
    assert field("cyclothiazide")["pair"] == pytest.approx(1.0, abs=0.05)  # MO14


@pytest.mark.parametrize("name", ["CX516", "CX554"])
def test_ampakines_that_slow_deactivation_prolong_the_field_epsp(name: str) -> None:
    assert 1.5 <= field(name)["half_width"] <= 2.0  # Arai 1998: half-width up by 50-100 %


def test_cyclothiazide_prefers_flip() -> None:
    plateaus = [
        shown("cyclothiazide", 0.03, f"GluA1_{form}").value("plateau_over_peak") for form in ("flip", "flop")
    ]
    assert plateaus[0] > 1.3 * plateaus[1]  # Partin 1994: pronounced desensitization is left in flop


def test_piracetam_and_the_blockers_do_not_modulate() -> None:
    for name in ("piracetam", "vehicle", "CNQX", "D-AP5", "picrotoxin", "CGP55845", "nimodipine"):
        compound = Compound.named(name)
        require_fast(compound)
        rig = Patch(Receptor.named("ca1"), compound=compound)
        left = compound.left("ampa", compound.default_dose_mM)
        control, drug = (rig.pulse(1.0, dose)["i"] for dose in (0.0, compound.default_dose_mM))
        assert drug == pytest.approx(left * control, abs=1e-9)


@pytest.mark.parametrize("name", MODULATORS)
@pytest.mark.parametrize("preparation", ["ca1_cell", "culture_cell", "chick_cell"])
def test_no_positive_modulator_lowers_an_epsc(preparation: str, name: str) -> None:
    assert epsc(preparation, name)["peak"] >= 1.0
    assert epsc(preparation, name)["decay"] > 1.0


@pytest.mark.parametrize("name", MODULATORS)
def test_no_positive_modulator_lowers_the_peak_at_any_dose(name: str) -> None:
    compound = Compound.named(name)
    for receptor in ("ca1", "chick_nm"):
        for share in (0.01, 0.1, 0.3, 1.0, 3.0):
            assert shown(name, share * compound.default_dose_mM, receptor).value("peak") >= 1.0


@pytest.mark.parametrize("name", MODULATORS)
def test_selectivity_acts_through_the_composition_of_the_ca1_receptor(name: str) -> None:
    ca1, compound = Receptor.named("ca1"), Compound.named(name)
    a1, a2 = (
        [modulation_of(compound, replace(ca1, composition={f"{subunit}_{form}": 1.0})) for form in FORMS]
        for subunit in ("GluA1", "GluA2")
    )
    assert (a1[0].k_m < a1[1].k_m) == (name == "cyclothiazide")  # flip first: Partin 1994
    assert (a2[0].closing > a2[1].closing) == (name == "CX614")  # flop is slowed more: Jin 2005
    assert a1[0].closing == a1[1].closing
