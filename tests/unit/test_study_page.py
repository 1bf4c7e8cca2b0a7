"""What the study hands to its report: panels of doses, and methods with the run's numbers."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from synthetic_study import current, field

from cellmodel.compound import Compound
from cellmodel.slice import SliceOptions
from cellmodel.study import page
from cellmodel.study.chapters import Chapter, Finding
from cellmodel.traces import Recording


def series(preparation: str, stimulus: str, trace: Recording, **found: tuple[float, ...]) -> Finding:
    """Return the finding of a series at no drug and at 1.5 mM."""
    about = {"preparation": preparation, "stimulus": stimulus}
    sweeps = [
        Recording(trace.t, trace.signals, trace.units, {**about, "dose_mM": dose}) for dose in (0.0, 1.5)
    ]
    chapter = Chapter("doses", SliceOptions(), "aniracetam", 1.5, doses_mM=(1.5,))
    return Finding(chapter, (), tuple(sweeps), {}, **found)


def test_series_of_doses_become_panels_and_spikes_are_said_where_they_are() -> None:
    found = [
        series("ca1_slice", "test pulse", field("control"), fired_mM=(1.5,)),
        series("chick_patch", "glutamate, 1 ms", current(2.5)),
    ]
    patch, slices = page.dose_panels(found)
    assert (patch.title, patch.preparation) == ("Patch, 10 mM glutamate for 1 ms", "chick_patch")
    assert (slices.signal, sorted(slices.sweeps)) == ("v_field", [0.0, 1.5])
    assert (patch.notes, slices.notes) == ({}, {1.5: page.SPIKE})


@pytest.mark.parametrize(
    ("compound", "doses_mM", "has"),
    [("aniracetam", (1.5, 3.0), {"Modulator", "Doses"}), ("D-AP5", (), set())],
)
def test_methods_have_only_what_the_run_had(
    compound: str, doses_mM: tuple[float, ...], has: set[str]
) -> None:
    curve = SimpleNamespace(test_fibers=46, fibers=[20, 160], test_percent=30.4)
    texts = dict(
        page.methods(
            curve,
            compound=Compound.named(compound),
            dose_mM=1.5,
            receptor="ca1",
            expression="inserted_sensitive",
            celsius=31.0,
            doses_mM=doses_mM,
        )
    )
    assert set(texts) & {"Modulator", "Doses"} == has
    assert f"The drug, {compound}, was given at 1.5 mM." in texts["Drug"]
    assert "The stimulus recruited 46 of 160 fibers, 30 % of the largest fEPSP" in texts["Slice and field"]
    assert "bath was at 31 °C" in texts["Slice and field"]
    assert not re.search(r"[{}]", "".join(texts.values()))
