"""Write sweeps as NWB, so that they open in every program that reads recordings of a rig.

Two runs with the same content give the same bytes: the identifier is a hash of the content,
object ids are derived from it, and the dates are a constant (a simulation has no date of its
own; when it was run stands in run.json).
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cellmodel.errors import ParameterError, unknown_name
from cellmodel.recording.files import write_bytes
from cellmodel.recording.nwb_session import (
    as_json,
    field_electrodes,
    new_file,
    pipette,
    preparation_of,
    series_resistance,
    stimulus_of,
)
from cellmodel.traces import Recording
from cellmodel.units import AMPERE_PER_NANOAMP, MS_PER_SECOND, SECOND_PER_MS, VOLT_PER_MILLIVOLT

MODES = {
    "voltage_clamp": ("i", "v_command", "v_hold"),
    "current_clamp": ("v", "i_command", "i_hold"),
    "field_potential": ("v_field", "", ""),
}
"""Mode of a sweep: its response signal, its command signal, and the constant that replaces it."""

SAMPLING_TOLERANCE = 1e-6  # relative; a steadier clock than this is stored as a rate
COMPRESSION = {"compression": "gzip", "shuffle": True}
TABLE_COLUMNS = {
    "preparation": "what was clamped",
    "condition": "control, drug and so on",
    "compound": "what was washed in",
    "dose_mM": "its concentration, mM",
    "series_resistance": "of the clamp, Ohm; 0 is an ideal clamp",
}
CONDITION_COLUMNS = ("condition", "compound", "dose_mM")


class Placed(NamedTuple):
    """A sweep, its number in the file, and the time of its first sample (ms)."""

    number: int
    start: float
    sweep: Recording

    def name(self, signal: str) -> str:
        """Return what the series of a signal is called."""
        return f"sweep_{self.number:05d}_{signal}"

    @property
    def neo(self) -> dict[str, str]:
        """Block and segment, which Neo takes from the comments of a series."""
        words = (self.row[name] for name in ("preparation", "condition"))
        return {"block": ", ".join(word for word in words if word), "segment": self.name("")[:-1]}

    @property
    def row(self) -> dict[str, Any]:
        """What the table of recordings says of it beside its series."""
        meta = self.sweep.meta
        texts = {name: str(meta.get(name) or "") for name in ("preparation", "condition", "compound")}
        numbers = {"dose_mM": float(meta.get("dose_mM") or 0.0)}
        return {**texts, **numbers, "series_resistance": series_resistance(self.sweep)}


def write_nwb(path: Path, sweeps: Sequence[Recording], *, session: Mapping[str, Any]) -> None:
    """Write sweeps to one NWB file, whole or not at all; `nwb_bytes` says what they and the session need.

    Raises
    ------
    ParameterError
        As `nwb_bytes` does.
    FileError
        If the file cannot be written.
    """
    write_bytes(path, nwb_bytes(sweeps, session))


def nwb_bytes(sweeps: Sequence[Recording], session: Mapping[str, Any]) -> bytes:
    """Return the content of an NWB file with these sweeps, made in memory.

    Parameters
    ----------
    sweeps : sequence of Recording
        ``meta["mode"]`` is ``voltage_clamp`` (signal ``i`` in nA, command ``v_command`` in mV or
        the constant ``meta["v_hold"]``), ``current_clamp`` (``v`` in mV, ``i_command`` in nA or
        ``meta["i_hold"]``) or ``field_potential`` (``v_field`` in mV, with
        ``meta["electrode"] = (x, y, z)`` in um). ``preparation``, ``condition``, ``compound``,
        ``dose_mM``, ``pathway``, ``stimulus``, ``onset_ms`` (of the stimulus, from the first sample),
        ``start_ms`` (of the first sample; without it sweeps follow each other), ``r_series`` (MOhm),
        ``celsius``, ``bath`` (salt to mM), ``antagonists`` (name to mM) and ``blocked`` (targets) of ``meta``
        are used where given. Other signals become plain time series.
    session : mapping
        ``experiment``, ``description`` and ``dois`` (of related publications); everything in it is kept as
        JSON in the notes.

    Raises
    ------
    ParameterError
        If there is no sweep, or one lacks what its mode needs.
    """
    if not sweeps:
        raise ParameterError("no sweeps to write. Record at least one.")
    for number, sweep in enumerate(sweeps):
        _check(number, sweep)
    return _as_hdf5(_build(sweeps, session))


def _as_hdf5(content: Any) -> bytes:
    """Return the bytes of the file, made in memory: on a full disk HDF5 would take the process with it."""
    import h5py
    from pynwb import NWBHDF5IO

    with h5py.File("traces.nwb", "w", driver="core", backing_store=False) as file:
        NWBHDF5IO(file=file, mode="w").write(content)
        file.flush()
        return file.id.get_file_image()


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
    identifier = _digest(sweeps, session)
    content = new_file(sweeps, session, identifier)
    device = content.create_device(name="cellmodel", description="NEURON simulation of a slice rig")
    places = [s.meta["electrode"] for s in sweeps if s.meta["mode"] == "field_potential"]
    electrode_rows = field_electrodes(content, device, places)
    clamped: list[Placed] = []
    for placed in _placed(sweeps):
        if placed.sweep.meta["mode"] == "field_potential":
            _add_field(content, placed, electrode_rows)
        else:
            _add_clamp(content, placed, device)
            clamped.append(placed)
        _add_other_signals(content, placed)
    _add_hierarchy(content, clamped)
    _fix_object_ids(content, identifier)
    return content


def _placed(sweeps: Sequence[Recording]) -> Iterator[Placed]:
    """Yield each sweep at the time of its meta, the others one after another at full seconds."""
    free = 0.0
    for number, sweep in enumerate(sweeps):
        own = sweep.meta.get("start_ms")
        yield Placed(number, free if own is None else float(own), sweep)
        if own is None:
            free += MS_PER_SECOND * (1 + math.floor((sweep.t[-1] - sweep.t[0]) / MS_PER_SECOND))


def _clock(placed: Placed) -> dict[str, Any]:
    """Return the sweep's time axis in seconds: a rate where it is even, else time stamps."""
    t = placed.sweep.t
    steps = np.diff(t)
    if steps.size and np.ptp(steps) <= SAMPLING_TOLERANCE * steps.mean():
        return {
            "starting_time": placed.start * SECOND_PER_MS,
            "rate": float(1.0 / (round(steps.mean(), 9) * SECOND_PER_MS)),
        }
    return {"timestamps": _stored((t - t[0] + placed.start) * SECOND_PER_MS, np.float64)}


