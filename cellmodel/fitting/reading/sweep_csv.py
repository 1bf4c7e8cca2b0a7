"""Sweeps in CSV: three lines of protocol, a line of units, then one line for each sample.

    dose_mM,        0,    0,    1.5
    pulse_start_ms, 5,    5,    5
    pulse_ms,       1,    1,    1
    t_ms,           i_pA, i_pA, i_pA
    0.00,           0.3,  -0.1, 0.2

Each column is one sweep; a line ``v_hold_mV`` may be added to the protocol.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.fitting.reading.cells import Line, check_dose, number, read_lines
from cellmodel.fitting.reading.checks import PULSE, Kind, Stimulus, as_sweep
from cellmodel.traces import Recording

PROTOCOL, OPTIONAL = ("dose_mM", "pulse_start_ms", "pulse_ms"), ("v_hold_mV",)


def read_sweep_csv(path: Path, kind: Kind = PULSE) -> list[Recording]:
    """Return the sweeps of a file.

    Raises
    ------
    ParameterError
        Naming line and column of what cannot be used.
    """
    lines = read_lines(path)
    head = [k for k, line in enumerate(lines) if line.cells[0].startswith("t_")]
    if not head:
        raise ParameterError(
            f"{lines[0].place}: neither a table of ratios (first line measure,dose_mM,ratio,sd) nor sweeps "
            f"(lines {', '.join(PROTOCOL)}, then t_ms,i_pA,...)."
        )
    protocol, units, samples = _protocol(lines[: head[0]]), lines[head[0]], lines[head[0] + 1 :]
    for line in (*protocol.values(), *samples):
        if len(line.cells) != len(units.cells):
            raise ParameterError(
                f"{line.place} has {len(line.cells)} cells, the line of units {len(units.cells)}. "
                "Correct that line; sweeps of other length go into a file of their own."
            )
    if not samples:
        raise ParameterError(f"{units.place}: no samples below the units. Give whole sweeps.")
    values = _samples(units, samples)
    columns = range(1, len(units.cells))
    return [_sweep(Path(path), protocol, units, values, column, kind) for column in columns]


def _protocol(lines: list[Line]) -> dict[str, Line]:
    found = {line.cells[0]: line for line in lines}
    for line in lines:
        if line.cells[0] not in (*PROTOCOL, *OPTIONAL):
            allowed = ", ".join((*PROTOCOL, *OPTIONAL))
            raise ParameterError(f"{line.place}: unknown {line.cells[0]!r}. Allowed before t_: {allowed}.")
    for name in PROTOCOL:
        if name not in found:
            raise ParameterError(f"{lines[0].path.name if lines else 'sweeps'}: no line {name!r}. Add it.")
    return found


def _samples(units: Line, lines: list[Line]) -> np.ndarray:
    try:
        return np.array([line.cells for line in lines], dtype=float)
    except ValueError:
        for line in lines:
            for column, cell in enumerate(line.cells):
                number(line, str(column + 1), cell)
        raise


def _sweep(
    path: Path, protocol: dict[str, Line], units: Line, values: np.ndarray, column: int, kind: Kind
) -> Recording:
    def given(name: str) -> float:
        return number(protocol[name], str(column + 1), protocol[name].cells[column])

    if not units.cells[column].startswith("i_"):
        raise ParameterError(
            f"{units.place}, column {column + 1}: {units.cells[column]!r}. Give i_pA, or i_ and another unit."
        )
    stimulus = Stimulus(
        check_dose(f"{protocol['dose_mM'].place}, column {column + 1}", given("dose_mM")),
        given("pulse_start_ms"),
        given("pulse_ms"),
        given("v_hold_mV") if "v_hold_mV" in protocol else None,
    )
    pair = (units.cells[0].removeprefix("t_"), units.cells[column].removeprefix("i_"))
    name = f"{path.name}, sweep {column}"
    t, i = values[:, 0], values[:, column]
    return as_sweep(name, t, i, units=pair, stimulus=stimulus, source=path.name, kind=kind)
