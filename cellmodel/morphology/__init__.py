"""The shape of a CA1 pyramidal cell: shipped, grown, or read from a file."""

from cellmodel.morphology.geometry import Morphology, Section
from cellmodel.morphology.growth import grow
from cellmodel.morphology.loading import load_morphology, morphology_names
from cellmodel.morphology.morphometrics import morphometrics

__all__ = ["Morphology", "Section", "grow", "load_morphology", "morphology_names", "morphometrics"]
