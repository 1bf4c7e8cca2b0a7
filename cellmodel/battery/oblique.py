"""Integration in oblique dendrites: how inputs to one place add up, and the dendritic spike they evoke."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cellmodel.battery.dendrite import record_inputs, trunk_origin
from cellmodel.battery.scores import Outcome, score_feature, spikes_of
from cellmodel.parameters import load
from cellmodel.traces import read_only

DATA_FILE = "battery/oblique.toml"
SAMPLING = 0.025  # ms, in which the steepest rise is read
VERDICTS = ("usable", "no spike", "always a spike", "somatic spike")
USABLE, NO_SPIKE, ALWAYS_SPIKE, SOMATIC_SPIKE = VERDICTS
Sweep = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Site:
    """A place on a terminal oblique: ``kind`` is ``proximal`` or ``distal``, ``along`` um from its start."""

    name: str
    kind: str
    along: float
    segment: Any


@dataclass(frozen=True)
class Summation:
    """Response to some inputs.

    Parameters
    ----------
    amplitude : float, mV
        Of the EPSP at the soma.
    derivative : float, mV/ms
        Steepest rise at the soma.
    time_to_peak : float, ms
        From the first input.
    t, v_soma, v_site : array, (n_t,) ms and mV
    """

    amplitude: float
    derivative: float
    time_to_peak: float
    t: np.ndarray
    v_soma: np.ndarray
    v_site: np.ndarray


@dataclass(frozen=True)
class SiteResult:
    """What was found at one site.

    Parameters
    ----------
    name, kind : str
    along : float, um
    verdict : str
        ``usable``; or why not: ``no spike``, ``always a spike``, ``somatic spike``.
    weight : float, uS
        Of one AMPA input; NaN where not usable.
    synchronous, asynchronous : mapping of int to Summation
        By number of inputs.
    """

    name: str
    kind: str
    along: float
    verdict: str
    weight: float = math.nan
    synchronous: Mapping[int, Summation] = field(default_factory=dict)
    asynchronous: Mapping[int, Summation] = field(default_factory=dict)

    def expected(self, n_inputs: int) -> float:
        """Return the EPSP (mV) that so many inputs would make if they just added up."""
        return n_inputs * self.synchronous[1].amplitude

    def nonlinearity(self, n_inputs: int, *, is_synchronous: bool = True) -> float:
        """Return the measured EPSP in percent of the expected one."""
        found = self.synchronous if is_synchronous else self.asynchronous
        return 100.0 * found[n_inputs].amplitude / self.expected(n_inputs)


@dataclass(frozen=True)
class ObliqueOutcome(Outcome):
    """Oblique integration, and ``sites``: what was found at each, usable or not."""

    sites: tuple[SiteResult, ...] = ()


def oblique(
    cell: Any, *, n_branches: int | None = None, counts: Sequence[int] | None = None
) -> ObliqueOutcome:
    """Score the integration of inputs to oblique dendrites.

    Parameters
    ----------
    cell : CA1Pyramidal
    n_branches : int, optional
        Take this many of the branches, evenly among them; by default all.
    counts : sequence of int, optional
        Numbers of inputs, synchronous and asynchronous; by default only those that the score needs
        (1, 5, 6). The figure shows 1 to 10.

    Returns
    -------
    ObliqueOutcome
        Features are means over usable sites; where there is none, all are missing.
    """
    results = [measure_site(cell, site, counts=counts) for site in oblique_sites(cell, n_branches=n_branches)]
    return score_sites(results)


def oblique_sites(cell: Any, *, n_branches: int | None = None) -> list[Site]:
    """Return the sites on terminal obliques that start near the soma, branch by branch."""
    place = load(DATA_FILE).values_of("place")
    origin, farthest = trunk_origin(cell), place["farthest"]
    terminal = [section for section in cell.oblique if not section.children()]
    branches: list[Any] = []
    while not branches and farthest <= place["limit"]:
        branches = [s for s in terminal if cell.path_distance(s(0)) - origin < farthest]
        farthest += place["widening"]
    if n_branches is not None and n_branches < len(branches):
        branches = [branches[round(k)] for k in np.linspace(0, len(branches) - 1, n_branches)]
    return [site for section in branches for site in _sites_on(section)]


def _sites_on(section: Any) -> list[Site]:
    """Return the published test's choice: the upper middle of the near segments, the lower of the far."""
    place = load(DATA_FILE).group("place")
    name = section.name().rpartition(".")[2]
    near, far = (_inside(section, *place[kind].value) for kind in ("proximal", "distal"))
    sites = []
    if near:
        sites.append(Site(name, "proximal", *near[min(math.ceil(len(near) / 2), len(near) - 1)]))
    end = place["end"].value
    middle = far[math.ceil(len(far) / 2) - 1] if far else (end * section.L, section(end))
    return [*sites, Site(name, "distal", *middle)]


