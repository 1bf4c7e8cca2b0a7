"""The panel of the rig: settings, buttons, and a few lines of results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

from cellmodel.compound import Compound
from cellmodel.mechanisms import load_mechanisms
from cellmodel.plasticity import hypotheses
from cellmodel.protocol import Protocol
from cellmodel.units import PERCENT

READOUTS = ("compound", "choice", "short", "long", "epsc", "field", "ltp")
STATUS_LINES = 7
NO_SCROLLBAR = 0
IN_A_ROW = 1
"""NEURON's number for a panel whose items stand side by side."""
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
        bench = rig.bench
        # NEURON's sliders change Python attributes too, but then fail to call what should follow
        self._sliders = self._h.Vector([bench.dose_percent, bench.fiber_percent])
        self._texts = {name: self._h.ref(WIDEST) for name in READOUTS}
        self._status = [self._h.ref(WIDEST) for _ in range(STATUS_LINES)]

    def fill(self) -> None:
        """Put the panel together; within a box that catches it."""
        h = self._h
        with self._rows(IN_A_ROW):
            self._add_choices()
        with self._rows():
            h.xvarlabel(self._texts["compound"])
            h.xvarlabel(self._texts["choice"])
            self._add_values()
        with self._rows():
            self._add_buttons()
        with self._rows(IN_A_ROW):
            h.xbutton("Stop", self._rig.stop)
            h.xbutton("Fresh slice", self._rig.refresh)
            h.xbutton("Clear graphs", self._rig.clear)
            h.xbutton("Open closed windows", self._rig.windows.open_closed)
        with self._rows():
            for line in (*(self._texts[name] for name in READOUTS[2:]), *self._status):
                h.xvarlabel(line)

    @contextmanager
    def _rows(self, arrangement: int = NO_SCROLLBAR) -> Iterator[None]:
        self._h.xpanel("AMPA drug rig", arrangement)
        yield
        self._h.xpanel(NO_SCROLLBAR)

    def _add_choices(self) -> None:
        rig, bench = self._rig, self._rig.bench
        self._add_menu("Compound", Compound.names(), bench.compound.name, rig.choose)
        self._add_menu("Expression of LTP", tuple(hypotheses()), bench.expression, rig.express)
        self._add_menu("Protocol", Protocol.names(), bench.protocol, rig.follow)

    def _add_menu(self, title: str, names: tuple[str, ...], chosen: str, act: Callable[[str], None]) -> None:
        self._h.xmenu(title)
        for name in names:
            self._h.xradiobutton(name, (act, name), name == chosen)
        self._h.xmenu()

    def _add_values(self) -> None:
        h, rig, bench = self._h, self._rig, self._rig.bench
        h.xvalue("dose (mM)", (bench, "dose_mM"), 1, rig.move_dose)
        h.xslider(self._sliders._ref_x[0], 0, PERCENT, self._slide_dose)
        h.xvalue(f"pathway strength (fibers of {bench.all_fibers})", (bench, "fibers"), 1, rig.apply)
        h.xslider(self._sliders._ref_x[1], 0, PERCENT, self._slide_fibers)
        h.xvalue("temperature of the slice (degC)", (bench, "celsius"), 1, rig.apply)

    def _slide_dose(self) -> None:
        self._rig.bench.dose_percent = self._sliders[0]
        self._rig.move_dose()

    def _slide_fibers(self) -> None:
        self._rig.bench.fiber_percent = self._sliders[1]
        self._rig.apply()

    def _add_buttons(self) -> None:
        h, rig = self._h, self._rig
        h.xbutton(f"Patch: {rig.about_pulses}", rig.run_patch)
        h.xbutton("EPSC in the clamped cell", rig.run_epsc)
        h.xbutton("Field EPSP, soma, spine calcium", rig.run_field)
        h.xbutton("Tetanus: the protocol's first train", rig.run_tetanus)
        h.xbutton("LTP: the whole protocol", rig.run_ltp)

    def say(self, name: str, text: str) -> None:
        """Show a text in one of `READOUTS` at once."""
        self._texts[name][0] = text
        self._notify()

    def report(self, text: str) -> None:
        """Show what goes on or went wrong, at the panel's foot."""
        lines = wrap(text, WIDTH, max_lines=STATUS_LINES, placeholder=" ...")
        for k, line in enumerate(self._status):
            line[0] = lines[k] if k < len(lines) else ""
        self._notify()

    def _notify(self) -> None:
        """Show texts, values and sliders as they are now."""
        bench = self._rig.bench
        self._sliders.from_python([bench.dose_percent, bench.fiber_percent])
        self._h.doNotify()

    @property
    def texts(self) -> dict[str, str]:
        """What the lines show, by their names and ``status``."""
        shown = {name: str(line[0]).strip() for name, line in self._texts.items()}
        return {**shown, "status": " ".join(str(line[0]) for line in self._status).strip()}
