"""Give an ``ampa`` point process the numbers of a receptor and of a compound."""

from __future__ import annotations

from typing import Any

from cellmodel.compound import Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.receptor.profile import Receptor

UNMODULATED = Modulation(k_m=1.0, closing=1.0, entry=1.0)
"""Factors of 1: whatever the dose, the receptor does not notice."""


def configure_ampa(
    point_process: Any, receptor: Receptor, *, compound: Compound | None = None, is_inserted: bool = False
) -> None:
    """Set all rates of an ``ampa`` point process, and what its ``dose`` does.

    Parameters
    ----------
    point_process : point process ``ampa``
    receptor : Receptor
    compound : Compound or None
        Without one, or with one that is no modulator, the dose has no effect.
    is_inserted : bool
        Whether it stands for receptors that LTP inserted and that are more sensitive to the compound.

    Raises
    ------
    ParameterError
        If the compound exchanges slowly: the mechanism holds the fast limit.
    """
    require_fast(compound)
    for name, rate in receptor.rates.items():
        setattr(point_process, name, rate)
    point_process.celsius_reference = receptor.celsius
    point_process.q10 = receptor.q10
    modulation = modulation_of(compound, receptor, is_inserted=is_inserted) or UNMODULATED
    for name in ("k_m", "closing", "closing_one", "entry"):
        setattr(point_process, name, getattr(modulation, name))
    point_process.slows_o = float(modulation.slows_o)


def require_fast(compound: Compound | None) -> None:
    """Raise `ParameterError` for a modulator that one ``ampa`` point process cannot stand for."""
    if compound is not None and compound.modulation is not None and compound.regime != "fast":
        raise ParameterError(
            f"{compound.name} exchanges slower than the receptor gates: one set of receptors, as in these "
            "windows, takes compounds of regime 'fast' only. Use the experiments."
        )


def modulation_of(
    compound: Compound | None, receptor: Receptor, *, is_inserted: bool = False
) -> Modulation | None:
    """Return what a compound does to a receptor, resident or inserted by LTP, None for nothing."""
    if compound is None:
        return None
    return compound.modulation_on(receptor.composition, is_inserted=is_inserted)
