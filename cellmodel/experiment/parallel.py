"""Do independent pieces of work in several processes, with the results in the order of the work."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from cellmodel.errors import CellModelError


def ordered_map(function: Callable[[Any], Any], items: Iterable[Any], *, jobs: int) -> Iterator[Any]:
    """Yield ``function(item)`` for each item, in order, as soon as it and all before it are done.

    Parameters
    ----------
    function : callable
        Defined at the top of a module; it and the items travel to fresh processes.
    items : iterable
    jobs : int
        Number of processes; with 1 the work is done in this one.

    Raises
    ------
    CellModelError
        If a process dies; an error raised in a process is raised here.
    """
    work = list(items)
    if jobs == 1 or len(work) < 2:
        yield from map(function, work)
        return
    context = multiprocessing.get_context("spawn")  # a forked NEURON is not safe
    pool = ProcessPoolExecutor(min(jobs, len(work)), mp_context=context, initializer=_die_on_interrupt)
    try:
        yield from pool.map(function, work)
    except BrokenProcessPool as error:
        raise CellModelError(
            "a worker process died, perhaps for lack of memory. Run again with fewer --jobs."
        ) from error
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _die_on_interrupt() -> None:
    """End a worker at once and silently on Ctrl-C; the parent says what is to be said."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
