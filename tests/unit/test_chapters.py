"""The plan of a study: which chapters it has, and what is repeated at the bounds of the receptor's q10."""

from __future__ import annotations

from types import SimpleNamespace

from cellmodel.protocol import Protocol
from cellmodel.receptor import Receptor
from cellmodel.slice import SliceOptions
from cellmodel.study import chapters, ltp


def test_a_study_is_repeated_at_the_bounds_of_the_assumed_q10() -> None:
    plan = chapters.plan(SliceOptions(), "aniracetam", 1.5, is_quick=False)
    repeated = [chapter for chapter in plan if chapter.q10 is not None]
    assert {chapter.q10 for chapter in repeated} == set(Receptor.named("ca1").q10_band) == {1.5, 3.0}
    assert sorted({(chapter.name, chapter.experiment) for chapter in repeated}) == [
        ("ltp", "ltp_crossed"),
        ("whole_cell", ""),
    ]


def test_the_band_of_a_q10_takes_few_test_pulses_and_the_study_proper_all_of_them(monkeypatch) -> None:
    played = {}

    def conduct(options: SliceOptions, protocol: Protocol, dose_mM: float, **_: object) -> str:
        played[options.receptor_q10] = protocol.probe_interval_seconds
        return "played"

    monkeypatch.setattr(ltp, "conduct", conduct)
    monkeypatch.setattr(ltp, "summary", lambda run: SimpleNamespace(rows=(), sweeps=()))
    plan = chapters.plan(SliceOptions(), "aniracetam", 1.5, is_quick=False)
    for chapter in plan:
        if chapter.experiment == "ltp_crossed":
            chapters.compute(chapter)
    assert played == {None: 30.0, 1.5: ltp.SPARSE, 3.0: ltp.SPARSE}


def test_a_quick_study_and_a_receptor_without_bounds_are_not_repeated() -> None:
    for options, is_quick in ((SliceOptions(), True), (SliceOptions(receptor="chick_nm"), False)):
        plan = chapters.plan(options, "aniracetam", 1.5, is_quick=is_quick)
        assert {chapter.q10 for chapter in plan} == {None}
        assert len(plan) == 10


def test_a_study_has_doses_around_its_own_up_to_the_solubility() -> None:
    plan = chapters.plan(SliceOptions(), "aniracetam", 1.5, is_quick=False)
    series = {c.level: c.doses_mM for c in plan if c.name == "doses"}
    assert series == dict.fromkeys(("slice", "cell", "patch"), (0.15, 0.3, 0.75, 1.5, 3.0, 4.5))
    above = [c.doses_mM for c in chapters.plan(SliceOptions(), "aniracetam", 4.0, is_quick=True)]
    assert set(above) == {(), (0.4, 4.0, 5.0)}
    vehicle = chapters.plan(SliceOptions(), "vehicle", 0.0, is_quick=True)
    assert not [c for c in vehicle if c.name == "doses"]


def test_what_needs_no_intensity_comes_before_and_the_long_chapters_first() -> None:
    before = chapters.before(SliceOptions(), "aniracetam", 1.5, is_quick=False)
    plan = chapters.plan(SliceOptions(), "aniracetam", 1.5, is_quick=False)
    assert [chapter.name for chapter in before] == ["intensity", "scorecard", "chick", "culture"]
    assert not {chapter.name for chapter in before} & {chapter.name for chapter in plan}
    assert {chapter.name for chapter in before + plan} == set(chapters.CHAPTERS)
    assert [chapter.experiment for chapter in plan[:6]] == [
        *("ltp_crossed", "ltp_crossed", "ltp_crossed"),
        *("ltp", "ltp_D-AP5", "ltp_vehicle"),
    ]
