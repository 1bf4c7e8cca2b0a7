"""The NMODL mechanisms: found, compiled where that is needed, and loaded into NEURON."""

from cellmodel.mechanisms.loading import load_mechanisms
from cellmodel.mechanisms.sources import mechanism_hashes, mod_folder

__all__ = ["load_mechanisms", "mechanism_hashes", "mod_folder"]
