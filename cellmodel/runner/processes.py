"""The processors of one machine: jobs in so many processes, this one among them, kept for the whole run."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from importlib import import_module
from typing import Any

from cellmodel.runner.jobs import Job, Outcome, attempt, outcome_of
from cellmodel.runner.shared import Shared
from cellmodel.runner.workers import done_here


class Processes(Shared):
    """``n`` processes, of which others than this one start when there is something to do.

    A process that dies takes its pool with it. The jobs that were under way are done again, each alone, so
    that only the one that kills its process fails. One that kills this process ends the run; when that is
    continued, others do all jobs.

    Parameters
    ----------
    n : int
        At least 2.
    works_here : bool
        Whether this process is one of them.
    """

    def __init__(self, n: int, *, works_here: bool = True) -> None:
        super().__init__(n - 1 if works_here else n, works_here=works_here)
        self._pool: ProcessPoolExecutor | None = None
        self._modules: tuple[str, ...] = ()

    def warm_up(self, modules: Sequence[str], n: int) -> None:
        """Start ``n`` processes, or all, which import ``modules`` before there is anything to do."""
        self._modules = tuple(modules)
        for _ in range(min(n, self._n_others)):
            self.submit(int)  # a process starts when something is given to it

    def submit(self, function: Callable[..., Any], *given: Any) -> Future:
        """Give something to the pool; to a new one where a process of it has died."""
        try:
            self._pool = self._pool or _pool(self._n_others, self._modules)
            return self._pool.submit(function, *given)
        except BrokenExecutor:
            self._pool = _pool(self._n_others, self._modules)
            return self._pool.submit(function, *given)

    def settle(self, job: Job) -> Outcome:
        """Do what was under way when a process died again, in a process of its own."""
        with _pool(1, self._modules) as pool:
            try:
                return outcome_of(pool.submit(attempt, job), job)
            except BrokenExecutor:
                return super().settle(job)

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Let a process do what is no job, after the jobs that were given; none is started for it alone."""
        return done_here(function, *given) if self._pool is None else self.submit(function, *given)

    def release(self) -> None:
        """Let processes end when they have done what they are doing, or were lent; do not wait for them."""
        self.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=False)
            self._pool = None

    def stop(self) -> None:
        """End all processes at once, and forget all jobs."""
        self.clear()
        if self._pool is not None:
            for process in multiprocessing.active_children():
                process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


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