def _stored(values: np.ndarray, kind: type) -> Any:
    from pynwb import H5DataIO

    return H5DataIO(np.asarray(values, dtype=kind), **COMPRESSION)


def _series(placed: Placed, signal: str, about: str, values: np.ndarray, unit: float) -> dict[str, Any]:
    """Return what every kind of series is built from; ``unit`` converts to the SI unit."""
    return {
        "name": placed.name(signal),
        "description": f"{about}; {_situation(placed.sweep)}",
        "data": _stored(values, np.float32),
        "conversion": unit,
        "comments": as_json({**placed.sweep.meta, **placed.neo}),
        **_clock(placed),
    }


def _situation(sweep: Recording) -> str:
    """Return in words what was recorded from, in what, and when the stimulus came."""
    meta = sweep.meta
    parts = [preparation_of(sweep).text, str(meta.get("condition", "")), stimulus_of(sweep)]
    if meta.get("dose_mM"):
        parts.append(f"{meta['dose_mM']:g} mM {meta.get('compound', '')}".strip())
    if meta.get("pathway"):
        parts.append(f"pathway {meta['pathway']}")
    onset = meta.get("onset_ms", -float(sweep.t[0]))
    if onset > 0:
        parts.append(f"stimulus {onset:g} ms after the first sample")
    return ", ".join(part for part in parts if part)


