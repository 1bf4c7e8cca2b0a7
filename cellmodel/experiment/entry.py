"""How an experiment script starts and how it ends: options in, exit code out."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.experiment.options import TAKES, Extra, parse
from cellmodel.experiment.run import Run
from cellmodel.mechanisms import interruptible

OK, BAD_INPUT, INTERRUPTED = 0, 2, 130
ENVIRONMENT = {
    "NEURON_MODULE_OPTIONS": "-nogui",  # with a display that cannot be reached NEURON ends the process
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
        0; 2 after a `CellModelError`, which is printed as one message; 130 after Ctrl-C, with
        what was finished written.
    """
    for variable, setting in ENVIRONMENT.items():
        os.environ.setdefault(variable, setting)
    try:
        options = parse(name, argv, takes=takes, extras=extras, about=about)
    except SystemExit as end:
        return int(end.code or OK)
    try:
        run = Run(name, options)
    except CellModelError as error:
        return _complain(name, error)
    return _conduct(run, function)


def _conduct(run: Run, function: Callable[[Run], None]) -> int:
    try:
        with _ended_by_ctrl_c(), interruptible():
            function(run)
        run.finish("finished")
    except CellModelError as error:
        run.abandon()
        return _complain(run.name, error)
    except KeyboardInterrupt:
        return _save_interrupted(run)
    print(f"{run.name}: wrote {', '.join(sorted(path.name for path in run.files))} to {run.folder}")
    return OK


def _save_interrupted(run: Run) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not tear what is being written
    run.say(f"{run.name}: interrupted, writing what was finished to {run.folder}")
    try:
        run.finish("interrupted")
    except CellModelError as error:
        _complain(run.name, error)
    return INTERRUPTED


def _complain(name: str, error: CellModelError) -> int:
    print(f"{name}: {error}", file=sys.stderr)
    return BAD_INPUT


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C, or a request to end, end the block with `KeyboardInterrupt`, also inside NEURON.

    NEURON turns an interrupt of its integration into a `RuntimeError` and prints several lines;
    they are swallowed here and the interrupt is raised again.
    """
    was_pressed, screen = [], sys.stderr
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(*_: Any) -> None:
        was_pressed.append(True)
        sys.stderr = io.StringIO()
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    except Exception as error:
        if was_pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        sys.stderr = screen
        for number, handler in before.items():
            signal.signal(number, handler)
