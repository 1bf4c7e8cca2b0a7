"""The commands of cellmodel: ``python -m cellmodel COMMAND``, the same as ``python -m cellmodel.COMMAND``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from cellmodel.errors import unknown_name

OK, BAD_INPUT = 0, 2
COMMANDS = {
    "doctor": "what this installation has, what is wrong, and what to type",
    "morphology": "fetch, check, draw and grow cells",
    "bench": "how long things take, beside their goals",
    "tuning": "tune a set of biophysics to the battery of published tests",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hand over to a command, or say which there are; return the exit code, 2 for an unknown one."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] in ("-h", "--help"):
        print(overview())
        return OK
    if given[0] not in COMMANDS:
        print(f"cellmodel: {unknown_name('command', given[0], COMMANDS)}", file=sys.stderr)
        return BAD_INPUT
    return import_module(f"cellmodel.{given[0]}.__main__").main(given[1:])


def overview() -> str:
    """Return the list of commands as it is printed."""
    lines = [f"  {name:<12}{what}" for name, what in COMMANDS.items()]
    return "\n".join(
        [
            "python -m cellmodel COMMAND [--help]",
            *lines,
            "The experiments are scripts: python experiments/NAME.py --help.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
