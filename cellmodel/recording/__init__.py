"""What an experiment leaves behind: rows of measures.csv and sweeps in an NWB file."""

from cellmodel.recording.files import replacing, write_text
from cellmodel.recording.measures import COLUMNS, Measure, read_measures, write_measures

__all__ = ["COLUMNS", "Measure", "read_measures", "replacing", "write_measures", "write_text"]
