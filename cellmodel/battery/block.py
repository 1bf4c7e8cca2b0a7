"""Depolarization block: the current with most spikes, the current below block, and the plateau in block."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cellmodel.analysis import mean_over
from cellmodel.battery.scores import FeatureScore, Outcome, score_feature, spikes_of
from cellmodel.parameters import load
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.traces import Recording

DATA_FILE = "battery/block.toml"


@dataclass(frozen=True)
class BlockOutcome(Outcome):
    """Depolarization block.

    Parameters
    ----------
    currents, spikes : tuple, (n_currents,) nA and 1
        Of the sweeps that were needed.
    sweeps : mapping of str to Recording
        ``most_spikes`` and, where there is block, ``block``.
    penalty : float, 1
        For the currents between most spikes and block.
    """

    currents: tuple[float, ...] = ()
    spikes: tuple[int, ...] = ()
    sweeps: Mapping[str, Recording] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def is_blocked(self) -> bool:
        """Whether the cell entered block after a single maximum of its spike count."""
        return not self.missing

    @property
    def score(self) -> float:
        """Return the mean of ``|z|`` plus the penalty; 100 without block."""
        if not self.is_blocked:
            return load(DATA_FILE).value("score.no_block")
        return super().score + self.penalty

    def strict_score(self, missing_error: float | None = None) -> float:
        """Return the score as it is: no block has a number already."""
        return self.score


@dataclass(frozen=True, slots=True)
class _Response:
    """One sweep: its spikes, and the plateau (mV), NaN where it still fires at the end of the step."""

    sweep: Recording
    n_spikes: int
    plateau: float


def block(
    cell: Any, *, highest: float | None = None, spacing: float | None = None, guess: float = 0.0
) -> BlockOutcome:
    """Raise the current into the soma until the cell is blocked.

    Parameters
    ----------
    cell : CA1Pyramidal
    highest : float, nA, optional
        Where to give up; by default that of the protocol, 1.6 nA.
    spacing : float, nA, optional
        Between currents; by default that of the protocol, 0.05 nA.
    guess : float, nA
        Where the search begins, below block: a good one saves sweeps.

    Returns
    -------
    BlockOutcome
    """
    stimulus = load(DATA_FILE).values_of("stimulus")
    top = stimulus["highest"] if highest is None else highest
    between = stimulus["spacing"] if spacing is None else spacing
    currents = np.round(np.arange(0.0, top + between / 2, between), 9)
    stride = max(1, round(stimulus["stride"] * stimulus["spacing"] / between))
    known: dict[int, _Response] = {}

    def respond(k: int) -> _Response:
        if k not in known:
            known[k] = _respond(cell, float(currents[k]))
        return known[k]

    start = int(np.argmin(np.abs(currents - guess)))
    most, blocked = find_block(respond, len(currents), stride=stride, start=start)
    sweeps = {"most_spikes": known[most[0]].sweep}
    if blocked is not None:
        sweeps["block"] = known[blocked].sweep
    plateau = math.nan if blocked is None else known[blocked].plateau
    below = math.nan if blocked is None else float(currents[blocked - 1])
    order = sorted(known)
    return BlockOutcome(
        "block",
        _features(float(currents[most[0]]), below, plateau),
        notices=_notices(currents, most, blocked),
        currents=tuple(float(currents[k]) for k in order),
        spikes=tuple(known[k].n_spikes for k in order),
        sweeps=sweeps,
        penalty=_penalty(float(currents[most[0]]), below),
    )


def find_block(
    respond: Callable[[int], Any], n_currents: int, *, stride: int, start: int = 0
) -> tuple[tuple[int, ...], int | None]:
    """Find where spikes are most and where block begins, with as few sweeps as will do.

    Parameters
    ----------
    respond : callable
        Gives the response to the k-th current: ``n_spikes`` and ``plateau`` (NaN: it fires to the end).
    n_currents : int
    stride : int
        Currents between those of the first pass.
    start : int
        Where the first pass begins; at 0 unless the cell fires there to the end.

    Returns
    -------
    tuple of (tuple of int, int or None)
        The currents with most spikes (one, or several where there is a tie), and the first blocked one
        above the maximum; None without block or with a tie.

    Notes
    -----
    The outcome is that of all currents where the count rises to one maximum, falls, and a blocked cell
    stays blocked at higher currents.
    """
    if start and not math.isnan(respond(start).plateau):
        start = 0
    fires, blocked = _first_pass(respond, n_currents, stride, start)
    if blocked is None and stride > 1 and not math.isnan(respond(n_currents - 1).plateau):
        fires, blocked = _first_pass(
            respond, n_currents, 1, start
        )  # it fires between two currents of the pass
    while blocked is not None and blocked - fires > 1:
        middle = (fires + blocked) // 2
        if _is_blocked(respond(middle), respond(fires).n_spikes):
            blocked = middle
        else:
            fires = middle
    most = _climb_down(respond, fires)
    if blocked is None or len(most) > 1 or respond(most[0]).n_spikes == 0:
        return most, None
    return most, next(k for k in range(most[0] + 1, blocked + 1) if not math.isnan(respond(k).plateau))


def _first_pass(
    respond: Callable[[int], Any], n_currents: int, stride: int, start: int
) -> tuple[int, int | None]:
    """Return the last current of a coarse pass that fires to the end, and the first that is blocked."""
    fires, most = start, 0
    for k in sorted({*range(start, n_currents, stride), n_currents - 1}):
        response = respond(k)
        if _is_blocked(response, most):
            return fires, k
        fires, most = k, max(most, response.n_spikes)
    return fires, None


def _is_blocked(response: Any, most: int) -> bool:
    """Whether a cell is silent at the end of the step, with fewer spikes than it can fire."""
    return not math.isnan(response.plateau) and response.n_spikes < most


def _climb_down(respond: Callable[[int], Any], top: int) -> tuple[int, ...]:
    """Return the currents with most spikes, walking down from ``top`` until the count falls."""
    k = top
    while k > 0 and respond(k - 1).n_spikes >= respond(k).n_spikes:
        k -= 1
    most_spikes = respond(k).n_spikes
    return tuple(j for j in range(k, top + 1) if respond(j).n_spikes == most_spikes)


def _respond(cell: Any, current: float) -> _Response:
    stimulus = load(DATA_FILE).values_of("stimulus")
    start, duration = stimulus["rest"], stimulus["duration"]
    sweep = somatic_step(cell, CurrentStep(current, start, duration, 0.0))
    times = spikes_of(sweep.t, sweep["v_soma"])
    quiet_from = start + duration - stimulus["plateau_window"]
    is_silent = not np.any(times >= quiet_from)
    plateau = mean_over(sweep.t, sweep["v_soma"], quiet_from, start + duration) if is_silent else math.nan
    return _Response(sweep, len(times), plateau)


def _features(most: float, below: float, plateau: float) -> tuple[FeatureScore, ...]:
    target = load(DATA_FILE).group("target")
    found = {"current_most_spikes": most, "current_below_block": below, "plateau": plateau}
    return tuple(score_feature(name, value, target[name]) for name, value in found.items())


def _penalty(most: float, below: float) -> float:
    return 0.0 if math.isnan(below) else load(DATA_FILE).value("score.penalty") * abs(below - most)


def _notices(currents: np.ndarray, most: tuple[int, ...], blocked: int | None) -> tuple[str, ...]:
    if len(most) > 1:
        shown = ", ".join(f"{currents[k]:g}" for k in most)
        return (f"the spike count has no single maximum ({shown} nA), which counts as no block",)
    if blocked is None:
        return (f"no depolarization block up to {currents[-1]:g} nA",)
    if blocked > most[0] + 1:
        return (
            f"block begins only at {currents[blocked]:g} nA, after most spikes at {currents[most[0]]:g} nA",
        )
    return ()
