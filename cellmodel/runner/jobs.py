"""A piece of work, and what came of it."""

from __future__ import annotations

import os
import platform
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.runner.interrupt import was_interrupted

PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class Job:
    """``function(item)``; the function stands at the top of a module, and both travel between processes.

    No two jobs of a run have the same index.
    """

    index: int
    function: Callable[[Any], Any]
    item: Any


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes
    ----------
    index : int
        The job's.
    value : Any
        What its function returned.
    error : Exception or None
        Why there is no value.
    trace : str
        Where the error arose; empty for an error that is made for the user.
    worker : str
        Host and process that did it; empty where it was not done now.
    seconds : float
        Of the processor.
    """

    index: int
    value: Any = None
    error: Exception | None = None
    trace: str = ""
    worker: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Failure:
    """A job that has no result, as it is told and as run.json keeps it."""

    label: str
    number: int
    total: int
    parameters: Mapping[str, Any]
    error: Exception
    trace: str = ""

    @property
    def reason(self) -> str:
        """The error's text, on one line."""
        return " ".join(str(self.error).split())

    @property
    def text(self) -> str:
        """One line: which job, with which parameters, and why."""
        given = ", ".join(f"{name} {_short(value)}" for name, value in self.parameters.items())
        return f"{self.label} {self.number} of {self.total} ({given}): {self.reason}"

    def describe(self) -> dict[str, Any]:
        """Return what run.json has of it."""
        return {
            "job": f"{self.label} {self.number} of {self.total}",
            "parameters": dict(self.parameters),
            "reason": self.reason,
            "trace": self.trace.splitlines(),
        }


def attempt(job: Job) -> Outcome:
    """Do a job; whatever it raises becomes an outcome, but for an interrupt."""
    start = time.process_time()
    try:
        value = job.function(job.item)
        worker = f"{platform.node()} {os.getpid()}"
        return Outcome(job.index, value, worker=worker, seconds=time.process_time() - start)
    except Exception as error:
        if was_interrupted():
            raise KeyboardInterrupt from error
        return failed(job, error)


def failed(job: Job, error: Exception) -> Outcome:
    """Return the outcome of a job that raised ``error``, in a form that can travel."""
    if isinstance(error, CellModelError):
        return Outcome(job.index, error=error)
    name = type(error).__name__
    reason = f"{name}: {error}" if str(error) else name
    return Outcome(job.index, error=RuntimeError(reason), trace="".join(traceback.format_exception(error)))


def outcome_of(future: Future, job: Job) -> Outcome:
    """Return the outcome that a future holds; what cannot travel back fails its job."""
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as error:
        return failed(job, error)


def failure(job: Job, outcome: Outcome, label: str, *, number: int, total: int) -> Failure:
    """Return what is told of a job that failed, the ``number``-th of ``total``."""
    error = outcome.error or RuntimeError("no reason was given")
    return Failure(label, number, total, parameters_of(job.item), error, outcome.trace)


def parameters_of(item: Any) -> dict[str, Any]:
    """Return what of an item's repr is plain and not a default; of something with a name, the name."""
    if not is_dataclass(item):
        return {"item": item if isinstance(item, PLAIN) else str(item)}
    found = {}
    for field in (each for each in fields(item) if each.repr):
        value = _plain(getattr(item, field.name))
        if value is not None and value != {} and value != _default(field):
            found[field.name] = value
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, tuple) and all(isinstance(each, PLAIN) for each in value):
        return value
    if isinstance(getattr(value, "name", None), str):
        return value.name
    return parameters_of(value) if is_dataclass(value) else None


def _default(field: Field) -> Any:
    return field.default if field.default is not MISSING else None


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {_short(each)}" for name, each in value.items()) + ")"
    if isinstance(value, tuple):
        return " ".join(map(_short, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
