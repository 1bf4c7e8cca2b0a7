"""A receptor tuned to a user's control, and what the control's error makes of the ratios."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.compound import Modulation
from cellmodel.fitting import Problem, Ratios, Rig, fit
from cellmodel.fitting.ratios import independent
from cellmodel.fitting.tuning import Control, Modulated, Tuning, doubt, tuned
from cellmodel.fitting.twin import shown
from cellmodel.receptor import Receptor, Scheme

MEASURES = ("tau_deactivation", "tau_desensitization", "steady_state_ratio")
OTHER = Tuning(1.3, 1.4, 0.9)
TRUTH = Modulation(0.8, 0.25, 0.05)
DOSES = (0.3, 1.0, 3.0)


def shows(tuning: Tuning, error: float = 0.05) -> Control:
    values = shown(Scheme(tuning.applied(Receptor.named("ca1"))), Rig.usual(), MEASURES)
    return Control.given(values, dict.fromkeys(values, error))


def ratios_on(receptor: Receptor) -> Ratios:
    control = shown(Scheme(receptor), Rig.usual(), MEASURES)
    drugged = {dose: shown(Scheme(receptor, TRUTH, dose), Rig.usual(), MEASURES) for dose in DOSES}
    rows = [(m, dose, drugged[dose][m] / control[m], 0.03, np.inf) for m in MEASURES for dose in DOSES]
    return independent(rows, "made up")


def where(tuning: Tuning) -> Modulated:
    return Modulated("ca1", Rig.usual(), tuning, Scheme, TRUTH)


def test_a_receptor_is_tuned_to_a_control() -> None:
    found = tuned("ca1", Rig.usual(), shows(OTHER))
    assert (found.speed, found.entry, found.leaving) == pytest.approx((1.3, 1.4, 0.9), rel=0.03)


def test_a_control_that_is_the_receptors_own_needs_no_tuning() -> None:
    own = shows(Tuning()).as_mapping()
    near = {name: 1.03 * value for name, value in own.items()}
    assert tuned("ca1", Rig.usual(), Control.given(near, dict.fromkeys(near, 0.05))).is_none
    assert tuned("ca1", Rig.usual(), Control.given({}, {})).is_none


def test_the_doubt_is_what_other_controls_would_have_made_of_the_ratios() -> None:
    """Move the control by its error, tune anew, and compare the ratios of the two receptors."""
    given, own = ratios_on(OTHER.applied(Receptor.named("ca1"))), shows(OTHER)
    found = doubt(given, own, where(OTHER))
    expected = np.zeros_like(found)
    for k in range(len(MEASURES)):
        ends = []
        for sign in (1.0, -1.0):
            moved = own.as_mapping()
            moved[MEASURES[k]] *= np.exp(sign * 0.05)
            tuning = tuned("ca1", Rig.usual(), Control.given(moved, dict.fromkeys(moved, 0.05)))
            ends.append(ratios_on(tuning.applied(Receptor.named("ca1"))).logs)
        expected += np.outer(ends[0] - ends[1], ends[0] - ends[1]) / 4
    assert np.sqrt(np.diag(found)) == pytest.approx(np.sqrt(np.diag(expected)), rel=0.15, abs=0.002)


def test_ratios_made_with_the_control_have_its_error_once() -> None:
    given, own = ratios_on(Receptor.named("ca1")), shows(Tuning())
    shared = Control(own.measures, own.values, own.covariance, np.ones(3, dtype=bool))
    alone, together = doubt(given, own, where(Tuning())), doubt(given, shared, where(Tuning()))
    same = np.array([[measure == name for name in MEASURES] for measure in given.measures])
    whole = together + same @ own.covariance @ same.T  # what the ratios hold themselves
    assert np.linalg.eigvalsh(whole).min() > -1e-12
    assert not np.allclose(alone, together)


def test_a_less_certain_control_widens_the_intervals() -> None:
    widths = []
    for error in (0.01, 0.2):
        problem = Problem(ratios_on(Receptor.named("ca1")), control=shows(Tuning(), error))
        within = fit(problem).intervals["entry"]
        widths.append(within.high / within.low)
    assert widths[1] > 1.1 * widths[0]


def test_a_control_that_is_told_replaces_the_one_that_was_read() -> None:
    read = Control(MEASURES, np.array([2.0, 9.0, 0.03]), 0.01 * np.eye(3), np.ones(3, dtype=bool))
    joined = read.joined(Control.given({"tau_desensitization": 11.0}, {"tau_desensitization": 0.06}))
    assert joined.as_mapping() == {
        "tau_deactivation": 2.0,
        "steady_state_ratio": 0.03,
        "tau_desensitization": 11.0,
    }
    assert joined.is_shared.tolist() == [True, True, False]
    assert np.diag(joined.covariance) == pytest.approx([0.01, 0.01, 0.0036])
    assert joined.describe()["tau_desensitization"] == pytest.approx({"value": 11.0, "error": 0.06})
