"""A compound: what it does to AMPA receptors and which targets it blocks, from a data file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cellmodel.compound.modulation import Modulation
from cellmodel.errors import ParameterError, nearest, unknown_name
from cellmodel.parameters import DATA, ParameterSet, load_file

TARGETS = ("ampa", "nmda", "gaba_a", "gaba_b", "ca_l", "na")
REGIMES = ("fast", "slow")
TEXTS: Mapping[str, type] = {
    "name": str,
    "aliases": list,
    "misnomers": list,
    "notices": list,
    "references": list,
    "regime": str,
    "slows_o": bool,
}
WORDS: Mapping[type, str] = {str: "a text", list: "a list of texts", bool: "true or false"}
UNITS_OF = {
    "default_dose": "mM",
    "solubility": "mM",
    "modulation.k_m": "mM",
    "modulation.closing": "1",
    "modulation.entry": "1",
    "modulation.first_site": "1",
    "modulation.closing_inserted": "1",
    "modulation.exchange": "/ms",
}
SUBUNITS = tuple(f"GluA{k}_{form}" for k in (1, 2, 3, 4) for form in ("flip", "flop"))
SELECTABLE = ("k_m", "closing", "entry")
BLOCK_UNITS = {"ic50": "mM", "hill": "1"}


@dataclass(frozen=True)
class Block:
    """An antagonist's action at one target: ``1 / (1 + (ic50 / dose) ** hill)`` is blocked (ic50 in mM)."""

    ic50: float
    hill: float = 1.0

    def fraction(self, dose_mM: float) -> float:
        """Return the share of the target that is blocked, 0 to 1."""
        return 1.0 / (1.0 + (self.ic50 / dose_mM) ** self.hill) if dose_mM > 0 else 0.0


@dataclass(frozen=True)
class Compound:
    """What is washed in.

    Parameters
    ----------
    name : str
    default_dose_mM : float, mM
    solubility_mM : float or None, mM
        None where it is not known.
    modulation : Modulation or None
        What it does to AMPA receptors; None for a pure antagonist and for the vehicle.
    closing_inserted : float or None, 1
        Its factor of closing on receptors that LTP inserted (hypothesis ``inserted_sensitive``).
    regime : str
        Whether it exchanges much faster (``"fast"``) or slower (``"slow"``) than the receptor gates.
    exchange : float or None, 1/ms
        Unbinding from one site of a closed receptor where its rates hold; None where none is given.
    selectivity : mapping of str to mapping of str to float, 1
        Subunit to constant of the modulation to what a receptor made of this subunit alone makes of it.
    blocks : mapping of str to Block
        Target (ampa, nmda, gaba_a, gaba_b, ca_l, na) to its antagonism.
    aliases, misnomers : tuple of str
        Other names; a misnomer is taken for the compound, and a notice says so.
    notices : tuple of str
        What the user must be told.
    references : tuple of str
        Sources that its constants rest on; keys of data/sources.toml where it is shipped.
    path : Path
        The data file.
    """

    name: str
    default_dose_mM: float
    solubility_mM: float | None
    modulation: Modulation | None
    closing_inserted: float | None
    regime: str
    exchange: float | None
    selectivity: Mapping[str, Mapping[str, float]]
    blocks: Mapping[str, Block]
    aliases: tuple[str, ...]
    misnomers: tuple[str, ...]
    notices: tuple[str, ...]
    references: tuple[str, ...]
    path: Path

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels to another process, where its mappings are plain ones."""
        return {**vars(self), "selectivity": dict(self.selectivity), "blocks": dict(self.blocks)}

    @staticmethod
    def named(name: str) -> Compound:
        """Return a shipped compound, by name or alias, or one from a file that ends in ``.toml``.

        Raises
        ------
        ParameterError
            If the name is unknown or the file is not a compound.
        """
        if name.casefold().endswith(".toml"):
            return from_parameters(load_file(Path(name)))
        return _shipped(name)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of the shipped compounds."""
        return tuple(sorted(_by_name()))

    @property
    def modulation_inserted(self) -> Modulation | None:
        """What it does to receptors that LTP inserted, where those are held to be more sensitive."""
        if self.modulation is None or self.closing_inserted is None:
            return self.modulation
        return replace(self.modulation, closing=self.closing_inserted)

    def modulation_on(
        self, composition: Mapping[str, float], *, is_inserted: bool = False
    ) -> Modulation | None:
        """Return what it does to a receptor made of some subunits, None for nothing.

        Parameters
        ----------
        composition : mapping of str to float, 1
            Subunit to its share; a factor of selectivity is the geometric mean over the shares.
        is_inserted : bool
            Whether the receptor is one that LTP inserted and that is more sensitive.
        """
        modulation = self.modulation_inserted if is_inserted else self.modulation
        if modulation is None or not self.selectivity:
            return modulation
        factors = {name: self._selected(name, composition) for name in SELECTABLE}
        return replace(modulation, **{name: getattr(modulation, name) * f for name, f in factors.items()})

    def _selected(self, name: str, composition: Mapping[str, float]) -> float:
        factors = (
            self.selectivity.get(subunit, {}).get(name, 1.0) ** share
            for subunit, share in composition.items()
        )
        return math.prod(factors)

    def blocked(self, dose_mM: float) -> dict[str, float]:
        """Return target to blocked share (0 to 1) at a dose in mM."""
        return {target: block.fraction(dose_mM) for target, block in self.blocks.items()}

    def left(self, target: str, dose_mM: float) -> float:
        """Return the share (0 to 1) of a target that is not blocked at a dose in mM."""
        return 1.0 - self.blocked(dose_mM).get(target, 0.0)


