"""Series of protocols and pairing: what they are, and that those that cannot be are refused in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import CellModelError, ProtocolError
from cellmodel.parameters import load
from cellmodel.protocol import Phase, Probe, Protocol, Series, Train, Wash
from cellmodel.protocol.series import VARIED
from cellmodel.recording.vocabulary import check_unit
from cellmodel.slice import schedule

MINE = """title = "a series"
duration_min = 30
[[phase]]
at_min = 0
condition = "control"
[[phase]]
at_min = 20
condition = "after_ltp"
[[train]]
at_min = 10
pathway = "test"
pulses = 100
hz = 100
[[train]]
at_min = 15
pathway = "test"
pulses = 60
hz = 1
[series]
varies = "pulses"
values = [5, 20]
train = 2
[[series.published]]
at = 20
percent = 150
low = 140
high = 160
"""


def read(folder: Path, text: str) -> Protocol:
    path = folder / "mine.toml"
    path.write_text(text)
    return Protocol.named(str(path))


def paired(**changes: object) -> Train:
    parts = {"current_nA": 2.0, "current_ms": 2.0, "current_delay_ms": 10.0, **changes}
    return Train(10.0, "test", 100, 5.0, **parts)


# --- series -------------------------------------------------------------------------------


def test_the_frequency_series_is_900_pulses_at_each_frequency_and_an_hour_after_them() -> None:
    members = Protocol.named("frequency_series").members()
    assert [value for value, _ in members] == [1, 3, 5, 10, 20, 50]
    for hz, protocol in members:
        (train,) = protocol.trains
        times = train.pulse_times()
        assert (len(times), train.at_min) == (900, 20.0)
        assert np.diff(times) == pytest.approx(1000.0 / hz)
        assert protocol.duration_min - protocol.last_pulse_min == pytest.approx(60.0, abs=0.01)
        assert protocol.drug_spans() == []
        assert protocol.series is None
        assert schedule(protocol, ("test", "control"))


def test_the_tetanus_series_is_5_to_200_pulses_at_100_hz_in_drug_that_goes_later() -> None:
    for count, protocol in Protocol.named("tetanus_length").members():
        (train,) = protocol.trains
        assert (train.pulses, train.hz, train.at_min) == (count, 100.0, 45.0)
        ((came, went),) = protocol.drug_spans()
        assert came == 20.0
        assert went - train.end_min == pytest.approx(10.0 - 0.99 / 60)
        assert schedule(protocol, ("test", "control"))


def test_published_points_are_the_targets_of_the_data_file() -> None:
    found = {point.at: point for point in Protocol.named("frequency_series").series.published}
    target = load("plasticity_targets.toml")["fitted.train_10hz/60"]
    assert (found[10.0].percent, found[10.0].low, found[10.0].high) == (
        target.value,
        target.low,
        target.high,
    )


def test_only_the_chosen_train_varies_and_what_comes_later_moves_with_its_end(tmp_path: Path) -> None:
    (_, short), (_, longer) = read(tmp_path, MINE).members()
    assert [train.pulses for train in short.trains] == [100, 5]
    assert [train.pulses for train in longer.trains] == [100, 20]
    assert short.trains[1].at_min == 15.0
    for protocol, last in ((short, 4.0), (longer, 19.0)):
        moved = (59.0 - last) / 60.0
        assert protocol.phases[1].at_min == pytest.approx(20.0 - moved)
        assert protocol.duration_min == pytest.approx(30.0 - moved)


def test_a_series_of_all_trains_moves_later_trains_washes_and_probes() -> None:
    trains = (Train(5.0, "test", 61, 1.0), Train(10.0, "test", 61, 1.0))
    base = Protocol(
        *("mine", "mine", 30.0),
        (Phase(0.0, "control"),),
        washes=(Wash(8.0, True),),
        trains=trains,
        probes=(Probe(20.25, "test"),),
        series=Series("hz", (0.5, 1.0)),
    )
    (_, slow), (_, usual) = base.members()
    assert (slow.trains[1].at_min, slow.washes[0].at_min, slow.probes[0].at_min) == (11.0, 9.0, 22.25)
    assert usual.trains == trains
    assert slow.duration_min == 32.0


@pytest.mark.parametrize(
    ("varies", "value", "label", "axis"),
    [
        ("hz", 10.0, "10hz", "frequency of pulses (Hz)"),
        ("pulses", 40.0, "40_pulses", "pulses"),
        ("burst_hz", 5.0, "5_burst_hz", "frequency of bursts (Hz)"),
        ("current_delay_ms", -10.0, "-10_current_delay_ms", "current delay (ms)"),
    ],
)
def test_an_experiment_is_named_after_its_value(varies: str, value: float, label: str, axis: str) -> None:
    series = Series(varies, (value, value + 1))
    assert (series.label(value), series.axis) == (label, axis)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('varies = "pulses"', 'varies = "mA"', "series: varies = 'mA' is not known. Allowed: pulses, hz"),
        ('varies = "pulses"', "", "varies is missing. A series needs varies and values"),
        ('varies = "pulses"', 'varys = "pulses"', "unknown key 'varys'"),
        ('varies = "pulses"', 'varies = "bursts"', "does not fit between bursts"),
        ("values = [5, 20]", "values = 5", "values = 5.0 must be a list of numbers"),
        ("values = [5, 20]", 'values = [5, "20"]', "values = '20' must be a number"),
        ("values = [5, 20]", "values = [20]", "give two or more, each above the one before"),
        ("values = [5, 20]", "values = [20, 5]", "20, 5: give two or more, each above the one before"),
        ("values = [5, 20]", "values = [5.5, 20]", "pulses = 5.5, 20 must be whole numbers"),
        ("values = [5, 20]", "values = [0, 20]", "pulses = 0: train pulses = 0: it must be above 0"),
        ("train = 2", "train = 3", "the series varies train 3, but there are 2"),
        ("train = 2", "train = -1", "trains are counted from 1"),
        ("train = 2", "train = 1.5", "train = 1.5 must be a whole number"),
        ("at = 20", "at = 21", "published at 21, which is not one of its values: 5, 20"),
        ("low = 140", "low = 155", "Give a target, or percent between low and high"),
        ("percent = 150", 'target = "lfs_2hz/60"', "unknown target 'lfs_2hz/60'. Did you mean 'lfs_1hz/60'"),
        ("percent = 150", "percents = 150", "unknown key 'percents'"),
        ("[series]", "[[series]]", "series must be written as a [series] table"),
    ],
)
def test_a_series_that_cannot_be_is_one_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in MINE
    text = MINE.replace(old, new, 1)
    if new == "[[series]]":
        text = text[: text.index("[[series.published]]")]
    with pytest.raises(CellModelError) as found:
        read(tmp_path, text)
    assert said.replace("5.0", "5") in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("varied", VARIED)
@pytest.mark.parametrize("measure", ["zero_crossing", "half_maximal"])
def test_what_a_curve_says_can_be_given_in_the_unit_of_whatever_varies(varied: str, measure: str) -> None:
    check_unit(measure, Series(varied, (1.0, 2.0)).unit)


# --- pairing ------------------------------------------------------------------------------


def test_the_shipped_pairing_has_two_steps_of_current_after_each_of_a_hundred_pulses() -> None:
    (train,) = Protocol.named("pairing").trains
    assert len(train.pulse_times()) == 100
    assert np.diff(train.pulse_times()) == pytest.approx(200.0)
    steps = train.current_times().reshape(100, 2)
    assert steps - train.pulse_times()[:, None] == pytest.approx(np.tile([10.0, 20.0], (100, 1)))
    assert train.text == "5 Hz, 100 pulses, paired"


def test_current_before_the_pulse_begins_with_the_train() -> None:
    train = paired(current_delay_ms=-10.0)
    assert train.current_times()[0] == 0.0
    assert train.pulse_times()[0] == 10.0
    assert train.end_min == pytest.approx(10.0 + (99 * 200.0 + 10.0) / 60000.0)


def test_a_train_without_current_has_no_steps() -> None:
    assert Train(10.0, "test", 100, 5.0).current_times().size == 0
    assert Train(10.0, "test", 100, 5.0).text == "5 Hz, 100 pulses"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"current_nA": 0.0}, "current_ms without current_nA. Give both, or no current"),
        ({"current_ms": 0.0}, "current_nA without current_ms"),
        ({"current_nA": 0.0, "current_ms": 0.0}, "current_delay_ms without current_nA"),
        ({"current_ms": -1.0}, "current_ms = -1: it must be above 0"),
        ({"current_steps": 0}, "current_steps = 0: it must be above 0"),
        ({"current_steps": 2}, "steps of current of 2 ms, 0 ms apart, overlap"),
        ({"current_steps": 21, "current_interval_ms": 10.0}, "of 202 ms with each pulse overlaps"),
    ],
)
def test_current_that_cannot_be_is_refused(changes: dict, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        paired(**changes)


# --- a clamped soma -----------------------------------------------------------------------


def held(**changes: object) -> Train:
    return Train(**{"at_min": 10.0, "pathway": "test", "pulses": 100, "hz": 2.0, "hold_mV": 0.0, **changes})


def test_the_shipped_depolarized_pairing_holds_the_soma_around_a_hundred_pulses() -> None:
    (train,) = Protocol.named("pairing_depolarized").trains
    numbers = load("preparations.toml").values_of("held_cell")
    pulses = train.pulse_times()
    assert len(pulses) == 100
    assert np.diff(pulses) == pytest.approx(500.0)
    assert pulses[0] == numbers["lead"] > 0.0
    assert train.hold_ms == pytest.approx(pulses[-1] + numbers["lag"])
    assert train.end_min == pytest.approx(20.0 + pulses[-1] / 60000.0)
    assert train.cesium
    assert train.current_times().size == 0
    assert train.text == "2 Hz, 100 pulses at 0 mV"


def test_no_cell_is_held_above_the_reversal_of_calcium_through_nmda_receptors() -> None:
    assert load("preparations.toml").value("held_cell.v_highest") == load("synapse.toml").value("nmda.e_ca")


def test_a_train_that_is_not_held_has_no_clamp() -> None:
    assert held(hold_mV=None).hold_ms == 0.0
    assert held(hold_mV=None).pulse_times()[0] == 0.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hold_mV": None, "cesium": True}, "cesium without hold_mV. Give hold_mV, or leave cesium out"),
        ({"current_nA": 1.0, "current_ms": 2.0}, "hold_mV and current_nA: .* Give one of them"),
        ({"hold_mV": 40.5}, "hold_mV = 40.5: allowed -100 to 40 mV"),
        ({"hold_mV": -100.5}, "hold_mV = -100.5: allowed -100 to 40 mV"),
    ],
)
def test_a_clamp_that_cannot_be_is_refused(changes: dict, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        held(**changes)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hold_mV = 0", ""),
        ('hold_mV = "0 mV"', "[[train]]: hold_mV = '0 mV' must be a number"),
        ("hold_mV = true", "[[train]]: hold_mV = True must be a number"),
        ("hold_mV = 0\ncesium = 1", "[[train]]: cesium = 1 must be true or false"),
        ("hold_mV = 600", "[[train]]: train hold_mV = 600: allowed"),
        (
            "hold_mv = 0",
            "unknown key 'hold_mv'. Did you mean 'hold_mV'? Allowed: at_min, burst_hz, bursts, cesium,",
        ),
    ],
)
def test_what_a_file_says_of_the_clamp_is_checked(line: str, said: str, tmp_path: Path) -> None:
    text = MINE.replace("[[train]]\n", f"[[train]]\n{line}\n", 1)
    assert text != MINE
    if not said:
        assert read(tmp_path, text).trains[0].hold_mV == 0.0
        return
    with pytest.raises(CellModelError) as found:
        read(tmp_path, text)
    assert said in str(found.value)
    assert "\n" not in str(found.value)


def test_the_shipped_series_of_potentials_is_the_shipped_pairing_at_each_of_them() -> None:
    protocol = Protocol.named("pairing_voltages")
    assert protocol.series.axis == "holding potential (mV)"
    members = protocol.members()
    (like,) = Protocol.named("pairing_depolarized").trains
    assert [value for value, _ in members] == [-65.0, -40.0, -20.0, -10.0, 0.0]
    assert all(member.trains == (replace(like, hold_mV=value),) for value, member in members)
