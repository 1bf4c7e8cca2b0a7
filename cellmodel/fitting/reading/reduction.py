"""Sweeps of a user's patch: checked, and reduced to ratios with the errors that repeated sweeps show.

The user's receptors need not be the shipped ones. So not the traces are fitted but ratios to the same patch's
own control, read from sweeps and model in the same way. Sweeps of one kind and dose are averaged; how much
the result changes when one of them is left out is its error (the jackknife), gating of the channels and drift
included. A ratio's error thus comes from the sweeps, not from a model of the noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.fitting.estimators import measures_after, read_response
from cellmodel.fitting.ratios import KNOWN, Ratios
from cellmodel.fitting.reading.edges import check_edges
from cellmodel.fitting.tuning import Control
from cellmodel.parameters import load
from cellmodel.traces import Recording
from cellmodel.units import PERCENT

FEWEST = 3  # sweeps that show an error of their own
LARGEST_ERROR = 0.5  # relative, of a measure that is worth a logarithm
SAME = 1e-6  # relative, of two sampling intervals


@dataclass(frozen=True)
class Reduced:
    """What the sweeps of one pulse and dose show: logarithms, their covariance, and the number of sweeps."""

    logs: np.ndarray
    covariance: np.ndarray
    n: int
    mean: Recording


Key = tuple[float, float]
"""Pulse (ms) and dose (mM)."""


@dataclass(frozen=True)
class Reduction:
    """What sweeps show.

    Attributes
    ----------
    ratios : Ratios
    means : mapping of (pulse ms, dose mM) to Recording
    control : Control
        With the errors that the ratios have of it too.
    """

    ratios: Ratios
    means: Mapping[Key, Recording]
    control: Control


def reduce(sweeps: Sequence[Recording]) -> Reduction:
    """Return the ratios that sweeps show, their averages by pulse and dose, and their control.

    Parameters
    ----------
    sweeps : sequence of Recording
        From `cellmodel.fitting.reading`.

    Raises
    ------
    ParameterError
        If a control is missing, sweeps of one kind differ in sampling or pulse, or a response has no decay.
    """
    groups = grouped(sweeps)
    reduced = {key: _reduced(group) for key, group in groups.items()}
    rows: list[tuple[str, float, int, Reduced, Reduced]] = []
    notices = list(_few(groups))
    for pulse in dict.fromkeys(pulse for pulse, _ in groups):
        rows += _rows(pulse, reduced, notices)
    found = _ratios(rows, sweeps[0].meta["source"], tuple(notices))
    return Reduction(found, {key: each.mean for key, each in reduced.items()}, _control(reduced))


def _control(reduced: Mapping[Key, Reduced]) -> Control:
    """Return what the control shows above its noise."""
    from scipy.linalg import block_diag

    own = [(pulse, each) for (pulse, dose), each in reduced.items() if dose == 0]
    places = [(name, each, k) for pulse, each in own for k, name in enumerate(measures_after(pulse))]
    names, values = tuple(name for name, _, _ in places), np.exp([each.logs[k] for _, each, k in places])
    covariance = block_diag(*(each.covariance for _, each in own))
    found = Control(names, values, covariance, np.ones(values.size, dtype=bool))
    return found.part([name for name, each, k in places if _is_seen(each, k)])


def by_pulse_and_dose(sweeps: Sequence[Recording]) -> dict[Key, list[Recording]]:
    """Return the sweeps by pulse and dose, in order of both."""
    groups: dict[Key, list[Recording]] = {}
    for sweep in sorted(sweeps, key=lambda each: (each.meta["pulse_ms"], each.meta["dose_mM"])):
        groups.setdefault((sweep.meta["pulse_ms"], sweep.meta["dose_mM"]), []).append(sweep)
    return groups


def grouped(sweeps: Sequence[Recording]) -> dict[Key, list[Recording]]:
    """Return the sweeps by pulse and dose, every one of which has its control."""
    groups = by_pulse_and_dose(sweeps)
    pulses = list(dict.fromkeys(pulse for pulse, _ in groups))
    for kind in {measures_after(pulse) for pulse in pulses}:
        same = [pulse for pulse in pulses if measures_after(pulse) == kind]
        if len(same) > 1:
            lengths = " and ".join(f"{pulse:g}" for pulse in same)
            raise ParameterError(f"pulses of {lengths} ms show the same. Fit the sweeps of one length.")
    for pulse in pulses:
        _check_group(pulse, groups)
    return groups


def _check_group(pulse: float, groups: dict[Key, list[Recording]]) -> None:
    doses = [dose for length, dose in groups if length == pulse]
    if 0.0 not in doses:
        raise ParameterError(
            f"no control sweep (dose 0) with a pulse of {pulse:g} ms: ratios need one. Add it."
        )
    if len(doses) == 1:
        raise ParameterError(f"no sweep with drug and a pulse of {pulse:g} ms. Add one.")
    sweeps = [sweep for dose in doses for sweep in groups[pulse, dose]]
    for sweep in sweeps:
        if sweep.meta["is_inward"] != sweeps[0].meta["is_inward"]:
            raise ParameterError(
                f"{sweep.meta['name']}: the current runs the other way than in {sweeps[0].meta['name']}. "
                "Control and drug have to be recorded alike: give sweeps of one holding potential."
            )
    steps = {float(np.diff(sweep.t[:2])[0]) for sweep in sweeps}
    if max(steps) > min(steps) * (1 + SAME):
        raise ParameterError(
            f"mixed sampling: sweeps with a pulse of {pulse:g} ms have one sample every {min(steps):g} ms "
            f"and every {max(steps):g} ms. Control and drug have to be recorded alike: resample them."
        )


def _few(groups: dict[Key, list[Recording]]) -> list[str]:
    few = [key for key, group in groups.items() if len(group) < FEWEST]
    if not few:
        return []
    assumed = load("fitting.toml").value("errors.one_sweep")
    which = ", ".join(f"{dose:g} mM ({pulse:g} ms)" for pulse, dose in few)
    return [
        f"fewer than {FEWEST} sweeps at {which}: they do not show their own error, and "
        f"{PERCENT * assumed:g} % is assumed. The intervals are no better than this assumption."
    ]


def _reduced(group: Sequence[Recording]) -> Reduced:
    """Average sweeps, read the average, and take the error from leaving out one sweep at a time."""
    pulse, length = group[0].meta["pulse_ms"], min(sweep.t.size for sweep in group)
    t = group[0].t[:length]
    every = np.array([sweep["response"][:length] for sweep in group])
    total = every.sum(axis=0)
    mean = Recording(t, {"response": total / len(group)}, {"response": "pA"}, _meta(group))
    check_edges(mean, len(group))
    whole = _logs(t, mean["response"], pulse, group[0])
    if len(group) < FEWEST:
        covariance = np.eye(whole.size) * load("fitting.toml").value("errors.one_sweep") ** 2
    else:
        without = np.array([_logs(t, (total - y) / (len(group) - 1), pulse, group[0]) for y in every])
        apart = without - without.mean(axis=0)
        covariance = (len(group) - 1) / len(group) * apart.T @ apart
    return Reduced(whole, covariance, len(group), mean)


def _meta(group: Sequence[Recording]) -> dict[str, Any]:
    first = dict(group[0].meta)
    if len(group) > 1:
        first["name"] = (
            f"{first['name']} and the others with {first['dose_mM']:g} mM and {first['pulse_ms']:g} ms"
        )
    return first


def _logs(t: np.ndarray, y: np.ndarray, pulse: float, sweep: Recording) -> np.ndarray:
    """Return the logarithms of what a response shows, NaN for a steady state that noise made negative."""
    found = read_response(t, y, pulse)
    if not np.isfinite(found[0]):
        raise ParameterError(f"{sweep.meta['name']}: no decay to fit. Leave the sweep out.")
    return np.log(np.where(found > 0, found, np.nan))


def _rows(
    pulse: float, reduced: dict[Key, Reduced], notices: list[str]
) -> list[tuple[str, float, int, Reduced, Reduced]]:
    """Return measure, dose, place in the logarithms, drug and control of all that this pulse shows."""
    rows = []
    for k, measure in enumerate(measures_after(pulse)):
        if not _is_seen(reduced[pulse, 0.0], k):
            notices.append(f"{measure} of control is not above its noise and is left out.")
            continue
        for (length, dose), drug in reduced.items():
            if length != pulse or dose == 0.0:
                continue
            if _is_seen(drug, k):
                rows.append((measure, dose, k, drug, reduced[pulse, 0.0]))
            else:
                notices.append(f"{measure} at {dose:g} mM is not above its noise and is left out.")
    return rows


def _is_seen(found: Reduced, k: int) -> bool:
    error = float(found.covariance[k, k]) ** 0.5
    return bool(np.isfinite(found.logs[k]) and error < LARGEST_ERROR)


def _ratios(
    rows: Sequence[tuple[str, float, int, Reduced, Reduced]], source: str, notices: tuple[str, ...]
) -> Ratios:
    """Return the ratios; those that share a control, or a drug's sweeps, share their error."""
    if not rows:
        raise ParameterError(f"{source}: no ratio could be read. Average more sweeps, or record less noise.")
    size = len(rows)
    covariance = np.eye(size) * load("fitting.toml").value("errors.smallest") ** 2
    for i, (_, _, k, drug, control) in enumerate(rows):
        for j, (_, _, m, other, same) in enumerate(rows):
            if control is same:
                covariance[i, j] += control.covariance[k, m]
            if drug is other:
                covariance[i, j] += drug.covariance[k, m]
    return Ratios(
        tuple(row[0] for row in rows),
        np.array([row[1] for row in rows]),
        np.exp([drug.logs[k] - control.logs[k] for _, _, k, drug, control in rows]),
        covariance,
        np.array([_observations(drug.n, control.n) for *_, drug, control in rows]),
        source,
        notices,
    )


def _observations(drug: int, control: int) -> float:
    """Return degrees of freedom plus 1 of a ratio; an assumed error counts as known."""
    if min(drug, control) < FEWEST:
        return KNOWN
    return float(drug + control - 1)
