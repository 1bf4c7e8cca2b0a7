"""The field pipette: the thermal noise that its resistance adds to every sweep.

A resistance R at the temperature T has a noise voltage of the power 4 k T R in each hertz (Johnson, Nyquist);
what of it is recorded is what the amplifier's low-pass filter lets through. The noise of the amplifier itself
and of the tissue is not in the model, nor is the filter's effect on the response, which is slow beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.slice.response import Response
from cellmodel.units import (
    BOLTZMANN,
    MEGAOHM_PER_OHM,
    MICROVOLT_PER_MILLIVOLT,
    SECOND_PER_MS,
    VOLT_PER_MILLIVOLT,
    kelvin,
)

OVERSAMPLING = 5
"""Samples that are drawn for each that is recorded: the filter then acts in time as an analog one does."""
FINE = 100
"""Samples in a period of the filter's corner, for the numbers of the filter itself."""
SETTLING = 20
"""Periods of the filter's corner in which it forgets that the noise began."""


@dataclass(frozen=True)
class Pipette:
    """A field pipette and the amplifier's low-pass filter behind it.

    Attributes
    ----------
    celsius : float
        Of the bath.
    resistance : float, MOhm
    corner : float, kHz
        Where the Bessel filter lets half of the power through.
    poles : int
    """

    celsius: float
    resistance: float
    corner: float
    poles: int

    @classmethod
    def in_bath(cls, celsius: float) -> Pipette:
        """Return the pipette of data/slice.toml in a bath of this temperature."""
        numbers = load("slice.toml").values_of("pipette")
        return cls(celsius, numbers["resistance"], numbers["filter"], int(numbers["poles"]))

    @property
    def density(self) -> float:
        """Power of the noise before the filter, 4 k T R, in mV^2 for each kHz."""
        of_ohms = 4 * BOLTZMANN * kelvin(self.celsius) * self.resistance / MEGAOHM_PER_OHM  # V^2/Hz
        return of_ohms / VOLT_PER_MILLIVOLT**2 / SECOND_PER_MS

    @cached_property
    def rms(self) -> float:
        """Standard deviation of the noise behind the filter, mV."""
        rate = FINE * self.corner
        impulse = np.zeros(FINE * SETTLING)
        impulse[0] = 1.0
        return float(np.sqrt(self.density * rate / 2 * np.sum(self._filtered(impulse, rate) ** 2)))

    @property
    def described(self) -> str:
        """What is added to a sweep, for a person."""
        return (
            f"thermal noise of the field electrode, {self.rms * MICROVOLT_PER_MILLIVOLT:.1f} uV rms "
            f"({self.resistance:g} MOhm, {self.celsius:g} degC, {self.corner:g} kHz low-pass)"
        )

    def noise(self, t: np.ndarray, *, seed: int, sweep: str) -> np.ndarray:
        """Draw the noise of one sweep.

        Parameters
        ----------
        t : array, (n_t,) ms
            Evenly spaced.
        seed : int
        sweep : str
            Which of all sweeps of that seed: its name alone fixes the draw, not when or where it is drawn.

        Returns
        -------
        array, (n_t,) mV

        Raises
        ------
        ParameterError
            If the time is not even, or too coarse for the filter.
        """
        steps = np.diff(t)
        if not np.allclose(steps, steps[0]) or steps[0] * self.corner > 1 / 2:
            raise ParameterError(
                f"samples {steps.min():g} to {steps.max():g} ms apart cannot hold noise up to "
                f"{self.corner:g} kHz. Space them evenly, no more than {1 / (2 * self.corner):g} ms apart."
            )
        rate = OVERSAMPLING / steps[0]
        settling = round(SETTLING * rate / self.corner)
        rng = np.random.default_rng([seed, *sweep.encode()])
        white = rng.normal(0.0, np.sqrt(self.density * rate / 2), settling + OVERSAMPLING * t.size)
        return self._filtered(white, rate)[settling::OVERSAMPLING]

    def record(self, response: Response, *, seed: int, sweep: str) -> Response:
        """Return a response as it is recorded: with the noise of this sweep on its field."""
        noise = self.noise(response.t, seed=seed, sweep=sweep)
        return replace(response, field=response.field + noise, noise=self.rms)

    def _filtered(self, signal: np.ndarray, rate: float) -> np.ndarray:
        """Return a signal sampled at ``rate`` (kHz) behind the filter."""
        from scipy.signal import sosfilt

        return sosfilt(_low_pass(self.poles, self.corner, rate), signal)


@lru_cache(maxsize=8)
def _low_pass(poles: int, corner: float, rate: float) -> np.ndarray:
    """Return the sections of a Bessel filter (kHz); it takes as long to find them as to read a sweep."""
    from scipy.signal import bessel

    return bessel(poles, corner, fs=rate, output="sos", norm="mag")
