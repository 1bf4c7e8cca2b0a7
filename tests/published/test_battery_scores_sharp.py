"""Biophysics `sharp` against the published battery: it meets every goal."""

from __future__ import annotations

import pytest
from battery_goals import SHARED, goal, scores_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def score():
    yield from scores_of("sharp")


@pytest.mark.parametrize("test", ["somatic_sharp", *SHARED])
def test_the_score_is_under_its_goal(score, test: str) -> None:
    assert score(test) < goal(test)
