"""The CA1 pyramidal cell and its biophysics."""

from cellmodel.cell.biophysics import Biophysics
from cellmodel.cell.pyramidal import CA1Pyramidal

__all__ = ["Biophysics", "CA1Pyramidal"]
