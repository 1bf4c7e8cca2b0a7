"""The page of a dose-response experiment: its answer, its tables, and what it says where there is no half."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from cellmodel.analysis import DoseCurve
from cellmodel.compound import Compound
from cellmodel.report.dose_figures import dose_figure
from cellmodel.report.dose_page import answer, page_html
from cellmodel.report.style import svg_text
from cellmodel.study.dose_page import methods

DOSES = np.array([0.01, 0.035, 0.12, 0.42, 1.5, 5.0])


def curve(preparation: str, measure: str, top: float, ec50: float) -> DoseCurve:
    return DoseCurve(preparation, measure, DOSES, 1 + (top - 1) * DOSES / (ec50 + DOSES), "the solubility")


FITTED = curve("ca1_patch", "tau_deactivation", 3.2, 0.5)
OPEN = curve("ca1_patch", "tau_desensitization", 9.0, 12.0)
LATER = curve("ca1_cell", "epsc_peak", 1.9, 0.9)
ABSENT = curve("ca1_slice", "fepsp_tau_decay", 1.001, 0.8)


def page(*curves: DoseCurve) -> str:
    test = SimpleNamespace(test_fibers=30, fibers=[1, 250], test_percent=35.0)
    return page_html(
        curves,
        drug="a <drug>",
        figure_svg=svg_text(dose_figure(curves)),
        notices=["read as <another>"],
        methods=methods(Compound.named("aniracetam"), "ca1", 32.0, doses_mM=DOSES, test=test),
        parameters={},
        about={"cell": "shipped"},
    )


def test_the_answer_counts_the_halves_and_gives_the_lowest_and_the_highest() -> None:
    assert answer([OPEN, ABSENT]).startswith("No quantity")
    assert answer([FITTED]).endswith("deactivation τ, 0.5 mM.")
    text = answer([LATER, ABSENT, OPEN, FITTED])
    assert text.startswith("Of 4 quantities 2 have")
    assert text.endswith("from 0.5 mM (deactivation τ) to 0.9 mM (EPSC peak, CA1 soma).")
    assert "2 have" in answer([FITTED, replace(FITTED, measure="tau_desensitization")])  # at the same dose


def test_each_quantity_has_its_half_or_the_reason_why_there_is_none() -> None:
    text = page(LATER, ABSENT, FITTED, OPEN)
    halves = text.split('id="halves"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", halves)[1:]
    assert len(rows) == 4
    assert '<td class="num">0.5</td>' in rows[0]  # in the order of the figure, whatever they come in
    assert "does not saturate up to 5 mM, the solubility" in rows[1]
    assert "no effect" in rows[3]
    assert rows[3].count("\N{EN DASH}</td>") == 4


def test_every_dose_has_its_ratio() -> None:
    ratios = page(FITTED, ABSENT).split('id="ratios"')[1].split("</section>")[0]
    assert [float(dose) for dose in re.findall(r'<th class="num">([\d.]+)</th>', ratios)] == DOSES.tolist()
    found = [float(ratio) for ratio in re.findall(r'<td class="num">([\d.]+)</td>', ratios)]
    np.testing.assert_allclose(found, [*FITTED.ratios, *ABSENT.ratios], rtol=5e-3)


def test_what_was_given_is_escaped_and_methods_cite_their_sources() -> None:
    text = page(FITTED)
    assert "a &lt;drug&gt;" in text
    assert "read as &lt;another&gt;" in text
    assert "<drug>" not in text
    written = text.split('id="methods-text"')[1]
    assert "Hill curve that begins at 1" in written
    assert "lack of fit" in written
    assert "Plasticity" not in written
    assert "Jonas" in written.split("References")[1]
