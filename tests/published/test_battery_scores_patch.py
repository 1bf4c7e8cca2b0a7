"""Biophysics `patch` against the published battery: what it meets, and what it misses."""

from __future__ import annotations

import pytest
from battery_goals import SHARED, goal, scores_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def score():
    yield from scores_of("patch")


@pytest.mark.parametrize("test", ["somatic_patch", *SHARED])
def test_the_score_is_under_its_goal(score, test: str) -> None:
    assert score(test) < goal(test)
