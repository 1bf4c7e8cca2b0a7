"""The processors of one machine: jobs in at most so many processes, which are kept for the whole run."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from importlib import import_module
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.runner.jobs import Job, Outcome, attempt, failed, outcome_of
from cellmodel.runner.workers import done_here

DIED = "its process died, perhaps for lack of memory. Run again with fewer --jobs."


class Processes:
    """At most ``n`` processes, which start when there is something to do.

    A process that dies takes its pool with it. The jobs that were under way are done again, each alone, so
    that only the one that kills its process fails.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._pool: ProcessPoolExecutor | None = None
        self._modules: tuple[str, ...] = ()
        self._waiting: deque[Job] = deque()
        self._running: dict[Future, Job] = {}
        self._ready: deque[Outcome] = deque()

    def warm_up(self, modules: Sequence[str], n: int) -> None:
        """Start ``n`` processes, or all, which import ``modules`` before there is anything to do."""
        self._modules = tuple(modules)
        self._pool = _pool(self._n, self._modules)
        for _ in range(min(n, self._n)):
            self._pool.submit(int)  # a process starts when something is given to it

    def add(self, jobs: Sequence[Job]) -> None:
        """Take jobs; processes that are free begin."""
        self._waiting.extend(jobs)
        self._submit()

    def next(self) -> Outcome:
        """Return the next outcome that comes."""
        while not self._ready:
            self._submit()
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                try:
                    self._ready.append(outcome_of(future, self._running[future]))
                except BrokenExecutor:
                    self._do_each_alone()
                    break
                del self._running[future]
        self._submit()
        return self._ready.popleft()

    def drop(self, indices: Collection[int]) -> None:
        """Forget jobs with these indices that no process has begun."""
        self._waiting = deque(job for job in self._waiting if job.index not in indices)

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Let a process do what is no job, after the jobs that were given; none is started for it alone."""
        if self._pool is None:
            return done_here(function, *given)
        try:
            return self._pool.submit(function, *given)
        except BrokenExecutor:
            return done_here(function, *given)

    def release(self) -> None:
        """Let processes end when they have done what they are doing, or were lent; do not wait for them."""
        for future in self._running:
            future.cancel()
        if self._pool is not None:
            self._pool.shutdown(wait=False)
            self._pool = None

    def stop(self) -> None:
        """End all processes at once, and forget all jobs."""
        self._waiting.clear()
        self._running.clear()
        if self._pool is not None:
            for process in multiprocessing.active_children():
                process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _submit(self) -> None:
        """Give jobs to processes that are free, and one more, for whoever is free while this one is busy."""
        try:
            while self._waiting and len(self._running) <= self._n:
                self._pool = self._pool or _pool(self._n, self._modules)
                self._running[self._pool.submit(attempt, self._waiting[0])] = self._waiting[0]
                self._waiting.popleft()
        except BrokenExecutor:
            self._do_each_alone()

    def _do_each_alone(self) -> None:
        """Do what was under way when a process died again, each job in a pool of its own."""
        suspects = list(self._running.values())
        self._running.clear()
        self.release()
        for job in suspects:
            with _pool(1, self._modules) as pool:
                future = pool.submit(attempt, job)
                try:
                    self._ready.append(outcome_of(future, job))
                except BrokenExecutor:
                    self._ready.append(failed(job, CellModelError(DIED)))


def _pool(n: int, modules: tuple[str, ...]) -> ProcessPoolExecutor:
    """Return a pool of ``n`` processes."""
    context = multiprocessing.get_context("spawn")  # a forked NEURON is not safe
    return ProcessPoolExecutor(n, mp_context=context, initializer=_begin, initargs=(modules,))


def _begin(modules: tuple[str, ...]) -> None:
    """End a worker at once and silently on Ctrl-C, and when the parent is gone; import modules."""
    atexit.register(gc.freeze)  # see execute
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for module in modules:
        import_module(module)


def _end_with_parent() -> None:
    """End this worker when its parent is killed: it would wait for work forever, with all its memory."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
