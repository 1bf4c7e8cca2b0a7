"""Sweeps in NWB: those that cellmodel wrote explain themselves, others need a table of their protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.fitting.reading.checks import PULSE, Kind, Stimulus, as_sweep
from cellmodel.fitting.reading.sidecar import Sidecar, stimuli_of
from cellmodel.traces import Recording
from cellmodel.units import MS_PER_SECOND

ON = 0.5  # of the largest glutamate concentration
SECONDS, AMPERES = "s", "A"


def read_nwb(path: Path, sidecar: Sidecar, kind: Kind = PULSE) -> list[Recording]:
    """Return the voltage-clamp sweeps of a file.

    Sweeps are numbered from 0 in the order of their names. Without a table those are taken that have a
    series of glutamate beside them, as traces.nwb of patch_clamp has; pairs of pulses are left out.

    Raises
    ------
    ParameterError
        If the file cannot be read or its protocol is not known.
    """
    from pynwb import NWBHDF5IO

    path = Path(path)
    if not path.is_file():
        raise ParameterError(f"cannot read {path}: no such file. Check the path.")
    try:
        with NWBHDF5IO(str(path), "r") as io:
            return _sweeps(path, io.read(), sidecar, kind)
    except ParameterError:
        raise
    except Exception as error:  # a damaged file fails in many ways inside the library
        raise ParameterError(f"{path.name} cannot be read as NWB: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _sweeps(path: Path, content: Any, sidecar: Sidecar, kind: Kind) -> list[Recording]:
    series = [s for _, s in sorted(content.acquisition.items()) if s.neurodata_type == "VoltageClampSeries"]
    if not series:
        raise ParameterError(f"{path.name} has no voltage-clamp series. Give a recording of current.")
    if any(name == path.name for name, _ in sidecar):
        stimuli = stimuli_of(path, sidecar, len(series))
    else:
        own = {k: _own(path, content, each, kind) for k, each in enumerate(series)}
        stimuli = {k: stimulus for k, stimulus in own.items() if stimulus is not None}
    if not stimuli:
        stimuli_of(path, {}, len(series))  # says that the protocol is missing
    return [_sweep(path, series[k], k, stimulus, kind) for k, stimulus in stimuli.items()]


def _sweep(path: Path, series: Any, k: int, stimulus: Stimulus, kind: Kind) -> Recording:
    values = np.asarray(series.data[:], dtype=float) * series.conversion + (series.offset or 0.0)
    t, name = _times(series, values.size), f"{path.name}, sweep {k}"
    units = (SECONDS, AMPERES)
    return as_sweep(name, t, values, units=units, stimulus=stimulus, source=path.name, kind=kind)


def _times(series: Any, size: int) -> np.ndarray:
    if series.timestamps is not None:
        return np.asarray(series.timestamps[:], dtype=float)
    return np.arange(size) / series.rate


def _own(path: Path, content: Any, series: Any, kind: Kind) -> Stimulus | None:
    return _own_epsc(series, kind) if kind.is_epsc else _own_stimulus(path, content, series)


def _own_epsc(series: Any, kind: Kind) -> Stimulus | None:
    """Return what an EPSC of cellmodel says of itself; None for other kinds and for others' files."""
    meta = _meta(series.comments)
    if "onset_ms" not in meta or any(meta.get(name) != word for name, word in kind.labels):
        return None
    return Stimulus(float(meta["dose_mM"]), float(meta["onset_ms"]), 0.0, meta.get("v_hold"))


def _own_stimulus(path: Path, content: Any, series: Any) -> Stimulus | None:
    """Return what a sweep of cellmodel says of itself; None for pairs and for others' files."""
    meta = _meta(series.comments)
    beside = content.acquisition.get(f"{series.name.removesuffix('_i')}_glutamate")
    if beside is None or "dose_mM" not in meta or "interval" in meta:
        return None
    if meta.get("application", "both") != "both":
        raise ParameterError(
            f"{path.name}: recorded with --application {meta['application']}: the drug was not in both "
            "solutions, so that it comes or goes with the glutamate. Record it with --application both."
        )
    level = np.asarray(beside.data[:])
    on = np.flatnonzero(level > ON * level.max())
    t = _times(series, level.size) * MS_PER_SECOND
    length = float(t[on[-1]] - t[on[0]])
    rounded = float(np.round(length, 1))
    return Stimulus(float(meta["dose_mM"]), float(t[on[0]] - t[0]), rounded, meta.get("v_hold"))


def _meta(comments: str) -> dict[str, Any]:
    try:
        meta = json.loads(comments)
    except (json.JSONDecodeError, TypeError):
        return {}
    return meta if isinstance(meta, dict) else {}
