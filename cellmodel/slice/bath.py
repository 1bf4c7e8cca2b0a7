"""The bath: a recipe of aCSF and a temperature set what the cell and its receptors see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cellmodel.errors import ParameterError, nearest
from cellmodel.parameters import load
from cellmodel.protocol import Protocol
from cellmodel.units import FARADAY, GAS_CONSTANT, kelvin

IONS_OF_SALT: Mapping[str, Mapping[str, int]] = {
    "NaCl": {"na": 1, "cl": 1},
    "KCl": {"k": 1, "cl": 1},
    "NaH2PO4": {"na": 1},
    "MgSO4": {"mg": 1},
    "MgCl2": {"mg": 1, "cl": 2},
    "CaCl2": {"ca": 1, "cl": 2},
    "NaHCO3": {"na": 1},
    "glucose": {},
}
MILLIVOLT_PER_VOLT = 1e3


@dataclass(frozen=True)
class Bath:
    """Composition and temperature of what flows over the slice.

    Parameters
    ----------
    recipe : mapping of salt to mM
        Salts that are known: NaCl, KCl, NaH2PO4, MgSO4, MgCl2, CaCl2, NaHCO3, glucose.
    celsius : float

    Raises
    ------
    ParameterError
        If a salt is unknown, a concentration negative or beyond what any slice lives in, an ion that the cell
        needs absent, so much potassium that the cell would not be polarized, or the temperature outside the
        range of data/slice.toml.
    """

    recipe: Mapping[str, float] = field(default_factory=lambda: load("slice.toml").values_of("acsf"))
    celsius: float = field(default_factory=lambda: load("slice.toml").value("bath.celsius"))

    def __post_init__(self) -> None:
        unknown = sorted(set(self.recipe) - set(IONS_OF_SALT))
        if unknown:
            raise ParameterError(
                f"aCSF has unknown salt {unknown[0]!r}.{nearest(unknown[0], IONS_OF_SALT)} "
                f"Known: {', '.join(IONS_OF_SALT)}."
            )
        largest = load("slice.toml").value("bath.largest_salt")
        for salt, amount in self.recipe.items():
            if not 0 <= amount <= largest:
                raise ParameterError(f"aCSF: {salt} = {amount} mM. Give 0 to {largest:g}, in mM.")
        limits = load("slice.toml")["bath.celsius"]
        if not limits.allows(self.celsius):
            raise ParameterError(
                f"bath temperature {self.celsius} degC: allowed {limits.low:g} to {limits.high:g}."
            )
        for ion in ("na", "k", "cl", "ca"):
            if self.outside(ion) <= 0:
                raise ParameterError(f"aCSF without {ion}: the cell needs it. Add a salt of it.")
        if self.reversal("k") >= 0:
            raise ParameterError(
                f"aCSF with {self.outside('k'):g} mM potassium: the cell has "
                f"{load('slice.toml').value('inside.k'):g} mM inside and would not be polarized. "
                "Give less; amounts are in mM."
            )

    def outside(self, ion: str) -> float:
        """Return the concentration of an ion (na, k, cl, mg, ca) in the bath, mM."""
        return sum(amount * IONS_OF_SALT[salt].get(ion, 0) for salt, amount in self.recipe.items())

    def changed(self, **amounts: float) -> Bath:
        """Return the same bath with some salts at other concentrations (mM)."""
        return Bath({**self.recipe, **amounts}, self.celsius)

    def reversal(self, ion: str) -> float:
        """Return the reversal potential of na, k or cl, mV, with the inside of data/slice.toml.

        Nernst for na and cl; Goldman, Hodgkin and Katz for k, because some sodium passes through potassium
        channels: 5 mM potassium outside instead of 2.5 depolarizes by less than Nernst says. The inside of
        na is that which gives the potential the published channel fits were used with, in the standard
        recipe: an effective number, so that a change of the recipe moves the potential as it does in a slice.
        """
        numbers = load("slice.toml")
        sign = -1 if ion == "cl" else 1
        outside = self.outside(ion)
        if ion == "k":
            outside += numbers.value("permeability.na_over_k") * self.outside("na")
        return sign * thermal_voltage(self.celsius) * math.log(outside / numbers.value(f"inside.{ion}"))

    @property
    def reversals(self) -> dict[str, float]:
        """What `CA1Pyramidal` takes: ena, ek in mV and calcium outside, cao, in mM."""
        return {"ena": self.reversal("na"), "ek": self.reversal("k"), "cao": self.outside("ca")}


def thermal_voltage(celsius: float) -> float:
    """Return RT/F in mV."""
    return GAS_CONSTANT * kelvin(celsius) / FARADAY * MILLIVOLT_PER_VOLT


def dose_at(protocol: Protocol, time_min: float, dose_mM: float) -> float:
    """Return the compound's concentration at the receptors (mM) after first-order exchange of the bath.

    Parameters
    ----------
    protocol : Protocol
    time_min : float
    dose_mM : float
        In the reservoir.
    """
    tau = load("slice.toml").value("bath.tau_wash")
    level, since, reservoir = 0.0, 0.0, 0.0
    for wash in protocol.washes:
        if wash.at_min >= time_min:
            break
        level = reservoir + (level - reservoir) * math.exp(-(wash.at_min - since) / tau)
        since, reservoir = wash.at_min, dose_mM if wash.drug else 0.0
    return reservoir + (level - reservoir) * math.exp(-(time_min - since) / tau)
