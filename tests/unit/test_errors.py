"""An error says what was given, what exists, and what was probably meant."""

from __future__ import annotations

import pytest

from cellmodel import errors

NAMES = ("aniracetam", "CX614", "CX516", "vehicle")


@pytest.mark.parametrize(
    ("given", "meant"),
    [("anirazetam", "aniracetam"), ("cx614", "CX614"), ("ANIRACETAM", "aniracetam"), ("vehikel", "vehicle")],
)
def test_the_nearest_name_is_suggested(given: str, meant: str) -> None:
    said = str(errors.unknown_name("compound", given, NAMES))
    assert said.startswith(f"unknown compound {given!r}. Did you mean {meant!r}?")
    assert "Known: CX516, CX614, aniracetam, vehicle." in said


def test_nothing_is_suggested_for_a_name_like_no_other() -> None:
    assert "Did you mean" not in str(errors.unknown_name("compound", "xyz", NAMES))


def test_every_error_is_a_child_of_one() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) > 5
    assert all(issubclass(kind, errors.CellModelError) for kind in kinds)
