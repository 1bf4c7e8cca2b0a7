"""From the options of an experiment to what it runs on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellmodel.experiment import Run

if TYPE_CHECKING:
    from cellmodel.morphology import Morphology
    from cellmodel.slice import SliceOptions

ALL_EXPRESSIONS = "all"
"""What ``ltp --expression`` takes beside a hypothesis: compare them."""
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
        seed=given.seed,
    )
    say_assumptions(run)
    return options


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
