"""The processors of one machine: jobs in fresh processes, at most so many at once."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from cellmodel.errors import CellModelError
from cellmodel.runner.jobs import Job, Outcome, attempt, failed, outcome_of

DIED = "its process died, perhaps for lack of memory. Run again with fewer --jobs."


def over_processes(jobs: Sequence[Job], n: int) -> Iterator[Outcome]:
    """Yield the outcome of each job as it comes, done by ``n`` processes.

    A process that dies takes its pool with it. The jobs that were under way are done again, each alone, so
    that only the one that kills its process fails.
    """
    waiting = deque(jobs)
    while waiting:
        suspects = yield from _in_pool(waiting, n)
        for job in suspects:
            alone = deque([job])
            for _ in (yield from _in_pool(alone, 1)):
                yield failed(job, CellModelError(DIED))


def _in_pool(waiting: deque[Job], n: int) -> Generator[Outcome, None, list[Job]]:
    """Yield outcomes until none is waiting or a process dies; return the jobs under way then."""
    context = multiprocessing.get_context("spawn")  # a forked NEURON is not safe
    pool = ProcessPoolExecutor(min(n, len(waiting)), mp_context=context, initializer=_die_on_interrupt)
    running: dict[Future, Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < n:
                running[pool.submit(attempt, waiting[0])] = waiting[0]
                waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                outcome = outcome_of(future, running[future])
                del running[future]
                yield outcome
    except BrokenProcessPool:
        return list(running.values())
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return []


def _die_on_interrupt() -> None:
    """End a worker at once and silently on Ctrl-C; the parent says what is to be said."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
