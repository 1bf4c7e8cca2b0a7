"""Ratios to control with their errors: what a compound is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.traces import read_only

MEASURES = (
    "tau_deactivation",
    "tau_desensitization",
    "steady_state_ratio",
    "peak",
    "tau_recovery",
    "epsc_peak",
    "epsc_tau_decay",
)
CONTRADICTION = 5.0  # standard errors between two ratios of one measure and dose
KNOWN = 1e6  # number of observations that stands for an error known beforehand


@dataclass(frozen=True)
class Ratios:
    """Measured ratios to control; what travels from the readers to the fit.

    Parameters
    ----------
    measures : tuple of str
        Of `MEASURES`, one for each ratio.
    doses : array, (n,) mM
    values : array, (n,) 1
    covariance : array, (n, n) 1
        Of the ratios' logarithms.
    n : array, (n,) 1
        Observations behind each; infinite where the error is known, not estimated.
    source : str
        The file or files.
    notices : tuple of str
        What has to be known of how they came about.
    """

    measures: tuple[str, ...]
    doses: np.ndarray
    values: np.ndarray
    covariance: np.ndarray
    n: np.ndarray
    source: str = ""
    notices: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("doses", "values", "covariance", "n"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @cached_property
    def logs(self) -> np.ndarray:
        """The ratios' logarithms, (n,)."""
        return np.log(self.values)

    @cached_property
    def errors(self) -> np.ndarray:
        """Relative standard errors, (n,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def tested(self) -> np.ndarray:
        """The doses, each once, increasing, mM."""
        return np.unique(self.doses)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The measures, each once."""
        return tuple(dict.fromkeys(self.measures))


def independent(
    rows: Sequence[tuple[str, float, float, float, float]], source: str, notices: tuple[str, ...] = ()
) -> Ratios:
    """Return ratios with independent errors from (measure, dose mM, ratio, relative error, n)."""
    measures, doses, values, errors, n = zip(*rows, strict=True)
    found = Ratios(
        measures, np.array(doses), np.array(values), np.diag(np.square(errors)), np.array(n), source, notices
    )
    check_contradictions(found)
    return found


def check_contradictions(ratios: Ratios) -> None:
    """Raise `ParameterError` where two ratios of one measure and dose cannot both be right."""
    for i, measure in enumerate(ratios.measures):
        for k in range(i):
            if (ratios.measures[k], ratios.doses[k]) != (measure, ratios.doses[i]):
                continue
            apart = abs(ratios.logs[i] - ratios.logs[k]) / np.hypot(ratios.errors[i], ratios.errors[k])
            if apart > CONTRADICTION:
                raise ParameterError(
                    f"{ratios.source}: {measure} at {ratios.doses[i]:g} mM is {ratios.values[k]:g} and "
                    f"{ratios.values[i]:g}, {apart:.0f} standard errors apart. They contradict each other: "
                    "correct one, or give the larger error that both share."
                )
