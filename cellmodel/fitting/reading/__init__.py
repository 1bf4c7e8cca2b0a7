"""Read a user's own data: a table of ratios, or sweeps in CSV, NWB or ABF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cellmodel.errors import ParameterError
from cellmodel.fitting.ratios import Ratios
from cellmodel.fitting.reading.abf import read_abf
from cellmodel.fitting.reading.checks import PULSE, Kind
from cellmodel.fitting.reading.nwb import read_nwb
from cellmodel.fitting.reading.sidecar import Sidecar, read_sidecar
from cellmodel.fitting.reading.sweep_csv import read_sweep_csv
from cellmodel.fitting.reading.table import is_table, read_table
from cellmodel.traces import Recording

KINDS = (".csv", ".nwb", ".abf")

__all__ = ["KINDS", "read", "read_sidecar", "read_table"]


def read(
    paths: Sequence[Path], sweep_table: Path | None = None, *, kind: Kind = PULSE
) -> Ratios | list[Recording]:
    """Return the ratios of a table, or the sweeps of one or several files.

    Parameters
    ----------
    paths : sequence of Path
    sweep_table : Path or None
        The protocol of sweeps in ABF or NWB.
    kind : Kind
        What sweeps are recordings of: `checks.PULSE` of glutamate, or `checks.epsc`.

    Raises
    ------
    ParameterError
        If a file is of another kind or cannot be used, or a table is given with others.
    """
    for path in paths:
        if path.suffix.lower() not in KINDS:
            raise ParameterError(f"{path.name}: unknown kind {path.suffix!r}. Give {', '.join(KINDS)}.")
    tables = [path for path in paths if path.suffix.lower() == ".csv" and is_table(path)]
    if tables and len(paths) > 1:
        raise ParameterError(f"{tables[0].name} is a table of ratios: give it alone.")
    if tables:
        return read_table(tables[0])
    sidecar = {} if sweep_table is None else read_sidecar(sweep_table)
    _check_listed([path.name for path in paths], [name for name, _ in sidecar])
    return [sweep for path in paths for sweep in _sweeps(path, sidecar, kind)]


def _sweeps(path: Path, sidecar: Sidecar, kind: Kind) -> list[Recording]:
    if path.suffix.lower() == ".csv":
        return read_sweep_csv(path, kind)
    return read_nwb(path, sidecar, kind) if path.suffix.lower() == ".nwb" else read_abf(path, sidecar, kind)


def _check_listed(given: Sequence[str], listed: Sequence[str]) -> None:
    for name in dict.fromkeys(given):
        if given.count(name) > 1:
            raise ParameterError(f"two files are called {name}. Rename one.")
    for name in listed:
        if name not in given:
            raise ParameterError(
                f"the table of sweeps lists {name}, which is not among --data. Add it there."
            )
