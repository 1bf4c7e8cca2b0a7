"""Line sources against LFPykit, which computes the same integral for one place at a time."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.slice.sources import FEW, Lines

CONDUCTIVITY = 0.3


@pytest.fixture
def lines() -> Lines:
    """Forty segments of 1 to 30 um in every direction."""
    rng = np.random.default_rng(3)
    start = rng.uniform(-200.0, 200.0, (40, 3))
    return Lines(start, start + rng.uniform(-17.0, 17.0, (40, 3)), rng.uniform(0.3, 15.0, 40))


def of_lfpykit(lines: Lines, tips: np.ndarray) -> np.ndarray:
    """Return what `Lines.potentials` does, computed by LFPykit."""
    from lfpykit import CellGeometry, LineSourcePotential

    x, y, z = (np.column_stack([lines.start[:, k], lines.stop[:, k]]) for k in range(3))
    cell = CellGeometry(x=x, y=y, z=z, d=lines.diameter)
    return LineSourcePotential(cell, *tips.T, sigma=CONDUCTIVITY).get_transformation_matrix()


def test_places_anywhere_see_what_lfpykit_says(lines: Lines) -> None:
    tips = np.random.default_rng(4).uniform(-400.0, 400.0, (3 * FEW + 5, 3))
    np.testing.assert_allclose(lines.potentials(tips, CONDUCTIVITY), of_lfpykit(lines, tips), rtol=1e-11)


@pytest.mark.parametrize("share", [-20.0, -1.0, 0.0, 0.3, 1.0, 2.0, 20.0])
def test_places_on_an_axis_see_the_surface_as_in_lfpykit(lines: Lines, share: float) -> None:
    """Beyond either end, at it, and within a segment, where the distance from the axis is zero."""
    tips = lines.start + share * (lines.stop - lines.start)
    found = lines.potentials(tips, CONDUCTIVITY)
    assert np.all(np.isfinite(found))
    np.testing.assert_allclose(np.diag(found), np.diag(of_lfpykit(lines, tips)), rtol=1e-9)
