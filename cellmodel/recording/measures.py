"""The rows of measures.csv: one number each, with all that says where it came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cellmodel.errors import ParameterError
from cellmodel.recording.files import write_text
from cellmodel.recording.vocabulary import (
    check_condition,
    check_finite,
    check_ltp_percent,
    check_unit,
    check_word,
    vocabulary,
)

SIGNIFICANT_DIGITS = 8
NUMBER_COLUMNS = ("dose_mM", "time_min", "value", "n", "sd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of measures.csv; what does not apply is left at its default and written empty.

    Parameters
    ----------
    experiment, preparation, condition, compound, pathway : str
        Words of ``data/vocabulary.toml`` (experiment and compound are free).
    dose_mM : float, mM
        Concentration of the compound, at least 0.
    time_min : float, min
        Minutes since the start; for ``ltp_percent`` since the last conditioning pulse.
    measure, unit : str
        What was measured and one of the units in which it is given.
    value, sd : float
        Mean and standard deviation in ``unit``.
    n : int
        Number of responses behind the value; 0 where it was predicted from others.

    Raises
    ------
    ParameterError
        For a word that is not in the vocabulary, a wrong unit, or a number that is not finite.
    """

    experiment: str
    preparation: str = ""
    condition: str = ""
    compound: str = ""
    dose_mM: float | None = None
    pathway: str = ""
    time_min: float | None = None
    measure: str
    value: float
    unit: str
    n: int | None = None
    sd: float | None = None

    def __post_init__(self) -> None:
        words = vocabulary()
        if self.measure not in words["measures"]:
            check_word("measure", self.measure or "(empty)", words["measures"])
        check_word("preparation", self.preparation, words["preparations"])
        check_word("pathway", self.pathway, words["pathways"])
        check_unit(self.measure, self.unit)
        if self.value is None:
            raise ParameterError(f"{self.measure} has no value. Leave the row out.")
        check_finite(f"value of {self.measure}", self.value)
        check_finite("time_min", self.time_min)
        for field in ("dose_mM", "n", "sd"):
            check_finite(field, getattr(self, field), lowest=0.0)
        if self.measure == "ltp_percent":
            check_ltp_percent(self.condition, self.time_min)
        else:
            check_condition(self.experiment, self.measure, self.condition)


COLUMNS = tuple(field.name for field in fields(Measure))


def write_measures(path: Path, rows: Iterable[Measure]) -> None:
    """Write rows as tidy CSV, whole or not at all; numbers have 8 significant digits.

    Parameters
    ----------
    path : Path
        The file to write; its folder is made where it does not exist.
    rows : iterable of Measure
        Written in the order given.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(row, column)) for column in COLUMNS] for row in rows)
    write_text(path, text.getvalue())


def read_measures(path: Path) -> list[Measure]:
    """Read what `write_measures` wrote; an empty cell comes back as the column's default."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror}. Check the path.") from error
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ParameterError(f"{path} has columns {reader.fieldnames}. Expected: {', '.join(COLUMNS)}.")
    return [_row(path, line) for line in reader]


def _cell(item: Any) -> str:
    if item is None or isinstance(item, str):
        return item or ""
    return f"{float(item) + 0.0:.{SIGNIFICANT_DIGITS}g}"  # adding 0.0 turns -0.0 into 0


def _row(path: Path, line: dict[str, str]) -> Measure:
    try:
        given: dict[str, Any] = {c: float(line[c]) for c in NUMBER_COLUMNS if line[c]}
        given |= {c: line[c] for c in COLUMNS if c not in NUMBER_COLUMNS}
        if "n" in given:
            given["n"] = int(given["n"])
        return Measure(**given)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"{path}: row {line} cannot be read: {error}.") from error
