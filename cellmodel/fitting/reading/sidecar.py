"""The protocol of sweeps in ABF or NWB: ``file,sweep,dose_mM,pulse_start_ms,pulse_ms``, one line for each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cellmodel.errors import ParameterError
from cellmodel.fitting.reading.cells import Line, as_mapping, check_dose, check_header, number, read_lines
from cellmodel.fitting.reading.checks import Stimulus

NEEDED, OPTIONAL = ("file", "sweep", "dose_mM", "pulse_start_ms", "pulse_ms"), ("v_hold_mV",)

Sidecar = Mapping[tuple[str, int], Stimulus]
"""Name of a file and number of the sweep in it, from 0, to what was applied."""


def read_sidecar(path: Path) -> Sidecar:
    """Return what was applied in each sweep that the table lists.

    Raises
    ------
    ParameterError
        Naming line and column of what cannot be used.
    """
    header, *lines = read_lines(path)
    check_header(header, NEEDED, OPTIONAL)
    found: dict[tuple[str, int], Stimulus] = {}
    for line in lines:
        key, stimulus = _entry(line, as_mapping(header, line))
        if key in found:
            raise ParameterError(f"{line.place}: sweep {key[1]} of {key[0]} stands there twice. Remove one.")
        found[key] = stimulus
    if not found:
        raise ParameterError(f"{header.place}: no sweeps below the header. Give one line for each.")
    return found


def _entry(line: Line, cells: dict[str, str]) -> tuple[tuple[str, int], Stimulus]:
    if not cells["sweep"].isdigit():
        raise ParameterError(f"{line.place}, column sweep: {cells['sweep']!r}. Give the number, from 0.")
    numbers = {name: number(line, name, cells[name]) for name in NEEDED[2:]}
    stimulus = Stimulus(
        check_dose(f"{line.place}, column dose_mM", numbers["dose_mM"]),
        numbers["pulse_start_ms"],
        numbers["pulse_ms"],
        number(line, "v_hold_mV", cells["v_hold_mV"]) if cells.get("v_hold_mV") else None,
    )
    return (cells["file"], int(cells["sweep"])), stimulus


def stimuli_of(path: Path, sidecar: Sidecar, n_sweeps: int) -> dict[int, Stimulus]:
    """Return number and stimulus of the sweeps of a file that the table lists; at least one, all existing.

    Raises
    ------
    ParameterError
        If the table lists none, or one that the file does not have.
    """
    listed = {number: stimulus for (name, number), stimulus in sidecar.items() if name == Path(path).name}
    if not listed:
        raise ParameterError(
            f"{Path(path).name}: its protocol is not known. Give --sweep-table a CSV with {','.join(NEEDED)}."
        )
    if max(listed) >= n_sweeps:
        raise ParameterError(
            f"{Path(path).name} has {n_sweeps} sweeps, numbered from 0; the table lists sweep {max(listed)}."
        )
    return listed
