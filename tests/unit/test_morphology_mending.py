"""Faults of traced files: what can be mended is mended and said, what cannot is refused at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import MorphologyError
from cellmodel.morphology import load_morphology, morphometrics
from cellmodel.morphology.geometry import APICAL, DENDRITES
from cellmodel.morphology.measures import path_to_end, tips
from cellmodel.parameters import load

SPARSE = """\
1 1 0 0 0 8 -1
2 3 0 -10 0 1 1
3 3 0 -110 0 1 2
4 4 0 10 0 1 1
5 4 0 100 0 1 4
6 4 60 140 0 0.5 5
7 4 0 190 0 1 5
8 4 40 280 0 0.5 7
9 4 -40 290 0 0.5 7
50 2 0 -8 0 0.5 1
51 2 5 -128 0 0.25 50""".splitlines()

STEP = 20.0


def traced(lines: list[str]) -> list[str]:
    """Return the lines with points between those that are far apart, numbered from 1000."""
    at = {line.split()[0]: np.array(line.split()[2:5], float) for line in lines}
    rows: list[str] = []
    for line in lines:
        number, kind, *_, radius, parent = line.split()
        if parent in at and parent != "1":
            start, end = at[parent], at[number]
            n = int(np.linalg.norm(end - start) // STEP)
            for k in range(1, n + 1):
                x, y, z = start + (end - start) * k / (n + 1)
                rows.append(f"{1000 + len(rows)} {kind} {x:.4f} {y:.4f} {z:.4f} {radius} {parent}")
                parent = rows[-1].split()[0]
        rows.append(" ".join([*line.split()[:6], parent]))
    return rows


WHOLE = traced(SPARSE)


@pytest.fixture
def swc(tmp_path: Path):
    """Return a function that writes lines to a file and loads it."""

    def write(*lines: str):
        path = tmp_path / "cell.swc"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return load_morphology(path)

    return write


def replaced(number: int, line: str) -> list[str]:
    """Return the cell with another line for one of its points."""
    return traced([line if row.startswith(f"{number} ") else row for row in SPARSE])


def fine(*, depth: float = 0.0, radius: float = 0.3) -> list[str]:
    """Return a basal dendrite of a hundred points 2 um apart, every other one ``depth`` um deeper."""
    rows = [f"{100 + k} 3 0 {-111 - 2 * k} {depth * (k % 2)} {radius} {99 + k}" for k in range(100)]
    return [rows[0].rsplit(" ", 1)[0] + " 3", *rows[1:]]


# ---- pieces and joints ----


def test_a_piece_without_a_parent_is_joined_to_the_dendrite_beside_it(swc) -> None:
    cell = swc(*replaced(7, "7 4 0 107 0 1 -1"))
    assert cell.repairs == ("a piece without a parent was joined to the nearest point, 7.0 um away",)
    assert len(tips(cell, *APICAL)) == 3


def test_a_lost_parent_is_a_gap_like_any_other(swc) -> None:
    assert "7.0 um away" in swc(*replaced(7, "7 4 0 107 0 1 99")).repairs[0]


def test_a_gap_at_the_soma_is_counted_from_its_surface(swc) -> None:
    assert "2.0 um away" in swc(*replaced(4, "4 4 0 10 0 1 -1")).repairs[0]


def test_pieces_hang_on_each_other_whatever_their_order(swc) -> None:
    chain = ["20 3 0 -126 0 1 -1", "21 3 0 -118 0 1 -1"]  # the first reaches the cell only over the second
    cell = swc(*WHOLE, *chain)
    assert cell.repairs == (
        "2 pieces without a parent were joined to the nearest points, 8.0, 8.0 um away",
        "1 point stood before its parent and was put after it",
    )
    assert morphometrics(cell)["basal_length"] == pytest.approx(116.0)


def test_a_dendrite_is_not_joined_to_an_axon_beside_it(swc) -> None:
    with pytest.raises(MorphologyError, match=r"point 20 is 19 um from the rest"):
        swc(*WHOLE, "20 3 5 -128 0 1 -1")


def test_a_branch_on_a_far_point_is_joined_to_the_one_beside_it(swc) -> None:
    far = ["20 3 4 -112 0 0.5 9", "21 3 50 -150 0 0.5 20"]
    cell = swc(*WHOLE, *fine(), *far)
    (said,) = cell.repairs
    assert said.startswith("a branch that hung on a point 404.4 um away was joined to the one beside it, 4.1")
    assert len([s for s in cell.of("tuft") if not cell.children(s)]) == 2


def test_a_branch_on_a_far_point_beside_nothing_is_refused(swc) -> None:
    with pytest.raises(
        MorphologyError, match=r"points 9 and 20 are joined but 506 um apart .* no other point is near"
    ):
        swc(*WHOLE, *fine(), "20 3 400 40 0 0.5 9")


# ---- depth and diameters ----


def test_jitter_of_the_focus_is_smoothed_and_the_lengths_before_and_after_are_said(swc) -> None:
    cell, straight = swc(*WHOLE, *fine(depth=8.0)), swc(*WHOLE, *fine())
    (said,) = cell.repairs
    assert "jitter of the focus" in said
    assert "length fell from 1376 to" in said
    found, true = (morphometrics(shape)["basal_length"] for shape in (cell, straight))
    assert true <= found < 1.25 * true
    for one, other in zip(cell.sections[1:], straight.sections[1:], strict=True):
        assert one.points[:, :2] == pytest.approx(
            other.points[:, :2], abs=3.0
        )  # upright, by a hair's breadth


def test_a_cell_that_runs_through_the_slice_s_depth_is_left_as_it_is(swc) -> None:
    assert swc(*WHOLE, *fine(depth=0.8)).repairs == ()


def test_diameters_rounded_up_are_given_the_usual_ones(swc) -> None:
    taper = [f"{300 + k} 4 {3 + 3 * k} 190 0 {0.9 - 0.02 * k:.3f} {299 + k if k else 7}" for k in range(5)]
    coarse = [line.replace(" 0.5 ", " 0.675 ") for line in WHOLE]
    cell = swc(*coarse, *fine(radius=0.675), *taper)
    said = cell.repairs[0]
    assert "the least diameter, 1.35 um" in said
    assert "surface fell from" in said
    data = load("morphology.toml")
    basal = max(cell.of("basal"), key=lambda section: section.length)
    assert basal.diameters[10:] == pytest.approx(data.value("file.terminal"))
    assert cell.of("trunk")[0].diameters == pytest.approx(2.0)  # what is thicker was measured


def test_thin_dendrites_of_one_diameter_are_a_measurement(swc) -> None:
    assert swc(*WHOLE, *fine(radius=0.2)).repairs == ()


# ---- axon ----


def test_a_cell_without_axon_is_given_one_with_an_initial_segment(swc) -> None:
    cell = swc(*traced(SPARSE[:-2]))
    assert cell.repairs == (
        "no axon: a straight one of 120 um, with hillock and initial segment, was added below the soma",
    )
    ends = [path_to_end(cell)[section.id] for section in cell.of("axon")]
    assert ends == pytest.approx([10.0, 45.0, 120.0])
    assert cell.of("axon")[-1].points[-1, 1] < -120.0


def test_the_stump_of_an_axon_is_continued(swc) -> None:
    cell = swc(*replaced(51, "51 2 12 -8 0 0.5 50"))
    assert cell.repairs == (
        "the axon ends after 12 um, within its initial segment, and was continued straight to 120 um",
    )
    last = cell.of("axon")[-1]
    assert path_to_end(cell)[last.id] == pytest.approx(120.0)
    assert last.points[-1] - last.points[0] == pytest.approx([75.0, 0.0, 0.0], abs=10.0)


def test_a_traced_axon_is_left_alone(swc) -> None:
    assert swc(*WHOLE).repairs == ()


# ---- turned, doubled, huge, not text ----


def test_a_cell_upside_down_is_turned_along_its_apical_trunk(swc) -> None:
    down = []
    for line in WHOLE:
        number, kind, x, y, z, radius, parent = line.split()
        down.append(f"{number} {kind} {x} {-float(y)} {z} {radius} {parent}")
    cell, straight = swc(*down), swc(*WHOLE)
    assert cell.repairs == ()
    for one, other in zip(cell.sections, straight.sections, strict=True):
        assert one.domain == other.domain
        assert one.points[:, 1] == pytest.approx(other.points[:, 1], abs=1e-9)
    trunk = cell.of("trunk")
    assert trunk[-1].points[-1, 1] > trunk[0].points[0, 1] > 0


def test_a_huge_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.swc"
    with path.open("wb") as file:
        file.write(b"1 1 0 0 0 8 -1\n")
        file.truncate(500_000_000)  # a hole: it takes no room on the disk
    start = time.perf_counter()
    with pytest.raises(MorphologyError, match=r"huge\.swc has 500 MB \(at most 20\)"):
        load_morphology(path)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is a binary file"),
        (bytes(range(256)) * 20, "is a binary file"),
        ("1 1 0 0 0 8 -1\n".encode("utf-16"), "is a binary file"),
        (b"\xff\xd8\xff\xe1 no nulls here", "is not a point"),
        (b"1 1e300 0 0 0 8 -1\n", "is not a point"),
    ],
)
@pytest.mark.parametrize("suffix", [".swc", ".asc", ".hoc"])
def test_a_file_that_is_no_text_is_refused_in_one_line(
    tmp_path: Path, content: bytes, text: str, suffix: str
) -> None:
    path = tmp_path / f"cell{suffix}"
    path.write_bytes(content)
    if text == "is not a point" and suffix != ".swc":
        pytest.skip("a table's line is SWC's")
    with pytest.raises(MorphologyError, match=text) as caught:
        load_morphology(path, trust_hoc=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_to_a_file_ends_in_anything_but_a_cell_or_one_message(swc, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = [line.split() for line in [*WHOLE, *fine()]]
    for _ in range(int(rng.integers(1, 6))):
        line = lines[int(rng.integers(len(lines)))]
        line[int(rng.integers(7))] = str(
            rng.choice(["-1", "0", "7", "1e9", "nan", "inf", "-3.5", "x", "4", "1"])
        )
    try:
        cell = swc(*map(" ".join, lines))
    except MorphologyError as error:
        is_good = "\n" not in str(error)
    else:
        is_good = sum(section.length for section in cell.of(*DENDRITES)) > 0
    assert is_good


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.swc")
    with pytest.raises(MorphologyError, match="is not a file"):
        load_morphology(tmp_path / "pipe.swc")
