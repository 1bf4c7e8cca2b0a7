"""Defaults of the synapse's mod files equal the data files, unit for unit; the layout of every mod file.

The channels are compared in test_channels.py, the AMPA receptor in test_ampa.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellmodel.mechanisms import mod_folder
from cellmodel.parameters import load
from cellmodel.slice.bath import Bath
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS, MILLIMOLAR_PER_NANOMOLAR, MS_PER_SECOND

MOD_FILES = sorted(mod_folder().glob("*.mod"))
FACTORS = {
    ("s", "ms"): MS_PER_SECOND,
    ("nS", "uS"): MICROSIEMENS_PER_NANOSIEMENS,
    ("nM", "mM"): MILLIMOLAR_PER_NANOMOLAR,
    ("/mM/ms", "/mM-ms"): 1.0,
    ("mM*ms", "mM-ms"): 1.0,
}
SPINE = {"tau": "tau_ca", "kappa": "kappa", "rest": "rest_ca"}
GABA = ("g_max", "tau_rise", "tau_decay")
NMDA = ("e", "tau_rise", "tau_decay", "k_mg", "slope_mg", "ca_fraction", "e_ca", "v_fraction")
IN_DATA = {
    "release": {n: f"synapse.toml release.{n}" for n in load("synapse.toml").group("release")},
    "nmda": {n: f"synapse.toml nmda.{n}" for n in NMDA},
    "gaba_a": {n: f"synapse.toml inhibition.{n}" for n in GABA},
    "gaba_b": {
        n: f"synapse.toml gaba_b.{n}" for n in load("synapse.toml").group("gaba_b") if n != "n_contacts"
    },
    "ampa_mixture": {"e": "synapse.toml ampa.e"},
    "ampa_site": {n: f"synapse.toml ampa.{n}" for n in ("e", "ca_fraction")},
    "spine_calcium": {n: f"synapse.toml spine.{key}" for n, key in SPINE.items()},
    "plasticity": {
        **{
            n: f"plasticity.toml rule.{n}" for n in load("plasticity.toml").group("rule") if n != "share_down"
        },
        "rest": "synapse.toml spine.rest_ca",
    },
}
"""Mechanism to parameter to data file and entry."""

NEUTRAL = {
    "release": {"use_scale": 1, "stochastic": 0},
    "nmda": {"block": 0},
    "gaba_a": {"block": 0},
    "gaba_b": {"block": 0},
    "ampa_mixture": {"g_max": 0, "k_m": 1, "dose": 0},
    "ampa_site": {"block": 0, "n_resident": 1},
    "spine_calcium": {"ica_rest": 0},
    "plasticity": {"frozen": 0, "rho_start": 0, "n_start": 1, "n_down": 1},
}
"""States and switches of an experiment: drug-free, average, before any LTP."""

DERIVED = {
    "nmda": {"g_max", "mg", "q10", "celsius_reference"},
    "gaba_a": {"e"},
    "gaba_b": {"q10", "celsius_reference"},
}
MEASURED_AT_RUN = {"ampa_site": {"g_max"}, "plasticity": {"unit"}}
"""Set by the synapse from the receptor's largest open fraction, and by the slice from one EPSP."""

BLOCKS = (
    *("NEURON", "UNITS", "PARAMETER", "ASSIGNED", "STATE", "INITIAL", "BREAKPOINT"),
    *("KINETIC DERIVATIVE", "FUNCTION PROCEDURE", "NET_RECEIVE"),
)
RANKS = {name: rank for rank, names in enumerate(BLOCKS) for name in names.split()}
PARAMETER = re.compile(r"^ +(\w+) *= *(\S+) +\(([^)]*)\)", re.MULTILINE)
BAD_WORDS = re.compile(r"\b(GLOBAL|dt|scop_random|UNITSON)\b")


def label(path: Path) -> str:
    return path.name


