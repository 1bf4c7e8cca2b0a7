"""Write sweeps as NWB, so that they open in every program that reads recordings of a rig.

Two runs with the same content give the same bytes: the identifier is a hash of the content,
object ids are derived from it, and the dates are a constant (a simulation has no date of its
own; when it was run stands in run.json).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError, unknown_name
from cellmodel.recording.files import replacing
from cellmodel.traces import Recording
from cellmodel.units import AMPERE_PER_NANOAMP, SECOND_PER_MS, VOLT_PER_MILLIVOLT

SESSION_START = datetime(2000, 1, 1, tzinfo=UTC)
MODES = {
    "voltage_clamp": ("i", "v_command", "v_hold"),
    "current_clamp": ("v", "i_command", "i_hold"),
    "field_potential": ("v_field", "", ""),
}
"""Mode of a sweep: its response signal, its command signal, and the constant that replaces it."""

SAMPLING_TOLERANCE = 1e-6  # relative; a steadier clock than this is stored as a rate
COMPRESSION = {"compression": "gzip", "shuffle": True}


def write_nwb(path: Path, sweeps: Sequence[Recording], *, session: Mapping[str, Any]) -> None:
    """Write sweeps to one NWB file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file to write.
    sweeps : sequence of Recording
        ``meta["mode"]`` is ``voltage_clamp`` (signal ``i`` in nA, command ``v_command`` in mV or
        the constant ``meta["v_hold"]``), ``current_clamp`` (``v`` in mV, ``i_command`` in nA or
        ``meta["i_hold"]``) or ``field_potential`` (``v_field`` in mV, with
        ``meta["electrode"] = (x, y, z)`` in um). ``preparation``, ``condition``, ``compound``,
        ``dose_mM``, ``pathway``, ``stimulus`` and ``start_ms`` of ``meta`` are used where given.
        Other signals become plain time series.
    session : mapping
        ``experiment`` and ``description``; everything in it is kept as JSON in the notes.

    Raises
    ------
    ParameterError
        If there is no sweep, a sweep lacks what its mode needs, or the file cannot be written.
    """
    from pynwb import NWBHDF5IO

    if not sweeps:
        raise ParameterError("no sweeps to write. Record at least one.")
    for number, sweep in enumerate(sweeps):
        _check(number, sweep)
    content = _build(sweeps, session)
    with replacing(path) as part, NWBHDF5IO(str(part), "w") as io:
        io.write(content)


def _check(number: int, sweep: Recording) -> None:
    mode = sweep.meta.get("mode", "")
    if mode not in MODES:
        raise unknown_name(f"mode of sweep {number}", str(mode), MODES)
    response, command, constant = MODES[mode]
    if response not in sweep.signals:
        raise ParameterError(f"sweep {number} ({mode}) has no signal {response!r}. Add it.")
    if command and command not in sweep.signals and constant not in sweep.meta:
        raise ParameterError(f"sweep {number} ({mode}) has no signal {command!r} and no meta {constant!r}.")
    if mode == "field_potential" and len(sweep.meta.get("electrode", ())) != 3:
        raise ParameterError(f"sweep {number} (field_potential) needs meta 'electrode' = (x, y, z) in um.")


def _build(sweeps: Sequence[Recording], session: Mapping[str, Any]) -> Any:
    """Return the NWB file object with all sweeps and fixed ids."""
    from pynwb import NWBFile
    from pynwb.file import Subject

    identifier = _digest(sweeps, session)
    content = NWBFile(
        session_description=str(session.get("description", "simulation of a slice rig")),
        identifier=identifier,
        session_start_time=SESSION_START,
        file_create_date=[SESSION_START],
        experiment_description=str(session.get("experiment", "")),
        notes=_as_json(session),
        source_script="cellmodel",
        source_script_file_name=str(session.get("experiment", "cellmodel")),
    )
    content.subject = Subject(
        subject_id="simulated rat",
        description="A model; no animal was used.",
        species="Rattus norvegicus",
        sex="U",
        age="P0D/",
    )
    _add_sweeps(content, sweeps)
    _fix_object_ids(content, identifier)
    return content


def _add_sweeps(content: Any, sweeps: Sequence[Recording]) -> None:
    device = content.create_device(name="cellmodel", description="NEURON simulation of a slice rig")
    regions = _add_field_electrodes(content, device, sweeps)
    rows: dict[tuple[str, str], list[int]] = {}
    for number, sweep in enumerate(sweeps):
        if sweep.meta["mode"] == "field_potential":
            _add_field(content, number, sweep, regions)
        else:
            key = (str(sweep.meta.get("condition", "")), str(sweep.meta.get("stimulus", sweep.meta["mode"])))
            rows.setdefault(key, []).append(_add_clamp(content, number, sweep, device))
        _add_other_signals(content, number, sweep)
    _add_hierarchy(content, rows)


def _name(number: int, suffix: str) -> str:
    return f"sweep_{number:05d}_{suffix}"


def _clock(sweep: Recording) -> dict[str, Any]:
    """Return the sweep's time axis in seconds: a rate where it is even, else time stamps."""
    start = float(sweep.meta.get("start_ms", 0.0))
    steps = np.diff(sweep.t)
    if steps.size and np.ptp(steps) <= SAMPLING_TOLERANCE * steps.mean():
        return {
            "starting_time": (start + float(sweep.t[0])) * SECOND_PER_MS,
            "rate": float(1.0 / (round(steps.mean(), 9) * SECOND_PER_MS)),
        }
    return {"timestamps": _stored((sweep.t + start) * SECOND_PER_MS, np.float64)}


