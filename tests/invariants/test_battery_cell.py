"""The battery's stimuli are what they claim to be, and two ways to one number agree."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import pytest

from cellmodel.analysis import spike_times
from cellmodel.battery.attenuation import attenuation, trunk_epsp
from cellmodel.battery.back_propagation import back_propagation
from cellmodel.battery.dendrite import (
    nearest_trunk,
    record_inputs,
    trunk_around,
    trunk_between,
    trunk_origin,
    trunk_segments,
)
from cellmodel.battery.oblique import oblique_sites
from cellmodel.battery.passive import dendrite, firing, passive
from cellmodel.battery.resonance import resonance
from cellmodel.battery.somatic import record_step, score_steps, somatic
from cellmodel.cell import CA1Pyramidal
from cellmodel.errors import ParameterError, ProtocolError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.protocol import CurrentStep, fixed_step, inject_waveform, solver_tolerance, somatic_step

AMPA = {"g": 1e-4, "rise": 0.1, "decay": 3.0, "reversal": 0.0}
NMDA = {"g": 5e-5, "rise": 3.3, "decay": 102.38, "reversal": 0.0, "mg": 1.0}


@pytest.fixture(scope="module")
def cell(small_cell: str):
    made = CA1Pyramidal(small_cell, celsius=35.0)
    yield made
    made.free()


def test_paths_count_from_where_the_trunk_leaves_the_soma(cell) -> None:
    segments = trunk_segments(cell)
    paths = [path for path, _ in segments]
    assert paths == sorted(paths)
    assert 0.0 < paths[0] < 30.0
    first = cell.trunk[0](0)
    assert trunk_origin(cell) == pytest.approx(cell.path_distance(first))
    inside = trunk_between(cell, 100.0, 200.0)
    assert inside
    assert all(100.0 < path < 200.0 for path, _ in inside)
    near, _ = nearest_trunk(cell, 150.0)
    assert abs(near - 150.0) == min(abs(path - 150.0) for path in paths)


def test_the_trunk_around_a_stretch_is_one_segment_longer_at_either_end(cell) -> None:
    every = trunk_segments(cell)
    low, high = (every[2][0] + every[3][0]) / 2, (every[5][0] + every[6][0]) / 2
    assert trunk_around(cell, low, high) == every[2:7]
    assert trunk_around(cell, -10.0, 1e4) == every
    assert trunk_around(cell, 1e4, 2e4) == []


def test_an_input_of_30_picoamperes_passes_about_that(cell) -> None:
    path, segment = nearest_trunk(cell, 150.0)
    epsp = trunk_epsp(cell, path, segment)
    assert 0.0 < epsp.somatic < epsp.local < 2.0
    assert 0.0 < epsp.ratio < 1.0


def test_small_inputs_add_up(cell) -> None:
    _, segment = nearest_trunk(cell, 150.0)
    heights = []
    for n in (1, 3):
        _, v_soma, _ = record_inputs(cell, segment, [5.0] * n, length=40.0, ampa={**AMPA, "g": 1e-5})
        heights.append(v_soma.max() - v_soma[0])
    assert heights[1] == pytest.approx(3 * heights[0], rel=0.02)


def test_magnesium_holds_nmda_receptors_back_at_rest(cell) -> None:
    _, segment = nearest_trunk(cell, 150.0)
    found = {}
    for mg in (0.0, 1.0):
        _, v_soma, _ = record_inputs(
            cell, segment, [5.0], length=80.0, ampa={**AMPA, "g": 0.0}, nmda={**NMDA, "mg": mg}
        )
        found[mg] = v_soma.max() - v_soma[0]
    assert found[0.0] > 5 * found[1.0] > 0.0


def test_inputs_leave_nothing_behind(cell) -> None:
    _, segment = nearest_trunk(cell, 150.0)
    before = len(segment.point_processes())
    record_inputs(cell, segment, [5.0, 6.0], length=20.0, ampa=AMPA, nmda=NMDA)
    assert len(segment.point_processes()) == before


def test_oblique_sites_lie_where_the_test_says(cell) -> None:
    for site in oblique_sites(cell):
        section = site.segment.sec
        assert not section.children()
        if site.kind == "proximal":
            assert 5.0 < site.along < 50.0
        else:
            assert 60.0 < site.along < 126.0 or site.along == pytest.approx(0.9 * section.L)


def test_the_impedance_at_low_frequency_is_the_steady_input_resistance(cell) -> None:
    found = resonance(cell, duration=4000.0).impedance
    assert found.magnitude[0] == pytest.approx(passive(cell).response.r_in, rel=0.1)


def test_current_into_the_trunk_meets_more_resistance_than_reaches_the_soma(cell) -> None:
    found = dendrite(cell, 200.0)
    assert 0.0 < found.transfer < 1.0
    somatic_response = passive(cell).response.r_in
    assert found.r_in * found.transfer < somatic_response * 1.05  # transfer impedance is the smaller one


def test_an_even_waveform_gives_the_voltage_of_the_step(cell) -> None:
    t = np.arange(0.0, 400.0, 0.25)
    current = np.where((t >= 50.0) & (t < 350.0), -0.05, 0.0)
    waved = inject_waveform(cell, t, current)
    stepped = somatic_step(cell, CurrentStep(-0.05, 50.0, 300.0, 49.0))
    same = np.interp(stepped.t, waved.t, waved["v_soma"])
    away = (np.abs(stepped.t - 50.0) > 2.0) & (np.abs(stepped.t - 350.0) > 2.0)
    assert same[away] == pytest.approx(stepped["v_soma"][away], abs=0.1)
    with pytest.raises(ProtocolError, match="even"):
        inject_waveform(cell, t**1.01, current)


def test_a_coarser_tolerance_holds_inside_its_block_only(cell) -> None:
    solver = load_mechanisms().CVode()
    before = solver.atol()
    step = CurrentStep(0.3, 20.0, 100.0, 0.0)
    fine = somatic_step(cell, step)
    with solver_tolerance(1e-2):
        coarse = somatic_step(cell, step)
    again = somatic_step(cell, step)
    assert coarse.t.size < fine.t.size
    assert np.array_equal(again["v_soma"], fine["v_soma"])
    assert solver.atol() == before
    with pytest.raises(ProtocolError, match="above 0"), solver_tolerance(0.0):
        pass


def test_a_spike_comes_nearer_to_that_of_cvode_as_a_fixed_step_is_halved(cell) -> None:
    def spike(solver: AbstractContextManager[None]) -> float:
        with solver:
            sweep = somatic_step(cell, CurrentStep(0.3, 60.0, 60.0, 0.0))
        return float(spike_times(sweep.t, sweep["v_soma"], threshold=-20.0)[0])

    exact = spike(solver_tolerance(1e-6))
    off = [abs(spike(fixed_step(step)) - exact) for step in (0.1, 0.05, 0.025)]
    assert off[2] < 0.1
    assert off[0] / off[1] == pytest.approx(2.0, abs=0.4)  # of first order
    assert off[1] / off[2] == pytest.approx(2.0, abs=0.4)


def test_a_fixed_step_holds_inside_its_block_only(cell) -> None:
    h = load_mechanisms()
    before = (h.dt, h.secondorder, h.CVode().active())
    step = CurrentStep(-0.05, 40.0, 20.0, 0.0)
    by_cvode = somatic_step(cell, step)
    with fixed_step(0.05):
        fixed = somatic_step(cell, step)
    assert np.diff(fixed.t[fixed.t > 41.0]) == pytest.approx(0.05)
    assert np.diff(fixed.t[fixed.t < 38.5]) == pytest.approx(1.0)
    assert fixed.t[-1] == pytest.approx(60.0)
    assert fixed["v_soma"] == pytest.approx(np.interp(fixed.t, by_cvode.t, by_cvode["v_soma"]), abs=0.05)
    assert np.array_equal(somatic_step(cell, step)["v_soma"], by_cvode["v_soma"])
    assert (h.dt, h.secondorder, h.CVode().active()) == before
    for bad in (0.0, -0.1, 2.0):
        with pytest.raises(ProtocolError, match=r"Use 0\.025"), fixed_step(bad):
            pass


def test_part_of_the_steps_gives_part_of_the_features(cell) -> None:
    outcome = somatic(cell, "patch", steps=(-0.1,))
    assert {one.name.split(".Step")[1] for one in outcome.features} == {"-0.1"}
    alone = score_steps("patch", {-0.1: record_step(cell, "patch", -0.1)})
    assert alone.score == outcome.score
    with pytest.raises(ParameterError, match="has no step"):
        somatic(cell, "patch", steps=(0.3,))


def test_a_distance_without_trunk_is_missing_and_said(cell, monkeypatch: pytest.MonkeyPatch) -> None:
    short = trunk_between(cell, 0.0, 240.0)
    monkeypatch.setattr("cellmodel.battery.attenuation.trunk_around", lambda *_: short)
    found = attenuation(cell, n_places=3)
    assert len(found.epsps) == 3
    assert found.missing == ("ratio_300",)
    assert found.notices == ("no place within reach of 300 um: left out of the score",)


def test_a_train_shows_first_and_last_spike_where_there_is_trunk(cell) -> None:
    found = back_propagation(cell, within=5)
    assert found.n_spikes > 5
    assert found.score == min(found.scores.values())
    assert found.variant in found.scores
    assert {"first_350", "last_350"} == set(found.missing)
    assert "350 um" in found.notices[0]


def test_firing_counts_spikes_per_second_and_sees_a_silent_cell(cell) -> None:
    found = firing(cell, currents=(0.0, 0.3))
    assert found.rates[0] == 0.0
    assert found.rates[1] > 5.0
    assert found.is_firing
    assert not found.is_spontaneous
