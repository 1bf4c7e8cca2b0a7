"""What a check found, and how another Python or a tool is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

PATIENCE_SECONDS = 300.0
"""After which a program that was asked is given up; compiling the mechanisms takes half a minute."""
NO_WINDOWS = {"NEURON_MODULE_OPTIONS": "-nogui"}


class State(Enum):
    """How a thing is: there, not there but not needed for the experiments, or wrong."""

    OK = "ok"
    ABSENT = "-"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    subject : str
        What it is: ``compiler``, ``display``.
    state : State
    said : str
        What was found, or what the thing is needed for where it is absent.
    remedy : str
        What to type; empty where nothing is to be done.
    """

    subject: str
    state: State
    said: str
    remedy: str = ""

    def text(self) -> str:
        """Return the finding as it is printed, with the remedy on a line of its own."""
        line = f"{self.state.value:<6} {self.subject:<12} {self.said}"
        return f"{line}\n{'':<20}type: {self.remedy}" if self.remedy else line


def ask_python(script: str, changes: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a script in a Python of its own, so that a NEURON that ends the process ends only that one.

    Parameters
    ----------
    script : str
    changes : mapping of str to str, optional
        Environment variables to set; NEURON's windows are off unless this says otherwise.

    Returns
    -------
    tuple of int and str
        The exit code and what was printed.
    """
    return ask([sys.executable, "-c", script], {**NO_WINDOWS, **(changes or {})})


def ask(
    command: Sequence[str], changes: Mapping[str, str] | None = None, *, given: str = ""
) -> tuple[int, str]:
    """Run a program on a given input and return its exit code and what it printed; 127: it cannot run."""
    environment = {**os.environ, **(changes or {})}
    try:
        done = subprocess.run(
            command,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return done.returncode, (done.stdout + done.stderr).strip()
