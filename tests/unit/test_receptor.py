"""The scheme's matrix, its limits, and its responses."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.parameters import DATA, load
from cellmodel.receptor import (
    LOOPS,
    OPEN,
    Receptor,
    Scheme,
    driven,
    ec50,
    measure,
    occupancies,
    peak_open,
)
from cellmodel.receptor.fit import fit_rates, main, misfit, obtained, report, start_rates, targets
from cellmodel.receptor.profile import from_parameters

CA1 = Receptor.named("ca1")
ANIRACETAM = Compound.named("aniracetam").modulation
DOSES = (0.0, 0.5, 1.5, 5.0)
BOTH_WAYS = (ANIRACETAM, replace(ANIRACETAM, slows_o=False))


def test_every_shipped_receptor_loads() -> None:
    assert {"ca1", "chick_nm", "GluA1_flip", "GluA1_flop", "GluA2_flip", "GluA2_flop", "GluA1A2_flip"} == set(
        Receptor.names()
    )
    for name in Receptor.names():
        assert Receptor.named(name).name == name


def test_a_file_of_other_subunits_changes_what_a_selective_compound_does(tmp_path: Path) -> None:
    own = tmp_path / "flip.toml"
    text = (DATA / "receptors" / "ca1.toml").read_text(encoding="utf-8").replace('"ca1"', '"all_flip"')
    for subunit, share in (("flip", "0.5"), ("flop", "0")):
        text = text.replace(f"_{subunit} = {{ value = 0.25", f"_{subunit} = {{ value = {share}")
    own.write_text(text, encoding="utf-8")
    flip = Receptor.named(str(own))
    assert flip.name == "all_flip"
    assert flip.rates == CA1.rates
    cyclothiazide = Compound.named("cyclothiazide")
    mixed, of_flip = (cyclothiazide.modulation_on(each.composition) for each in (CA1, flip))
    assert of_flip.k_m < 0.5 * mixed.k_m
    own.write_text(text.replace("value = 0.5", "value = 0.4"), encoding="utf-8")
    with pytest.raises(ParameterError, match="shares of subunits"):
        Receptor.named(str(own))


def test_an_unknown_receptor_and_wrong_rates_are_refused() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'ca1'"):
        Receptor.named("ca2")
    with pytest.raises(ParameterError, match="above 0"):
        replace(CA1, rates={**CA1.rates, "d_off1": 0.0})
    with pytest.raises(ParameterError, match="a_d"):
        replace(CA1, rates={**CA1.rates, "a_d": 1.0})
    data = load("receptors/ca1.toml")
    wrong = {**data.entries, "rates.alpha": replace(data["rates.alpha"], unit="/s")}
    with pytest.raises(ParameterError, match="needed '/ms'"):
        from_parameters(replace(data, entries=wrong))


@pytest.mark.parametrize(
    ("modulation", "dose", "glutamate"), list(product(BOTH_WAYS, DOSES, (0.0, 0.1, 10.0)))
)
def test_columns_sum_to_zero_and_the_steady_state_is_the_null_space(modulation, dose, glutamate) -> None:
    scheme = Scheme(CA1, modulation, dose, 32.0)
    q = scheme.q_matrix(glutamate)
    assert np.abs(q.sum(axis=0)).max() < 1e-12
    rest = scheme.steady_state(glutamate)
    assert rest.sum() == pytest.approx(1.0, abs=1e-12)
    assert rest.min() > -1e-12
    assert np.abs(q @ rest).max() < 1e-12


@pytest.mark.parametrize(("modulation", "dose", "name"), list(product(BOTH_WAYS, DOSES, Receptor.names())))
def test_every_loop_is_balanced(modulation, dose, name) -> None:
    scheme = Scheme(Receptor.named(name), modulation, dose, 30.0)
    for loop in LOOPS:
        assert abs(scheme.loop_imbalance(loop)) < 1e-12


def test_without_glutamate_all_receptors_rest_in_c0_whatever_the_dose() -> None:
    for dose in DOSES:
        assert Scheme(CA1, ANIRACETAM, dose).steady_state(0.0)[0] == pytest.approx(1.0, abs=1e-12)


def test_no_dose_is_the_drug_free_receptor() -> None:
    assert dict(Scheme(CA1, ANIRACETAM, 0.0).rates) == dict(Scheme(CA1).rates)


def test_opening_binding_and_recovery_keep_their_rates() -> None:
    drug, control = Scheme(CA1, ANIRACETAM, 5.0).rates, Scheme(CA1).rates
    changed = {name for name in control if drug[name] != control[name]}
    assert changed == {"alpha", "d_on1", "d_on2", "d_on3"}


def test_temperature_scales_time() -> None:
    t = np.linspace(0.0, 20.0, 200)
    cold = occupancies(Scheme(CA1, celsius=22.0), t, [(0.0, 10.0)])
    warm = Scheme(CA1, celsius=32.0)
    assert CA1.speed(32.0) == pytest.approx(2.0)
    fast = dict(warm.rates)
    slow = {k: 2.0 * v for k, v in Scheme(CA1).rates.items()}
    assert fast == pytest.approx(slow)
    assert occupancies(warm, t / 2.0, [(0.0, 10.0)]) == pytest.approx(cold, abs=1e-12)


def test_eigenvectors_and_matrix_exponential_agree() -> None:
    scheme, t = Scheme(CA1, ANIRACETAM, 1.5), np.array([0.3, 1.0, 4.0, 30.0])
    found = occupancies(scheme, t, [(0.0, 10.0), (1.0, 0.0)])
    start = scheme.steady_state(0.0)
    after = expm(scheme.q_matrix(10.0)) @ start
    assert found[0] == pytest.approx(expm(scheme.q_matrix(10.0) * 0.3) @ start, abs=1e-12)
    assert found[3] == pytest.approx(expm(scheme.q_matrix(0.0) * 29.0) @ after, abs=1e-12)


def test_constant_glutamate_is_no_different_when_driven_and_the_error_is_second_order() -> None:
    scheme, t = Scheme(CA1), np.linspace(0.0, 5.0, 51)
    steps = occupancies(scheme, t, [(0.0, 1.0)])
    assert driven(scheme, t, np.ones_like) == pytest.approx(steps, abs=1e-12)
    errors = [np.abs(_transient(n) - _transient(6400)).max() for n in (200, 400)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.15)


def _transient(n: int) -> np.ndarray:
    t = np.linspace(0.0, 1.0, n + 1)
    return driven(Scheme(CA1), t, lambda at: 1.1 * np.exp(-at / 1.2))[-1]


def test_steps_are_given_in_order() -> None:
    with pytest.raises(ParameterError, match="in order"):
        occupancies(Scheme(CA1), np.array([0.0, 1.0]), [(1.0, 0.0), (0.0, 10.0)])


def test_peak_open_is_that_of_a_fine_integration() -> None:
    t = np.linspace(0.0, 6.0, 8001)
    fine = driven(Scheme(CA1, celsius=32.0), t, lambda at: 1.1 * np.exp(-at / 1.2))[:, OPEN].max()
    assert peak_open(CA1, 1.1, 1.2, celsius=32.0) == pytest.approx(fine, rel=1e-5)


@pytest.mark.parametrize("name", Receptor.names())
def test_shipped_rates_meet_their_targets(name) -> None:
    wanted = targets(name)
    got = obtained(Receptor.named(name), wanted)
    for key, entry in wanted.items():
        assert got[key] == pytest.approx(entry.value, abs=2.0 * entry.sd), key


@pytest.mark.slow
def test_the_fit_gives_the_shipped_receptor() -> None:
    again, wanted = replace(CA1, rates=fit_rates("ca1")), targets("ca1")
    assert misfit("ca1", CA1.rates) == pytest.approx(misfit("ca1", again.rates), rel=0.01)
    assert misfit("ca1", start_rates(wanted)) > 100 * misfit("ca1", again.rates)
    assert again.rates == pytest.approx(dict(CA1.rates), rel=0.15)
    shown = obtained(CA1, wanted)
    for key, value in obtained(again, wanted).items():  # the valley is flat along some of the rates
        assert value == pytest.approx(shown[key], rel=0.02), key


def test_the_record_of_the_fits_is_that_of_the_shipped_rates() -> None:
    recorded = (Path(__file__).resolve().parents[2] / "docs" / "receptor_fits.txt").read_text().splitlines()
    lines = [line for name in Receptor.names() for line in report(name, dict(Receptor.named(name).rates))]
    assert len(recorded) == len(lines)
    for old, new in zip(recorded, lines, strict=True):
        *old_words, old_last = old.split()
        *new_words, new_last = new.split()
        assert old_words == new_words
        same = old_last == new_last
        assert same or float(old_last) == pytest.approx(float(new_last), rel=2e-3), (old, new)


def test_the_ec50_of_binding_alone_is_where_half_is_bound() -> None:
    fast = {"k_on1": 100.0, "k_off1": 50.0, "k_on2": 100.0, "k_off2": 1e3, "beta": 1.0, "alpha": 1e3}
    still = {"d_on1": 1e-8, "d_off1": 1e-8, "d_on2": 1e-8, "d_off2": 1e-8, "d_on3": 1e-8, "d_off3": 1e-8}
    receptor = replace(CA1, rates={**fast, **still, "k_on3": 1.0, "b_d": 1e-8})
    g = np.array([0.01, 50.0])
    k1, k2 = 50.0 / 100.0, 1e3 / 100.0
    half = 0.5 * 50.0**2 / (k1 * k2 + k2 * 50.0 + 50.0**2)
    expected = max(np.roots([1.0 - half, -half * k2, -half * k1 * k2]))
    assert g[0] < expected < g[1]
    assert ec50(Scheme(receptor)) == pytest.approx(expected, rel=2e-3)


def test_the_fit_refuses_a_receptor_without_targets(capsys) -> None:
    assert main(["ca9"]) == 2
    assert "ca9" in capsys.readouterr().err


def test_every_receptor_file_has_targets() -> None:
    groups = {key.split(".")[0] for key in load("receptor_targets.toml")} - {"start"}
    assert groups == {path.stem for path in (DATA / "receptors").glob("*.toml")}


def test_measures_are_fractions_and_positive_times() -> None:
    found = measure(Scheme(CA1), 10.0)
    assert 0 < found.steady_state < found.peak < 1
    assert found.deactivation < found.desensitization < found.recovery
