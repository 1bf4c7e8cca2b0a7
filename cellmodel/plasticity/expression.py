"""How LTP is expressed: five named hypotheses, one switch.

Each says which kinetics the inserted receptors have and whether the synapse or the bouton changes.  The
numbers that the hypotheses need are in data/plasticity.toml and, for `inserted_sensitive`, in the compound's
file.
"""

from __future__ import annotations

from dataclasses import dataclass

from cellmodel.errors import unknown_name
from cellmodel.parameters import load


@dataclass(frozen=True, slots=True)
class Expression:
    """One hypothesis.

    Attributes
    ----------
    name, says : str
    is_sensitive : bool
        The modulator slows inserted receptors more than resident ones.
    opening : float
        Opening rate of inserted receptors over that of resident ones.
    is_presynaptic : bool
        Release changes instead of receptor number.
    """

    name: str
    says: str
    is_sensitive: bool = False
    opening: float = 1.0
    is_presynaptic: bool = False

    @property
    def has_own_kinetics(self) -> bool:
        """Whether inserted receptors gate differently from resident ones."""
        return self.is_sensitive or self.opening != 1.0

    @classmethod
    def named(cls, name: str) -> Expression:
        """Return a hypothesis by name; raise `ParameterError` naming those that exist."""
        known = hypotheses()
        if name not in known:
            raise unknown_name("expression", name, known)
        return known[name]


def hypotheses() -> dict[str, Expression]:
    """Return all hypotheses by name."""
    opening = load("plasticity.toml").value("expression.faster_opening")
    listed = (
        Expression("more_receptors", "more receptors of the same kind: no interaction with the drug"),
        Expression("inserted_sensitive", "inserted receptors are slowed more by the drug", is_sensitive=True),
        Expression("faster_opening", "inserted receptors open faster", opening=opening),
        Expression("conductance", "each channel conducts more (S831): the same as more of them"),
        Expression("presynaptic", "more transmitter is released, receptors stay", is_presynaptic=True),
    )
    return {item.name: item for item in listed}
