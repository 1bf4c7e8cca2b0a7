"""What does the jobs, as the runner sees it, and its simplest kind: this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from cellmodel.runner.jobs import Job, Outcome, attempt


class Workers(Protocol):
    """Whoever does jobs, the first one given first; jobs may be added at any time."""

    def warm_up(self, modules: Sequence[str], n: int) -> None:
        """Let ``n`` workers, or all, start and import these before there is anything to do."""

    def add(self, jobs: Sequence[Job]) -> None:
        """Take jobs; whoever is free begins."""

    def next(self) -> Outcome:
        """Return the outcome of one of the jobs, waiting for it; there must be one left."""

    def drop(self, indices: Collection[int]) -> None:
        """Forget jobs with these indices that nobody has begun."""

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Let somebody who is free do what is no job, and this process what nobody else can."""

    def release(self) -> None:
        """Let workers end that are of this machine, after what they are doing: nothing will come."""

    def stop(self) -> None:
        """End what is being done, as far as that can be."""


class Alone:
    """The process itself: each job is done when its outcome is asked for."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()

    def warm_up(self, modules: Sequence[str], n: int) -> None:
        """Do nothing: this process imports what it needs."""

    def add(self, jobs: Sequence[Job]) -> None:
        """Take jobs."""
        self._waiting.extend(jobs)

    def next(self) -> Outcome:
        """Do the job that waits longest."""
        return attempt(self._waiting.popleft())

    def drop(self, indices: Collection[int]) -> None:
        """Forget jobs with these indices."""
        self._waiting = deque(job for job in self._waiting if job.index not in indices)

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Do it at once: there is nobody else."""
        return done_here(function, *given)

    def release(self) -> None:
        """Do nothing: there is nobody else."""

    def stop(self) -> None:
        """Forget all jobs."""
        self._waiting.clear()


def done_here(function: Callable[..., Any], *given: Any) -> Future:
    """Do something in this process, and return it as if another one had done it."""
    future: Future = Future()
    try:
        future.set_result(function(*given))
    except Exception as error:
        future.set_exception(error)
    return future
