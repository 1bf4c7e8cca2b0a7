"""What an NWB file says about itself: subject, slice, drugs and electrodes, and that all is simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from cellmodel.traces import Recording
from cellmodel.units import MEGAOHM_PER_OHM

SESSION_START = datetime(2000, 1, 1, tzinfo=UTC)
"""A simulation has no date of its own; when it was run stands in run.json."""
USER_DATA = "user data"
"""``meta["origin"]`` of a sweep that was recorded and not computed."""
LISTED_DOSES = 12
"""So many doses are a series that somebody chose."""
RAT, CHICK = "Rattus norvegicus", "Gallus gallus"
UNKNOWN_AGE = "P0D/"
RADIATUM = "CA1, stratum radiatum"
REFERENCE = "zero far from the slice: the line sources lie in an infinite homogeneous medium"


class Preparation(NamedTuple):
    """What was recorded from, in words, and the species that it is a model of."""

    text: str
    species: str = RAT
    location: str = "soma"


PREPARATIONS = {
    "ca1_patch": Preparation("outside-out patch of a CA1 pyramidal cell", location="patch"),
    "ca1_whole_cell": Preparation("CA1 pyramidal cell, puff of glutamate"),
    "ca1_cell": Preparation("CA1 pyramidal cell"),
    "culture_cell": Preparation("cultured hippocampal neuron, one compartment"),
    "ca1_slice": Preparation("CA1 region of a hippocampal slice", location=RADIATUM),
    "chick_patch": Preparation("outside-out patch of a nucleus magnocellularis neuron", CHICK, "patch"),
    "chick_cell": Preparation("nucleus magnocellularis neuron, one compartment", CHICK),
}
BLOCKERS = {"nmda": "NMDA receptors (as by D-AP5)", "na": "sodium channels (as by TTX)"}


def preparation_of(sweep: Recording) -> Preparation:
    """Return the words for a sweep's preparation."""
    name = str(sweep.meta.get("preparation") or "cell")
    return PREPARATIONS.get(name, Preparation(name))


def is_users(sweep: Recording) -> bool:
    """Whether a sweep was recorded by the user and not computed."""
    return sweep.meta.get("origin") == USER_DATA


def new_file(sweeps: Sequence[Recording], session: Mapping[str, Any], identifier: str) -> Any:
    """Return an NWB file without data that says what its sweeps come from.

    It has no keywords: Neo cannot open a file that has any (its issue 1413).

    Parameters
    ----------
    sweeps : sequence of Recording
    session : mapping
        As for `cellmodel.recording.write_nwb`.
    identifier : str
        Unique for this content.
    """
    from pynwb import NWBFile

    experiment = str(session.get("experiment", "cellmodel"))
    content = NWBFile(
        session_description=f"{experiment}: {_origin(sweeps)}.",
        identifier=identifier,
        session_start_time=SESSION_START,
        file_create_date=[SESSION_START],
        session_id=identifier[:12],
        experimenter=["Simulation, cellmodel"],
        institution="none: computed, the session's date is a constant",
        experiment_description=str(session.get("description") or experiment),
        protocol=_protocol(sweeps, session),
        pharmacology=_pharmacology(sweeps),
        slices=_slices(sweeps),
        related_publications=[f"doi:{doi}" for doi in session.get("dois", ())] or None,
        notes=as_json(session),
        source_script="cellmodel",
        source_script_file_name=experiment,
    )
    content.subject = _subject(sweeps)
    return content


def _origin(sweeps: Sequence[Recording]) -> str:
    if all(is_users(sweep) for sweep in sweeps):
        return "recorded sweeps that the user gave"
    simulated = "sweeps simulated with NEURON, no animal and no cell was recorded"
    if any(is_users(sweep) for sweep in sweeps):
        return f"{simulated}, beside recorded sweeps that the user gave (pipette_user_data)"
    return simulated


def _subject(sweeps: Sequence[Recording]) -> Any:
    """Return the animal that is modeled; a file has one, so the rat where there are models of two."""
    from pynwb.file import Subject

    models = [preparation_of(sweep) for sweep in sweeps if not is_users(sweep)]
    found = sorted({model.species for model in models}, reverse=True) or [RAT]
    about = "; ".join(dict.fromkeys(f"{model.text} ({model.species})" for model in models))
    return Subject(
        subject_id=f"simulated-{found[0].split()[0].lower()}" if models else "unknown",
        description=f"A model; no animal was used. Simulated: {about}."
        if models
        else "Of the user's recordings nothing is known here; the species is that of the model.",
        species=found[0],
        sex="U",
        age=UNKNOWN_AGE,
    )


def _protocol(sweeps: Sequence[Recording], session: Mapping[str, Any]) -> str:
    named = session.get("parameters", {}).get("protocol")
    return f"protocol {named}" if named else "; ".join(dict.fromkeys(stimulus_of(sweep) for sweep in sweeps))


