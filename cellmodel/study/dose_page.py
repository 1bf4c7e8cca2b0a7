"""The page of a dose-response experiment from its curves."""

from __future__ import annotations

from collections.abc import Sequence

from cellmodel.analysis import DoseCurve
from cellmodel.compound import Compound
from cellmodel.experiment import Run
from cellmodel.report.dose_page import page_html
from cellmodel.report.page.methods import Paragraph, paragraphs
from cellmodel.slice import Bath, InputOutput, SliceOptions
from cellmodel.study.doses import INTERVAL_MEANING
from cellmodel.study.page import methods_files, parameters


def page(
    run: Run,
    curves: Sequence[DoseCurve],
    svg: str,
    *,
    doses_mM: Sequence[float],
    test: InputOutput,
    options: SliceOptions,
) -> str:
    """Return the page as text.

    Parameters
    ----------
    run : Run
    curves : sequence of DoseCurve
    svg : str
        The figure.
    doses_mM : sequence of float, mM
    test : InputOutput
        What the test intensity was found from.
    options : SliceOptions
    """
    given, celsius = run.options, (options.bath or Bath()).celsius
    return page_html(
        curves,
        drug=run.compound.name,
        figure_svg=svg,
        notices=run.notices,
        methods=methods(run.compound, given.receptor, celsius, doses_mM=doses_mM, test=test),
        parameters=parameters(),
        about={
            "compound": run.compound.name,
            "receptor": str(given.receptor),
            "cell": str(given.morphology or "shipped"),
            "biophysics": str(given.biophysics),
            "temperature of the slice": f"{celsius:g} °C",
            "test intensity": f"{test.test_fibers} of {test.fibers[-1]} fibers",
            "seed": str(given.seed),
        },
    )


def methods(
    compound: Compound, receptor: str, celsius: float, *, doses_mM: Sequence[float], test: InputOutput
) -> list[Paragraph]:
    """Return the methods as text, with the numbers of this run."""
    return paragraphs(
        methods_files(compound, receptor),
        {
            "doses": ", ".join(f"{dose:g}" for dose in doses_mM),
            "interval_meaning": INTERVAL_MEANING,
            "celsius": f"{celsius:g}",
            "test_fibers": test.test_fibers,
            "fibers": test.fibers[-1],
            "test_percent": f"{test.test_percent:.0f}",
        },
    )
