"""Spikes and eFEL features of a trace, features of the model beside the experiment's, and a test's score."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np

from cellmodel.analysis import spike_times
from cellmodel.parameters import Parameter, load


@dataclass(frozen=True, slots=True)
class FeatureScore:
    """One feature of the model beside the experiment.

    Parameters
    ----------
    name : str
    model : float
        In ``unit``; NaN where the model does not show the feature.
    mean, sd : float
        Of the experiment, in ``unit``.
    unit : str
    """

    name: str
    model: float
    mean: float
    sd: float
    unit: str

    @property
    def score(self) -> float:
        """Return the distance from the experiment's mean in its standard deviations; NaN if missing."""
        return abs(self.model - self.mean) / self.sd


def score_feature(name: str, model: float, target: Parameter) -> FeatureScore:
    """Return a feature beside its target; the target's ``value`` is the mean and its ``sd`` is needed."""
    return FeatureScore(name, float(model), target.value, float(target.sd or math.nan), target.unit)


@dataclass(frozen=True)
class Outcome:
    """What one test found; the tests add the traces that their figures show.

    Parameters
    ----------
    test : str
        Name of the test, as in ``score_NAME``.
    features : tuple of FeatureScore
    notices : tuple of str
        What a reader of the score must know.
    """

    test: str
    features: tuple[FeatureScore, ...]
    notices: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def score(self) -> float:
        """Return the mean of the features' scores without the missing ones; NaN if all are missing."""
        return mean_score(self.features)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of the features that the model does not show."""
        return tuple(feature.name for feature in self.features if math.isnan(feature.model))

    def strict_score(self, missing_error: float | None = None) -> float:
        """Return the mean of the features' scores with every missing one counted.

        Parameters
        ----------
        missing_error : float, 1, optional
            Standard deviations that a missing feature counts; by default that of the data file. A fit
            must not gain by a cell that stops firing.
        """
        each = load("battery/battery.toml").value("missing_error") if missing_error is None else missing_error
        return mean_score(self.features, missing_error=each)


def mean_score(features: Sequence[FeatureScore], *, missing_error: float | None = None) -> float:
    """Return the mean score of some features; missing ones count ``missing_error`` or are left out."""
    scores = np.array([feature.score for feature in features])
    is_missing = np.isnan(scores)
    if missing_error is not None:
        scores[is_missing] = missing_error
        is_missing[:] = False
    return float(scores[~is_missing].mean()) if (~is_missing).any() else math.nan


def spikes_of(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return when a trace (n_t,) ms and mV crosses the battery's threshold upward, (n_spikes,) ms."""
    return spike_times(t, v, threshold=load("battery/battery.toml").value("spike_threshold"))


def efel_version() -> str:
    """Return the version of eFEL, which changes definitions between releases."""
    return version("efel")


def efel_features(
    trace: tuple[np.ndarray, np.ndarray],
    names: Sequence[str],
    *,
    start: float,
    end: float,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """Return eFEL features of one trace; eFEL's settings are global and therefore set for every call.

    Parameters
    ----------
    trace : tuple of array, (n_t,) ms and mV
        Unevenly sampled; eFEL interpolates it (every 0.1 ms unless ``settings`` say otherwise).
    names : sequence of str
        eFEL's names.
    start, end : float, ms
        Of the stimulus.
    settings : mapping, optional
        What differs from eFEL's own settings.

    Returns
    -------
    dict of str to array, (n_values,)
        Empty where the feature does not exist.
    """
    import efel

    logging.getLogger("efel").setLevel(logging.ERROR)  # it warns of every feature that does not exist
    efel.reset()
    for name, value in (settings or {}).items():
        efel.set_setting(name, value)
    t, v = (np.array(signal, dtype=float) for signal in trace)
    sweep = {"T": t, "V": v, "stim_start": [start], "stim_end": [end]}
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # means of nothing, where there is no spike
        warnings.simplefilter("ignore")
        found = efel.get_feature_values([sweep], list(names), raise_warnings=False)[0]
    efel.reset()
    return {name: np.atleast_1d([] if values is None else values) for name, values in found.items()}
