"""The compiled receptor against its exact twin, and what must hold of it under every solver."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from cellmodel.analysis import fit_decay, fit_exponential, peak
from cellmodel.compound import Compound
from cellmodel.mechanisms import load_mechanisms, mod_folder
from cellmodel.parameters import load
from cellmodel.patch import Patch, Pulses
from cellmodel.receptor import OPEN, STATES, Receptor, Scheme, configure_ampa, driven, modulation_of
from cellmodel.units import PICOSIEMENS_PER_MICROSIEMENS

CA1 = Receptor.named("ca1")
ANIRACETAM = Compound.named("aniracetam")
DOSES = (0.0, 0.5, 1.5, 5.0)


@pytest.fixture
def point() -> Any:
    """Return section, receptor and a wire that brings it glutamate."""
    h = load_mechanisms()
    section = h.Section(name="patch")
    receptor = h.ampa(section(0.5))
    configure_ampa(receptor, CA1, compound=ANIRACETAM)
    wire = h.NetCon(None, receptor)
    wire.delay, wire.weight[0] = 0.0, 1.1
    kept = h.celsius
    h.celsius = 32.0
    yield section, receptor, wire
    h.cvode.active(0)
    h.celsius = kept


def open_fraction(patch: Patch, recording: Any) -> np.ndarray:
    """Return a patch's open fraction."""
    conductance = patch.numbers["n_channels"].value * CA1.gamma / PICOSIEMENS_PER_MICROSIEMENS
    return recording["i"] / (conductance * (patch.rig["v_hold"] - patch.rig["e"]))


def twin(
    t: np.ndarray, duration: float, dose: float, exchange: float, compound: Compound = ANIRACETAM
) -> np.ndarray:
    """Return the open fraction by matrix exponentials on a fine grid, at ``t``."""
    pulses = Pulses((0.0,), duration, exchange)
    edges = [np.linspace(start, start + 2.0, 4001) for start in (0.0, duration)]
    fine = np.unique(np.concatenate([*edges, np.linspace(2.0, t[-1], 6001)]))
    scheme = Scheme(CA1, modulation_of(compound, CA1), dose, 22.0)
    states = driven(scheme, fine, lambda at: 10.0 * pulses.level(at))
    return np.interp(t, fine, states[:, OPEN], left=0.0)


@pytest.mark.parametrize(("duration", "dose"), list(product((1.0, 100.0), DOSES)))
def test_nmodl_is_the_matrix_exponential(duration: float, dose: float) -> None:
    patch = Patch(CA1, compound=ANIRACETAM, filter_kHz=np.inf)
    recording = patch.pulse(duration, dose)
    t, y = recording.t, open_fraction(patch, recording)
    exact = twin(t, duration, dose, patch.exchange)
    assert y.max() == pytest.approx(exact.max(), rel=1e-3)
    assert np.abs(y - exact).max() < 1e-4 * exact.max()
    assert time_constant(t, y, duration) == pytest.approx(time_constant(t, exact, duration), rel=1e-3)


def test_nmodl_is_the_matrix_exponential_where_each_site_slows_closing() -> None:
    compound = Compound.named("CX614")
    assert compound.modulation.first_site == 0.5
    patch = Patch(CA1, compound=compound, filter_kHz=np.inf)
    recording = patch.pulse(1.0, 0.02)
    exact = twin(recording.t, 1.0, 0.02, patch.exchange, compound)
    assert np.abs(open_fraction(patch, recording) - exact).max() < 1e-4 * exact.max()


def time_constant(t: np.ndarray, y: np.ndarray, duration: float) -> float:
    if duration > 50.0:
        return fit_exponential(t, y, start=5.0, stop=duration).tau
    return fit_decay(t, y, peak(t, y), start=0.8, stop=0.2).tau


@pytest.mark.parametrize(
    ("tolerance", "dose", "slows_o", "pulse_width"),
    list(product((0.0, 1e-6, 1e-9), (0.0, 1.5), (0.0, 1.0), (0.0, 5.0))),
)
def test_occupancies_are_fractions_that_sum_to_one(
    point, tolerance: float, dose: float, slows_o: float, pulse_width: float
) -> None:
    h, (_, receptor, wire) = load_mechanisms(), point
    share = h.Vector([1.0])
    h.setpointer(share._ref_x[0], "released", receptor)
    receptor.dose, receptor.slows_o, receptor.pulse_width = dose, slows_o, pulse_width
    wire.weight[0] = 10.0 if pulse_width else 1.1
    h.cvode.active(1 if tolerance else 0)
    h.cvode.atol(tolerance or 1e-3)
    h.dt = 0.025
    h.finitialize(-70.0)
    for start in (2.0, 12.0, 13.0):
        wire.event(start)
    share.x[0] = 0.4
    while h.t < 60.0:
        h.fadvance()
        for suffix in ("", "u"):
            parts = np.array([getattr(receptor, state + suffix) for state in STATES])
            assert abs(parts.sum() - 1.0) < 1e-9
            assert parts.min() > -1e-9
            assert parts.max() < 1.0 + 1e-9
        assert 0 <= receptor.exposed <= 1


