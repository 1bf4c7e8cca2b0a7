"""NEURON's graphical interface for the rig; importing this opens nothing."""

from cellmodel.gui.rig import Rig, open_rig

__all__ = ["Rig", "open_rig"]
