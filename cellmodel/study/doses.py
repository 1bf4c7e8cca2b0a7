"""Rising doses at every level: the patch, EPSCs of two neurons, the field EPSP; rows and Hill curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as entry
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from cellmodel.analysis import DoseCurve
from cellmodel.compound import Compound
from cellmodel.experiment import Run
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor
from cellmodel.recording import Measure
from cellmodel.slice import InputOutput, Slice, SliceOptions
from cellmodel.slice.compartment import CompartmentCell
from cellmodel.slice.field import LineSources
from cellmodel.slice.intensity import has_spike
from cellmodel.study import currents, field, patches
from cellmodel.study.setting import drug_condition
from cellmodel.traces import Recording

EXPERIMENT = "dose_response"
CULTURE, FIELD = "culture_cell", "ca1_slice"
SHARE = 2
"""Recordings of the field EPSP that one process does at a time: building its slice takes a fifth of one."""
LOWEST = 0.01
"""Millimolar at which default doses begin."""
NARROWEST = 300.0
"""Least factor between the lowest and the highest default dose, where the highest is small."""
UNKNOWN_SOLUBILITY = 3.0
"""Where solubility is not known, the highest default dose is this many times the usual one."""
QUANTITIES = (
    "tau_deactivation",
    "tau_desensitization",
    "steady_state_ratio",
    "epsc_peak",
    "epsc_tau_decay",
    "fepsp_amplitude",
    "fepsp_tau_decay",
)
INTERVAL_MEANING = (
    "The model is deterministic, so standard errors and 95 % intervals (profile likelihood) are lack of fit: "
    "how far a parameter can be moved before the Hill curve misses the computed points notably more. They "
    "are not an experiment's error, and not the uncertainty of the model's own parameters."
)


@dataclass(frozen=True)
class Level:
    """A level at some of the doses, as one process computes it; its compound is named, so that it can travel.

    Attributes
    ----------
    name : str
        A key of `LEVELS`.
    options : SliceOptions
        With the fibers of the test intensity.
    compound : str
        Name or file.
    doses_mM, kept_mM : tuple of float, mM
        Increasing; those whose sweeps go to traces.nwb.
    has_control : bool
        Whether the recording without the compound is part of the result.
    control_mV : float
        Amplitude of the field EPSP without the compound; needed where the control is not part.
    sources : LineSources or None
        Of the slice's electrode; of no other level.
    """

    name: str
    options: SliceOptions
    compound: str
    doses_mM: tuple[float, ...]
    kept_mM: tuple[float, ...]
    has_control: bool = True
    control_mV: float = 0.0
    sources: LineSources | None = entry(default=None, repr=False)

    def conditions(self, compound: Compound) -> list[tuple[str, float]]:
        """Return condition and dose (mM) of each recording, the control first."""
        own = [(drug_condition(compound), dose) for dose in self.doses_mM]
        return [("control", 0.0), *own] if self.has_control else own


@dataclass(frozen=True)
class Search:
    """The search for the test intensity, which one process does while others compute currents."""

    options: SliceOptions
    compound: str


@dataclass(frozen=True)
class Series:
    """What was found: rows, some sweeps, notices, doses at which cells fired; or a search's intensity."""

    rows: tuple[Measure, ...] = ()
    sweeps: tuple[Recording, ...] = ()
    notices: tuple[str, ...] = ()
    fired_mM: tuple[float, ...] = ()
    intensity: InputOutput | None = None

    @property
    def control_mV(self) -> float:
        """Amplitude of the field EPSP at the test intensity; 0 where that was not searched for."""
        if self.intensity is None:
            return 0.0
        return float(self.intensity.amplitudes[self.intensity.fibers == self.intensity.test_fibers][0])


def chosen(run: Run, *, n: int) -> tuple[float, ...]:
    """Return the doses of the command line, or ``n`` up to the compound's solubility, in mM, increasing."""
    if run.options.doses_mM:
        return tuple(sorted(set(run.doses_mM(run.compound))))
    if run.compound.solubility_mM is None:
        run.notice(
            f"the solubility of {run.compound.name} is not known: doses go up to {UNKNOWN_SOLUBILITY:g} "
            f"times its usual one of {run.compound.default_dose_mM:g} mM."
        )
    return spaced(highest_dose(run.compound), n)


