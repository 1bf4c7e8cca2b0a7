"""How an experiment script starts and how it ends: options in, exit code out."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

from cellmodel.errors import CellModelError
from cellmodel.experiment.folder import occupied
from cellmodel.experiment.options import TAKES, Extra, parse
from cellmodel.experiment.run import Run
from cellmodel.mechanisms import interruptible
from cellmodel.runner.interrupt import ended_by_ctrl_c
from cellmodel.runner.launch import Placement, launched

if TYPE_CHECKING:
    from argparse import Namespace

    from cellmodel.runner.ranks import Pool

OK, INCOMPLETE, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
ENVIRONMENT = {
    "NEURON_MODULE_OPTIONS": "-nogui",  # with a display that cannot be reached NEURON ends the process
    "NEURON_INIT_MPI": "0",  # else its import on rank 0 waits for that of all others
    "OPENBLAS_NUM_THREADS": "1",  # sums in one order, and no quarrel between --jobs
    "OMP_NUM_THREADS": "1",
}


def execute(
    name: str,
    function: Callable[[Run], None],
    argv: Sequence[str] | None = None,
    *,
    takes: Sequence[str] = TAKES,
    extras: Sequence[Extra] = (),
    about: str = "",
) -> int:
    """Run an experiment from its command line and return the exit code.

    Parameters
    ----------
    name : str
        The experiment.
    function : callable
        Gets the `Run`; imports what it needs inside, so that ``--help`` is instant.
    argv : sequence of str, optional
        Arguments; those of the process by default.
    takes, extras, about
        See `parse`.

    Returns
    -------
    int
        0; 1 where pieces of the work failed, which are listed, and all others are written; 2 after a
        `CellModelError`, which is printed as one message, or where a file could not be written, with all
        others written; 130 after Ctrl-C, with what was finished written.
    """
    for variable, setting in ENVIRONMENT.items():
        os.environ.setdefault(variable, setting)
    atexit.register(gc.freeze)  # Python would look through all objects of all packages when it ends: 0.2 s
    place = launched()
    try:
        options = _parsed(place, lambda: parse(name, argv, takes=takes, extras=extras, about=about))
    except SystemExit as end:
        return int(end.code or OK) if place.is_first else OK  # mpiexec ends all when one complains
    open_run = partial(Run, name, options, about=about)
    try:
        if place.size == 1:
            return _start(name, open_run, function)
        return _start_on_ranks(place, name, open_run, function)
    except KeyboardInterrupt:  # while the run is opened or has ended; what comes between is for _conduct
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED


def _parsed(place: Placement, parse_options: Callable[[], Namespace]) -> Namespace:
    """Return the options; of several processes that were started together, one complains."""
    if place.is_first:
        return parse_options()
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere), redirect_stdout(nowhere):
        return parse_options()


def _start_on_ranks(
    place: Placement, name: str, open_run: Callable[..., Run], function: Callable[[Run], None]
) -> int:
    """Conduct the run on rank 0; the other ranks do what it gives them. What ends rank 0 early ends all."""
    from cellmodel.runner.ranks import open_pool

    code = OK
    try:
        with open_pool(place) as pool:
            if pool is not None:
                code = _start(name, open_run, function, pool)
    except CellModelError as error:
        return _complain(name, error) if place.is_first else OK
    return code


def _start(
    name: str, open_run: Callable[..., Run], function: Callable[[Run], None], pool: Pool | None = None
) -> int:
    try:
        run = open_run(pool=pool)
    except CellModelError as error:
        return _complain(name, error)
    try:
        with occupied(run.folder):
            code = _conduct(run, function)
    except CellModelError as error:  # of the folder; those of the experiment are told in _conduct
        return _complain(name, error)
    except BaseException:
        run.stop()
        if pool is not None:
            traceback.print_exc()
            pool.abort(INCOMPLETE)
        raise
    if code == INTERRUPTED and pool is not None:
        pool.abort(INTERRUPTED)  # the others are in the middle of something
    return code


def _conduct(run: Run, function: Callable[[Run], None]) -> int:
    try:
        with ended_by_ctrl_c(), interruptible():
            _follow(run, function)
        run.finish("incomplete" if run.failures else "finished")
    except CellModelError as error:
        run.abandon()
        return _complain(run.name, error)
    except KeyboardInterrupt:
        return _save_interrupted(run)
    print(f"{run.name}: wrote {', '.join(sorted(path.name for path in run.files))} to {run.folder}")
    if run.leftovers:
        print(f"{run.name}: of an earlier run, not of this one, are {', '.join(run.leftovers)} there")
    if run.unwritten:
        return _complain(run.name, run.unwritten[0])
    return _list_failures(run) if run.failures else OK


def _follow(run: Run, function: Callable[[Run], None]) -> None:
    """Run the experiment; where pieces of it failed, what cannot go on without them is left out."""
    try:
        function(run)
    except Exception as error:
        if not run.failures or not run.rows:
            raise
        run.notice(f"without the work that failed, the rest could not be done: {error}")


def _list_failures(run: Run) -> int:
    print(f"{run.name}: incomplete, {len(run.failures)} failed (run.json has the details):", file=sys.stderr)
    for failure in run.failures:
        print(f"  {failure.text}", file=sys.stderr)
    print("Mend the cause and run again with --resume: finished work is not done again.", file=sys.stderr)
    return INCOMPLETE


def _save_interrupted(run: Run) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not tear what is being written
    run.stop()
    run.say(f"{run.name}: interrupted, writing what was finished to {run.folder}")
    try:
        run.finish("interrupted")
    except CellModelError as error:
        _complain(run.name, error)
    return INTERRUPTED


def _complain(name: str, error: CellModelError) -> int:
    print(f"{name}: {error}", file=sys.stderr)
    return BAD_INPUT