def _stored(values: np.ndarray, kind: type) -> Any:
    from pynwb import H5DataIO

    return H5DataIO(np.asarray(values, dtype=kind), **COMPRESSION)


def _series(number: int, sweep: Recording, suffix: str, values: np.ndarray, unit: float) -> dict[str, Any]:
    """Return what every kind of series is built from; ``unit`` converts to the SI unit."""
    return {
        "name": _name(number, suffix),
        "data": _stored(values, np.float32),
        "conversion": unit,
        "comments": _as_json(sweep.meta),
        **_clock(sweep),
    }


def _add_clamp(content: Any, number: int, sweep: Recording, device: Any) -> int:
    """Add one clamp sweep with its command and return its row in the recordings table."""
    from pynwb import icephys

    response, command, constant = MODES[sweep.meta["mode"]]
    is_voltage_clamp = sweep.meta["mode"] == "voltage_clamp"
    kinds = ("VoltageClamp", AMPERE_PER_NANOAMP, VOLT_PER_MILLIVOLT)
    if not is_voltage_clamp:
        kinds = ("CurrentClamp", VOLT_PER_MILLIVOLT, AMPERE_PER_NANOAMP)
    given = sweep.signals.get(command, np.full(sweep.t.shape, sweep.meta.get(constant, 0.0)))
    common = {"electrode": _electrode(content, sweep, device), "gain": 1.0, "sweep_number": np.uint32(number)}
    recorded = getattr(icephys, f"{kinds[0]}Series")(
        **_series(number, sweep, response, sweep[response], kinds[1]), **common
    )
    stimulus = getattr(icephys, f"{kinds[0]}StimulusSeries")(
        **_series(number, sweep, command, given, kinds[2]), **common
    )
    return content.add_intracellular_recording(
        electrode=common["electrode"], stimulus=stimulus, response=recorded
    )


def _electrode(content: Any, sweep: Recording, device: Any) -> Any:
    """Return the pipette of the sweep's preparation, made at its first use."""
    name = f"pipette_{sweep.meta.get('preparation') or 'cell'}"
    if name in content.icephys_electrodes:
        return content.icephys_electrodes[name]
    return content.create_icephys_electrode(
        name=name,
        device=device,
        description="simulated pipette",
        location=str(sweep.meta.get("location", "soma")),
    )


