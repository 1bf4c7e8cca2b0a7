"""An outside-out patch: ideal voltage clamp, fast application, the receptor compiled from mod/ampa.mod."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.patch.application import Pulses, check_application, check_intervals
from cellmodel.patch.exact import kinds_of, pulse_occupancies
from cellmodel.patch.limits import check_limits
from cellmodel.patch.stochastic import Sweeps, gating, recording_noise, solutions
from cellmodel.receptor import Receptor, configure_ampa, populations
from cellmodel.receptor.stochastic import open_channels
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP, PICOSIEMENS_PER_MICROSIEMENS

TOLERANCE = 1e-7  # of CVODE, on occupancies; 1e-9 takes half as long again and is no nearer to the twin
FILTER_POLES = 4
PARTIAL = {
    False: {
        "glutamate_only": "the compound is only beside the glutamate: one that exchanges fast is gone before "
        "a short pulse has decayed, so deactivation shows less of it than with both barrels.",
        "before_only": "the compound leaves as the glutamate comes and returns after it: one that exchanges "
        "fast does not change desensitization but slows deactivation.",
    },
    True: {
        "glutamate_only": "the compound is only beside the glutamate: one that exchanges slowly has not "
        "bound by the end of the pulse, so the response shows none of it.",
        "before_only": "the compound leaves as the glutamate comes: one that exchanges slowly stays bound, "
        "so the response is that with both barrels.",
    },
}
"""Whether the compound is slow, and its application, to what a reader must know."""


class Patch:
    """An outside-out patch and the applicator in front of it.

    Parameters
    ----------
    receptor : Receptor
    compound : Compound or None
        None: the dose has no effect.
    exchange : float or None, ms
        10-90 % time of solution exchange; None: data/patch.toml.
    filter_kHz : float or None
        Corner of the amplifier's Bessel filter, below half the sampling rate; None: data/patch.toml;
        infinity: no filter.
    application : str
        ``"both"``: the compound is in both barrels; ``"glutamate_only"``: only beside the glutamate;
        ``"before_only"``: only in the solution without, so that it leaves as glutamate comes.
    n_channels : int or None
        Channels of the patch; None: data/patch.toml.

    Raises
    ------
    ParameterError
        If the application is unknown, exchange, filter or number of channels is out of range, or the compound
        does not exchange with the receptor as its file claims.
    """

    def __init__(
        self,
        receptor: Receptor,
        *,
        compound: Compound | None = None,
        exchange: float | None = None,
        filter_kHz: float | None = None,
        application: str = "both",
        n_channels: int | None = None,
    ) -> None:
        self.receptor, self.compound = receptor, compound
        self.rig = load("patch.toml").values_of("rig")
        self.numbers = load("patch.toml").group(receptor.preparation)
        self.exchange = self.rig["exchange"] if exchange is None else exchange
        self.filter_kHz = self.rig["filter"] if filter_kHz is None else filter_kHz
        self.application = check_application(application)
        self.n_channels = int(self.numbers["n_channels"].value) if n_channels is None else n_channels
        if not 0 < self.exchange < math.inf:
            raise ParameterError(f"exchange = {self.exchange} ms. Give a finite number above 0.")
        _require_count("n_channels", self.n_channels)
        self._check_filter()
        check_limits(receptor, compound, self.application, self.exchange)

    def _check_filter(self) -> None:
        highest = 0.5 / self.rig["sampling"]
        if not (0 < self.filter_kHz < highest or self.filter_kHz == math.inf):
            raise ParameterError(
                f"filter_kHz = {self.filter_kHz}. Give a number above 0 and below {highest:g}, "
                "half the sampling rate, or infinity for no filter."
            )

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader of the traces must know."""
        low, high = self.rig["nmda_low"], self.rig["nmda_high"]
        texts = [
            f"such a patch has NMDA receptors too ({low:g}-{high:g} of the AMPA peak, with glycine, without "
            f"magnesium): they are held to be blocked by {self.rig['d_ap5']:g} mM D-AP5 or, at this voltage, "
            "by magnesium. Traces are the AMPA component alone."
        ]
        if self.application != "both":
            texts.append(PARTIAL[self._is_slow][self.application])
        return tuple(texts)

    @property
    def _is_slow(self) -> bool:
        return self.compound is not None and self.compound.regime == "slow"

    @property
    def intervals(self) -> tuple[float, ...]:
        """The intervals of paired pulses that suit this receptor, ms."""
        return tuple(self.numbers["intervals"].value)

    def pulse(
        self, duration_ms: float, dose_mM: float = 0.0, concentration: float | None = None
    ) -> Recording:
        """Record the response to one pulse of glutamate.

        Parameters
        ----------
        duration_ms : float, ms
        dose_mM : float, mM
        concentration : float or None, mM
            Of glutamate; None: data/patch.toml.

        Returns
        -------
        Recording
            Signals ``i`` (nA, inward negative) and ``glutamate`` (mM); t = 0 where the pulse starts.
        """
        pulses, stop, extra = self._one_pulse(duration_ms)
        return self._record(pulses, stop, dose_mM, concentration, extra)

    def exact(self, duration_ms: float, dose_mM: float = 0.0) -> Recording:
        """Compute what `pulse` integrates by matrix exponential: at once, whatever else NEURON holds.

        Returns
        -------
        Recording
            Signals ``i`` (nA) and the shares (1) of ``closed``, ``open`` and ``desensitized`` receptors.

        Raises
        ------
        ParameterError
            If the compound comes or goes with the glutamate: then receptors bind and lose it on the way.
        """
        if self.application != "both":
            raise ParameterError(f"no exact response to {self.application!r}. Use `pulse`, or 'both'.")
        pulses, stop, extra = self._one_pulse(duration_ms)
        level, t, celsius = self._glutamate(dose_mM, None), self._times(stop), self.rig["celsius"]
        scheme = gating(self.receptor, self.compound, dose_mM, celsius=celsius, application="both")
        shares = kinds_of(pulse_occupancies(scheme, pulses, level, t))
        peak = self.n_channels * self.unitary_current * self._unblocked(dose_mM)
        units = {"i": "nA", **dict.fromkeys(shares, "1")}
        signals = {"i": self._filtered(peak * shares["open"]), **shares}
        return Recording(t, signals, units, {**self._meta(dose_mM), **extra, "concentration": level})

    def _one_pulse(self, duration_ms: float) -> tuple[Pulses, float, dict[str, Any]]:
        stop = duration_ms + load("patch.toml").value("pulses.after")
        return (
            Pulses((0.0,), duration_ms, self.exchange),
            stop,
            {"stimulus": f"glutamate, {duration_ms:g} ms"},
        )

    @property
    def unitary_current(self) -> float:
        """Current through one open channel, nA, inward negative."""
        return self.receptor.gamma / PICOSIEMENS_PER_MICROSIEMENS * (self.rig["v_hold"] - self.rig["e"])

    def stochastic(
        self,
        duration_ms: float,
        dose_mM: float = 0.0,
        *,
        n_sweeps: int | None = None,
        seed: int = 1,
        noise_picoamp: float | None = None,
    ) -> Sweeps:
        """Record one pulse again and again while every channel gates by chance.

        The mean over many sweeps is `pulse`. Receptors that a competitive blocker occupies are drawn anew for
        every sweep and stay silent in it.

        Parameters
        ----------
        duration_ms : float, ms
        dose_mM : float, mM
        n_sweeps : int or None
            None: data/patch.toml.
        seed : int
            Of channels and recording noise; the same seed gives the same sweeps.
        noise_picoamp : float or None
            Standard deviation of the recording noise, behind the filter; None: data/patch.toml.

        Returns
        -------
        Sweeps
        """
        given = load("patch.toml").values_of("noise")
        n_sweeps = _require_count("n_sweeps", int(given["sweeps"]) if n_sweeps is None else n_sweeps)
        sd = given["sd"] if noise_picoamp is None else noise_picoamp
        if not 0 <= sd < math.inf:
            raise ParameterError(f"noise_picoamp = {sd}. Give a finite number, 0 or more.")
        pulses, stop, extra = self._one_pulse(duration_ms)
        level, t = self._glutamate(dose_mM, None), self._times(stop)
        scheme = gating(
            self.receptor, self.compound, dose_mM, celsius=self.rig["celsius"], application=self.application
        )
        changing = solutions(scheme, pulses, level, application=self.application)
        rng = np.random.default_rng(seed)
        channels = rng.binomial(self.n_channels, self._unblocked(dose_mM), n_sweeps)
        opened = open_channels(scheme, changing, t, channels, seed=rng)
        current = self._filtered(self.unitary_current * opened.counts)
        current += recording_noise(current.shape, sd / PICOAMP_PER_NANOAMP, self._filtered, rng)
        extra |= {"n_channels": self.n_channels, "seed": seed, "noise_picoamp": sd}
        meta = {**self._meta(dose_mM), **extra, "concentration": level}
        return Sweeps(t, current, level * pulses.level(t), meta)

    def paired(self, intervals: Sequence[float] | None = None, dose_mM: float = 0.0) -> tuple[Recording, ...]:
        """Record pairs of long pulses, one recording for each interval (ms, from end to start).

        Signals are those of `pulse`; ``meta`` has the ``interval`` and the second pulse's start, ``second``.
        """
        timing = load("patch.toml").values_of("pulses")
        length, recordings = timing["long"], []
        for interval in check_intervals(self.intervals if intervals is None else intervals):
            second = length + interval
            extra = {
                "stimulus": f"paired glutamate, {interval:g} ms apart",
                "interval": interval,
                "second": second,
            }
            pulses = Pulses((0.0, second), length, self.exchange)
            recordings.append(self._record(pulses, second + timing["after"], dose_mM, None, extra))
        return tuple(recordings)

    def _record(
        self,
        pulses: Pulses,
        stop: float,
        dose_mM: float,
        concentration: float | None,
        extra: dict[str, Any],
    ) -> Recording:
        level, t = self._glutamate(dose_mM, concentration), self._times(stop)
        fraction = self._open_fraction(pulses, t - t[0], dose_mM, level)
        current = self.n_channels * self.unitary_current * fraction * self._unblocked(dose_mM)
        signals = {"i": self._filtered(current), "glutamate": level * pulses.level(t)}
        meta = {**self._meta(dose_mM), **extra, "concentration": level}
        return Recording(t=t, signals=signals, units={"i": "nA", "glutamate": "mM"}, meta=meta)

    def _times(self, stop: float) -> np.ndarray:
        return np.arange(-load("patch.toml").value("pulses.before"), stop, self.rig["sampling"])

    def _glutamate(self, dose_mM: float, concentration: float | None) -> float:
        """Return the concentration of glutamate, mM; it and the dose have to be possible."""
        level = self.rig["glutamate"] if concentration is None else concentration
        for name, given in (("dose", dose_mM), ("glutamate", level)):
            if not 0 <= given < math.inf:
                raise ParameterError(f"{name} {given} mM. Give a finite number, 0 or more.")
        return level

    def _unblocked(self, dose_mM: float) -> float:
        return 1.0 - (self.compound.blocked(dose_mM).get("ampa", 0.0) if self.compound else 0.0)

    def _open_fraction(self, pulses: Pulses, t: np.ndarray, dose_mM: float, level: float) -> np.ndarray:
        """Return the open fraction at ``t`` (ms since the start), the mean of all populations."""
        resting_dose = 0.0 if self.application == "glutamate_only" else dose_mM
        parts = populations(self.receptor, self.compound, resting_dose)
        opened = [share * self._integrate(profile, pulses, t, dose_mM, level) for share, profile in parts]
        return np.sum(opened, axis=0)

    def _integrate(
        self, profile: Receptor, pulses: Pulses, t: np.ndarray, dose_mM: float, level: float
    ) -> np.ndarray:
        """Integrate the mechanism with CVODE and return its open fraction at ``t`` (ms since the start)."""
        h = load_mechanisms()
        before = load("patch.toml").value("pulses.before")
        section = h.Section(name="patch")
        receptor = self._receptor(h, section(0.5), pulses, profile)
        wire = h.NetCon(None, receptor)
        wire.delay, wire.weight[0] = 0.0, level
        playing = self._play_dose(h, receptor, pulses, dose_mM, before, float(t[-1]))
        steps, popen = h.Vector(), h.Vector()
        h.cvode.record(receptor._ref_o, popen, steps, sec=section)
        with _integrating(h, self.rig["celsius"]):
            h.finitialize(self.rig["v_hold"])
            for start in pulses.starts:
                wire.event(start + before)
            h.cvode.solve(float(t[-1]) + self.rig["sampling"])
        del playing
        edges = [start + before + end for start in pulses.starts for end in (0.0, pulses.duration)]
        return between_steps(np.array(steps), np.array(popen), t, edges)

    def _receptor(self, h: Any, segment: Any, pulses: Pulses, profile: Receptor) -> Any:
        receptor = h.ampa(segment)
        configure_ampa(receptor, profile, compound=None if self._is_slow else self.compound)
        receptor.g_max = 0.0  # the clamp is ideal: the current is computed from the open fraction
        receptor.pulse_width, receptor.glu_tau = pulses.duration, pulses.tau
        return receptor

    def _play_dose(
        self, h: Any, receptor: Any, pulses: Pulses, dose_mM: float, before: float, stop: float
    ) -> tuple[Any, ...]:
        """Set the dose, or let it come and go with the solutions; what is returned has to be kept alive."""
        if self.application == "both" or self._is_slow:
            receptor.dose = dose_mM
            return ()
        nodes = pulses.nodes(stop)
        level = pulses.level(nodes)
        doses = h.Vector(dose_mM * (level if self.application == "glutamate_only" else 1.0 - level))
        times = h.Vector(np.append(nodes[:1], nodes[1:] + before))
        doses.play(receptor._ref_dose, times, True)
        return doses, times

    def _filtered(self, current: np.ndarray) -> np.ndarray:
        if math.isinf(self.filter_kHz):
            return current
        from scipy.signal import sosfilt

        return sosfilt(_sections(self.filter_kHz, 1.0 / self.rig["sampling"]), current)

    def _meta(self, dose_mM: float) -> dict[str, Any]:
        return {
            "mode": "voltage_clamp",
            "preparation": self.receptor.preparation,
            "receptor": self.receptor.name,
            "compound": self.compound.name if self.compound else "",
            "dose_mM": dose_mM,
            "v_hold": self.rig["v_hold"],
            "celsius": self.rig["celsius"],
            "exchange": self.exchange,
            "filter_kHz": str(self.filter_kHz) if math.isinf(self.filter_kHz) else self.filter_kHz,
            "application": self.application,
            "location": "patch",
        }


