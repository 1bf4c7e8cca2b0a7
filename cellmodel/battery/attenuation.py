"""EPSP attenuation: peak at the soma over peak where the EPSP starts, along the apical trunk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.battery.dendrite import draw_places, record_inputs, trunk_between
from cellmodel.battery.scores import FeatureScore, Outcome, score_feature
from cellmodel.parameters import load
from cellmodel.traces import read_only

DATA_FILE = "battery/attenuation.toml"


@dataclass(frozen=True)
class Epsp:
    """An EPSP that started on a dendrite.

    Parameters
    ----------
    path : float, um
    t : array, (n_t,) ms
    v_soma, v_site : array, (n_t,) mV
    """

    path: float
    t: np.ndarray
    v_soma: np.ndarray
    v_site: np.ndarray

    @property
    def somatic(self) -> float:
        """Return the amplitude at the soma, mV."""
        return float(self.v_soma.max() - self.v_soma[0])

    @property
    def local(self) -> float:
        """Return the amplitude where it starts, mV."""
        return float(self.v_site.max() - self.v_site[0])

    @property
    def ratio(self) -> float:
        """Return the somatic over the local amplitude."""
        return self.somatic / self.local


@dataclass(frozen=True)
class AttenuationOutcome(Outcome):
    """EPSP attenuation, and ``epsps``: one for each place, by path."""

    epsps: tuple[Epsp, ...] = ()


def attenuation(cell: Any, *, seed: int = 1, n_places: int | None = None) -> AttenuationOutcome:
    """Score how much of an EPSP reaches the soma from the trunk.

    Parameters
    ----------
    cell : CA1Pyramidal
    seed : int
        Of the places.
    n_places : int, optional
        By default those of the protocol, 15.

    Returns
    -------
    AttenuationOutcome
        A target distance without a place near it is missing, and a notice says so.
    """
    parameters = load(DATA_FILE)
    distances, tolerance = [float(d) for d in parameters.group("ratio")], parameters.value("place.tolerance")
    every = trunk_between(cell, min(distances) - tolerance, max(distances) + tolerance)
    n_drawn = int(parameters.value("place.number")) if n_places is None else n_places
    epsps = tuple(
        trunk_epsp(cell, path, segment)
        for path, segment in draw_places(every, n_drawn, np.random.default_rng(seed))
    )
    features = tuple(
        score_feature(f"ratio_{distance}", _mean_near(float(distance), tolerance, epsps), target)
        for distance, target in parameters.group("ratio").items()
    )
    return AttenuationOutcome("attenuation", features, notices=_notices(features), epsps=epsps)


def trunk_epsp(cell: Any, path: float, segment: Any) -> Epsp:
    """Record an EPSP of about 30 pA that starts at one segment, ``path`` um from the soma."""
    stimulus = load(DATA_FILE).values_of("stimulus")
    ampa = {
        "g": stimulus["current"] / (stimulus["reversal"] - cell.v_init),  # the leak holds every place there
        **{name: stimulus[name] for name in ("rise", "decay", "reversal")},
    }
    length = stimulus["rest"] + stimulus["after"]
    t, v_soma, v_site = record_inputs(cell, segment, [stimulus["rest"]], length=length, ampa=ampa)
    return Epsp(path, read_only(t), read_only(v_soma), read_only(v_site))


def _mean_near(distance: float, tolerance: float, epsps: tuple[Epsp, ...]) -> float:
    ratios = [epsp.ratio for epsp in epsps if distance - tolerance <= epsp.path < distance + tolerance]
    return float(np.mean(ratios)) if ratios else math.nan


def _notices(features: tuple[FeatureScore, ...]) -> tuple[str, ...]:
    missing = [feature.name.rpartition("_")[2] for feature in features if math.isnan(feature.model)]
    return (f"no place within reach of {', '.join(missing)} um, which are left out",) if missing else ()
