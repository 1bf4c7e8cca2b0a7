"""What this installation has, what is wrong with it, and what to type: ``python -m cellmodel doctor``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import chain

from cellmodel.doctor import (
    Finding,
    State,
    compiler,
    display,
    extras,
    library,
    mpi,
    packages,
    tools_for_windows,
)

OK, WRONG = 0, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Print every finding as it comes; return 0 where all that is needed is there, else 1."""
    parser = argparse.ArgumentParser(prog="python -m cellmodel doctor", description=__doc__)
    parser.parse_args(argv)
    checks = (packages, compiler, library, tools_for_windows, display, mpi, extras)
    found: list[Finding] = []
    for finding in chain.from_iterable(check() for check in checks):
        print(finding.text(), flush=True)
        found.append(finding)
    n_wrong = sum(finding.state is State.WRONG for finding in found)
    things = "1 thing is" if n_wrong == 1 else f"{n_wrong} things are"
    print(f"\n{things} wrong." if n_wrong else "\nAll that is needed is there.")
    return WRONG if n_wrong else OK


if __name__ == "__main__":
    sys.exit(main())
