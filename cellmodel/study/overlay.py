"""A user's own sweeps of a patch or of EPSCs on the simulated ones, read by the same analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.experiment import Run
from cellmodel.fitting.estimators import measures_after, read_response, smoothed, windows
from cellmodel.fitting.ratios import Ratios
from cellmodel.fitting.reading import read
from cellmodel.fitting.reading.checks import PULSE, Kind
from cellmodel.fitting.reading.reduction import by_pulse_and_dose
from cellmodel.parameters import load
from cellmodel.study.patches import Responses
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

SAME_DOSE = 1e-6  # relative


@dataclass(frozen=True)
class Average:
    """The mean of a user's sweeps with one pulse and dose.

    Attributes
    ----------
    t : array, (n_t,) ms
        0 where the pulse or the stimulus starts.
    response : array, (n_t,) pA
        Upward, without baseline.
    pulse : float, ms
        0 of an EPSC.
    dose_mM : float, mM
    n : int
        Sweeps in it.
    """

    t: np.ndarray
    response: np.ndarray
    pulse: float
    dose_mM: float
    n: int


def read_overlay(run: Run, doses_mM: Sequence[float], *, kind: Kind = PULSE) -> tuple[Average, ...]:
    """Return the averages of the user's sweeps; none without ``--overlay``.

    Parameters
    ----------
    run : Run
    doses_mM : sequence of float, mM
        Those that will be simulated, beside control.
    kind : Kind
        What the sweeps are recordings of.

    Raises
    ------
    ParameterError
        If a file cannot be used, holds a table of ratios, or no sweep has a dose that is simulated.
    """
    given = run.options
    if given.overlay is None:
        if given.sweep_table is not None:
            raise ParameterError("--sweep-table belongs to --overlay. Give both, or neither.")
        return ()
    sweeps = read(given.overlay, given.sweep_table, kind=kind)
    if isinstance(sweeps, Ratios):
        raise ParameterError(f"{given.overlay[0].name} is a table of ratios. Give --overlay sweeps.")
    for path in given.overlay:
        run.record_input(f"overlay {path.name}", path)
    averages = _averages(sweeps)
    shown = tuple(each for each in averages if is_among(each.dose_mM, (0.0, *doses_mM)))
    left = sorted({each.dose_mM for each in averages} - {each.dose_mM for each in shown})
    if left:
        text = f"your sweeps with {', '.join(f'{dose:g}' for dose in left)} mM have no simulated ones"
        if not shown:
            raise ParameterError(f"{text}. Simulate them with --dose-mM.")
        run.notice(f"{text}, and are not shown: simulate them with --dose-mM.")
    return shown


def is_among(dose: float, doses: Sequence[float]) -> bool:
    """Whether a dose is one of those that are simulated."""
    return any(np.isclose(dose, each, rtol=SAME_DOSE, atol=0.0) for each in doses)


def _averages(sweeps: Sequence[Recording]) -> list[Average]:
    found = []
    for (pulse, dose), group in by_pulse_and_dose(sweeps).items():
        t = group[0].t
        stop = min(sweep.t[-1] for sweep in group)
        t = t[t <= stop]
        mean = np.mean([np.interp(t, sweep.t, sweep["response"]) for sweep in group], axis=0)
        found.append(Average(t, mean, pulse, dose, len(group)))
    return found


def compare(run: Run, averages: Sequence[Average], found: Sequence[Responses], compound: str) -> None:
    """Draw the averages on the simulated sweeps; say and record what the same analysis reads from both."""
    panels: dict[str, Mapping[str, Recording]] = {}
    numbers: list[dict[str, Any]] = []
    is_scaled = run.options.overlay_scale == "peak"
    for average in averages:
        for each in found:
            if is_among(average.dose_mM, [each.dose_mM]):
                model = each.short if len(measures_after(average.pulse)) == 1 else each.long
                title = f"glutamate, {average.pulse:g} ms: {what_was_given(average, compound)}"
                mine = drawn_on(average, model, is_scaled=is_scaled)
                panels[title] = {each.condition: model, own_label(is_scaled): mine}
                numbers += _numbers(average, each, model)
                break
    report(run, numbers, panels, compound, what=lambda row: f"{row['pulse_ms']:g} ms pulse")


def report(
    run: Run,
    numbers: Sequence[Mapping[str, Any]],
    panels: Mapping[str, Mapping[str, Recording]],
    compound: str,
    *,
    what: Callable[[Mapping[str, Any]], str],
) -> None:
    """Say and record the numbers read from both, and draw one on the other."""
    run.record(overlay=numbers)
    for row in numbers:
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        run.say(
            f"{row['measure']}, {row['dose_mM']:g} mM, {what(row)}: "
            f"yours {row['yours']:.3g}{unit} (n = {row['n']}), model {row['model']:.3g}{unit}"
        )
    if run.options.plots:
        from cellmodel.report.trace_figures import epsc_figure

        run.save_figure("overlay", epsc_figure(panels, drug=compound))


def own_label(is_scaled: bool) -> str:
    """Return what a user's average is called in the legend."""
    return f"yours, {'scaled to its peak' if is_scaled else 'as recorded'}"


def what_was_given(average: Average, compound: str) -> str:
    """Return dose and compound, or ``control``."""
    return f"{average.dose_mM:g} mM {compound}" if average.dose_mM > 0 else "control"


def _peak(t: np.ndarray, y: np.ndarray) -> float:
    return float(smoothed(y, windows()["smoothing"] / (t[1] - t[0])).max())


def drawn_on(average: Average, model: Recording, *, is_scaled: bool, later: float = 0.0) -> Recording:
    """Return an average as the simulated sweep is: inward in nA, ``later`` (ms) and within its time."""
    t = average.t + later
    inside = (t >= model.t[0]) & (t <= model.t[-1])
    factor = 1.0 / PICOAMP_PER_NANOAMP
    if is_scaled:
        factor = _peak(model.t, -model["i"]) / _peak(average.t, average.response)
    current = -average.response[inside] * factor
    current[0] = 0.0  # the baseline that was taken off, from which the figure scales
    return Recording(t[inside], {"i": current}, {"i": "nA"}, {})


def _numbers(average: Average, each: Responses, model: Recording) -> list[dict[str, Any]]:
    """Return what one analysis reads from both: peak, and time constants or the steady state."""
    timing = load("patch.toml").values_of("pulses")
    length = timing["short" if model is each.short else "long"]
    upward = -model["i"] * PICOAMP_PER_NANOAMP
    yours = [_peak(average.t, average.response), *read_response(average.t, average.response, average.pulse)]
    own = [_peak(model.t, upward), *read_response(model.t, upward, length)]
    names = ("peak", *measures_after(average.pulse))
    common = {"condition": each.condition, "dose_mM": each.dose_mM, "pulse_ms": average.pulse, "n": average.n}
    units = {"peak": "pA", "steady_state_ratio": "1"}
    return [
        {"measure": name, "yours": float(a), "model": float(b), "unit": units.get(name, "ms"), **common}
        for name, a, b in zip(names, yours, own, strict=True)
        if np.isfinite(a) and np.isfinite(b)
    ]
