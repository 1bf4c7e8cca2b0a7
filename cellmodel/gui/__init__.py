"""NEURON's graphical interface for the rig; importing this opens nothing."""

from cellmodel.gui.rig import Rig
from cellmodel.gui.start import open_rig, start

__all__ = ["Rig", "open_rig", "start"]
