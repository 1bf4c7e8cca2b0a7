"""What a fit found, in words and as a compound file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cellmodel.fitting.fit import IMPROBABLE, LEVEL, Fit, Interval
from cellmodel.fitting.problem import NAMES, UNITS
from cellmodel.fitting.ratios import KNOWN
from cellmodel.parameters import load
from cellmodel.units import PERCENT

WIDE = 10.0  # high over low from which a constant is known to an order of magnitude only
DESENSITIZING = ("tau_desensitization", "steady_state_ratio")
CLOSING = ("tau_deactivation", "epsc_tau_decay")
ABOUT = f"{PERCENT * LEVEL:g} % interval"


def amount(value: float, name: str) -> str:
    """Return a constant with its unit."""
    return f"{value:.3g} {UNITS[name]}".removesuffix(" 1")


def undetermined(fit: Fit) -> list[str]:
    """Say which constants the data do not determine, and why; nothing where they determine all."""
    return [text for name, found in fit.intervals.items() if (text := _about(name, found))] + list(_why(fit))


def _about(name: str, found: Interval) -> str:
    if found.is_open:
        return (
            f"{name} is not determined by these data: anything from {amount(found.low, name)} to "
            f"{amount(found.high, name)}, the ends of the search, fits as well."
        )
    if found.is_open_high:
        return f"of {name} these data give a lower limit only, {amount(found.low, name)}."
    if found.is_open_low:
        return f"of {name} these data give an upper limit only, {amount(found.high, name)}."
    if found.high / found.low > WIDE:
        return f"{name} is known to an order of magnitude only."
    return ""


def _why(fit: Fit) -> Iterator[str]:
    """Yield the reasons why constants are open that can be seen from the kind of data."""
    ratios = fit.problem.ratios
    is_open = {name for name, found in fit.intervals.items() if not found.is_closed}
    if ratios.tested.size == 1 and {"k_m", "closing"} <= set(fit.intervals) and is_open:
        yield "with one dose k_m trades off against closing and entry: add a dose."
    if "entry" in is_open and not set(DESENSITIZING) & set(ratios.kinds):
        yield "entry shows in desensitization and in the steady state, which were not measured."
    if "closing" in is_open and not set(CLOSING) & set(ratios.kinds):
        yield "closing shows in deactivation and in the EPSC's decay, which were not measured."
    if "entry" in is_open and fit.values["entry"] < 1 and fit.values["k_m"] > ratios.tested[-1]:
        yield "entry needs both sites: a dose above k_m would determine it."


def warnings(fit: Fit) -> list[str]:
    """Say what makes the fit less sure than its intervals."""
    found = [*fit.problem.ratios.notices, *_tuning(fit)]
    ratios, free = fit.problem.ratios, fit.problem.free
    if ratios.values.size < len(free):
        found.append(f"fewer ratios ({ratios.values.size}) than constants ({len(free)}).")
    elif ratios.values.size == len(free):
        found.append("as many ratios as constants: nothing is left to judge the fit by.")
    if not any(each.is_closed for each in fit.intervals.values()):
        found.append(
            "none of the constants is determined on both sides: the file describes these data, no more."
        )
    if fit.misfit < IMPROBABLE:
        found.append(
            f"the model does not describe these ratios within their errors (chance {fit.misfit:.1g}): "
            f"{fit.problem.worst(fit.modulation)}. The intervals are widened by the misfit; the constants "
            "are a summary, no more."
        )
    return found + list(_no_effect(fit))


def _tuning(fit: Fit) -> Iterator[str]:
    tuning = fit.problem.tuning
    if not tuning.is_none:
        yield (
            f"your control is not that of the receptor {fit.problem.receptor}: for the fit all its rates are "
            f"taken {tuning.speed:.2g} times as fast, besides desensitization is entered {tuning.entry:.2g} "
            f"and left {tuning.leaving:.2g} times as fast. What the control's error leaves open is in the "
            "intervals. Other experiments use the receptor as shipped."
        )


def _no_effect(fit: Fit) -> Iterator[str]:
    for name, what in (("closing", "closing"), ("entry", "entry into desensitization")):
        found = fit.intervals.get(name)
        if found is not None and found.low <= 1.0 <= found.high:
            yield f"no effect on {what} is within the interval."


def result_lines(fit: Fit) -> list[str]:
    """Return what is said on the screen: each constant with its interval, then what is not determined."""
    lines = []
    for name in NAMES:
        found, value = fit.intervals.get(name), amount(fit.values[name], name)
        lines.append(f"{name} = {value} ({_interval_text(name, found)})")
    return lines


def _interval_text(name: str, found: Interval | None) -> str:
    if found is None:
        return "given, not fitted"
    ends = (
        "not determined" if found.is_open_low else amount(found.low, name),
        "not determined" if found.is_open_high else amount(found.high, name),
    )
    return "not determined" if found.is_open else f"{ABOUT}: {ends[0]} to {ends[1]}"


def compound_toml(fit: Fit, name: str, notices: Sequence[str] = ()) -> str:
    """Return the text of a compound file; it loads with ``Compound.named("NAME.toml")``.

    Parameters
    ----------
    fit : Fit
    name : str
    notices : sequence of str
        What else a user of the file has to know.
    """
    ratios = fit.problem.ratios
    says = [*undetermined(fit), *warnings(fit), *notices]
    dose: dict[str, object] = {
        "value": float(ratios.tested[-1]),
        "unit": "mM",
        "source": "user_data",
        "where": ratios.source,
        "kind": "measured",
        "note": "the highest dose measured",
    }
    lines = [
        f"# Fitted by fit_compound to {_one_line(ratios.source)} on the receptor {fit.problem.receptor}.",
        f"name    = {_quoted(name)}",
        f"regime  = {_quoted(fit.problem.regime)}",
        f"slows_o = {str(fit.problem.slows_o).lower()}",
        f"notices = [{', '.join(_quoted(f'fitted to user data: {text}') for text in says)}]",
        "",
        f"default_dose = {_table(dose)}",
        "",
        "[modulation]",
    ]
    return "\n".join([*lines, *(f"{key} = {_table(_entry(fit, key))}" for key in NAMES)]) + "\n"


def _entry(fit: Fit, name: str) -> dict[str, object]:
    found = fit.intervals.get(name)
    value = float(f"{fit.values[name]:.6g}")
    common: dict[str, object] = {
        "value": value,
        "unit": UNITS[name],
        "source": "user_data",
        "where": fit.problem.ratios.source,
    }
    if found is None:
        return common | {"kind": "assumed", "note": "given by the user, not fitted"}
    low, high = min(value, float(f"{found.low:.6g}")), max(value, float(f"{found.high:.6g}"))
    text = f"{_interval_text(name, found)}. {_about(name, found)}".strip()
    return common | {"kind": "fitted", "low": low, "high": high, "note": text}


def _table(fields: dict[str, object]) -> str:
    shown = (f"{k} = {_quoted(v) if isinstance(v, str) else repr(v)}" for k, v in fields.items())
    return f"{{ {', '.join(shown)} }}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Return a TOML string."""
    escaped = _one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c for c in escaped if c.isprintable()) + '"'


def describe(fit: Fit) -> dict[str, object]:
    """Return the fit as run.json keeps it."""
    bounds = {name: np.exp(fit.problem.bounds_of(name)).tolist() for name in fit.problem.free}
    ratios = fit.problem.ratios
    return {
        "constants": dict(fit.values),
        "regime": fit.problem.regime,
        "slows_o": fit.problem.slows_o,
        "receptor": fit.problem.receptor,
        "rig": vars(fit.problem.rig),
        "tuning": vars(fit.problem.tuning),
        "control": None if fit.problem.control is None else fit.problem.control.describe(),
        "fixed": dict(fit.problem.fixed),
        "bounds": bounds,
        "level": LEVEL,
        "intervals": {name: vars(found) for name, found in fit.intervals.items()},
        "undetermined": undetermined(fit),
        "warnings": warnings(fit),
        "chance_of_misfit": fit.misfit,
        "n_ratios": int(ratios.values.size),
        "observations": [None if n >= KNOWN or not np.isfinite(n) else float(n) for n in ratios.n],
        "errors_assumed": load("fitting.toml").values_of("errors"),
    }