def _add_clamp(content: Any, placed: Placed, device: Any) -> None:
    """Add one clamp sweep with its command to the table of recordings."""
    from pynwb import icephys

    sweep = placed.sweep
    response, command, constant = MODES[sweep.meta["mode"]]
    kind, recorded_as, commanded_as = ("VoltageClamp", "membrane current", "command potential")
    units = (AMPERE_PER_NANOAMP, VOLT_PER_MILLIVOLT)
    if sweep.meta["mode"] == "current_clamp":
        kind, recorded_as, commanded_as = ("CurrentClamp", "membrane potential", "injected current")
        units = (VOLT_PER_MILLIVOLT, AMPERE_PER_NANOAMP)
    given = sweep.signals.get(command, np.full(sweep.t.shape, sweep.meta.get(constant, 0.0)))
    common = {
        "electrode": pipette(content, sweep, device),
        "stimulus_description": stimulus_of(sweep),
        "sweep_number": np.uint32(placed.number),
    }
    recorded = getattr(icephys, f"{kind}Series")(
        **_series(placed, response, recorded_as, sweep[response], units[0]), **common
    )
    stimulus = getattr(icephys, f"{kind}StimulusSeries")(
        **_series(placed, command, commanded_as, given, units[1]), **common
    )
    _ensure_columns(content)
    content.add_intracellular_recording(
        electrode=common["electrode"], stimulus=stimulus, response=recorded, **placed.row
    )


def _ensure_columns(content: Any) -> None:
    """Give the table of recordings the columns of `TABLE_COLUMNS`, once."""
    table = content.get_intracellular_recordings()
    if not set(TABLE_COLUMNS) <= set(table.colnames):
        for name, about in TABLE_COLUMNS.items():
            table.add_column(name=name, description=about)


def _add_field(content: Any, placed: Placed, rows: Mapping[Any, list[int]]) -> None:
    """Add an electrical series, and as acquisition a plain one that shares its samples.

    Neo cannot open a file that has electrical series among its acquisitions (its issue 1413).
    """
    from pynwb import TimeSeries
    from pynwb.ecephys import ElectricalSeries

    sweep = placed.sweep
    place = tuple(float(x) for x in sweep.meta["electrode"])
    region = content.create_electrode_table_region(region=rows[place], description="the field electrode")
    parts = _series(placed, "v_field", "field potential", sweep["v_field"][:, None], VOLT_PER_MILLIVOLT)
    series = ElectricalSeries(**parts, electrodes=region)
    _potentials(content).add_electrical_series(series)
    shared: dict[str, Any] = {key: series for key in ("data", "timestamps") if key in parts}
    content.add_acquisition(TimeSeries(**{**parts, **shared}, unit=series.unit))


def _potentials(content: Any) -> Any:
    """Return the file's container of field potentials, made at its first use."""
    from pynwb.ecephys import LFP

    if "ecephys" not in content.processing:
        module = content.create_processing_module(name="ecephys", description="extracellular recordings")
        module.add(LFP())
    return content.processing["ecephys"]["LFP"]


def _add_other_signals(content: Any, placed: Placed) -> None:
    from pynwb import TimeSeries

    sweep = placed.sweep
    for name in sorted(set(sweep.signals) - set(MODES[sweep.meta["mode"]][:2])):
        parts = _series(placed, name, name, sweep[name], 1.0)
        content.add_acquisition(TimeSeries(**parts, unit=sweep.units[name]))


def _add_hierarchy(content: Any, clamped: Sequence[Placed]) -> None:
    """Group the recordings by preparation and stimulus, and these by condition, in the icephys tables."""
    runs: dict[tuple[Any, ...], list[int]] = {}
    for index, placed in enumerate(clamped):
        condition = tuple(placed.row[name] for name in CONDITION_COLUMNS)
        runs.setdefault((condition, placed.row["preparation"], stimulus_of(placed.sweep)), []).append(index)
    conditions: dict[tuple[Any, ...], list[int]] = {}
    for (condition, _, stimulus), indices in runs.items():
        together = [content.add_icephys_simultaneous_recording(recordings=[index]) for index in indices]
        sequence = content.add_icephys_sequential_recording(
            simultaneous_recordings=together, stimulus_type=stimulus
        )
        repetition = content.add_icephys_repetition(sequential_recordings=[sequence])
        conditions.setdefault(condition, []).append(repetition)
    for repetitions in conditions.values():
        content.add_icephys_experimental_condition(repetitions=repetitions)
    for name, values in zip(CONDITION_COLUMNS, zip(*conditions, strict=True), strict=False):
        content.icephys_experimental_conditions.add_column(
            name=name, description=TABLE_COLUMNS[name], data=list(values)
        )


def _digest(sweeps: Sequence[Recording], session: Mapping[str, Any]) -> str:
    """Return a hash of everything that is written."""
    content = hashlib.sha256(as_json(session).encode())
    for sweep in sweeps:
        content.update(as_json(sweep.meta).encode())
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
