"""The study from the command line: its chapters, its report, and the same numbers whoever computes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from scripts import FILES, Done, runs_of

PAIRS = (("study",), ("one job",), ("again by two jobs",))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, small_cell: str) -> Callable[..., list[Done]]:
    """Return a function that gives runs by name, computed once."""
    root = tmp_path_factory.mktemp("study")
    usual = ("study", "--quick", "--morphology", small_cell)
    commands = {
        "study": (*usual, "--jobs", "2"),
        "one job": (*usual, "--no-plots", "--only", "chick,culture", "--jobs", "1"),
        "again by two jobs": (
            *("study", "--no-plots", "--jobs", "2"),
            *("--rerun", str(root / "one_job" / "run.json")),
        ),
    }
    return runs_of(root, commands, PAIRS)


class Loaded(HTMLParser):
    """What a page would load, and its headings."""

    LOADING = ("src", "srcset", "data", "poster", "action", "background")

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            is_loaded = name in self.LOADING or (name.endswith("href") and tag != "a")
            if is_loaded and value and not value.startswith(("#", "data:")):
                self.addresses.append(value)


@pytest.mark.slow
def test_the_study_ends_in_a_report_that_needs_nothing_but_itself(runs, open_nwb) -> None:
    (done,) = runs("study")
    assert done.code == 0, done.err
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    loaded = Loaded()
    loaded.feed(page)
    assert loaded.addresses == []
    assert "@import" not in page
    assert "url(http" not in page
    assert loaded.tags.count("svg") >= 6
    for table in ("Table 1", "Table 2"):
        assert table in page
    assert loaded.tags.count("table") >= 2
    assert open_nwb(done.folder / "traces.nwb")


@pytest.mark.slow
def test_the_study_has_every_chapter_in_rows_and_figures(runs) -> None:
    (done,) = runs("study")
    assert {row.experiment for row in done.rows} == {
        *("patch_clamp", "synaptic_currents", "field_potential"),
        *("ltp", "ltp_vehicle", "ltp_crossed", "ltp_D-AP5", "dose_response"),
    }
    doses = {row.dose_mM for row in done.rows if row.experiment == "dose_response"}
    assert doses == {0.0, 0.15, 1.5, 4.5}
    names = {path.name for path in done.folder.iterdir()}
    figures = {"patch", "epsc", "ltp", "ltp_crossed", "cascade", "fepsp", "whole_cell", "input_output"}
    pictures = {f"{figure}.{kind}" for figure in figures for kind in ("png", "svg")}
    tables = {f"{name}.csv" for name in (figures | {"doses"}) - {"input_output"}}
    assert names == FILES | {"report.html"} | pictures | tables
    listed = done.out.split("wrote ")[1].split(" to ")[0].split(", ")
    assert set(listed) == names


@pytest.mark.slow
def test_the_study_shows_ltp_that_needs_nmda_receptors_and_no_drug(runs) -> None:
    (done,) = runs("study")
    percent = {
        (row.experiment, row.condition): row.value
        for row in done.rows
        if row.measure == "ltp_percent" and row.pathway == "test" and row.time_min == 5.0
    }
    assert percent["ltp_vehicle", "vs_baseline"] > 120.0
    assert percent["ltp_crossed", "vs_baseline"] > 120.0
    blocked, vehicle = (percent[name, "vs_baseline"] - 100.0 for name in ("ltp_D-AP5", "ltp_vehicle"))
    assert abs(blocked) < 0.25 * vehicle  # short-term potentiation is presynaptic and stays
    assert ("ltp_vehicle", "vs_drug_baseline") not in percent
    crossed = {
        row.condition: row.value
        for row in done.rows
        if (row.experiment, row.measure, row.pathway, row.time_min)
        == ("ltp_crossed", "fepsp_amplitude", "test", None)
    }
    assert crossed["drug"] > 1.2 * crossed["control"]
    assert crossed["wash"] == pytest.approx(crossed["control"], rel=0.05)
    assert crossed["after_ltp_drug"] > crossed["after_ltp"] > 1.1 * crossed["wash"]


def test_an_unknown_chapter_names_the_nearest(
    tmp_path: Path, in_process: Callable[..., CompletedProcess[str]]
) -> None:
    done = in_process("study", "--out", "out", "--only", "patch,chik", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "unknown chapter 'chik'. Did you mean 'chick'?" in done.stderr
    assert not os.listdir(tmp_path)


@pytest.mark.slow
def test_a_study_run_again_by_two_jobs_gives_what_one_gave(runs) -> None:
    one, two = runs("one job", "again by two jobs")
    assert (one.code, two.code) == (0, 0), one.err + two.err
    assert two.described["options"] == one.described["options"]
    assert two.described["options"]["only"] == "chick,culture"
    for name in ("measures.csv", "traces.nwb"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    preparations = {row.preparation for row in one.rows}
    assert preparations == {"chick_cell", "culture_cell"}
