"""The shape of a CA1 pyramidal cell: shipped, grown, fetched, or read from a file.

The names below are imported on first use, so that ``python -m cellmodel.morphology --help`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellmodel.morphology.geometry import Morphology, Section
    from cellmodel.morphology.growth import grow
    from cellmodel.morphology.loading import load_morphology, morphology_names
    from cellmodel.morphology.measures import morphometrics

_HOMES = {
    "Morphology": "cellmodel.morphology.geometry",
    "Section": "cellmodel.morphology.geometry",
    "grow": "cellmodel.morphology.growth",
    "load_morphology": "cellmodel.morphology.loading",
    "morphology_names": "cellmodel.morphology.loading",
    "morphometrics": "cellmodel.morphology.measures",
}

__all__ = ["Morphology", "Section", "grow", "load_morphology", "morphology_names", "morphometrics"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has: {', '.join(__all__)}.")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
