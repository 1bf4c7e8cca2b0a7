"""What RunControl's lines show besides the soma: receptors and spine calcium, read as NEURON plots."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellmodel.gui.readout import Curve
from cellmodel.mechanisms import load_mechanisms
from cellmodel.patch.exact import kinds_of
from cellmodel.receptor import STATES, populations
from cellmodel.slice import Slice
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR

KINDS = ("closed", "open", "desensitized")
READ = (*KINDS, "calcium")
HOC_NAME = "cellmodel_live"
"""Of the variable of NEURON's interpreter through which graphs read this object."""


class Live:
    """Readings of a slice at NEURON's present time, and those of the run so far.

    Receptors are the resident ones of the middle volley's synapses, where glutamate was released. Calcium is
    the mean over the recruited spines, uM.
    """

    def __init__(self) -> None:
        self._h = load_mechanisms()
        self._h(f"objref {HOC_NAME}")
        setattr(self._h, HOC_NAME, self)
        self._rows: list[tuple[float, ...]] = []
        self._pointers: Any = None

    def watch(self, rig: Slice, pathway: str) -> None:
        """Read from this slice, its present dose and recruited fibers, and forget the run before."""
        shown = rig.pathways[pathway]
        volley = shown.volleys[len(shown.volleys) // 2]
        shares = [share for share, _ in populations(rig.settings.receptor, rig.options.compound, rig.dose_mM)]
        parts = volley.parts[: len(shares)]
        references = [getattr(part, f"_ref_{state}") for part in parts for state in STATES]
        references += [spine.head(0.5)._ref_cai for spine in shown.spines[: shown.n_recruited]]
        self._shares, self._vector = np.array(shares), self._h.Vector(len(references))
        self._pointers = self._h.PtrVector(len(references))
        for k, reference in enumerate(references):
            self._pointers.pset(k, reference)
        self._rows = []

    def forget(self) -> None:
        """Let go of the slice, which will be freed."""
        self._pointers, self._rows = None, []

    def reading(self, name: str) -> float:
        """Return one of `READ` as it is now."""
        if self._pointers is None:
            return 0.0
        if not self._rows or self._rows[-1][0] != self._h.t:
            self._rows.append((self._h.t, *self._look()))
        return self._rows[-1][1 + READ.index(name)]

    def _look(self) -> tuple[float, ...]:
        self._pointers.gather(self._vector)
        values = np.array(self._vector)
        n = len(self._shares) * len(STATES)
        occupied = values[:n].reshape(-1, len(STATES)) * self._shares[:, None]
        kinds = kinds_of(occupied.reshape(1, -1))
        return (
            *(float(kinds[kind][0]) for kind in KINDS),
            float(values[n:].mean()) * MICROMOLAR_PER_MILLIMOLAR,
        )

    def curve(self, name: str) -> Curve:
        """Return time (ms) and readings of one of `READ` in the last run, (n_t,) each."""
        rows = np.array(self._rows).reshape(-1, 1 + len(READ))
        return rows[:, 0], rows[:, 1 + READ.index(name)]
