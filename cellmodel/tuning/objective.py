"""What the tuning makes small: the errors of the battery's features on a cell, weighted by test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellmodel.analysis import mean_over, step_response
from cellmodel.battery.attenuation import attenuation
from cellmodel.battery.back_propagation import back_propagation
from cellmodel.battery.oblique import oblique
from cellmodel.battery.scores import FeatureScore, spikes_of
from cellmodel.battery.somatic import somatic
from cellmodel.parameters import load
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.tuning.parameters import DATA_FILE

TESTS = ("somatic", "block", "bap", "attenuation", "oblique", "passive")
WITHIN = 2  # spikes from 15 in a train: a search for the current may end there
STEADY_SHARE = 0.2  # of a step, at its end: there the plateau is read
BLOCK = ("current_below_block", "plateau")
PROBE = CurrentStep(amplitude=-0.05, start=20.0, duration=400.0, after=0.0)


@dataclass(frozen=True)
class Errors:
    """The errors of one cell.

    Parameters
    ----------
    by_test : mapping of str to array, (n_features,) 1
        Signed, in standard deviations; `TESTS` are the keys, always with the same shapes.
    missing : int
        Features that the cell does not show.
    train_current : float, nA
        That makes it fire at 15 Hz: where the next search begins.
    """

    by_test: Mapping[str, np.ndarray]
    missing: int
    train_current: float

    def scores(self) -> dict[str, float]:
        """Return the mean |error| of every test."""
        return {test: float(np.mean(np.abs(errors))) for test, errors in self.by_test.items()}

    def minus(self, other: Errors) -> dict[str, np.ndarray]:
        """Return the difference to the errors of another cell, by test."""
        return {test: errors - other.by_test[test] for test, errors in self.by_test.items()}

    def plus(self, correction: Mapping[str, np.ndarray]) -> Errors:
        """Return these errors with a difference added, by test."""
        by_test = {test: errors + correction[test] for test, errors in self.by_test.items()}
        return replace(self, by_test=by_test)

    def cost(self, weights: Mapping[str, float]) -> float:
        """Return the weighted sum of the tests' mean |errors|."""
        return float(sum(weights[test] * score for test, score in self.scores().items()))

    def residuals(self, weights: Mapping[str, float]) -> np.ndarray:
        """Return what a least-squares search gets: its squares are near the weighted |errors|.

        An error z counts as z / sqrt(1 + |z|): like a square near zero, like |z| far from it, so that
        single features far off do not rule.
        """
        return np.concatenate(
            [
                errors / np.sqrt(1.0 + np.abs(errors)) * np.sqrt(weights[test] / len(errors))
                for test, errors in self.by_test.items()
            ]
        )


def weights_of(which: str) -> dict[str, float]:
    """Return the weight of every test for the ``patch`` or the ``sharp`` set."""
    return load(DATA_FILE).values_of(f"weights.{which}")


def measure(cell: Any, which: str, *, guess: float | None = None, branches: int | None = None) -> Errors:
    """Measure every error of a cell.

    Parameters
    ----------
    cell : CA1Pyramidal
        The whole one or a surrogate.
    which : str
        ``patch`` or ``sharp``.
    guess : float, nA, optional
        Current for a train of 15 spikes.
    branches : int, optional
        Obliques that are tested; by default all that the battery takes.

    Returns
    -------
    Errors
    """
    steps = tuple(load(DATA_FILE)[f"steps.{which}"].value)
    train = back_propagation(cell, guess=guess, within=WITHIN)
    tests = {
        "somatic": somatic(cell, which, steps=steps).features,
        "block": _block_features(cell),
        "bap": train.features,
        "attenuation": attenuation(cell).features,
        "oblique": oblique(cell, n_branches=branches).features,
    }
    by_test = {test: _errors(features) for test, features in tests.items()}
    missing = sum(bool(np.isnan(one.model)) for features in tests.values() for one in features)
    return Errors({**by_test, "passive": _shortfalls(cell)}, missing, train.current)


def failed(like: Errors) -> Errors:
    """Return the errors of a cell that cannot be had: all as large as they get."""
    worst = load(DATA_FILE).value("search.failure")
    by_test = {test: np.full(len(errors), worst) for test, errors in like.by_test.items()}
    return Errors(by_test, sum(len(errors) for errors in by_test.values()), like.train_current)


def _errors(features: Iterable[FeatureScore]) -> np.ndarray:
    search = load(DATA_FILE).values_of("search")
    errors = np.array([(one.model - one.mean) / one.sd for one in features])
    errors[np.isnan(errors)] = search["missing_error"]
    return np.clip(errors, -search["most_error"], search["most_error"])


def _shortfalls(cell: Any) -> np.ndarray:
    """Return by how much input resistance, time constant and sag are too small, and 0 where they are not."""
    sweep = somatic_step(cell, PROBE)
    found = step_response(
        sweep.t, sweep["v_soma"], start=PROBE.start, duration=PROBE.duration, amplitude=PROBE.amplitude
    )
    least = load(DATA_FILE).group("at_least")
    return np.array([max(0.0, (e.value - getattr(found, k)) / float(e.sd or 1.0)) for k, e in least.items()])


def _block_features(cell: Any) -> tuple[FeatureScore, ...]:
    """Return the current below block and the plateau, from a few currents, beside the battery's targets."""
    protocol, targets = load(DATA_FILE).group("block"), load("battery/block.toml").group("target")
    duration, start = protocol["duration"].value, 20.0
    below, plateau = protocol["none"].value, float("nan")
    for current in protocol["currents"].value:
        sweep = somatic_step(cell, CurrentStep(current, start, duration, 0.0))
        late = start + (1.0 - STEADY_SHARE) * duration
        plateau = mean_over(sweep.t, sweep["v_soma"], late, start + duration)
        if not np.any(spikes_of(sweep.t, sweep["v_soma"]) > start + duration / 2):
            below = current - float(np.diff(protocol["currents"].value).mean()) / 2
            break
    return tuple(
        FeatureScore(name, model, targets[name].value, float(targets[name].sd or 1.0), targets[name].unit)
        for name, model in zip(BLOCK, (below, plateau), strict=True)
    )
