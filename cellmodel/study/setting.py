"""From the options of an experiment to what it runs on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellmodel.errors import ParameterError
from cellmodel.experiment import Run
from cellmodel.experiment.options import amount_of

if TYPE_CHECKING:
    from cellmodel.compound import Compound
    from cellmodel.morphology import Morphology
    from cellmodel.slice import Bath, SliceOptions

ALL_EXPRESSIONS = "all"
"""What ``ltp --expression`` takes beside a hypothesis: compare them."""
DEFAULT_SEED = 1
"""With it and without --morphology the shipped cell is taken; any other seed grows another cell."""
FILE_OPTIONS = ("compound", "receptor", "morphology", "protocol")


def slice_options(run: Run, *, expression: str = "") -> SliceOptions:
    """Return the slice that the command line asks for; what has to be known of it is said."""
    from cellmodel.slice import SliceOptions  # a patch needs no slice

    given = run.options
    record_files(run)
    expression = expression or getattr(given, "expression", "inserted_sensitive")
    options = SliceOptions(
        morphology=morphology(run),
        biophysics=given.biophysics,
        receptor=given.receptor,
        expression=expression,
        compound=run.compound,
        bath=bath(run),
        antagonists=antagonists(run),
        electrode_height=getattr(given, "electrode_height", None),
        electrode_depth=getattr(given, "electrode_depth", None),
        chamber=getattr(given, "chamber", "infinite"),
        seed=given.seed,
        is_stochastic=bool(getattr(given, "stochastic", False) or getattr(given, "trials", None)),
        has_electrode_noise=bool(getattr(given, "electrode_noise", False) or getattr(given, "trials", None)),
    )
    for blocker, amount in options.antagonists:
        run.notice(f"{label(blocker, amount)} is in the bath throughout, in every condition.")
    if options.has_electrode_noise:
        say_noise(run, options)
    say_assumptions(run)
    return options


def say_noise(run: Run, options: SliceOptions) -> None:
    """Say which noise is on every sweep of the field; run.json has its numbers."""
    from cellmodel.slice import Bath, Pipette

    pipette = Pipette.in_bath((options.bath or Bath()).celsius)
    run.notice(f"{pipette.described} is on every sweep of the field, and what is measured is read from them.")
    numbers = {"resistance_MOhm": pipette.resistance, "filter_kHz": pipette.corner, "rms_mV": pipette.rms}
    run.record(electrode_noise=numbers)


def bath(run: Run) -> Bath:
    """Return the bath that the command line asks for: recipe and temperature; run.json has both."""
    from cellmodel.slice import Bath

    standard, given = Bath(), run.options
    amounts = dict(given_once("--acsf", getattr(given, "acsf", ())))
    celsius = getattr(given, "celsius", None)
    chosen = replace(standard.changed(**amounts), celsius=standard.celsius if celsius is None else celsius)
    run.record(bath={"acsf_mM": dict(chosen.recipe), "celsius": chosen.celsius})
    return chosen


def given_once(option: str, texts: Sequence[str]) -> list[tuple[str, float]]:
    """Return names and amounts of ``NAME=mM``; refuse a name that is given twice."""
    found = [amount_of(text) for text in texts]
    for name, _ in found:
        if [other for other, _ in found].count(name) > 1:
            raise ParameterError(f"{option} has {name} twice: {' '.join(texts)}. Give it once.")
    return found


def antagonists(run: Run) -> tuple[tuple[Compound, float], ...]:
    """Return the blockers that are in the bath throughout, and their doses in mM; recorded."""
    from cellmodel.compound import Compound

    found = []
    for name, amount in given_once("--antagonist", getattr(run.options, "antagonist", ())):
        blocker = Compound.named(name)
        dose = blocker.default_dose_mM if math.isnan(amount) else amount
        found.append((blocker, dose))
        run.record_input(blocker.name, blocker.path)
    run.record(antagonists_mM={blocker.name: dose for blocker, dose in found})
    return tuple(found)


def say_assumptions(run: Run) -> None:
    """Say which numbers of compound and receptor nobody measured; run.json keeps why each is what it is."""
    from cellmodel.parameters import load_file
    from cellmodel.receptor import receptor_parameters

    given = run.options
    files = [load_file(run.compound.path), receptor_parameters(given.receptor)]
    assumed = {data.name: {p.name: p.note for p in data.values() if p.kind == "assumed"} for data in files}
    for name, reasons in assumed.items():
        if reasons:
            verb = "is" if len(reasons) == 1 else "are"
            run.notice(f"{name}: {', '.join(reasons)} {verb} assumed, not measured; run.json says why.")
    if getattr(given, "expression", ALL_EXPRESSIONS) != ALL_EXPRESSIONS:
        run.notice(f"how LTP is expressed is a hypothesis: {given.expression}. Try others with --expression.")
    run.record(assumed=assumed)


def morphology(run: Run) -> Morphology:
    """Return the shape that the command line asks for; what was mended in its file is said."""
    from cellmodel.morphology import load_morphology

    shape = load_morphology(run.options.morphology, trust_hoc=run.options.trust_hoc)
    for repair in shape.repairs:
        run.notice(f"{shape.name}: {repair}.")
    run.record(morphology={"name": shape.name, "sections": len(shape.sections), "sha256": shape.fingerprint})
    return shape


def check_cell(run: Run) -> None:
    """Refuse a cell that cannot be built, also where an experiment has no use for it."""
    from cellmodel.cell.biophysics import Biophysics
    from cellmodel.morphology import load_morphology

    Biophysics.named(run.options.biophysics)
    if run.options.morphology is not None:
        load_morphology(run.options.morphology, trust_hoc=run.options.trust_hoc)


def record_files(run: Run) -> None:
    """Keep the hash of every file that the user gave."""
    for option in FILE_OPTIONS:
        given = getattr(run.options, option, None)
        if given and Path(str(given)).is_file():
            run.record_input(option, Path(given))


def is_blocker(compound: Any) -> bool:
    """Whether a compound antagonizes something instead of modulating AMPA receptors."""
    return bool(compound.blocks)


def drug_condition(compound: Any) -> str:
    """Return the condition of rows taken with the compound: ``drug``, or a known blocker's own name."""
    from cellmodel.recording.vocabulary import vocabulary

    is_word = compound.name in vocabulary()["conditions"]  # a user's own blocker has a name like no other
    return compound.name if is_blocker(compound) and is_word else "drug"


def label(compound: Any, dose_mM: float) -> str:
    """Return dose and name as figures and texts show them."""
    return f"{dose_mM:g} mM {compound.name}"
