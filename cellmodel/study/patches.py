"""Currents of outside-out patches: what is measured on them, without and with the compound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cellmodel.analysis import (
    ExponentialFit,
    Peak,
    charge,
    fit_decay,
    fit_exponential,
    fit_recovery,
    rise_time,
    steady_state_ratio,
)
from cellmodel.analysis import peak as find_peak
from cellmodel.analysis.waveform import crossing_after
from cellmodel.compound import Compound
from cellmodel.parameters import load
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor, Scheme, modulation_of, populations
from cellmodel.recording import Measure
from cellmodel.study.setting import drug_condition
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

CHICK = "chick_nm"
DECAY = (0.8, 0.2)
"""Fractions, of the current when glutamate leaves, between which deactivation is fitted."""
ONSET = 0.9
"""Fraction of the peak from which desensitization is fitted, to the end of the pulse."""
LAST = 0.95
"""Fraction of the long pulse from which the steady state is read."""
POOR = 0.98
"""Coefficient of determination below which an exponential does not describe what it was fitted to."""
SILENT = 1e-6
"""Nanoampere below which a current counts as abolished and has no time course."""
RATES = {
    "rate_closing": "alpha",
    "rate_desensitization_c1": "d_on1",
    "rate_desensitization_c2": "d_on2",
    "rate_desensitization_o": "d_on3",
}


@dataclass(frozen=True)
class Responses:
    """One patch in one condition: short pulse, long pulse and pairs.

    Attributes
    ----------
    patch : Patch
    condition : str
    dose_mM : float
    short, long : Recording
    pairs : tuple of Recording
    """

    patch: Patch
    condition: str
    dose_mM: float
    short: Recording
    long: Recording
    pairs: tuple[Recording, ...]

    @property
    def is_silent(self) -> bool:
        """Whether the compound abolished the current."""
        return float(np.max(np.abs(self.long["i"]))) < SILENT

    @property
    def is_steady(self) -> bool:
        """Whether the compound abolished desensitization: then it has no time course, nor has recovery."""
        return not self.is_silent and _plateau(self.long) > ONSET

    def recovery(self) -> tuple[np.ndarray, np.ndarray, ExponentialFit]:
        """Return intervals (ms), second over first peak, and the exponential through them."""
        intervals = np.array([pair.meta["interval"] for pair in self.pairs])
        ratios = np.array([_pair_ratio(pair) for pair in self.pairs])
        return intervals, ratios, fit_recovery(intervals, ratios)

    @cached_property
    def fits(self) -> Mapping[str, ExponentialFit]:
        """The exponentials behind ``tau_deactivation``, ``tau_desensitization`` and ``tau_recovery``."""
        if self.is_silent:
            return {}
        deactivation = {"tau_deactivation": _deactivation(self.short)}
        if self.is_steady:
            return deactivation
        desensitization = {
            "tau_desensitization": _desensitization(self.long),
            "tau_recovery": self.recovery()[2],
        }
        return deactivation | desensitization


@dataclass(frozen=True)
class PatchStudy:
    """Responses of one or several patches, all conditions."""

    responses: tuple[Responses, ...]
    compound: str

    @property
    def rows(self) -> tuple[Measure, ...]:
        """Every measure of every patch and condition."""
        return tuple(row for each in self.responses for row in measures(each, self.compound))

    @property
    def qualities(self) -> tuple[dict[str, Any], ...]:
        """How well every fitted exponential describes its trace, for run.json: tau (ms) and R2 (1)."""
        return tuple(
            {
                "preparation": each.patch.receptor.preparation,
                "condition": each.condition,
                "dose_mM": each.dose_mM,
                "measure": name,
                "tau_ms": fit.tau,
                "r2": fit.r2,
            }
            for each in self.responses
            for name, fit in each.fits.items()
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader of the time constants must know: where one exponential fits badly or none does."""
        steady = tuple(
            f"no desensitization at {each.dose_mM:g} mM: neither it nor recovery has a time constant."
            for each in self.responses
            if each.is_steady
        )
        return steady + tuple(
            f"{fit['measure']} at {fit['dose_mM']:g} mM: one exponential fits badly, R2 {fit['r2']:.3f}."
            for fit in self.qualities
            if fit["r2"] < POOR
        )

    @property
    def sweeps(self) -> tuple[Recording, ...]:
        """Every sweep, pairs included."""
        return tuple(sweep for each in self.responses for sweep in (each.short, each.long, *each.pairs))

    def figure(self, drug: str) -> Any:
        """Draw the first patch: both pulses and the recovery; ``drug`` is the legend's text."""
        from cellmodel.report.trace_figures import patch_figure

        name = self.responses[0].patch.receptor.name
        shown = [each for each in self.responses if each.patch.receptor.name == name]
        recovery = {each.condition: each.recovery() for each in shown if "tau_recovery" in each.fits}
        return patch_figure(_panels(shown), drug=drug, recovery=recovery)


def _panels(shown: Sequence[Responses]) -> dict[str, Mapping[str, Recording]]:
    panels: dict[str, Mapping[str, Recording]] = {}
    for kind in ("short", "long"):
        sweeps = {each.condition: getattr(each, kind) for each in shown}
        first = next(iter(sweeps.values()))
        panels[f"{first.meta['concentration']:g} mM {first.meta['stimulus']}"] = sweeps
    return panels


