"""Sweeps in Axon Binary Format, read by pyABF where that is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.fitting.reading.checks import PULSE, Kind, as_sweep
from cellmodel.fitting.reading.sidecar import Sidecar, stimuli_of
from cellmodel.traces import Recording


def read_abf(path: Path, sidecar: Sidecar, kind: Kind = PULSE) -> list[Recording]:
    """Return the sweeps of an ABF file that the table lists, from the first channel.

    Raises
    ------
    ParameterError
        If pyABF is not installed, the file cannot be read, or its protocol is not known.
    """
    try:
        import pyabf
    except ImportError as error:
        raise ParameterError(
            "reading ABF needs pyABF: pip install 'cellmodel[abf]', or export the sweeps as CSV."
        ) from error
    path = Path(path)
    if not path.is_file():
        raise ParameterError(f"cannot read {path}: no such file. Check the path.")
    try:
        content = pyabf.ABF(str(path))
    except Exception as error:  # a damaged file fails in many ways inside the library
        raise ParameterError(f"{path.name} cannot be read as ABF: {error}. Check the file.") from error
    stimuli = stimuli_of(path, sidecar, content.sweepCount)
    return [_sweep(path, content, k, stimulus, kind) for k, stimulus in stimuli.items()]


def _sweep(path: Path, content: Any, k: int, stimulus: Any, kind: Kind) -> Recording:
    content.setSweep(k)
    name, units = f"{path.name}, sweep {k}", ("s", content.sweepUnitsY)
    t, i = np.array(content.sweepX), np.array(content.sweepY)
    return as_sweep(name, t, i, units=units, stimulus=stimulus, source=path.name, kind=kind)
