"""Resonance: the impedance of the membrane below threshold, by a chirp of current."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.battery.dendrite import nearest_trunk
from cellmodel.parameters import load
from cellmodel.protocol import inject_waveform
from cellmodel.traces import Recording, read_only
from cellmodel.units import SECOND_PER_MS

DATA_FILE = "battery/passive.toml"
BEYOND = 1.1  # the chirp ends beyond the highest frequency that is analyzed
SOMA = 0.0  # um, the path that stands for the soma itself


@dataclass(frozen=True)
class Impedance:
    """Impedance magnitude against frequency.

    Parameters
    ----------
    frequency : array, (n_f,) Hz
    magnitude : array, (n_f,) MOhm
    phase : array, (n_f,) rad
        Of voltage against current; positive where it leads.
    """

    frequency: np.ndarray
    magnitude: np.ndarray
    phase: np.ndarray

    @property
    def resonance_frequency(self) -> float:
        """Return the frequency of the largest impedance, Hz."""
        return float(self.frequency[np.argmax(self.magnitude)])

    @property
    def strength(self) -> float:
        """Return the largest impedance over that at the lowest frequency (Q), 1 without resonance."""
        return float(self.magnitude.max() / self.magnitude[0])


@dataclass(frozen=True)
class ResonanceOutcome:
    """Resonance where current goes in, ``path`` um along the trunk (0: the soma), and the ``sweep``."""

    path: float
    impedance: Impedance
    sweep: Recording


def resonance(cell: Any, path: float = SOMA, *, duration: float | None = None) -> ResonanceOutcome:
    """Measure the impedance of the soma or of a place on the trunk by a chirp.

    Parameters
    ----------
    cell : CA1Pyramidal
    path : float, um
        0 is the soma, else the trunk near this path.
    duration : float, ms, optional
        Of the chirp; by default that of the data file, 20 s.

    Returns
    -------
    ResonanceOutcome
    """
    settings = load(DATA_FILE).values_of("resonance")
    length = settings["duration"] if duration is None else duration
    found, segment = (SOMA, cell.soma[0](0.5)) if path == SOMA else nearest_trunk(cell, path)
    t = np.arange(0.0, settings["settling"] + length, settings["sampling"])
    current = settings["amplitude"] * chirp(
        t,
        start=settings["settling"],
        low=settings["lowest"] / 2,
        high=BEYOND * settings["highest"],
        duration=length,
    )
    sweep = inject_waveform(cell, t, current, electrode=segment)
    impedance = impedance_of(
        t[t >= settings["settling"]],
        sweep["i"][t >= settings["settling"]],
        sweep["v_site"][t >= settings["settling"]],
        limits=(settings["lowest"], settings["highest"]),
        smoothing=settings["smoothing"],
    )
    return ResonanceOutcome(found, impedance, sweep)


def chirp(t: np.ndarray, *, start: float, low: float, high: float, duration: float) -> np.ndarray:
    """Return a sine of unit amplitude whose frequency rises linearly from ``low`` to ``high`` Hz.

    Parameters
    ----------
    t : array, (n_t,) ms
    start, duration : float, ms
    low, high : float, Hz

    Returns
    -------
    array, (n_t,) 1
        0 before ``start``.
    """
    seconds = np.clip(t - start, 0.0, None) * SECOND_PER_MS
    rise = (high - low) / (duration * SECOND_PER_MS)
    return np.sin(2 * np.pi * (low * seconds + rise * seconds**2 / 2))


def impedance_of(
    t: np.ndarray, i: np.ndarray, v: np.ndarray, *, limits: tuple[float, float], smoothing: float
) -> Impedance:
    """Return the impedance from an evenly sampled current and the voltage it evokes.

    Parameters
    ----------
    t, i, v : array, (n_t,) ms, nA and mV
    limits : tuple of float, Hz
        Frequencies between which it is given.
    smoothing : float, Hz
        Width over which cross- and power spectra are averaged.

    Returns
    -------
    Impedance
    """
    step = float(t[1] - t[0]) * SECOND_PER_MS
    frequency = np.fft.rfftfreq(t.size, step)
    current, voltage = np.fft.rfft(i - i.mean()), np.fft.rfft(v - v.mean())
    half = max(1, round(smoothing / 2 / frequency[1]))
    window = np.hanning(2 * half + 3)[1:-1]
    cross = np.convolve(voltage * np.conj(current), window, mode="same")
    power = np.convolve(np.abs(current) ** 2, window, mode="same")
    inside = (frequency >= limits[0]) & (frequency <= limits[1])
    ratio = cross[inside] / power[inside]
    return Impedance(read_only(frequency[inside]), read_only(np.abs(ratio)), read_only(np.angle(ratio)))
