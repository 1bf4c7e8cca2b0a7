"""The fit of modulators to what was published of them, and its record."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cellmodel.compound import Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.receptor import Receptor
from cellmodel.receptor.fit_modulation import Problem, Shown, main, report

CA1 = Receptor.named("ca1")
NAMES = ("aniracetam", "CX516", "CX554", "CX614", "cyclothiazide")
RECORD = Path(__file__).resolve().parents[2] / "docs" / "compound_fits.txt"


def test_every_modulator_has_targets_and_nothing_else_has() -> None:
    assert {key.split(".")[0] for key in load("compound_targets.toml")} - {"start"} == set(NAMES)
    assert {name for name in Compound.names() if Compound.named(name).modulation} == set(NAMES)


def test_the_record_is_that_of_the_shipped_constants() -> None:
    problems = map(Problem.named, NAMES)
    lines = [line.split() for problem in problems for line in report(problem, problem.modulation)]
    recorded = [line.split() for line in RECORD.read_text().splitlines()]
    assert len(recorded) == len(lines)
    for old, new in zip(recorded, lines, strict=True):
        assert len(old) == len(new)
        assert all(
            a == b or float(a) == pytest.approx(float(b), rel=0.02) for a, b in zip(old, new, strict=True)
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_fit_gives_the_shipped_constants(name: str) -> None:
    problem = Problem.named(name)
    again = problem.fit()
    assert again.k_m == pytest.approx(problem.modulation.k_m, rel=0.1)
    assert again.closing == pytest.approx(problem.modulation.closing, rel=0.1)
    assert again.entry == pytest.approx(problem.modulation.entry, rel=0.5)  # all but free once it is small
    shipped, best = (float(np.sum(problem.residuals(m) ** 2)) for m in (problem.modulation, again))
    assert shipped < best + 0.5


def test_the_fit_finds_constants_that_made_the_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem.named("CX614")
    truth = replace(problem.modulation, k_m=0.02, closing=0.2, entry=0.05)
    made = problem.obtained(truth)
    targets = {
        key: replace(entry, value=made[key], sd=0.01 * made[key]) for key, entry in problem.targets.items()
    }
    monkeypatch.setitem(problem.__dict__, "targets", targets)
    found = problem.fit()
    for name in ("k_m", "closing", "entry"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=0.06)


def test_without_effect_all_ratios_are_one_and_half_the_effect_is_where_half_is_bound() -> None:
    nothing = Shown(CA1, Modulation(1.0, 1.0, 1.0), 1.0)
    for quantity in ("deactivation", "desensitization", "steady_state", "epsc_decay", "epsc_peak", "puff"):
        assert nothing.value(quantity) == pytest.approx(1.0)
    one_site = Shown(CA1, Modulation(1.0, 0.98, 1.0), 1.0, "slow")
    assert one_site.value("ec50_plateau") == pytest.approx(math.sqrt(2.0) - 1.0, rel=0.02)  # one or two bound


def test_a_compound_without_targets_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["CNQX"]) == 2
    assert "with targets" in capsys.readouterr().err
    assert main(["CX9"]) == 2
    with pytest.raises(ParameterError, match="no modulator"):
        _ = Problem(Compound.named("CNQX")).modulation
