"""Noise analysis of a patch: many sweeps of channels that gate by chance, without and with the compound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.analysis.noise import FluctuationFit, analyze_fluctuations, block_variances
from cellmodel.errors import ConvergenceError
from cellmodel.parameters import load
from cellmodel.patch import Patch, Sweeps
from cellmodel.recording import Measure
from cellmodel.traces import Recording

EXAMPLES = 6
"""Sweeps that are kept and drawn; of the others only mean and variance remain."""


@dataclass(frozen=True)
class Ensemble:
    """What many sweeps of one patch in one condition showed.

    Attributes
    ----------
    condition : str
    dose_mM : float
    mean : Recording
        Signals ``i`` (nA), ``variance`` (nA2) and ``glutamate`` (mM).
    examples : tuple of Recording
        The first sweeps.
    fit : FluctuationFit or None
        None where the sweeps cannot be analyzed; ``failure`` says why.
    failure : str
    """

    condition: str
    dose_mM: float
    mean: Recording
    examples: tuple[Recording, ...]
    fit: FluctuationFit | None
    failure: str = ""

    @property
    def described(self) -> dict[str, Any]:
        """What was simulated and found, for run.json."""
        told = {name: self.mean.meta[name] for name in ("n_channels", "n_sweeps", "seed", "noise_picoamp")}
        told |= {"condition": self.condition, "dose_mM": self.dose_mM, "stimulus": self.mean.meta["stimulus"]}
        return told | (_described(self.fit) if self.fit else {"failure": self.failure})


def _described(fit: FluctuationFit) -> dict[str, Any]:
    return {
        "unitary_current_pA": fit.unitary_picoamp,
        "unitary_current_error_pA": fit.unitary_error,
        "unitary_conductance_pS": fit.conductance_picosiemens,
        "unitary_conductance_error_pS": fit.conductance_error,
        "channel_number": fit.n_channels,
        "channel_number_error": fit.n_channels_error,
        "largest_open_probability": fit.largest_open,
        "background_pA2": fit.background,
        "mean_pA": fit.mean,
        "variance_pA2": fit.variance,
        "variance_error_pA2": fit.variance_error,
    }


def observe(
    patch: Patch, condition: str, dose_mM: float = 0.0, *, n_sweeps: int | None = None, seed: int = 1
) -> Ensemble:
    """Record the long pulse many times, and analyze the noise of its decay.

    The long pulse and not the short one: desensitization is slow against gating, so that a sweep holds more
    that is independent, and its plateau fixes the unitary current.
    """
    duration = load("patch.toml").value("pulses.long")
    sweeps = patch.stochastic(duration, dose_mM, n_sweeps=n_sweeps, seed=seed)
    driving_force = patch.rig["v_hold"] - patch.rig["e"]
    fit, failure = None, ""
    try:
        fit = analyze_fluctuations(sweeps.t, sweeps.i, driving_force=driving_force)
    except ConvergenceError as error:
        failure = str(error)
    examples = tuple(_labeled(sweeps.sweep(k), condition) for k in range(min(EXAMPLES, len(sweeps))))
    return Ensemble(condition, dose_mM, _labeled(_mean(sweeps), condition), examples, fit, failure)


def _mean(sweeps: Sweeps) -> Recording:
    signals = {
        "i": sweeps.i.mean(axis=0),
        "variance": block_variances(sweeps.i).mean(axis=0),
        "glutamate": sweeps.glutamate,
    }
    units = {"i": "nA", "variance": "nA2", "glutamate": "mM"}
    stimulus = f"{sweeps.meta['stimulus']}, mean of {len(sweeps)} stochastic sweeps"
    meta = {**sweeps.meta, "stimulus": stimulus, "n_sweeps": len(sweeps)}
    return Recording(sweeps.t, signals, units, meta)


def _labeled(recording: Recording, condition: str) -> Recording:
    meta = {**recording.meta, "condition": condition}
    return Recording(recording.t, recording.signals, recording.units, meta)


def rows(ensemble: Ensemble, compound: str) -> list[Measure]:
    """Return the conductance and the number of channels found; none where the analysis failed."""
    fit, meta = ensemble.fit, ensemble.mean.meta
    if fit is None:
        return []
    labels: dict[str, Any] = {
        "experiment": "patch_clamp",
        "preparation": meta["preparation"],
        "condition": ensemble.condition,
        "compound": compound,
        "dose_mM": ensemble.dose_mM,
        "n": fit.n_sweeps,
    }
    return [
        Measure(measure="unitary_conductance", value=fit.conductance_picosiemens, unit="pS", **labels),
        Measure(measure="channel_number", value=fit.n_channels, unit="1", **labels),
    ]


def notices(patch: Patch, ensemble: Ensemble) -> list[str]:
    """Return what a reader of the rows must know."""
    if ensemble.fit is None:
        return [f"no noise analysis at {ensemble.dose_mM:g} mM: {ensemble.failure}"]
    if np.isinf(patch.filter_kHz):
        return []
    return [
        f"unitary_conductance is seen through the recording filter ({patch.filter_kHz:g} kHz), which takes "
        f"away the fastest fluctuations: it comes out below the {patch.receptor.gamma:g} pS of the model, "
        "at 5 kHz by 2 % on ca1 and 9 % on chick_nm, which gates faster. With a compound that slows gating "
        "less is lost, as if the conductance rose; channel_number hardly changes."
    ]


def figure(ensembles: Sequence[Ensemble], drug: str) -> Any:
    """Draw example sweeps and the parabola of every condition; ``drug`` is the legend's text."""
    from cellmodel.report.noise_figure import NoisePanel, noise_figure

    panels = {each.condition: NoisePanel(each.mean, each.examples, each.fit) for each in ensembles}
    return noise_figure(panels, drug=drug)
