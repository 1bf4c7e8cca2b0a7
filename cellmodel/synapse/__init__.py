"""Schaffer-collateral synapses on spines, their pathways, and feed-forward inhibition."""

from cellmodel.synapse.inhibition import Inhibition
from cellmodel.synapse.pathway import Pathway
from cellmodel.synapse.receptors import ReceptorSettings
from cellmodel.synapse.sites import Site, radiatum_sites, receptor_gain
from cellmodel.synapse.spine import Spine, build_spine

__all__ = [
    "Inhibition",
    "Pathway",
    "ReceptorSettings",
    "Site",
    "Spine",
    "build_spine",
    "radiatum_sites",
    "receptor_gain",
]
