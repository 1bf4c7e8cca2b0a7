"""Compounds: those that are shipped, and what a user's own file may and may not say."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from cellmodel.compound import Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.parameters import sources
from cellmodel.receptor import Receptor

OWN = """
name = "mine"
slows_o = false
[default_dose]
value = 1.0
unit = "mM"
source = "cellmodel"
kind = "measured"
[modulation]
k_m = { value = 0.5, unit = "mM", source = "cellmodel", kind = "fitted" }
closing = { value = 0.2, unit = "1", source = "cellmodel", kind = "fitted" }
entry = { value = 1.0, unit = "1", source = "cellmodel", kind = "fitted" }
"""


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_shipped_compounds_are_there_with_a_default_dose() -> None:
    modulators = {"aniracetam", "CX614", "CX516", "CX554", "cyclothiazide"}
    others = {"piracetam", "vehicle", "CNQX", "D-AP5", "picrotoxin", "CGP55845", "nimodipine"}
    assert set(Compound.names()) == modulators | others
    assert {name for name in Compound.names() if Compound.named(name).modulation} == modulators
    for name in Compound.names():
        compound = Compound.named(name)
        assert compound.default_dose_mM >= 0
        assert compound.solubility_mM is None or compound.default_dose_mM <= compound.solubility_mM


def test_every_modulator_names_known_sources_and_says_what_is_not_known() -> None:
    for compound in map(Compound.named, Compound.names()):
        assert set(compound.references) <= set(sources())
        if compound.modulation:
            assert compound.references
        if compound.name in ("CX614", "CX516", "CX554", "piracetam"):
            assert "not known" in compound.notices[0]


def test_selectivity_acts_through_the_composition_of_the_receptor(tmp_path: Path) -> None:
    table = '{ value = 4.0, unit = "1", source = "cellmodel", kind = "fitted" }'
    text = f"{OWN}[selectivity.GluA1_flop]\nk_m = {table}\n[selectivity.GluA2_flop]\nclosing = {table}\n"
    compound = Compound.named(written(tmp_path, text))
    assert compound.modulation_on({}) == compound.modulation_on({"GluA1_flip": 1.0}) == compound.modulation
    assert compound.modulation_on({"GluA1_flop": 1.0}).k_m == 4.0 * 0.5
    half = compound.modulation_on({"GluA1_flop": 0.5, "GluA2_flop": 0.5})
    assert (half.k_m, half.closing, half.entry) == pytest.approx((2.0 * 0.5, 2.0 * 0.2, 1.0))


def test_cyclothiazide_prefers_flip_and_aniracetam_nothing() -> None:
    compound, aniracetam = Compound.named("cyclothiazide"), Compound.named("aniracetam")
    flip, flop = (
        compound.modulation_on(Receptor.named(f"GluA1_{form}").composition) for form in ("flip", "flop")
    )
    assert flop.k_m == pytest.approx(30 * flip.k_m)  # Partin 1994
    for name in Receptor.names():
        assert aniracetam.modulation_on(Receptor.named(name).composition) == aniracetam.modulation


def test_a_composition_is_shares_of_known_subunits() -> None:
    ca1 = Receptor.named("ca1")
    assert sum(ca1.composition.values()) == pytest.approx(1.0)
    only_flop = replace(ca1, composition={"GluA1_flop": 0.5, "GluA2_flop": 0.5})
    assert only_flop != ca1
    with pytest.raises(ParameterError, match="Did you mean 'GluA1_flop'"):
        replace(ca1, composition={"GluA1_flob": 1.0})
    with pytest.raises(ParameterError, match="sum 1"):
        replace(ca1, composition={"GluA1_flop": 0.6})


def test_names_are_found_in_any_case_and_by_alias_without_a_notice() -> None:
    assert Compound.named("ANIRACETAM") is Compound.named("aniracetam")
    assert Compound.named("apv").name == "D-AP5"
    assert Compound.named("apv").notices == ()


def test_imuracetam_is_read_as_aniracetam_and_says_so() -> None:
    compound = Compound.named("imuracetam")
    assert compound.name == "aniracetam"
    assert "imuracetam" in compound.notices[0]
    assert "aniracetam" in compound.notices[0]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'aniracetam'"):
        Compound.named("anirasetam")


def test_blockers_block_their_target_and_do_not_modulate() -> None:
    blocker = Compound.named("D-AP5")
    assert blocker.modulation is None
    assert blocker.blocked(0.0) == {"nmda": 0.0}
    assert blocker.blocked(blocker.blocks["nmda"].ic50) == {"nmda": pytest.approx(0.5)}
    assert blocker.blocked(blocker.default_dose_mM)["nmda"] > 0.95


def test_inserted_receptors_are_slowed_more_by_aniracetam_only_in_closing() -> None:
    compound = Compound.named("aniracetam")
    assert compound.modulation_inserted.closing < compound.modulation.closing
    assert compound.modulation_inserted.entry == compound.modulation.entry


def test_a_file_of_the_user_is_a_compound(tmp_path: Path) -> None:
    compound = Compound.named(written(tmp_path, OWN))
    assert compound.modulation == Modulation(0.5, 0.2, 1.0, slows_o=False)
    assert compound.modulation_inserted == compound.modulation
    assert compound.solubility_mM is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("closing =", "clossing =", "unknown parameter"),
        ("slows_o = false", "slows = false", r"unknown key 'slows'\. Did you mean 'slows_o'\?"),
        ("slows_o = false", 'slows_o = "no"', "true or false"),
        ("slows_o = false", "slows_o = false\nregime = 'quick'", "regime 'quick'"),
        ("slows_o = false", "slows_o = false\naliases = [3]", "a list of texts"),
        ('k_m = { value = 0.5, unit = "mM"', "k_m = { value = 0.5", "has no unit"),
        ('k_m = { value = 0.5, unit = "mM"', 'k_m = { value = 500.0, unit = "uM"', "needed 'mM'"),
        ("value = 0.2", "value = -0.2", "above 0"),
        ("value = 0.2", 'value = "0.2"', "not a finite number"),
        ("[default_dose]", "[other_dose]", "unknown parameter"),
        ("[modulation]", "[blocks.potassium]", "unknown parameter"),
        ("entry = ", "entri = ", r"\[modulation.entri\]\. Did you mean 'modulation.entry'\?"),
        ("entry = ", "k_m_off = ", "unknown parameter"),
        ("[modulation]", "[selectivity.GluA9_flip]", "unknown parameter"),
        ("name =", "name", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in OWN
    with pytest.raises(ParameterError, match=said):
        Compound.named(written(tmp_path, OWN.replace(old, new)))


def test_a_missing_file_or_parameter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot read"):
        Compound.named(str(tmp_path / "none.toml"))
    without = "\n".join(line for line in OWN.splitlines() if not line.startswith("entry"))
    with pytest.raises(ParameterError, match=r"modulation\.entry"):
        Compound.named(written(tmp_path, without))


def test_without_drug_a_modulation_changes_nothing() -> None:
    for slows_o in (True, False):
        assert set(Modulation(1.5, 0.25, 0.03, slows_o).factors(0.0).values()) == {1.0}


def test_a_constant_of_modulation_is_above_zero() -> None:
    with pytest.raises(ParameterError, match="entry"):
        Modulation(1.0, 0.5, 0.0)


def test_the_first_site_slows_closing_as_much_as_it_is_said_to() -> None:
    said = {
        share: Modulation(1.0, 0.25, 0.1, first_site=share).bound_factors(1)["alpha"] for share in (1, 0.5, 0)
    }
    assert said == {1: 0.25, 0.5: 0.5, 0: 1.0}
    assert Modulation(1.0, 0.25, 0.1, first_site=0.5).bound_factors(2)["alpha"] == 0.25
    alike = Modulation(1.0, 0.25, 0.1, first_site=0.5).factors(3.0)["alpha"]
    assert alike == pytest.approx((4.0 / (1.0 + 3.0 / 0.5)) ** 2)  # each site by itself
    with pytest.raises(ParameterError, match=r"first_site = 2\.0\. Give 0 to 1"):
        Modulation(1.0, 0.25, 0.1, first_site=2.0)


@pytest.mark.parametrize("name", ["D-AP5", "CX614"])
def test_a_compound_travels_to_another_process(name: str) -> None:
    compound = Compound.named(name)
    assert pickle.loads(pickle.dumps(compound)) == compound
