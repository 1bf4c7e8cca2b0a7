"""Reading cells from SWC, ASC and hoc: the shape comes out, and broken files are refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import MorphologyError, ParameterError
from cellmodel.morphology import grow, load_morphology, morphology_names, morphometrics
from cellmodel.parameters import load

SOMA = ["1 1 0 0 0 8 -1"]
BASAL = ["2 3 0 -10 0 1 1", "3 3 0 -110 0 1 2"]
APICAL = ["4 4 0 10 0 1 1", "5 4 0 100 0 1 4", "6 4 60 140 0 0.5 5", "7 4 0 190 0 1 5"]
TUFT = ["8 4 40 280 0 0.5 7", "9 4 -40 290 0 0.5 7"]
AXON = ["50 2 0 -8 0 0.5 1", "51 2 5 -128 0 0.25 50"]
WHOLE = [*SOMA, *BASAL, *APICAL, *TUFT, *AXON]


@pytest.fixture
def swc(tmp_path: Path):
    """Return a function that writes lines to a file and loads it."""

    def write(*lines: str, name: str = "cell.swc"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return load_morphology(path)

    return write


def replaced(number: int, line: str) -> list[str]:
    return [line if row.startswith(f"{number} ") else row for row in WHOLE]


def test_a_small_cell_has_all_domains_and_the_lengths_of_its_lines(swc) -> None:
    cell = swc("# a comment", "", *WHOLE)
    dendrites = [s.domain for s in cell.sections if s.domain != "axon"]
    assert dendrites == ["soma", "basal", "trunk", "oblique", "trunk", "tuft", "tuft"]
    assert len(cell.of("axon")) == 3  # hillock, initial segment, the rest
    shape = morphometrics(cell)
    assert shape["basal_length"] == pytest.approx(100.0)
    assert shape["trunk_path"] == pytest.approx(180.0)
    assert shape["oblique_length"] == pytest.approx(np.hypot(60.0, 40.0))
    assert shape["tuft_tips"] == 2
    assert cell.repairs == ()


def test_a_soma_of_one_point_has_the_surface_of_its_sphere(swc) -> None:
    assert swc(*WHOLE).sections[0].area == pytest.approx(4 * np.pi * 8.0**2, rel=1e-9)


def test_a_soma_of_three_points_is_a_cylinder_as_long_as_it_is_thick(swc) -> None:
    three = ["1 1 0 0 0 8 -1", "10 1 0 -8 0 8 1", "11 1 0 8 0 8 1"]
    soma = swc(*three, *WHOLE[1:]).sections[0]
    assert soma.length == pytest.approx(16.0)
    assert soma.area == pytest.approx(np.pi * 16.0**2)


def test_a_soma_in_pieces_becomes_one_stack_and_is_reported(swc) -> None:
    pieces = ["1 1 0 0 0 8 -1", "10 1 0 -6 0 7 1", "11 1 0 -10 0 4 10", "12 1 1 6 0 7 1", "13 1 0 11 0 3 12"]
    cell = swc(*pieces, *WHOLE[1:])
    heights = cell.sections[0].points[:, 1]
    assert np.all(np.diff(heights) > 0) or np.all(np.diff(heights) < 0)
    assert len(heights) == 5
    assert "long axis" in cell.repairs[0]


def test_a_stub_of_a_soma_is_given_the_mean_surface_and_is_reported(swc) -> None:
    cell = swc(*replaced(1, "1 1 0 0 0 2 -1"))
    assert cell.sections[0].area == pytest.approx(load("morphology.toml").value("file.soma_surface"))
    assert "stub of 50 um2" in cell.repairs[0]


def test_the_cell_is_turned_upright_with_its_soma_at_the_origin(swc) -> None:
    turned = []
    for line in WHOLE:
        number, kind, x, y, z, radius, parent = line.split()
        turned.append(f"{number} {kind} {100 - float(y)} {50 + float(x)} {z} {radius} {parent}")
    cell, straight = swc(*turned), swc(*WHOLE)
    assert cell.sections[0].points.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)
    for one, other in zip(cell.sections, straight.sections, strict=True):
        assert one.points[:, 1] == pytest.approx(other.points[:, 1], abs=1e-9)
        assert one.length == pytest.approx(other.length)


def test_lines_may_stand_in_any_order(swc) -> None:
    cell = swc(*reversed(WHOLE))
    assert morphometrics(cell) == pytest.approx(morphometrics(swc(*WHOLE)))
    assert cell.repairs == ("10 points stood before their parents and were put after them",)


def test_points_that_stand_twice_and_thin_ones_are_mended_and_reported(swc) -> None:
    cell = swc(*replaced(9, "9 4 -40 290 0 0.01 7"), "10 4 -40 290 0 0.01 9")
    assert cell.repairs == (
        "1 point that stood twice was taken once",
        "1 point thinner than 0.1 um was given that diameter",
    )
    assert len(cell.sections) == 10


def test_points_of_other_types_take_that_of_their_parent(swc) -> None:
    cell = swc(*replaced(9, "9 6 -40 290 0 0.5 7"))
    assert len(cell.of("tuft")) == 2
    assert cell.repairs == ("points of type 6 were given the type of their parent",)


def test_without_two_high_daughters_the_tuft_starts_at_the_best_bifurcation(swc) -> None:
    cell = swc(*[line for line in WHOLE if not line.startswith(("8", "9"))])
    assert [s.domain for s in cell.sections][:5] == ["soma", "basal", "trunk", "tuft", "tuft"]


def test_without_any_high_bifurcation_the_trunk_goes_to_the_top(swc) -> None:
    cell = swc(*[line for line in replaced(6, "6 4 60 140 0 0.5 4") if line not in TUFT])
    assert [s.domain for s in cell.sections][:5] == ["soma", "basal", "trunk", "trunk", "oblique"]


WRONG = {
    "no soma": ([line for line in WHOLE if not line.startswith("1 ")], "no soma"),
    "no apical": ([*SOMA, *BASAL], "no apical dendrite"),
    "zero diameter": (replaced(6, "6 4 60 140 0 0 5"), "point 6 has diameter 0 um"),
    "negative diameter": (replaced(6, "6 4 60 140 0 -1 5"), "point 6 has diameter -2 um"),
    "not a number": (replaced(6, "6 4 60 nan 0 1 5"), "point 6 has no finite coordinates"),
    "infinite": (replaced(6, "6 4 60 140 0 inf 5"), "point 6 has diameter inf um"),
    "cycle": (replaced(4, "4 4 0 10 0 1 7"), "cycle"),
    "own parent": (replaced(6, "6 4 60 140 0 1 6"), "point 6 is its own parent"),
    "lost parent": (
        replaced(6, "6 4 60 140 0 1 77"),
        "point 6, whose parent 77 is not in the file, is 72 um from the rest of the cell",
    ),
    "two pieces": (
        replaced(4, "4 4 0 30 0 1 -1"),
        "2 disconnected pieces: that of point 4 is 22 um from the rest of the cell",
    ),
    "many pieces": (
        [*WHOLE, *(f"{100 + k} 3 {k} -110 0 1 -1" for k in range(300))],
        "301 points have no parent",
    ),
    "far away": (replaced(6, "6 4 2000 140 0 1 5"), "points 5 and 6 are joined but 2000 um apart"),
    "twice": ([*WHOLE, WHOLE[-1]], "point 51 stands 2 times"),
    "soma on a dendrite": ([*WHOLE, "10 1 0 300 0 3 9"], "soma point 10 hangs on a neurite"),
    "root is a dendrite": (
        ["1 3 0 0 0 8 -1", "2 1 0 -10 0 1 1", *APICAL],
        "soma point 2 hangs on a neurite (point 1)",
    ),
    "no line of a cell": (["hello", *WHOLE], "line 1: 'hello' is not a point"),
    "too few columns": (["1 1 0 0 0 8"], "line 1"),
    "type is a fraction": (replaced(6, "6 4.5 60 140 0 1 5"), "line 6"),
    "no radius": ([line.rsplit(" ", 2)[0] + " 1" for line in WHOLE], "one is missing, as a rule the radius"),
    "no points": (["# nothing"], "has no points"),
    "in mm": (
        [
            f"{n} {kind} {float(x) / 1000} {float(y) / 1000} {float(z) / 1000} {float(r) / 1000} {parent}"
            for n, kind, x, y, z, r, parent in map(str.split, WHOLE)
        ],
        "its dendrites span 0.4 um, less than 20: the coordinates are in mm",
    ),
    "in nm": (
        [
            f"{n} {kind} {float(x) * 1000} {float(y) * 1000} {float(z) * 1000} {float(r) * 1000} {parent}"
            for n, kind, x, y, z, r, parent in map(str.split, WHOLE)
        ],
        "the coordinates are in nm or pixels",
    ),
    "interneuron": (
        [line.replace(" 4 ", " 3 ", 1) for line in WHOLE],
        "no apical dendrite (type 4 in SWC, Apical in ASC). A CA1 pyramidal cell has one",
    ),
    "second soma": (
        [*WHOLE, "60 1 600 0 0 8 -1"],
        "a second soma: that of point 60 is 592 um from the first",
    ),
    "radius in nm": (replaced(6, "6 4 60 140 0 1000 5"), "point 6 has diameter 2000 um (at most 50 um"),
    "semicolons": ([line.replace(" ", ";") for line in WHOLE], "separated by semicolons: replace them"),
    "commas": ([line.replace(" ", ",") for line in WHOLE], "separated by commas: replace them by spaces"),
    "decimal commas": (replaced(6, "6 4 60 140,5 0 1 5"), "It has decimal commas: replace them by points"),
    "Neurolucida": (['("CellBody" (CellBody)'], "give the file the ending .asc"),
    "web page": (["<!DOCTYPE html>"], "This looks like XML or a web page"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_broken_file_is_refused_with_what_is_wrong(swc, case: str) -> None:
    lines, text = WRONG[case]
    with pytest.raises(MorphologyError) as caught:
        swc(*lines)
    assert text in str(caught.value)
    assert "cell.swc" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_mark_that_windows_puts_before_utf_8_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(WHOLE).encode())
    assert load_morphology(path).repairs == ()


def test_a_tilde_is_the_home_of_the_user(swc, tmp_path: Path, monkeypatch) -> None:
    swc(*WHOLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_morphology("~/cell.swc").name == "cell"
    with pytest.raises(MorphologyError, match="cannot read ~nobody-of-that-name"):
        load_morphology("~nobody-of-that-name/cell.swc")


def test_a_sphere_that_is_written_more_than_once_is_one_sphere(swc) -> None:
    sphere = ["1 1 0 0 0 8 -1", "91 1 0 0 0 8 1", "92 1 0 0 0 8 1"]
    assert swc(*sphere, *BASAL, *APICAL).sections[0].area == pytest.approx(4 * np.pi * 8**2)


def test_missing_files_folders_endings_and_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MorphologyError, match="cannot read"):
        load_morphology(tmp_path / "none.swc")
    with pytest.raises(MorphologyError, match="is a folder"):
        load_morphology(tmp_path)
    (tmp_path / "cell.txt").write_text("1 1 0 0 0 8 -1")
    with pytest.raises(MorphologyError, match=r"Endings that are read: \.swc, \.asc, \.hoc"):
        load_morphology(tmp_path / "cell.txt")
    with pytest.raises(ParameterError, match="unknown morphology ''"):
        load_morphology("")
    with pytest.raises(ParameterError, match=r"unknown morphology 'refrence'. Did you mean 'reference'"):
        load_morphology("refrence")


CONTOUR = " ".join(f"({10 * np.cos(a):.3f} {6 * np.sin(a):.3f} 0 0.2)" for a in np.arange(0, 2 * np.pi, 0.2))
ASC = f"""("CellBody" (CellBody) {CONTOUR})
((Apical) (0 8 0 2) (0 100 0 2) ((60 140 0 1) | (0 190 0 2) ((40 280 0 1) | (-40 290 0 1))))
((Dendrite) (0 -8 0 2) (0 -108 0 2))
"""


def test_an_asc_file_gives_domains_and_the_soma_of_its_contour(tmp_path: Path) -> None:
    path = tmp_path / "cell.asc"
    path.write_text(ASC)
    cell = load_morphology(path)
    assert sorted(s.domain for s in cell.sections if s.domain != "axon") == sorted(
        ["soma", "basal", "trunk", "oblique", "trunk", "tuft", "tuft"]
    )
    ellipsoid = 2 * np.pi * 6**2 * (1 + 10 / 6 * np.arcsin(0.8) / 0.8)  # of revolution about the long axis
    assert cell.sections[0].area == pytest.approx(ellipsoid, rel=0.1)
    assert morphometrics(cell)["basal_length"] == pytest.approx(100.0)


def test_a_broken_asc_file_is_refused_in_one_line(tmp_path: Path, capfd) -> None:
    path = tmp_path / "cell.asc"
    path.write_text("((Apical) (0 8 0 2")
    with pytest.raises(MorphologyError, match=r"cannot read .* as Neurolucida ASC") as caught:
        load_morphology(path)
    assert not set("\n\x1b") & set(str(caught.value))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [(ASC.replace("CellBody", "Contour"), "no soma"), ("1 1 0 0 0 8 -1\n", "no parentheses.*ending .swc")],
)
def test_an_asc_file_without_soma_or_of_another_kind_gives_one_message(
    tmp_path: Path, capsys, text: str, reason: str
) -> None:
    path = tmp_path / "cell.asc"
    path.write_text(text)
    with pytest.raises(MorphologyError, match=reason):
        load_morphology(path)
    assert capsys.readouterr().err == ""


HOC = """
create soma[1], dend[1], apic[4]
proc shape() {
    soma[0] { pt3dadd(0, -8, 0, 16) pt3dadd(0, 8, 0, 16) }
    dend[0] { pt3dadd(0, -8, 0, 2) pt3dadd(0, -108, 0, 2) }
    apic[0] { pt3dadd(0, 8, 0, 2) pt3dadd(0, 100, 0, 2) }
    apic[1] { pt3dadd(0, 100, 0, 1) pt3dadd(0, 190, 0, 2) }
    apic[2] { pt3dadd(0, 190, 0, 1) pt3dadd(40, 280, 0, 1) }
    apic[3] { pt3dadd(0, 190, 0, 1) pt3dadd(-40, 290, 0, 1) }
    connect dend[0](0), soma[0](0)
    connect apic[0](0), soma[0](1)
    connect apic[1](0), apic[0](1)
    connect apic[2](0), apic[1](1)
    connect apic[3](0), apic[1](1)
}
shape()
"""


def test_a_hoc_file_is_run_only_when_it_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "cell.hoc"
    path.write_text(HOC + f'wopen("{tmp_path}/was_run")\nwopen()\n')
    with pytest.raises(MorphologyError, match=r"is a program.*--trust-hoc .in Python take load_morphology"):
        load_morphology(path)
    assert not (tmp_path / "was_run").exists()
    cell = load_morphology(path, trust_hoc=True)
    assert (tmp_path / "was_run").exists()
    assert [s.domain for s in cell.sections].count("tuft") == 2
    assert morphometrics(cell)["trunk_path"] == pytest.approx(182.0)
    assert morphometrics(cell)["basal_length"] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("this is no hoc\n", "failed in NEURON: NEURON: syntax error .*near line 1"),
        ("quit()\n", "it ended by itself, without a message"),
        ("print 1\n", "makes no sections"),
        ("create foo\n", "section 'foo' has a name that does not tell its kind"),
    ],
)
def test_a_hoc_file_that_makes_no_cell_is_refused(tmp_path: Path, program: str, text: str) -> None:
    path = tmp_path / "cell.hoc"
    path.write_text(program)
    with pytest.raises(MorphologyError, match=text) as caught:
        load_morphology(path, trust_hoc=True)
    assert "\n" not in str(caught.value)


def test_a_hoc_file_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("cellmodel.morphology.files.hoc.LONGEST", 2.0)
    path = tmp_path / "cell.hoc"
    path.write_text("while (1) {}\n")
    with pytest.raises(MorphologyError, match="still runs after 2 s"):
        load_morphology(path, trust_hoc=True)


def test_a_grown_cell_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    cell = grow(4)
    back = load_morphology(cell.to_swc(tmp_path / "cell.swc"))
    assert back.repairs == ()
    for one, other in zip(cell.sections, back.sections, strict=True):
        assert (one.domain, one.parent) == (other.domain, other.parent)
        assert one.points == pytest.approx(other.points, abs=1e-3)
        assert one.diameters == pytest.approx(other.diameters, abs=1e-3)


def test_a_grown_cell_without_its_labels_keeps_its_trunk(tmp_path: Path) -> None:
    path = grow(12).to_swc(tmp_path / "cell.swc")
    path.write_text("".join(line for line in path.open() if not line.startswith("# cellmodel")))
    found, known = morphometrics(load_morphology(path)), morphometrics(grow(12))
    for name in ("trunk_path", "oblique_number", "tuft_length", "basal_length"):
        assert found[name] == pytest.approx(known[name], rel=0.01)


def test_the_default_is_the_shipped_reference_cell() -> None:
    assert morphology_names() == ["reference"]
    assert load_morphology().name == "reference"
    assert load_morphology(load_morphology()) is load_morphology("reference")
    assert load_morphology("grown_4").name == "grown_4"
