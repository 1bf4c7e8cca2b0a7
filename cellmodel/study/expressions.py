"""The rival hypotheses of how LTP is expressed, compared in the crossed experiment: drug before and after it.

All share one induction: the protocol's conditioning is given once, without drug, to a slice whose synapses
have not changed yet, and the slow states it leaves run on, exactly, to the end of the phase ``after_ltp``.
Each hypothesis then reads these states in its own way, and every response without and in drug, before and
after, is computed in full. What a whole experiment has and this has not: the probes between, drug that is
still washing, and LTP that fades while the drug comes in. Here the two gains differ by expression alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cellmodel.analysis import epsc_measures
from cellmodel.analysis.slice_rows import fepsp_rows, fepsp_values
from cellmodel.compound import Compound
from cellmodel.errors import ProtocolError
from cellmodel.plasticity import hypotheses
from cellmodel.protocol import Protocol
from cellmodel.recording import Measure
from cellmodel.report.expressions import PREFIX, RESET
from cellmodel.report.study import CROSSED
from cellmodel.slice import Response, Slice, SliceOptions, amplitude
from cellmodel.slice.clamp import ClampedSlice
from cellmodel.slice.conditioning import give_train
from cellmodel.slice.state import PathwayState
from cellmodel.study.currents import epsc_rows
from cellmodel.traces import Recording
from cellmodel.units import NANOSIEMENS_PER_MICROSIEMENS, from_minutes

QUANTITIES = (
    *("conductance_peak", "conductance_tau_decay", "epsc_peak", "epsc_tau_decay"),
    *("fepsp_amplitude", "fepsp_slope", "fepsp_tau_decay"),
)
"""Whose gains are compared."""


@dataclass(frozen=True)
class Comparison:
    """One hypothesis to compute in a process of its own.

    Attributes
    ----------
    options : SliceOptions
        With its expression; the compound is named, not held, so that it can travel.
    before, after : PathwayState
        Slow states before LTP and after it.
    compound : str
        Name or file.
    dose_mM : float
    """

    options: SliceOptions
    before: PathwayState
    after: PathwayState
    compound: str
    dose_mM: float

    @property
    def experiment(self) -> str:
        """The first column of the rows."""
        return PREFIX + self.options.expression

    @property
    def slice_options(self) -> SliceOptions:
        """The options with the compound."""
        return replace(self.options, compound=Compound.named(self.compound))

    @property
    def conditions(self) -> Iterator[tuple[str, PathwayState, float]]:
        """Name, slow states and dose (mM) of each condition, in order."""
        states, doses = (self.before, self.after), (0.0, self.dose_mM)
        pairs = [(state, dose) for state in states for dose in doses]
        return ((name, *pair) for name, pair in zip(CROSSED, pairs, strict=True))


def check_crossed(
    protocol: Protocol, n_cells: int | None = None, *, has_electrode_noise: bool = False
) -> None:
    """Refuse many cells, noise, and a protocol without drug before and after a train without it."""
    if has_electrode_noise:
        raise ProtocolError(
            "expressions are compared on one response each, in which the electrode's noise is more than what "
            "they differ by. Leave out --electrode-noise, or take one expression."
        )
    if n_cells:
        raise ProtocolError(
            "expressions are compared in one cell. Leave out --cells, or take one expression."
        )
    missing = [name for name in CROSSED if name not in [phase.condition for phase in protocol.phases]]
    in_drug = [
        train
        for train in protocol.trains
        for start, end in protocol.drug_spans()
        if start <= train.at_min < end
    ]
    if missing or in_drug or not protocol.trains:
        fault = (
            f"has no phase {missing[0]!r}" if missing else "conditions in drug" if in_drug else "has no train"
        )
        raise ProtocolError(
            f"protocol {protocol.name!r} {fault}: comparing expressions takes drug before and after a train "
            "without it. Use --protocol crossed, or one expression."
        )


def plan(options: SliceOptions, protocol: Protocol, compound: str, dose_mM: float) -> list[Comparison]:
    """Induce LTP once and return what is left to compute for each hypothesis.

    Parameters
    ----------
    options : SliceOptions
        With the fibers of the test intensity.
    protocol : Protocol
        Its trains, and the end of its phase ``after_ltp``; `check_crossed`.
    compound : str
        Name or file.
    dose_mM : float

    Raises
    ------
    ProtocolError
        If the protocol is not a crossed one.
    """
    check_crossed(protocol)
    before, after = induced(options, protocol)
    base = replace(options, pathways=("test",), compound=None)
    return [
        Comparison(replace(base, expression=name), before, after, compound, dose_mM) for name in hypotheses()
    ]


def induced(options: SliceOptions, protocol: Protocol) -> tuple[PathwayState, PathwayState]:
    """Return the slow states of the test pathway before conditioning and at the end of ``after_ltp``."""
    rig = Slice(replace(options, pathways=("test",), compound=None))
    before, clock = rig.states["test"], protocol.trains[0].at_min
    for train in protocol.trains:
        rig.pass_time(from_minutes(train.at_min - clock))
        give_train(rig, train)
        clock = train.end_min
    end = next(end for name, _, end in protocol.phase_spans() if name == "after_ltp")
    rig.pass_time(from_minutes(end - clock))
    after = rig.states["test"]
    rig.free()
    return before, after


def compare(comparison: Comparison) -> list[Measure]:
    """Return the rows of one hypothesis; importable by name, so that a fresh process can.

    For each condition: peak and decay of the summed synaptic conductance and of the EPSC of the clamped cell,
    and the fEPSP at the test intensity; a second time with the intensity reset after LTP. Then `gain_ratios`.
    """
    found = clamped_rows(comparison) + field_table(comparison)
    return found + gain_ratios(found)


def clamped_rows(comparison: Comparison) -> list[Measure]:
    """Return the rows of conductance and EPSC under voltage clamp in the four conditions."""
    cell, rows = ClampedSlice(comparison.slice_options), []
    for condition, state, dose in comparison.conditions:
        cell.slice.states["test"] = state
        labels = _labels(comparison, condition, dose, "ca1_cell")
        rows += _clamp_rows(cell.evoked(dose), labels)
    cell.free()
    return rows


def _clamp_rows(sweep: Recording, labels: Mapping[str, Any]) -> list[Measure]:
    conductance = epsc_measures(sweep.t, -sweep["g"], onset=0.0)
    peak = conductance.peak * NANOSIEMENS_PER_MICROSIEMENS
    return [
        Measure(measure="conductance_peak", value=peak, unit="nS", n=1, **labels),
        Measure(measure="conductance_tau_decay", value=conductance.tau_decay, unit="ms", n=1, **labels),
        *epsc_rows(sweep, is_miniature=False, n=1, **labels),
    ]


def field_table(comparison: Comparison) -> list[Measure]:
    """Return the fEPSP's rows in the four conditions, at the test intensity and with it reset after LTP.

    The intensity is reset as on a rig: to the fibers whose fEPSP after LTP, without drug, comes nearest in
    amplitude to the one before.
    """
    rig = Slice(comparison.slice_options)
    responses = {name: _respond(rig, state, dose) for name, state, dose in comparison.conditions}
    rig.recruit(_reset_fibers(rig, comparison.after, amplitude(responses["control"])))
    reset = {
        name: responses[name] if state is comparison.before else _respond(rig, state, dose)
        for name, state, dose in comparison.conditions
    }
    rig.free()
    doses = {name: dose for name, _, dose in comparison.conditions}
    rows = []
    for experiment, table in {comparison.experiment: responses, comparison.experiment + RESET: reset}.items():
        for name, response in table.items():
            labels = _labels(comparison, name, doses[name], "ca1_slice") | {"experiment": experiment}
            rows += fepsp_rows(fepsp_values(response.t, response.field, response.volley), n=1, **labels)
    return rows


def _respond(rig: Slice, state: PathwayState, dose_mM: float) -> Response:
    rig.wash(dose_mM)
    rig.states = {"test": state}
    return rig.stimulate("test")


def _reset_fibers(rig: Slice, state: PathwayState, wanted: float) -> int:
    """Bisect for the number of fibers whose fEPSP (mV) in ``state`` is nearest to the wanted one."""
    found: dict[int, float] = {}
    low, high = 1, rig.n_fibers
    while high - low > 1:
        middle = (low + high) // 2
        rig.recruit(middle)
        found[middle] = amplitude(_respond(rig, state, 0.0))
        low, high = (middle, high) if found[middle] < wanted else (low, middle)
    return min(found, key=lambda n: abs(found[n] - wanted))


def _labels(comparison: Comparison, condition: str, dose: float, preparation: str) -> dict[str, Any]:
    return {
        "experiment": comparison.experiment,
        "preparation": preparation,
        "condition": condition,
        "compound": Compound.named(comparison.compound).name,
        "dose_mM": dose,
        "pathway": "test",
    }


def gain_ratios(rows: Sequence[Measure]) -> list[Measure]:
    """Return the drug's gain after LTP over that before it, for each experiment and quantity.

    A row's ``condition`` is the quantity; one without four numbers above 0 (a decay where the field has a
    population spike) has no row.
    """
    by_key = {(row.experiment, row.measure, row.condition): row for row in rows}
    found = []
    for experiment in dict.fromkeys(row.experiment for row in rows):
        for quantity in QUANTITIES:
            keys = [(experiment, quantity, condition) for condition in CROSSED]
            four = [by_key[key] for key in keys if key in by_key and by_key[key].value > 0]
            if len(four) == len(CROSSED):
                control, drug, after, after_drug = (row.value for row in four)
                ratio = (after_drug / after) / (drug / control)
                row = replace(four[-1], measure="gain_ratio", condition=quantity, value=ratio, unit="1")
                found.append(row)
    return found