def around(compound: Compound, dose_mM: float, shares: Sequence[float]) -> tuple[float, ...]:
    """Return these multiples of a dose, in mM, increasing: the dose itself, others up to the solubility."""
    limit = max(highest_dose(compound), dose_mM)
    others = (min(float(f"{share * dose_mM:.2g}"), limit) for share in shares)
    return tuple(sorted({dose_mM, *others} - {0.0}))


def highest_dose(compound: Compound) -> float:
    """Return the highest default dose, mM: the solubility, where it is known."""
    solubility = compound.solubility_mM
    return UNKNOWN_SOLUBILITY * compound.default_dose_mM if solubility is None else solubility


def spaced(highest: float, n: int) -> tuple[float, ...]:
    """Return ``n`` doses (mM) at even logarithmic distances, two digits each but the highest; or only 0."""
    if highest == 0.0:
        return (0.0,)
    lowest = min(LOWEST, highest / NARROWEST)
    return (*(float(f"{dose:.2g}") for dose in np.geomspace(lowest, highest, n)[:-1]), highest)


def search(options: SliceOptions, compound: str) -> Search:
    """Return the search for the test intensity, to be done by `compute`."""
    return Search(replace(options, compound=None), compound)


def levels(
    names: Iterable[str],
    options: SliceOptions,
    *,
    compound: Compound,
    given: str,
    doses_mM: tuple[float, ...],
    searched: Series | None = None,
) -> list[Level]:
    """Return what `compute` computes: levels, the slice in shares of `SHARE` recordings.

    The shares are the same whatever does them, so that a run can be continued with other workers.

    Parameters
    ----------
    names : iterable of str
        Of `LEVELS`.
    options : SliceOptions
    compound : Compound
    given : str
        Its name or file.
    doses_mM : tuple of float, mM
        Increasing.
    searched : Series, optional
        What came of the search; the slice needs it.
    """
    plain = replace(options, compound=None)
    usual = min(doses_mM, key=lambda dose: abs(dose - compound.default_dose_mM))
    kept = (0.0, usual, doses_mM[-1])
    found: list[Level] = []
    for name in names:
        if name != "slice":
            found.append(Level(name, plain, given, doses_mM, kept))
        elif searched is not None:
            for k, share in enumerate(_shares(doses_mM)):
                level = Level(name, plain, given, share, kept, has_control=k == 0)
                sources = searched.intensity.sources if searched.intensity else None
                found.append(replace(level, control_mV=searched.control_mV, sources=sources))
    return found


def _shares(doses_mM: tuple[float, ...]) -> list[tuple[float, ...]]:
    """Split doses into shares of `SHARE` recordings, the control being one of the first share's.

    The last recordings are shares of their own, so that two workers end at about the same time.
    """
    n = len(doses_mM) + 1
    whole = (n - 1) // SHARE
    bounds = [0, *accumulate([SHARE] * whole + [1] * (n - SHARE * whole))]
    return [doses_mM[max(start - 1, 0) : stop - 1] for start, stop in pairwise(bounds)]


def compute(piece: Level | Search) -> Series:
    """Compute a share of a level, or find the intensity; importable by name, so that a fresh process can."""
    compound = Compound.named(piece.compound)
    options = replace(piece.options, compound=compound)
    if isinstance(piece, Search):
        _, found = field.find_intensity(options)
        return Series(intensity=replace(found, responses=()))
    return LEVELS[piece.name](piece, options, compound)


def _patch(level: Level, options: SliceOptions, compound: Compound) -> Series:
    """Glutamate on a patch: deactivation, desensitization, steady state."""
    patch = Patch(Receptor.named(options.receptor), compound=compound)
    found = [patches.respond(patch, *condition) for condition in level.conditions(compound)]
    study = patches.PatchStudy(tuple(found), compound.name)
    sweeps = [sweep for each in found if each.dose_mM in level.kept_mM for sweep in (each.short, each.long)]
    rows = tuple(replace(row, experiment=EXPERIMENT) for row in study.rows)
    return Series(rows, tuple(sweeps), (*patch.notices, *study.notices))


def _culture(level: Level, options: SliceOptions, compound: Compound) -> Series:
    """EPSCs of a neuron without dendrites."""
    return _epscs(level, compound, CompartmentCell(CULTURE, compound, receptor=options.receptor), CULTURE)


def _cell(level: Level, options: SliceOptions, compound: Compound) -> Series:
    """EPSCs of the CA1 cell, clamped at its soma."""
    cell = currents.clamped_cell(options, n_synapses=currents.CA1_SYNAPSES)
    series = _epscs(level, compound, cell, "ca1_cell")
    cell.free()
    return series


