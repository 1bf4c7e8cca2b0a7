"""Open the rig, or say in one line why that is not possible; save and restore it with NEURON's sessions."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.gui.rig import Rig
from cellmodel.mechanisms import load_mechanisms


def open_rig(session: Mapping[str, Any] | None = None) -> Rig:
    """Open the rig's windows.

    Parameters
    ----------
    session : mapping, optional
        Settings of a saved session, which then opens the windows itself.

    Raises
    ------
    CellModelError
        If there is no display, a setting is out of range, or the mechanisms do not load.
    """
    h = load_mechanisms()
    importlib.import_module("neuron.gui")  # NEURON's menu, and its events where Python started NEURON
    if not h.PWManager().count():
        raise CellModelError(
            "NEURON has no display to open windows on. Log in with a desktop (or ssh -X), unset "
            "NEURON_MODULE_OPTIONS if it says -nogui, and start nrngui again; "
            "the scripts in experiments/ need no display."
        )
    rig = Rig(session)
    rig.windows.save = lambda name, box: _save(rig, name, box)
    return rig


def start() -> Rig | None:
    """Open the rig for mosinit.hoc: a failure that the user can mend is one line, not a traceback."""
    try:
        return open_rig()
    except CellModelError as error:
        print(f"cellmodel: {error}", file=sys.stderr)
        return None


def _save(rig: Rig, name: str, box: Any) -> None:
    """Write what makes a window again into a session file; NEURON adds its place and size."""
    settings = repr(rig.bench.settings).replace('"', "\\x22")
    box.save(f'nrnpython("from cellmodel.gui import restore; restore({name!r}, {settings})")')


def restore(name: str, settings: dict[str, Any]) -> None:
    """Hand a window to the session file that is being read, in a rig that is opened for it if there is none.

    Parameters
    ----------
    name : str
        Of the window, see `layout.FRAMES`.
    settings : dict
        What the panel showed.
    """
    session = importlib.import_module("__main__")  # where mosinit.hoc puts the rig, and users look for it
    if getattr(session, "rig", None) is None:
        session.rig = open_rig(settings)  # type: ignore[attr-defined]
    session.rig.restore(settings)
    box = session.rig.windows.boxes[name]
    if box.ismapped():
        box.unmap()
    load_mechanisms().ocbox_ = box
