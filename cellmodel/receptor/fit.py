"""Fit the rates of a receptor to what patches showed: ``python -m cellmodel.receptor.fit ca1``.

docs/receptor_fits.txt is the record: what this printed for every shipped receptor.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cellmodel.errors import CellModelError, unknown_name
from cellmodel.parameters import Parameter, load
from cellmodel.receptor.kinetics import ec50, measure
from cellmodel.receptor.profile import RATE_UNITS, Receptor
from cellmodel.receptor.scheme import Scheme

TARGETS = "receptor_targets.toml"
PULL = 0.5  # weight of one e-fold away from the starting rate: decides only what the targets leave open
DIGITS = 3
EVALUATIONS = 60
STEP = 1e-4  # for the derivatives: wide enough that rounding in the measures does not end the search early


def targets(name: str) -> dict[tuple[str, float], Parameter]:
    """Return what a receptor should show: (measure, glutamate in mM) to target and its spread."""
    entries = load(TARGETS).group(name)
    if not entries:
        known = {key.split(".")[0] for key in load(TARGETS)} - {"start"}
        raise unknown_name("receptor with targets", name, known)
    return dict(_keyed(entries))


def _keyed(entries: dict[str, Parameter]) -> Iterator[tuple[tuple[str, float], Parameter]]:
    for key, entry in entries.items():
        level, quantity = key.split(".")
        if quantity != "glutamate":
            yield (quantity, entries[f"{level}.glutamate"].value), entry


def fit_rates(name: str) -> dict[str, float]:
    """Return the rates that meet a receptor's targets best, 1/ms or 1/(mM ms), to three digits.

    Least squares over the logarithms of all rates, each target weighted by its spread, with a weak pull to
    the published scheme.

    Raises
    ------
    ParameterError
        If there are no targets of this name.
    """
    from scipy.optimize import least_squares

    wanted = targets(name)
    start = np.log(list(start_rates(wanted).values()))
    found = least_squares(
        lambda logs: _residuals(logs, start, wanted), start, diff_step=STEP, max_nfev=EVALUATIONS
    )
    return {k: float(f"{v:.{DIGITS}g}") for k, v in zip(RATE_UNITS, np.exp(found.x), strict=True)}


def misfit(name: str, rates: Mapping[str, float]) -> float:
    """Return what `fit_rates` makes small: the sum of squares over targets and pull, 1."""
    wanted = targets(name)
    start = np.log(list(start_rates(wanted).values()))
    return float(np.sum(_residuals(np.log([rates[rate] for rate in RATE_UNITS]), start, wanted) ** 2))


def _residuals(logs: np.ndarray, start: np.ndarray, wanted: dict[tuple[str, float], Parameter]) -> np.ndarray:
    return np.append(_misses(_receptor("fit", np.exp(logs)), wanted), PULL * (logs - start))


def start_rates(wanted: dict[tuple[str, float], Parameter]) -> dict[str, float]:
    """Return the published rates, sped up as a whole so that they deactivate as wanted."""
    published = {rate: load(TARGETS).value(f"start.{rate}") for rate in RATE_UNITS}
    level = next(glutamate for quantity, glutamate in wanted if quantity == "deactivation")
    shown = measure(Scheme(_receptor("start", np.array(list(published.values())))), level)
    speed = shown.deactivation / wanted["deactivation", level].value
    return {rate: value * speed for rate, value in published.items()}


def _receptor(name: str, rates: np.ndarray) -> Receptor:
    return Receptor(
        name, dict(zip(RATE_UNITS, rates.tolist(), strict=True)), celsius=22.0, q10=1.0, gamma=1.0
    )


def _misses(receptor: Receptor, wanted: dict[tuple[str, float], Parameter]) -> np.ndarray:
    """Return the logarithm of obtained over wanted, in units of the wanted value's relative spread."""
    got = obtained(receptor, wanted)
    spreads = {key: (entry.sd or entry.value) / entry.value for key, entry in wanted.items()}
    return np.array([np.log(got[key] / wanted[key].value) / spreads[key] for key in wanted])


def obtained(
    receptor: Receptor, wanted: dict[tuple[str, float], Parameter]
) -> dict[tuple[str, float], float]:
    """Return what a receptor shows for every target."""
    scale = next((entry.value for (quantity, _), entry in wanted.items() if quantity == "recovery"), 80.0)
    levels = {glutamate for _, glutamate in wanted}
    scheme = Scheme(receptor)
    shown = {level: vars(measure(scheme, level, scale=scale)) for level in levels}
    if any(quantity == "ec50" for quantity, _ in wanted):
        half = {"ec50": ec50(scheme)}
        shown = {level: measures | half for level, measures in shown.items()}
    return {(quantity, level): shown[level][quantity] for quantity, level in wanted}


def main(arguments: Sequence[str]) -> int:
    """Fit the receptors named, print their rates and what was asked and obtained; return the exit code."""
    try:
        for name in arguments or ("ca1",):
            print("\n".join(report(name, fit_rates(name))))
    except CellModelError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def report(name: str, rates: dict[str, float]) -> Iterator[str]:
    """Yield the lines that say which rates were found and how well they meet the targets."""
    wanted = targets(name)
    got = obtained(_receptor(name, np.array(list(rates.values()))), wanted)
    yield f"{name}: rates at the temperature of the targets"
    yield from (f"    {rate} = {value:g} {RATE_UNITS[rate]}" for rate, value in rates.items())
    yield f"{'target':<28}{'wanted':>10}{'obtained':>10}"
    for (quantity, level), entry in wanted.items():
        yield f"{f'{quantity}, {level:g} mM':<28}{entry.value:>10.4g}{got[quantity, level]:>10.4g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
