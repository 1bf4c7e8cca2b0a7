"""The chamber: images at the faces of the slice against sums and boundary conditions they have to meet."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.slice import SliceOptions, chamber, sources
from cellmodel.slice.chamber import CHAMBERS, Image, Slab, slab
from cellmodel.slice.sources import Copies, Lines

THICKNESS, TISSUE = 400.0, 0.3
BATH = load("slice.toml").value("chamber.bath")
HEIGHT = 40.0
USUAL = chamber.NEGLIGIBLE


@pytest.fixture(autouse=True)
def all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a row of images end late: a single source is no dipole, for which its usual end is meant."""
    monkeypatch.setattr(chamber, "NEGLIGIBLE", 1e-6)


def made(name: str) -> Slab:
    return slab(name, thickness=THICKNESS, tissue=TISSUE)


def copies(lines: Lines, depth: float, *, at: np.ndarray, turns: np.ndarray) -> Copies:
    """Return copies at places ``at``, (n, 2) um along the layer and above the middle, seen from ``depth``."""
    along, across = at[:, 0], at[:, 1] - depth
    x, z = (along * np.cos(turns) - across * np.sin(turns), along * np.sin(turns) + across * np.cos(turns))
    tips = np.column_stack([x, np.full(len(at), HEIGHT), z])
    return Copies(lines, tips, along, at[:, 1], turns)


def point(height: float = 0.0) -> Lines:
    """Return a source so short that it is a point."""
    start = np.array([[0.0, height - 0.05, 0.0]])
    return Lines(start, start + np.array([0.0, 0.1, 0.0]), np.array([0.1]))


def seen(name: str | Slab, electrode: float, source: float, along: float = 60.0) -> float:
    """Return the potential (mV) of a nanoampere at the depth ``source``, at an electrode at another."""
    where = made(name) if isinstance(name, str) else name
    placed = copies(point(), electrode, at=np.array([[along, source]]), turns=np.zeros(1))
    return float(placed.potentials(where, electrode)[0, 0])


def by_hand(top: float, bottom: float, electrode: float, source: float, along: float = 60.0) -> float:
    """Return the same by images of the source, pair by pair: z + 2kT and those mirrored once, at a face."""
    aside, a = np.hypot(along, HEIGHT), THICKNESS / 2

    def of(z: float) -> float:
        return 1.0 / (4 * np.pi * TISSUE * np.hypot(aside, electrode - z))

    total = of(source)
    for k in range(1, 400):
        both, shift = (top * bottom) ** k, 2 * k * THICKNESS
        total += both * (of(source + shift) + of(source - shift))
        once = (top * bottom) ** (k - 1)
        total += once * top * of((2 * k - 1) * 2 * a - source)
        total += once * bottom * of(-(2 * k - 1) * 2 * a - source)
    return total


@pytest.mark.parametrize("name", CHAMBERS)
@pytest.mark.parametrize(
    ("electrode", "source"), [(0.0, 0.0), (130.0, -60.0), (-150.0, 190.0), (195.0, 120.0)]
)
def test_a_point_between_two_faces_is_the_sum_of_its_images(
    name: str, electrode: float, source: float
) -> None:
    where = made(name)
    expected = by_hand(where.top, where.bottom, electrode, source)
    assert seen(name, electrode, source) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("source", [-150.0, -20.0, 140.0])
def test_an_electrode_on_glass_sees_what_lfpykit_says(source: float) -> None:
    from lfpykit import CellGeometry, RecMEAElectrode

    on_glass = -THICKNESS / 2
    z = source - on_glass
    cell = CellGeometry(
        x=np.array([[0.0, 0.0]]), y=np.array([[-0.05, 0.05]]), z=np.array([[z, z]]), d=np.array([0.1])
    )
    array = RecMEAElectrode(
        cell,
        sigma_T=TISSUE,
        sigma_S=BATH,
        sigma_G=0.0,
        h=THICKNESS,
        x=np.array([60.0]),
        y=np.array([HEIGHT]),
        z=np.array([0.0]),
        method="pointsource",
    )
    expected = float(array.get_transformation_matrix()[0, 0])
    assert seen("glass", on_glass, source) == pytest.approx(expected, rel=2e-2)