def _add_field_electrodes(content: Any, device: Any, sweeps: Sequence[Recording]) -> dict[Any, Any]:
    """Add one row to the electrode table for every position and return a region for each."""
    places = [s.meta["electrode"] for s in sweeps if s.meta["mode"] == "field_potential"]
    positions = list(dict.fromkeys(tuple(float(x) for x in place) for place in places))
    if not positions:
        return {}
    group = content.create_electrode_group(
        name="field_electrode",
        description="extracellular electrode; x, y, z in um from the soma, +y towards the apical tuft",
        location="CA1, stratum radiatum",
        device=device,
    )
    for x, y, z in positions:
        content.add_electrode(x=x, y=y, z=z, location="CA1, stratum radiatum", group=group)
    return {p: [row] for row, p in enumerate(positions)}


def _add_field(content: Any, number: int, sweep: Recording, rows: Mapping[Any, list[int]]) -> None:
    from pynwb.ecephys import ElectricalSeries

    place = tuple(float(x) for x in sweep.meta["electrode"])
    region = content.create_electrode_table_region(region=rows[place], description="the field electrode")
    parts = _series(number, sweep, "v_field", sweep["v_field"][:, None], VOLT_PER_MILLIVOLT)
    content.add_acquisition(ElectricalSeries(**parts, electrodes=region))


def _add_other_signals(content: Any, number: int, sweep: Recording) -> None:
    from pynwb import TimeSeries

    used = MODES[sweep.meta["mode"]][:2]
    for name in sorted(set(sweep.signals) - set(used)):
        parts = _series(number, sweep, name, sweep[name], 1.0)
        content.add_acquisition(TimeSeries(**parts, unit=sweep.units[name]))


def _add_hierarchy(content: Any, rows: Mapping[tuple[str, str], Sequence[int]]) -> None:
    """Group the recordings by stimulus and condition in the icephys tables."""
    conditions: dict[str, list[int]] = {}
    for (condition, stimulus), recordings in rows.items():
        together = [content.add_icephys_simultaneous_recording(recordings=[row]) for row in recordings]
        sequence = content.add_icephys_sequential_recording(
            simultaneous_recordings=together, stimulus_type=stimulus
        )
        repetition = content.add_icephys_repetition(sequential_recordings=[sequence])
        conditions.setdefault(condition, []).append(repetition)
    for repetitions in conditions.values():
        content.add_icephys_experimental_condition(repetitions=repetitions)
    if conditions:
        content.icephys_experimental_conditions.add_column(
            name="condition", description="control, drug and so on", data=list(conditions)
        )


def _as_json(mapping: Mapping[str, Any]) -> str:
    return json.dumps(dict(mapping), sort_keys=True, default=_plain)


def _plain(item: Any) -> Any:
    """Turn arrays, mappings and paths into what JSON knows."""
    if isinstance(item, np.ndarray | np.generic):
        return item.tolist()
    return dict(item) if isinstance(item, Mapping) else str(item)


def _digest(sweeps: Sequence[Recording], session: Mapping[str, Any]) -> str:
    """Return a hash of everything that is written."""
    content = hashlib.sha256(_as_json(session).encode())
    for sweep in sweeps:
        content.update(_as_json(sweep.meta).encode())
        content.update(np.ascontiguousarray(sweep.t).tobytes())
        for name in sorted(sweep.signals):
            content.update(f"{name} {sweep.units[name]}".encode())
            content.update(np.ascontiguousarray(sweep[name]).tobytes())
    return content.hexdigest()


def _fix_object_ids(content: Any, identifier: str) -> None:
    """Replace the random ids of all objects by ones that follow from the content.

    The library draws them at construction and offers no argument for it; the attribute is its
    own private one.
    """
    space = uuid.uuid5(uuid.NAMESPACE_OID, identifier)
    for item in list(content.objects.values()):
        item._AbstractContainer__object_id = str(uuid.uuid5(space, _place(item)))


def _place(item: Any) -> str:
    return (_place(item.parent) + "/" if item.parent is not None else "") + item.name
