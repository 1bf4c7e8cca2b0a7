"""Phase means and LTP take exactly the probes that the contract names."""

import numpy as np
import pytest

from cellmodel.analysis import ltp_percent, phase_mean
from cellmodel.errors import ParameterError

LAST_PULSE = 45.0 + 0.99 / 60.0
PROBES = np.arange(0.0, 105.01, 0.5)


def slopes():
    """Baseline 1, in-drug 2, after the tetanus 3 + minutes after / 100."""
    after = PROBES - LAST_PULSE
    return np.select([PROBES < 20.0, PROBES <= 45.0], [1.0, 2.0], 3.0 + after / 100.0)


def points(**changes):
    phases = {"baseline": (0.0, 20.0), "drug_baseline": (20.0, 45.0)} | changes
    found = ltp_percent(PROBES, slopes(), last_pulse_min=LAST_PULSE, **phases)
    return {(p.condition, p.minutes_after): p for p in found}


def test_phase_mean_takes_the_last_five_minutes_without_the_end():
    found = phase_mean(PROBES, PROBES, (0.0, 20.0))
    assert (found.mean, found.n) == (pytest.approx(17.25), 10)
    assert found.sd == pytest.approx(np.std(np.arange(15.0, 20.0, 0.5), ddof=1))


def test_a_short_phase_is_averaged_whole():
    assert phase_mean(PROBES, PROBES, (0.0, 2.0)).n == 4


def test_ltp_is_read_5_30_and_60_minutes_after_against_both_baselines():
    found = points()
    assert sorted(found) == [(c, m) for c in ("vs_baseline", "vs_drug_baseline") for m in (5.0, 30.0, 60.0)]
    inside = (PROBES - LAST_PULSE > 25.0) & (PROBES - LAST_PULSE <= 30.0)
    assert found["vs_baseline", 30.0].n == inside.sum() == 10
    assert found["vs_baseline", 30.0].percent == pytest.approx(100.0 * slopes()[inside].mean())
    assert found["vs_drug_baseline", 30.0].percent == pytest.approx(50.0 * slopes()[inside].mean())


def test_without_drug_there_is_one_baseline():
    assert {c for c, _ in points(drug_baseline=None)} == {"vs_baseline"}


def test_points_beyond_a_short_recording_are_left_out():
    short = PROBES < 80.0
    found = ltp_percent(PROBES[short], slopes()[short], last_pulse_min=LAST_PULSE, baseline=(0.0, 20.0))
    assert [p.minutes_after for p in found] == [5.0, 30.0]


def test_a_recording_of_exactly_sixty_minutes_reaches_the_last_point():
    kept = PROBES < 105.0
    found = ltp_percent(PROBES[kept], slopes()[kept], last_pulse_min=LAST_PULSE, baseline=(0.0, 20.0))
    assert found[-1].minutes_after == 60.0


def test_a_phase_without_probes_is_an_error():
    with pytest.raises(ParameterError, match="no probe"):
        phase_mean(PROBES, PROBES, (200.0, 210.0))
