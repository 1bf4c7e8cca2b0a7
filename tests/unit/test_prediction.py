"""Predictions carry the uncertainty of a fit on: rows with bands, and more spread from less certain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellmodel.compound import Compound, Modulation
from cellmodel.experiment import Run, parse
from cellmodel.fitting import Problem, fit
from cellmodel.fitting.draws import draw
from cellmodel.fitting.ratios import independent
from cellmodel.recording import Measure
from cellmodel.study import prediction
from cellmodel.study.fitting import Found, Job

ANIRACETAM = Compound.named("aniracetam")


def job(error: float) -> Job:
    rows = [
        ("tau_deactivation", dose, ratio, error, np.inf) for dose, ratio in ((0.3, 1.8), (1, 2.7), (3, 3.5))
    ]
    return Job(Problem(independent(rows, "ratios.csv")), "mine")


def rows(*given: Any) -> dict[str, Measure]:
    return {row.condition: row for row in prediction._rows(*given)}


def test_rows_have_the_best_value_its_deviation_and_the_ends_of_the_band() -> None:
    values = np.linspace(5.0, 9.0, 41)
    bands = {"epsc_tau_decay": {"control": (3.0, np.array([]), "ms"), "drug": (7.0, values, "ms")}}
    found = rows(bands, job(0.1), "culture_cell", 1.5)
    assert found["control"].dose_mM == 0.0
    assert (found["drug"].value, found["drug"].n) == (7.0, 41)
    assert found["drug"].sd == pytest.approx(values.std(ddof=1))
    assert found["drug_band_low"].value == pytest.approx(5.2)
    assert found["drug_band_high"].value == pytest.approx(8.8)


def test_ltp_has_the_rows_that_are_promised() -> None:
    results = [{"vs_baseline": value} for value in (200.0, 190.0, 205.0, 220.0)]
    bands = prediction._ltp_bands({"vs_baseline": 180.0}, results)
    control, row = prediction._ltp_rows(bands, job(0.1), 1.5)
    assert (control.dose_mM, control.value, control.n) == (0.0, 180.0, 1)
    assert (row.measure, row.condition, row.time_min, row.value, row.n) == (
        "ltp_percent",
        "vs_baseline",
        5.0,
        200.0,
        3,
    )
    assert row.sd == pytest.approx(15.0)
    shown = prediction._shown(bands["vs_baseline"])["drug"]
    assert (shown["best"], shown["band"], shown["sets"]) == (200.0, (190.0, 220.0), 3)


def test_ltp_in_drug_stands_beside_that_without_it_whatever_the_baseline() -> None:
    results = [{"vs_baseline": 200.0, "vs_drug_baseline": value} for value in (150.0, 145.0, 152.0)]
    bands = prediction._ltp_bands({"vs_baseline": 155.0}, results)
    assert [bands[name]["control"][0] for name in ("vs_baseline", "vs_drug_baseline")] == [155.0, 155.0]
    rows = list(prediction._ltp_rows(bands, job(0.1), 1.5))
    assert [(row.condition, row.dose_mM) for row in rows] == [
        ("vs_baseline", 0.0),
        ("vs_baseline", 1.5),
        ("vs_drug_baseline", 1.5),
    ]


def test_sets_are_picked_along_the_whole_band() -> None:
    ranked = [Modulation(1.0 + k, 0.5, 0.1) for k in range(41)]
    picked = [each.k_m - 1.0 for each in prediction._picked(ranked, 7)]
    assert picked == [2.0, 8.0, 14.0, 20.0, 26.0, 32.0, 38.0]


def test_a_response_that_is_abolished_has_no_band() -> None:
    results = [{"fepsp_amplitude control": 0.3, "fepsp_amplitude drug": 0.4, "fepsp_slope control": 0.1}] * 3
    assert set(prediction._field_bands(results)) == {"fepsp_amplitude"}


def test_less_certain_data_give_wider_epscs(tmp_path: Path) -> None:
    widths = []
    for error in (0.02, 0.15):
        given = job(error)
        found = fit(given.problem)
        run = Run("fit_compound", parse("fit_compound", ["--out", str(tmp_path / str(error))]))
        sets = Found(found, tuple(draw(found, 8, seed=1)))
        bands, ranked = prediction._epsc(
            run, given, sets, prediction.with_constants(ANIRACETAM, found.modulation), 1.0
        )
        control, drug = (bands["epsc_tau_decay"][name] for name in ("control", "drug"))
        assert drug[0] > 1.5 * control[0]
        assert len(ranked) == 8
        assert {row.measure for row in run.rows} == {"epsc_peak", "epsc_tau_decay", "epsc_charge"}
        widths.append(np.ptp(drug[1]))
    assert widths[1] > 1.5 * widths[0]


def test_a_dose_that_was_not_measured_is_an_extrapolation() -> None:
    assert "extrapolation" in next(prediction._beyond(job(0.1), 10.0))
    assert len(list(prediction._beyond(job(0.1), 1.0))) == 1


def test_constants_replace_those_of_the_file() -> None:
    changed = prediction.with_constants(ANIRACETAM, Modulation(1.0, 0.5, 0.1))
    assert (changed.name, changed.modulation) == ("aniracetam", Modulation(1.0, 0.5, 0.1))
