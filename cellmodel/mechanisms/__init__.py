"""The NMODL mechanisms: found, compiled where that is needed, and loaded into NEURON."""

from cellmodel.mechanisms.loading import interruptible, load_mechanisms
from cellmodel.mechanisms.sources import mechanism_hashes, mod_folder

__all__ = ["interruptible", "load_mechanisms", "mechanism_hashes", "mod_folder"]
