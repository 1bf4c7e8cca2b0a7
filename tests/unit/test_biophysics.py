"""The biophysics file: complete, named, and refused with a clear message where it is not."""

from dataclasses import replace

import pytest

from cellmodel.cell.biophysics import DOMAINS, MEMBRANE, Biophysics
from cellmodel.errors import ParameterError
from cellmodel.parameters import DATA, load, load_file

SHIPPED = DATA / "biophysics" / "patch.toml"


def edited(tmp_path, old, new):
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "edited.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_default_has_every_membrane_quantity_in_every_domain():
    default = Biophysics.named("patch")
    for domain in DOMAINS:
        for quantity in MEMBRANE:
            assert default.membrane(domain, quantity, 100.0) > 0.0


def test_every_channel_of_the_cell_is_a_channel_of_the_data_file():
    known = {key.split(".")[0] for key in load("channels.toml")}
    default = Biophysics.named("patch")
    assert {channel for domain in DOMAINS for channel in default.channels(domain)} <= known


def test_slow_inactivation_grows_from_soma_to_distal_trunk():
    ar = Biophysics.named("patch").channels("trunk")["na"]["ar"]
    assert 1.0 >= ar(10.0) > ar(100.0) > ar(400.0) == 0.0


def test_an_unknown_name_says_which_exist():
    with pytest.raises(ParameterError, match=r"unknown biophysics 'pacth'.*Did you mean 'patch'"):
        Biophysics.named("pacth")


def test_a_file_of_the_user_is_read(tmp_path):
    path = edited(tmp_path, 'name = "patch"', 'name = "mine"')
    assert Biophysics.named(str(path)).name == "mine"


def test_a_missing_membrane_quantity_is_named(tmp_path):
    path = edited(tmp_path, "[tuft.membrane.r_m]", "[tuft.na.tau_min_m]")
    with pytest.raises(ParameterError, match=r"\[tuft.membrane.r_m\] is missing"):
        Biophysics.from_parameters(load_file(path))


def test_an_unknown_domain_is_named(tmp_path):
    path = edited(tmp_path, "[tuft.na.g_max]", "[tufft.na.g_max]")
    with pytest.raises(ParameterError, match=r"unknown domain.*Did you mean 'tuft'"):
        Biophysics.from_parameters(load_file(path))


def test_an_unknown_membrane_quantity_is_named(tmp_path):
    path = edited(tmp_path, "[soma.na.g_max]", "[soma.membrane.rm]")
    with pytest.raises(ParameterError, match="unknown membrane quantity"):
        Biophysics.from_parameters(load_file(path))


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("\nd_lambda =", "\nd_lamda =", r"unknown name in \[settings\].*Did you mean 'd_lambda'"),
        ("\ncelsius =", "\n# celsius =", r"\[settings\] lacks celsius"),
        ("d_lambda = { value = 0.1", "d_lambda = { value = 0.0", r"settings.d_lambda is not above 0"),
        ("\nek =", "\neka =", r"unknown name in \[reversal\].*Did you mean 'ek'"),
        ("[soma.na.g_max]", "[soma.nax.g_max]", r"unknown mechanism in edited.toml 'nax'.*Did you mean 'na'"),
        ("[soma.na.g_max]", "[soma.na.gmax]", r"unknown parameter of na in edited.toml 'gmax'"),
    ],
)
def test_a_slip_in_a_file_of_the_user_is_named(tmp_path, old, new, text):
    with pytest.raises(ParameterError, match=text):
        Biophysics.named(str(edited(tmp_path, old, new)))


def test_a_membrane_of_no_capacitance_is_named():
    default = Biophysics.named("patch")
    where = ("soma", "membrane", "cm")
    rules = {**default.rules, where: replace(default.rules[where], numbers={"everywhere": 0.0})}
    with pytest.raises(ParameterError, match=r"cm\] is 0 at 20 um from the soma. It is above 0"):
        replace(default, rules=rules).membrane("soma", "cm", 20.0)


def test_a_rule_for_all_domains_holds_where_the_mechanism_is_and_no_rule_of_its_own():
    rules = Biophysics.named("patch")
    assert {rules.channels(domain)["na"]["k_h"](50.0) for domain in DOMAINS} == {3.0}
    own, shared = rules.membrane("trunk", "r_a", 20.0), rules.membrane("basal", "r_a", 20.0)
    assert own != shared == rules.membrane("tuft", "r_a", 20.0)
    assert "k_h" not in rules.channels("tuft")["kdr"]
