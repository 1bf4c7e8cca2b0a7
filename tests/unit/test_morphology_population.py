"""Profiles of a cell with known ones, and what cells are held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellmodel.morphology import load_morphology
from cellmodel.morphology.geometry import Morphology
from cellmodel.morphology.population import Target, compare, data, measure, radii, targets
from cellmodel.morphology.population.profiles import branch_orders, diameters_by_order, sholl, trunk_taper

CELL = """\
1 1 0 0 0 8 -1
2 3 0 -10 0 1 1
3 3 0 -110 0 1 2
4 4 0 10 0 1.5 1
5 4 0 100 0 1.5 4
6 4 60 100 0 0.4 5
7 4 90 140 0 0.3 6
8 4 90 60 0 0.3 6
9 4 0 200 0 1.5 5
10 4 40 290 0 0.5 9
11 4 -40 300 0 0.5 9
50 2 0 -8 0 0.5 1
51 2 5 -128 0 0.25 50
"""


@pytest.fixture
def cell(tmp_path: Path) -> Morphology:
    path = tmp_path / "cell.swc"
    path.write_text(CELL)
    return load_morphology(path)


def test_sholl_counts_every_crossing_of_a_sphere(cell: Morphology) -> None:
    assert sholl(cell, [50, 100, 120], "basal").tolist() == [1, 1, 0]
    assert sholl(cell, [112, 125, 166.5], "oblique").tolist() == [2, 1, 0]  # one daughter comes back
    assert sholl(cell, [150, 250], "trunk", "tuft").tolist() == [1, 2]


def test_orders_are_counted_from_the_root_of_the_domain(cell: Morphology) -> None:
    orders = branch_orders(cell)
    assert [orders[s.id] for s in cell.of("oblique")] == [0, 1, 1]
    assert [orders[s.id] for s in cell.of("tuft")] == [0, 0]


def test_diameters_by_order_are_means_over_branches_and_the_last_holds_the_rest(cell: Morphology) -> None:
    assert diameters_by_order(cell, "oblique", 3)[:2] == pytest.approx([0.8, 0.6], rel=1e-3)
    assert np.isnan(diameters_by_order(cell, "oblique", 3)[2])
    assert diameters_by_order(cell, "oblique", 1) == pytest.approx([(0.8 + 2 * 0.6) / 3], rel=1e-3)


def test_the_taper_is_read_at_a_path_and_is_unknown_beyond_the_trunk(cell: Morphology) -> None:
    found = trunk_taper(cell, [0.0, 90.0, 400.0])
    assert found[:2] == pytest.approx([3.0, 3.0])
    assert np.isnan(found[2])


def test_four_cells_are_known_by_their_mean_sd_least_and_greatest() -> None:
    cells = np.array([7958.1, 9735.8, 9792.3, 10152.3])
    target = Target(cells.mean(), cells.std(ddof=1), cells.min(), cells.max(), "um")
    assert target.cells == pytest.approx(cells, abs=0.1)


@pytest.mark.parametrize("name", targets())
def test_the_four_cells_of_every_target_have_its_mean_and_sd(name: str) -> None:
    target = targets()[name]
    if not target.is_of_cells or name in ("taper_300", "taper_350"):  # the trunk of one cell ends before
        pytest.skip("not between four cells")
    assert target.low <= target.mean <= target.high
    assert target.cells.mean() == pytest.approx(target.mean, abs=1e-6 + 1e-6 * target.mean)
    assert target.cells.std(ddof=1) == pytest.approx(target.sd, rel=0.02, abs=0.02)


def test_every_measure_of_a_cell_has_its_target(cell: Morphology) -> None:
    assert set(data().group("clean")) <= set(measure(cell))
    assert set(measure(cell)) - set(targets()) == {"soma_surface", "oblique_longest"}
    assert len(radii()) == 13


def test_the_cell_that_made_an_end_of_a_range_is_inside_it_although_the_end_is_rounded() -> None:
    path = targets()["trunk_path"]
    assert path.holds(259.6)
    assert not path.holds(258.0)
    assert not path.holds(429.0)


def test_a_comparison_counts_in_sd_of_the_real_cells() -> None:
    length = targets()["length"]
    shifted = [{"length": value + length.sd} for value in np.tile(length.cells, 10)]
    found = compare(shifted)["length"]
    assert found.distance == pytest.approx(1.0, abs=0.01)
    assert compare([{"length": value} for value in np.tile(length.cells, 10)])["length"].p > 0.9
    assert compare([{"length": value + 9 * length.sd} for value in length.cells])["length"].p < 0.05
    assert "tips" not in compare(shifted)