def test_the_bath_reflects_by_its_conductivity_and_an_insulator_wholly() -> None:
    reflection = (TISSUE - BATH) / (TISSUE + BATH)
    found = {name: (made(name).top, made(name).bottom) for name in CHAMBERS}
    assert found == {
        "infinite": (0.0, 0.0),
        "interface": (1.0, reflection),
        "submerged": (reflection, reflection),
        "glass": (reflection, 1.0),
    }
    assert -0.7 < reflection < -0.66


def test_images_stand_mirrored_at_one_face_and_the_other_in_turn() -> None:
    images = made("submerged").images(30.0)
    weight = made("submerged").top
    n = len(images) // 2
    assert [image.depth for image in images[:3]] == [370.0, -770.0, 1170.0]
    assert [image.depth for image in images[n : n + 3]] == [-430.0, 830.0, -1230.0]
    assert [image.weight for image in images[:3]] == pytest.approx([weight, weight**2, weight**3])
    assert made("infinite").images(30.0) == ()


def tree(n: int = 60) -> Lines:
    """Return segments all over a cell 300 um wide, some of which stick out of the slice."""
    rng = np.random.default_rng(4)
    start = rng.uniform([-150.0, -200.0, -150.0], [150.0, 400.0, 150.0], (n, 3))
    return Lines(start, start + rng.normal(0.0, 12.0, (n, 3)), rng.uniform(0.5, 3.0, n))


def placed(lines: Lines, depth: float, n: int = 40) -> Copies:
    rng = np.random.default_rng(5)
    at = np.column_stack([rng.uniform(-500.0, 500.0, n), rng.uniform(-200.0, 200.0, n)])
    return copies(lines, depth, at=at, turns=rng.uniform(0.0, 2 * np.pi, n))


def test_faces_of_tissue_give_the_infinite_medium_exactly() -> None:
    one = placed(tree(), 120.0)
    endless = one.lines.potentials(one.tips, TISSUE)
    assert np.array_equal(one.potentials(made("infinite"), 120.0), endless)
    assert np.array_equal(one.potentials(Slab(THICKNESS, TISSUE, TISSUE, TISSUE), 120.0), endless)


def test_faces_that_hardly_differ_from_tissue_hardly_matter_also_for_what_sticks_out() -> None:
    one = placed(tree(), 120.0)
    endless = one.lines.potentials(one.tips, TISSUE)
    nearly = one.potentials(Slab(THICKNESS, TISSUE, 1.02 * TISSUE, 1.02 * TISSUE), 120.0)
    assert not np.array_equal(nearly, endless)
    assert nearly == pytest.approx(endless, rel=0.03)


@pytest.mark.parametrize(("name", "face"), [("interface", 1.0), ("glass", -1.0)])
def test_no_current_leaves_through_an_insulating_face(name: str, face: float) -> None:
    edge = face * THICKNESS / 2

    def field(inward: float, chamber: str) -> np.ndarray:
        depth = edge - face * inward
        return placed(tree(), depth).potentials(made(chamber), depth).sum(axis=0)

    flux, endless = (field(1.0, which) - field(0.0, which) for which in (name, "infinite"))
    assert np.abs(flux).max() < 0.05 * np.abs(endless).max()
    assert field(0.0, name).sum() > field(0.0, "infinite").sum()


def test_the_current_through_a_face_is_the_same_on_both_sides() -> None:
    """By reciprocity, of a source at the electrode: on one side of a face in tissue, on the other in bath."""
    step, conductivity = 0.5, {"inside": TISSUE, "outside": BATH}
    at = {"inside": (199.5 - step, 199.5), "outside": (200.5, 200.5 + step)}
    flux = {
        side: conductivity[side] * np.diff([seen("submerged", 60.0, z) for z in at[side]])[0] / step
        for side in at
    }
    assert flux["inside"] == pytest.approx(flux["outside"], rel=0.03)
    assert seen("submerged", 60.0, 199.9) == pytest.approx(seen("submerged", 60.0, 200.1), rel=0.01)


