"""The search: least squares over the battery's errors on a surrogate, with derivatives from all cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from cellmodel.tuning.parameters import DATA_FILE, Tuned, read_values, rewrite, tuned_parameters
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
    merged : Surrogate or None
        None: the whole cell.
    celsius : float, degC
    guess : float, nA
        Current for the train.
    like : Errors or None
        For the shape of a failure; None: let the failure be raised.
    """

    text: str
    which: str
    merged: Surrogate | None
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
    try:
        cell = _built(task, rules)
    except CellModelError:
        if task.like is None:
            raise
        return failed(task.like)
    try:
        branches = None if task.merged is None else KEPT_BRANCHES
        return measure(cell, task.which, guess=task.guess, branches=branches)
    finally:
        cell.free()


def _built(task: Task, rules: Biophysics) -> CA1Pyramidal:
    if task.merged is None:
        return CA1Pyramidal(biophysics=rules, celsius=task.celsius)
    coarse = MappingProxyType({**rules.settings, "d_lambda": WHOLE_PIECES})
    return surrogate_cell(task.merged, replace(rules, settings=coarse), celsius=task.celsius)


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

    It goes in rounds. A round measures the whole cell once, then searches on the surrogate, whose errors
    are corrected by what they differed from the whole cell's where the round began.

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
        self.guess: float | None = None

    def run(self, *, jobs: int) -> str:
        """Return the file with the lowest cost of the whole cell that was found."""
        text = self.text
        whole = self._whole(text)
        best = (whole.cost(self.weights), text)
        self.say(self._line("start, whole cell", whole))
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            for k in range(int(load(DATA_FILE).value("search.rounds"))):
                text = self._round(text, whole, pool)
                whole = self._whole(text)
                self.say(self._line(f"round {k + 1}, whole cell", whole))
                best = min(best, (whole.cost(self.weights), text))
        return best[1]

    def _whole(self, text: str) -> Errors:
        errors = evaluate(Task(text, self.which, None, self.celsius, self.guess))
        self.guess = errors.train_current
        return errors

    def _round(self, text: str, whole: Errors, pool: ProcessPoolExecutor) -> str:
        """Search from ``text`` on the corrected surrogate and return the best file it met."""
        from scipy.optimize import least_squares

        here = evaluate(Task(text, self.which, self.merged, self.celsius, self.guess))
        trial = _Trials(self, text, whole, whole.minus(here))
        start = read_values(text, self.parameters)
        least_squares(
            lambda x: trial.residuals([x], map)[0],
            np.array([p.to_share(start[p.name]) for p in self.parameters]),
            bounds=(0.0, 1.0),
            diff_step=load(DATA_FILE).value("search.difference"),
            max_nfev=int(load(DATA_FILE).value("search.evaluations")),
            workers=lambda _, points: trial.residuals(list(points), pool.map),
        )
        return trial.best[1]

    def text_at(self, shares: np.ndarray) -> str:
        """Return the biophysics file at a point of the search."""
        values = {p.name: p.from_share(x) for p, x in zip(self.parameters, shares, strict=True)}
        return rewrite(self.text, values, self.parameters)

    def _line(self, what: str, errors: Errors) -> str:
        scores = ", ".join(f"{test} {score:.2f}" for test, score in errors.scores().items())
        cost = errors.cost(self.weights)
        return f"{what}: cost {cost:.3f} ({scores}; {errors.missing} features missing)"


class _Trials:
    """The points of one round: their residuals, and the best of them."""

    def __init__(
        self, search: Search, text: str, whole: Errors, correction: Mapping[str, np.ndarray]
    ) -> None:
        self.search, self.correction, self.like = search, correction, whole
        self.best = (whole.cost(search.weights), text)

    def residuals(self, points: list[np.ndarray], run: Callable[..., Any]) -> list[np.ndarray]:
        """Return the residuals at some points, computed by ``run``, a kind of `map`."""
        search = self.search
        texts = [search.text_at(np.clip(point, 0.0, 1.0)) for point in points]
        tasks = [
            Task(text, search.which, search.merged, search.celsius, search.guess, self.like) for text in texts
        ]
        found = []
        for text, errors in zip(texts, run(evaluate, tasks), strict=True):
            corrected = errors.plus(self.correction)
            cost = corrected.cost(search.weights)
            if cost < self.best[0]:
                self.best = (cost, text)
                search.say(search._line("  surrogate", corrected))
            found.append(corrected.residuals(search.weights))
        return found
