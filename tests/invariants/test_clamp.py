"""Clamped cells: what a drug and a blocker do to EPSCs and to a puff, and that recording leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.slice import SliceOptions
from cellmodel.slice.clamp import ClampedSlice, PuffedCell
from cellmodel.slice.compartment import CompartmentCell
from cellmodel.traces import Recording

ANIRACETAM, CNQX = Compound.named("aniracetam"), Compound.named("CNQX")
KINDS = ("evoked", "miniature")


def peak(recording: Recording) -> float:
    return -float(recording["i"].min())


def charge(recording: Recording) -> float:
    return -float(np.trapezoid(recording["i"], recording.t))


def record(cell: object, kind: str, dose_mM: float) -> Recording:
    more = {"synapse": 1} if kind == "miniature" and isinstance(cell, ClampedSlice) else {}
    return getattr(cell, kind)(dose_mM, **more)


@pytest.fixture(scope="module")
def options(small_cell: str) -> SliceOptions:
    return SliceOptions(morphology=small_cell, fibers=12)


@pytest.fixture(params=["ca1_cell", "chick_cell", "culture_cell"])
def clamped(request, options: SliceOptions):
    """Return a function that clamps the preparation under a compound."""
    made = []

    def clamp(compound: Compound | None):
        is_slice = request.param == "ca1_cell"
        cell = ClampedSlice(replace(options, compound=compound)) if is_slice else None
        made.append(cell)
        return cell or CompartmentCell(request.param, compound)

    yield clamp
    for cell in made:
        if cell is not None:
            cell.free()


@pytest.mark.parametrize("kind", KINDS)
def test_aniracetam_prolongs_an_epsc_and_washes_out(clamped, kind: str) -> None:
    cell = clamped(ANIRACETAM)
    control, drug, wash = (record(cell, kind, dose) for dose in (0.0, 1.5, 0.0))
    assert peak(control) > 0
    assert charge(drug) / peak(drug) > 1.2 * charge(control) / peak(control)
    assert wash["i"] == pytest.approx(control["i"], abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_cnqx_leaves_its_share_of_an_epsc(clamped, kind: str) -> None:
    cell = clamped(CNQX)
    dose = CNQX.default_dose_mM
    left = CNQX.left("ampa", dose)
    control, blocked = (record(cell, kind, given) for given in (0.0, dose))
    assert left < 0.05
    # A large current loses driving force across the series resistance: a little more than the share is left.
    # That of one spine opens its calcium channels, a percent or two of it, which a small one does not.
    assert 0.98 * left < peak(blocked) / peak(control) < 1.25 * left


def test_a_miniature_is_a_small_part_of_an_evoked_epsc_and_does_not_change_it(clamped) -> None:
    cell = clamped(None)
    before, miniature, after = (record(cell, kind, 0.0) for kind in ("evoked", "miniature", "evoked"))
    assert 0 < peak(miniature) < 0.2 * peak(before)
    assert after["i"] == pytest.approx(before["i"], abs=1e-9)


def test_d_ap5_changes_nothing_where_nmda_receptors_are_blocked_anyway(options: SliceOptions) -> None:
    cell = ClampedSlice(replace(options, compound=Compound.named("D-AP5")))
    control, blocked = cell.evoked(0.0), cell.evoked(0.05)
    assert cell.slice.blocks["nmda"] == 1.0
    assert blocked["i"] == pytest.approx(control["i"], abs=1e-9)
    cell.free()


def test_the_soma_stays_near_the_holding_potential(options: SliceOptions) -> None:
    cell = ClampedSlice(options)
    sweep = cell.evoked(0.0)
    error = np.abs(sweep["i"]).max() * cell.r_series  # nA times MOhm is mV
    assert error < 5.0
    assert cell.slice.cell.soma[0](0.5).v == pytest.approx(cell.v_hold, abs=1.0)
    cell.free()


def test_series_resistance_slows_and_shrinks_the_epsc(options: SliceOptions) -> None:
    sweeps = []
    for r_series in (1.0, 40.0):
        cell = ClampedSlice(options, r_series=r_series)
        sweeps.append(cell.evoked(0.0))
        cell.free()
    assert peak(sweeps[1]) < 0.95 * peak(sweeps[0])
    assert sweeps[1].t[np.argmin(sweeps[1]["i"])] > sweeps[0].t[np.argmin(sweeps[0]["i"])]


def test_a_puff_s_current_grows_in_drug_and_goes_in_cnqx(options: SliceOptions) -> None:
    found = {}
    for compound in (ANIRACETAM, CNQX):
        cell = PuffedCell(replace(options, compound=compound))
        found[compound.name] = [charge(cell.record(dose)) for dose in (0.0, compound.default_dose_mM, 0.0)]
        cell.free()
    control, drug, wash = found["aniracetam"]
    assert drug > 1.2 * control
    assert wash == pytest.approx(control, rel=1e-3)
    assert found["CNQX"][0] == pytest.approx(control, rel=1e-3)
    assert found["CNQX"][1] == pytest.approx(CNQX.left("ampa", CNQX.default_dose_mM) * control, rel=0.2)


def test_a_slower_puff_rises_later(options: SliceOptions) -> None:
    times = []
    for rise in (5.0, 50.0):
        cell = PuffedCell(options, rise=rise)
        sweep = cell.record(0.0)
        times.append(
            sweep.t[np.argmax(sweep["glutamate"] > 0.9 * load("preparations.toml").value("puff.glutamate"))]
        )
        cell.free()
    assert times[1] - times[0] == pytest.approx((50.0 - 5.0) * np.log(10) / np.log(9), rel=0.05)


def test_cells_that_were_freed_are_gone(options: SliceOptions) -> None:
    before = len(list(load_mechanisms().allsec()))
    cell = ClampedSlice(options)
    assert len(list(load_mechanisms().allsec())) > before
    cell.free()
    assert len(list(load_mechanisms().allsec())) == before


def test_an_unknown_preparation_names_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"unknown preparation 'chick'\. Did you mean 'chick_cell'"):
        CompartmentCell("chick", None)
