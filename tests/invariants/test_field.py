"""The field electrode: line sources are the analytic ones, currents are conserved, the slab is fine."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import cellmodel.slice.field as field_module
from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.slice import Slice, SliceOptions, amplitude, laminar
from cellmodel.slice.field import FieldElectrode, fiber_volley, line_source_matrix, transmission_delay
from cellmodel.slice.neighbors import Neighbors

CONDUCTIVITY = load("slice.toml").value("field.conductivity")
LENGTH = 100.0


@pytest.fixture(scope="module")
def rig():
    made = Slice(SliceOptions(fibers=12, pathways=("test",)))
    yield made
    made.free()


@pytest.fixture
def cylinder():
    section = load_mechanisms().Section(name="cylinder")
    section.pt3dadd(0.0, 0.0, 0.0, 1.0)
    section.pt3dadd(0.0, LENGTH, 0.0, 1.0)
    return SimpleNamespace(all=[section])


@pytest.fixture
def with_field(monkeypatch):
    """Return a function that changes numbers of the group ``field`` of data/slice.toml for one test."""

    def change(**numbers: float) -> None:
        data = load("slice.toml")
        entries = dict(data.entries)
        for name, value in numbers.items():
            entries[f"field.{name}"] = replace(entries[f"field.{name}"], value=value)
        changed = replace(data, entries=entries)
        monkeypatch.setattr(
            field_module, "load", lambda name: changed if name == "slice.toml" else load(name)
        )

    return change


def respond(rig: Slice):
    start = dict(rig.states)
    response = rig.stimulate("test")
    rig.states = start
    return response


def depolarized(electrode: FieldElectrode) -> np.ndarray:
    """Return node voltages (mV) with a third of the nodes 10 mV up: some pattern with currents."""
    return np.where(np.arange(len(electrode.nodes.places)) % 3 == 0, -55.0, -65.0)


# --- one cell -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r", "y"), [(20.0, 50.0), (20.0, 0.0), (50.0, -80.0), (200.0, 160.0)], ids=lambda item: f"{item:g}"
)
def test_a_cylinder_is_a_line_of_sources(cylinder, r: float, y: float) -> None:
    matrix = line_source_matrix(cylinder, np.array([[r, y, 0.0]]), CONDUCTIVITY)
    s = (np.arange(200_000) + 0.5) / 200_000 * LENGTH
    expected = np.mean(1 / (4 * np.pi * CONDUCTIVITY * np.hypot(r, y - s)))  # nA / (S/m um) is mV
    assert matrix.shape == (1, 1)
    assert matrix[0, 0] == pytest.approx(expected, rel=1e-6)


def test_from_afar_a_cylinder_is_a_point(cylinder) -> None:
    far = 100 * LENGTH
    matrix = line_source_matrix(cylinder, np.array([[far, LENGTH / 2, 0.0]]), CONDUCTIVITY)
    assert matrix[0, 0] == pytest.approx(1 / (4 * np.pi * CONDUCTIVITY * far), rel=1e-4)


def test_potential_is_inverse_in_conductivity(cylinder) -> None:
    tips = np.array([[30.0, 20.0, 10.0]])
    once, twice = (line_source_matrix(cylinder, tips, s) for s in (0.3, 0.6))
    assert once == pytest.approx(2 * twice, rel=1e-12)


def test_segments_share_the_current_of_their_section(cylinder) -> None:
    tips = np.array([[30.0, 20.0, 10.0]])
    whole = line_source_matrix(cylinder, tips, CONDUCTIVITY)
    cylinder.all[0].nseg = 5
    parts = line_source_matrix(cylinder, tips, CONDUCTIVITY)
    assert parts.shape == (1, 5)
    assert parts.mean() == pytest.approx(whole[0, 0], rel=1e-9)


# --- currents from voltages ---------------------------------------------------------------


def test_a_cell_at_one_voltage_everywhere_has_no_field(rig: Slice) -> None:
    weights = rig.electrode.weights
    assert np.abs(weights.sum(axis=1)).max() < 1e-9 * np.abs(weights).max()


def test_the_field_is_that_of_the_membrane_currents_that_neuron_computes(rig: Slice) -> None:
    h, spines = load_mechanisms(), rig.pathways["test"].spines
    h.CVode().use_fast_imem(True)
    rig.engine.begin(fixed=True)
    rig.write_state("test")
    rig.pathways["test"].stimulate(np.zeros(1))
    h.dt = 0.025
    for _ in range(200):
        h.fadvance()
    currents = {segment: segment.i_membrane_ for section in rig.cell.all for segment in section}
    for spine in spines:  # the dendrite's node is where a spine's current crosses into the tree
        currents[spine.site.section(spine.site.x)] += spine.head(0.5).i_membrane_
    voltages = np.array([place.v for place in rig.electrode.nodes.places])
    h.CVode().use_fast_imem(False)
    from_currents = rig.electrode.per_current @ np.array(list(currents.values()))
    from_voltages = rig.electrode.weights @ voltages
    assert abs(sum(currents.values())) < 1e-6 * max(abs(current) for current in currents.values())
    assert abs(from_currents.sum()) > 1e-3
    assert from_voltages == pytest.approx(from_currents, abs=1e-6 * np.abs(from_currents).max())


def test_the_far_field_is_that_of_a_dipole_because_currents_sum_to_zero(rig: Slice) -> None:
    near, far = (FieldElectrode(rig.cell, height=height) for height in (1e5, 1e6))
    pattern = depolarized(near)
    fields = [np.sum(electrode.weights @ pattern) for electrode in (near, far)]
    one_way = [np.sum(electrode.per_current[:, 0]) for electrode in (near, far)]
    assert fields[0] / fields[1] == pytest.approx(100.0, rel=0.02)
    assert one_way[0] / one_way[1] == pytest.approx(10.0, rel=0.01)  # a source without its sink


def test_nodes_form_one_tree_with_finite_resistances(rig: Slice) -> None:
    nodes = rig.electrode.nodes
    roots = np.flatnonzero(nodes.parent < 0)
    assert len(roots) == 1
    others = np.delete(np.arange(len(nodes.parent)), roots)
    assert np.all(np.isfinite(nodes.resistance[others]))
    assert np.all(nodes.resistance[others] > 0)
    reached, frontier = set(roots.tolist()), set(roots.tolist())
    while frontier:
        frontier = set(np.flatnonzero(np.isin(nodes.parent, list(frontier))).tolist())
        reached |= frontier
    assert len(reached) == len(nodes.parent) == len(nodes.places)


# --- the slab -----------------------------------------------------------------------------


def test_the_field_is_linear_in_the_density_of_cells(rig: Slice, with_field) -> None:
    before = FieldElectrode(rig.cell)
    with_field(density=2 * load("slice.toml").value("field.density"))
    assert FieldElectrode(rig.cell).weights == pytest.approx(2 * before.weights, rel=1e-12)


def test_the_field_is_inverse_in_the_conductivity_of_the_slice(rig: Slice, with_field) -> None:
    before = FieldElectrode(rig.cell)
    with_field(conductivity=2 * CONDUCTIVITY)
    assert FieldElectrode(rig.cell).weights == pytest.approx(before.weights / 2, rel=1e-12)


def test_twice_as_many_positions_move_the_fepsp_by_less_than_a_percent() -> None:
    usual = int(load("slice.toml").value("field.n_positions"))
    slice_ = Slice(SliceOptions(fibers=43, pathways=("test",)))  # as many as an experiment has
    electrodes = [
        FieldElectrode(slice_.cell, seed=seed, n_positions=n) for seed in (1, 2) for n in (usual, 2 * usual)
    ]
    _, seen = laminar.seen_by(electrodes, slice_, "test")
    slice_.free()
    found = -seen.min(axis=1).reshape(2, 2)
    assert np.all(found[:, 1] != found[:, 0])
    assert found[:, 1] == pytest.approx(found[:, 0], rel=0.01)


def test_the_cells_of_the_slab_are_those_of_the_density_and_add_up_to_the_electrode(rig: Slice) -> None:
    electrode, numbers = rig.electrode, load("slice.toml").values_of("field")
    weights, which = electrode.of_cells()
    cells = numbers["density"] * numbers["thickness"] * numbers["extent"] / 1e6
    assert len(weights) == len(which) == pytest.approx(cells, rel=0.05)
    sums = np.array([weights[which == k].sum(axis=0) for k in range(len(electrode.delays))])
    assert sums == pytest.approx(electrode.weights, abs=1e-9 * np.abs(electrode.weights).max())


def test_the_chamber_raises_or_lowers_the_fepsp_by_what_is_beyond_the_near_face(rig: Slice) -> None:
    names = ("infinite", "interface", "submerged", "glass")
    places = [(name, depth) for name in names for depth in (0.0, 130.0)]
    made = [FieldElectrode(rig.cell, depth=depth, n_positions=128, chamber=name) for name, depth in places]
    _, fields = laminar.seen_by(made, rig, "test")
    found = {place: -field.min() for place, field in zip(places, fields, strict=True)}
    for depth in (0.0, 130.0):
        assert found["submerged", depth] < found["infinite", depth] < found["interface", depth]
    assert found["glass", 130.0] < found["infinite", 130.0]
    assert found["interface", 130.0] > found["interface", 0.0]  # toward the gas, the electrode's side
    weights, which = made[places.index(("submerged", 130.0))].of_cells()
    sums = np.array([weights[which == k].sum(axis=0) for k in range(len(made[0].delays))])
    expected = made[places.index(("submerged", 130.0))].weights
    assert sums == pytest.approx(expected, abs=1e-9 * np.abs(expected).max())


def test_neighbors_with_one_draw_for_all_see_what_the_electrode_sees(rig: Slice) -> None:
    start, neighbors = dict(rig.states), Neighbors(rig.electrode, seed=1)
    usual = respond(rig)
    response, t, sums = rig.watch("test", neighbors.patterns)
    rig.states = start
    (field,) = neighbors.fields([(t, sums)], response.t - transmission_delay())
    assert response.field == pytest.approx(usual.field, abs=1e-9)
    assert field == pytest.approx(usual.field, abs=1e-5 * amplitude(usual))
    assert 500 < neighbors.effective_number([(t, sums)]) < neighbors.n_cells


def test_copies_along_the_layer_are_late_by_the_conduction_of_the_fibers(rig: Slice) -> None:
    electrode, numbers = rig.electrode, load("slice.toml").values_of("field")
    speed = load("synapse.toml").value("pathway.conduction")  # m/s is mm/ms
    across = numbers["extent"] / 1000 / speed
    assert electrode.delays[-1] - electrode.delays[0] == pytest.approx(across * 15 / 16, rel=0.01)
    assert electrode.mean_lag == pytest.approx(across / 2, rel=0.01)
    step = np.zeros((2, len(electrode.nodes.places)))
    step[1] = depolarized(electrode)
    grid = np.array([-across, across])
    late = electrode.potential(np.array([0.0, 1e-6]), step, grid)
    assert late[0] == 0.0
    assert late[1] == pytest.approx(np.sum(electrode.weights @ step[1]))


def test_the_fepsp_in_stratum_radiatum_is_negative_and_turns_over_in_the_pyramidal_layer(rig: Slice) -> None:
    start, found = rig.electrode, []
    for height in (start.height, -50.0):
        rig.electrode = FieldElectrode(rig.cell, height=height)
        rig.recruit(rig.n_fibers)
        trace = respond(rig).field
        found.append(trace[np.argmax(np.abs(trace))])
    rig.electrode = start
    rig.recruit(rig.n_fibers)
    assert found[0] < 0 < found[1]


def test_the_laminar_profile_has_its_sink_in_radiatum_and_its_source_in_pyramidale(
    rig: Slice, monkeypatch
) -> None:
    data = load("slice.toml")
    fewer = {"laminar.n_positions": replace(data["laminar.n_positions"], value=64)}
    coarse = replace(data, entries={**data.entries, **fewer})
    monkeypatch.setattr(laminar, "load", lambda name: coarse)
    before = dict(rig.states)
    profile = laminar.laminar_profile(rig)
    assert rig.states == before
    usual = rig.options
    rig.options = replace(usual, chamber="submerged")
    submerged = laminar.laminar_profile(rig)
    rig.options = usual
    assert 0.6 < submerged.field.min() / profile.field.min() < 0.95
    trough = profile.t[np.argmin(profile.field.min(axis=0))]
    at = np.argmin(np.abs(profile.t - trough))
    inner = profile.heights[1:-1]

    def mean(name: str, margin: float = 0.0) -> float:
        low, high = profile.layers[name]
        return float(profile.csd[(inner >= low - margin) & (inner <= high + margin), at].mean())

    assert mean("stratum radiatum") < 0 < mean("stratum pyramidale", margin=25.0)
    assert profile.field[profile.heights == 200.0, at] < 0 < profile.field[profile.heights == -50.0, at]


def test_the_source_density_of_a_parabola_is_its_curvature() -> None:
    heights = np.arange(-50.0, 60.0, 10.0)
    field = 2e-6 * heights[:, None] ** 2 * np.ones((1, 3))  # mV
    csd = laminar.current_source_density(field, 10.0, 0.3)
    assert csd.shape == (len(heights) - 2, 3)
    assert csd == pytest.approx(-0.3 * 4e-6 * 1e6)  # 1 (S/m) (mV/um2) is 1e6 uA/mm3


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"depth": 201.0}, "depth 201 um is outside the slice of 400 um: allowed -200 to 200"),
        ({"depth": np.nan}, "depth nan um is outside the slice"),
        ({"height": np.inf}, "height inf um"),
    ],
)
def test_an_electrode_outside_the_slice_is_refused(rig: Slice, place: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError) as found:
        FieldElectrode(rig.cell, **place)
    assert said in str(found.value)


def test_an_electrode_inside_a_dendrite_is_refused_and_beside_it_is_not(cylinder: SimpleNamespace) -> None:
    (dendrite,) = cylinder.all
    dendrite.diam = 50.0
    with pytest.raises(ParameterError, match=r"50 um thick.*Move it"):
        FieldElectrode(cylinder, height=LENGTH / 2)
    assert FieldElectrode(cylinder, height=2 * LENGTH).height == 2 * LENGTH
    dendrite.diam = 4.0
    assert FieldElectrode(cylinder, height=LENGTH / 2).height == LENGTH / 2


def test_the_assumed_volley_grows_with_the_share_of_fibers() -> None:
    t = np.arange(-5.0, 5.0, 0.1)
    half, whole = (fiber_volley(t, share, pulses=np.zeros(1)) for share in (0.5, 1.0))
    assert whole == pytest.approx(2 * half)
    assert whole.min() == pytest.approx(-load("slice.toml").value("field.volley_amplitude"), rel=1e-3)


def test_every_pulse_of_a_pair_has_its_volley(rig: Slice) -> None:
    start = dict(rig.states)
    pair = rig.stimulate("test", np.array([0.0, 50.0]))
    rig.states = start
    near = [(pair.t > low) & (pair.t < low + 10.0) for low in (-3.0, 47.0)]
    first, second = (pair.volley[part] for part in near)
    assert first.min() < 0
    assert second == pytest.approx(first, abs=1e-9)
