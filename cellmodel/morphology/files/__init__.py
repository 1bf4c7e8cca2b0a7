"""Read a cell's shape from SWC, Neurolucida ASC and hoc files, check it, and mend what can be mended."""

from cellmodel.morphology.files.reading import SUFFIXES, read_morphology

__all__ = ["SUFFIXES", "read_morphology"]