def _epscs(level: Level, compound: Compound, cell: Any, preparation: str) -> Series:
    rows, sweeps = [], []
    for condition, dose in level.conditions(compound):
        sweep = currents.with_mode(cell.evoked(dose), condition)
        labels = {"preparation": preparation, "condition": condition, "dose_mM": dose}
        rows += currents.epsc_rows(
            sweep, is_miniature=False, n=1, experiment=EXPERIMENT, compound=compound.name, **labels
        )
        sweeps += [sweep] if dose in level.kept_mM else []
    return Series(tuple(rows), tuple(sweeps))


def _slice(level: Level, options: SliceOptions, compound: Compound) -> Series:
    """Field EPSPs at the test intensity."""
    rig = Slice(options, sources=level.sources, is_plastic=False)
    rows, sweeps, fired = [], [], []
    largest = level.control_mV
    for condition, dose in level.conditions(compound):
        responses = field.compare(rig, {condition: dose})
        if condition == "control":
            largest = field.read_amplitude(responses[condition][0])
        found = field.rows(responses, {condition: dose}, compound.name, largest=largest)
        rows += [replace(row, experiment=EXPERIMENT) for row in found]
        if has_spike(responses[condition][0]):
            fired.append(dose)
        if dose in level.kept_mM:
            sweeps.append(field.sweep(responses[condition][0], rig, condition, dose_mM=dose))
    rig.free()
    return Series(tuple(rows), tuple(sweeps), fired_mM=tuple(fired))


def fired_text(fired_mM: Iterable[float]) -> str:
    """Say at which doses (mM) cells fired."""
    given = ", ".join(f"{dose:g}" for dose in fired_mM)
    return (
        f"the cells fire at {given} mM: the field EPSPs there have a population spike, which is in their "
        "decay; no Hill curve is fitted to them."
    )


LEVELS: dict[str, Callable[[Level, SliceOptions, Compound], Series]] = {
    "patch": _patch,
    "culture": _culture,
    "cell": _cell,
    "slice": _slice,
}


def curves(
    rows: Iterable[Measure], *, solubility_mM: float | None, fired_mM: Sequence[float] = ()
) -> list[DoseCurve]:
    """Return the dose-response curve of each quantity that the controls of the rows have.

    Parameters
    ----------
    rows : iterable of Measure
    solubility_mM : float or None, mM
    fired_mM : sequence of float, mM
        Doses at which field EPSPs are left out, for their population spikes.
    """
    kept = [
        row
        for row in rows
        if row.measure in QUANTITIES and not (row.preparation == FIELD and row.dose_mM in fired_mM)
    ]
    controls = {(row.preparation, row.measure): row.value for row in kept if row.condition == "control"}
    return [
        _curve(preparation, measure, kept, control, solubility_mM)
        for (preparation, measure), control in controls.items()
        if control > 0
    ]


def _curve(
    preparation: str, measure: str, rows: Sequence[Measure], control: float, solubility_mM: float | None
) -> DoseCurve:
    points = [
        (row.dose_mM, row.value / control)
        for row in rows
        if (row.preparation, row.measure) == (preparation, measure) and row.dose_mM
    ]
    doses, ratios = np.array(sorted(points), dtype=float).reshape(-1, 2).T
    is_at_limit = doses.size > 0 and doses[-1] == solubility_mM
    return DoseCurve(preparation, measure, doses, ratios, "the solubility" if is_at_limit else "")


def hill_rows(curve: DoseCurve, compound: str) -> list[Measure]:
    """Return the ``ec50`` and ``hill`` rows of a curve; none where its doses do not bound them."""
    if curve.fit is None or not curve.is_reported:
        return []
    found = (
        ("ec50", curve.fit.ec50, "mM", curve.fit.ec50_error),
        ("hill", curve.fit.hill, "1", curve.fit.hill_error),
    )
    return [
        Measure(
            experiment=EXPERIMENT,
            preparation=curve.preparation,
            condition=curve.measure,
            compound=compound,
            measure=name,
            value=value,
            unit=unit,
            n=curve.doses.size,
            sd=error,
        )
        for name, value, unit, error in found
    ]


def reasons(curves: Iterable[DoseCurve]) -> list[str]:
    """Say why curves have no half-maximal dose, those with the same reason together."""
    whose: dict[str, list[str]] = {}
    for curve in curves:
        whose.setdefault(curve.reason, []).append(f"{curve.measure} of {curve.preparation}")
    return [f"{', '.join(names)}: {reason}." for reason, names in whose.items() if reason]