def both(compound: Compound, dose_mM: float, *, receptor: str) -> PatchStudy:
    """Return the patches of the hippocampal receptor ``receptor`` and of the chick neuron."""
    names = dict.fromkeys((receptor, CHICK))
    conditions = {"control": 0.0, drug_condition(compound): dose_mM}
    found = [
        respond(Patch(Receptor.named(name), compound=compound), condition, dose)
        for name in names
        for condition, dose in conditions.items()
    ]
    return PatchStudy(tuple(found), compound.name)


def respond(patch: Patch, condition: str, dose_mM: float) -> Responses:
    """Record everything that is measured on a patch in one condition."""
    timing = load("patch.toml").values_of("pulses")
    recorded = (
        patch.pulse(timing["short"], dose_mM),
        patch.pulse(timing["long"], dose_mM),
        *patch.paired(None, dose_mM),
    )
    short, long, *pairs = (_in_condition(recording, condition) for recording in recorded)
    return Responses(patch, condition, dose_mM, short, long, tuple(pairs))


def _in_condition(recording: Recording, condition: str) -> Recording:
    meta = {**recording.meta, "condition": condition}
    return Recording(t=recording.t, signals=recording.signals, units=recording.units, meta=meta)


def measures(responses: Responses, compound: str) -> list[Measure]:
    """Return the rows of one patch in one condition; an abolished current has only a peak, 0."""
    found = {"peak": (0.0, "pA")} if responses.is_silent else {**_short(responses), **_long(responses)}
    found |= {name: (rate, "/ms") for name, rate in _rates(responses).items()}
    labels: dict[str, Any] = {
        "experiment": "patch_clamp",
        "preparation": responses.patch.receptor.preparation,
        "condition": responses.condition,
        "compound": compound,
        "dose_mM": responses.dose_mM,
    }
    return [
        Measure(measure=name, value=float(value), unit=unit, n=1, **labels)
        for name, (value, unit) in found.items()
    ]


def _short(responses: Responses) -> dict[str, tuple[float, str]]:
    t, i = responses.short.t, responses.short["i"]
    at = find_peak(t, i)
    total = charge(t, i, start=0.0, stop=float(t[-1]))
    return {
        "peak": (abs(at.amplitude) * PICOAMP_PER_NANOAMP, "pA"),
        "rise_10_90": (rise_time(t, i, at), "ms"),
        "tau_deactivation": (responses.fits["tau_deactivation"].tau, "ms"),
        "charge": (abs(total), "pC"),
    }


def _long(responses: Responses) -> dict[str, tuple[float, str]]:
    names = ("tau_desensitization", "tau_recovery")
    fitted = {name: (responses.fits[name].tau, "ms") for name in names if name in responses.fits}
    return {**fitted, "steady_state_ratio": (_plateau(responses.long), "1")}


def _plateau(long: Recording) -> float:
    """Return the current at the end of the long pulse over the peak, 1."""
    end = load("patch.toml").value("pulses.long")
    at = find_peak(long.t, long["i"], stop=end)
    return steady_state_ratio(long.t, long["i"], at, start=LAST * end, stop=end)


def _deactivation(short: Recording) -> ExponentialFit:
    """Fit the decay after glutamate has left; it leads back to the baseline."""
    t, i = short.t, short["i"]
    washed = find_peak(
        t, i, start=load("patch.toml").value("pulses.short"), baseline=find_peak(t, i).baseline
    )
    return fit_decay(t, i, washed, start=DECAY[0], stop=DECAY[1])


def _desensitization(long: Recording) -> ExponentialFit:
    """Fit the decay while glutamate stays, to a plateau of its own."""
    t, i = long.t, long["i"]
    end = load("patch.toml").value("pulses.long")
    at: Peak = find_peak(t, i, stop=end)
    return fit_exponential(t, i, start=crossing_after(t, i, at, ONSET), stop=end)


def _pair_ratio(pair: Recording) -> float:
    second, length = pair.meta["second"], load("patch.toml").value("pulses.long")
    first = find_peak(pair.t, pair["i"], stop=length)
    again = find_peak(pair.t, pair["i"], start=second, stop=second + length, baseline=first.baseline)
    return again.amplitude / first.amplitude


def _rates(responses: Responses) -> dict[str, float]:
    """Return the microscopic rates under the modulator, 1/ms, at the temperature of the rig.

    Of one that exchanges slowly it is their mean over the resting receptors.
    """
    patch, celsius = responses.patch, responses.patch.rig["celsius"]
    if patch.compound is None or patch.compound.regime == "fast":
        scheme = Scheme(
            patch.receptor, modulation_of(patch.compound, patch.receptor), responses.dose_mM, celsius
        )
        return {measure: scheme.rates[rate] for measure, rate in RATES.items()}
    parts = populations(patch.receptor, patch.compound, responses.dose_mM)
    schemes = [(share, Scheme(receptor, celsius=celsius)) for share, receptor in parts]
    return {
        measure: sum(share * scheme.rates[rate] for share, scheme in schemes)
        for measure, rate in RATES.items()
    }
