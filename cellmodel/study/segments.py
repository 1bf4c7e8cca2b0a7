"""How much a cell's behavior depends on its segments and on the solver's steps: measures at several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.morphology import Morphology
from cellmodel.parameters import load
from cellmodel.protocol import solver_tolerance
from cellmodel.protocol.current_clamp import TOLERANCE

EPSP_PATH = 250.0
"""um along the trunk at which the EPSP starts."""
SCORES = ("somatic_patch", "block", "bap", "attenuation", "oblique")
Values = dict[str, tuple[float, str]]


@dataclasses.dataclass(frozen=True)
class Grid:
    """How finely a cell is computed.

    Parameters
    ----------
    d_lambda : float, 1
        Longest segment over the AC length constant.
    tolerance : float
        Absolute, of CVODE. A tenth of it about halves the steps.
    """

    d_lambda: float
    tolerance: float = TOLERANCE

    def __str__(self) -> str:
        """Return it as the head of a column."""
        finer = "" if self.tolerance == TOLERANCE else f", tolerance {self.tolerance:g}"
        return f"d_lambda {self.d_lambda:g}{finer}"


USUAL = Grid(0.1)
GRIDS = (Grid(0.4), Grid(0.2), USUAL, Grid(0.05), Grid(0.1, TOLERANCE / 10))


def converge(
    morphology: Morphology | str | None = None,
    *,
    biophysics: str = "patch",
    grids: Sequence[Grid] = GRIDS,
    quick: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> dict[Grid, Values]:
    """Measure one cell, at the battery's temperature, with several segments and steps.

    Parameters
    ----------
    morphology : Morphology, str or None
        What `CA1Pyramidal` takes.
    biophysics : str
    grids : sequence of Grid
    quick : bool
        Whether the published tests that take minutes are left out.
    say : callable
        Gets a line when a cell is done.

    Returns
    -------
    dict of Grid to dict of str to (value, unit)
    """
    from cellmodel.cell import CA1Pyramidal
    from cellmodel.cell.biophysics import Biophysics

    rules, celsius = Biophysics.named(biophysics), load("battery/battery.toml").value("celsius")
    found: dict[Grid, Values] = {}
    for grid in grids:
        settings = MappingProxyType({**rules.settings, "d_lambda": grid.d_lambda})
        cell = CA1Pyramidal(
            morphology, biophysics=dataclasses.replace(rules, settings=settings), celsius=celsius
        )
        try:
            with solver_tolerance(grid.tolerance):
                found[grid] = {**_cell_values(cell), **({} if quick else _scores(cell))}
        finally:
            cell.free()
        say(f"{grid}: {found[grid]['segments'][0]:.0f} segments")
    return found


def _cell_values(cell: Any) -> Values:
    from cellmodel.analysis import spike_times
    from cellmodel.battery.passive import passive
    from cellmodel.battery.somatic import record_step, steps_of

    response = passive(cell).response
    epsp_soma, epsp_dendrite = _epsp_at(cell, EPSP_PATH)
    step = max(steps_of("patch"))
    sweep = record_step(cell, "patch", step)
    v, times = sweep["v_soma"], spike_times(sweep.t, sweep["v_soma"], threshold=0.0)
    around = (sweep.t > times[0] - 2.0) & (sweep.t < times[0] + 2.0) if len(times) else np.zeros(len(v), bool)
    return {
        "segments": (float(sum(section.nseg for section in cell.all)), "1"),
        "r_in": (response.r_in, "MOhm"),
        "tau_m": (response.tau_m, "ms"),
        "epsp_soma": (epsp_soma, "mV"),
        "epsp_dendrite": (epsp_dendrite, "mV"),
        "ap_first": (float(times[0]) if len(times) else np.nan, "ms"),
        "ap_peak": (float(v[around].max()) if len(times) else np.nan, "mV"),
        "ap_count": (float(len(times)), "1"),
    }


def _epsp_at(cell: Any, path: float) -> tuple[float, float]:
    """Return an EPSP's amplitude (mV) at the soma and where it starts, between the segments about ``path``.

    The segment nearest to it would be another place at every d_lambda.
    """
    from cellmodel.battery.attenuation import trunk_epsp
    from cellmodel.battery.dendrite import trunk_segments

    places = trunk_segments(cell)
    after = next((k for k, (at, _) in enumerate(places) if at >= path), len(places) - 1)
    pair = [trunk_epsp(cell, *place) for place in places[max(after - 1, 0) : after + 1]]
    at = [epsp.path for epsp in pair]
    somatic, local = ([getattr(epsp, part) for epsp in pair] for part in ("somatic", "local"))
    return float(np.interp(path, at, somatic)), float(np.interp(path, at, local))


def _scores(cell: Any) -> Values:
    from cellmodel.battery.attenuation import attenuation
    from cellmodel.battery.back_propagation import back_propagation
    from cellmodel.battery.block import block
    from cellmodel.battery.oblique import oblique
    from cellmodel.battery.somatic import somatic

    tests: tuple[Callable[[Any], Any], ...] = (somatic, block, back_propagation, attenuation, oblique)
    return {f"score_{name}": (test(cell).score, "1") for name, test in zip(SCORES, tests, strict=True)}


def segments_table(found: Mapping[Grid, Values]) -> str:
    """Return what `converge` found as a table in Markdown; in brackets the change against `USUAL`.

    Changes of scores are differences, others percent.
    """
    lines = [
        f"| measure | unit | {' | '.join(str(grid) for grid in found)} |",
        "| --- " * (len(found) + 2) + "|",
    ]
    for name, (_, unit) in next(iter(found.values())).items():
        usual = found[USUAL][name][0] if USUAL in found else np.nan
        cells = " | ".join(_entry(name, values[name][0], usual) for values in found.values())
        lines.append(f"| {name} | {'' if unit == '1' else unit} | {cells} |")
    return "\n".join(lines)


def _entry(name: str, value: float, usual: float) -> str:
    if name == "segments":
        return f"{value:.0f}"
    shown = f"{value:.0f}" if name == "ap_count" else f"{value:.4g}"
    if not np.isfinite(usual) or value == usual:
        return shown
    change = f"{value - usual:+.3f}" if name.startswith("score") else f"{value / usual - 1.0:+.2%}"
    return f"{shown} ({change})"
