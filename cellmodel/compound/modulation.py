"""What a positive modulator does to an AMPA receptor: two equal sites that bind much faster than gating."""

from __future__ import annotations

from dataclasses import dataclass

from cellmodel.errors import ParameterError


@dataclass(frozen=True)
class Modulation:
    """Constants of a fast two-site modulator.

    Parameters
    ----------
    k_m : float, mM
        Affinity of one site in the closed states.
    closing : float, 1
        What one bound site makes of the closing rate; the second adds nothing.
    entry : float, 1
        What two bound sites make of entry into desensitization; one alone does nothing.
    slows_o : bool
        Whether entry from the open state is slowed too; if not, the return from d3 closes the loop.

    Raises
    ------
    ParameterError
        If a constant is not above 0.
    """

    k_m: float
    closing: float
    entry: float
    slows_o: bool = True

    def __post_init__(self) -> None:
        for name in ("k_m", "closing", "entry"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"modulation {name} = {getattr(self, name)}. Give a number above 0.")

    def partition(self, dose_mM: float) -> tuple[float, float, float]:
        """Return the summed weights of 0, 1 and 2 bound sites in the closed, open and desensitized states."""
        x = dose_mM / self.k_m
        return (1 + x) ** 2, 1 + (2 * x + x**2) / self.closing, 1 + 2 * x + self.entry * x**2

    def factors(self, dose_mM: float) -> dict[str, float]:
        """Return what multiplies each rate that the modulator changes, 1; see mod/ampa.mod.

        Parameters
        ----------
        dose_mM : float, mM

        Returns
        -------
        dict of str to float
            For ``alpha``, ``d_on1``, ``d_on2``, ``d_on3`` and ``d_off3``.
        """
        zc, zo, zd = self.partition(dose_mM)
        from_o, to_o = (zd / zo, 1.0) if self.slows_o else (1.0, zo / zd)
        return {"alpha": zc / zo, "d_on1": zd / zc, "d_on2": zd / zc, "d_on3": from_o, "d_off3": to_o}
