"""The panel of the rig: compound, dose and stimulus, buttons, and a few lines of results."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from cellmodel.compound import Compound
from cellmodel.mechanisms import load_mechanisms

READOUTS = ("compound", "short", "long", "field")
STATUS_LINES = 3
NO_SCROLLBAR = 0
WIDTH = 54
"""Letters of a line that the panel has room for."""
WIDEST = " " * 66
"""What a line holds at first: NEURON cuts a text that is wider."""


class Panel:
    """What the user sets and reads.

    Parameters
    ----------
    rig : Rig
        Whose bench the fields show and whose methods the buttons call.
    """

    def __init__(self, rig: Any) -> None:
        self._h = load_mechanisms()
        self._rig = rig
        self._texts = {name: self._h.ref(WIDEST) for name in READOUTS}
        self._status = [self._h.ref(WIDEST) for _ in range(STATUS_LINES)]

    def fill(self) -> None:
        """Put the panel together; within a box that catches it."""
        h = self._h
        h.xpanel("AMPA drug rig")
        self._add_settings()
        self._add_buttons()
        for line in (*(self._texts[name] for name in READOUTS[1:]), *self._status):
            h.xvarlabel(line)
        h.xpanel(NO_SCROLLBAR)

    def _add_settings(self) -> None:
        h, rig, bench = self._h, self._rig, self._rig.bench
        h.xmenu("Compound")
        for name in Compound.names():
            h.xradiobutton(name, (rig.choose, name), name == bench.compound.name)
        h.xmenu()
        h.xvarlabel(self._texts["compound"])
        h.xvalue("dose (mM)", (bench, "dose_mM"), 1, rig.apply)
        h.xvalue(f"fibers stimulated, of {bench.slice.n_fibers}", (bench, "fibers"), 1, rig.apply)

    def _add_buttons(self) -> None:
        h, rig = self._h, self._rig
        h.xbutton(f"Patch run: {rig.about_pulses}", rig.run_patch)
        h.xbutton("Field EPSP: control and drug", rig.run_field)
        h.xbutton("EPSP in the cell: control and drug", rig.run_cell)
        h.xbutton("Clear graphs", rig.clear)

    def say(self, name: str, text: str) -> None:
        """Show a text in one of `READOUTS` at once."""
        self._texts[name][0] = text
        self._h.doNotify()

    def report(self, text: str) -> None:
        """Show what goes on or went wrong, at the panel's foot."""
        lines = wrap(text, WIDTH, max_lines=STATUS_LINES, placeholder=" ...")
        for k, line in enumerate(self._status):
            line[0] = lines[k] if k < len(lines) else ""
        self._h.doNotify()

    @property
    def texts(self) -> dict[str, str]:
        """What the lines show, by their names and ``status``."""
        shown = {name: str(line[0]).strip() for name, line in self._texts.items()}
        return {**shown, "status": " ".join(str(line[0]) for line in self._status).strip()}
