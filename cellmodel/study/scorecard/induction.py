"""Evaluators of induction: pulses at 100 Hz, by the rule on calcium that is recorded in the cell."""

from __future__ import annotations

from functools import cache

import numpy as np

from cellmodel.plasticity import Rule
from cellmodel.study.scorecard.plasticity import at_test_intensity
from cellmodel.tuning.rule.fit import half_of_series, of_series
from cellmodel.tuning.rule.protocols import DRUG, SERIES, TWICE, Recorded, record_tetani
from cellmodel.units import PERCENT


@cache
def _recorded(seed: int) -> Recorded:
    return record_tetani(at_test_intensity(seed))


def tetani(*, what: str, seed: int) -> float:
    """Return a number on the fEPSP slope 60 min after 5 to 200 pulses at 100 Hz.

    Parameters
    ----------
    what : str
        ``growth``: the least that more pulses add, % of the baseline; ``saturation``: potentiation by 100
        pulses over that by 200; ``fewer``: by how many percent the drug lowers the pulses for half of what
        100 give; ``in_drug``: slope after 100 pulses in drug, read without it, % of that after 100 without.
    """
    known, rule = _recorded(seed), Rule.default()
    usual, most = of_series(known, rule), SERIES[-1]
    if what == "growth":
        return float(np.min(np.diff([usual[n] for n in SERIES])))
    if what == "saturation":
        return (usual[most] - PERCENT) / (usual[TWICE] - PERCENT)
    if what == "in_drug":
        return PERCENT * of_series(known, rule, prefix=DRUG)[most] / usual[most]
    return PERCENT * (1.0 - half_of_series(known, rule, prefix=DRUG) / half_of_series(known, rule))
