"""Input-output curve and test intensity, as the rig finds them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from cellmodel.errors import ConvergenceError
from cellmodel.parameters import load
from cellmodel.slice.field import LineSources, lead
from cellmodel.slice.options import SliceOptions
from cellmodel.slice.response import Response
from cellmodel.slice.slice import Slice
from cellmodel.units import PERCENT

SPIKE_THRESHOLD = 0.0
"""A soma that passes this voltage (mV) has fired."""


@dataclass(frozen=True)
class InputOutput:
    """Responses to growing stimuli.

    Attributes
    ----------
    fibers : array of int, (n,)
    amplitudes : array, (n,) mV
        Largest negativity of the field before the cell fires, positive numbers.
    has_spike : array of bool, (n,)
    responses : tuple of Response
    largest_fibers : int
        The strongest stimulus without a population spike: all fibers, or those that make the first cells of a
        population fire, see `input_output`.
    test_fibers : int
        The test intensity: 30-40 % of the fEPSP of ``largest_fibers``.
    test_percent : float
        Amplitude at the test intensity, % of that fEPSP.
    sources : LineSources or None
        Of the field electrode, for slices of the same cell in other processes.
    """

    fibers: np.ndarray
    amplitudes: np.ndarray
    has_spike: np.ndarray
    responses: tuple[Response, ...]
    largest_fibers: int
    test_fibers: int
    test_percent: float
    sources: LineSources | None = field(default=None, repr=False)


def amplitude(response: Response) -> float:
    """Return the largest negativity of the synaptic field potential, mV, as a positive number."""
    return float(-np.min(response.field))


def wave(response: Response) -> float:
    """Return the largest negativity of the field before any cell of the beam fires, mV, as a positive number.

    After that it is the sink of a population spike, which can be larger than any fEPSP.
    """
    fires = np.flatnonzero(response.v_soma > SPIKE_THRESHOLD)
    if not fires.size:
        return amplitude(response)
    is_before = response.t < response.t[fires[0]] - lead()
    return float(-np.min(response.field[is_before], initial=0.0))


def input_output(options: SliceOptions, *, n_points: int = 1) -> InputOutput:
    """Measure the input-output curve of the test pathway and find the test intensity.

    The one cell that stands for a population fires at its mean threshold; a population spike begins where the
    first cells do, at the share ``first_cells`` of the fibers that make this cell fire (data/slice.toml). The
    fEPSP is largest there: what a stronger stimulus gives is cut short.

    Parameters
    ----------
    options : SliceOptions
        ``fibers`` and ``pathways`` are overridden: all fibers of the test pathway. Release is its mean, also
        where the options have it random: an intensity is not found on one random trial of each.
    n_points : int
        Of the curve, evenly spread up to all fibers, beside those of the search.

    Raises
    ------
    ConvergenceError
        If a fiber more is too many and one less too few, or so few make the cell fire that none are left.
    """
    most = int(load("synapse.toml").value("pathway.n_fibers"))
    rig = Slice(replace(options, fibers=most, pathways=("test",), is_stochastic=False), is_plastic=False)
    rig.engine.end_above(SPIKE_THRESHOLD)
    found: dict[int, Response] = {}
    strongest = _strongest(rig, found, most)
    for n in np.unique(np.linspace(0, most, n_points + 1).round().astype(int))[1:].tolist():
        if n not in found:
            found[n] = _respond(rig, n)
    largest = wave(found[strongest]) if strongest else 0.0
    test, sources = _search(rig, found, largest), rig.electrode.sources
    rig.free()
    order = sorted(found)
    return InputOutput(
        fibers=np.array(order),
        amplitudes=np.array([wave(found[n]) for n in order]),
        has_spike=np.array([has_spike(found[n]) for n in order]),
        responses=tuple(found[n] for n in order),
        largest_fibers=strongest,
        test_fibers=test,
        test_percent=wave(found[test]) / largest * PERCENT,
        sources=sources,
    )


def has_spike(response: Response) -> bool:
    """Whether the soma fired."""
    return bool(np.max(response.v_soma) > SPIKE_THRESHOLD)


def _respond(rig: Slice, n: int) -> Response:
    """Return the response to ``n`` fibers, for as long as its fEPSP and spikes take."""
    rig.recruit(n)
    start = dict(rig.states)
    response = rig.stimulate("test", duration=load("slice.toml").value("window.search"))
    rig.states = start
    return response


def _strongest(rig: Slice, found: dict[int, Response], most: int) -> int:
    """Return the fibers at which a population begins to fire, ``most`` where none does; 0 if one is too many.

    Every response computed on the way is kept, that to these fibers too. The way is always the same, so that
    the test intensity does not depend on what else of the curve is asked for.
    """
    numbers = load("slice.toml").values_of("stimulation")
    found[most] = _respond(rig, most)
    if not has_spike(found[most]):
        return most
    fewest = 0
    while most - fewest > max(numbers["threshold_error"] / PERCENT * most, 1):
        middle = (fewest + most) // 2
        found[middle] = _respond(rig, middle)
        fewest, most = (fewest, middle) if has_spike(found[middle]) else (middle, most)
    strongest = int(numbers["first_cells"] / PERCENT * most)
    if strongest:
        found[strongest] = _respond(rig, strongest)
    return strongest


def _search(rig: Slice, found: dict[int, Response], largest: float) -> int:
    """Find the fewest fibers in the wanted band; every response computed on the way is kept.

    Fewest, so that the response stays below threshold in drug and after LTP too.
    """
    numbers = load("slice.toml").values_of("stimulation")
    low, high = (numbers[key] / PERCENT for key in ("target_low", "target_high"))
    if largest:
        most = _fewest(rig, found, low * largest)
        if not has_spike(found[most]) and wave(found[most]) <= high * largest:
            return most
    raise ConvergenceError(
        f"no stimulus gives an fEPSP of {numbers['target_low']:g}-{numbers['target_high']:g} % of the "
        f"largest ({largest:.2f} mV) without a spike, with the electrode {rig.electrode.height:g} um above "
        "the somata. Try another morphology, seed, biophysics, bath, or place of the electrode: the fEPSP is "
        "a negative wave in stratum radiatum only."
    )


def _fewest(rig: Slice, found: dict[int, Response], wanted: float) -> int:
    """Search for the fewest fibers whose response has the ``wanted`` amplitude (mV) or a spike.

    In turn where a straight line between what is known reaches it, and in the middle: a curve without a bend
    takes two or three. The response to one fiber less is computed too, unless there is none.
    """
    most = min(n for n in found if wave(found[n]) >= wanted or has_spike(found[n]))
    fewest = max((n for n in found if n < most), default=0)
    while most - fewest > 1:
        crossing, middle = _crossing(found, fewest, most, wanted), (fewest + most) // 2
        for n in (crossing, middle):
            if not fewest < n < most:
                continue
            found[n] = _respond(rig, n)
            if wave(found[n]) >= wanted or has_spike(found[n]):
                most = n
            else:
                fewest = n
    return most


def _crossing(found: dict[int, Response], fewest: int, most: int, wanted: float) -> int:
    """Return the fibers, between two numbers, at which a straight line comes near ``wanted`` (mV)."""
    low = wave(found[fewest]) if fewest else 0.0
    rise = wave(found[most]) - low
    share = (wanted - low) / rise if rise > 0 else 0.0
    return min(max(math.floor(fewest + share * (most - fewest)), fewest + 1), most - 1)
