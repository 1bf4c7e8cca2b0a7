"""The shipped protocols are what their titles say, and a protocol that cannot be is refused in one line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import CellModelError, ParameterError, ProtocolError
from cellmodel.protocol import Phase, Probe, Protocol, Train, Wash
from cellmodel.protocol.protocol import FOLDER, PROBE_INTERVAL
from cellmodel.slice import schedule

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))
PROMISED = (
    *("standard", "standard_washout", "crossed", "lfs_1hz", "train_10hz", "train_50hz", "theta_burst"),
    *("depotentiation", "frequency_series", "tetanus_length", "quick", "quick_crossed"),
    *("pairing", "pairing_depolarized", "pairing_voltages"),
)
WHOLE = """title = "a minute of everything"
duration_min = 30
[[phase]]
at_min = 0
condition = "control"
[[phase]]
at_min = 10
condition = "after_ltp"
[[wash]]
at_min = 5
drug = true
[[train]]
at_min = 10
pathway = "test"
pulses = 100
hz = 100
"""


def read(folder: Path, text: str) -> Protocol:
    path = folder / "mine.toml"
    path.write_text(text)
    return Protocol.named(str(path))


def simple(**changes: object) -> Protocol:
    parts = {
        "name": "mine",
        "title": "mine",
        "duration_min": 30.0,
        "phases": (Phase(0.0, "control"),),
        **changes,
    }
    return Protocol(**parts)


# --- the shipped ones ---------------------------------------------------------------------


def test_the_promised_protocols_are_shipped() -> None:
    assert set(SHIPPED) == set(PROMISED)


@pytest.mark.parametrize("name", SHIPPED)
def test_pathways_alternate_and_each_is_probed_at_one_interval(name: str) -> None:
    protocol = Protocol.named(name)
    probes = [(t, pathway) for t, pathway, train in schedule(protocol, ("test", "control")) if train is None]
    last = protocol.last_pulse_min
    for start, end in ((0.0, protocol.trains[0].at_min), (last + 1.0, protocol.duration_min)):
        inside = [(t, pathway) for t, pathway in probes if start <= t < end]
        assert {a != b for (_, a), (_, b) in pairwise(inside)} == {True}
        half = protocol.probe_interval_seconds / 2 / 60
        assert np.diff([t for t, _ in inside]) == pytest.approx(half, abs=1e-9)


@pytest.mark.parametrize("name", [name for name in SHIPPED if not name.startswith("quick")])
def test_each_pathway_is_probed_every_half_minute_15_s_after_the_other(name: str) -> None:
    protocol = Protocol.named(name)
    test, control = protocol.probe_times("test"), protocol.probe_times("control")
    assert np.diff(test)[0] * 60 == pytest.approx(30.0)
    assert (control[0] - test[0]) * 60 == pytest.approx(15.0)
    assert max(test[-1], control[-1]) < protocol.duration_min


def test_standard_is_20_min_baseline_25_min_drug_a_tetanus_and_60_min() -> None:
    protocol = Protocol.named("standard")
    assert protocol.phase_spans() == [
        ("control", 0.0, 20.0),
        ("drug", 20.0, 45.0),
        ("after_ltp_drug", 45.0, 105.0),
    ]
    assert protocol.drug_spans() == [(20.0, 105.0)]
    (train,) = protocol.trains
    assert (train.at_min, train.pathway) == (45.0, "test")
    assert train.pulse_times() == pytest.approx(np.arange(100) * 10.0)
    assert protocol.last_pulse_min == pytest.approx(45.0 + 0.99 / 60)


def test_the_drug_of_the_washout_goes_ten_minutes_after_the_tetanus() -> None:
    protocol = Protocol.named("standard_washout")
    assert protocol.drug_spans() == [(20.0, 55.0)]
    assert protocol.phase_spans()[-2:] == [("after_ltp_drug", 45.0, 55.0), ("after_ltp", 55.0, 105.0)]


def test_crossed_has_the_drug_before_and_after_a_drug_free_tetanus() -> None:
    protocol = Protocol.named("crossed")
    assert protocol.phase_spans() == [
        ("control", 0.0, 20.0),
        ("drug", 20.0, 45.0),
        ("wash", 45.0, 85.0),
        ("after_ltp", 85.0, 145.0),
        ("after_ltp_drug", 145.0, 170.0),
    ]
    assert protocol.drug_spans() == [(20.0, 45.0), (145.0, 170.0)]
    assert protocol.trains[0].at_min == 85.0
    assert protocol.condition_at(144.99) == "after_ltp"
    assert protocol.condition_at(145.0) == "after_ltp_drug"


@pytest.mark.parametrize(("name", "hz"), [("lfs_1hz", 1), ("train_10hz", 10), ("train_50hz", 50)])
def test_the_slow_trains_have_900_pulses_and_an_hour_after_them(name: str, hz: float) -> None:
    protocol = Protocol.named(name)
    times = protocol.trains[0].pulse_times()
    assert len(times) == 900
    assert np.diff(times) == pytest.approx(1000.0 / hz)
    assert protocol.duration_min - protocol.last_pulse_min == pytest.approx(60.0, abs=1 / 60)


def test_theta_burst_is_ten_bursts_of_four_at_100_hz_five_a_second() -> None:
    times = Protocol.named("theta_burst").trains[0].pulse_times().reshape(10, 4)
    assert np.diff(times, axis=1) == pytest.approx(10.0)
    assert np.diff(times[:, 0]) == pytest.approx(200.0)


def test_depotentiation_is_a_tetanus_and_1_hz_half_an_hour_later() -> None:
    tetanus, slow = Protocol.named("depotentiation").trains
    assert (tetanus.hz, tetanus.pulses, slow.hz, slow.pulses) == (100, 100, 1, 900)
    assert slow.at_min - tetanus.at_min == 30.0
    assert Protocol.named("depotentiation").duration_min - slow.end_min == pytest.approx(60.0, abs=1 / 60)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_probe_falls_into_a_train(name: str) -> None:
    protocol = Protocol.named(name)
    for pathway in ("test", "control"):
        times = protocol.probe_times(pathway)
        for train in protocol.trains:
            assert not np.any((times >= train.at_min) & (times <= train.end_min))
            assert np.any(times > train.end_min)


# --- the value ----------------------------------------------------------------------------


def test_a_file_says_the_same_as_python(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found == simple(
        title="a minute of everything",
        phases=(Phase(0.0, "control"), Phase(10.0, "after_ltp")),
        washes=(Wash(5.0, True),),
        trains=(Train(10.0, "test", 100, 100.0),),
    )


def test_a_protocol_without_drug_or_train_is_a_baseline() -> None:
    protocol = simple()
    assert protocol.drug_spans() == []
    assert protocol.last_pulse_min is None
    assert len(protocol.probe_times("test")) == 60


def test_a_drug_that_comes_and_goes_twice_has_two_spans() -> None:
    washes = (Wash(2.0, True), Wash(5.0, False), Wash(9.0, True))
    assert simple(washes=washes).drug_spans() == [(2.0, 5.0), (9.0, 30.0)]


@pytest.mark.parametrize(("at_min", "is_in_drug"), [(1.0, False), (3.0, True), (6.0, False)])
def test_conditioning_is_in_drug_while_that_is_in_the_reservoir(at_min: float, is_in_drug: bool) -> None:
    washes = (Wash(2.0, True), Wash(5.0, False))
    protocol = simple(washes=washes, trains=(Train(at_min, "test", 100, 100.0),))
    assert protocol.is_conditioned_in_drug == is_in_drug
    assert not simple(washes=washes).is_conditioned_in_drug


def test_a_protocol_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        simple().duration_min = 1.0


# --- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "nearest"),
    [("standart", "standard"), ("Theta-burst", "theta_burst"), ("lfs1hz", "lfs_1hz")],
)
def test_an_unknown_name_suggests_the_nearest(given: str, nearest: str) -> None:
    with pytest.raises(
        ParameterError, match=f"unknown protocol '{given}'. Did you mean '{nearest}'"
    ) as found:
        Protocol.named(given)
    assert all(name in str(found.value) for name in SHIPPED)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("duration_min = 30", "duration = 30", "unknown key 'duration'. Did you mean 'duration_min'?"),
        ("duration_min = 30", "", "duration_min is missing"),
        ("duration_min = 30", 'duration_min = "long"', "duration_min = 'long' must be a number"),
        ("duration_min = 30", "duration_min = true", "duration_min = True must be a number"),
        ("duration_min = 30", "duration_min = nan", "must be a number"),
        ("duration_min = 30", "duration_min = 0", "must be above 0"),
        ("duration_min = 30", "duration_min = 30\nprobe_interval_seconds = 0.5", "allowed 1 to 150"),
        ("duration_min = 30", "duration_min = 30\nprobe_interval_seconds = 600", "allowed 1 to 150"),
        ("duration_min = 30", "duration_min = 30\nnotes = 5", "notes = 5 must be a list of texts"),
        ('title = "a minute of everything"', "title = 3", "title = 3 must be a text"),
        ("duration_min = 30", "duration_min = ", "is not valid TOML"),
        ("[[phase]]", "[[stage]]", "unknown key 'stage'"),
        ("[[wash]]", "[wash]", "wash must be written as [[wash]] tables"),
        ("drug = true", "drug = 1", "drug = 1 must be true or false"),
        ("drug = true", "dose = 1.5", "unknown key 'dose'"),
        ("drug = true", "", "drug is missing"),
        ("at_min = 5", "at_min = -5", "[[wash]] at -5 min lies outside the experiment, allowed 0 to 30"),
        ("at_min = 5", "at_min = 30", "[[wash]] at 30 min lies outside the experiment"),
        ('condition = "after_ltp"', 'condition = "afterwards"', "phase condition 'afterwards' is not known"),
        ('condition = "after_ltp"', "", "condition is missing"),
        ("at_min = 0", "at_min = 1", "the first [[phase]] must have at_min = 0"),
        ('pathway = "test"', 'pathway = "tset"', "train pathway 'tset' is not known. Did you mean 'test'?"),
        ("pulses = 100", "pulses = 1.5", "pulses = 1.5 must be a whole number"),
        ("pulses = 100", "pulses = 0", "pulses = 0: it must be above 0"),
        ("hz = 100", "hz = -100", "hz = -100.0: it must be above 0"),
        ("hz = 100", "hz = 501", "hz = 501: a fiber fires again after 2 ms at the earliest"),
        ("hz = 100", "hz = 0.05", "the train at 10.0 min ends after the experiment"),
        ("hz = 100", "hz = 100\nbursts = 2", "does not fit between bursts"),
    ],
)
def test_a_file_that_does_not_hold_together_is_one_line(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in WHOLE
    with pytest.raises(CellModelError) as found:
        read(tmp_path, WHOLE.replace(old, new, 1))
    assert said in str(found.value)
    assert "\n" not in str(found.value)
    assert "mine" in str(found.value)


def test_events_that_overlap_or_are_out_of_order_are_named() -> None:
    long = Train(10.0, "test", 900, 1.0)
    with pytest.raises(
        ProtocolError, match=r"\[\[train\]\] at 20 min overlaps the one from 10 to 24.983 min"
    ):
        simple(trains=(long, Train(20.0, "control", 1, 100.0)))
    with pytest.raises(
        ProtocolError, match=r"\[\[phase\]\] at 5 min comes after the one at 10 min: .*not in order"
    ):
        simple(phases=(Phase(0.0, "control"), Phase(10.0, "drug"), Phase(5.0, "wash")))
    with pytest.raises(ProtocolError, match=r"\[\[wash\]\] at 3 min overlaps the one from 3 to 3 min"):
        simple(washes=(Wash(3.0, True), Wash(3.0, False)))


def test_a_probe_of_one_s_own_is_added_and_not_within_a_train() -> None:
    train = Train(10.0, "test", 900, 1.0)
    found = simple(trains=(train,), probes=(Probe(26.1, "test"),))
    assert set(found.probe_times("test")) - set(simple(trains=(train,)).probe_times("test")) == {26.1}
    with pytest.raises(
        ProtocolError, match=r"\[\[probe\]\] at 15 min falls into the train from 10 to 24.983 min"
    ):
        simple(trains=(train,), probes=(Probe(15.0, "control"),))


def test_a_stimulus_of_a_pathway_without_synapses_is_named() -> None:
    protocol = simple(trains=(Train(10.0, "control", 100, 100.0),))
    with pytest.raises(
        ProtocolError, match=r"the train at 10 min stimulates the pathway 'control'.* It has: test"
    ):
        schedule(protocol, ("test",))
    with pytest.raises(ProtocolError, match="the probe at 3 min stimulates the pathway 'test'"):
        schedule(simple(probes=(Probe(3.0, "test"),)), ("control",))


def test_a_probe_just_before_another_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"stimuli at 1 and 1\.001 min are too near"):
        schedule(simple(probes=(Probe(1.001, "test"),)), ("test", "control"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"cannot read .*nowhere\.toml"):
        Protocol.named(str(tmp_path / "nowhere.toml"))


@pytest.mark.parametrize("seconds", PROBE_INTERVAL)
def test_the_shortest_and_the_longest_probe_interval_are_allowed(seconds: float) -> None:
    times = simple(probe_interval_seconds=seconds).probe_times("test")
    assert np.diff(times)[0] * 60 == pytest.approx(seconds)