def stimulus_of(sweep: Recording) -> str:
    """Return what was done in a sweep."""
    return str(sweep.meta.get("stimulus") or sweep.meta.get("kind") or "none")


def _pharmacology(sweeps: Sequence[Recording]) -> str:
    doses: dict[str, set[float]] = {}
    for sweep in sweeps:
        dose = float(sweep.meta.get("dose_mM") or 0.0)
        if dose > 0:
            doses.setdefault(str(sweep.meta.get("compound") or "compound"), set()).add(dose)
    parts = [
        f"{name} in the bath at {_concentrations(given)} mM (each recording's dose and condition stand in "
        "its comments and in the tables)"
        for name, given in doses.items()
    ]
    throughout = {name: dose for sweep in sweeps for name, dose in sweep.meta.get("antagonists", {}).items()}
    parts += [f"{name} in the bath throughout at {dose:g} mM" for name, dose in throughout.items()]
    blocked = dict.fromkeys(target for sweep in sweeps for target in sweep.meta.get("blocked", ()))
    if blocked:
        parts.append(f"blocked in clamped cells: {', '.join(BLOCKERS[target] for target in blocked)}")
    return "; ".join(parts) or "no drug"


def _concentrations(doses: set[float]) -> str:
    """Return doses in mM as words; of a drug that washes in, which has another at each sweep, the range."""
    given = list(dict.fromkeys(f"{dose:.3g}" for dose in sorted(doses)))
    return ", ".join(given) if len(given) <= LISTED_DOSES else f"{given[0]} to {given[-1]}"


def _slices(sweeps: Sequence[Recording]) -> str:
    """Return temperature and bath of each preparation."""
    texts = []
    for sweep in sweeps:
        parts = [f"simulated {preparation_of(sweep).text}"]
        if "celsius" in sweep.meta:
            parts.append(f"{sweep.meta['celsius']:g} degC")
        if "bath" in sweep.meta:
            recipe = ", ".join(f"{salt} {amount:g}" for salt, amount in sweep.meta["bath"].items())
            parts.append(f"bath (mM): {recipe}")
        texts.append(", ".join(parts))
    return "; ".join(dict.fromkeys(texts))


def pipette(content: Any, sweep: Recording, device: Any) -> Any:
    """Return the pipette of the sweep's preparation, made at its first use."""
    model, owner = preparation_of(sweep), "user_data" if is_users(sweep) else sweep.meta.get("preparation")
    name = f"pipette_{owner or 'cell'}"
    if name in content.icephys_electrodes:
        return content.icephys_electrodes[name]
    about = {"location": str(sweep.meta.get("location", model.location)), "cell_id": name}
    if is_users(sweep):
        return content.create_icephys_electrode(
            name=name, device=device, description="of the user's rig; not described in the data", **about
        )
    return content.create_icephys_electrode(
        name=name,
        device=device,
        description=f"simulated pipette on: {model.text} (model of {model.species}). {_access(sweep)}",
        seal="ideal: no leak",
        filtering=f"four-pole Bessel, {sweep.meta['filter_kHz']} kHz"
        if "filter_kHz" in sweep.meta
        else "none",
        initial_access_resistance=_access(sweep),
        **about,
    )


def series_resistance(sweep: Recording) -> float:
    """Return the series resistance of a clamp in Ohm, 0 where the clamp is ideal."""
    return float(sweep.meta.get("r_series", 0.0)) / MEGAOHM_PER_OHM


def _access(sweep: Recording) -> str:
    if "r_series" in sweep.meta:
        return (
            f"{sweep.meta['r_series']:g} MOhm, simulated in series with the clamp: what compensation leaves."
        )
    return "0 MOhm, an ideal electrode: no access resistance is simulated."


def field_electrodes(content: Any, device: Any, places: Sequence[Sequence[float]]) -> dict[Any, list[int]]:
    """Add a row to the electrode table for every position (um) and return the rows of each."""
    positions = list(dict.fromkeys(tuple(float(x) for x in place) for place in places))
    if not positions:
        return {}
    group = content.create_electrode_group(
        name="field_electrode",
        description=(
            "simulated extracellular electrode; x along the layer, y from the somata towards the tuft, "
            "z from the middle of the slice, all in um"
        ),
        location=RADIATUM,
        device=device,
    )
    for x, y, z in positions:
        content.add_electrode(
            x=x, y=y, z=z, location=RADIATUM, filtering="none", reference=REFERENCE, group=group
        )
    return {position: [row] for row, position in enumerate(positions)}


def as_json(mapping: Mapping[str, Any]) -> str:
    """Return a mapping as JSON, the same text for the same content."""
    return json.dumps(dict(mapping), sort_keys=True, default=_plain)


def _plain(item: Any) -> Any:
    """Turn arrays, mappings and paths into what JSON knows."""
    if isinstance(item, np.ndarray | np.generic):
        return item.tolist()
    return dict(item) if isinstance(item, Mapping) else str(item)
