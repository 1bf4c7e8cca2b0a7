"""Trials with random release: field EPSPs that differ by chance, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_rows, mean_rows
from cellmodel.recording import Measure
from cellmodel.slice import Neighbors, Pipette, Response, Slice, window_of
from cellmodel.slice.field import transmission_delay
from cellmodel.study.field import calcium_rows, is_silent, read_amplitude, values_of
from cellmodel.units import PERCENT, from_seconds

TRIAL_SECONDS = 30.0
"""Between trials, as between the test pulses of an LTP experiment."""
VARYING = ("fepsp_amplitude", "fepsp_slope")
"""Measures whose variation is said."""

Draw = tuple[Response, np.ndarray, np.ndarray]
"""A response of the computed cell, and what `Slice.watch` keeps of it for its neighbors."""


@dataclass(frozen=True)
class Trials:
    """Responses of one condition, and what each of the causes of their variation alone would make of them.

    Voltage of the soma, calcium and cascade are always those of the one cell that is computed.

    Attributes
    ----------
    responses : tuple of Response
        As a rig records them: every cell of the slab has draws of its own, and the electrode is noisy.
    of_release : tuple of Response
        The same without the electrode's noise.
    of_electrode : tuple of Response
        The mean of ``of_release`` with the noise of each trial.
    of_one_cell : tuple of Response
        With the draws of the computed cell in all cells of the slab, without noise.
    n_effective : float
        How many equal cells the field is worth: `Neighbors.effective_number`.
    """

    responses: tuple[Response, ...]
    of_release: tuple[Response, ...]
    of_electrode: tuple[Response, ...]
    of_one_cell: tuple[Response, ...]
    n_effective: float

    @property
    def largest(self) -> float:
        """Largest amplitude of a trial, mV."""
        return max(read_amplitude(response) for response in self.responses)

    @property
    def amplitudes(self) -> tuple[np.ndarray, np.ndarray]:
        """Amplitudes of ``of_one_cell`` and of ``responses``, (n,) mV each."""
        alike, apart = ([read_amplitude(r) for r in each] for each in (self.of_one_cell, self.responses))
        return np.array(alike), np.array(apart)


def respond(rig: Slice, neighbors: Neighbors, n: int) -> Iterator[Draw]:
    """Yield ``n`` responses to the test pulse of a slice with random release."""
    for _ in range(n):
        yield rig.watch("test", neighbors.patterns)
        rig.pass_time(from_seconds(TRIAL_SECONDS) - window_of(np.zeros(1)))


def start_ms(number: int) -> float:
    """Return when the sweep of the trial with this number, from 0, begins."""
    return number * from_seconds(TRIAL_SECONDS)


def trials_of(
    neighbors: Neighbors, draws: Sequence[Draw], *, pipette: Pipette, seed: int, name: str
) -> Trials:
    """Return the trials of a slab whose cells take the draws each in an order of its own.

    One draw alone is a slab in which all cells have it.

    Parameters
    ----------
    neighbors : Neighbors
    draws : sequence of Draw
    pipette : Pipette
        Whose noise is on every trial.
    seed : int
        Of the noise.
    name : str
        Of the condition among all of this seed.
    """
    responses = tuple(response for response, _, _ in draws)
    kept = [(t, sums) for _, t, sums in draws]
    fields = neighbors.fields(kept, responses[0].t - transmission_delay())

    def recorded(of_trials: Iterable[np.ndarray]) -> tuple[Response, ...]:
        pairs = enumerate(zip(responses, of_trials, strict=True))
        sweeps = ((f"{name}, trial {k}", replace(one, field=field)) for k, (one, field) in pairs)
        return tuple(pipette.record(one, seed=seed, sweep=sweep) for sweep, one in sweeps)

    return Trials(
        responses=recorded(fields),
        of_release=tuple(replace(one, field=field) for one, field in zip(responses, fields, strict=True)),
        of_electrode=recorded([fields.mean(axis=0)] * len(fields)),
        of_one_cell=responses,
        n_effective=neighbors.effective_number(kept),
    )


def trial_rows(responses: Sequence[Response], largest: float, **labels: Any) -> list[Measure]:
    """Return each measure's mean over trials, with their number and standard deviation.

    Where the mean field is nothing beside the ``largest`` amplitude (mV), there is no row but its amplitude.
    """
    mean = replace(
        responses[0],
        field=np.mean([one.field for one in responses], axis=0),
        noise=responses[0].noise / np.sqrt(len(responses)),
    )
    silent = is_silent(mean, largest)
    each = [
        fepsp_rows(values_of(one, silent=silent), **labels) + calcium_rows(one, **labels) for one in responses
    ]
    return mean_rows(each, experiment=labels["experiment"])


def variation(rows: Sequence[Measure]) -> dict[str, float]:
    """Return the coefficients of variation over trials (%) of the measures in `VARYING`."""
    seen = (row for row in rows if row.measure in VARYING and row.value > 0)
    return {row.measure: PERCENT * (row.sd or 0.0) / row.value for row in seen}


def variation_text(found: Trials, largest: float, **labels: Any) -> str:
    """Say by how much the fEPSP varies from trial to trial, and what each cause alone would make of it.

    Parameters
    ----------
    found : Trials
    largest : float, mV
        As for `trial_rows`.
    **labels
        The columns of the rows.
    """
    condition, n = labels["condition"], len(found.responses)
    if n == 1:
        return f"{condition}: one trial has no variation; all cells of the slab share its draws"
    causes = {
        f"CV of {n} trials": found.responses,
        "by release alone": found.of_release,
        "by the electrode alone": found.of_electrode,
        "if all cells released alike": found.of_one_cell,
    }
    parts = {text: variation(trial_rows(each, largest, **labels)) for text, each in causes.items()}
    return f"{condition}: " + "; ".join(
        f"{text}: "
        + ", ".join(f"{key.removeprefix('fepsp_')} {value:.2f} %" for key, value in numbers.items())
        for text, numbers in parts.items()
        if numbers
    )
