"""The five hypotheses of how LTP is expressed, and what each does to a receptor."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.plasticity import Expression, hypotheses
from cellmodel.receptor import Receptor
from cellmodel.synapse import ReceptorSettings

NAMES = ("more_receptors", "inserted_sensitive", "faster_opening", "conductance", "presynaptic")
ANIRACETAM = Compound.named("aniracetam")
CA1 = Receptor.named("ca1")


def configured(name: str, *, is_inserted: bool, compound: Compound | None = ANIRACETAM) -> dict[str, float]:
    """Return what `ReceptorSettings` sets on a receptor under a hypothesis."""
    ampa = SimpleNamespace()
    settings = ReceptorSettings(CA1, compound, 32.0)
    settings.configure(ampa, is_inserted=is_inserted, expression=Expression.named(name))
    return vars(ampa)


def differences(name: str, compound: Compound | None = ANIRACETAM) -> dict[str, tuple[float, float]]:
    """Return what differs between resident and inserted receptors."""
    resident, inserted = (configured(name, is_inserted=k, compound=compound) for k in (False, True))
    return {key: (resident[key], inserted[key]) for key in resident if resident[key] != inserted[key]}


def test_there_are_five_and_each_says_what_it_holds() -> None:
    assert tuple(hypotheses()) == NAMES
    for name in NAMES:
        assert Expression.named(name).name == name
        assert len(Expression.named(name).says) > 10


@pytest.mark.parametrize("given", ["more_receptor", "MORE_RECEPTORS", "moar receptors"])
def test_an_unknown_name_suggests_the_nearest_and_lists_all(given: str) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'more_receptors'") as caught:
        Expression.named(given)
    assert all(name in str(caught.value) for name in NAMES)


@pytest.mark.parametrize("name", ["more_receptors", "conductance", "presynaptic"])
def test_inserted_receptors_are_as_the_resident_ones_in_three(name: str) -> None:
    assert differences(name) == {}
    assert not Expression.named(name).has_own_kinetics


def test_inserted_receptors_are_slowed_more_by_the_drug_in_inserted_sensitive() -> None:
    modulation, inserted = ANIRACETAM.modulation, ANIRACETAM.modulation_inserted
    assert differences("inserted_sensitive") == {
        name: (getattr(modulation, name), getattr(inserted, name)) for name in ("closing", "closing_one")
    }
    assert inserted.closing < modulation.closing < 1
    assert Expression.named("inserted_sensitive").has_own_kinetics


def test_without_a_drug_inserted_sensitive_is_more_receptors() -> None:
    assert differences("inserted_sensitive", compound=None) == {}


def test_inserted_receptors_open_faster_in_faster_opening_with_or_without_a_drug() -> None:
    factor = load("plasticity.toml").value("expression.faster_opening")
    assert factor > 1
    for compound in (ANIRACETAM, None):
        changed = differences("faster_opening", compound=compound)
        assert changed == {"beta": (CA1.rates["beta"], factor * CA1.rates["beta"])}
    assert Expression.named("faster_opening").has_own_kinetics


def test_only_presynaptic_changes_release() -> None:
    assert [name for name in NAMES if Expression.named(name).is_presynaptic] == ["presynaptic"]


def test_the_synapse_gives_its_receptors_the_glutamate_of_a_release() -> None:
    data = load("synapse.toml")
    for is_inserted in (False, True):
        given = configured("more_receptors", is_inserted=is_inserted)
        assert given["pulse_width"] == 0
        assert given["glu_tau"] == data.value("glutamate.tau_decay")
        assert given["e"] == data.value("ampa.e")


def test_the_largest_open_fraction_is_that_of_the_receptor_without_the_drug() -> None:
    with_drug, without = (ReceptorSettings(CA1, compound, 32.0).peak_open for compound in (ANIRACETAM, None))
    assert with_drug == without
    assert 0.1 < without < 1.0
