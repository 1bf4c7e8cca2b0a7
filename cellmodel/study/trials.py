"""Trials with random release: field EPSPs that differ by chance, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_rows, mean_rows
from cellmodel.recording import Measure
from cellmodel.slice import Neighbors, Response, Slice, amplitude, window_of
from cellmodel.slice.field import transmission_delay
from cellmodel.study.field import calcium_rows, is_silent, values_of
from cellmodel.units import PERCENT, from_seconds

TRIAL_SECONDS = 30.0
"""Between trials, as between the test pulses of an LTP experiment."""
VARYING = ("fepsp_amplitude", "fepsp_slope")
"""Measures whose variation is said."""

Draw = tuple[Response, np.ndarray, np.ndarray]
"""A response of the computed cell, and what `Slice.watch` keeps of it for its neighbors."""


@dataclass(frozen=True)
class Trials:
    """Responses of one condition.

    Attributes
    ----------
    responses : tuple of Response
        Their field is that of a slab in which every cell has draws of its own. All else (voltage of the
        soma, calcium, cascade) is that of the one cell that is computed.
    of_one_cell : tuple of Response
        The same with the draws of the computed cell in all cells of the slab.
    n_effective : float
        How many equal cells the field is worth: `Neighbors.effective_number`.
    """

    responses: tuple[Response, ...]
    of_one_cell: tuple[Response, ...]
    n_effective: float

    @property
    def largest(self) -> float:
        """Largest amplitude of a trial, mV."""
        return max(amplitude(response) for response in self.responses)

    @property
    def amplitudes(self) -> tuple[np.ndarray, np.ndarray]:
        """Amplitudes of ``of_one_cell`` and of ``responses``, (n,) mV each."""
        alike, apart = ([amplitude(r) for r in each] for each in (self.of_one_cell, self.responses))
        return np.array(alike), np.array(apart)


def respond(rig: Slice, neighbors: Neighbors, n: int) -> Iterator[Draw]:
    """Yield ``n`` responses to the test pulse of a slice with random release."""
    for _ in range(n):
        yield rig.watch("test", neighbors.patterns)
        rig.pass_time(from_seconds(TRIAL_SECONDS) - window_of(np.zeros(1)))


def start_ms(number: int) -> float:
    """Return when the sweep of the trial with this number, from 0, begins."""
    return number * from_seconds(TRIAL_SECONDS)


def trials_of(neighbors: Neighbors, draws: Sequence[Draw]) -> Trials:
    """Return the trials of a slab whose cells take the draws each in an order of its own.

    One draw alone is a slab in which all cells have it.
    """
    responses = tuple(response for response, _, _ in draws)
    kept = [(t, sums) for _, t, sums in draws]
    fields = neighbors.fields(kept, responses[0].t - transmission_delay())
    mixed = tuple(replace(one, field=field) for one, field in zip(responses, fields, strict=True))
    return Trials(mixed, responses, neighbors.effective_number(kept))


def trial_rows(responses: Sequence[Response], largest: float, **labels: Any) -> list[Measure]:
    """Return each measure's mean over trials, with their number and standard deviation.

    Where the mean field is nothing beside the ``largest`` amplitude (mV), there is no row but its amplitude.
    """
    mean = replace(responses[0], field=np.mean([one.field for one in responses], axis=0))
    silent = is_silent(mean, largest)
    each = [
        fepsp_rows(values_of(one, silent=silent), **labels) + calcium_rows(one, **labels) for one in responses
    ]
    return mean_rows(each, experiment=labels["experiment"])


def variation(rows: Sequence[Measure]) -> dict[str, float]:
    """Return the coefficients of variation over trials (%) of the measures in `VARYING`."""
    seen = (row for row in rows if row.measure in VARYING and row.value > 0)
    return {row.measure: PERCENT * (row.sd or 0.0) / row.value for row in seen}


def variation_text(rows: Sequence[Measure], of_one_cell: Sequence[Measure]) -> str:
    """Say by how much the fEPSP varies from trial to trial, and one cell's part of it."""
    own, shared = variation(rows), variation(of_one_cell)
    (row,) = [row for row in rows if row.measure == "fepsp_amplitude"]
    if row.n == 1:
        return f"{row.condition}: one trial has no variation; all cells of the slab share its draws"
    names = {name: name.removeprefix("fepsp_") for name in own}
    apart = ", ".join(f"{name} {own[key]:.2f} %" for key, name in names.items())
    alike = ", ".join(f"{name} {shared[key]:.1f} %" for key, name in names.items())
    return f"{row.condition}: CV of {row.n} trials: {apart} (if all cells released alike: {alike})"
