"""Receptors under a compound that stays bound: three populations and their mixture at a synapse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.plasticity import Expression
from cellmodel.receptor import Receptor, SlowScheme, configure_ampa, driven, modulation_of
from cellmodel.slice.compartment import CompartmentCell
from cellmodel.synapse.receptors import Receptors, ReceptorSettings

CA1 = Receptor.named("ca1")
SLOW = Compound.named("cyclothiazide")
CELSIUS = 32.0


@pytest.fixture
def placed() -> Any:
    """Return a section with receptors under a slow compound, and wires that bring them glutamate."""
    h = load_mechanisms()
    section = h.Section(name="patch")
    receptors = ReceptorSettings(CA1, SLOW, CELSIUS).place(section(0.5))
    wires = [h.NetCon(None, part) for part in receptors.parts]
    for wire in wires:
        wire.delay, wire.weight[0] = 0.0, 1.1
    kept = h.celsius
    h.celsius = CELSIUS
    yield section, receptors, wires
    h.cvode.active(0)
    h.celsius = kept


def opened(receptors: Receptors, wires: list[Any], dose: float, t: np.ndarray) -> np.ndarray:
    """Return the open fraction of the head after a release at 0."""
    h = load_mechanisms()
    receptors.head.dose = dose
    times, popen = h.Vector(t + 1.0), h.Vector()
    popen.record(receptors.head._ref_popen, times)
    h.cvode.active(1)
    h.cvode.atol(1e-9)
    h.finitialize(-70.0)
    for wire in wires:
        wire.event(1.0)
    h.cvode.solve(float(t[-1]) + 1.1)
    return np.array(popen)


@pytest.mark.parametrize("dose", [0.0, 0.002, 0.01, 0.1])
def test_the_mixture_is_the_twin(placed: Any, dose: float) -> None:
    _, receptors, wires = placed
    t = np.linspace(0.0, 12.0, 3001)
    scheme = SlowScheme(CA1, modulation_of(SLOW, CA1), dose, CELSIUS)
    exact = driven(scheme, t, lambda at: 1.1 * np.exp(-at / 1.2))[:, scheme.open_states].sum(axis=1)
    found = opened(receptors, wires, dose, t)
    assert np.abs(found[1:] - exact[1:]).max() < 1e-3 * exact.max()


def test_every_population_is_itself_only_where_exchange_is_slow(placed: Any) -> None:
    section, receptors, _ = placed
    assert receptors.head not in receptors.parts
    assert [round(part.alpha / CA1.rates["alpha"], 6) for part in receptors.parts] == [
        1.0,
        *[SLOW.modulation.closing] * 2,
    ]
    fast = ReceptorSettings(CA1, Compound.named("aniracetam"), CELSIUS).place(section(0.5))
    assert fast.parts == (fast.head,)


def test_inserted_receptors_open_faster_in_every_population(placed: Any) -> None:
    section, *_ = placed
    faster = Expression.named("faster_opening")
    settings = ReceptorSettings(CA1, SLOW, CELSIUS)
    inserted = settings.place(section(0.5), is_inserted=True, expression=faster)
    for part in inserted.parts:
        assert part.beta == pytest.approx(faster.opening * CA1.rates["beta"])
    sensitive = Expression.named("inserted_sensitive")
    more = replace(SLOW, closing_inserted=0.5)
    inserted = ReceptorSettings(CA1, more, CELSIUS).place(
        section(0.5), is_inserted=True, expression=sensitive
    )
    assert inserted.parts[2].alpha == pytest.approx(0.5 * CA1.rates["alpha"])


def test_without_dose_an_epsc_is_that_of_no_compound() -> None:
    control, none = (CompartmentCell("culture_cell", compound).evoked(0.0)["i"] for compound in (SLOW, None))
    assert control == pytest.approx(none, abs=1e-3 * np.abs(none).max())


def test_one_mechanism_alone_refuses_a_slow_compound(placed: Any) -> None:
    section, *_ = placed
    with pytest.raises(ParameterError, match="regime 'fast'"):
        configure_ampa(load_mechanisms().ampa(section(0.5)), CA1, compound=SLOW)
