"""The commands of cellmodel: ``python -m cellmodel COMMAND``, and the experiments by their names.

A command is the same as ``python -m cellmodel.COMMAND``; an experiment as ``python experiments/NAME.py``,
and is there where the package was installed without its source tree.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from cellmodel.errors import unknown_name
from cellmodel.experiment.scripts import run_script, scripts, subject

OK, BAD_INPUT = 0, 2
COMMANDS = {
    "doctor": "what this installation has, what is wrong, and what to type",
    "morphology": "fetch, check, draw and grow cells",
    "bench": "how long things take, beside their goals",
    "tuning": "tune a set of biophysics to the battery of published tests",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hand over to a command or an experiment, or say which there are; return the exit code, 2 if unknown."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] in ("-h", "--help"):
        print(overview())
        return OK
    name, arguments = given[0], given[1:]
    if name in COMMANDS:
        return import_module(f"cellmodel.{name}.__main__").main(arguments)
    experiments = scripts()
    if name in experiments:
        run_script(experiments[name], arguments)
        return OK
    print(f"cellmodel: {unknown_name('command', name, (*COMMANDS, *experiments))}", file=sys.stderr)
    return BAD_INPUT


def overview() -> str:
    """Return the list of commands as it is printed."""
    told = {name: subject(script) for name, script in scripts().items()}
    commands, experiments = (
        [f"  {name:<18}{what}" for name, what in part.items()] for part in (COMMANDS, told)
    )
    return "\n".join(
        [
            "python -m cellmodel COMMAND [--help]",
            *commands,
            "python -m cellmodel EXPERIMENT [--help], as python experiments/EXPERIMENT.py in a checkout",
            *experiments,
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
