"""The effect of rising doses on one quantity, and whether they show its half-maximal dose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from cellmodel.analysis.hill import FEWEST_DOSES, HillFit, fit_hill, half_dose
from cellmodel.errors import ConvergenceError
from cellmodel.units import PERCENT

ABSENT = 0.05
"""Share of the control by which a quantity must change, at some dose, to have a dose-response curve."""
SPAN = (0.25, 0.75)
"""The doses must hold at least the middle half of the fitted effect; outside of it a half is a guess."""
POOR = 0.95
"""Coefficient of determination below which a Hill curve does not describe the effect."""
FITTED = "fitted"
Fitted = TypeVar("Fitted")


@dataclass(frozen=True)
class DoseCurve:
    """One quantity of one preparation without and with a compound at several doses.

    Parameters
    ----------
    preparation, measure : str
        Words of ``data/vocabulary.toml``.
    doses : array, (n,) mM
        Increasing, above 0.
    ratios : array, (n,) 1
        The quantity at each dose over that without the compound.
    limit : str
        What the highest dose is, for the text: ``"the solubility"``, or empty.
    """

    preparation: str
    measure: str
    doses: np.ndarray
    ratios: np.ndarray
    limit: str = ""

    @cached_property
    def fit(self) -> HillFit | None:
        """The Hill curve, or None where there is nothing to fit; `status` says whether to trust it."""
        return self._fitted(fit_hill)

    @property
    def ec50(self) -> float | None:
        """The half-maximal dose (mM) of `fit` without the rest of it, or None."""
        return self._fitted(half_dose)

    def _fitted(self, fit: Callable[..., Fitted]) -> Fitted | None:
        if not self._has_enough or self.largest_change < ABSENT:
            return None
        try:
            return fit(self.doses, self.ratios, bottom=1.0)
        except ConvergenceError:
            return None

    @property
    def _has_enough(self) -> bool:
        return np.unique(self.doses).size >= FEWEST_DOSES

    @property
    def largest_change(self) -> float:
        """The largest departure from the control, as a share of it."""
        return float(np.max(np.abs(self.ratios - 1.0), initial=0.0))

    @cached_property
    def status(self) -> str:
        """``fitted``, or why there is no half-maximal dose.

        ``too_few_doses``, ``no_effect``, ``no_hill_curve``, ``not_saturated`` (it lies above `half_of_seen`),
        ``lacks_low_doses`` (the effect begins below the lowest) or ``not_determined`` (its interval is open).
        """
        if not self._has_enough:
            return "too_few_doses"
        return "no_effect" if self.largest_change < ABSENT else self._status_of_effect()

    @property
    def is_reported(self) -> bool:
        """Whether the half-maximal dose is worth a row: found, or extrapolated with a bounded error."""
        return self.status in (FITTED, "not_saturated") and self._is_bounded

    @property
    def _is_bounded(self) -> bool:
        return self.fit is not None and bool(np.all(np.isfinite(self.fit.ec50_interval)))

    def _status_of_effect(self) -> str:
        if self.fit is None:  # where the lowest dose has it all, any smaller half fits alike
            return "lacks_low_doses" if self.half_of_seen == self.doses[0] else "no_hill_curve"
        if self.fit.r2 < POOR:
            return "no_hill_curve"
        lowest, highest = self.fit.share(self.doses[[0, -1]])
        if highest < SPAN[1]:
            return "not_saturated"
        if lowest > SPAN[0]:
            return "lacks_low_doses"
        return FITTED if self._is_bounded else "not_determined"

    @property
    def half_of_seen(self) -> float:
        """Dose (mM) with half of the largest effect seen; of an effect that grows, ec50 is not below it."""
        effect = (self.ratios - 1.0) / (self.ratios[np.argmax(np.abs(self.ratios - 1.0))] - 1.0)
        above = int(np.argmax(effect >= 0.5))
        if above == 0:
            return float(self.doses[0])
        pair = slice(above - 1, above + 1)
        return float(np.exp(np.interp(0.5, effect[pair], np.log(self.doses[pair]))))

    @property
    def reason(self) -> str:
        """Why there is no half-maximal dose, in a clause; empty where there is one."""
        if self.status == "not_saturated":
            return (
                f"the effect does not saturate up to {self.doses[-1]:g} mM"
                f"{self.limit and f', {self.limit}'}: ec50 is extrapolated, and above "
                f"{self.half_of_seen:.2g} mM, where half of the largest effect seen is reached"
            )
        return {
            FITTED: "",
            "too_few_doses": f"a Hill curve needs {FEWEST_DOSES} doses above 0, there are "
            f"{self.doses.size}: no ec50",
            "no_effect": f"no effect, within {ABSENT * PERCENT:g} % of the control at every dose: no ec50",
            "no_hill_curve": "the dose dependence is no Hill curve: no ec50",
            "not_determined": "the doses leave the 95 % interval open: no ec50. Add doses on the rise",
            "lacks_low_doses": "the lowest dose has too much of the effect: no ec50. Give lower doses",
        }[self.status]

    def describe(self) -> dict[str, Any]:
        """Return what run.json keeps of the curve; an end of an interval that was not found is None."""
        found: dict[str, Any] = {
            "preparation": self.preparation,
            "measure": self.measure,
            "status": self.status,
            "doses_mM": self.doses,
            "ratios": self.ratios,
        }
        if self.fit is None:
            return found
        return found | {
            "half_of_largest_seen_mM": self.half_of_seen,
            "ec50_mM": self.fit.ec50,
            "ec50_standard_error_mM": _finite(self.fit.ec50_error),
            "ec50_interval_95_mM": [_finite(end) for end in self.fit.ec50_interval],
            "ec50_without_highest_dose_mM": self._without_highest(),
            "hill": self.fit.hill,
            "hill_standard_error": _finite(self.fit.hill_error),
            "hill_interval_95": [_finite(end) for end in self.fit.hill_interval],
            "largest_ratio": self.fit.top,
            "share_at_lowest_and_highest_dose": self.fit.share(self.doses[[0, -1]]),
            "r2": self.fit.r2,
        }

    def _without_highest(self) -> float | None:
        """Return the half-maximal dose (mM) that the doses but the highest give: how far it rests on that."""
        fewer = DoseCurve(self.preparation, self.measure, self.doses[:-1], self.ratios[:-1])
        return fewer.ec50


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
