"""How long things take and how much they need, beside what was asked: ``python -m cellmodel.bench``.

A case measures and yields `Figure`s; `cellmodel.bench.cases` lists all cases, and a new one is added there.
"""

from cellmodel.bench.figure import Figure, timed

__all__ = ["Figure", "timed"]
