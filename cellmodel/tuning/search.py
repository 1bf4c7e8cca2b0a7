"""The search: least squares over the battery's errors on a surrogate, with derivatives from all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.battery.oblique import oblique_sites
from cellmodel.cell import CA1Pyramidal
from cellmodel.cell.biophysics import Biophysics
from cellmodel.errors import CellModelError
from cellmodel.morphology import load_morphology
from cellmodel.parameters import load, load_text
from cellmodel.tuning.objective import Errors, failed, measure, weights_of
from cellmodel.tuning.parameters import DATA_FILE, Tuned, rewrite, tuned_parameters
from cellmodel.tuning.surrogate import Surrogate, merge, surrogate_cell

KEPT_BRANCHES = 1  # obliques that stay unmerged, where integration is tested
WHOLE_PIECES = 1.0  # d_lambda of the surrogate: its pieces are short already


@dataclass(frozen=True)
class Task:
    """One evaluation, in a form that travels to another process.

    Parameters
    ----------
    text : str
        The biophysics file.
    which : str
        ``patch`` or ``sharp``.
    merged : Surrogate
    celsius : float, degC
    guess : float, nA
        Current for the train.
    like : Errors or None
        For the shape of a failure; None: let the failure be raised.
    """

    text: str
    which: str
    merged: Surrogate
    celsius: float
    guess: float | None
    like: Errors | None = None


def evaluate(task: Task) -> Errors:
    """Return the errors of the surrogate with some biophysics.

    Raises
    ------
    CellModelError
        If it cannot be balanced at rest and ``like`` is None.
    """
    rules = Biophysics.from_parameters(load_text(task.text, Path("tuned.toml")))
    coarse = MappingProxyType({**rules.settings, "d_lambda": WHOLE_PIECES})
    try:
        cell = surrogate_cell(task.merged, replace(rules, settings=coarse), celsius=task.celsius)
    except CellModelError:
        if task.like is None:
            raise
        return failed(task.like)
    try:
        return measure(cell, task.which, guess=task.guess, branches=KEPT_BRANCHES)
    finally:
        cell.free()


def surrogate_of(biophysics: str) -> Surrogate:
    """Return the surrogate of the shipped cell, with the tested obliques kept."""
    morphology = load_morphology()
    cell = CA1Pyramidal(morphology, biophysics=biophysics)
    parts = [part.id for part in morphology.of("oblique")]
    sections = cell.oblique
    kept = [parts[sections.index(site.segment.sec)] for site in oblique_sites(cell, n_branches=KEPT_BRANCHES)]
    cell.free()
    return merge(morphology, kept)


@dataclass
class Search:
    """A search from one biophysics file.

    Parameters
    ----------
    text : str
        The file to begin from.
    which : str
        ``patch`` or ``sharp``.
    merged : Surrogate
    fixed : collection of str
        Parameters that are not moved.
    say : callable
        Gets a line of progress.
    """

    text: str
    which: str
    merged: Surrogate
    fixed: Sequence[str] = ()
    say: Callable[[str], None] = print

    def __post_init__(self) -> None:
        self.parameters: tuple[Tuned, ...] = tuple(p for p in tuned_parameters() if p.name not in self.fixed)
        self.weights = weights_of(self.which)
        self.celsius = load("battery/battery.toml").value("celsius")
        self.first = evaluate(Task(self.text, self.which, self.merged, self.celsius, None))
        self.best = (self.first.cost(self.weights), self.text, self.first)

    def text_at(self, shares: np.ndarray) -> str:
        """Return the biophysics file at a point of the search."""
        values = {p.name: p.from_share(x) for p, x in zip(self.parameters, shares, strict=True)}
        return rewrite(self.text, values, self.parameters)

    def run(self, start: Mapping[str, float], *, jobs: int) -> str:
        """Search from the values ``start`` and return the best biophysics file that was seen."""
        from scipy.optimize import least_squares

        search = load(DATA_FILE).values_of("search")
        shares = np.array([p.to_share(start[p.name]) for p in self.parameters])
        self.say(self._line("start", self.best[0], self.first))
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:

            def workers(function: Callable[..., Any], points: Iterable[np.ndarray]) -> list[np.ndarray]:
                """Evaluate points side by side; scipy's own function is left aside for ours."""
                return self._residuals_of(list(points), pool.map)

            least_squares(
                lambda x: self._residuals_of([x], map)[0],
                shares,
                bounds=(0.0, 1.0),
                diff_step=search["difference"],
                x_scale="jac",
                max_nfev=int(search["evaluations"]),
                workers=workers,
            )
        return self.best[1]

    def _residuals_of(self, points: list[np.ndarray], run: Callable[..., Any]) -> list[np.ndarray]:
        texts = [self.text_at(np.clip(point, 0.0, 1.0)) for point in points]
        guess, like = self.best[2].train_current, self.first
        tasks = [Task(text, self.which, self.merged, self.celsius, guess, like) for text in texts]
        found = []
        for text, errors in zip(texts, run(evaluate, tasks), strict=True):
            cost = errors.cost(self.weights)
            if cost < self.best[0]:
                self.best = (cost, text, errors)
                self.say(self._line("better", cost, errors))
            found.append(errors.residuals(self.weights))
        return found

    def _line(self, what: str, cost: float, errors: Errors) -> str:
        scores = ", ".join(f"{test} {score:.2f}" for test, score in errors.scores().items())
        return f"{what}: cost {cost:.3f} ({scores}; {errors.missing} features missing)"
