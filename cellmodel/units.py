"""Conversions at the boundary; inside, only NEURON's own units are used.

Inside: ms, mV, nA, uS, um, mM, S/cm2, uF/cm2, ohm cm, degC.  A factor from this file is
applied once, where a number enters or leaves the library.
"""

from __future__ import annotations

MS_PER_SECOND = 1e3
SECONDS_PER_MINUTE = 60.0
MS_PER_MINUTE = MS_PER_SECOND * SECONDS_PER_MINUTE
PICOAMP_PER_NANOAMP = 1e3
PICOSIEMENS_PER_MICROSIEMENS = 1e6
NANOSIEMENS_PER_MICROSIEMENS = 1e3
MICROMOLAR_PER_MILLIMOLAR = 1e3
NANOMOLAR_PER_MILLIMOLAR = 1e6
MICROSIEMENS_PER_NANOSIEMENS = 1e-3
MILLIMOLAR_PER_NANOMOLAR = 1e-6
MEGAOHM_PER_OHM = 1e-6
MICROMETER_PER_MILLIMETER = 1e3
MICROVOLT_PER_MILLIVOLT = 1e3
PERCENT = 100.0
TIME_CONSTANTS_OF_10_90 = 2.1972245773362196  # ln 9: 10-90 % rise of an exponential, in time constants
FEMTOCOULOMB_PER_PICOCOULOMB = 1e3
AMPERE_PER_NANOAMP = 1e-9
VOLT_PER_MILLIVOLT = 1e-3
SECOND_PER_MS = 1e-3

ZERO_CELSIUS_IN_KELVIN = 273.15
FARADAY = 96485.33212  # C/mol, CODATA 2018 (exact since the 2019 SI)
GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018 (exact)
BOLTZMANN = 1.380649e-23  # J/K, CODATA 2018 (exact)

KNOWN_UNITS = frozenset(
    """1 % ms s min mV nA pA uS nS pS um um2 um3 nm mM uM nM degC /ms /s /min /mM/ms /um /um2
    /mm2 /mm3 S/cm2 S/m uF/cm2 ohm*cm ohm*cm2 kohm*cm2 MOhm Hz mm m/s mV/um kHz deg rad
    /mV /mV/ms ms/mV uM/ms mM*ms mA/cm2 pF nF uF kohm V/s cm/s mM/ms fC pC""".split()
)
"""Units that a data file may declare; anything else is refused when the file is read."""


def from_minutes(minutes: float) -> float:
    """Return milliseconds for a time in minutes."""
    return minutes * MS_PER_MINUTE


def to_minutes(ms: float) -> float:
    """Return minutes for a time in milliseconds."""
    return ms / MS_PER_MINUTE


def from_seconds(seconds: float) -> float:
    """Return milliseconds for a time in seconds."""
    return seconds * MS_PER_SECOND


def kelvin(celsius: float) -> float:
    """Return the absolute temperature in kelvin."""
    return celsius + ZERO_CELSIUS_IN_KELVIN


def q10_factor(q10: float, celsius: float, reference_celsius: float) -> float:
    """Return how much faster a rate is at ``celsius`` than where it was measured.

    Parameters
    ----------
    q10 : float
        Fold change for ten degrees, dimensionless.
    celsius, reference_celsius : float
        Temperature of use and of the measurement, degC.

    Returns
    -------
    float
        Factor that multiplies a rate (1/ms).
    """
    return q10 ** ((celsius - reference_celsius) / 10.0)
