"""From columns of a recording to a sweep that can be trusted: units, sampling, clipping, protocol."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ParameterError, unknown_name
from cellmodel.fitting.estimators import measures_after, smoothed, windows
from cellmodel.parameters import load
from cellmodel.traces import Recording
from cellmodel.units import MS_PER_SECOND, PICOAMP_PER_NANOAMP

TIMES = {"ms": 1.0, "s": MS_PER_SECOND, "us": 1.0 / MS_PER_SECOND}
CURRENTS = {"pA": 1.0, "nA": PICOAMP_PER_NANOAMP, "uA": PICOAMP_PER_NANOAMP**2, "A": PICOAMP_PER_NANOAMP**4}
UNEVEN = 1e-3  # relative, of sampling intervals: files round their times
CLIPPED_RUN = 5  # equal samples in a row, at the largest value
CLIPPED_EDGE = (
    1e-3  # of the peak: with a smaller step before it, a run is a plateau that was reached smoothly
)
ONSET = 0.3  # of the peak
EARLY, LATE = -0.3, 1.5  # ms, around the pulse's start, within which the current begins
LATE_EPSC = 15.0  # ms, for the axons to conduct
LONGEST_ARTIFACT = 3.0  # ms
AFTER_SHORT = 10.0  # ms, that a sweep goes on after a short pulse


@dataclass(frozen=True)
class Kind:
    """What a sweep is a recording of, and so what it has to show.

    Parameters
    ----------
    name : str
    late : float, ms
        After the start of the stimulus, until when the current begins.
    labels : tuple of (str, str)
        What cellmodel's own sweeps say of themselves where they are of this kind.
    """

    name: str
    late: float
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_epsc(self) -> bool:
        """Whether an EPSC is recorded, and no response to a pulse of glutamate."""
        return self is not PULSE


PULSE = Kind("pulse", LATE)


def epsc(preparation: str, event: str) -> Kind:
    """Return the kind of EPSCs, ``evoked`` or ``miniature``, of a preparation."""
    return Kind("EPSC", LATE_EPSC, (("preparation", preparation), ("kind", event)))


@dataclass(frozen=True)
class Stimulus:
    """What was applied in a sweep.

    Parameters
    ----------
    dose_mM : float, mM
        0 for control.
    start, length : float, ms
        Of the pulse of glutamate, from the sweep's first sample; of an EPSC, of the stimulus with its
        artifact, which is left out.
    v_hold : float or None, mV
    """

    dose_mM: float
    start: float
    length: float
    v_hold: float | None = None


def as_sweep(
    name: str,
    t: np.ndarray,
    i: np.ndarray,
    *,
    units: tuple[str, str],
    stimulus: Stimulus,
    source: str,
    kind: Kind = PULSE,
) -> Recording:
    """Return a checked sweep: time from the pulse's start, ``response`` upward without baseline, and ``i``.

    Parameters
    ----------
    name : str
        File and number, for complaints.
    t, i : array, (n_t,)
        Time and current.
    units : tuple of str
        Of time (ms, s, us) and current (pA, nA, uA, A).
    stimulus : Stimulus
    source : str
        The file.
    kind : Kind

    Raises
    ------
    ParameterError
        Saying what is wrong and what to do.
    """
    t = np.asarray(t, dtype=float) * _factor(name, "time", units[0], TIMES)
    i = np.asarray(i, dtype=float) * _factor(name, "current", units[1], CURRENTS)
    _check_samples(name, t, i)
    _check_stimulus(name, t, stimulus, kind)
    since = t - t[0] - stimulus.start
    if kind.is_epsc:
        i = _without_artifact(since, i, stimulus.length)
    response = _upward(name, since, i)
    _check_onset(name, since, i, kind)
    _check_amplitude(name, since, response)
    _check_clipping(name, i - np.mean(i[since < 0]))
    rig = load("patch.toml").values_of("rig")
    meta = {
        "name": name,
        "source": source,
        "dose_mM": stimulus.dose_mM,
        "pulse_ms": 0.0 if kind.is_epsc else stimulus.length,
        "v_hold": rig["v_hold"] if stimulus.v_hold is None else stimulus.v_hold,
        "v_hold_is_assumed": stimulus.v_hold is None,
        "is_inward": bool(response @ (i - np.mean(i[since < 0])) < 0),
    }
    signals = {"response": response, "i": i / PICOAMP_PER_NANOAMP}
    return Recording(since, signals, {"response": "pA", "i": "nA"}, meta)


def _factor(name: str, what: str, unit: str, known: dict[str, float]) -> float:
    if unit not in known:
        raise ParameterError(f"{name}: {unknown_name(f'unit of {what}', unit, known)}")
    return known[unit]


def _check_samples(name: str, t: np.ndarray, i: np.ndarray) -> None:
    bad = np.flatnonzero(~(np.isfinite(t) & np.isfinite(i)))
    if bad.size:
        raise ParameterError(
            f"{name}: not all samples are finite numbers: {bad.size} are not, the first is number "
            f"{bad[0] + 1}. Leave the sweep out, or record it again."
        )
    if t.size < 3:
        raise ParameterError(f"{name}: {t.size} samples. Give a whole sweep.")
    steps, limit = np.diff(t), load("fitting.toml").value("plausible.sampling_high")
    if np.ptp(steps) > UNEVEN * abs(np.median(steps)) or np.median(steps) <= 0:
        worst = int(np.argmax(np.abs(steps - np.median(steps))))
        raise ParameterError(
            f"{name}: mixed sampling, every {np.median(steps):.6g} ms but {steps[worst]:.6g} ms after "
            f"sample {worst + 1}. Resample it evenly."
        )
    longest = MS_PER_SECOND * load("fitting.toml").value("plausible.duration_high")
    if steps[0] > limit or t[-1] - t[0] > longest:
        raise ParameterError(
            f"{name}: sampled every {steps[0]:g} ms for {t[-1] - t[0]:g} ms. Is the time in the unit that is "
            f"given? At most {limit:g} ms and {longest:g} ms are taken."
        )


def _check_stimulus(name: str, t: np.ndarray, stimulus: Stimulus, kind: Kind) -> None:
    where, end = windows(), stimulus.start + stimulus.length
    if kind.is_epsc and not 0.0 <= stimulus.length <= LONGEST_ARTIFACT:
        raise ParameterError(
            f"{name}: pulse_ms is {stimulus.length:g}. For EPSCs it is how long stimulus and artifact last, "
            f"which are left out: give 0 to {LONGEST_ARTIFACT:g} ms."
        )
    if not measures_after(stimulus.length):
        raise ParameterError(
            f"{name}: a pulse of {stimulus.length:g} ms shows neither deactivation (at most "
            f"{where['short']:g} ms) nor desensitization (at least {where['long']:g} ms). Leave it out."
        )
    if stimulus.start < where["baseline"]:
        raise ParameterError(
            f"{name}: the pulse starts {stimulus.start:g} ms after the sweep. At least "
            f"{where['baseline']:g} ms of baseline are needed."
        )
    needed = end + (AFTER_SHORT if stimulus.length <= where["short"] else 0.0)
    duration = t[-1] - t[0] + (t[1] - t[0])
    if duration < needed * (1 - UNEVEN):
        raise ParameterError(
            f"{name}: the protocol does not match the trace: the sweep is {duration:g} ms long, the pulse "
            f"needs it to be {needed:g} ms. Correct pulse_start_ms and pulse_ms."
        )


def _without_artifact(since: np.ndarray, i: np.ndarray, length: float) -> np.ndarray:
    """Return the current with its baseline in place of what was recorded during the stimulus."""
    artifact = (since >= 0) & (since < length)
    return np.where(artifact, np.mean(i[since < 0]), i)


def _upward(name: str, since: np.ndarray, i: np.ndarray) -> np.ndarray:
    """Return the current without its baseline, inward or outward upward."""
    if np.ptp(i) == 0:
        raise ParameterError(f"{name}: the current is constant. Leave the sweep out.")
    above = i - np.mean(i[since < 0])
    smooth = _smooth(since, above)
    return above if smooth.max() > -smooth.min() else -above


def _smooth(since: np.ndarray, y: np.ndarray) -> np.ndarray:
    return smoothed(y, windows()["smoothing"] / (since[1] - since[0]))


def _check_amplitude(name: str, since: np.ndarray, response: np.ndarray) -> None:
    allowed = load("fitting.toml").values_of("plausible")
    peak, noise = float(_smooth(since, response).max()), float(np.std(response[since < 0]))
    if not allowed["peak_low"] <= peak <= allowed["peak_high"]:
        raise ParameterError(
            f"{name}: the peak is {peak:.3g} pA. Is the current in the unit that is given? A patch gives "
            f"{allowed['peak_low']:g} to {allowed['peak_high']:g} pA."
        )
    if peak < allowed["signal_to_noise"] * noise:
        raise ParameterError(
            f"{name}: the peak of {peak:.3g} pA is not {allowed['signal_to_noise']:g} times the noise of the "
            f"baseline, {noise:.3g} pA. Average sweeps before, or leave it out."
        )


def _check_clipping(name: str, i: np.ndarray) -> None:
    """Raise `ParameterError` where the largest value stands for several samples behind a sharp corner."""
    for y in (i, -i):
        top = y.max()
        if top < -y.min() * ONSET:
            continue
        edges = np.flatnonzero(np.diff(np.concatenate([[0], y == top, [0]])))
        for start, stop in edges.reshape(-1, 2):
            before = y[start - 1] if start > 0 else top
            if stop - start >= CLIPPED_RUN and top - before > CLIPPED_EDGE * top:
                raise ParameterError(
                    f"{name}: clipped: {stop - start} samples in a row at the largest current. "
                    "Record with less gain, or leave it out."
                )


def _check_onset(name: str, since: np.ndarray, i: np.ndarray, kind: Kind) -> None:
    """Raise `ParameterError` where the current does not begin with the stimulus; noise is not judged here."""
    first = i[since < since[0] + windows()["baseline"]]
    smooth = np.abs(_smooth(since, i - np.mean(first)))
    begins = float(since[int(np.argmax(smooth > ONSET * smooth.max()))])
    is_clear = smooth.max() > load("fitting.toml").value("plausible.signal_to_noise") * np.std(first)
    if is_clear and not EARLY <= begins <= kind.late:
        side = "before" if begins < 0 else "after"
        raise ParameterError(
            f"{name}: the protocol does not match the trace: the current begins {abs(begins):.3g} ms {side} "
            "the start of the pulse. Correct pulse_start_ms."
        )
