"""Fit a modulator to what was published of it: ``python -m cellmodel.receptor.fit_modulation CX614``.

The constants that are fitted are those whose kind in the compound's file is ``fitted``; the others stay.
docs/compound_fits.txt is the record: what this printed for every shipped modulator.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cellmodel.compound import SELECTABLE, Compound, Modulation
from cellmodel.errors import CellModelError, ParameterError, unknown_name
from cellmodel.parameters import Parameter, load, load_file
from cellmodel.receptor.exchange import SlowScheme, worst_error
from cellmodel.receptor.kinetics import LONG, Kinetics, measure, synaptic
from cellmodel.receptor.point_process import modulation_of
from cellmodel.receptor.profile import Receptor
from cellmodel.receptor.response import Gating, driven, open_fraction
from cellmodel.receptor.scheme import Scheme
from cellmodel.units import TIME_CONSTANTS_OF_10_90

TARGETS = "compound_targets.toml"
RECEPTOR = "ca1"
PULL = 0.1  # weight of one e-fold away from where the fit starts: decides only what the targets leave open
EVALUATIONS = 60
DIGITS = 2
SATURATING, HALVINGS = 300.0, 40  # times k_m; steps of the search for half of the effect there
RISING = np.linspace(0.0, 300.0, 601)  # ms, of a puff
EXCHANGES = {
    "fast": (1.0, 3.0, 10.0, 15.0, 30.0, 100.0, 300.0, 1000.0),
    "slow": (1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4),
}
"""Exchange rates (/ms) of the table of errors, by regime."""


@dataclass(frozen=True)
class Shown:
    """What a receptor shows at one dose of a modulator, and what it shows without.

    Parameters
    ----------
    receptor : Receptor
    modulation : Modulation
    dose_mM : float, mM
    regime : str
    """

    receptor: Receptor
    modulation: Modulation
    dose_mM: float
    regime: str = "fast"

    @cached_property
    def scheme(self) -> Gating:
        """The scheme of the regime at this dose."""
        kind = Scheme if self.regime == "fast" else SlowScheme
        return kind(self.receptor, self.modulation, self.dose_mM)

    @cached_property
    def kinetics(self) -> Kinetics:
        """What the patch shows in the glutamate of the patch protocol."""
        return measure(self.scheme, load("patch.toml").value("rig.glutamate"))

    @cached_property
    def control(self) -> Shown:
        """The same without modulator."""
        return replace(self, dose_mM=0.0)

    @cached_property
    def epsc(self) -> tuple[float, float]:
        """Peak (1) and decay (ms) in the glutamate of one release, at one point."""
        glutamate = load("synapse.toml").values_of("glutamate")
        return synaptic(self.scheme, glutamate["peak"], glutamate["tau_decay"])

    @cached_property
    def puffed(self) -> float:
        """Largest open fraction in a slow puff of glutamate, at one point, 1."""
        puff = load("preparations.toml").values_of("puff")
        tau = puff["rise"] / TIME_CONSTANTS_OF_10_90
        states = driven(self.scheme, RISING, lambda at: puff["glutamate"] * (1.0 - np.exp(-at / tau)))
        return float(states[:, self.scheme.open_states].sum(axis=1).max())

    @cached_property
    def plateau(self) -> float:
        """Open fraction at the end of the long pulse, 1."""
        level = load("patch.toml").value("rig.glutamate")
        return float(open_fraction(self.scheme, np.array([0.0, LONG]), [(0.0, level)])[-1])

    @cached_property
    def settled(self) -> float:
        """Open fraction over its peak in a pulse so long that nothing changes any more, 1."""
        level = load("patch.toml").value("rig.glutamate")
        rest = self.scheme.steady_state(level)[self.scheme.open_states].sum()
        return float(rest) / self.kinetics.peak

    def left_after(self, pulse: float) -> float:
        """Return the open fraction at the end of a pulse (ms) over its peak, 1."""
        level = load("patch.toml").value("rig.glutamate")
        last = open_fraction(self.scheme, np.array([0.0, pulse]), [(0.0, level)])[-1]
        return float(last) / self.kinetics.peak

    @cached_property
    def half_dose(self) -> float:
        """Dose with half of the largest effect on the plateau, mM."""
        none, all_of_it = self.control.plateau, self._at(SATURATING * self.modulation.k_m).plateau
        low, high = math.log(1e-3 * self.modulation.k_m), math.log(SATURATING * self.modulation.k_m)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_more = self._at(math.exp(middle)).plateau > (none + all_of_it) / 2
            low, high = (low, middle) if is_more else (middle, high)
        return math.exp(high)

    def _at(self, dose_mM: float) -> Shown:
        return replace(self, dose_mM=dose_mM)

    def value(self, quantity: str) -> float:
        """Return a ratio to control (1), ``plateau_over_peak`` (1) or ``ec50_plateau`` (mM)."""
        if quantity == "ec50_plateau":
            return self.half_dose
        if quantity == "plateau_over_peak":
            return self.kinetics.steady_state
        return self._extent(quantity) / self.control._extent(quantity)

    def _extent(self, quantity: str) -> float:
        if quantity in ("epsc_peak", "epsc_decay"):
            return self.epsc[quantity == "epsc_decay"]
        if quantity == "puff":
            return self.puffed
        return self.settled if quantity == "settled" else float(getattr(self.kinetics, quantity))


@dataclass(frozen=True)
class Problem:
    """A compound and what was published of it."""

    compound: Compound

    @staticmethod
    def named(name: str) -> Problem:
        """Return the problem of a shipped compound that has targets."""
        compound = Compound.named(name)
        if not load(TARGETS).group(compound.name):
            known = {key.split(".")[0] for key in load(TARGETS)} - {"start"}
            raise unknown_name("compound with targets", name, known)
        return Problem(compound)

    @property
    def modulation(self) -> Modulation:
        """The constants of the file."""
        if self.compound.modulation is None:
            raise ParameterError(f"{self.compound.name} is no modulator: it has no constants to fit.")
        return self.compound.modulation

    @cached_property
    def targets(self) -> dict[tuple[str, str], Parameter]:
        """(Dose level, quantity) to target and its spread."""
        entries = load(TARGETS).group(self.compound.name)
        split = {(*key.split("."),): entry for key, entry in entries.items()}
        return {(level, what): entry for (level, what), entry in split.items() if what != "dose"}

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The constants that are fitted."""
        entries = load_file(self.compound.path).group("modulation")
        return tuple(name for name in SELECTABLE if entries[name].kind == "fitted")

    def obtained(self, modulation: Modulation) -> dict[tuple[str, str], float]:
        """Return what these constants give for every target."""
        receptor = Receptor.named(RECEPTOR)
        compound = replace(self.compound, modulation=modulation)
        effective = modulation_of(compound, receptor) or modulation
        doses = load(TARGETS).group(self.compound.name)
        levels = {
            level: Shown(receptor, effective, doses[f"{level}.dose"].value, compound.regime)
            for level in {level for level, _ in self.targets}
        }
        return {(level, what): levels[level].value(what) for level, what in self.targets}

    def residuals(self, modulation: Modulation) -> np.ndarray:
        """Return the logarithms of obtained over wanted, in units of the wanted value's relative spread."""
        got = self.obtained(modulation)
        return np.array(
            [
                math.log(got[key] / entry.value) * entry.value / (entry.sd or entry.value)
                for key, entry in self.targets.items()
            ]
        )

    def fit(self) -> Modulation:
        """Return the constants that meet the targets best, to two digits."""
        from scipy.optimize import least_squares

        start = np.log([self._start(name) for name in self.free])

        def misses(logs: np.ndarray) -> np.ndarray:
            return np.append(self.residuals(self._with(np.exp(logs))), PULL * (logs - start))

        found = least_squares(misses, start, max_nfev=EVALUATIONS, diff_step=1e-2)
        return self._with([float(f"{value:.{DIGITS}g}") for value in np.exp(found.x)])

    def _start(self, name: str) -> float:
        if name != "k_m":
            return load(TARGETS).value(f"start.{name}")
        halves = [entry.value for (_, what), entry in self.targets.items() if what == "ec50_plateau"]
        return halves[0] * load(TARGETS).value("start.k_m_over_ec50") if halves else self.modulation.k_m

    def _with(self, values: Sequence[float] | np.ndarray) -> Modulation:
        fitted: dict[str, Any] = dict(zip(self.free, map(float, values), strict=True))
        return replace(self.modulation, **fitted)


