"""How much a cell's behavior depends on its segments and on the solver's steps: measures at several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.morphology import Morphology
from cellmodel.parameters import load
from cellmodel.protocol import fixed_step, solver_tolerance
from cellmodel.protocol.current_clamp import TOLERANCE

EPSP_PATH = 250.0
"""um along the trunk at which the EPSP starts."""
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
    step : float, ms, optional
        Fixed, in place of CVODE.
    """

    d_lambda: float
    tolerance: float = TOLERANCE
    step: float | None = None

    def __str__(self) -> str:
        """Return it as the head of a column."""
        finer = "" if self.tolerance == TOLERANCE else f", tolerance {self.tolerance:g}"
        fixed = "" if self.step is None else f", step {self.step:g} ms"
        return f"d_lambda {self.d_lambda:g}{finer}{fixed}"

    def solver(self) -> AbstractContextManager[None]:
        """Return a block in which cells are integrated so."""
        return solver_tolerance(self.tolerance) if self.step is None else fixed_step(self.step)


USUAL = Grid(0.1)


def grids_of(
    d_lambdas: Sequence[float] = (), tolerances: Sequence[float] = (), steps: Sequence[float] = ()
) -> tuple[Grid, ...]:
    """Return the usual grid and those that differ from it in one of these: the coarsest segments first."""
    return (
        *(Grid(d_lambda) for d_lambda in sorted({USUAL.d_lambda, *d_lambdas}, reverse=True)),
        *(Grid(USUAL.d_lambda, tolerance) for tolerance in tolerances),
        *(Grid(USUAL.d_lambda, step=step) for step in steps),
    )


GRIDS = grids_of((0.4, 0.2, 0.05), (TOLERANCE / 10,))


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
        Somatic features are those of the set of recordings of that name; of ``patch`` for any other.
    grids : sequence of Grid
    quick : bool
        Whether the published tests that take minutes are left out.
    say : callable
        Gets a line for each score and when a cell is done.

    Returns
    -------
    dict of Grid to dict of str to (value, unit)
    """
    from cellmodel.battery.somatic import SETS
    from cellmodel.cell import CA1Pyramidal
    from cellmodel.cell.biophysics import Biophysics

    which = biophysics if biophysics in SETS else "patch"
    rules, celsius = Biophysics.named(biophysics), load("battery/battery.toml").value("celsius")
    found: dict[Grid, Values] = {}
    guesses: dict[str, float] = {}
    for grid in sorted(grids, key=lambda grid: grid != USUAL):  # others search where the usual one found
        settings = MappingProxyType({**rules.settings, "d_lambda": grid.d_lambda})
        cell = CA1Pyramidal(
            morphology, biophysics=dataclasses.replace(rules, settings=settings), celsius=celsius
        )
        try:
            with grid.solver():
                found[grid] = _cell_values(cell, which)
                for outcome in () if quick else _outcomes(cell, which, guesses):
                    found[grid][f"score_{outcome.test}"] = (outcome.score, "1")
                    say(f"{grid}: score_{outcome.test} {outcome.score:.3f}")
                    if grid == USUAL:
                        guesses |= _guess(outcome)
        finally:
            cell.free()
        say(f"{grid}: {found[grid]['segments'][0]:.0f} segments")
    return {grid: found[grid] for grid in grids}


def _cell_values(cell: Any, which: str) -> Values:
    from cellmodel.analysis import spike_times
    from cellmodel.battery.passive import passive
    from cellmodel.battery.somatic import record_step, steps_of

    response = passive(cell).response
    epsp_soma, epsp_dendrite = _epsp_at(cell, EPSP_PATH)
    sweep = record_step(cell, which, max(steps_of(which)))
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


def _outcomes(cell: Any, which: str, guesses: Mapping[str, float]) -> Iterator[Any]:
    """Yield the outcome of each published test; ``guesses`` (nA) spare sweeps of searches."""
    from cellmodel.battery.attenuation import attenuation
    from cellmodel.battery.back_propagation import back_propagation
    from cellmodel.battery.block import block
    from cellmodel.battery.oblique import oblique
    from cellmodel.battery.somatic import somatic

    yield somatic(cell, which)
    yield block(cell, guess=guesses.get("block", 0.0))
    yield back_propagation(cell, guess=guesses.get("bap"))
    yield attenuation(cell)
    yield oblique(cell)


def _guess(outcome: Any) -> dict[str, float]:
    """Return where another search for the same may begin: the train's current, that of most spikes (nA)."""
    if outcome.test == "bap" and outcome.n_spikes:
        return {"bap": outcome.current}
    if outcome.test == "block" and outcome.is_blocked:
        return {"block": outcome.sweeps["most_spikes"].meta["amplitude"]}
    return {}


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
    if np.isnan(value):
        return "none"
    if not np.isfinite(usual) or value == usual:
        return shown
    change = f"{value - usual:+.3f}" if name.startswith("score") else f"{value / usual - 1.0:+.2%}"
    return f"{shown} ({change})"
