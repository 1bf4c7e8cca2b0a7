"""The field electrode: what a population of cells like the computed one puts on a tip in the slice.

The slab is filled with translated and turned copies of the cell.  The potential of one copy is that of its
line sources (LFPykit, infinite homogeneous medium); copies farther along the layer are excited later, by
conduction.  Because the membrane current of a node is the axial current that enters it, the potential is a
fixed linear function of the membrane voltages: `FieldElectrode` holds that function, so a run needs only the
voltages.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.slice.chamber import Slab, slab
from cellmodel.slice.sources import Copies, Lines, lines_of, segment_ends
from cellmodel.units import MICROMETER_PER_MILLIMETER

N_DELAYS = 16
N_TURNS = 8


@dataclass(frozen=True)
class Nodes:
    """The electrical nodes of a cell.

    Attributes
    ----------
    places : list of NEURON segments, (n_nodes,)
        Segment centers, then section ends.
    parent : array of int, (n_nodes,)
        Index of the parent node, -1 for the root.
    resistance : array, (n_nodes,) MOhm
        Axial resistance to the parent; infinite for the root.
    center : array of int, (n_nodes,)
        Index of the segment whose place in space stands for the node.
    """

    places: list[Any]
    parent: np.ndarray
    resistance: np.ndarray
    center: np.ndarray


def nodes_of(sections: list[Any]) -> Nodes:
    """List the electrical nodes of a tree of sections and how they hang together."""
    keys = {(section, k): None for section in sections for k in range(section.nseg)}
    order = [*keys, *((section, section.nseg) for section in sections)]
    root = sections[0]
    order.append((root, -1))
    index = {key: k for k, key in enumerate(order)}
    parent = np.full(len(order), -1)
    resistance = np.full(len(order), np.inf)
    for section in sections:
        before = _attachment(section, index, root)
        for k in range(section.nseg + 1):
            here = index[(section, k)]
            parent[here] = before
            resistance[here] = _place(section, k).ri()
            before = here
    center = np.array([index[(s, min(max(k, 0), s.nseg - 1))] for s, k in order])
    return Nodes([_place(s, k) for s, k in order], parent, resistance, center)


def _attachment(section: Any, index: dict, root: Any) -> int:
    """Return the node that the beginning of a section is soldered to."""
    where = section.parentseg()
    while where is not None and where.x == 0 and where.sec.parentseg() is not None:
        where = where.sec.parentseg()
    if where is None or where.x == 0:
        return index[(root, -1)]
    parent = where.sec
    k = parent.nseg if where.x == 1 else min(int(where.x * parent.nseg), parent.nseg - 1)
    return index[(parent, k)]


def _place(section: Any, k: int) -> Any:
    if k < 0:
        return section(0)
    return section(1) if k == section.nseg else section((k + 0.5) / section.nseg)


@dataclass(frozen=True, eq=False)
class LineSources:
    """What an electrode sees of the membrane currents of the cells around it.

    Attributes
    ----------
    place : str
        Fingerprint of the electrode's place among its copies of a cell.
    per_current : array, (n_delays, n_segments)
        Potential for each nA of membrane current, mV, from the copies of one delay.
    """

    place: str
    per_current: np.ndarray


class FieldElectrode:
    """An electrode in a slab of cells.

    Parameters
    ----------
    cell : CA1Pyramidal
        Its apical axis is +y, its soma the origin.
    height, depth : float or None, um
        Of the tip above the somata and from the middle of the slice; None: data/slice.toml.
    seed : int
        Of the places and turns of the copies.
    n_positions : int or None
        Places of copies; None: data/slice.toml.
    chamber : str
        What is beyond the faces of the slice: `cellmodel.slice.chamber.CHAMBERS`.
    known : LineSources, optional
        The attribute ``sources`` of an electrode at the same place among copies of the same cell: they take a
        second, and are not computed again.

    Attributes
    ----------
    nodes : Nodes
    delays : array, (n_delays,) ms

    Raises
    ------
    ParameterError
        If the tip is outside the slice, or inside a soma or dendrite of the copies nearest to it, there is no
        such chamber, or ``known`` belongs to another place.

    Notes
    -----
    No copy's axis is within ``clearance`` of the tip, so no soma holds it; a dendrite of a copy that passes
    nearer than its radius is taken to be pushed aside, and the potential is that at its surface.
    """

    def __init__(
        self,
        cell: Any,
        *,
        height: float | None = None,
        depth: float | None = None,
        seed: int = 1,
        n_positions: int | None = None,
        chamber: str = "infinite",
        known: LineSources | None = None,
    ) -> None:
        numbers = load("slice.toml").values_of("field")
        if n_positions is not None:
            numbers["n_positions"] = n_positions
        self.height = numbers["height"] if height is None else height
        self.depth = numbers["depth"] if depth is None else depth
        check_place(self.height, self.depth, numbers["thickness"])
        check_clear(cell, self.height, numbers["clearance"])
        self.nodes = nodes_of(cell.all)
        self._slab = slab(chamber, thickness=numbers["thickness"], tissue=numbers["conductivity"])
        self._copies, lags = self._around(lines_of(cell), numbers, np.random.default_rng(seed))
        edges = np.linspace(0.0, lags.max(), N_DELAYS + 1)
        self.delays = (edges[:-1] + edges[1:]) / 2
        self._which = np.clip(np.digitize(lags, edges) - 1, 0, N_DELAYS - 1)
        area_mm2 = numbers["thickness"] * numbers["extent"] / MICROMETER_PER_MILLIMETER**2
        self._cells_per_copy = numbers["density"] * area_mm2 / len(lags)
        if known is not None:
            self.sources = self._checked(known)

    @cached_property
    def sources(self) -> LineSources:
        """What the electrode sees of membrane currents; not computed where it is not needed."""
        return LineSources(self._place, self._cells_per_copy * self._summed())

    @property
    def per_current(self) -> np.ndarray:
        """What the copies of one delay add for each nA of membrane current, (n_delays, n_segments) mV."""
        return self.sources.per_current

    @cached_property
    def weights(self) -> np.ndarray:
        """What the copies of one delay add for each mV of node voltage, (n_delays, n_nodes) mV."""
        return _from_currents_to_voltages(self.per_current, self.nodes)

    def _around(
        self, lines: Lines, numbers: dict[str, float], rng: np.random.Generator
    ) -> tuple[Copies, np.ndarray]:
        """Return the copies of the cell and the conduction lag of each, (n,) ms.

        At each place `N_TURNS` copies look in as many directions. Places and first directions fill the slab
        evenly; when they were drawn, the fEPSP differed by 5 % between seeds, now by 0.3 %.
        """
        points = evenly(int(numbers["n_positions"]), rng.random(3))
        across = (points[:, 0] - 0.5) * numbers["thickness"] - self.depth
        along = (points[:, 1] - 0.5) * numbers["extent"]
        turns = 2 * np.pi * (points[:, 2, None] + np.arange(N_TURNS)) / N_TURNS
        across, along = np.repeat(across, N_TURNS), np.repeat(along, N_TURNS)
        away = np.hypot(across, along)
        distance = np.maximum(away, numbers["clearance"])
        angle = np.arctan2(across, along) + turns.ravel()
        tips = np.column_stack(
            [distance * np.cos(angle), np.full(len(angle), self.height), distance * np.sin(angle)]
        )
        aside = distance / away
        copies = Copies(lines, tips, along * aside, self.depth + across * aside, turns.ravel())
        return copies, (along + numbers["extent"] / 2) / speed()

    @property
    def _place(self) -> str:
        """SHA-256 of all that the sources depend on."""
        plain = repr((self._slab, self.depth, self._cells_per_copy)).encode()
        return hashlib.sha256(plain + b"".join(data for data, _, _ in self._arrays)).hexdigest()

    def _checked(self, known: LineSources) -> LineSources:
        if known.place != self._place:
            raise ParameterError("these line sources belong to another electrode, or to another cell.")
        return known

    @property
    def _arrays(self) -> tuple[tuple[bytes, str, tuple[int, ...]], ...]:
        """Copies of the cell and the delay of each, as `_summed` takes them."""
        arrays = (*self._copies.arrays, self._which)
        return tuple((part.tobytes(), part.dtype.str, part.shape) for part in arrays)

    def _summed(self) -> np.ndarray:
        """Return the potentials of the copies of each delay, summed, (n_delays, n_segments) mV/nA."""
        return _summed(self._arrays, self._slab, self.depth)

    def of_cells(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what each cell of the slab adds to the potential, and which of ``delays`` it has.

        The copies at one place stand for about four cells: they are dealt out to so many, each of which looks
        in two opposite directions at once. Summed over the cells of a delay, this is ``weights``.

        Returns
        -------
        tuple of array (n_cells, n_nodes) mV for each mV of node voltage, and array of int (n_cells,)
        """
        potentials = self._cells_per_copy * self._copies.potentials(self._slab, self.depth)
        at_place = potentials.reshape(-1, N_TURNS, potentials.shape[1])
        n = min(max(round(self._cells_per_copy * N_TURNS), 1), N_TURNS)
        per_current = np.stack([at_place[:, k::n].sum(axis=1) for k in range(n)], axis=1)
        weights = _from_currents_to_voltages(per_current.reshape(-1, potentials.shape[1]), self.nodes)
        return weights, np.repeat(self._which[::N_TURNS], n)

    @property
    def mean_lag(self) -> float:
        """Conduction time from the near end of the beam to the electrode, ms."""
        return float(self.delays.mean())

    def potential(self, t: np.ndarray, v: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """Return the field potential on ``grid``.

        Parameters
        ----------
        t : array, (n_steps,) ms
            Times of the integrator's steps, time 0 being the volley at the electrode.
        v : array, (n_steps, n_nodes) mV
        grid : array, (n_t,) ms

        Returns
        -------
        array, (n_t,) mV
        """
        return self.delayed(t, v @ self.weights.T, grid)

    def delayed(self, t: np.ndarray, parts: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """Return the field potential from its ``parts``, (n_steps, n_delays) mV: `weights` times voltages."""
        total = np.zeros(grid.shape)
        for k, delay in enumerate(self.delays - self.mean_lag):
            total += np.interp(grid - delay, t, parts[:, k])
        return total


def check_place(height: float, depth: float, thickness: float) -> None:
    """Refuse an electrode (um above the somata, um from the middle) that is not in the slice."""
    if not math.isfinite(height):
        raise ParameterError(f"electrode height {height} um: give micrometers above the somata.")
    if not abs(depth) <= thickness / 2:
        raise ParameterError(
            f"electrode depth {depth:g} um is outside the slice of {thickness:g} um: "
            f"allowed {-thickness / 2:g} to {thickness / 2:g} from its middle."
        )


def check_clear(cell: Any, height: float, clearance: float) -> None:
    """Refuse a tip (um above the somata) inside a process of copies whose axes are ``clearance`` away.

    A process of the cell holds it where, at that height, one is so thick that it reaches from the cell's axis
    to the tip. Thinner ones are pushed aside.
    """
    for section in cell.all:
        starts, stops = segment_ends(section)
        for start, stop, segment in zip(starts, stops, section, strict=True):
            radius = segment.diam / 2
            is_there = min(start[1], stop[1]) - radius <= height <= max(start[1], stop[1]) + radius
            if is_there and radius >= clearance:
                raise ParameterError(
                    f"electrode at a height of {height:g} um is inside {segment}, {segment.diam:.3g} um "
                    f"thick, of cells {clearance:g} um away (slice.toml, clearance). Move it, or "
                    "check the diameters of the morphology."
                )


def evenly(n: int, shift: np.ndarray) -> np.ndarray:
    """Return ``n`` points that fill the unit cube of ``shift``'s dimension d evenly, (n, d).

    The additive sequence of the generalized golden ratio, the root of x^(d+1) = x + 1.
    """
    d = len(shift)
    ratio = 2.0
    for _ in range(64):
        ratio = (1 + ratio) ** (1 / (d + 1))
    return (shift + np.outer(np.arange(n), ratio ** -np.arange(1.0, d + 1))) % 1.0


def line_source_matrix(cell: Any, tips: np.ndarray, conductivity: float) -> np.ndarray:
    """Return the potential at each tip for a nanoampere in each segment, (n_tips, n_segments) mV/nA.

    Line sources in an infinite homogeneous medium of ``conductivity`` (S/m), Holt & Koch 1999 as in LFPykit.
    """
    return lines_of(cell).potentials(tips, conductivity)


@lru_cache(maxsize=4)
def _summed(arrays: tuple[tuple[bytes, str, tuple[int, ...]], ...], slab: Slab, depth: float) -> np.ndarray:
    """Return the potentials of copies summed over those of each delay, (n_delays, n_segments) mV/nA.

    Kept within this process: experiments build one and the same cell several times, and it takes a second.

    Parameters
    ----------
    arrays : tuple of (bytes, dtype, shape)
        `Copies.arrays`, and the number of the delay that each copy has.
    slab : Slab
    depth : float, um
        Of the electrode.
    """
    *parts, which = (np.frombuffer(data, dtype).reshape(shape) for data, dtype, shape in arrays)
    matrix = Copies.of(parts).potentials(slab, depth)
    return np.array([matrix[which == k].sum(axis=0) for k in range(N_DELAYS)])


def _from_currents_to_voltages(per_current: np.ndarray, nodes: Nodes) -> np.ndarray:
    """Turn weights of membrane currents into weights of node voltages (the axial currents that feed them)."""
    of_node = per_current[:, nodes.center]
    child = np.flatnonzero(nodes.parent >= 0)
    parent = nodes.parent[child]
    gain = (of_node[:, child] - of_node[:, parent]) / nodes.resistance[child]
    weights = np.zeros(of_node.shape)
    np.add.at(weights.T, parent, gain.T)
    np.add.at(weights.T, child, -gain.T)
    return weights


def fiber_volley(grid: np.ndarray, recruited: float, *, pulses: np.ndarray) -> np.ndarray:
    """Return the assumed volley of the presynaptic fibers to each of ``pulses``, (n_t,) mV.

    There are no axons to compute it from: a biphasic waveform scaled by the share of fibers ``recruited``,
    used in no fit. ``grid`` and ``pulses`` (ms, ascending) count from the first volley at the electrode;
    volleys are short beside the interval of pulses, so that only the nearest is seen.
    """
    numbers = load("slice.toml").values_of("field")
    width = numbers["volley_width"]
    nearest = pulses[np.searchsorted((pulses[1:] + pulses[:-1]) / 2, grid)]
    phase = (grid - nearest) / width
    return -numbers["volley_amplitude"] * recruited * (1 - phase**2) * np.exp(-(phase**2) / 2)


def lead() -> float:
    """Return how long before those at the electrode the first cells of the beam are excited, ms."""
    return load("slice.toml").value("field.extent") / 2 / speed()


def transmission_delay() -> float:
    """Return how long after a stimulus transmitter acts at the electrode, ms."""
    pathway = load("synapse.toml").values_of("pathway")
    return pathway["distance"] * MICROMETER_PER_MILLIMETER / speed() + pathway["synaptic_delay"]


def speed() -> float:
    """Return the conduction speed of the fibers, um/ms."""
    return load("synapse.toml").value("pathway.conduction") * MICROMETER_PER_MILLIMETER  # m/s is mm/ms
