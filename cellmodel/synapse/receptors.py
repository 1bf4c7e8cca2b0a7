"""Which AMPA receptor the synapses carry, under which compound and at which temperature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cellmodel.compound import Compound
from cellmodel.parameters import load
from cellmodel.plasticity import Expression
from cellmodel.receptor import Receptor, check_regime, configure_ampa, peak_open, require_fast


@dataclass(frozen=True)
class ReceptorSettings:
    """A receptor profile, the compound that modulates it (or None), and the temperature (degC).

    Raises
    ------
    ParameterError
        If the compound exchanges slowly, or not as fast as it claims.
    """

    receptor: Receptor
    compound: Compound | None
    celsius: float

    def __post_init__(self) -> None:
        require_fast(self.compound)
        check_regime(self.receptor, self.compound)

    def configure(
        self, ampa: Any, *, is_inserted: bool = False, expression: Expression | None = None
    ) -> None:
        """Give an ``ampa`` point process the rates of the receptor, and of an inserted one where asked.

        Parameters
        ----------
        ampa : point process
        is_inserted : bool
            Whether it stands for receptors that LTP inserts; then ``expression`` says how they differ.
        """
        is_sensitive = bool(is_inserted and expression and expression.is_sensitive)
        configure_ampa(ampa, self.receptor, compound=self.compound, is_inserted=is_sensitive)
        if is_inserted and expression:
            ampa.beta *= expression.opening
        ampa.pulse_width = 0.0
        ampa.glu_tau = load("synapse.toml").value("glutamate.tau_decay")
        ampa.e = load("synapse.toml").value("ampa.e")

    @cached_property
    def peak_open(self) -> float:
        """Largest open fraction in the glutamate of one release, without compound."""
        glutamate = load("synapse.toml").values_of("glutamate")
        return peak_open(self.receptor, glutamate["peak"], glutamate["tau_decay"], celsius=self.celsius)
