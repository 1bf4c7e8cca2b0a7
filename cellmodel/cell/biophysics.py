"""The biophysics of a cell as data: which channel goes where, how densely, and the passive membrane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cellmodel.cell.distributions import Rule
from cellmodel.errors import ParameterError, unknown_name
from cellmodel.parameters import DATA, ParameterSet, load, load_file

DOMAINS = ("soma", "axon", "basal", "trunk", "oblique", "tuft")
MEMBRANE = ("cm", "r_m", "r_a", "spine_factor")
EVERYWHERE = "all"  # stands for every domain that has the mechanism and no rule of its own
REVERSALS = ("ena", "ek", "cao")
ABOVE_ZERO = ("d_lambda", "frequency", "settling")
SETTINGS = ("v_rest", "celsius", *ABOVE_ZERO, "leak_lowest", "leak_highest")
AXON = ("lengths", "diameters")
FOLDER = DATA / "biophysics"


@dataclass(frozen=True)
class Biophysics:
    """Rules by domain, read from one data file.

    Attributes
    ----------
    name : str
    rules : mapping of (domain, mechanism, parameter) to Rule
        ``mechanism`` is a SUFFIX of ``mod/`` or ``"membrane"`` (cm in uF/cm2, r_m in ohm cm2, r_a in ohm cm,
        spine_factor).
    settings : mapping of str to float
        ``v_rest`` (mV), ``celsius`` (degC), ``d_lambda``, ``frequency`` (Hz), ``settling``
        (ms), ``leak_lowest`` and ``leak_highest`` (mV).
    reversal : mapping of str to float
        Default ``ena``, ``ek`` (mV) and ``cao`` (mM).
    axon_shape : mapping
        ``lengths`` (n,) and ``diameters`` (n + 1,), um, of the axon given to a cell that has none.
    """

    name: str
    rules: Mapping[tuple[str, str, str], Rule]
    settings: Mapping[str, float]
    reversal: Mapping[str, float]
    axon_shape: Mapping[str, Any]

    @staticmethod
    def names() -> list[str]:
        """Return the names that are shipped."""
        return sorted(path.stem for path in FOLDER.glob("*.toml"))

    @classmethod
    def named(cls, name: str) -> Biophysics:
        """Return the shipped biophysics called ``name``, or the one in the TOML file of that path.

        Raises
        ------
        ParameterError
            If there is none of that name, or the file is not a complete description.
        """
        if name in cls.names():
            return _shipped(name)
        if str(name).endswith(".toml"):
            return cls.from_parameters(load_file(Path(name)))
        raise unknown_name("biophysics", str(name), cls.names())

    @classmethod
    def from_parameters(cls, data: ParameterSet) -> Biophysics:
        """Build the rules from a loaded data file and check that they are complete.

        Raises
        ------
        ParameterError
            For a table, setting or mechanism that is unknown, missing or out of range.
        """
        for table, names in (("settings", SETTINGS), ("reversal", REVERSALS), ("axon_shape", AXON)):
            _check_names(data, table, names)
        for name in ABOVE_ZERO:
            if not data.value(f"settings.{name}") > 0:
                raise ParameterError(f"{data.path.name}: settings.{name} is not above 0. Give a greater one.")
        rules = _spread({_checked_key(data, key): _rule(data, key) for key in _rule_keys(data)})
        for domain in DOMAINS:
            for quantity in MEMBRANE:
                if (domain, "membrane", quantity) not in rules:
                    raise ParameterError(
                        f"{data.path.name}: [{domain}.membrane.{quantity}] is missing. "
                        "Add it with a distribution."
                    )
        return cls(
            name=data.name,
            rules=MappingProxyType(rules),
            settings=MappingProxyType(data.values_of("settings")),
            reversal=MappingProxyType(data.values_of("reversal")),
            axon_shape=MappingProxyType(data.values_of("axon_shape")),
        )

    def channels(self, domain: str) -> dict[str, dict[str, Rule]]:
        """Return mechanism -> parameter -> rule of one domain, the membrane left out."""
        found: dict[str, dict[str, Rule]] = {}
        for (where, mechanism, parameter), rule in self.rules.items():
            if where == domain and mechanism != "membrane":
                found.setdefault(mechanism, {})[parameter] = rule
        return found

    def membrane(self, domain: str, quantity: str, distance: float) -> float:
        """Return ``cm``, ``r_m``, ``r_a`` or ``spine_factor`` of a domain at a distance (um).

        Raises
        ------
        ParameterError
            If it is not above 0 there.
        """
        rule = self.rules[domain, "membrane", quantity]
        value = rule(distance)
        if not value > 0:
            raise ParameterError(
                f"{rule.where} is {value:g} at {distance:.0f} um from the soma. It is above 0 everywhere."
            )
        return value


@cache
def _shipped(name: str) -> Biophysics:
    """Return shipped rules, which every slice and all of its options ask for."""
    return Biophysics.from_parameters(load(f"biophysics/{name}.toml"))


def _check_names(data: ParameterSet, table: str, names: tuple[str, ...]) -> None:
    given = data.group(table)
    for name in given:
        if name not in names:
            raise unknown_name(f"name in [{table}] of {data.path.name}", name, names)
    for name in names:
        if name not in given:
            raise ParameterError(
                f"{data.path.name}: [{table}] lacks {name}. Copy it from a file that is shipped ({FOLDER})."
            )


def _spread(rules: dict[tuple[str, str, str], Rule]) -> dict[tuple[str, str, str], Rule]:
    """Give the rules of `EVERYWHERE` to the domains; a domain's own rule comes before."""
    own = {key: rule for key, rule in rules.items() if key[0] != EVERYWHERE}
    has = {(domain, mechanism) for domain, mechanism, _ in own}
    has |= {(domain, "membrane") for domain in DOMAINS}
    spread = {
        (domain, mechanism, quantity): rule
        for (where, mechanism, quantity), rule in rules.items()
        if where == EVERYWHERE
        for domain in DOMAINS
        if (domain, mechanism) in has
    }
    return {**spread, **own}


def _rule_keys(data: ParameterSet) -> Iterator[str]:
    suffix = ".distribution"
    return (key.removesuffix(suffix) for key in data.texts if key.endswith(suffix))


def _rule(data: ParameterSet, key: str) -> Rule:
    return Rule(f"{data.path.name}: [{key}]", str(data.texts[f"{key}.distribution"]), data.values_of(key))


def _checked_key(data: ParameterSet, key: str) -> tuple[str, str, str]:
    if key.count(".") != 2:
        raise ParameterError(
            f"{data.path.name}: [{key}] is not DOMAIN.MECHANISM.PARAMETER. Rename the table."
        )
    domain, mechanism, quantity = key.split(".")
    if domain not in (*DOMAINS, EVERYWHERE):
        raise unknown_name(f"domain in {data.path.name}", domain, (*DOMAINS, EVERYWHERE))
    if mechanism == "membrane" and quantity not in MEMBRANE:
        raise unknown_name(f"membrane quantity in {data.path.name}", quantity, MEMBRANE)
    if mechanism != "membrane":
        known = load("channels.toml")
        mechanisms = dict.fromkeys(name.split(".")[0] for name in known)
        if mechanism not in mechanisms:
            raise unknown_name(f"mechanism in {data.path.name}", mechanism, ("membrane", *mechanisms))
        if f"{mechanism}.{quantity}" not in known.entries:
            raise unknown_name(
                f"parameter of {mechanism} in {data.path.name}", quantity, known.group(mechanism)
            )
    return domain, mechanism, quantity
