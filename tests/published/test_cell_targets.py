"""What a rat CA1 pyramidal cell does under current clamp, against published ranges."""

import numpy as np
import pytest

from cellmodel.analysis import spike_amplitude, spike_times, step_response
from cellmodel.cell import CA1Pyramidal
from cellmodel.mechanisms import load_mechanisms
from cellmodel.protocol import CurrentStep, somatic_step

THRESHOLD = -10.0
TRAIN = 0.2  # nA: near 15 Hz
CURRENTS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)


@pytest.fixture(scope="module")
def cell():
    made = CA1Pyramidal()
    yield made
    made.free()


@pytest.fixture(scope="module")
def firing(cell):
    sweeps = [somatic_step(cell, CurrentStep(current, 50.0, 400.0, 20.0)) for current in CURRENTS]
    return [(sweep, spike_times(sweep.t, sweep["v_soma"], threshold=THRESHOLD)) for sweep in sweeps]


@pytest.fixture(scope="module")
def back_propagation(cell):
    """Amplitude (mV) of the first and last spike of a train along the trunk, by distance (um)."""
    sites = {str(distance): trunk_segment(cell, distance) for distance in (50, 150, 250)}
    sweep = somatic_step(cell, CurrentStep(TRAIN, 50.0, 1000.0, 20.0), sites=sites)
    times = spike_times(sweep.t, sweep["v_soma"], threshold=THRESHOLD)

    def amplitudes(at):
        return {
            int(name): spike_amplitude(sweep.t, sweep[f"v_{name}"], at=at, before=3.0, after=6.0)
            for name in sites
        }

    return len(times), amplitudes(times[0]), amplitudes(times[-1])


def trunk_segment(cell, distance):
    segments = (segment for section in cell.trunk for segment in section)
    return min(segments, key=lambda segment: abs(cell.path_distance(segment) - distance))


def epsp(cell, site, weight=4.3e-4, tau=(0.1, 3.0), n=1):
    """Return peak EPSP (mV) at the soma and at the site; 0.43 nS passes about 30 pA."""
    h = load_mechanisms()
    synapse, source = h.Exp2Syn(site), h.NetStim()
    synapse.tau1, synapse.tau2, synapse.e = *tau, 0.0
    source.number, source.start = 1, 10.0
    link = h.NetCon(source, synapse)
    link.weight[0] = weight * n
    sweep = somatic_step(cell, CurrentStep(0.0, 0.0, 0.0, 80.0), sites={"site": site})
    del link
    return sweep["v_soma"].max() - cell.v_init, sweep["v_site"].max() - cell.v_init


def test_rest_is_in_the_published_range(cell):
    assert -72.0 <= cell.v_init <= -63.0


def test_input_resistance_and_time_constant_are_in_the_published_range(cell):
    sweep = somatic_step(cell, CurrentStep(-0.05, 50.0, 400.0, 0.0))
    found = step_response(sweep.t, sweep["v_soma"], start=50.0, duration=400.0, amplitude=-0.05)
    assert 50.0 <= found.r_in <= 110.0
    assert 15.0 <= found.tau_m <= 35.0
    assert 0.05 <= found.sag <= 0.3


def test_the_cell_is_silent_without_current(cell):
    sweep = somatic_step(cell, CurrentStep(0.0, 0.0, 0.0, 1000.0))
    assert len(spike_times(sweep.t, sweep["v_soma"], threshold=THRESHOLD)) == 0


def test_firing_rises_with_current(firing):
    counts = [len(times) for _, times in firing]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] >= counts[2] + 5
    assert counts[-1] <= 40


def test_spikes_overshoot_and_stay_overshooting_through_the_train(firing):
    sweep, times = firing[-1]
    for at in times:
        near = (sweep.t > at - 1.0) & (sweep.t < at + 2.0)
        assert 0.0 < sweep["v_soma"][near].max() < 50.0


def test_the_train_for_back_propagation_fires_at_10_to_20_per_second(back_propagation):
    assert 10 <= back_propagation[0] <= 20


def test_a_back_propagating_spike_fades_with_distance_and_through_the_train(cell, back_propagation):
    _, first, last = back_propagation
    assert first[50] > max(first[150], first[250])
    assert last[50] > last[150] > last[250]
    assert last[250] < 0.6 * first[250]


def test_without_slow_inactivation_the_last_spike_is_as_large_as_the_first(cell):
    other = CA1Pyramidal(cell.morphology)
    for section in other.trunk + other.oblique + other.tuft:
        for segment in section:
            segment.na.ar = 1.0
    sweep = somatic_step(
        other, CurrentStep(TRAIN, 50.0, 500.0, 10.0), sites={"trunk": trunk_segment(other, 250.0)}
    )
    times = spike_times(sweep.t, sweep["v_soma"], threshold=THRESHOLD)
    first, last = (
        spike_amplitude(sweep.t, sweep["v_trunk"], at=at, before=3.0, after=6.0) for at in times[[0, -1]]
    )
    other.free()
    assert last > 0.85 * first


def test_epsps_are_smaller_at_the_soma_the_farther_they_start(cell):
    ratios = [np.divide(*epsp(cell, trunk_segment(cell, distance))) for distance in (100, 200, 300)]
    assert ratios[0] > ratios[1] > ratios[2] > 0.02
    assert 0.4 <= ratios[0] <= 0.85


def test_a_compound_epsp_of_several_millivolts_stays_below_threshold(cell):
    somatic, _ = epsp(cell, trunk_segment(cell, 150.0), weight=1e-3, tau=(0.5, 5.0), n=14)
    assert 5.0 <= somatic <= 12.0
