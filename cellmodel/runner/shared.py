"""Jobs shared between this process and others: whoever is free takes the next one."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import BrokenExecutor, Future
from functools import partial
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.runner.jobs import Job, Outcome, attempt, failed, outcome_of

DIED = "its process died, perhaps for lack of memory. Run again with fewer --jobs."


class Shared:
    """Workers that an executor has, and this process, which does a job while it waits for outcomes.

    A worker gets its next job when it has ended one, also while this process is busy with its own.

    Parameters
    ----------
    n_others : int
        Workers of the executor.
    works_here : bool
        Whether this process does jobs too.
    """

    def __init__(self, n_others: int, *, works_here: bool = True) -> None:
        self._n_others, self._works_here = n_others, works_here
        self._n_free = n_others
        self._waiting: deque[Job] = deque()
        self._lock = threading.RLock()  # the executor's thread takes jobs too
        self._done = queue.SimpleQueue[Outcome | Job]()  # a job: its worker died

    def submit(self, function: Callable[..., Any], *given: Any) -> Future:
        """Give something to the executor."""
        raise NotImplementedError

    def settle(self, job: Job) -> Outcome:
        """Return what becomes of a job whose worker died: it fails."""
        return failed(job, CellModelError(DIED))

    def add(self, jobs: Sequence[Job]) -> None:
        """Take jobs; workers that are free begin."""
        with self._lock:
            self._waiting.extend(jobs)
        self._send()

    def next(self) -> Outcome:
        """Return an outcome that is there; without one, do a job; without one, wait."""
        self._send()
        if self._works_here and self._done.empty():
            job = self._take()
            if job is not None:
                return attempt(job)
        found = self._done.get()
        return self.settle(found) if isinstance(found, Job) else found

    def drop(self, indices: Collection[int]) -> None:
        """Forget jobs with these indices that nobody has begun."""
        with self._lock:
            self._waiting = deque(job for job in self._waiting if job.index not in indices)

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Let a worker do what is no job, after what it was given."""
        return self.submit(function, *given)

    def clear(self) -> None:
        """Forget all jobs that nobody has begun."""
        with self._lock:
            self._waiting.clear()

    def _take(self) -> Job | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _send(self) -> None:
        """Give jobs to workers that are free."""
        with self._lock:
            while self._n_free and self._waiting:
                future = self.submit(attempt, self._waiting[0])
                job = self._waiting.popleft()
                self._n_free -= 1
                future.add_done_callback(partial(self._finish, job))

    def _finish(self, job: Job, future: Future) -> None:
        """Take an outcome, in the executor's thread; a job whose worker died is left to `next`."""
        with self._lock:
            self._n_free += 1
        try:
            self._done.put(outcome_of(future, job))
        except BrokenExecutor:
            self._done.put(job)
            return
        self._send()