def _inside(section: Any, low: float, high: float) -> list[tuple[float, Any]]:
    """Return distance along a section (um) and segment, between ``low`` and ``high`` um."""
    along = [(segment.x * section.L, segment) for segment in section]
    return [(distance, segment) for distance, segment in along if low < distance < high]


def measure_site(cell: Any, site: Site, *, counts: Sequence[int] | None = None) -> SiteResult:
    """Size the inputs to one site and record how they add up.

    Parameters
    ----------
    cell : CA1Pyramidal
    site : Site
    counts : sequence of int, optional
        See `oblique`.

    Returns
    -------
    SiteResult
    """
    inputs = load(DATA_FILE).values_of("inputs")
    five = int(inputs["threshold"])
    verdict, weight = find_weight(lambda n, w: _spikes(cell, site, n, w), five)
    if verdict != USABLE:
        return SiteResult(site.name, site.kind, site.along, verdict)
    more = set(counts or ())

    def sum_up_all(numbers: set[int], interval: str) -> dict[int, Summation]:
        timing = {"interval": inputs[interval], "after": inputs["after"]}
        sweeps = {n: _record(cell, site, n, weight, **timing) for n in sorted(numbers)}
        return {n: sum_up(*sweep, first=inputs["rest"]) for n, sweep in sweeps.items()}

    synchronous = sum_up_all({1, five, five + 1} | more, "interval")
    if spikes_of(synchronous[five].t, synchronous[five].v_soma).size:  # later than the search looks
        return SiteResult(site.name, site.kind, site.along, SOMATIC_SPIKE)
    asynchronous = sum_up_all({1, five} | more, "interval_asynchronous")
    return SiteResult(site.name, site.kind, site.along, verdict, weight, synchronous, asynchronous)


def find_weight(spikes: Callable[[int, float], tuple[bool, bool]], five: int) -> tuple[str, float]:
    """Find the weight with which five inputs, but not four, evoke a dendritic spike.

    Parameters
    ----------
    spikes : callable
        Says for a number of inputs and a weight (uS) whether the dendrite and whether the soma spikes.
    five : int
        The number at threshold.

    Returns
    -------
    tuple of str and float (uS)
        The verdict, and the weight in the middle of the range (NaN where not usable).
    """
    inputs = load(DATA_FILE).values_of("inputs")
    smallest = _smallest(lambda weight: spikes(five, weight)[0], inputs["first_weight"])
    if math.isnan(smallest):
        return NO_SPIKE, math.nan
    if spikes(five - 1, smallest)[0]:
        return ALWAYS_SPIKE, math.nan
    largest = _smallest(lambda weight: spikes(five - 1, weight)[0], smallest * five / (five - 1))
    largest = inputs["highest_weight"] if math.isnan(largest) else largest
    weight = smallest * (largest / smallest) ** inputs["position"]
    return (SOMATIC_SPIKE, math.nan) if spikes(five, weight)[1] else (USABLE, weight)