def test_a_turned_and_moved_cell_is_the_cell_turned_and_moved() -> None:
    lines, depth, where = tree(), 90.0, made("interface")
    one = placed(lines, depth)
    found = one.potentials(where, depth)
    for k in range(0, len(one.turns), 7):
        sin, cos = np.sin(one.turns[k]), np.cos(one.turns[k])

        def in_slice(points: np.ndarray, *, sin=sin, cos=cos, k=k) -> np.ndarray:
            x, y, z = points.T
            along = one.along[k] - (x * cos + z * sin)
            return np.column_stack([along, y, one.depths[k] - (-x * sin + z * cos)])

        there = Lines(in_slice(lines.start), in_slice(lines.stop), lines.diameter)
        expected = np.zeros(len(lines.diameter))
        for image in (Image(depth, 1.0), *where.images(depth)):
            tip = np.array([[0.0, HEIGHT, image.depth]])
            weights = [where.weight(image, place) for place in where.places(there.middle[:, 2])]
            expected += weights * there.potentials(tip, TISSUE)[0]
        assert found[k] == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("name", CHAMBERS)
def test_the_usual_row_of_images_is_enough_for_cells_whose_currents_cancel(name: str, monkeypatch) -> None:
    currents = np.random.default_rng(6).normal(size=60)
    currents -= currents.mean()
    endless = placed(tree(), 0.0).potentials(made("infinite"), 0.0).mean(axis=0) @ currents
    assert abs(endless) > 1e-3
    for depth in (0.0, 150.0, -190.0):
        fine = placed(tree(), depth).potentials(made(name), depth).mean(axis=0) @ currents
        with monkeypatch.context() as patch:
            patch.setattr(chamber, "NEGLIGIBLE", USUAL)
            usual = placed(tree(), depth).potentials(made(name), depth).mean(axis=0) @ currents
        assert usual == pytest.approx(fine, abs=2e-6)


def test_far_images_may_be_read_off_a_table_of_points(monkeypatch) -> None:
    monkeypatch.setattr(chamber, "NEGLIGIBLE", USUAL)
    for name, depth in (("interface", 0.0), ("submerged", 0.0), ("submerged", 150.0), ("glass", -120.0)):
        usual = placed(tree(), depth).potentials(made(name), depth)
        with monkeypatch.context() as patch:
            patch.setattr(Slab, "is_near", lambda self, image: True)
            patch.setattr(sources, "_from_afar", lambda *given, place: np.zeros(given[2].shape))
            lines = placed(tree(), depth).potentials(made(name), depth)
        assert usual == pytest.approx(lines, abs=3e-3 * np.abs(lines).max())


def test_a_conducting_face_lowers_the_potential_and_an_insulating_one_raises_it() -> None:
    for depth in (-190.0, 0.0, 100.0, 190.0):
        assert seen("submerged", depth, 50.0) < seen("infinite", depth, 50.0)
        assert seen("submerged", depth, 50.0) < seen("interface", depth, 50.0)
    assert seen("interface", 190.0, 50.0) > seen("infinite", 190.0, 50.0)
    assert seen("interface", -190.0, 50.0) < seen("infinite", -190.0, 50.0)
    assert seen("glass", 150.0, 100.0) == pytest.approx(seen("interface", -150.0, -100.0), rel=1e-9)


def test_an_unknown_chamber_is_refused_with_the_names_there_are() -> None:
    for refused in (lambda: made("attic"), lambda: SliceOptions(chamber="attic")):
        with pytest.raises(ParameterError, match=r"unknown chamber 'attic'.*infinite.*interface.*submerged"):
            refused()