def block(text: str, name: str) -> str:
    found = re.search(rf"^{name} \{{\n(.*?)^\}}", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def code(path: Path) -> str:
    """Return a mod file without its header."""
    return re.sub(r"^COMMENT$.*?^ENDCOMMENT$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def defaults(mechanism: str) -> dict[str, tuple[float, str]]:
    """Return the value and unit of every PARAMETER."""
    text = block(code(mod_folder() / f"{mechanism}.mod"), "PARAMETER")
    return {name: (float(value), unit) for name, value, unit in PARAMETER.findall(text)}


def compared() -> Iterator[tuple[str, str, str]]:
    for mechanism, entries in IN_DATA.items():
        for parameter, entry in entries.items():
            yield mechanism, parameter, entry


@pytest.mark.parametrize(("mechanism", "parameter", "entry"), list(compared()))
def test_a_default_is_the_number_of_the_data_file(mechanism: str, parameter: str, entry: str) -> None:
    file, key = entry.split()
    number = load(file)[key]
    value, unit = defaults(mechanism)[parameter]
    factor = 1.0 if number.unit == unit else FACTORS[number.unit, unit]
    assert value == pytest.approx(number.value * factor, rel=1e-12)


@pytest.mark.parametrize("mechanism", IN_DATA)
def test_every_other_parameter_is_neutral_derived_or_measured(mechanism: str) -> None:
    found, neutral = defaults(mechanism), NEUTRAL[mechanism]
    known = set(IN_DATA[mechanism]) | DERIVED.get(mechanism, set()) | MEASURED_AT_RUN.get(mechanism, set())
    assert set(found) == known | set(neutral)
    assert {name: found[name][0] for name in neutral} == neutral


def test_derived_defaults_follow_from_the_data_files() -> None:
    synapse, nmda = load("synapse.toml"), defaults("nmda")
    g_max = synapse.value("ampa.g_unitary") * synapse.value("nmda.ratio") * MICROSIEMENS_PER_NANOSIEMENS
    assert nmda["g_max"][0] == pytest.approx(g_max, rel=1e-12)
    assert nmda["mg"][0] == Bath().outside("mg")
    for kinetics in (synapse["nmda.tau_rise"], synapse["nmda.tau_decay"]):
        assert (nmda["q10"][0], nmda["celsius_reference"][0]) == (kinetics.q10, kinetics.celsius)
    rates, gaba_b = synapse.group("gaba_b"), defaults("gaba_b")
    for kinetics in (rates[name] for name in ("k_off", "production", "decay")):
        assert (gaba_b["q10"][0], gaba_b["celsius_reference"][0]) == (kinetics.q10, kinetics.celsius)
    pulse = 0.5 * 5.0  # mM ms, of the fit
    assert gaba_b["exposure"][0] == pytest.approx(pulse / synapse.value("inhibition.use"))
    assert defaults("gaba_a")["e"][0] == pytest.approx(Bath().reversal("cl"), abs=0.01)


def test_every_mechanism_has_its_defaults_compared() -> None:
    elsewhere = {key.split(".")[0] for key in load("channels.toml")} | {"ampa"}
    assert set(IN_DATA) | elsewhere == {path.stem for path in MOD_FILES}


@pytest.mark.parametrize("path", MOD_FILES, ids=label)
def test_a_mod_file_has_its_header_and_its_blocks_in_order(path: Path) -> None:
    text = path.read_text()
    assert re.match(r"TITLE .+\n\nCOMMENT\nWhat it models\n", text)
    header = text[: text.index("ENDCOMMENT")]
    assert re.search(r"^(Equation|Current)", header, re.MULTILINE)
    assert re.search(r"^Numbers", header, re.MULTILINE)
    assert "temperature" in header.lower() or "degC" in header
    ranks = [RANKS[name] for name in re.findall(r"^([A-Z_]+)\b.*\{", code(path), re.MULTILINE)]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("path", MOD_FILES, ids=label)
def test_everything_in_a_mod_file_has_a_unit_and_every_range_a_role(path: Path) -> None:
    text = code(path)
    for name in ("ASSIGNED", "STATE"):
        for line in filter(str.strip, block(text, name).splitlines()):
            assert re.match(r"^ {4}\w+ +\(\S+\)( |$)", line), line
    for line in re.findall(r"^(?:FUNCTION|PROCEDURE|NET_RECEIVE).*", text, re.MULTILINE):
        arguments = re.search(r"\((.*?)\)(?: \(\S+\))? \{", line)
        assert arguments, line
        assert all(re.fullmatch(r"\w+ \(\S+\)", part) for part in arguments[1].split(", ") if part), line
    assert re.findall(r"^FUNCTION.*\) \(\S+\) \{", text, re.MULTILINE) == [
        line[: line.index("{") + 1] for line in re.findall(r"^FUNCTION.*", text, re.MULTILINE)
    ]
    assert all(" : " in line for line in re.findall(r"^ +RANGE.*", text, re.MULTILINE))
    assert not BAD_WORDS.search(re.sub(r":.*", "", text))


def test_the_catalogue_lists_every_mod_file_once() -> None:
    text = (mod_folder() / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+\.mod)`", text, re.MULTILINE)) == [path.name for path in MOD_FILES]


@pytest.mark.parametrize("path", [path for path in MOD_FILES if "TABLE" in code(path)], ids=label)
def test_a_table_is_made_anew_when_whatever_it_was_made_from_changes(path: Path) -> None:
    text = re.sub(r":.*", "", code(path))
    constants = {*defaults(path.stem), "celsius"}
    bodies = re.findall(r"^(?:FUNCTION|PROCEDURE) \w+\(.*?^\}", text, re.MULTILINE | re.DOTALL)
    tables = [body for body in bodies if "TABLE" in body]
    for body in tables:
        table, formulas = re.split(r"FROM .* WITH .*\n", body)
        depends = set(re.findall(r"\w+", table.split("DEPEND")[1]))
        used = set(re.findall(r"(?<![\d.])[a-zA-Z_]\w*", formulas))
        assert constants & used == depends
