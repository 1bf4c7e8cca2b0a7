"""A receptor profile: the rates of one AMPA receptor, from a data file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cellmodel.compound import SUBUNITS
from cellmodel.errors import ParameterError, unknown_name
from cellmodel.parameters import DATA, ParameterSet, load, load_file
from cellmodel.units import q10_factor

RATE_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "k_on1": "/mM/ms",
        "k_off1": "/ms",
        "k_on2": "/mM/ms",
        "k_off2": "/ms",
        "k_on3": "/mM/ms",
        "beta": "/ms",
        "alpha": "/ms",
        "d_on1": "/ms",
        "d_off1": "/ms",
        "d_on2": "/ms",
        "d_off2": "/ms",
        "d_on3": "/ms",
        "d_off3": "/ms",
        "b_d": "/ms",
    }
)
"""The rates that a profile gives; the two others follow from detailed balance."""


@dataclass(frozen=True)
class Receptor:
    """One AMPA receptor.

    Parameters
    ----------
    name : str
    rates : mapping of str to float, 1/ms or 1/(mM ms)
        Those of `RATE_UNITS`, at ``celsius``.
    celsius : float, degC
        Where the rates hold.
    q10 : float, 1
        Of all rates.
    gamma : float, pS
        Conductance of one open channel.
    composition : mapping of str to float, 1
        Subunit (GluA1_flip to GluA4_flop) to its share, through which a compound's selectivity acts; empty
        where it is not known.
    preparation : str
        Of measures.csv: where this receptor is studied in a patch.
    q10_band : tuple of float, 1
        Bounds of an assumed q10, at which a study is repeated; empty where there are none.
    """

    name: str
    rates: Mapping[str, float]
    celsius: float
    q10: float
    gamma: float
    composition: Mapping[str, float] = field(default_factory=dict)
    preparation: str = "ca1_patch"
    q10_band: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if set(self.rates) != set(RATE_UNITS):
            wrong = sorted(set(self.rates) ^ set(RATE_UNITS))
            raise ParameterError(f"receptor {self.name}: rate {wrong[0]!r}. Needed: {', '.join(RATE_UNITS)}.")
        slow = [name for name, rate in self.rates.items() if not rate > 0]
        if slow:
            raise ParameterError(
                f"receptor {self.name}: {slow[0]} = {self.rates[slow[0]]}. Rates are above 0."
            )
        self._check_composition()
        for name in ("rates", "composition"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def _check_composition(self) -> None:
        shares = self.composition
        unknown = sorted(set(shares) - set(SUBUNITS))
        if unknown:
            raise unknown_name("subunit", unknown[0], SUBUNITS)
        if shares and not (min(shares.values()) >= 0 and math.isclose(sum(shares.values()), 1.0)):
            raise ParameterError(
                f"receptor {self.name}: shares of subunits {dict(shares)}. Give shares of 0 or more, sum 1."
            )

    def __hash__(self) -> int:
        return hash((self.name, self.celsius, *self.rates.values(), *self.composition.items()))

    @staticmethod
    def named(name: str) -> Receptor:
        """Return a shipped receptor, or one from a file that ends in ``.toml``.

        Raises
        ------
        ParameterError
            If there is none of this name; the message lists those there are.
        """
        return from_parameters(receptor_parameters(name)) if _is_file(name) else _named(name)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of the shipped receptors."""
        return tuple(sorted(path.stem for path in (DATA / "receptors").glob("*.toml")))

    def speed(self, celsius: float) -> float:
        """Return how much faster the rates are at ``celsius`` (degC) than where they were measured."""
        return q10_factor(self.q10, celsius, self.celsius)


def receptor_parameters(name: str) -> ParameterSet:
    """Return what stands in the data file of a receptor, by name or file, as `Receptor.named` takes it."""
    if _is_file(name):
        return load_file(Path(name))
    if name not in Receptor.names():
        raise unknown_name("receptor", name, Receptor.names())
    return load(f"receptors/{name}.toml")


def _is_file(name: str) -> bool:
    return name.casefold().endswith(".toml")


@cache
def _named(name: str) -> Receptor:
    return from_parameters(receptor_parameters(name))


def from_parameters(data: ParameterSet) -> Receptor:
    """Build a receptor from a data file's parameters; units and completeness are checked.

    Raises
    ------
    ParameterError
        If a rate is missing, unknown or in another unit.
    """
    for name, unit in RATE_UNITS.items():
        entry = data[f"rates.{name}"]
        if entry.unit != unit:
            raise ParameterError(
                f"{data.path.name}: [rates.{name}] is in {entry.unit!r}, needed {unit!r}. Convert it."
            )
    return Receptor(
        name=data.name,
        rates=data.values_of("rates"),
        celsius=data.value("temperature.celsius"),
        q10=data.value("temperature.q10"),
        q10_band=tuple(
            b for b in (data["temperature.q10"].low, data["temperature.q10"].high) if b is not None
        ),
        gamma=data.value("channel.gamma"),
        composition=data.values_of("composition"),
        preparation=str(data.texts.get("preparation", "ca1_patch")),
    )
