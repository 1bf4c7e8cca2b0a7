"""The CA1 pyramidal cell: a morphology with channels, at rest; it knows no stimulus."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from cellmodel.cell.balance import balance, resting_voltage
from cellmodel.cell.biophysics import DOMAINS, REVERSALS, Biophysics
from cellmodel.cell.sections import add_axon, build_sections, set_segments
from cellmodel.errors import ParameterError, unknown_name
from cellmodel.mechanisms import load_mechanisms
from cellmodel.morphology import load_morphology
from cellmodel.parameters import load

ION_OF = {"ena": "na_ion", "ek": "k_ion", "cao": "ca_ion"}
_RESTING: dict[tuple[Any, ...], float] = {}
"""Resting voltage (mV) of each cell and bath that this process has found: each takes a third of a second."""


class CA1Pyramidal:
    """A rat CA1 pyramidal cell in NEURON.

    Parameters
    ----------
    morphology : Morphology, str, path or None
        What `cellmodel.morphology.load_morphology` takes; None is the shipped cell.
    biophysics : str or Biophysics
        Name of a shipped set of rules, path of a TOML file, or the rules themselves.
    celsius : float, optional, degC
        Temperature, 10 to 40; the biophysics' own where it is not given.
    reversal : mapping, optional
        ``ena``, ``ek`` (mV) and ``cao`` (mM) of the bath; the biophysics' own where not given.

    Attributes
    ----------
    soma, basal, trunk, oblique, tuft, axon, all : list of Section
    celsius : float, degC
    v_init : float, mV
        Rest: start here and the cell stays.
    morphology : Morphology
    biophysics : Biophysics

    Raises
    ------
    ParameterError
        For an unknown name, a temperature or reversal that is no number or out of range, or a leak that would
        have to reverse beyond the biophysics' limits.
    MorphologyError
        If the file is not one CA1 pyramidal cell.

    Notes
    -----
    The leak is solved so that the cell rests at the biophysics' ``v_rest`` in the biophysics' own
    bath. In another bath rest moves, as it does in the rig, and ``v_init`` is where it goes.
    """

    def __init__(
        self,
        morphology: Any = None,
        *,
        biophysics: str | Biophysics = "patch",
        celsius: float | None = None,
        reversal: Mapping[str, float] | None = None,
    ) -> None:
        self.biophysics = biophysics if isinstance(biophysics, Biophysics) else Biophysics.named(biophysics)
        self.morphology = morphology if hasattr(morphology, "sections") else load_morphology(morphology)
        settings = self.biophysics.settings
        self.celsius = settings["celsius"] if celsius is None else _checked_celsius(celsius)
        self.reversal = {**self.biophysics.reversal, **_checked(reversal or {})}
        self._h = load_mechanisms()
        self._domains = build_sections(self.morphology, self)
        if not self.axon:
            self._domains["axon"] = add_axon(self.soma[0], self.biophysics.axon_shape, self)
        self._domain_of = {section: name for name in DOMAINS for section in self._domains[name]}
        self._densities: dict[tuple[Any, str], float] = {}
        self._fill()
        self.v_init = self._settle()

    def __repr__(self) -> str:
        return f"CA1Pyramidal({getattr(self.morphology, 'name', 'cell')!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a CA1Pyramidal lives in the NEURON of its process and cannot be pickled or copied. Send "
            "cell.morphology and the name of the biophysics, and build the cell where it is used."
        )

    def __str__(self) -> str:
        return "CA1Pyramidal"

    @property
    def soma(self) -> list[Any]:
        """The soma, a list of one section."""
        return self._domains["soma"]

    @property
    def basal(self) -> list[Any]:
        """Basal dendrites."""
        return self._domains["basal"]

    @property
    def trunk(self) -> list[Any]:
        """Apical trunk."""
        return self._domains["trunk"]

    @property
    def oblique(self) -> list[Any]:
        """Apical obliques."""
        return self._domains["oblique"]

    @property
    def tuft(self) -> list[Any]:
        """Apical tuft."""
        return self._domains["tuft"]

    @property
    def axon(self) -> list[Any]:
        """Axon with initial segment."""
        return self._domains["axon"]

    @property
    def all(self) -> list[Any]:
        """All sections, soma first."""
        return [section for name in DOMAINS for section in self._domains[name]]

    def path_distance(self, segment: Any) -> float:
        """Return the distance along the neurites from the soma's center to ``segment`` (um)."""
        return float(self._h.distance(self.soma[0](0.5), segment))

    def domain_of(self, section: Any) -> str:
        """Return ``soma``, ``axon``, ``basal``, ``trunk``, ``oblique`` or ``tuft``."""
        return self._domain_of[section]

    def channels(self) -> list[str]:
        """Return the SUFFIX of every channel that has a density somewhere on the cell."""
        return sorted({mechanism for _, mechanism in self._densities})

    def block(self, channel: str, fraction: float = 1.0) -> None:
        """Take ``fraction`` of a channel away everywhere (tetrodotoxin: ``na``; nimodipine: ``ca_l``).

        Parameters
        ----------
        channel : str
            SUFFIX of the mechanism, one of `channels`.
        fraction : float, 1
            0 gives the full density back, 1 leaves none; always of the unblocked density.

        Raises
        ------
        ParameterError
            For an unknown channel or a fraction outside 0 to 1.
        """
        if channel not in self.channels():
            raise unknown_name("channel", channel, self.channels())
        if not 0.0 <= fraction <= 1.0:
            raise ParameterError(
                f"blocked fraction {fraction} is outside 0 to 1. Give a share of the channels."
            )
        for (segment, mechanism), density in self._densities.items():
            if mechanism == channel:
                getattr(segment, mechanism).g_max = density * (1.0 - fraction)

    def free(self) -> None:
        """Delete the cell's sections from NEURON; the object is of no use afterwards."""
        self._densities.clear()
        self._domain_of.clear()
        for section in self.all:
            self._h.delete_section(sec=section)
        self._domains = {name: [] for name in DOMAINS}

    def _fill(self) -> None:
        for domain in DOMAINS:
            for section in self._domains[domain]:
                self._set_membrane(section, domain)
                for mechanism in self.biophysics.channels(domain):
                    section.insert(mechanism)
        for domain in DOMAINS:
            for section in self._domains[domain]:
                for segment in section:
                    self._set_segment(segment, domain)

    def _set_membrane(self, section: Any, domain: str) -> None:
        rules, distance = self.biophysics, self.path_distance(section(0.5))
        spines = rules.membrane(domain, "spine_factor", distance)
        section.Ra = rules.membrane(domain, "r_a", distance)
        section.cm = rules.membrane(domain, "cm", distance) * spines
        section.insert("pas")
        set_segments(section, rules.settings["d_lambda"], rules.settings["frequency"])

    def _set_segment(self, segment: Any, domain: str) -> None:
        rules, distance = self.biophysics, self.path_distance(segment)
        spines = rules.membrane(domain, "spine_factor", distance)
        segment.cm = rules.membrane(domain, "cm", distance) * spines
        segment.pas.g = spines / rules.membrane(domain, "r_m", distance)
        for mechanism, quantities in rules.channels(domain).items():
            for name, rule in quantities.items():
                value = rule(distance)
                if name == "g_max" and value < 0.0:
                    raise ParameterError(
                        f"{rule.where} is {value:g} at {distance:.0f} um from the soma. "
                        "A density is 0 or more."
                    )
                setattr(getattr(segment, mechanism), name, value)
            if "g_max" in quantities:
                self._densities[segment, mechanism] = getattr(segment, mechanism).g_max

    def _settle(self) -> float:
        settings, own_bath = self.biophysics.settings, dict(self.biophysics.reversal)
        v_rest = settings["v_rest"]
        self._set_reversal(own_bath)
        limits = (settings["leak_lowest"], settings["leak_highest"])
        balance(self.all, v_rest, self.celsius, limits=limits)
        if self.reversal == own_bath:
            return v_rest
        built_from = (self.morphology.fingerprint, repr(self.biophysics))
        key = (*built_from, self.celsius, *sorted(self.reversal.items()))
        if key in _RESTING:
            self._set_reversal(self.reversal)
        else:
            _RESTING[key] = self._find_rest(own_bath, v_rest)
        return _RESTING[key]

    def _find_rest(self, own_bath: Mapping[str, float], v_rest: float) -> float:
        """Return where rest goes from ``v_rest`` (mV) when the bath comes in."""

        def approach(share: float) -> None:
            news = {k: old + share * (self.reversal[k] - old) for k, old in own_bath.items()}
            self._set_reversal(news)

        return resting_voltage(
            self.soma[0],
            v_rest,
            self.celsius,
            duration=self.biophysics.settings["settling"],
            approach=approach,
        )

    def _set_reversal(self, reversal: Mapping[str, float]) -> None:
        for section in self.all:
            for name, ion in ION_OF.items():
                if self._h.ismembrane(ion, sec=section):
                    if name == "cao":  # or NEURON puts its own concentrations back at every start
                        self._h.ion_style(ion, 3, 2, 1, 1, 0, sec=section)
                    setattr(section, name, reversal[name])


def _checked(reversal: Mapping[str, float]) -> dict[str, float]:
    for name in reversal:
        if name not in REVERSALS:
            raise unknown_name("reversal", name, REVERSALS)
    numbers = {name: _number(name, value) for name, value in reversal.items()}
    if numbers.get("cao", 1.0) <= 0.0:
        raise ParameterError(f"cao {numbers['cao']:g} mM: a concentration is above 0.")
    return numbers


def _checked_celsius(given: float) -> float:
    celsius, allowed = _number("celsius", given), load("slice.toml")["bath.celsius"]
    if not allowed.allows(celsius):
        raise ParameterError(
            f"temperature {celsius:g} degC is outside {allowed.low:g} to {allowed.high:g}. Give one inside."
        )
    return celsius


def _number(name: str, given: float) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{name} is {given!r}. Give a finite number.")
    return number