def main(arguments: Sequence[str]) -> int:
    """Fit the compounds named, print constants and what was asked and obtained; return the exit code."""
    try:
        for name in arguments or ("aniracetam",):
            problem = Problem.named(name)
            print("\n".join(report(problem, problem.fit())))
    except CellModelError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def report(problem: Problem, modulation: Modulation) -> Iterator[str]:
    """Yield the lines that say which constants were found and how well they meet the targets."""
    got, compound = problem.obtained(modulation), problem.compound
    yield f"{compound.name}: on {RECEPTOR}, {compound.regime} exchange"
    for name in (*SELECTABLE, *(["first_site"] if modulation.first_site != 1.0 else [])):
        unit = " mM" if name == "k_m" else ""
        kept = "fitted" if name in problem.free else "kept"
        yield f"    {name} = {getattr(modulation, name):g}{unit} {kept}"
    yield f"{'target':<36}{'wanted':>10}{'spread':>10}{'obtained':>10}"
    for (level, what), entry in problem.targets.items():
        yield f"{f'{what}, {level}':<36}{entry.value:>10.4g}{entry.sd or 0.0:>10.2g}{got[level, what]:>10.4g}"
    yield f"misfit {np.sum(problem.residuals(modulation) ** 2):.3g} over {len(problem.targets)} targets"
    yield from _errors(replace(compound, modulation=modulation))


def _errors(compound: Compound) -> Iterator[str]:
    """Yield how far the compound's limit is off the full scheme, at its exchange rate and at others."""
    own = "no rate assumed" if compound.exchange is None else f"{compound.exchange:g} /ms assumed"
    yield f"{compound.regime} exchange ({own}) off the full scheme at the worst dose, % of the peak"
    for rate in EXCHANGES[compound.regime]:
        assumed = replace(compound, exchange=rate)
        errors = [100.0 * worst_error(Receptor.named(name), assumed)[0] for name in (RECEPTOR, "chick_nm")]
        yield f"    {rate:g} /ms: {errors[0]:.2g} on {RECEPTOR}, {errors[1]:.2g} on chick_nm"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
