"""How much a cell's behavior depends on the number of its segments: the same measures at several d_lambda."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.morphology import Morphology

D_LAMBDAS = (0.4, 0.2, 0.1, 0.05)
EPSP_PATH = 250.0
"""um along the trunk at which the EPSP starts."""
SCORES = ("somatic_patch", "block", "bap", "attenuation", "oblique")
Values = dict[str, tuple[float, str]]


def converge(
    morphology: Morphology | str | None = None,
    *,
    biophysics: str = "patch",
    d_lambdas: Sequence[float] = D_LAMBDAS,
    quick: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> dict[float, Values]:
    """Measure one cell with segments of several lengths.

    Parameters
    ----------
    morphology : Morphology, str or None
        What `CA1Pyramidal` takes.
    biophysics : str
    d_lambdas : sequence of float, 1
        Longest segment over the AC length constant.
    quick : bool
        Whether the published tests that take minutes are left out.
    say : callable
        Gets a line when a cell is done.

    Returns
    -------
    dict of float to dict of str to (value, unit)
    """
    from cellmodel.cell import CA1Pyramidal
    from cellmodel.cell.biophysics import Biophysics

    rules = Biophysics.named(biophysics)
    found: dict[float, Values] = {}
    for d_lambda in d_lambdas:
        settings = MappingProxyType({**rules.settings, "d_lambda": float(d_lambda)})
        cell = CA1Pyramidal(morphology, biophysics=dataclasses.replace(rules, settings=settings))
        try:
            found[d_lambda] = {**_cell_values(cell), **({} if quick else _scores(cell))}
        finally:
            cell.free()
        say(f"d_lambda {d_lambda:g}: {found[d_lambda]['segments'][0]:.0f} segments")
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

    every_place = partial(attenuation, n_places=sys.maxsize)  # those drawn would differ with the segments
    tests: tuple[Callable[[Any], Any], ...] = (somatic, block, back_propagation, every_place, oblique)
    return {f"score_{name}": (test(cell).score, "1") for name, test in zip(SCORES, tests, strict=True)}


def segments_table(found: Mapping[float, Values]) -> str:
    """Return what `converge` found as a table in Markdown; changes of scores are differences."""
    finest = min(found)
    head = " | ".join(f"d_lambda {d:g}" for d in found)
    lines = [
        f"| measure | unit | {head} | change, {_usual(found):g} to {finest:g} |",
        "| --- " * (len(found) + 3) + "|",
    ]
    for name, (last, unit) in found[finest].items():
        values = [found[d][name][0] for d in found]
        cells = " | ".join(
            f"{value:.0f}" if name in ("segments", "ap_count") else f"{value:.4g}" for value in values
        )
        usual = found[_usual(found)][name][0]
        shown = f"{last - usual:+.3f}" if name.startswith("score") else f"{last / usual - 1.0:+.2%}"
        lines.append(
            f"| {name} | {'' if unit == '1' else unit} | {cells} | {'' if name == 'segments' else shown} |"
        )
    return "\n".join(lines)


def _usual(found: Mapping[float, Values]) -> float:
    """Return the d_lambda that is twice the finest, as used by default, or the finest but one."""
    return sorted(found)[1] if len(found) > 1 else min(found)
