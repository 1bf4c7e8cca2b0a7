"""The signalling cascade of an LTP experiment: its signals over time, and what the drug does to each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.protocol import Protocol, Train
from cellmodel.slice import Event, Slice, SliceOptions
from cellmodel.slice.conditioning import give_train
from cellmodel.slice.slice import LONG
from cellmodel.traces import Recording
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR, from_minutes

AROUND_TRAIN = (
    *("calcium_current_AMPA", "calcium_current_NMDA", "spine_calcium", "kinase", "phosphatase"),
    *("efficacy", "AMPA_receptors", "release", "post-tetanic"),
)
"""What is shown around a train."""
META = {"preparation": "ca1_slice"}


@dataclass(frozen=True)
class Effect:
    """What the drug does to one step: number without it and in it, of ``during`` a test pulse or a train."""

    step: str
    during: str
    unit: str
    without: float
    in_drug: float

    @property
    def text(self) -> str:
        """One line for the screen."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        ratio = f" (x{self.in_drug / self.without:.2f})" if self.without else ""
        return f"{self.during}, {self.step}: {self.without:.3g} -> {self.in_drug:.3g}{unit}{ratio}"


def around_train(cascade: Recording) -> Recording:
    """Return the steps around a train, from the response to it."""
    return _chosen(cascade, AROUND_TRAIN)


def over_experiment(probes: Sequence[Event]) -> Recording:
    """Return drug, calcium and its integrators in each test pulse, release, efficacy and receptors.

    Parameters
    ----------
    probes : sequence of Event
        Of one pathway, in order. Integrators are at their peaks in the response, release and its potentiation
        those of the pulse, efficacy and receptors those before it.
    """
    steps = [event.response.cascade for event in probes]
    states = [event.states[event.pathway].synapses for event in probes]
    signals = {
        "drug": [event.dose_mM for event in probes],
        "EPSP_calcium": [_calcium(event) for event in probes],
        "kinase_peak": [step["kinase"].max() for step in steps],
        "phosphatase_peak": [step["phosphatase"].max() for step in steps],
        "release": [step["release"][-1] for step in steps],
        "post-tetanic": [step["post-tetanic"][-1] for step in steps],
        "short-term": [step["short-term"][-1] for step in steps],
        "efficacy": [state.rho.mean() for state in states],
        "AMPA_receptors": [state.n.mean() for state in states],
    }
    units = {"drug": "mM", "EPSP_calcium": "uM ms"}
    t = np.array([from_minutes(event.time_min) for event in probes])
    arrays = {name: np.array(values) for name, values in signals.items()}
    return Recording(t=t, signals=arrays, units={name: units.get(name, "1") for name in arrays}, meta=META)


def fresh_trains(
    options: SliceOptions, protocol: Protocol, dose_mM: float
) -> list[tuple[SliceOptions, Train]]:
    """Return what to give `without_drug`: the first train, if it is brief and the last one comes in drug."""
    is_in_drug = dose_mM > 0 and protocol.is_conditioned_in_drug
    first = protocol.trains[:1] if is_in_drug else ()
    return [(options, train) for train in first if train.pulse_times()[-1] <= LONG]


def without_drug(given: tuple[SliceOptions, Train]) -> Recording:
    """Return what a train does to a fresh slice without drug; importable, so that a worker can."""
    options, train = given
    rig = Slice(replace(options, pathways=(train.pathway,)))
    response = give_train(rig, train)
    rig.free()
    return around_train(response.cascade)


def effects_of_probes(probes: Sequence[Event]) -> list[Effect]:
    """Return what the drug does to the steps in a test pulse: last one before it against last one in it.

    Parameters
    ----------
    probes : sequence of Event
        Of one pathway, before the first train. Without a pulse in drug the list is empty.
    """
    before, in_drug = ([p for p in probes if (p.dose_mM > 0) == is_drug] for is_drug in (False, True))
    if not before or not in_drug:
        return []
    pair = (before[-1], in_drug[-1])
    charges = [
        Effect(f"calcium through {name}", "test pulse", "fC", *(getattr(p.response, which) for p in pair))
        for name, which in (("AMPA", "calcium_ampa"), ("NMDA", "calcium_nmda"))
    ]
    integral = Effect("calcium", "test pulse", "uM ms", *(_calcium(p) for p in pair))
    without, within = (p.response.cascade for p in pair)
    return [*charges, integral, *_peaks("test pulse", without, within)]


def effects_of_train(without: Recording, in_drug: Recording) -> list[Effect]:
    """Return what the drug does to the steps in a train; both as `around_train` gives them."""
    charges = [
        Effect(
            f"calcium through {name}", "train", "fC", *(_charge(part, name) for part in (without, in_drug))
        )
        for name in ("AMPA", "NMDA")
    ]
    gained = [float(part["efficacy"][-1] - part["efficacy"][0]) for part in (without, in_drug)]
    return [*charges, *_peaks("train", without, in_drug), Effect("gain in efficacy", "train", "1", *gained)]


def _peaks(during: str, without: Recording, in_drug: Recording) -> list[Effect]:
    return [
        Effect(f"peak of {words}", during, without.units[name], *(p[name].max() for p in (without, in_drug)))
        for name, words in (
            ("spine_calcium", "calcium"),
            ("kinase", "kinase"),
            ("phosphatase", "phosphatase"),
        )
    ]


def _charge(part: Recording, receptor: str) -> float:
    """Return the charge that calcium carries into an average spine, fC (pA ms), inward positive."""
    return float(-np.trapezoid(part[f"calcium_current_{receptor}"], part.t))


def _calcium(event: Event) -> float:
    """Return the integral of calcium above rest in an average spine, uM ms."""
    return float(event.response.calcium_integral.mean() * MICROMOLAR_PER_MILLIMOLAR)


def _chosen(cascade: Recording, names: Sequence[str]) -> Recording:
    signals = {name: cascade[name] for name in names}
    return Recording(cascade.t, signals, {name: cascade.units[name] for name in names}, META)
