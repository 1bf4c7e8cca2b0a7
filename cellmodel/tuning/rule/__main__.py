"""``python -m cellmodel.tuning.rule``: record calcium in the cell, fit the rule, print the record."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cellmodel.errors import CellModelError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m cellmodel.tuning.rule", description=__doc__)
    parser.add_argument(
        "--shipped", action="store_true", help="fit nothing: show what the shipped rule gives"
    )
    given = parser.parse_args(argv)
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    try:
        print("\n".join(fitted(is_shipped=given.shipped)))
    except CellModelError as error:
        print(f"rule: {error}", file=sys.stderr)
        return 2
    return 0


def fitted(*, is_shipped: bool) -> list[str]:
    """Record, fit, and return the lines of the record."""
    from cellmodel.plasticity import Rule
    from cellmodel.slice import SliceOptions
    from cellmodel.study.field import find_intensity, intensity_text
    from cellmodel.tuning.rule.fit import fit, report
    from cellmodel.tuning.rule.protocols import record_all

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    options, found = find_intensity(SliceOptions())
    say(intensity_text(found))
    recorded = record_all(options, say)
    start = Rule.default()
    rule = start if is_shipped else fit(recorded, start)
    return [intensity_text(found), "", *report(recorded, start, rule)]


if __name__ == "__main__":
    sys.exit(main())
