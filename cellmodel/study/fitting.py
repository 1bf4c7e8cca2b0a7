"""From the options of fit_compound to a compound file, rows and figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.compound import Compound, Modulation
from cellmodel.errors import CellModelError, ParameterError, unknown_name
from cellmodel.experiment import Run
from cellmodel.fitting import NAMES, Fit, Problem, Ratios, Rig, fit
from cellmodel.fitting.draws import draw
from cellmodel.fitting.estimators import LONG, SHORT, measures_after
from cellmodel.fitting.fit import IMPROBABLE
from cellmodel.fitting.problem import UNITS
from cellmodel.fitting.reading import read
from cellmodel.fitting.reading.reduction import Key, reduce
from cellmodel.fitting.statement import compound_toml, describe, result_lines, undetermined, warnings
from cellmodel.fitting.tuning import Control, tuned
from cellmodel.fitting.twin import shown
from cellmodel.parameters import load
from cellmodel.receptor import Receptor, Scheme
from cellmodel.recording import Measure
from cellmodel.recording.nwb_session import USER_DATA
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

DRAWS = 40
LOWEST, HIGHEST = 1e-3, 1e4  # of what a control shows, ms or 1
ALLOWED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,()+-]{0,63}")
FAR = 2.5  # fold between the user's control and the receptor's from which another receptor is suggested
OTHER = {"fast": "slow", "slow": "fast"}
EXCHANGE = {
    "fast": "leave its sites much faster than receptors gate",
    "slow": "stay on its sites during a sweep",
}


@dataclass(frozen=True)
class Job:
    """What is fitted: the problem, the compound's name, and the sweeps it came from, if any.

    Attributes
    ----------
    problem : Problem
    name : str
    sweeps : tuple of Recording
    means : mapping of (pulse ms, dose mM) to Recording
    notices : tuple of str
    """

    problem: Problem
    name: str
    sweeps: tuple[Recording, ...] = ()
    means: Mapping[Key, Recording] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A fit and sets of constants that the data allow as well."""

    fit: Fit
    drawn: tuple[Modulation, ...]
    notices: tuple[str, ...] = ()


def read_job(run: Run) -> Job:
    """Return what the options ask for; the files are read and checked.

    Raises
    ------
    ParameterError
        If an option or a file cannot be used.
    """
    given = run.options
    Receptor.named(given.receptor)
    if not given.data:
        raise ParameterError("no data. Give --data a table of ratios or files of sweeps.")
    name = check_name(given.name or Path(given.data[0]).stem)
    fixed = dict(read_fixed(text) for text in given.fixed or ())
    content = read(given.data, given.sweep_table)
    for path in (*given.data, *([given.sweep_table] if given.sweep_table else [])):
        run.record_input(path.name, path)
    return _job(name, content, given, fixed)


def _job(name: str, content: Ratios | list[Recording], given: Any, fixed: Mapping[str, float]) -> Job:
    """Return what is fitted, from ratios or sweeps that were read."""
    rig, control = _rig(given), told_control(given.control or ())
    sweeps: tuple[Recording, ...] = ()
    means: Mapping[Key, Recording] = {}
    if isinstance(content, Ratios):
        ratios = content
    else:
        found, sweeps = reduce(content), tuple(content)
        ratios, means = found.ratios, found.means
        rig, control = _with_pulses(rig, means), found.control.joined(control)
    tuning = tuned(given.receptor, rig, control)
    problem = Problem(
        ratios,
        given.receptor,
        rig,
        given.slows_o == "yes",
        fixed,
        tuning=tuning,
        control=control,
        regime=given.regime,
    )
    return Job(problem, name, sweeps, means, tuple(_notices(problem, control)))


def check_name(name: str) -> str:
    """Return a compound's name that can be a file's name and is not that of a shipped compound."""
    if not ALLOWED_NAME.fullmatch(name):
        raise ParameterError(f"name {name!r}. Give letters, digits and -_., to 64 characters, with --name.")
    if name in Compound.names():
        raise ParameterError(f"a compound called {name!r} is shipped. Give another with --name.")
    return name


def read_fixed(text: str) -> tuple[str, float]:
    """Return name and value of ``NAME=VALUE``."""
    name, _, number = text.partition("=")
    if name not in NAMES:
        raise unknown_name("constant to fix", name, NAMES)
    try:
        return name, float(number)
    except ValueError:
        raise ParameterError(f"--fixed {text}: {number!r} is not a number. Give {name}=VALUE.") from None


