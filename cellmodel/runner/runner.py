"""Do many jobs on whatever there is, and give their results in the order of the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from cellmodel.errors import FileError
from cellmodel.runner.jobs import Failure, Job, Outcome, failure
from cellmodel.runner.kept import Kept
from cellmodel.runner.processes import Processes
from cellmodel.runner.ranks import Pool, Ranks
from cellmodel.runner.workers import Alone, Workers


class Runner:
    """What an experiment gives its independent pieces of work to.

    Parameters
    ----------
    jobs : int
        Processes of this machine, this one among them; with 1, or one job, it does all work.
    pool : Pool or None
        Ranks of an MPI run, which then do the work instead.
    kept : Kept or None
        Where the results of finished jobs stand until the run has finished; None: nowhere.
    is_resumed : bool
        Whether results that are kept there are taken. If there are any, other processes do all jobs: one
        may have killed the process of the run that is continued.
    say : callable
        Prints a line without tearing the progress bar.

    Attributes
    ----------
    failures : list of Failure
        Jobs without a result; the others are not touched by them.
    n_resumed : int
        Jobs whose result was kept by the run that is continued.
    work : list of dict of str to float
        Processor seconds that each worker was busy with jobs that succeeded; a new entry for each call of
        `map` that begins when no other has jobs left.
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
        self._kept, self._is_resumed, self._say = kept, is_resumed, say
        self._alone: Workers = Alone()
        self._workers: Workers = self._alone
        if pool is not None:
            self._workers = Ranks(pool)
        elif jobs > 1:
            is_continued = is_resumed and kept is not None and bool(kept.names)
            self._workers = Processes(jobs, works_here=not is_continued)
        self._has_ranks = pool is not None
        self.failures: list[Failure] = []
        self.n_resumed = 0
        self.work: list[dict[str, float]] = []
        self._n_jobs = 0
        self._batches: list[_Batch] = []

    def warm_up(self, *modules: str, at_most: int) -> None:
        """Let workers start and import modules (dotted names) while the experiment prepares its work.

        Parameters
        ----------
        *modules : str
        at_most : int
            Number of workers that will have something to do at first.
        """
        self._workers.warm_up(modules, at_most)

    def map(
        self,
        function: Callable[[Any], Any],
        items: Sequence[Any],
        label: str,
        *,
        is_beside: bool = False,
    ) -> Iterator[Any]:
        """Yield ``function(item)`` of the jobs that succeed, each as soon as it and all before it are done.

        Workers begin at once, and other calls can follow before the results of this one were taken: their
        jobs are done after those of this one, by whoever is free.

        Parameters
        ----------
        function : callable
            Stands at the top of a module, so that a fresh process finds it.
        items : sequence
        label : str
            Of the progress bar and of failures.
        is_beside : bool
            Whether the caller works too before it takes the results: then a worker does even a single job.
        """
        jobs = [Job(self._n_jobs + k, function, item) for k, item in enumerate(items)]
        self._n_jobs += len(jobs)
        if not self._batches:
            self.work.append({})
        batch = _Batch(jobs, label)
        self._batches.append(batch)
        left = [job for job in jobs if not self._find(job, batch)]
        if not self._has_ranks and len(left) < 2 and len(self._batches) == 1 and not is_beside:
            batch.workers = self._alone
        else:
            batch.workers = self._workers
        batch.workers.add(left)
        return self._in_order(batch)

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Let a worker do what is no job of the experiment, such as make a file, while this process goes on.

        Parameters
        ----------
        function : callable
            Stands at the top of a module, so that a fresh process finds it.
        *given
            Its arguments.

        Returns
        -------
        Future
            Done already where no worker has been started. A worker that is stopped, or dies, leaves
            `CancelledError` or `BrokenExecutor` in it.
        """
        return self._workers.lend(function, *given)

    def release(self) -> None:
        """Let workers end after what they are doing: nothing else will come."""
        self._workers.release()

    def stop(self) -> None:
        """Stop what is being done: processes end."""
        self._workers.stop()
        for batch in self._batches:
            batch.bar.close()

    def forget(self) -> None:
        """Remove the results that are kept: the run has finished."""
        if self._kept is not None:
            self._kept.remove()

    def _find(self, job: Job, batch: _Batch) -> bool:
        """Take the result of a job that a run which is continued has kept, if there is one."""
        found = self._kept.find(job) if self._kept and self._is_resumed else None
        if found is None:
            return False
        self.n_resumed += 1
        batch.put(Outcome(job.index, *found))
        return True

    def _in_order(self, batch: _Batch) -> Iterator[Any]:
        try:
            while batch.due:
                while batch.due[0].index not in batch.done:
                    self._settle(batch.workers.next())
                outcome = batch.done.pop(batch.due.pop(0).index)
                if outcome.error is None:
                    yield outcome.value
        finally:
            batch.bar.close()
            batch.workers.drop([job.index for job in batch.due])
            self._batches.remove(batch)

    def _settle(self, outcome: Outcome) -> None:
        """Keep an outcome for the batch that it belongs to, unless its caller wants no more."""
        batch = next((each for each in self._batches if outcome.index in each.jobs), None)
        if batch is None:
            return
        job = batch.jobs[outcome.index]
        if outcome.worker:
            work = self.work[-1]
            work[outcome.worker] = work.get(outcome.worker, 0.0) + outcome.seconds
        if outcome.error is not None:
            number, total = batch.number(job), len(batch.jobs)
            self._report(failure(job, outcome, batch.label, number=number, total=total), batch.bar)
        else:
            self._keep(job, outcome.value)
        batch.put(outcome)

    def _keep(self, job: Job, value: Any) -> None:
        """Keep a result for --resume; where that cannot be done say so once and go on without."""
        if self._kept is None:
            return
        try:
            self._kept.keep(job, value)
        except FileError as error:
            self._say(f"note: {error} Without it --resume computes this work again.")
            self._kept = None

    def _report(self, found: Failure, bar: Any) -> None:
        self.failures.append(found)
        bar.set_postfix_str(f"{len(self.failures)} failed")
        self._say(f"failed: {found.text}")


class _Batch:
    """The jobs of one call of `Runner.map`: those whose results are due, and what came of others.

    Attributes
    ----------
    jobs : dict of int to Job
        By their indices, which no job of another batch has.
    due : list of Job
        Not yet given to the caller, in order.
    done : dict of int to Outcome
    bar : progress bar
    workers : Workers
    """

    def __init__(self, jobs: Sequence[Job], label: str) -> None:
        self.jobs = {job.index: job for job in jobs}
        self.label = label
        self.due = list(jobs)
        self.done: dict[int, Outcome] = {}
        self.bar = progress_bar(label, len(jobs))
        self.workers: Workers

    def put(self, outcome: Outcome) -> None:
        """Keep the outcome of one of the jobs until it is due."""
        self.done[outcome.index] = outcome
        self.bar.update()

    def number(self, job: Job) -> int:
        """Return the place of a job, counted from 1."""
        return list(self.jobs).index(job.index) + 1


def progress_bar(label: str, total: int | None) -> Any:
    """Return a bar on stderr that shows the time left; nothing where stderr is no terminal."""
    from tqdm import tqdm

    is_hidden = not sys.stderr.isatty()
    return tqdm(
        desc=label, total=total, disable=is_hidden, dynamic_ncols=True, file=sys.stderr, smoothing=0.1
    )