def _smallest(is_enough: Callable[[float], bool], start: float) -> float:
    """Return the smallest weight (uS) that is enough, searched from ``start``; NaN if none is."""
    inputs = load(DATA_FILE).values_of("inputs")
    low = high = start
    if is_enough(start):
        while low > inputs["lowest_weight"]:
            low, high = low / 2, low
            if not is_enough(low):
                break
    else:
        while True:
            low, high = high, 2 * high
            if low > inputs["highest_weight"]:
                return math.nan
            if is_enough(high):
                break
    while high / low > inputs["precision"]:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _record(cell: Any, site: Site, n_inputs: int, weight: float, *, interval: float, after: float) -> Sweep:
    rest = load(DATA_FILE).value("inputs.rest")
    ampa, nmda = load(DATA_FILE).values_of("ampa"), load(DATA_FILE).values_of("nmda")
    times = [rest + k * interval for k in range(n_inputs)]
    return record_inputs(
        cell,
        site.segment,
        times,
        length=times[-1] + after,
        ampa={**ampa, "g": weight},
        nmda={**nmda, "g": weight / nmda["ratio"]},
    )


def _spikes(cell: Any, site: Site, n_inputs: int, weight: float) -> tuple[bool, bool]:
    """Return whether the dendrite and whether the soma spikes."""
    inputs = load(DATA_FILE).values_of("inputs")
    interval, after = inputs["interval"], inputs["after_search"]
    t, v_soma, v_site = _record(cell, site, n_inputs, weight, interval=interval, after=after)
    dendrite, soma = (spikes_of(t, v).size > 0 for v in (v_site, v_soma))
    return dendrite, soma


def sum_up(t: np.ndarray, v_soma: np.ndarray, v_site: np.ndarray, *, first: float) -> Summation:
    """Measure the EPSP at the soma.

    Parameters
    ----------
    t, v_soma, v_site : array, (n_t,) ms and mV
    first : float, ms
        Time of the first input; the voltage there is the baseline.

    Returns
    -------
    Summation
    """
    even = np.arange(first, t[-1], SAMPLING)
    v = np.interp(even, t, v_soma)
    peak = int(np.argmax(v))
    return Summation(
        amplitude=float(v[peak] - v[0]),
        derivative=float(np.diff(v).max() / SAMPLING),
        time_to_peak=float(even[peak] - first),
        t=read_only(t),
        v_soma=read_only(v_soma),
        v_site=read_only(v_site),
    )


def score_sites(results: Sequence[SiteResult]) -> ObliqueOutcome:
    """Score sites that are measured already."""
    five = int(load(DATA_FILE).value("inputs.threshold"))
    usable = [result for result in results if result.verdict == USABLE]
    values = {
        "threshold": [one.expected(five) for one in usable],
        "threshold_proximal": [one.expected(five) for one in usable if one.kind == "proximal"],
        "threshold_distal": [one.expected(five) for one in usable if one.kind == "distal"],
        "nonlinearity": [one.nonlinearity(five) for one in usable],
        "nonlinearity_above": [one.nonlinearity(five + 1) for one in usable],
        "peak_derivative": [one.synchronous[five].derivative for one in usable],
        "amplitude": [one.synchronous[five].amplitude for one in usable],
        "time_to_peak": [one.synchronous[five].time_to_peak for one in usable],
        "nonlinearity_asynchronous": [one.nonlinearity(five, is_synchronous=False) for one in usable],
    }
    features = tuple(
        score_feature(name, float(np.mean(values[name])) if values[name] else math.nan, target)
        for name, target in load(DATA_FILE).group("target").items()
    )
    return ObliqueOutcome("oblique", features, notices=_notices(results), sites=tuple(results))


def _notices(results: Sequence[SiteResult]) -> tuple[str, ...]:
    counts = {verdict: sum(one.verdict == verdict for one in results) for verdict in VERDICTS}
    unused = ", ".join(f"{n}: {verdict}" for verdict, n in counts.items() if n and verdict != USABLE)
    return (f"{counts[USABLE]} of {len(results)} sites used" + (f" ({unused})" if unused else ""),)