def told_control(texts: Sequence[str]) -> Control:
    """Return the control that is given on the command line, with its errors."""
    values, errors = {}, {}
    for text in texts:
        name, value, error = read_control(text)
        values[name], errors[name] = value, error
    return Control.given(values, errors)


def read_control(text: str) -> tuple[str, float, float]:
    """Return measure, value and relative standard error of ``MEASURE=VALUE`` or ``MEASURE=VALUE+-SEM``."""
    name, _, number = text.partition("=")
    if name not in (*SHORT, *LONG):
        raise unknown_name("measure of the control", name, (*SHORT, *LONG))
    first, has_error, second = number.replace("±", "+-").partition("+-")
    value, error = (_as_number(part, text, name) for part in (first, second if has_error else "0"))
    if not LOWEST < value < HIGHEST:
        raise ParameterError(f"--control {text}: give ms, or 1 for the steady state, above {LOWEST:g}.")
    if not has_error:
        return name, value, load("fitting.toml").value("errors.control")
    if not 0 < error < value:
        raise ParameterError(f"--control {text}: the standard error has to be above 0 and below the value.")
    return name, value, error / value


def _as_number(number: str, text: str, name: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise ParameterError(
            f"--control {text}: {number!r} is not a number. Give {name}=VALUE or {name}=VALUE+-SEM."
        ) from None


def _rig(given: Any) -> Rig:
    usual = Rig.usual()
    return replace(
        usual,
        glutamate=given.glutamate_mM or usual.glutamate,
        exchange=given.exchange_ms or usual.exchange,
        filter_kHz=given.filter_kHz or usual.filter_kHz,
    )


def _with_pulses(rig: Rig, means: Mapping[Key, Recording]) -> Rig:
    pulses = {measures_after(pulse): pulse for pulse, _ in means}
    short = pulses.pop(SHORT, rig.short)
    return replace(rig, short=short, long=next(iter(pulses.values()), rig.long))


def _notices(problem: Problem, control: Control) -> Iterator[str]:
    """Say what is not known of the user's control, and where it is far from that of the receptor."""
    receptor = problem.receptor
    other = OTHER[problem.regime]
    yield (
        f"the drug is taken to be in both solutions, and to {EXCHANGE[problem.regime]}; for one that is held "
        f"to {EXCHANGE[other]} give --regime {other}. Such recordings tell the two apart only where one does "
        "not describe them; those with the drug beside the glutamate alone would."
    )
    if not control.measures:
        yield (
            f"your control is taken to be that of the receptor {receptor}. If it is faster or slower, give "
            "it with --control: intervals that rest on another receptor are too narrow."
        )
    model = shown(Scheme(Receptor.named(receptor)), problem.rig, control.measures)
    for name, own in control.as_mapping().items():
        if name != "steady_state_ratio" and not 1 / FAR < own / model[name] < FAR:
            yield (
                f"{name} of your control is {own:.3g} ms, that of the receptor {receptor} {model[name]:.3g} "
                "ms. Is the pulse as long as the protocol says? If so, choose another with "
                f"--receptor ({', '.join(Receptor.names())})."
            )


def fit_job(job: Job, *, seed: int) -> Found:
    """Fit, and draw the sets of constants from which the bands are made."""
    found = fit(job.problem)
    return Found(found, tuple(draw(found, DRAWS, seed)), tuple(_other_regime(found)))


def _other_regime(found: Fit) -> Iterator[str]:
    """Say where a drug with the other exchange describes ratios that this one does not."""
    regime, other = found.problem.regime, OTHER[found.problem.regime]
    if found.misfit >= IMPROBABLE:
        return
    try:
        instead = fit(replace(found.problem, regime=other, doubt=None))
    except CellModelError:
        return
    if instead.misfit >= IMPROBABLE:
        yield (
            f"these ratios are not those of a drug that is held to {EXCHANGE[regime]}, but may be of one "
            f"that is held to {EXCHANGE[other]} (chance {instead.misfit:.2g}): fit it with --regime {other}."
        )


def save(run: Run, job: Job, found: Found) -> None:
    """Say what was found; write the compound, rows, sweeps and figures."""
    notices = (*found.notices, *job.notices)
    text = compound_toml(found.fit, job.name, notices)
    run.record(fit=describe(found.fit), name=job.name)
    for line in result_lines(found.fit):
        run.say(line)
    for line in (*undetermined(found.fit), *warnings(found.fit), *notices):
        run.notice(line)
    run.add(rows(job, found))
    run.add_sweep(*(_clamp_sweep(sweep, job) for sweep in job.sweeps))
    run.save_text(f"{job.name}.toml", text)
    if run.options.plots:
        save_figures(run, job, found)


def rows(job: Job, found: Found) -> list[Measure]:
    """Return the constants with their intervals, and each ratio as measured and as fitted."""
    preparation = Receptor.named(job.problem.receptor).preparation
    labels: dict[str, Any] = {
        "experiment": "fit_compound",
        "preparation": preparation,
        "compound": job.name,
    }
    return [*_constants(found, labels), *_ratio_rows(found, labels)]


def _constants(found: Found, labels: Mapping[str, Any]) -> Iterator[Measure]:
    for name in NAMES:
        unit, within = UNITS[name], found.fit.intervals.get(name)
        values = {"fitted" if within else "given": found.fit.values[name]}
        if within is not None:
            low = "search_bound_low" if within.is_open_low else "interval_low"
            high = "search_bound_high" if within.is_open_high else "interval_high"
            values |= {low: within.low, high: within.high}
        for condition, value in values.items():
            yield Measure(measure=name, condition=condition, value=value, unit=unit, **labels)


def _ratio_rows(found: Found, labels: Mapping[str, Any]) -> Iterator[Measure]:
    problem = found.fit.problem
    ratios = problem.ratios
    predicted = np.exp(problem.predicted(found.fit.modulation))
    spread = np.exp([problem.predicted(each) for each in found.drawn]).std(axis=0, ddof=1)
    for k, measure in enumerate(ratios.measures):
        common = {"measure": "ratio", "unit": "1", "dose_mM": float(ratios.doses[k]), **labels}
        error = float(ratios.errors[k] * ratios.values[k])
        yield Measure(condition=f"{measure}, measured", value=float(ratios.values[k]), sd=error, **common)
        yield Measure(
            condition=f"{measure}, fitted",
            value=float(predicted[k]),
            sd=float(spread[k]),
            n=len(found.drawn),
            **common,
        )


def _clamp_sweep(sweep: Recording, job: Job) -> Recording:
    """Return a user's sweep with the words that traces.nwb needs."""
    dose, pulse = sweep.meta["dose_mM"], sweep.meta["pulse_ms"]
    meta = {
        **sweep.meta,
        "mode": "voltage_clamp",
        "preparation": Receptor.named(job.problem.receptor).preparation,
        "condition": "drug" if dose > 0 else "control",
        "compound": job.name,
        "stimulus": f"glutamate, {pulse:g} ms",
        "location": "patch",
        "origin": USER_DATA,
    }
    return Recording(sweep.t, {"i": sweep["i"]}, {"i": "nA"}, meta)


def save_figures(run: Run, job: Job, found: Found) -> None:
    """Draw the fit, and the averaged sweeps of the highest dose over their control."""
    from cellmodel.fitting import refined
    from cellmodel.report.fit_figures import fit_figure
    from cellmodel.report.trace_figures import patch_figure

    run.save_figure("fit", fit_figure(refined(found.fit), found.drawn))
    panels = _panels(job.means)
    if panels:
        dose = max(dose for _, dose in job.means)
        run.save_figure("sweeps", patch_figure(panels, drug=f"{dose:g} mM {job.name}"))


def _panels(means: Mapping[Key, Recording]) -> dict[str, dict[str, Recording]]:
    pulses: Sequence[float] = list(dict.fromkeys(pulse for pulse, _ in means))
    panels = {}
    for pulse in pulses:
        top = max(dose for length, dose in means if length == pulse)
        both = {"control": means[pulse, 0.0], "drug": means[pulse, top]}
        panels[f"glutamate, {pulse:g} ms"] = {name: _inward(mean) for name, mean in both.items()}
    return panels


def _inward(mean: Recording) -> Recording:
    current = -mean["response"] / PICOAMP_PER_NANOAMP
    return Recording(mean.t, {"i": current}, {"i": "nA"}, mean.meta)
