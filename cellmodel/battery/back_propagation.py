"""Back-propagating action potentials: the first and the last of a train at 15 Hz, along the trunk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cellmodel.analysis import window
from cellmodel.battery.dendrite import trunk_between
from cellmodel.battery.scores import (
    FeatureScore,
    Outcome,
    efel_features,
    mean_score,
    score_feature,
    spikes_of,
)
from cellmodel.parameters import Parameter, load
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.traces import Recording

DATA_FILE = "battery/back_propagation.toml"
VARIANTS = ("strong", "weak")
UNKNOWN = -1  # spikes at a current that was not tried
INTERPOLATIONS = 3  # then the interval is halved, which always ends


@dataclass(frozen=True)
class BackPropagationOutcome(Outcome):
    """Back-propagating action potentials.

    Parameters
    ----------
    variant : str
        ``strong`` or ``weak``: the propagation of the first spike to 350 um that the cell is nearer to.
    scores : mapping of str to float
        Score of both variants.
    current : float, nA
    n_spikes : int
        In the train.
    sweep : Recording or None
        ``v_soma`` and ``v_PLACE``; None where no current made the cell fire.
    paths : mapping of str to float, um
        Where every recorded place is.
    amplitudes : mapping of str to mapping of str to float, mV
        ``first`` and ``last``, by place.
    """

    variant: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    current: float = math.nan
    n_spikes: int = 0
    sweep: Recording | None = None
    paths: Mapping[str, float] = field(default_factory=dict)
    amplitudes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def back_propagation(cell: Any, *, guess: float | None = None, within: int = 0) -> BackPropagationOutcome:
    """Score the first and last spike of a train along the trunk.

    Parameters
    ----------
    cell : CA1Pyramidal
    guess : float, nA, optional
        First current tried: a good one saves sweeps.
    within : int
        The search ends as soon as the train has 15 spikes up to this many more or fewer.

    Returns
    -------
    BackPropagationOutcome
        A target distance without a trunk segment near it is missing, and a notice says so.
    """
    sites, paths = _sites(cell)
    current, sweep, n_spikes = find_train(cell, sites, guess=guess, within=within)
    amplitudes = {} if n_spikes < 2 else _amplitudes(sweep, tuple(paths))
    both = {variant: _features(variant, amplitudes, paths) for variant in VARIANTS}
    scores = {variant: mean_score(features) for variant, features in both.items()}
    variant = min(VARIANTS, key=lambda name: math.inf if math.isnan(scores[name]) else scores[name])
    return BackPropagationOutcome(
        "bap",
        both[variant],
        notices=_notices(both[variant], n_spikes, current),
        variant=variant,
        scores=scores,
        current=current,
        n_spikes=n_spikes,
        sweep=sweep,
        paths=paths,
        amplitudes=amplitudes,
    )


def find_train(
    cell: Any, sites: Mapping[str, Any], *, guess: float | None = None, within: int = 0
) -> tuple[float, Recording, int]:
    """Find the current that makes the soma fire nearest to 15 times in a second.

    Parameters
    ----------
    cell : CA1Pyramidal
    sites : mapping of str to Segment
        Recorded beside the soma.
    guess, within
        See `back_propagation`.

    Returns
    -------
    tuple of float (nA), Recording and int
        The current, its sweep and the number of spikes in the step.
    """
    stimulus = load(DATA_FILE).values_of("stimulus")
    aim, low, high = int(stimulus["spikes"]), (0.0, 0), (stimulus["highest"], UNKNOWN)
    current = stimulus["guess"] if guess is None else guess
    best: tuple[float, Recording, int] | None = None
    n_tried = 0
    while True:
        n_tried += 1
        sweep, n_spikes = _train(cell, current, sites)
        if best is None or _is_nearer(n_spikes, best[2], aim):
            best = (current, sweep, n_spikes)
        is_below = low[1] <= n_spikes < aim  # fewer spikes than at a lower current: it is being blocked
        low, high = ((current, n_spikes), high) if is_below else (low, (current, n_spikes))
        if abs(n_spikes - aim) <= within or high[0] - low[0] <= stimulus["closest"]:
            return best
        current = _next_current(low, high, aim, n_tried)


def _is_nearer(n_spikes: int, other: int, aim: int) -> bool:
    return n_spikes > 0 and (not other or abs(n_spikes - aim) < abs(other - aim))


def _next_current(low: tuple[float, int], high: tuple[float, int], aim: int, n_tried: int) -> float:
    """Return where to look next: upward until the cell fires enough, then by interpolation, then half way."""
    if high[1] == UNKNOWN:
        return min(2 * low[0], high[0])
    is_bracketed = 0 < low[1] < aim < high[1]
    share = (aim - low[1]) / (high[1] - low[1]) if is_bracketed and n_tried <= INTERPOLATIONS else 0.5
    return low[0] + share * (high[0] - low[0])


def _train(cell: Any, current: float, sites: Mapping[str, Any]) -> tuple[Recording, int]:
    stimulus = load(DATA_FILE).values_of("stimulus")
    start, duration = stimulus["rest"], stimulus["duration"]
    sweep = somatic_step(cell, CurrentStep(current, start, duration, stimulus["tail"]), sites=sites)
    times = spikes_of(sweep.t, sweep["v_soma"])
    return sweep, int(np.sum((times >= start) & (times < start + duration)))


def _sites(cell: Any) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the segments near the target distances and their paths (um), both by ``DISTANCE_NUMBER``."""
    tolerance = load(DATA_FILE).value("place.tolerance")
    sites: dict[str, Any] = {}
    paths: dict[str, float] = {}
    for distance in load(DATA_FILE).group("last"):
        near = trunk_between(cell, float(distance) - tolerance, float(distance) + tolerance)
        for k, (path, segment) in enumerate(near):
            sites[f"{distance}_{k}"], paths[f"{distance}_{k}"] = segment, path
    return sites, paths


