"""NEURON's graphical interface for the rig; importing this opens nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellmodel.gui.rig import Rig

__all__ = ["restore", "start"]
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def start() -> Rig | None:
    """Open the rig for mosinit.hoc; see `cellmodel.gui.opening`."""
    _hold_to_one_thread()
    from cellmodel.gui.opening import start as start_rig

    return start_rig()


def restore(name: str, settings: dict[str, Any]) -> None:
    """Hand a window of a saved session to NEURON; see `cellmodel.gui.opening`."""
    _hold_to_one_thread()
    from cellmodel.gui.opening import restore as restore_window

    restore_window(name, settings)


def _hold_to_one_thread() -> None:
    """Let matrices of seven states be computed by one thread: several take fifty times as long."""
    for variable in THREADS:
        os.environ.setdefault(variable, "1")
