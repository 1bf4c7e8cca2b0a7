"""What an experiment leaves behind: rows of measures.csv and sweeps in an NWB file."""

from cellmodel.recording.files import replacing, write_bytes, write_text
from cellmodel.recording.measures import COLUMNS, Measure, read_measures, write_measures
from cellmodel.recording.nwb import nwb_bytes, write_nwb

__all__ = [
    "COLUMNS",
    "Measure",
    "nwb_bytes",
    "read_measures",
    "replacing",
    "write_bytes",
    "write_measures",
    "write_nwb",
    "write_text",
]
