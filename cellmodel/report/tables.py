"""Hold the model's numbers against the published effects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cellmodel.parameters import DATA, read_toml
from cellmodel.report.study import CROSSED, StudyResult
from cellmodel.report.style import unit_label

SHOWN, MISSED, ABSENT = "shown", "missed", "not computed"


@dataclass(frozen=True)
class Check:
    """One number of a row: its label, the number in words, and whether it is as published."""

    label: str
    text: str
    status: str


@dataclass(frozen=True)
class TableRow:
    """A published effect and the model's answer."""

    table: int
    preparation: str
    quantity: str
    effect: str
    reading: str
    checks: Sequence[Check]

    @property
    def status(self) -> str:
        """Return ``missed`` if any number misses, ``not computed`` if any is absent, else ``shown``."""
        found = {check.status for check in self.checks}
        return next(status for status in (MISSED, ABSENT, SHOWN) if status in found)


def table_rows(study: StudyResult) -> list[TableRow]:
    """Return the rows of both tables, filled from the study's measures."""
    return [_fill(study, spec) for spec in read_toml(DATA / "report" / "tables.toml")["row"]]


def number(value: float) -> str:
    """Return a number with three significant digits, without an exponent where it is readable."""
    is_readable = value == 0.0 or 1e-4 <= abs(value) < 1e6
    return f"{float(f'{value:.3g}'):.6g}" if is_readable else f"{value:.2e}"


def with_unit(value: float, unit: str) -> str:
    """Return number and unit as they are printed."""
    return f"{number(value)} {unit_label(unit)}".rstrip()


def _fill(study: StudyResult, spec: Mapping[str, Any]) -> TableRow:
    checks = [_check(study, spec["in"], item) for item in spec["checks"]]
    texts = {key: spec[key] for key in ("table", "preparation", "quantity", "effect")}
    return TableRow(**texts, reading=spec.get("reading", ""), checks=checks)


def _check(study: StudyResult, preparation: str, item: Mapping[str, Any]) -> Check:
    found = _found(study, preparation, item)
    if found is None:
        return Check(item["label"], "not computed in this run", ABSENT)
    ratio, text = found
    band = _band(study, preparation, item)
    return Check(item["label"], text + band, SHOWN if _is_met(ratio, item) else MISSED)


def _found(study: StudyResult, preparation: str, item: Mapping[str, Any]) -> tuple[float, str] | None:
    """Return the number of a check and its text, or None where it was not computed."""
    is_ratio = item.get("gain_ratio", False)
    return (_ratio_of_gains if is_ratio else _gain)(study, preparation, item)


def _band(study: StudyResult, preparation: str, item: Mapping[str, Any]) -> str:
    """Say where the number lies at the other q10 of the receptor; empty where nothing was repeated.

    A repetition may lack one, as a field EPSP with a population spike has no decay.
    """
    repeated = {
        q10: _found(replace(study, measures=rows), preparation, item)
        for q10, rows in sorted(study.bands.items())
    }
    if not any(repeated.values()):
        return ""
    found = (
        f"{number(again[0]) if again else 'none'} at q10\u00a0{q10:g}" for q10, again in repeated.items()
    )
    return f"; {', '.join(found)}"


def _gain(study: StudyResult, preparation: str, item: Mapping[str, Any]) -> tuple[float, str] | None:
    of, over = item["of"], item["over"]
    experiment = study.experiment_with(item["measure"], preparation, CROSSED)
    gain = study.gain(item["measure"], preparation, of, over, experiment)
    if gain is None:
        return None
    change = f"{number(gain.over)} → {with_unit(gain.of, gain.unit)}"
    return gain.ratio, f"×{number(gain.ratio)} ({change})"


def _ratio_of_gains(
    study: StudyResult, preparation: str, item: Mapping[str, Any]
) -> tuple[float, str] | None:
    ratio = gain_ratio(study, preparation, item["measure"])
    return None if ratio is None else (ratio, f"{ratio:.3f}")


def gain_ratio(study: StudyResult, preparation: str, measure: str) -> float | None:
    """Return the drug's gain after LTP over that before, in the crossed experiment, or None."""
    experiment = study.experiment_with(measure, preparation, CROSSED)
    if not experiment:
        return None
    before = study.gain(measure, preparation, "drug", "control", experiment)
    after = study.gain(measure, preparation, "after_ltp_drug", "after_ltp", experiment)
    return after.ratio / before.ratio if before and after else None


def _is_met(ratio: float, item: Mapping[str, Any]) -> bool:
    inclusive = item.get("low", -math.inf) <= ratio <= item.get("high", math.inf)
    return inclusive and item.get("above", -math.inf) < ratio < item.get("below", math.inf)
