"""EPSP attenuation: peak at the soma over peak where the EPSP starts, along the apical trunk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.battery.dendrite import record_inputs, trunk_around
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


def attenuation(cell: Any, *, n_places: int | None = None) -> AttenuationOutcome:
    """Score how much of an EPSP reaches the soma from the trunk.

    Parameters
    ----------
    cell : CA1Pyramidal
    n_places : int, optional
        Take so many of the trunk's segments, evenly among them; by default all.

    Returns
    -------
    AttenuationOutcome
        A target distance without a place near it is missing, and a notice says so.

    Notes
    -----
    The published test draws 15 segments, in proportion to their lengths, and averages those within reach of a
    target distance. What is returned is the mean that such draws have: over every micrometer of the trunk
    within reach, by interpolation between segments. It depends on no seed and hardly on the segments.
    """
    parameters = load(DATA_FILE)
    distances, tolerance = [float(d) for d in parameters.group("ratio")], parameters.value("place.tolerance")
    places = trunk_around(cell, min(distances) - tolerance, max(distances) + tolerance)
    if n_places is not None and n_places < len(places):
        places = [places[round(k)] for k in np.linspace(0, len(places) - 1, n_places)]
    epsps = tuple(trunk_epsp(cell, path, segment) for path, segment in places)
    features = tuple(
        score_feature(f"ratio_{distance}", mean_ratio(float(distance), tolerance, epsps), target)
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


def mean_ratio(distance: float, tolerance: float, epsps: Sequence[Epsp]) -> float:
    """Return the mean ratio of EPSPs that start within reach of a distance.

    Parameters
    ----------
    distance, tolerance : float, um
    epsps : sequence of Epsp, (n_epsps,)
        By path.

    Returns
    -------
    float, 1
        Over the part of ``distance - tolerance`` to ``distance + tolerance`` that lies between the first and
        the last EPSP, linear between them; NaN where there is none.
    """
    if not epsps:
        return math.nan
    paths, ratios = ([getattr(epsp, name) for epsp in epsps] for name in ("path", "ratio"))
    low, high = max(distance - tolerance, min(paths)), min(distance + tolerance, max(paths))
    if not low < high:
        return math.nan
    knots = [low, *(path for path in paths if low < path < high), high]
    return float(np.trapezoid(np.interp(knots, paths, ratios), knots) / (high - low))


def _notices(features: tuple[FeatureScore, ...]) -> tuple[str, ...]:
    missing = [feature.name.rpartition("_")[2] for feature in features if math.isnan(feature.model)]
    return (f"no place within reach of {', '.join(missing)} um: left out of the score",) if missing else ()
