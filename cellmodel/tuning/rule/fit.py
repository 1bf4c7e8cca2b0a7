"""Fit thresholds, depression and the number of receptors to four protocols; everything else is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
from scipy.optimize import least_squares

from cellmodel.parameters import Parameter, load
from cellmodel.plasticity import Rule
from cellmodel.tuning.rule.protocols import DRUG, SERIES, TWICE, Recorded
from cellmodel.tuning.rule.replay import after
from cellmodel.units import PERCENT, from_minutes

TARGETS = "plasticity_targets.toml"
DERIVATIVE_STEP, EVALUATIONS = 3e-3, 8
THRESHOLDS, STEEPNESS = np.linspace(-0.12, 0.12, 7), (0.0, 0.5, 0.95)
"""Of the grid where the search begins: e-folds of theta_p from the start, parts of the way of order up."""
CHANGES = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
"""Of theta_p, %, at which the record shows the fitted protocols."""


def bounds() -> dict[str, tuple[float, float]]:
    """Return what the fit may move: the rule's name of it to lowest and highest value."""
    return {name: (entry.value[0], entry.value[1]) for name, entry in load(TARGETS).group("bounds").items()}


def targets(role: str) -> Mapping[str, Parameter]:
    """Return ``protocol/minutes`` to its target; role ``fitted`` or ``predicted``."""
    return load(TARGETS).group(role)


def percents(recorded: Recorded, rule: Rule, names: list[str]) -> dict[str, float]:
    """Return ``protocol/minutes`` to the fEPSP slope (%) then, without what release adds for some minutes."""
    found = {}
    for name in names:
        protocol, minutes = name.split("/")
        times = np.array([from_minutes(float(minutes))])
        (more,) = after(recorded.drives[protocol], rule, times)
        found[name] = float(recorded.slope.percent(more))
    return found


def fit(recorded: Recorded, start: Rule) -> Rule:
    """Return the rule that meets the fitted targets best, to three digits.

    Least squares over logarithms, within `bounds`, each target weighted by its spread, with a weak pull to
    the start. It begins where a grid of theta_p and order is best: by itself it may stay in a valley of blunt
    thresholds.
    """
    within, wanted = bounds(), targets("fitted")
    names = list(within)
    began = np.log([getattr(start, name) for name in names])
    pull = load(TARGETS).value("fit.pull")

    def misses(logs: np.ndarray) -> np.ndarray:
        got = percents(recorded, _moved(start, names, logs), list(wanted))
        own = [(got[key] - entry.value) / (entry.sd or 1.0) for key, entry in wanted.items()]
        return np.append(own, pull * (logs - began))

    low, high = np.log(np.array(list(within.values()))).T
    first = min(_grid(names, began, high), key=lambda logs: float(np.sum(misses(logs) ** 2)))
    found = least_squares(misses, first, bounds=(low, high), diff_step=DERIVATIVE_STEP, max_nfev=EVALUATIONS)
    return replace(start, **{n: float(f"{v:.3g}") for n, v in zip(names, np.exp(found.x), strict=True)})


def _grid(names: list[str], began: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Return where the search may begin, logarithms, each (n,)."""
    theta_p, order = names.index("theta_p"), names.index("order")
    places = []
    for along, part in product(THRESHOLDS, STEEPNESS):
        place = began.copy()
        place[theta_p] += along
        place[order] += part * (high[order] - began[order])
        places.append(place)
    return places


def _moved(rule: Rule, names: list[str], logs: np.ndarray) -> Rule:
    return replace(rule, **dict(zip(names, np.exp(logs).tolist(), strict=True)))


def of_series(recorded: Recorded, rule: Rule, *, prefix: str = "") -> dict[int, float]:
    """Return the number of pulses at 100 Hz to the fEPSP slope (%) at 60 min."""
    counts = (*SERIES, TWICE)
    found = percents(recorded, rule, [f"{prefix}pulses_{n}/60" for n in counts])
    return dict(zip(counts, found.values(), strict=True))


def half_of_series(recorded: Recorded, rule: Rule, *, prefix: str = "") -> float:
    """Return how many pulses at 100 Hz give half the LTP that a hundred give, at 60 min."""
    found = of_series(recorded, rule, prefix=prefix)
    gained = np.array([found[n] - PERCENT for n in SERIES])
    return float(np.exp(np.interp(gained[-1] / 2, gained, np.log(SERIES))))


def report(recorded: Recorded, start: Rule, rule: Rule) -> list[str]:
    """Return the record: constants before and after, and every target with what is obtained."""
    lines = [f"{'constant':<18}{'start':>10}{'fitted':>10}{'low':>10}{'high':>10}"]
    for name, (low, high) in bounds().items():
        lines.append(
            f"{name:<18}{getattr(start, name):>10.4g}{getattr(rule, name):>10.4g}{low:>10.4g}{high:>10.4g}"
        )
    for role in ("fitted", "predicted"):
        lines += ["", f"{role:<18}{'wanted':>10}{'obtained':>10}   accepted"]
        wanted = targets(role)
        for name, got in percents(recorded, rule, list(wanted)).items():
            entry = wanted[name]
            is_met = (entry.low or 0.0) <= got <= (entry.high or np.inf)
            verdict = "" if is_met else "   missed"
            lines.append(
                f"{name:<18}{entry.value:>10.4g}{got:>10.1f}   {entry.low:g}-{entry.high:g} %{verdict}"
            )
    lines += ["", "pulses at 100 Hz and slope (%) at 60 min, predicted"]
    for prefix in ("", DRUG):
        found = of_series(recorded, rule, prefix=prefix)
        shown = ", ".join(f"{n}: {value:.1f}" for n, value in found.items())
        half = half_of_series(recorded, rule, prefix=prefix)
        lines.append(f"{'in drug' if prefix else 'without drug':<18}{shown}; half at {half:.1f} pulses")
    return [*lines, "", *_sensitivity(recorded, rule)]


def _sensitivity(recorded: Recorded, rule: Rule) -> list[str]:
    """Return what the fitted protocols would give were the threshold of potentiation somewhat different."""
    wanted = targets("fitted")
    columns = [
        percents(recorded, replace(rule, theta_p=rule.theta_p * (1 + change / PERCENT)), list(wanted))
        for change in CHANGES
    ]
    lines = [
        f"{'if theta_p is':<18}" + "".join(f"{f'{change:+g} %':>9}" for change in CHANGES) + "   accepted"
    ]
    for name, entry in wanted.items():
        row = "".join(f"{column[name]:>9.1f}" for column in columns)
        lines.append(f"{name:<18}{row}   {entry.low:g}-{entry.high:g} %")
    return lines
