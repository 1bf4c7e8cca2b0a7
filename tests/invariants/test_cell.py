"""The cell as an object: rest is steady, charge is conserved, a block washes out, cells go away."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from cellmodel.analysis import spike_times
from cellmodel.cell import CA1Pyramidal
from cellmodel.cell.biophysics import DOMAINS
from cellmodel.cell.distributions import Rule
from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.protocol import CurrentStep, somatic_step

SILENCE = CurrentStep(0.0, 0.0, 0.0, 500.0)
SPIKE = CurrentStep(2.0, 5.0, 2.0, 20.0)


@pytest.fixture(scope="module")
def cell():
    made = CA1Pyramidal()
    yield made
    made.free()


def distal(cell):
    return max((s for section in cell.tuft for s in section), key=cell.path_distance)


def peak(cell):
    return somatic_step(cell, SPIKE)["v_soma"].max()


def test_the_cell_starts_at_rest_and_stays_there(cell):
    sweep = somatic_step(cell, SILENCE, sites={"tuft": distal(cell)})
    assert np.ptp(sweep["v_soma"]) < 1e-3
    assert np.ptp(sweep["v_tuft"]) < 1e-3


def test_resting_calcium_stays(cell):
    somatic_step(cell, SILENCE)
    segment = cell.soma[0](0.5)
    assert segment.cai == pytest.approx(segment.ca_dynamics.rest, rel=1e-6)


def test_every_section_is_in_one_domain(cell):
    assert len(cell.all) == sum(len(getattr(cell, domain)) for domain in DOMAINS) >= 100
    for domain in DOMAINS:
        assert {cell.domain_of(section) for section in getattr(cell, domain)} == {domain}


def test_no_segment_is_longer_than_a_tenth_of_the_length_constant(cell):
    h = load_mechanisms()
    for section in cell.all:
        assert section.L / section.nseg <= 0.1 * h.lambda_f(100.0, sec=section) * (1 + 1e-9)
        assert section.nseg % 2 == 1


def test_path_distance_is_zero_at_the_soma_and_grows_along_the_trunk(cell):
    assert cell.path_distance(cell.soma[0](0.5)) == 0.0
    far = max(cell.path_distance(section(1)) for section in cell.trunk)
    assert far > 200.0


def test_the_trunk_points_up_and_the_soma_is_at_the_origin(cell):
    soma = cell.soma[0]
    middle = np.mean([[soma.x3d(k), soma.y3d(k), soma.z3d(k)] for k in range(soma.n3d())], axis=0)
    assert np.linalg.norm(middle) < soma.L
    heights = [section.y3d(section.n3d() - 1) for section in cell.trunk]
    assert max(heights) > 100.0


def test_spines_add_membrane_beyond_the_proximal_dendrite(cell):
    rules = cell.biophysics
    for section in cell.oblique[:3]:
        for segment in section:
            spines = rules.membrane("oblique", "spine_factor", cell.path_distance(segment))
            bare = rules.membrane("oblique", "cm", cell.path_distance(segment))
            assert segment.cm == pytest.approx(spines * bare)


def test_membrane_currents_sum_to_the_injected_current(cell):
    h = load_mechanisms()
    electrode = h.IClamp(cell.soma[0](0.5))
    electrode.delay, electrode.dur, electrode.amp = 0.0, 10.0, 0.2
    h.CVode().use_fast_imem(True)
    h.celsius, h.dt = cell.celsius, 0.025
    h.finitialize(cell.v_init)
    while h.t < 5.0:
        h.fadvance()
    total = sum(segment.i_membrane_ for section in cell.all for segment in section)
    h.CVode().use_fast_imem(False)
    assert total == pytest.approx(0.2, rel=1e-9)


def test_block_of_sodium_abolishes_the_spike_and_washes_out(cell):
    before = peak(cell)
    cell.block("na")
    assert peak(cell) < 0.0 < before
    cell.block("na", 0.0)
    assert peak(cell) == before


def test_block_is_always_of_the_full_density(cell):
    segment = cell.soma[0](0.5)
    full = segment.ca_l.g_max
    for _ in range(2):
        cell.block("ca_l", 0.5)
        assert segment.ca_l.g_max == pytest.approx(full / 2)
    cell.block("ca_l", 0.0)
    assert segment.ca_l.g_max == full


def test_blocking_an_unknown_channel_says_which_there_are(cell):
    with pytest.raises(ParameterError, match=r"unknown channel 'ca_q'.*ca_l"):
        cell.block("ca_q")


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_a_fraction_outside_zero_to_one_is_refused(cell, fraction):
    with pytest.raises(ParameterError, match="outside 0 to 1"):
        cell.block("na", fraction)


def test_an_unknown_reversal_is_refused_before_anything_is_built():
    with pytest.raises(ParameterError, match="unknown reversal 'eka'"):
        CA1Pyramidal(reversal={"eka": -90.0})


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"celsius": 200.0}, "temperature 200 degC is outside 10 to 40"),
        ({"celsius": "warm"}, "celsius is 'warm'. Give a finite number"),
        ({"reversal": {"ek": float("nan")}}, "ek is nan. Give a finite number"),
        ({"reversal": {"cao": -1.0}}, "cao -1 mM: a concentration is above 0"),
    ],
)
def test_numbers_that_no_bath_has_are_refused(cell, given, text):
    with pytest.raises(ParameterError, match=text):
        CA1Pyramidal(cell.morphology, **given)


@pytest.mark.parametrize("copied", [copy.deepcopy, pickle.dumps])
def test_a_cell_that_is_sent_elsewhere_says_what_to_send_instead(cell, copied):
    with pytest.raises(TypeError, match=r"cannot be pickled or copied\. Send cell\.morphology"):
        copied(cell)
    assert pickle.loads(pickle.dumps(cell.morphology)).fingerprint == cell.morphology.fingerprint


def test_an_unknown_biophysics_is_refused():
    with pytest.raises(ParameterError, match="unknown biophysics"):
        CA1Pyramidal(biophysics="fast")


def test_more_potassium_outside_depolarizes_the_cell(cell):
    other = CA1Pyramidal(cell.morphology, reversal={"ek": cell.reversal["ek"] + 10.0})  # 2.5 to 3.7 mM
    assert other.v_init > cell.v_init + 0.5
    sweep = somatic_step(other, SILENCE)
    assert sweep["v_soma"][-1] == pytest.approx(other.v_init, abs=0.1)
    other.free()


def test_calcium_outside_is_that_of_the_bath_and_drives_the_channels(cell):
    h = load_mechanisms()
    other = CA1Pyramidal(cell.morphology, reversal={"cao": 1.0})
    currents = []
    for one, cao in ((cell, cell.reversal["cao"]), (other, 1.0)):
        for section in one.trunk:
            section(0.5).ca_l.g_max = 1e-3
        h.finitialize(-40.0)
        assert one.soma[0].cao == cao
        currents.append(one.trunk[0](0.5).ica)
        one.block("ca_l", 0.0)
    other.free()
    assert currents[0] < currents[1] < 0.0


def test_channels_too_dense_to_rest_are_refused(cell):
    rules = dict(cell.biophysics.rules)
    rules["axon", "km", "g_max"] = Rule("dense", "uniform", {"everywhere": 0.5})
    before = len(list(load_mechanisms().allsec()))
    with pytest.raises(ParameterError, match=r"leak reversal of .* mV to rest"):
        CA1Pyramidal(cell.morphology, biophysics=replace(cell.biophysics, rules=rules))
    assert len(list(load_mechanisms().allsec())) == before


def test_a_density_below_zero_is_refused(cell):
    rules = dict(cell.biophysics.rules)
    rules["axon", "km", "g_max"] = Rule("mine.toml: [axon.km.g_max]", "uniform", {"everywhere": -0.5})
    with pytest.raises(ParameterError, match=r"\[axon.km.g_max\] is -0.5 at .* A density is 0 or more"):
        CA1Pyramidal(cell.morphology, biophysics=replace(cell.biophysics, rules=rules))


@pytest.mark.parametrize("biophysics", ["patch", "sharp"])
def test_the_cell_rests_at_every_temperature_of_the_bath(cell, biophysics):
    limits = load("slice.toml")["bath.celsius"]
    for celsius in (limits.low, limits.high):
        other = CA1Pyramidal(cell.morphology, biophysics=biophysics, celsius=celsius)
        assert np.ptp(somatic_step(other, SILENCE)["v_soma"]) < 0.01
        other.free()


@pytest.mark.parametrize("celsius", [30.0, 35.0])
def test_rest_and_spike_hold_between_30_and_35_degrees(cell, celsius):
    other = CA1Pyramidal(cell.morphology, celsius=celsius)
    assert np.ptp(somatic_step(other, SILENCE)["v_soma"]) < 1e-3
    assert peak(other) > 0.0
    other.free()


def test_two_cells_are_alike_and_both_go_away(cell):
    h = load_mechanisms()
    before = len(list(h.allsec()))
    for _ in range(2):
        other = CA1Pyramidal(cell.morphology)
        assert len(list(h.allsec())) == before + len(cell.all)
        step = CurrentStep(0.4, 20.0, 60.0, 0.0)
        own, others = (somatic_step(c, step) for c in (cell, other))
        assert spike_times(others.t, others["v_soma"], threshold=-10.0) == pytest.approx(
            spike_times(own.t, own["v_soma"], threshold=-10.0),
            abs=1e-4,  # ms: the order of sections changes what is rounded, a millionth of a ms
        )
        other.free()
        assert len(list(h.allsec())) == before


def test_a_sweep_leaves_neurons_settings_as_they_were(cell):
    h = load_mechanisms()
    solver = h.CVode()
    before = (solver.active(), solver.atol())
    somatic_step(cell, SPIKE)
    assert (solver.active(), solver.atol()) == before