@cache
def _by_name() -> Mapping[str, Compound]:
    found = (from_parameters(load_file(path)) for path in sorted((DATA / "compounds").glob("*.toml")))
    return MappingProxyType({compound.name: compound for compound in found})


@cache
def _aliases() -> Mapping[str, str]:
    """Return folded alias to compound name."""
    shipped = _by_name().values()
    return {
        alias.casefold(): compound.name
        for compound in shipped
        for alias in (compound.name, *compound.aliases, *compound.misnomers)
    }


def _shipped(name: str) -> Compound:
    folded = name.casefold()
    if folded not in _aliases():
        raise unknown_name("compound", name, Compound.names())
    compound = _by_name()[_aliases()[folded]]
    if folded not in {misnomer.casefold() for misnomer in compound.misnomers}:
        return compound
    notice = f"no compound named {name!r} is documented: it is read as {compound.name}."
    return replace(compound, notices=(notice, *compound.notices))


def from_parameters(data: ParameterSet) -> Compound:
    """Build a compound from a data file's parameters.

    Raises
    ------
    ParameterError
        If a key is unknown or missing, or a text, number or unit is of the wrong kind.
    """
    _check_entries(data)
    _check_texts(data)
    return Compound(
        name=data.name,
        default_dose_mM=data.value("default_dose"),
        solubility_mM=data.value("solubility") if "solubility" in data.entries else None,
        modulation=_modulation(data),
        closing_inserted=_optional(data, "modulation.closing_inserted"),
        regime=data.texts.get("regime", REGIMES[0]),
        exchange=_optional(data, "modulation.exchange"),
        selectivity=_selectivity(data),
        blocks=MappingProxyType(_blocks(data)),
        **{key: tuple(data.texts.get(key, ())) for key in ("aliases", "misnomers", "notices", "references")},
        path=data.path,
    )


def _check_entries(data: ParameterSet) -> None:
    for key, entry in data.entries.items():
        unit = _unit_of(key)
        if unit is None:
            allowed = [*UNITS_OF, "blocks.TARGET.ic50", "blocks.TARGET.hill", "selectivity.SUBUNIT.CONSTANT"]
            raise ParameterError(
                f"{data.path.name}: unknown parameter [{key}].{nearest(key, UNITS_OF)} "
                f"Allowed: {', '.join(allowed)}, TARGET one of {', '.join(TARGETS)}, "
                f"SUBUNIT one of {', '.join(SUBUNITS)}, CONSTANT one of {', '.join(SELECTABLE)}."
            )
        if entry.unit != unit:
            raise ParameterError(
                f"{data.path.name}: [{key}] is in {entry.unit!r}, needed {unit!r}. Convert it."
            )
        lowest = 0.0 if key in ("default_dose", "solubility") else 1e-12
        if isinstance(entry.value, tuple) or not entry.value >= lowest:
            raise ParameterError(
                f"{data.path.name}: [{key}] value {entry.value!r}. Give one number above 0"
                f"{', or 0' if lowest == 0.0 else ''}."
            )


def _unit_of(key: str) -> str | None:
    parts = key.split(".")
    if len(parts) == 3 and parts[0] == "blocks" and parts[1] in TARGETS:
        return BLOCK_UNITS.get(parts[2])
    if len(parts) == 3 and parts[0] == "selectivity" and parts[1] in SUBUNITS and parts[2] in SELECTABLE:
        return "1"
    return UNITS_OF.get(key)


def _check_texts(data: ParameterSet) -> None:
    for key, given in data.texts.items():
        if key not in TEXTS:
            raise ParameterError(
                f"{data.path.name}: unknown key {key!r}.{nearest(key, TEXTS)} Allowed: {', '.join(TEXTS)}. "
                f'A number is a table: {key} = {{ value = ..., unit = "...", source = "...", kind = "..." }}.'
            )
        if not isinstance(given, TEXTS[key]) or not _are_texts(given):
            raise ParameterError(f"{data.path.name}: {key} = {given!r}. Give {WORDS[TEXTS[key]]}.")
    regime = data.texts.get("regime", REGIMES[0])
    if regime not in REGIMES:
        raise ParameterError(f"{data.path.name}: regime {regime!r}. Allowed: {', '.join(REGIMES)}.")


def _are_texts(given: Any) -> bool:
    return not isinstance(given, list) or all(isinstance(item, str) for item in given)


def _optional(data: ParameterSet, key: str) -> float | None:
    return data.value(key) if key in data.entries else None


def _modulation(data: ParameterSet) -> Modulation | None:
    if not data.group("modulation"):
        return None
    numbers = {name: data.value(f"modulation.{name}") for name in ("k_m", "closing", "entry")}
    first = _optional(data, "modulation.first_site")
    return Modulation(
        **numbers, slows_o=data.texts.get("slows_o", True), first_site=1.0 if first is None else first
    )


def _selectivity(data: ParameterSet) -> Mapping[str, Mapping[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for key, value in data.values_of("selectivity").items():
        subunit, name = key.split(".")
        found.setdefault(subunit, {})[name] = value
    return MappingProxyType(found)


def _blocks(data: ParameterSet) -> dict[str, Block]:
    targets = sorted({key.split(".")[0] for key in data.group("blocks")})
    return {
        target: Block(data.value(f"blocks.{target}.ic50"), _optional(data, f"blocks.{target}.hill") or 1.0)
        for target in targets
    }
