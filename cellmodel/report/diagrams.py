"""The two diagrams of the report: the signaling cascade and the experiment's workflow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cellmodel.parameters import DATA, read_toml
from cellmodel.report.drawing import INK, PAPER, QUIET, Drawing
from cellmodel.report.slice_figures import Timeline
from cellmodel.report.style import COLORS

CELL, MEMBRANE, TERMINAL = "#f4f1ea", "#b9ad96", "#e9edf3"
CALCIUM = "#3b6fa5"
DRUG = COLORS["drug"]


@cache
def _words() -> Mapping[str, Any]:
    return read_toml(DATA / "report" / "diagrams.toml")


def cascade_diagram(*, drug: str, glutamate: str = "", insertion: str = "") -> str:
    """Draw how a synaptic response becomes LTP, and what of it the model computes.

    Parameters
    ----------
    drug : str
        The modulator's name.
    glutamate : str
        The transmitter's transient as the model has it, for example ``"1.1 mM, 1.2 ms"``.
    insertion : str
        How long insertion takes, for example ``"~100 s"``.

    Returns
    -------
    str
        SVG.
    """
    words = _words()["cascade"]
    picture = Drawing(960, 690, "From glutamate through AMPA and NMDA receptors and calcium to LTP")
    _draw_terminal(picture, words["release"], glutamate)
    _draw_spine(picture)
    _draw_receptors(picture, words)
    _draw_drug(picture, words, drug)
    _draw_integrators(picture, words)
    _draw_insertion(picture, words, insertion)
    _draw_key(picture, words)
    return picture.svg(colors=(DRUG, CALCIUM))


def _draw_terminal(picture: Drawing, release: str, glutamate: str) -> None:
    picture.path(
        "M300 0 C296 60 250 78 262 120 C270 146 340 152 480 152 "
        "C620 152 690 146 698 120 C710 78 664 60 660 0 Z",
        fill=TERMINAL,
        stroke="#aab4c2",
    )
    picture.text(480, 34, "Schaffer-collateral terminal", weight="bold", anchor="middle")
    picture.text(480, 53, release, size=12.5, color=QUIET, anchor="middle")
    for x, y in ((372, 88), (404, 118), (440, 84), (476, 112), (512, 86), (548, 116), (584, 88)):
        picture.add("circle", cx=x, cy=y, r=11, fill=PAPER, stroke="#8492a6", stroke_width=1.3)
        picture.add("circle", cx=x, cy=y, r=4, fill="#8492a6")
    for x, y in (
        (380, 172),
        (402, 186),
        (428, 170),
        (452, 188),
        (478, 174),
        (500, 190),
        (526, 171),
        (552, 185),
    ):
        picture.add("circle", cx=x, cy=y, r=3, fill="#8492a6")
    picture.text(584, 184, "glutamate" + (f", {glutamate}" if glutamate else ""), size=13)


def _draw_spine(picture: Drawing) -> None:
    picture.path(
        "M150 214 H810 C850 214 866 250 866 300 V520 C866 590 800 606 700 616 C620 624 556 630 552 690 "
        "H408 C404 630 340 624 260 616 C160 606 94 590 94 520 V300 C94 250 110 214 150 214 Z",
        fill=CELL,
        stroke=MEMBRANE,
        stroke_width=4,
    )
    picture.text(480, 668, "to the dendrite", size=12.5, color=QUIET, anchor="middle")
    picture.text(846, 540, "spine head", size=12.5, color=QUIET, anchor="end")


def _draw_receptors(picture: Drawing, words: Mapping[str, str]) -> None:
    for x, name, fill in (
        (330, "AMPA", "#fbe3d3"),
        (530, "NMDA", "#dde8f3"),
        (730, "Ca²⁺ channel", "#e8e8e8"),
    ):
        width = 64 if len(name) < 6 else 104
        picture.box(x - width / 2, 198, width, 34, fill=fill, rx=12)
        picture.text(x, 220, name, size=13, weight="bold", anchor="middle")
    picture.box(236, 274, 188, 46)
    picture.paragraph(330, 292, words["depolarization"], width=176, size=13, anchor="middle")
    picture.arrow("M330 232 V272")
    picture.arrow("M424 296 C480 296 500 276 512 236")
    picture.text(541, 266, words["unblock"], size=12, color=QUIET)
    picture.arrow("M424 306 C560 340 690 320 722 236")
    picture.box(470, 352, 120, 42, fill="#dde8f3", stroke=CALCIUM)
    picture.text(530, 378, "Ca²⁺", size=17, weight="bold", anchor="middle", color=CALCIUM)
    picture.arrow("M530 232 V350", color=CALCIUM)
    picture.arrow("M738 232 C740 330 680 366 592 371", color=CALCIUM)
    picture.arrow("M354 232 C440 240 462 300 494 351", color=CALCIUM, dashed=True)


def _draw_drug(picture: Drawing, words: Mapping[str, str], drug: str) -> None:
    picture.box(8, 96, 236, 74, fill="#fff4ec", stroke=DRUG, rx=14)
    picture.text(24, 118, drug, weight="bold", color=DRUG)
    picture.text(24, 138, words["closing"], size=12.5)
    picture.text(24, 156, words["desensitization"], size=12.5)
    picture.arrow("M244 150 C276 160 296 176 310 196", color=DRUG)


def _draw_integrators(picture: Drawing, words: Mapping[str, str]) -> None:
    for x, key, enters in ((400, "phosphatase", "M490 394 L430 426"), (660, "kinase", "M570 394 L630 426")):
        picture.box(x - 104, 428, 208, 56)
        picture.text(x, 450, words[f"{key}_model"], size=13, weight="bold", anchor="middle")
        picture.text(x, 470, words[key], size=12.5, color=QUIET, anchor="middle")
        picture.path(f"M{x - 62} 475 H{x + 62}", stroke=QUIET, stroke_width=1, stroke_dasharray="3 3")
        picture.arrow(enters, color=CALCIUM)
    picture.box(424, 530, 212, 56)
    picture.text(530, 552, words["efficacy"], size=13, weight="bold", anchor="middle")
    picture.text(530, 572, words["efficacy_model"], size=12.5, color=QUIET, anchor="middle")
    picture.arrow("M640 484 L590 528")
    picture.text(628, 516, "+", size=18, weight="bold")
    picture.arrow("M420 484 L464 525", blunt=True)
    picture.text(424, 516, "–", size=18, weight="bold", anchor="end")


def _draw_insertion(picture: Drawing, words: Mapping[str, str], insertion: str) -> None:
    picture.arrow("M424 558 C250 560 178 500 186 236")
    picture.box(158, 198, 56, 34, fill="#fbe3d3", rx=12, stroke_dasharray="4 3")
    picture.text(186, 220, "AMPA", size=12, anchor="middle")
    picture.text(206, 396, words["insertion"], size=13, weight="bold")
    if insertion:
        picture.text(206, 414, insertion, size=12.5, color=QUIET)


def _draw_key(picture: Drawing, words: Mapping[str, str]) -> None:
    picture.box(610, 634, 26, 16, rx=4)
    picture.text(644, 647, words["computed"], size=12.5)
    picture.path("M610 670 H636", stroke=QUIET, stroke_width=1, stroke_dasharray="3 3")
    picture.text(644, 674, words["behind"], size=12.5, color=QUIET)


def workflow_diagram(timeline: Timeline, *, drug: str, end: float) -> str:
    """Draw the experiment from the tissue to the last probe; the time line is to scale.

    Parameters
    ----------
    timeline : Timeline
        Of the long experiment, minutes.
    drug : str
        Its name and dose.
    end : float, min
        When the experiment ends.

    Returns
    -------
    str
        SVG.
    """
    picture = Drawing(960, 520, "The experiment: tissue, slices, recovery, recording, drug, tetanus")
    for number, step in enumerate(_words()["workflow"]):
        _draw_step(picture, number, step)
    _draw_slice(picture)
    _draw_time_line(picture, timeline, drug, end)
    return picture.svg(colors=(DRUG, QUIET))


def _draw_step(picture: Drawing, number: int, step: Mapping[str, str]) -> None:
    x = 8 + 192 * number
    picture.box(x, 12, 174, 134, fill="#fafafa", stroke="#c8c8c8")
    picture.add("circle", cx=x + 24, cy=38, r=13, fill=INK)
    picture.text(x + 24, 43, str(number + 1), size=14, color=PAPER, anchor="middle", weight="bold")
    picture.text(x + 46, 43, step["title"], size=15, weight="bold")
    picture.paragraph(x + 13, 74, step["text"], width=156, size=12.5)
    if number:
        picture.arrow(f"M{x - 17} 79 H{x - 2}", color=QUIET)


def _draw_slice(picture: Drawing) -> None:
    """Draw the hippocampus in the slice with its electrodes."""
    picture.path(
        "M30 400 C20 280 90 214 180 214 C280 214 330 290 316 372 "
        "C306 440 230 476 150 470 C80 466 36 450 30 400 Z",
        fill="#f6efe6",
        stroke="#cdbfa8",
    )
    picture.path("M248 420 C300 360 280 258 190 250 C110 244 66 300 84 356", stroke="#a8835a", stroke_width=5)
    picture.path("M84 356 C92 384 112 392 128 384", stroke="#a8835a", stroke_width=5)
    picture.path(
        "M112 346 C110 420 190 430 214 384 M112 346 C120 330 140 330 150 340",
        stroke="#7f8fa6",
        stroke_width=5,
    )
    picture.path(
        "M96 340 C104 300 150 284 196 286 C244 290 262 326 256 366", stroke="#6d9a6d", stroke_width=1.6
    )
    picture.path(
        "M104 350 C120 316 156 300 194 302 C228 306 244 334 240 364", stroke="#6d9a6d", stroke_width=1.6
    )
    for x, y, name in ((150, 244, "CA1"), (40, 352, "CA3"), (168, 392, "DG")):
        picture.text(x, y, name, size=13, weight="bold", color="#6b5335")
    _draw_electrode(picture, (140, 288), (104, 196), "S1 test", INK)
    _draw_electrode(picture, (250, 352), (336, 408), "S2 control", QUIET)
    _draw_electrode(picture, (214, 296), (262, 200), "field electrode", CALCIUM)
    picture.text(
        180, 500, "Schaffer collaterals run in stratum radiatum", size=12, color=QUIET, anchor="middle"
    )


def _draw_electrode(
    picture: Drawing, tip: tuple[float, float], end: tuple[float, float], name: str, color: str
) -> None:
    picture.path(f"M{tip[0]} {tip[1]} L{end[0]} {end[1]}", stroke=color, stroke_width=2.6)
    picture.add("circle", cx=tip[0], cy=tip[1], r=3.4, fill=color)
    is_below = end[1] > tip[1]
    picture.text(end[0], end[1] + (16 if is_below else -6), name, size=12.5, color=color, anchor="middle")


def _draw_time_line(picture: Drawing, timeline: Timeline, drug: str, end: float) -> None:
    left, width = 420.0, 520.0

    def place(minute: float) -> float:
        return left + width * minute / end

    start, stop = timeline.baseline
    picture.box(place(start), 318, place(stop) - place(start), 26, fill="#e4e4e4", stroke="none", rx=3)
    picture.text(place(start), 308, f"baseline, {stop - start:g} min", size=13)
    for begin, finish in timeline.drug:
        picture.box(place(begin), 266, place(finish) - place(begin), 14, fill=DRUG, stroke="none", rx=3)
        picture.text(place(begin), 256, drug, size=13, color=DRUG, weight="bold")
    for minute, words in zip(timeline.conditioning, timeline.conditioning_labels, strict=True):
        picture.arrow(f"M{place(minute):.1f} 292 V316")
        picture.text(place(minute) + 8, 302, words, size=13, weight="bold")
    _draw_pathways(picture, timeline, (left, left + width))
    picture.path(f"M{left} 420 H{left + width}")
    for minute in sorted({0.0, stop, *timeline.conditioning, *(b for b, _ in timeline.drug), end}):
        picture.path(f"M{place(minute):.1f} 420 v7")
        picture.text(place(minute), 444, f"{minute:.0f}", size=12.5, anchor="middle")
    picture.text(left + width / 2, 466, "minutes since the start", size=12.5, color=QUIET, anchor="middle")


def _draw_pathways(picture: Drawing, timeline: Timeline, span: tuple[float, float]) -> None:
    for y, name, color in ((356, "test", INK), (384, "control", QUIET)):
        picture.text(span[0] - 8, y + 14, name, size=12.5, color=color, anchor="end")
        ticks = " ".join(f"M{span[0] + 5 * k:.0f} {y} v18" for k in range(int((span[1] - span[0]) / 5) + 1))
        picture.path(ticks, stroke=color, stroke_width=1.1)
