"""The slice: drugs do what they are for and nothing else, pathways learn apart, the player plays."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from stimulating import respond

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.compound import Compound
from cellmodel.errors import ParameterError, ProtocolError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.protocol import Phase, Protocol, Train, Wash
from cellmodel.slice import (
    Response,
    Slice,
    SliceOptions,
    amplitude,
    input_output,
    intensity,
    play,
    window_of,
)
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR

ANIRACETAM = Compound.named("aniracetam")
TETANUS = np.arange(100) * 10.0


def n_sections() -> int:
    return len(list(load_mechanisms().allsec()))


# --- drugs --------------------------------------------------------------------------------


def test_without_drug_the_slice_is_the_drug_free_slice(drug_free: Response, rig: Slice) -> None:
    rig.wash(0.0)
    response = respond(rig)
    for name in ("t", "field", "v_soma", "calcium", "calcium_integral"):
        assert getattr(response, name) == pytest.approx(getattr(drug_free, name), rel=1e-9, abs=1e-9), name


def test_a_drug_that_was_washed_out_leaves_nothing(fresh: Slice) -> None:
    before = respond(fresh)
    fresh.wash(1.5)
    during = respond(fresh)
    fresh.wash(0.0)
    after = respond(fresh)
    assert amplitude(during) > 1.2 * amplitude(before)
    assert after.field == pytest.approx(before.field, abs=1e-9)


def test_cnqx_abolishes_the_ampa_current_and_d_ap5_the_rest(fresh: Slice) -> None:
    control = respond(fresh)
    fresh.block(ampa=1.0)
    no_ampa = respond(fresh)
    fresh.block(nmda=1.0)
    neither = respond(fresh)
    assert control.calcium_ampa > 0
    assert no_ampa.calcium_ampa == 0.0
    assert amplitude(no_ampa) < 0.05 * amplitude(
        control
    )  # NMDA receptors, unblocked by a few percent at rest
    assert amplitude(neither) < 0.02 * amplitude(control)


def test_d_ap5_removes_the_nmda_calcium_and_keeps_the_epsp(fresh: Slice) -> None:
    control = respond(fresh)
    fresh.block(nmda=1.0)
    blocked = respond(fresh)
    assert control.calcium_nmda > 10 * control.calcium_ampa
    assert blocked.calcium_nmda == 0.0
    assert blocked.calcium_integral.sum() < 0.2 * control.calcium_integral.sum()
    assert amplitude(blocked) == pytest.approx(amplitude(control), rel=0.05)


def test_picrotoxin_lets_the_epsp_grow(fresh: Slice) -> None:
    control = respond(fresh)
    fresh.block(gaba_a=1.0)
    assert np.max(respond(fresh).v_soma) > np.max(control.v_soma)


def test_a_blocker_blocks_by_its_dose(options: SliceOptions) -> None:
    cnqx = Compound.named("CNQX")
    rig = Slice(replace(options, compound=cnqx, pathways=("test",)))
    control = respond(rig)
    rig.wash(cnqx.default_dose_mM)
    blocked = respond(rig)
    left = 1 - cnqx.blocked(cnqx.default_dose_mM)["ampa"]
    assert rig.blocks["ampa"] == 1 - left
    assert blocked.calcium_ampa == pytest.approx(left * control.calcium_ampa, rel=0.1)
    rig.free()


# --- plasticity ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tetanized(rig: Slice) -> dict[str, tuple[dict, Response, Response]]:
    """Slow states, test and control response 10 min after a tetanus: plain, in D-AP5, and without tetanus."""
    start, found = dict(rig.states), {}
    for name, nmda, times in (("tetanus", 0.0, TETANUS), ("D-AP5", 1.0, TETANUS), ("rest", 0.0, None)):
        rig.block(nmda=nmda)
        rig.states = dict(start)
        if times is None:
            rig.pass_time(window_of(TETANUS))
        else:
            rig.stimulate("test", times)
        rig.block(nmda=0.0)
        rig.pass_time(600_000.0 - window_of(TETANUS))
        found[name] = (dict(rig.states), respond(rig), respond(rig, "control"))
    rig.states = start
    return found


def efficacy(states: dict, pathway: str) -> float:
    return float(states[pathway].synapses.n.mean())


@pytest.mark.slow
def test_a_tetanus_raises_efficacy_and_fepsp(tetanized) -> None:
    states, response, _ = tetanized["tetanus"]
    rested, before, _ = tetanized["rest"]
    assert efficacy(states, "test") > 1.2 * efficacy(rested, "test")
    assert amplitude(response) > 1.2 * amplitude(before)


@pytest.mark.slow
def test_d_ap5_prevents_ltp(tetanized) -> None:
    states, _, _ = tetanized["D-AP5"]
    assert efficacy(states, "test") == pytest.approx(efficacy(tetanized["rest"][0], "test"), rel=0.01)


@pytest.mark.slow
def test_a_tetanus_to_one_pathway_leaves_the_other_alone(tetanized) -> None:
    states, _, response = tetanized["tetanus"]
    rested, _, before = tetanized["rest"]
    assert states["control"].synapses.n == pytest.approx(rested["control"].synapses.n, rel=1e-4)
    assert amplitude(response) == pytest.approx(amplitude(before), rel=2e-3)


# --- the player ---------------------------------------------------------------------------

WASHED = Protocol(
    "washed",
    "six minutes, the drug comes in",
    6.0,
    (Phase(0.0, "control"), Phase(3.0, "drug")),
    (Wash(3.0, True),),
    (),
    probe_interval_seconds=60.0,
)


def test_reused_responses_have_the_measures_of_computed_ones(fresh: Slice) -> None:
    start, found = dict(fresh.states), {}
    for reuse in (True, False):
        fresh.states = dict(start)
        found[reuse] = list(play(fresh, WASHED, dose_mM=1.5, reuse=reuse))
    assert not any(event.is_reused for event in found[False])
    assert 4 <= sum(event.is_reused for event in found[True]) < len(found[True])
    for reused, computed in zip(found[True], found[False], strict=True):
        assert (reused.time_min, reused.pathway) == (computed.time_min, computed.pathway)
        values, exact = (fepsp_values(r.t, r.field, r.volley) for r in (reused.response, computed.response))
        assert values == pytest.approx(exact, rel=2e-3)
        before, after = (event.states[event.pathway].synapses.n for event in (reused, computed))
        assert before == pytest.approx(after, abs=1e-4)


def test_events_say_when_where_and_in_what(fresh: Slice) -> None:
    train = Train(1.0, "test", 3, 100.0)
    protocol = replace(WASHED, duration_min=2.0, phases=(Phase(0.0, "control"),), washes=(), trains=(train,))
    events = list(play(fresh, protocol, dose_mM=1.5))
    assert [(event.time_min, event.pathway, event.is_train) for event in events] == [
        (0.0, "test", False),
        (0.5, "control", False),
        (1.0, "test", True),
        (1.5, "control", False),
    ]
    assert {event.condition for event in events} == {"control"}
    assert {event.dose_mM for event in events} == {0.0}


def test_stimuli_that_come_before_a_response_is_over_are_refused(fresh: Slice) -> None:
    trains = (Train(1.0, "test", 100, 100.0), Train(1.0 + 1.1 / 60, "test", 1, 100.0))
    protocol = replace(WASHED, washes=(), trains=trains)
    with pytest.raises(ProtocolError, match=r"too near.*probe_interval_seconds"):
        next(play(fresh, protocol, dose_mM=0.0))


def test_random_release_is_drawn_anew_for_each_probe_and_never_reused(options: SliceOptions) -> None:
    rig = Slice(replace(options, pathways=("test",), is_stochastic=True))
    events = list(
        play(rig, replace(WASHED, duration_min=3.0, phases=(Phase(0.0, "control"),), washes=()), dose_mM=0.0)
    )
    amplitudes = [amplitude(event.response) for event in events]
    assert not any(event.is_reused for event in events)
    assert len(set(amplitudes)) == len(amplitudes) == 3
    rig.free()


def test_the_test_intensity_is_found_with_the_mean_of_release(options: SliceOptions, monkeypatch) -> None:
    class AskedError(Exception):
        pass

    def refuse(given: SliceOptions, *, is_plastic: bool) -> None:
        assert not given.is_stochastic
        assert not is_plastic
        raise AskedError

    monkeypatch.setattr(intensity, "Slice", refuse)
    with pytest.raises(AskedError):
        input_output(replace(options, is_stochastic=True))


# --- several slices, and what is refused --------------------------------------------------


def test_two_slices_do_not_disturb_each_other_and_one_can_go(fresh: Slice, options: SliceOptions) -> None:
    alone, before = respond(fresh), n_sections()
    other = Slice(replace(options, pathways=("test",)))
    other.stimulate("test", np.array([0.0, 20.0]))
    beside = respond(fresh)
    assert n_sections() > before
    other.free()
    assert n_sections() == before
    left = respond(fresh)
    assert np.abs(beside.field - alone.field).max() < 2e-3 * amplitude(alone)  # steps of CVODE are shared
    assert left.field == pytest.approx(alone.field, abs=1e-9)


def test_fewer_fibers_keep_their_places_and_give_less(fresh: Slice) -> None:
    whole = respond(fresh)
    fresh.recruit(6)
    half = respond(fresh)
    assert 0.3 * amplitude(whole) < amplitude(half) < 0.8 * amplitude(whole)
    assert half.volley.min() == pytest.approx(whole.volley.min() / 2)
    assert np.all(half.calcium_integral[6:] < 0.1 * half.calcium_integral[:6].min())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fibers": 0}, "0 fibers"),
        ({"fibers": 401}, "1 to 400"),
        ({"pathways": ()}, "without pathway"),
        ({"pathways": ("tset",)}, "unknown pathway 'tset'. Did you mean 'test'?"),
        ({"receptor": "ca2"}, "unknown receptor 'ca2'"),
        ({"expression": "more"}, "unknown expression 'more'"),
        ({"biophysics": "fast"}, "unknown biophysics"),
    ],
)
def test_a_slice_that_cannot_be_built_is_refused(options: SliceOptions, changes: dict, said: str) -> None:
    before = n_sections()
    with pytest.raises(ParameterError) as found:
        Slice(replace(options, **changes))
    assert said in str(found.value)
    assert n_sections() == before


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda rig: rig.wash(-1.0), "dose -1.0 mM"),
        (lambda rig: rig.wash(math.nan), "dose nan mM"),
        (lambda rig: rig.block(ampa=1.5), "from 0 to 1"),
        (lambda rig: rig.block(ca_q=0.5), "unknown channel 'ca_q'"),
        (lambda rig: rig.pass_time(-1.0), "cannot go by"),
        (lambda rig: rig.recruit(13), "1 to 12"),
        (lambda rig: rig.stimulate("both"), "unknown pathway 'both'"),
    ],
)
def test_what_cannot_be_done_to_a_slice_is_refused_and_changes_nothing(fresh: Slice, ask, said: str) -> None:
    before = respond(fresh)
    with pytest.raises(ParameterError) as found:
        ask(fresh)
    assert said in str(found.value)
    assert respond(fresh).field == pytest.approx(before.field, abs=1e-9)


def test_the_slice_has_the_bath_of_its_recipe(fresh: Slice) -> None:
    spine = fresh.pathways["test"].spines[0]
    assert spine.nmda.mg == fresh.bath.outside("mg") == 2.0
    assert fresh.inhibition["test"].contacts[0].e == fresh.bath.reversal("cl")
    assert fresh.cell.soma[0].ek == fresh.bath.reversal("k")
    assert load("slice.toml").value("bath.celsius") == fresh.cell.celsius


def test_the_cascade_is_calcium_integrated_and_what_follows(rig: Slice, fresh: None) -> None:
    before = rig.states["test"].synapses
    response = respond(rig, times=TETANUS[:10])
    steps, rule = response.cascade, rig.pathways["test"].rule
    shown = np.interp(steps.t, response.t, response.calcium)
    assert steps["spine_calcium"] == pytest.approx(shown * MICROMOLAR_PER_MILLIMOLAR, rel=0.05)
    decaying = steps["kinase"][-100:]  # calcium is low by then: what is left decays with its time constant
    assert decaying[-1] < decaying[0] * np.exp(-80.0 / rule.tau_p)
    assert steps["kinase"].max() > steps["kinase"][0] + 1.0
    assert steps["phosphatase"][-1] > steps["kinase"][-1]
    assert steps["efficacy"][0] == pytest.approx(before.rho.mean())
    assert steps["AMPA_receptors"][0] == pytest.approx(before.n.mean())
    assert steps["calcium_current_NMDA"].sum() < 5 * steps["calcium_current_AMPA"].sum() < 0.0
    assert 0.0 == steps["post-tetanic"][0] < steps["post-tetanic"][-1] < 1.0
    assert 0.1 < steps["release"].max() < 0.4


def test_a_new_slice_has_no_calcium_behind_it(rig: Slice, fresh: None) -> None:
    first = rig.stimulate("test").cascade["phosphatase"].max()
    rig.pass_time(60_000.0)
    assert rig.stimulate("test").cascade["phosphatase"].max() == pytest.approx(first, rel=0.01)
