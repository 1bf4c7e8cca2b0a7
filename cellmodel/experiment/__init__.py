"""What every experiment script shares: options, the output folder, progress, and how a run ends."""

from cellmodel.experiment.entry import execute
from cellmodel.experiment.options import Extra, parse
from cellmodel.experiment.run import Run

__all__ = ["Extra", "Run", "execute", "parse"]
