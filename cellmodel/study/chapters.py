"""The chapters of the study: each computes one preparation and can run in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cellmodel.compound import Compound
from cellmodel.protocol import Protocol
from cellmodel.receptor import Receptor
from cellmodel.recording import Measure
from cellmodel.slice import InputOutput, Slice, SliceOptions
from cellmodel.study import currents, doses, ltp, setting
from cellmodel.study import field as field_potential
from cellmodel.traces import Recording

BLOCKER_OF_LTP = "D-AP5"
DOSE_LEVELS = ("slice", "cell", "patch")
BEFORE = ("intensity", "scorecard", "chick", "culture")
"""Chapters that do not wait for the test intensity, which one of them finds."""
DOSE_SHARES = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0)
"""Of the study's dose: the doses among which the report's slider moves."""
DOSE_SHARES_QUICK = (0.1, 1.0, 3.0)


@dataclass(frozen=True)
class Chapter:
    """One piece of the study.

    Attributes
    ----------
    name : str
        A key of `CHAPTERS`.
    options : SliceOptions
        With the fibers of the test intensity; its compound is named, not held, so that it can travel.
    compound : str
        Name or file.
    dose_mM : float
    protocol, experiment : str
        Of an LTP chapter; the experiment also of a series of doses.
    level, doses_mM : str, tuple of float
        Of a series of doses.
    is_quick : bool
    q10 : float or None
        Of the AMPA receptor in a repetition for the band of an assumed q10; None: the study proper.
    """

    name: str
    options: SliceOptions
    compound: str
    dose_mM: float
    protocol: str = ""
    experiment: str = ""
    level: str = ""
    doses_mM: tuple[float, ...] = ()
    is_quick: bool = False
    q10: float | None = None


@dataclass(frozen=True)
class Finding:
    """What a chapter found: rows, sweeps, notices, and for its figures ``panels`` or ``ltp``.

    ``fired_mM`` are the doses of a series at which the cells fired, ``curve`` the input-output curve,
    ``lines`` those of the scorecard.
    """

    chapter: Chapter
    rows: tuple[Measure, ...] = ()
    sweeps: tuple[Recording, ...] = ()
    panels: dict[str, dict[str, Recording]] = field(default_factory=dict)
    ltp: ltp.LtpSummary | None = None
    notices: tuple[str, ...] = ()
    fired_mM: tuple[float, ...] = ()
    curve: InputOutput | None = None
    lines: tuple[Any, ...] = ()


def compute(chapter: Chapter) -> Finding:
    """Compute a chapter; importable by name, so that a fresh process can."""
    compound = Compound.named(chapter.compound)
    options = replace(chapter.options, compound=compound, receptor_q10=chapter.q10)
    return CHAPTERS[chapter.name](chapter, options, compound)


def _intensity(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """Find the test intensity."""
    _, found = field_potential.find_intensity(options, n_points=3 if chapter.is_quick else 7)
    return Finding(chapter, curve=replace(found, responses=()))


def _scorecard(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """Hold receptors and patches against published numbers; what needs whole cells takes `make scorecard`."""
    from cellmodel.study import scorecard

    (work,) = (w for w in scorecard.plan(scorecard.rows(), options.seed) if w.group == "patch")
    return Finding(chapter, lines=tuple(scorecard.shown(result) for result in scorecard.evaluate(work)))


def _epscs(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """Evoked and miniature EPSCs of the CA1 cell."""
    cell = currents.clamped_cell(options, n_synapses=currents.CA1_SYNAPSES)
    synapses = range(0, currents.CA1_SYNAPSES, 8 if chapter.is_quick else 2)
    sweeps = {
        (kind, condition): currents.with_mode(record(dose), condition)
        for condition, dose in _doses(chapter).items()
        for kind, record in (
            ("evoked", cell.evoked),
            ("miniature", lambda dose: currents.mean_miniature(cell, dose, synapses)),
        )
    }
    cell.free()
    return _clamp_finding(chapter, "ca1_cell", "CA1 pyramidal cell", sweeps, n_miniature=len(synapses))


def _chick(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    return _compartment(chapter, compound, "chick_cell", "chick n. magnocellularis")


def _culture(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    return _compartment(chapter, compound, "culture_cell", "cultured hippocampal neuron")


def _compartment(chapter: Chapter, compound: Any, name: str, title: str) -> Finding:
    from cellmodel.slice.compartment import CompartmentCell

    cell = CompartmentCell(name, compound)
    sweeps = {
        (kind, condition): currents.with_mode(getattr(cell, kind)(dose), condition)
        for condition, dose in _doses(chapter).items()
        for kind in ("evoked", "miniature")
    }
    return _clamp_finding(chapter, name, title, sweeps, n_miniature=1)


def _clamp_finding(
    chapter: Chapter,
    preparation: str,
    title: str,
    sweeps: dict[tuple[str, str], Recording],
    *,
    n_miniature: int,
) -> Finding:
    rows: list[Measure] = []
    panels: dict[str, dict[str, Recording]] = {}
    for (kind, condition), sweep in sweeps.items():
        is_miniature = kind == "miniature"
        labels = _labels(chapter, "synaptic_currents", preparation, condition)
        rows += currents.epsc_rows(
            sweep, is_miniature=is_miniature, n=n_miniature if is_miniature else 1, **labels
        )
        panels.setdefault(f"{title}, {kind}", {})[condition] = sweep
    return Finding(chapter, tuple(rows), tuple(sweeps.values()), panels)


def _whole_cell(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """Glutamate puffed onto the clamped CA1 cell."""
    sweeps = currents.puffed(options, _doses(chapter))
    rows = [
        row
        for condition, sweep in sweeps.items()
        for row in currents.glutamate_rows(
            sweep, **_labels(chapter, "patch_clamp", "ca1_whole_cell", condition)
        )
    ]
    return Finding(chapter, tuple(rows), tuple(sweeps.values()), {"glutamate puff, whole cell": sweeps})


def _field(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """Field EPSPs without and with drug, and without AMPA receptors."""
    rig = Slice(options, is_plastic=False)
    given = _doses(chapter)
    responses = field_potential.compare(rig, given)
    rows = field_potential.rows(responses, given, compound.name)
    sweeps = {c: field_potential.sweep(r, rig, c, dose_mM=given[c]) for c, (r, _) in responses.items()}
    rig.free()
    return Finding(chapter, tuple(rows), tuple(sweeps.values()), {"field EPSP": sweeps})


def _ltp(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """Play a whole LTP experiment; with few test pulses for the band of a q10, which shows no time course."""
    protocol = Protocol.named(chapter.protocol)
    played = ltp.conduct(
        options,
        protocol if chapter.q10 is None else ltp.sparse(protocol),
        chapter.dose_mM,
        experiment=chapter.experiment,
        drug_condition=setting.drug_condition(compound),
    )
    done = ltp.summary(played)
    notices = tuple(f"{chapter.experiment}, {text}" for text in ltp.spike_notices(done))
    return Finding(chapter, done.rows, done.sweeps, {}, ltp=done, notices=notices)


def _series(chapter: Chapter, options: SliceOptions, compound: Any) -> Finding:
    """One level at rising doses, and at none."""
    plain = replace(options, compound=None)
    level = doses.Level(
        chapter.level, plain, chapter.compound, chapter.doses_mM, kept_mM=(0.0, *chapter.doses_mM)
    )
    found = doses.compute(level)
    fired = (doses.fired_text(found.fired_mM),) if found.fired_mM else ()
    notices = (*found.notices, *fired)
    return Finding(chapter, found.rows, found.sweeps, {}, notices=notices, fired_mM=found.fired_mM)


def _doses(chapter: Chapter) -> dict[str, float]:
    return {"control": 0.0, "drug": chapter.dose_mM}


def _labels(chapter: Chapter, experiment: str, preparation: str, condition: str) -> dict[str, Any]:
    return {
        "experiment": experiment,
        "preparation": preparation,
        "condition": condition,
        "compound": Compound.named(chapter.compound).name,
        "dose_mM": _doses(chapter)[condition],
    }


CHAPTERS: dict[str, Callable[[Chapter, SliceOptions, Any], Finding]] = {
    "intensity": _intensity,
    "scorecard": _scorecard,
    "epscs": _epscs,
    "chick": _chick,
    "culture": _culture,
    "whole_cell": _whole_cell,
    "field": _field,
    "ltp": _ltp,
    "doses": _series,
}


def before(options: SliceOptions, compound: str, dose_mM: float, *, is_quick: bool) -> list[Chapter]:
    """Return the chapters `BEFORE` all others, the test intensity first; arguments as of `plan`."""
    return [replace(_base(options, compound, dose_mM, is_quick=is_quick), name=name) for name in BEFORE]


def _base(options: SliceOptions, compound: str, dose_mM: float, *, is_quick: bool) -> Chapter:
    return Chapter("", replace(options, compound=None), compound, dose_mM, is_quick=is_quick)


def plan(options: SliceOptions, compound: str, dose_mM: float, *, is_quick: bool) -> list[Chapter]:
    """Return the chapters at the test intensity, the long ones first so that several processes end together.

    Parameters
    ----------
    options : SliceOptions
        With the fibers of the test intensity.
    compound : str
        Name or file.
    dose_mM : float
    is_quick : bool
        Fewer probes and doses: half a minute of the LTP experiment's phases is kept, and no band of the q10.
    """
    base = _base(options, compound, dose_mM, is_quick=is_quick)
    standard, crossed = ("quick", "quick_crossed") if is_quick else ("standard", "crossed")
    blocker = Compound.named(BLOCKER_OF_LTP)
    crossed_one = replace(base, name="ltp", protocol=crossed, experiment="ltp_crossed")
    others = [
        replace(base, name="ltp", protocol=standard, experiment="ltp"),
        replace(
            base,
            name="ltp",
            protocol=standard,
            experiment="ltp_D-AP5",
            compound=BLOCKER_OF_LTP,
            dose_mM=blocker.default_dose_mM,
        ),
        replace(base, name="ltp", protocol=standard, experiment="ltp_vehicle", dose_mM=0.0),
    ]
    bounds = () if is_quick else Receptor.named(options.receptor).q10_band
    return [
        *(replace(crossed_one, q10=q10) for q10 in (None, *bounds)),
        *others,
        *_series_of(base),
        *(replace(base, name=name) for name in ("epscs", "field", "whole_cell")),
        *(replace(base, name="whole_cell", q10=q10) for q10 in bounds),
    ]


def _series_of(base: Chapter) -> list[Chapter]:
    """Return the series of doses around the study's own; none for the vehicle."""
    shares = DOSE_SHARES_QUICK if base.is_quick else DOSE_SHARES
    given = doses.around(Compound.named(base.compound), base.dose_mM, shares)
    levels = DOSE_LEVELS if given else ()
    return [
        replace(base, name="doses", experiment=doses.EXPERIMENT, level=level, doses_mM=given)
        for level in levels
    ]
