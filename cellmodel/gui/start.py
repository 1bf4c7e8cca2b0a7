"""Open the rig, or say in one line why that is not possible."""

from __future__ import annotations

import importlib
import sys

from cellmodel.errors import CellModelError
from cellmodel.gui.rig import Rig
from cellmodel.mechanisms import load_mechanisms


def open_rig(compound: str = "aniracetam") -> Rig:
    """Open the rig's windows.

    Parameters
    ----------
    compound : str
        Name of a shipped compound or a TOML file.

    Raises
    ------
    CellModelError
        If there is no display, the compound is unknown, or the mechanisms do not load.
    """
    h = load_mechanisms()
    importlib.import_module("neuron.gui")  # NEURON's menu, and its events where Python started NEURON
    if not h.PWManager().count():
        raise CellModelError(
            "NEURON has no display to open windows on. Log in with a desktop (or ssh -X), unset "
            "NEURON_MODULE_OPTIONS if it says -nogui, and start nrngui again; "
            "the scripts in experiments/ need no display."
        )
    return Rig(compound)


def start() -> Rig | None:
    """Open the rig for mosinit.hoc: a failure that the user can mend is one line, not a traceback."""
    try:
        return open_rig()
    except CellModelError as error:
        print(f"cellmodel: {error}", file=sys.stderr)
        return None