@pytest.mark.parametrize(("dose", "slows_o"), list(product(DOSES, (0.0, 1.0))))
def test_equilibrium_in_glutamate_is_the_null_space_and_every_loop_is_at_rest(
    point, dose: float, slows_o: float
) -> None:
    h, (_, receptor, wire) = load_mechanisms(), point
    receptor.dose, receptor.slows_o = dose, slows_o
    receptor.pulse_width, receptor.glu_tau, wire.weight[0] = 1e5, 0.1, 10.0
    h.cvode.active(1)
    h.cvode.atol(1e-11)
    h.finitialize(-70.0)
    wire.event(0.0)
    h.cvode.solve(5e4)
    found = np.array([getattr(receptor, state) for state in STATES])
    modulation = replace(ANIRACETAM.modulation, slows_o=bool(slows_o))
    scheme = Scheme(CA1, modulation, dose, 32.0)
    assert found == pytest.approx(scheme.steady_state(10.0), rel=1e-6, abs=1e-12)
    flux = scheme.q_matrix(10.0) * found
    np.fill_diagonal(flux, 0.0)
    assert flux == pytest.approx(flux.T, rel=1e-5, abs=1e-12)  # on every link as much comes back as goes


def test_the_dose_changes_the_response_of_a_modulated_receptor_only(point) -> None:
    _, receptor, wire = point
    with_modulator = [largest_open(receptor, wire, dose) for dose in (0.0, 1.5)]
    assert with_modulator[1] > 1.2 * with_modulator[0]
    for compound in (None, Compound.named("vehicle"), Compound.named("CNQX")):
        configure_ampa(receptor, CA1, compound=compound)
        assert [largest_open(receptor, wire, dose) for dose in (0.0, 1.5)] == pytest.approx(
            [with_modulator[0]] * 2, rel=1e-12
        )


def largest_open(receptor: Any, wire: Any, dose: float) -> float:
    h = load_mechanisms()
    receptor.dose = dose
    h.cvode.active(1)
    h.cvode.atol(1e-8)
    h.finitialize(-70.0)
    wire.event(1.0)
    largest = 0.0
    while h.t < 10.0:
        h.fadvance()
        largest = max(largest, receptor.popen)
    return largest


def test_a_transient_is_the_twin_and_the_unexposed_stay_closed(point) -> None:
    h, (_, receptor, wire) = load_mechanisms(), point
    share = h.Vector([0.3])
    h.setpointer(share._ref_x[0], "released", receptor)
    found = largest_open(receptor, wire, 1.5)
    t = np.linspace(0.0, 9.0, 6001)
    scheme = Scheme(CA1, ANIRACETAM.modulation, 1.5, 32.0)
    exact = driven(scheme, t, lambda at: 1.1 * np.exp(-at / 1.2))[:, OPEN].max()
    assert found == pytest.approx(0.3 * exact, rel=1e-3)
    assert receptor.ou == pytest.approx(0.0, abs=1e-9)
    assert receptor.exposed == 0.3


def test_the_error_of_a_fixed_step_halves_with_the_step(point) -> None:
    h, (_, receptor, wire) = load_mechanisms(), point
    exact = at_five(receptor, wire, cvode=True)
    errors = []
    for step in (0.02, 0.01):
        h.dt = step
        h.steps_per_ms = 1.0 / step
        errors.append(at_five(receptor, wire, cvode=False) - exact)
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.1)


def at_five(receptor: Any, wire: Any, *, cvode: bool) -> float:
    h = load_mechanisms()
    h.cvode.active(cvode)
    h.cvode.atol(1e-10)
    h.finitialize(-70.0)
    wire.event(1.0)
    if cvode:
        h.cvode.solve(5.0)
    else:
        while h.t < 5.0 - h.dt / 2:
            h.fadvance()
    return float(receptor.o)


def test_overlapping_pulses_are_one_long_pulse(point) -> None:
    h, (_, receptor, wire) = load_mechanisms(), point
    receptor.pulse_width, receptor.glu_tau = 5.0, 0.05
    h.cvode.active(1)
    h.finitialize(-70.0)
    for start in (1.0, 4.0):
        wire.event(start)
    levels = []
    for stop in (5.9, 6.5, 8.9, 9.5):
        h.cvode.solve(stop)
        levels.append(receptor.glu)
    assert levels == pytest.approx([1.1, 1.1, 1.1, 1.1 * np.exp(-0.5 / 0.05)], rel=1e-6)


def test_a_run_that_starts_before_zero_has_no_glutamate(point) -> None:
    h, (_, receptor, _) = load_mechanisms(), point
    h.cvode.active(0)
    h.finitialize(-70.0)
    h.t = -5000.0
    h.fcurrent()
    assert receptor.glu == 0.0


def test_the_defaults_of_the_mod_file_are_the_ca1_receptor_without_modulator() -> None:
    text = (mod_folder() / "ampa.mod").read_text(encoding="ascii")
    block = text[text.index("\nPARAMETER {") :]
    given = {k: float(v) for k, v in re.findall(r"^ {4}(\w+) += (\S+) ", block[: block.index("\n}")], re.M)}
    assert {name: given[name] for name in CA1.rates} == dict(CA1.rates)
    assert (given["q10"], given["celsius_reference"]) == (CA1.q10, CA1.celsius)
    assert (given["closing"], given["closing_one"]) == (1.0, 1.0)
    assert (given["entry"], given["dose"]) == (1.0, 0.0)
    assert given["k_m"] == ANIRACETAM.modulation.k_m
    synapse = load("synapse.toml")
    assert given["glu_tau"] == synapse.value("glutamate.tau_decay")
    assert given["e"] == synapse.value("ampa.e")
