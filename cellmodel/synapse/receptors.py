"""Which AMPA receptor the synapses carry, under which compound and at which temperature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cellmodel.compound import Compound, Modulation
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.plasticity import Expression
from cellmodel.receptor import Receptor, check_regime, configure_ampa, modulation_of, peak_open, populations
from cellmodel.synapse.pointing import point


@dataclass(frozen=True)
class Receptors:
    """The receptors of one place.

    Attributes
    ----------
    head : point process
        Takes ``dose`` and ``g_max``, gives ``popen``: an ``ampa``, or the ``ampa_mixture`` of several.
    parts : tuple of point process ``ampa``
        What gates and has to be given glutamate; the head itself where the compound exchanges fast.
    """

    head: Any
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class ReceptorSettings:
    """A receptor profile, the compound that modulates it (or None), and the temperature (degC).

    Raises
    ------
    ParameterError
        If the compound does not exchange with the receptor as its file claims.
    """

    receptor: Receptor
    compound: Compound | None
    celsius: float

    def __post_init__(self) -> None:
        check_regime(self.receptor, self.compound)

    def place(
        self, segment: Any, *, is_inserted: bool = False, expression: Expression | None = None
    ) -> Receptors:
        """Put receptors on a segment: one ``ampa``, or three and their mixture under a slow compound.

        Parameters
        ----------
        segment : NEURON segment
        is_inserted, expression
            See `configure`.
        """
        h = load_mechanisms()
        is_sensitive = bool(is_inserted and expression and expression.is_sensitive)
        profiles = populations(self.receptor, self.compound, 0.0, is_inserted=is_sensitive)
        parts = tuple(h.ampa(segment) for _ in profiles)
        if len(parts) == 1:
            self.configure(parts[0], is_inserted=is_inserted, expression=expression)
            return Receptors(parts[0], parts)
        for part, (_, profile) in zip(parts, profiles, strict=True):
            unmodulated = ReceptorSettings(profile, None, self.celsius)
            unmodulated.configure(part, is_inserted=is_inserted, expression=expression)
        return Receptors(self._mixture(segment, parts, is_sensitive=is_sensitive), parts)

    def _mixture(self, segment: Any, parts: tuple[Any, ...], *, is_sensitive: bool) -> Any:
        mixture = load_mechanisms().ampa_mixture(segment)
        modulation = modulation_of(self.compound, self.receptor, is_inserted=is_sensitive)
        if modulation is not None:
            mixture.k_m = modulation.k_m
        mixture.e = load("synapse.toml").value("ampa.e")
        for bound, part in enumerate(parts):
            point(part, "popen", mixture, f"popen_{bound}")
        return mixture

    def configure(
        self, ampa: Any, *, is_inserted: bool = False, expression: Expression | None = None
    ) -> None:
        """Give an ``ampa`` point process the rates of the receptor, and of an inserted one where asked.

        Parameters
        ----------
        ampa : point process
        is_inserted : bool
            Whether it stands for receptors that LTP inserts; then ``expression`` says how they differ.
        expression : Expression or None

        Raises
        ------
        ParameterError
            If the compound exchanges slowly: then it takes several, see `place`.
        """
        is_sensitive = bool(is_inserted and expression and expression.is_sensitive)
        configure_ampa(ampa, self.receptor, compound=self.compound, is_inserted=is_sensitive)
        if is_inserted and expression:
            ampa.beta *= expression.opening
        ampa.pulse_width = 0.0
        ampa.glu_tau = load("synapse.toml").value("glutamate.tau_decay")
        ampa.e = load("synapse.toml").value("ampa.e")

    @property
    def modulation(self) -> Modulation | None:
        """What the compound does to the receptors of the beginning, None for nothing."""
        return modulation_of(self.compound, self.receptor)

    @cached_property
    def peak_open(self) -> float:
        """Largest open fraction in the glutamate of one release, without compound."""
        glutamate = load("synapse.toml").values_of("glutamate")
        return peak_open(self.receptor, glutamate["peak"], glutamate["tau_decay"], celsius=self.celsius)
