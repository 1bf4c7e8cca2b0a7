"""The words that a row of measures.csv may use, and the checks that hold it to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from cellmodel.errors import ParameterError, unknown_name
from cellmodel.parameters import DATA, read_toml


@cache
def vocabulary() -> Mapping[str, Any]:
    """Return the lists of ``data/vocabulary.toml``: columns, preparations, conditions, measures."""
    return MappingProxyType(read_toml(DATA / "vocabulary.toml"))


def check_word(kind: str, given: str, known: Any) -> None:
    """Raise `ParameterError` unless ``given`` is empty or one of ``known``."""
    if given and given not in known:
        raise unknown_name(kind, given, known)


def check_condition(experiment: str, measure: str, condition: str) -> None:
    """Raise `ParameterError` unless ``condition`` has a meaning for this measure."""
    words = vocabulary()
    if experiment in words["free_condition_experiments"]:
        return
    is_quantity = measure in words["quantity_condition_measures"]
    check_word("condition", condition, words["measures"] if is_quantity else words["conditions"])


def check_unit(measure: str, unit: str) -> None:
    """Raise `ParameterError` unless ``unit`` is one in which ``measure`` is given."""
    allowed = vocabulary()["measures"][measure]
    if unit not in allowed:
        raise ParameterError(
            f"{measure} is given in {unit!r}. Allowed: {', '.join(allowed)}. Convert it first."
        )


def check_finite(field: str, given: float | None, *, lowest: float = -math.inf) -> None:
    """Raise `ParameterError` unless ``given`` is absent or a finite number of at least ``lowest``."""
    if given is None:
        return
    if not math.isfinite(given) or given < lowest:
        raise ParameterError(
            f"{field} = {given!r} is not a finite number of at least {lowest}. "
            "Leave the row out where nothing could be measured."
        )


def check_ltp_percent(condition: str, time_min: float | None) -> None:
    """Raise `ParameterError` unless an ``ltp_percent`` row is one of those that are promised."""
    words = vocabulary()
    if condition not in words["ltp_percent_conditions"]:
        raise unknown_name("condition of ltp_percent", condition, words["ltp_percent_conditions"])
    if time_min not in words["ltp_percent_minutes"]:
        raise ParameterError(
            f"ltp_percent at {time_min} min. Allowed: {words['ltp_percent_minutes']} "
            "minutes after the last conditioning pulse."
        )