def between_steps(steps: np.ndarray, y: np.ndarray, t: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    """Return at times ``t`` what was recorded at the integrator's own steps, (n_t,).

    Cubic splines, a new one at every edge of the stimulus (ms): as right as the steps are. To have the
    integrator stop at every sample is the rejected way: it takes seven times as long.
    """
    from scipy.interpolate import CubicSpline

    found = np.empty_like(t)
    for start, end in pairwise([steps[0], *(edge for edge in edges if edge < steps[-1]), steps[-1]]):
        within, inside = (steps >= start) & (steps <= end), (t >= start) & (t <= end)
        at, first = np.unique(steps[within], return_index=True)
        found[inside] = CubicSpline(at, y[within][first])(t[inside])
    return found


@lru_cache(maxsize=8)
def _sections(corner_kHz: float, sampling_kHz: float) -> np.ndarray:
    """Return the second-order sections of the amplifier's filter."""
    from scipy.signal import bessel

    return bessel(FILTER_POLES, corner_kHz, output="sos", norm="mag", fs=sampling_kHz)


def _require_count(name: str, given: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 1:
        raise ParameterError(f"{name} = {given!r}. Give a whole number, 1 or more.")
    return int(given)


@contextmanager
def _integrating(h: Any, celsius: float) -> Iterator[None]:
    """Let CVODE integrate at a temperature, and put NEURON's settings back."""
    kept = (h.celsius, h.cvode.active(), h.cvode.atol())
    h.celsius = celsius
    h.cvode.active(1)
    h.cvode.atol(TOLERANCE)
    try:
        yield
    finally:
        h.celsius = kept[0]
        h.cvode.atol(kept[2])
        h.cvode.active(kept[1])
