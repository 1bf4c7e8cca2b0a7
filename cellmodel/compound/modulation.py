"""What a positive modulator does to an AMPA receptor that it binds at two equal sites."""

from __future__ import annotations

from dataclasses import dataclass

from cellmodel.errors import ParameterError

BOUND = (0, 1, 2)
"""Modulators that a receptor can hold."""


@dataclass(frozen=True)
class Modulation:
    """Constants of a two-site modulator.

    Parameters
    ----------
    k_m : float, mM
        Affinity of one site in the closed states.
    closing : float, 1
        What two bound sites make of the closing rate.
    entry : float, 1
        What two bound sites make of entry into desensitization; one alone does nothing.
    slows_o : bool
        Whether entry from the open state is slowed too; if not, the return from d3 closes the loop.
    first_site : float, 1
        How much of the slowing of closing the first bound site brings, as a power: 1, all of it, and the
        second adds nothing; 0.5, both sites alike.

    Raises
    ------
    ParameterError
        If a constant is not above 0, or the share of the first site above 1.
    """

    k_m: float
    closing: float
    entry: float
    slows_o: bool = True
    first_site: float = 1.0

    def __post_init__(self) -> None:
        for name in ("k_m", "closing", "entry"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"modulation {name} = {getattr(self, name)}. Give a number above 0.")
        if not 0 <= self.first_site <= 1:
            raise ParameterError(f"modulation first_site = {self.first_site}. Give 0 to 1.")

    @property
    def closing_one(self) -> float:
        """What one bound site makes of the closing rate, 1."""
        return float(self.closing**self.first_site)

    def weights(self, dose_mM: float) -> tuple[tuple[float, float, float], ...]:
        """Return the weights of 0, 1 and 2 bound sites in closed, open and desensitized states."""
        x, c = dose_mM / self.k_m, self.closing
        opened = (1.0, 2 * x / self.closing_one, x * x / c)
        return (1.0, 2 * x, x * x), opened, (1.0, 2 * x, self.entry * x * x)

    def shares(self, dose_mM: float) -> tuple[float, float, float]:
        """Return the shares of resting receptors with 0, 1 and 2 bound sites, 1."""
        none, one, two = self.weights(dose_mM)[0]
        total = none + one + two
        return none / total, one / total, two / total

    def bound_factors(self, bound: int) -> dict[str, float]:
        """Return what 0, 1 or 2 bound modulators make of each rate, 1; for the rates of `factors`."""
        closing = (1.0, self.closing_one, self.closing)[bound]
        entry = self.entry if bound == BOUND[-1] else 1.0
        from_o, to_o = (closing * entry, 1.0) if self.slows_o else (1.0, 1.0 / (closing * entry))
        return {"alpha": closing, "d_on1": entry, "d_on2": entry, "d_on3": from_o, "d_off3": to_o}

    def factors(self, dose_mM: float) -> dict[str, float]:
        """Return what a modulator that exchanges fast makes of each rate it changes, 1; see mod/ampa.mod.

        Parameters
        ----------
        dose_mM : float, mM

        Returns
        -------
        dict of str to float
            For ``alpha``, ``d_on1``, ``d_on2``, ``d_on3`` and ``d_off3``.
        """
        zc, zo, zd = (sum(weights) for weights in self.weights(dose_mM))
        from_o, to_o = (zd / zo, 1.0) if self.slows_o else (1.0, zo / zd)
        return {"alpha": zc / zo, "d_on1": zd / zc, "d_on2": zd / zc, "d_on3": from_o, "d_off3": to_o}