def _amplitudes(sweep: Recording, places: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return the amplitude (mV) of the first and the last spike at every place."""
    limits, stimulus = load(DATA_FILE).values_of("spike"), load(DATA_FILE).values_of("stimulus")
    settings = {
        "interp_step": limits["interpolation"],
        "DerivativeThreshold": limits["derivative_threshold"],
    }
    found = efel_features(
        (sweep.t, sweep["v_soma"]),
        ["AP_begin_time"],
        start=stimulus["rest"],
        end=stimulus["rest"] + stimulus["duration"],
        settings=settings,
    )["AP_begin_time"]
    if len(found) < 2:
        return {}
    to_second = found[1] - found[0]
    after_first = limits["after"] if to_second > limits["after"] else to_second - limits["guard"]
    spans = {"first": (found[0], after_first), "last": (found[-1], limits["after"])}
    return {
        which: {place: _height(sweep, f"v_{place}", at - limits["before"], at + after) for place in places}
        for which, (at, after) in spans.items()
    }


def _height(sweep: Recording, signal: str, start: float, stop: float) -> float:
    _, v = window(sweep.t, sweep[signal], start, stop)
    return float(v.max() - v[0])


def _features(
    variant: str, amplitudes: Mapping[str, Mapping[str, float]], paths: Mapping[str, float]
) -> tuple[FeatureScore, ...]:
    parameters = load(DATA_FILE)
    first = {**parameters.group("first"), **parameters.group(f"first_{variant}")}
    targets: dict[str, Mapping[str, Parameter]] = {"first": first, "last": parameters.group("last")}
    return tuple(
        score_feature(f"{which}_{distance}", _mean_at(distance, amplitudes.get(which, {})), target)
        for which, by_distance in targets.items()
        for distance, target in by_distance.items()
    )


def _mean_at(distance: str, amplitudes: Mapping[str, float]) -> float:
    values = [value for place, value in amplitudes.items() if place.startswith(f"{distance}_")]
    return float(np.mean(values)) if values else math.nan


def _notices(features: tuple[FeatureScore, ...], n_spikes: int, current: float) -> tuple[str, ...]:
    stimulus = load(DATA_FILE).values_of("stimulus")
    if n_spikes < 2:
        return (f"no train: at most {n_spikes} spikes up to {stimulus['highest']:g} nA",)
    notices = []
    if not stimulus["fewest"] <= n_spikes <= stimulus["most"]:
        notices.append(f"no current gives 10-20 spikes in a second; {current:.3f} nA gives {n_spikes}")
    missing = sorted({f.name.rpartition("_")[2] for f in features if math.isnan(f.model)}, key=float)
    if missing:
        notices.append(f"no trunk segment near {', '.join(missing)} um: left out of the score")
    return tuple(notices)
