"""What travels between the layers: a recording is time, named signals and how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError


@dataclass(frozen=True)
class Recording:
    """Signals that share one time axis.

    Parameters
    ----------
    t : array, (n_t,) ms
        Strictly increasing.
    signals : mapping of str to array, (n_t,)
        For example ``{"i": ..., "glutamate": ...}``.
    units : mapping of str to str
        The unit of each signal, NEURON's own (mV, nA, mM, 1).
    meta : mapping
        Preparation, condition, celsius, seed and whatever else describes the sweep.

    Raises
    ------
    ParameterError
        If a signal has another length than ``t``, has no unit or holds NaN.
    """

    t: np.ndarray
    signals: Mapping[str, np.ndarray]
    units: Mapping[str, str]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "t", read_only(self.t))
        frozen = {name: read_only(values) for name, values in self.signals.items()}
        for name, values in frozen.items():
            if values.shape != self.t.shape:
                raise ParameterError(f"signal {name!r} has shape {values.shape}, time {self.t.shape}.")
            if name not in self.units:
                raise ParameterError(f"signal {name!r} has no unit. Give one in units.")
            if not np.all(np.isfinite(values)):
                raise ParameterError(f"signal {name!r} holds values that are not finite.")
        object.__setattr__(self, "signals", MappingProxyType(frozen))
        object.__setattr__(self, "units", MappingProxyType(dict(self.units)))
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    def __getitem__(self, name: str) -> np.ndarray:
        """Return one signal, (n_t,), read-only."""
        return self.signals[name]

    def __reduce__(self) -> tuple[Any, ...]:
        plain = (np.array(self.t), dict(self.signals), dict(self.units), dict(self.meta))
        return (Recording, plain)


def read_only(values: Any) -> np.ndarray:
    """Return ``values`` as a float array that cannot be written to."""
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array
