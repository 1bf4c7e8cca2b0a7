"""One synapse on its spine: head, receptors, calcium and plasticity in a compartment behind a neck."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.synapse.sites import Site
from cellmodel.units import MILLIMOLAR_PER_NANOMOLAR


@dataclass
class Spine:
    """NEURON objects of one synapse.

    Attributes
    ----------
    site : Site
    head : Section
        One segment; its axial resistance is that of the neck.
    ampa, nmda, learning : point processes
        ``ampa_site``, ``nmda`` and ``plasticity``.
    """

    site: Site
    head: Any
    ampa: Any
    nmda: Any
    learning: Any


def build_spine(site: Site, name: str, *, v_rest: float, leak: float, cao: float) -> Spine:
    """Put a spine with its receptors at a site.

    Parameters
    ----------
    site : Site
    name : str
        Of the head section.
    v_rest : float, mV
        Reversal of the head's leak.
    leak : float, S/cm2
        Leak conductance of the head, that of the dendrite.
    cao : float, mM
        Calcium outside.

    Returns
    -------
    Spine
        Its AMPA site is not wired yet: see `cellmodel.synapse.pathway`.
    """
    h = load_mechanisms()
    head = h.Section(name=name)
    _shape_head(head)
    head.connect(site.section(site.x), 0)
    _fill_head(head, v_rest, leak)
    spine = Spine(site, head, h.ampa_site(head(0.5)), h.nmda(head(0.5)), h.plasticity(head(0.5)))
    _set_constants(spine)
    _set_calcium_outside(head, cao)
    return spine


def _shape_head(head: Any) -> None:
    numbers = load("synapse.toml").values_of("spine")
    diameter = numbers["head_diameter"]
    head.nseg = 1
    head.L = diameter
    head.diam = diameter
    head.cm = 1.0
    head.Ra = axial_resistivity(numbers["neck_resistance"], diameter)


def axial_resistivity(neck: float, diameter: float) -> float:
    """Return the Ra (ohm cm) that puts ``neck`` (MOhm) between a head's center and its dendrite.

    The head is a cylinder as long as wide (``diameter``, um); NEURON puts half its length between center and
    end.
    """
    area, half_length = math.pi * diameter**2 / 4, diameter / 2
    return neck * 100.0 * area / half_length


def _fill_head(head: Any, v_rest: float, leak: float) -> None:
    numbers = load("synapse.toml").values_of("spine")
    for mechanism in ("pas", "ca_r", "spine_calcium"):
        head.insert(mechanism)
    segment = head(0.5)
    segment.pas.g, segment.pas.e = leak, v_rest
    segment.ca_r.g_max = numbers["g_ca_r"]
    segment.spine_calcium.tau = numbers["tau_ca"]
    segment.spine_calcium.kappa = numbers["kappa"]
    segment.spine_calcium.rest = numbers["rest_ca"] * MILLIMOLAR_PER_NANOMOLAR


def _set_calcium_outside(head: Any, cao: float) -> None:
    """Set it so that it stays; after all mechanisms: each makes NEURON restore its own at a start."""
    load_mechanisms().ion_style("ca_ion", 3, 2, 1, 1, 0, sec=head)
    head.cao = cao


def _set_constants(spine: Spine) -> None:
    data = load("synapse.toml")
    spine.ampa.e, spine.ampa.ca_fraction = data.value("ampa.e"), data.value("ampa.ca_fraction")
    for name in ("tau_rise", "tau_decay", "e", "ca_fraction", "e_ca", "v_fraction", "k_mg", "slope_mg"):
        setattr(spine.nmda, name, data.value(f"nmda.{name}"))
    spine.learning.rest = data.value("spine.rest_ca") * MILLIMOLAR_PER_NANOMOLAR
