"""Field EPSPs at the test intensity: input-output curve, control and drug, paired pulses, calcium."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_rows, fepsp_values
from cellmodel.recording import Measure
from cellmodel.slice import InputOutput, Pipette, Response, Slice, SliceOptions, amplitude, input_output
from cellmodel.traces import Recording

PAIR_INTERVAL = 50.0
"""Milliseconds from the first to the second pulse of a pair."""
SHOWN = (-5.0, 60.0)
"""Milliseconds of a sweep that are kept."""
SILENT = 0.01
"""Share of the control's amplitude below which a response counts as abolished and has no time course."""


def find_intensity(options: SliceOptions, *, n_points: int = 1) -> tuple[SliceOptions, InputOutput]:
    """Find the test intensity and return the options of the slice that has just its fibers."""
    found = input_output(options, n_points=n_points)
    return replace(options, fibers=found.test_fibers), found


def intensity_text(found: InputOutput) -> str:
    """Say which intensity was chosen, and of what it is the share."""
    if found.has_spike.any():
        largest = f"the fEPSP of {found.largest_fibers}, the largest before cells fire"
    else:
        largest = "the largest fEPSP"
    chosen, percent = f"{found.test_fibers} of {found.fibers[-1]} fibers", f"{found.test_percent:.0f} %"
    return f"test intensity {chosen}: {percent} of {largest}"


def compare(rig: Slice, doses: Mapping[str, float]) -> dict[str, tuple[Response, float]]:
    """Return response and paired-pulse ratio for each condition and its dose (mM)."""
    return {condition: _respond(rig, condition, dose) for condition, dose in doses.items()}


def _respond(rig: Slice, condition: str, dose_mM: float) -> tuple[Response, float]:
    rig.wash(dose_mM)
    start = dict(rig.states)
    name = f"{condition} {dose_mM:g} mM"
    single = recorded(rig.stimulate("test"), rig, f"{name}, one pulse")
    rig.states = start
    pair = recorded(rig.stimulate("test", np.array([0.0, PAIR_INTERVAL])), rig, f"{name}, a pair")
    rig.states = start
    return single, paired_pulse_ratio(single, pair)


def recorded(response: Response, rig: Slice, name: str) -> Response:
    """Return a response as the rig records it: with the noise of its electrode where that is asked for.

    Parameters
    ----------
    response : Response
    rig : Slice
    name : str
        Of the sweep among all of this seed: it fixes the noise.
    """
    if not rig.options.has_electrode_noise:
        return response
    return Pipette.in_bath(rig.bath.celsius).record(response, seed=rig.options.seed, sweep=name)


def paired_pulse_ratio(single: Response, pair: Response) -> float:
    """Return the slope of the second response over that of the first, the tail of the first taken off.

    Slopes, which LTP is read from too: they are over when inhibition and population spikes come.

    Not a number where the first is lost in noise, or abolished.
    """
    second = pair.field[: single.field.size] - single.field
    later = replace(single, t=single.t - PAIR_INTERVAL, field=second, noise=single.noise * math.sqrt(2))
    first = _slope(single)
    return _slope(later) / first if first else math.nan


def _slope(response: Response) -> float:
    return fepsp_values(response.t, response.field, response.volley, noise=response.noise)["fepsp_slope"]


def read_amplitude(response: Response) -> float:
    """Return the amplitude of a response, mV: its largest negativity, or what is read off a noisy sweep."""
    if not response.noise:
        return amplitude(response)
    return fepsp_values(response.t, response.field, response.volley, noise=response.noise)["fepsp_amplitude"]


def rows(
    responses: Mapping[str, tuple[Response, float]],
    doses: Mapping[str, float],
    compound: str,
    *,
    largest: float = 0.0,
) -> list[Measure]:
    """Return the contract's rows for each condition.

    ``largest``: amplitude (mV) of a condition that is not among them, beside which one may be silent.
    """
    found = []
    largest = max(largest, *(read_amplitude(response) for response, _ in responses.values()))
    for condition, (response, ratio) in responses.items():
        labels = labels_of(condition, compound, doses[condition])
        silent = is_silent(response, largest)
        found += fepsp_rows(values_of(response, silent=silent), n=1, **labels)
        found += calcium_rows(response, n=1, **labels)
        if not silent and not math.isnan(ratio):
            found.append(Measure(measure="paired_pulse_ratio", value=ratio, unit="1", n=1, **labels))
    return found


def labels_of(condition: str, compound: str, dose_mM: float) -> dict[str, Any]:
    """Return the columns that all rows of one condition have in common."""
    return {
        "experiment": "field_potential",
        "preparation": "ca1_slice",
        "condition": condition,
        "compound": compound,
        "dose_mM": dose_mM,
        "pathway": "test",
    }


def is_silent(response: Response, largest: float) -> bool:
    """Whether a response is nothing beside the ``largest`` amplitude (mV) of the other conditions."""
    return read_amplitude(response) <= SILENT * largest


def values_of(response: Response, *, silent: bool = False) -> dict[str, float]:
    """Return the measures of a field EPSP; of a silent one its amplitude alone, as it has no time course."""
    if silent:
        return {"fepsp_amplitude": read_amplitude(response)}
    return fepsp_values(response.t, response.field, response.volley, noise=response.noise)


def calcium_rows(response: Response, **labels: Any) -> list[Measure]:
    """Return the rows of spine calcium: charge through AMPA and NMDA receptors, peak concentration."""
    numbers = {
        "spine_calcium_ampa": (response.calcium_ampa, "fC"),
        "spine_calcium_nmda": (response.calcium_nmda, "fC"),
        "spine_calcium_peak": (float(response.calcium.max()), "mM"),
    }
    return [Measure(measure=m, value=v, unit=u, **labels) for m, (v, u) in numbers.items()]


def sweep(response: Response, rig: Slice, condition: str, **meta: Any) -> Recording:
    """Return the field potential around a response as a sweep for traces.nwb and figures."""
    shown = (response.t >= SHOWN[0]) & (response.t <= SHOWN[1])
    electrode, compound, start = rig.electrode, rig.options.compound, response.t[shown][0]
    return Recording(
        t=response.t[shown] - start,
        signals={"v_field": response.trace[shown]},
        units={"v_field": "mV"},
        meta={
            "mode": "field_potential",
            "preparation": "ca1_slice",
            "condition": condition,
            "compound": compound.name if compound else "",
            "stimulus": "test pulse",
            "onset_ms": -float(start),
            "electrode": (0.0, electrode.height, electrode.depth),
            "bath": dict(rig.bath.recipe),
            "celsius": rig.bath.celsius,
            "antagonists": {blocker.name: dose for blocker, dose in rig.options.antagonists},
            "seed": rig.options.seed,
            **({"chamber": rig.options.chamber} if rig.options.chamber != "infinite" else {}),
            **({"electrode_noise_mV": response.noise} if response.noise else {}),
            **meta,
        },
    )
