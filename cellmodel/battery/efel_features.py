"""Features of a trace by eFEL, whose settings are global and are therefore set for every call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np


def efel_version() -> str:
    """Return the version of eFEL, which changes definitions between releases."""
    return version("efel")


def efel_features(
    trace: tuple[np.ndarray, np.ndarray],
    names: Sequence[str],
    *,
    start: float,
    end: float,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """Return eFEL features of one trace.

    Parameters
    ----------
    trace : tuple of array, (n_t,) ms and mV
        Unevenly sampled; eFEL interpolates it (every 0.1 ms unless ``settings`` say otherwise).
    names : sequence of str
        eFEL's names.
    start, end : float, ms
        Of the stimulus.
    settings : mapping, optional
        What differs from eFEL's own settings.

    Returns
    -------
    dict of str to array, (n_values,)
        Empty where the feature does not exist.
    """
    import efel

    efel.reset()
    for name, value in (settings or {}).items():
        efel.set_setting(name, value)
    t, v = (np.array(signal, dtype=float) for signal in trace)
    sweep = {"T": t, "V": v, "stim_start": [start], "stim_end": [end]}
    found = efel.get_feature_values([sweep], list(names), raise_warnings=False)[0]
    efel.reset()
    return {name: np.atleast_1d([] if values is None else values) for name, values in found.items()}
