"""A table of measured ratios: ``measure,dose_mM,ratio``, ``sd`` or ``sem``, and perhaps ``n``."""

from __future__ import annotations

import math
from pathlib import Path

from cellmodel.errors import ParameterError, unknown_name
from cellmodel.fitting.ratios import MEASURES, Ratios, independent
from cellmodel.fitting.reading.cells import Line, above, as_mapping, check_dose, check_header, read_lines
from cellmodel.parameters import load

NEEDED, ERRORS, OPTIONAL = ("measure", "dose_mM", "ratio"), ("sd", "sem"), ("n",)
FEWEST = 3  # observations from which a standard deviation means anything
LARGEST_RATIO = 100.0
LARGEST_ERROR = 1.0  # relative; beyond it a ratio says nothing and its logarithm has no normal error
EPSC_NOTICE = (
    "ratios of EPSCs are read as those at the synapse itself: a clamp at the soma of a cell with dendrites "
    "shows less slowing and more gain, and the fit then makes too little of closing."
)
RECOVERY_NOTICE = (
    "the model leaves recovery from desensitization as it is: ratios of tau_recovery test it, they do not "
    "shape it."
)


def is_table(path: Path) -> bool:
    """Whether a CSV file is a table of ratios, by its first cell."""
    return NEEDED[0] in read_lines(path)[0].cells


def read_table(path: Path) -> Ratios:
    """Return the ratios of a table.

    Without ``n`` the ``sd`` is taken for the standard error of the ratio; with it ``sd / sqrt(n)`` is.
    ``sem`` is the standard error in either case.

    Raises
    ------
    ParameterError
        Naming line and column of what cannot be used.
    """
    header, *lines = read_lines(path)
    check_header(header, NEEDED, (*ERRORS, *OPTIONAL))
    given = [name for name in ERRORS if name in header.cells]
    if len(given) != 1:
        raise ParameterError(f"{header.place}: give the error in one column, {' or '.join(ERRORS)}.")
    if not lines:
        raise ParameterError(f"{header.place}: no ratios below the header. Give at least one.")
    rows = [_row(line, as_mapping(header, line), given[0]) for line in lines]
    return independent(rows, Path(path).name, _notices({row[0] for row in rows}))


def _notices(measures: set[str]) -> tuple[str, ...]:
    is_epsc = bool({"epsc_peak", "epsc_tau_decay"} & measures)
    return (EPSC_NOTICE,) * is_epsc + (RECOVERY_NOTICE,) * ("tau_recovery" in measures)


def _row(line: Line, cells: dict[str, str], error: str) -> tuple[str, float, float, float, float]:
    if cells["measure"] not in MEASURES:
        wrong = unknown_name("measure", cells["measure"], MEASURES)
        raise ParameterError(f"{line.place}, column measure: {wrong}")
    dose = above(line, "dose_mM", cells["dose_mM"], "Without drug the ratio is 1: leave control lines out.")
    check_dose(f"{line.place}, column dose_mM", dose)
    ratio = above(line, "ratio", cells["ratio"], "A ratio to control is above 0: correct it or leave it out.")
    if ratio > LARGEST_RATIO:
        raise ParameterError(
            f"{line.place}, column ratio: {ratio:g} is above {LARGEST_RATIO:g}. Give drug over control, "
            "not percent."
        )
    n = _count(line, cells["n"]) if cells.get("n") else math.inf
    return cells["measure"], dose, ratio, _relative(line, cells[error], error, ratio, n), n


def _relative(line: Line, text: str, error: str, ratio: float, n: float) -> float:
    """Return the relative standard error."""
    given = above(line, error, text, "A measured ratio has an error: give it.") / ratio
    if error == "sd" and math.isfinite(n):
        given /= math.sqrt(n)
    if given > LARGEST_ERROR:
        raise ParameterError(
            f"{line.place}, column {error}: the error is larger than the ratio, which then says nothing. "
            "Leave the line out or correct it."
        )
    return math.hypot(given, load("fitting.toml").value("errors.smallest"))


def _count(line: Line, text: str) -> float:
    n = above(line, "n", text, "Give the number of observations.")
    if n != round(n) or n < FEWEST:
        raise ParameterError(
            f"{line.place}, column n: {n:g}. Give a whole number of at least {FEWEST}: fewer observations "
            "have no standard deviation to speak of. Leave n empty where the error is known otherwise."
        )
    return n
