"""In-silico slice rig: one AMPA receptor scheme carried from an outside-out patch to LTP in a CA1 slice.

The names below are imported on first use, so that ``import cellmodel`` costs nothing and starts no NEURON.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellmodel.cell import CA1Pyramidal
    from cellmodel.compound import Compound
    from cellmodel.morphology import load_morphology
    from cellmodel.patch import Patch
    from cellmodel.protocol import Protocol
    from cellmodel.receptor import Receptor
    from cellmodel.slice import Slice
    from cellmodel.traces import Recording

__version__ = "0.1.0"

_HOMES = {
    "CA1Pyramidal": "cellmodel.cell",
    "Compound": "cellmodel.compound",
    "Patch": "cellmodel.patch",
    "Protocol": "cellmodel.protocol",
    "Receptor": "cellmodel.receptor",
    "Recording": "cellmodel.traces",
    "Slice": "cellmodel.slice",
    "load_morphology": "cellmodel.morphology",
}

__all__ = [
    "CA1Pyramidal",
    "Compound",
    "Patch",
    "Protocol",
    "Receptor",
    "Recording",
    "Slice",
    "load_morphology",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cellmodel' has no attribute {name!r}. It has: {', '.join(__all__)}.")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
