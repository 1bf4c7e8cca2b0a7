"""Do many jobs on whatever there is, and give their results in the order of the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from cellmodel.runner.jobs import Failure, Job, Outcome, attempt, failure
from cellmodel.runner.kept import Kept
from cellmodel.runner.processes import over_processes
from cellmodel.runner.ranks import Pool, over_ranks


class Runner:
    """What an experiment gives its independent pieces of work to.

    Parameters
    ----------
    jobs : int
        Processes of this machine; with 1, or one job, the work is done in this one.
    pool : Pool or None
        Ranks of an MPI run, which then do the work instead.
    kept : Kept or None
        Where the results of finished jobs stand until the run has finished; None: nowhere.
    is_resumed : bool
        Whether results that are kept there are taken.
    say : callable
        Prints a line without tearing the progress bar.

    Attributes
    ----------
    failures : list of Failure
        Jobs without a result; the others are not touched by them.
    n_resumed : int
        Jobs whose result was kept by the run that is continued.
    work : list of dict of str to float
        For each call of `map`, processor seconds that each worker was busy with jobs that succeeded.
    """

    def __init__(
        self,
        *,
        jobs: int = 1,
        pool: Pool | None = None,
        kept: Kept | None = None,
        is_resumed: bool = False,
        say: Callable[[str], None] = print,
    ) -> None:
        self._n, self._pool, self._kept, self._is_resumed, self._say = jobs, pool, kept, is_resumed, say
        self.failures: list[Failure] = []
        self.n_resumed = 0
        self.work: list[dict[str, float]] = []
        self._open: list[Generator] = []

    def map(self, function: Callable[[Any], Any], items: Sequence[Any], label: str) -> Iterator[Any]:
        """Yield ``function(item)`` of the jobs that succeed, each as soon as it and all before it are done.

        Parameters
        ----------
        function : callable
            Stands at the top of a module, so that a fresh process finds it.
        items : sequence
        label : str
            Of the progress bar and of failures.
        """
        results = self._in_order(function, items, label)
        self._open.append(results)
        return results

    def stop(self) -> None:
        """Stop what is being done: processes end."""
        for results in self._open:
            results.close()

    def forget(self) -> None:
        """Remove the results that are kept: the run has finished."""
        if self._kept is not None:
            self._kept.remove()

    def _in_order(
        self, function: Callable[[Any], Any], items: Sequence[Any], label: str
    ) -> Generator[Any, None, None]:
        jobs = [Job(k, function, item) for k, item in enumerate(items)]
        done: dict[int, Outcome] = {}
        bar, outcomes = progress_bar(label, len(jobs)), self._outcomes(jobs)
        due = 0
        work: dict[str, float] = {}
        self.work.append(work)
        try:
            for outcome in outcomes:
                done[outcome.index] = outcome
                if outcome.worker:
                    work[outcome.worker] = work.get(outcome.worker, 0.0) + outcome.seconds
                if outcome.error is not None:
                    self._report(failure(jobs[outcome.index], outcome, label, len(jobs)), bar)
                bar.update()
                while due in done:
                    first = done.pop(due)
                    due += 1
                    if first.error is None:
                        yield first.value
        finally:
            bar.close()
            outcomes.close()

    def _report(self, found: Failure, bar: Any) -> None:
        self.failures.append(found)
        bar.set_postfix_str(f"{len(self.failures)} failed")
        self._say(f"failed: {found.text}")

    def _outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield outcomes as they come: those that are kept first, then those computed now, which are kept."""
        left = []
        for job in jobs:
            found = self._kept.find(job) if self._kept and self._is_resumed else None
            if found is None:
                left.append(job)
            else:
                self.n_resumed += 1
                yield Outcome(job.index, *found)
        for outcome in self._computed(left):
            if self._kept and outcome.error is None:
                self._kept.keep(jobs[outcome.index], outcome.value)
            yield outcome

    def _computed(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        if self._pool is not None:
            return over_ranks(jobs, self._pool)
        if self._n == 1 or len(jobs) < 2:
            return map(attempt, jobs)
        return over_processes(jobs, self._n)


def progress_bar(label: str, total: int | None) -> Any:
    """Return a bar on stderr that shows the time left; nothing where stderr is no terminal."""
    from tqdm import tqdm

    is_hidden = not sys.stderr.isatty()
    return tqdm(
        desc=label, total=total, disable=is_hidden, dynamic_ncols=True, file=sys.stderr, smoothing=0.1
    )
