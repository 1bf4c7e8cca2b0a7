"""What can be chosen about a slice."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellmodel.cell.biophysics import Biophysics
from cellmodel.compound import Compound
from cellmodel.errors import ParameterError, unknown_name
from cellmodel.morphology import Morphology
from cellmodel.parameters import load
from cellmodel.plasticity import Expression
from cellmodel.receptor import Receptor
from cellmodel.slice.bath import Bath
from cellmodel.slice.chamber import check_chamber

PATHWAYS = ("test", "control")


@dataclass(frozen=True)
class SliceOptions:
    """What can be chosen about a slice; the defaults are those of the data files.

    Attributes
    ----------
    morphology : Morphology, str or None
        A shape, a name or a file; None: the shipped cell.
    biophysics, receptor, expression : str
    receptor_q10 : float or None
        Of all rates of the AMPA receptor; None: that of its file.
    compound : Compound or None
        The modulator that `Slice.wash` brings in.
    bath : Bath or None
    antagonists : tuple of (Compound, float)
        Blockers that are in the bath from beginning to end, and their doses in mM.
    electrode_height, electrode_depth : float or None, um
        Of the field electrode above the somata and from the middle of the slice; None: data/slice.toml.
    chamber : str
        What is beyond the two faces of the slice, for the field: `cellmodel.slice.chamber.CHAMBERS`.
    fibers : int or None
        Fibers of each pathway that can be recruited; None: the usual ones of data/synapse.toml, which do not
        make the shipped cell fire.
    pathways : tuple of str
    seed : int
        Of synapse places, release and the electrode's neighbors.
    is_stochastic : bool
        Binomial release instead of its mean.
    has_inhibition : bool
    has_electrode_noise : bool
        Whether an experiment records the field with the thermal noise of the electrode: `Pipette`.
    is_exact : bool
        Whether an experiment computes every probe, also those that others predict.

    Raises
    ------
    ParameterError
        If a name is unknown, an antagonist blocks nothing, or there are no such fibers.
    """

    morphology: Morphology | str | None = None
    biophysics: str = "patch"
    receptor: str = "ca1"
    receptor_q10: float | None = None
    expression: str = "inserted_sensitive"
    compound: Compound | None = None
    bath: Bath | None = None
    antagonists: tuple[tuple[Compound, float], ...] = ()
    electrode_height: float | None = None
    electrode_depth: float | None = None
    chamber: str = "infinite"
    fibers: int | None = None
    pathways: tuple[str, ...] = PATHWAYS
    seed: int = 1
    is_stochastic: bool = False
    has_inhibition: bool = True
    has_electrode_noise: bool = False
    is_exact: bool = False

    def __post_init__(self) -> None:
        Receptor.named(self.receptor)
        Expression.named(self.expression)
        Biophysics.named(self.biophysics)
        check_chamber(self.chamber)
        self._check_antagonists()
        _check_height(self.electrode_height)
        if not self.pathways:
            raise ParameterError(f"a slice without pathway. Give one or more of {', '.join(PATHWAYS)}.")
        for name in self.pathways:
            if name not in PATHWAYS:
                raise unknown_name("pathway", name, PATHWAYS)
        n_fibers = int(load("synapse.toml").value("pathway.n_fibers"))
        if self.fibers is not None and not 1 <= self.fibers <= n_fibers:
            raise ParameterError(f"{self.fibers} fibers: a pathway has 1 to {n_fibers}.")

    def _check_antagonists(self) -> None:
        for compound, dose_mM in self.antagonists:
            if not compound.blocks:
                raise ParameterError(
                    f"{compound.name} is no antagonist: it blocks nothing. What is washed in and out is the "
                    "compound."
                )
            if not 0 <= dose_mM < math.inf:
                raise ParameterError(f"{compound.name} at {dose_mM} mM: a dose is 0 or more.")

    def blocked(self, dose_mM: float) -> dict[str, float]:
        """Return target to blocked share (0 to 1): antagonists, and the compound at ``dose_mM``.

        Two that block the same target are held to be independent: what one leaves, the other blocks.
        """
        present = [*self.antagonists, *([(self.compound, dose_mM)] if self.compound else [])]
        left: dict[str, float] = {}
        for compound, dose in present:
            for target, share in compound.blocked(dose).items():
                left[target] = left.get(target, 1.0) * (1.0 - share)
        return {target: 1.0 - share for target, share in left.items()}


def _check_height(height: float | None) -> None:
    """Refuse an electrode that is not in CA1."""
    limits = load("slice.toml")["field.height"]
    if height is not None and not limits.allows(height):
        raise ParameterError(
            f"electrode {height:g} um above the somata is outside CA1: allowed {limits.low:g} to "
            f"{limits.high:g} um, below 0 is stratum oriens."
        )
