"""What is measured first in a cell: rest, input resistance, time constant, sag, firing, dendrites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.analysis import StepResponse, mean_over, step_response
from cellmodel.battery.attenuation import Epsp, trunk_epsp
from cellmodel.battery.dendrite import nearest_trunk, trunk_origin
from cellmodel.battery.scores import spikes_of
from cellmodel.parameters import load
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.traces import Recording

DATA_FILE = "battery/passive.toml"
STEADY_SHARE = 0.1  # of the step, at its end
SITE = "site"


@dataclass(frozen=True)
class PassiveOutcome:
    """Response to a small hyperpolarizing step, and its ``sweep``."""

    response: StepResponse
    sweep: Recording


@dataclass(frozen=True)
class FiringOutcome:
    """Spikes counted in every step, and the ``sweeps``.

    Parameters
    ----------
    currents, rates : tuple, (n_currents,) nA and Hz
    sweeps : tuple of Recording
    """

    currents: tuple[float, ...]
    rates: tuple[float, ...]
    sweeps: tuple[Recording, ...]

    @property
    def is_spontaneous(self) -> bool:
        """Whether the cell fires without current."""
        return any(rate > 0 for current, rate in zip(self.currents, self.rates, strict=True) if current <= 0)

    @property
    def is_firing(self) -> bool:
        """Whether the cell fires at some current."""
        return max(self.rates) > 0


@dataclass(frozen=True)
class DendriteOutcome:
    """Responses to current into the trunk.

    Parameters
    ----------
    path : float, um
    r_in : float, MOhm
        Where the current goes in.
    transfer : float, 1
        Steady response of the soma over that of the dendrite.
    hyperpolarized, depolarized : Recording
        ``v_soma`` and ``v_site``.
    """

    path: float
    r_in: float
    transfer: float
    hyperpolarized: Recording
    depolarized: Recording


def passive(cell: Any) -> PassiveOutcome:
    """Measure rest, input resistance, time constant and sag at the soma.

    Parameters
    ----------
    cell : CA1Pyramidal

    Returns
    -------
    PassiveOutcome
    """
    step = load(DATA_FILE).values_of("step")
    sweep = somatic_step(cell, CurrentStep(step["amplitude"], step["rest"], step["duration"], step["after"]))
    response = step_response(
        sweep.t,
        sweep["v_soma"],
        start=step["rest"],
        duration=step["duration"],
        amplitude=step["amplitude"],
    )
    return PassiveOutcome(response, sweep)


def firing(cell: Any, *, currents: Sequence[float] | None = None) -> FiringOutcome:
    """Measure the rate of firing against current into the soma.

    Parameters
    ----------
    cell : CA1Pyramidal
    currents : sequence of float, nA, optional
        By default those of the data file, 0 among them.

    Returns
    -------
    FiringOutcome
    """
    step = load(DATA_FILE).values_of("firing")
    chosen = tuple(load(DATA_FILE)["firing.currents"].value if currents is None else currents)
    start, duration = step["rest"], step["duration"]
    sweeps = tuple(somatic_step(cell, CurrentStep(current, start, duration, 0.0)) for current in chosen)
    return FiringOutcome(chosen, tuple(spike_rate(sweep, start, duration) for sweep in sweeps), sweeps)


def spike_rate(sweep: Recording, start: float, duration: float) -> float:
    """Return the somatic spikes of a step per second (Hz)."""
    times = spikes_of(sweep.t, sweep["v_soma"])
    return float(np.sum((times >= start) & (times < start + duration))) * 1e3 / duration


def dendrite(cell: Any, path: float) -> DendriteOutcome:
    """Inject current into the trunk near ``path`` um and record there and at the soma.

    Parameters
    ----------
    cell : CA1Pyramidal
    path : float, um

    Returns
    -------
    DendriteOutcome
    """
    step = load(DATA_FILE).values_of("step")
    found, segment = nearest_trunk(cell, path)

    def inject(amplitude: float) -> Recording:
        timing = CurrentStep(amplitude, step["rest"], step["duration"], step["after"])
        return somatic_step(cell, timing, sites={SITE: segment}, electrode=segment)

    down = inject(step["amplitude"])
    end = step["rest"] + step["duration"]
    local, somatic = (
        mean_over(down.t, down[name], end - STEADY_SHARE * step["duration"], end)
        - float(np.interp(step["rest"], down.t, down[name]))
        for name in (f"v_{SITE}", "v_soma")
    )
    up = inject(load(DATA_FILE).value("dendrite.amplitude"))
    return DendriteOutcome(found, local / step["amplitude"], somatic / local, down, up)


def oblique_epsps(cell: Any, *, n_branches: int | None = None) -> tuple[Epsp, ...]:
    """Record EPSPs that start in the middle of terminal obliques.

    Parameters
    ----------
    cell : CA1Pyramidal
    n_branches : int, optional
        Evenly among all; by default that of the data file.

    Returns
    -------
    tuple of Epsp
        ``path`` is that of the place itself, from the beginning of the trunk.
    """
    wanted = int(load(DATA_FILE).value("dendrite.branches")) if n_branches is None else n_branches
    origin = trunk_origin(cell)
    terminal = [section(0.5) for section in cell.oblique if not section.children()]
    places = sorted(
        ((cell.path_distance(segment) - origin, segment) for segment in terminal), key=lambda p: p[0]
    )
    if wanted < len(places):
        places = [places[round(k)] for k in np.linspace(0, len(places) - 1, wanted)]
    return tuple(trunk_epsp(cell, path, segment) for path, segment in places)
