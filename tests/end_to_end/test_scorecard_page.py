"""The scorecard from its command line, without the LTP experiments."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "scorecard.py"
HEADER = ["id", "quantity", "published", "low", "high", "model", "status", "kind", "source"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("scorecard")
    command = [sys.executable, str(SCRIPT), "--quick", "--jobs", "1", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "scorecard.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        found = list(reader)
    assert reader.fieldnames == HEADER
    return found


@pytest.mark.slow
def test_every_row_is_judged_by_its_band(table) -> None:
    assert len(table) > 100
    for line in table:
        assert line["kind"] in ("fitted", "predicted")
        low, high = float(line["low"] or "-inf"), float(line["high"] or "inf")
        is_inside = bool(line["model"]) and low <= float(line["model"]) <= high
        assert line["status"] in (("pass", "contested") if is_inside else ("miss",)), line


@pytest.mark.slow
def test_only_what_the_model_cannot_answer_has_no_number(table) -> None:
    assert {line["id"] for line in table if not line["model"]} == {"BK09", "AN07.kainate", "AN08.region"}


@pytest.mark.slow
def test_rows_that_take_long_are_left_out_and_said(folder: Path, table) -> None:
    (notice,) = (n for n in json.loads((folder / "run.json").read_text())["notices"] if "--quick" in n)
    for name in ("SL06", "SL07", "SL09", "SL15", "LT01", "AN09.later", "CE04.block"):
        assert name in notice
        assert name not in {line["id"] for line in table}


@pytest.mark.slow
def test_the_page_and_the_figure_are_written(folder: Path) -> None:
    for name in ("scorecard.html", "scorecard.png", "scorecard.svg"):
        assert (folder / name).stat().st_size > 10_000
