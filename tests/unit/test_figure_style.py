"""Every figure keeps the house style: widths, type, units, scale bars, colors from the one table."""

from __future__ import annotations

import ast
import re
from itertools import combinations
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE
from matplotlib.colors import to_hex, to_rgb
from synthetic_report import DRUG, FIGURES
from synthetic_study import current, field

from cellmodel.analysis import DoseCurve
from cellmodel.morphology.loading import load_morphology
from cellmodel.report import style as house
from cellmodel.report.battery.lines import ScoreLine
from cellmodel.report.battery.population import scores_figure
from cellmodel.report.cost_figure import cost_figure
from cellmodel.report.dose_figures import dose_figure
from cellmodel.report.fit_figures import Band, prediction_figure
from cellmodel.report.laminar_figure import laminar_figure
from cellmodel.report.morphology_figures import cell_figure
from cellmodel.report.noise_figure import NoisePanel, noise_figure
from cellmodel.report.scorecard import Line, scorecard_figure
from cellmodel.report.trial_figure import TrialPanel, trial_figure

REPORT = Path(house.__file__).parent
MODULES = sorted(path for path in REPORT.rglob("*.py") if "new_figure(" in path.read_text())
WIDTHS = (house.SINGLE, house.MIDDLE, house.DOUBLE)
TALLEST = 10.5
"""Inches: the height of a page."""
TABLE = {
    color.lower()
    for group in (
        house.COLORS.values(),
        house.OTHER_COLORS,
        house.DOMAIN_COLORS.values(),
        (house.MODEL, house.SECOND, house.REAL, house.GOOD, house.BAD, house.OPEN),
        (house.INK, house.QUIET, house.REFERENCE, house.FAINT, house.BAND),
        ("#ffffff", "#000000"),
    )
    for color in group
}
WITH_UNIT = re.compile(r"\([^()]+\)|%|\d ms\b|in 1 s$")
PURE_NUMBERS = (
    r"ratio|second / first peak|crossings|measures|branch order|fibers recruited|segments|workers"
    r"|efficacy|AMPA receptors|half band|score|^trial$|^$"
)
"""Axes of counts and ratios, and those whose ticks are words."""
BAR_LENGTH = re.compile(r"^[\d.]+ (ms|s|min|pA|nA|mV|µm)$")


def doses() -> Any:
    given = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
    ratios = 1.0 + 2.0 / (1.0 + 0.2 / given)
    of = {"tau_deactivation": "ca1_patch", "epsc_peak": "ca1_cell", "fepsp_tau_decay": "ca1_slice"}
    return dose_figure([DoseCurve(of[m], m, given, ratios, "") for m in of], drug="aniracetam")


def predictions() -> Any:
    bands = {"control": Band(100.0, 99.0, 101.0, "pA"), "drug": Band(150.0, 130.0, 180.0, "pA")}
    return prediction_figure({f"EPSC peak {k}": bands for k in range(5)}, drug="1 mM")


def noise() -> Any:
    panels = {c: NoisePanel(current(tau), [current(tau)], None) for c, tau in (("control", 5), ("drug", 9))}
    return noise_figure(panels, drug=DRUG)


def trials() -> Any:
    amplitudes = (np.array([0.2, 0.25]), np.array([0.22, 0.23]))
    panels = {c: TrialPanel([field(c)] * 2, [field(c)] * 2, amplitudes) for c in ("control", "drug")}
    return trial_figure(panels, drug=DRUG)


def scores() -> Any:
    lines = [ScoreLine("a", "Back-propagating action potential", 2.0, 1.0, {"x": 0.9, "y": 7.0}, 0, 5)]
    return scores_figure(lines * 3)


def laminar() -> Any:
    t, heights = np.linspace(0.0, 40.0, 50), np.arange(-200.0, 650.0, 50.0)
    wave = np.sin(heights / 100.0)[:, None] * np.exp(-t / 10.0)
    layers = {"stratum oriens": (-200.0, -25.0), "stratum lacunosum-moleculare": (320.0, 600.0)}
    return laminar_figure(t, heights, wave, wave[1:-1], layers=layers)


def scorecard() -> Any:
    values = [("pass", 2.5), ("miss", 9.0), ("contested", 2.0), ("miss", None)] * 5
    return scorecard_figure(
        [
            Line(f"BR{k:02}.GluA2_flop.percent_desensitized", "", "", 2.0, 3.0, model, status, "fitted", ())
            for k, (status, model) in enumerate(values)
        ]
    )


DRAWN = FIGURES | {
    "doses": doses,
    "predictions": predictions,
    "noise": noise,
    "trials": trials,
    "scores": scores,
    "scorecard": scorecard,
    "cost": lambda: cost_figure({kind: [(1, 2.0), (10, 15.0)] for kind in ("segments", "workers")}),
    "laminar": laminar,
    "cell": lambda: cell_figure(load_morphology(), ["a gap of 3 um was closed"]),
}


@pytest.fixture(scope="module", params=DRAWN)
def figure(request: pytest.FixtureRequest) -> Any:
    made = DRAWN[request.param]()
    made.canvas.draw()
    return made


def texts(figure: Any) -> list[Any]:
    """Return every text that is seen."""
    import matplotlib.text

    found = figure.findobj(matplotlib.text.Text)
    hidden = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for label in (*axis.get_ticklabels(which="both"), axis.label, axis.offsetText)
        if not axes.axison or not _is_seen(axis, label)
    }
    return [text for text in found if text.get_visible() and text.get_text().strip() and text not in hidden]


def _is_seen(axis: Any, label: Any) -> bool:
    """Say whether an axis draws this label: those of ticks outside its limits it keeps to itself."""
    if label in (axis.label, axis.offsetText):
        return True
    low, high = sorted(axis.get_view_interval())
    place = label.get_position()[0 if axis.axis_name == "x" else 1]
    return low <= place <= high and axis.get_tick_params().get("labelbottom", True)


def test_it_has_the_width_of_columns_and_fits_a_page(figure: Any) -> None:
    width, height = figure.get_size_inches()
    assert any(width == pytest.approx(columns) for columns in WIDTHS)
    assert height <= TALLEST


def test_its_type_can_be_read_at_final_size(figure: Any) -> None:
    assert {text.get_text(): text.get_fontsize() for text in texts(figure) if text.get_fontsize() < 7} == {}


def test_no_text_is_cut(figure: Any) -> None:
    edge = figure.bbox.padded(1.0)
    cut = {text.get_text() for text in texts(figure) if not edge.contains(*_corner(text, 0))}
    cut |= {text.get_text() for text in texts(figure) if not edge.contains(*_corner(text, 1))}
    assert cut == set()


def _corner(text: Any, which: int) -> tuple[float, float]:
    return tuple(text.get_window_extent().get_points()[which])


def test_no_text_lies_on_another(figure: Any) -> None:
    boxes = [(text.get_text(), text.get_window_extent().padded(-1.0)) for text in texts(figure)]
    assert [(a, b) for (a, x), (b, y) in combinations(boxes, 2) if x.overlaps(y)] == []


def test_every_axes_has_units_or_is_a_trace_with_scale_bars(figure: Any) -> None:
    for axes in figure.axes:
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                name = axis.label.get_text().replace("\n", " ")
                is_shared = not name and not any(tick.get_visible() for tick in axis.get_ticklabels())
                assert is_shared or WITH_UNIT.search(name) or re.search(PURE_NUMBERS, name), name
        elif axes.lines or axes.collections:
            assert any(BAR_LENGTH.match(text.get_text()) for text in axes.texts)


def test_its_legends_cover_no_curve(figure: Any) -> None:
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is None or not axes.axison:
            continue
        box = legend.get_window_extent()
        for line in axes.lines:
            points = line.get_transform().transform(np.column_stack(line.get_data(orig=False)))
            assert not any(box.contains(x, y) for x, y in points), line.get_label()


def test_its_colors_come_from_the_table(figure: Any) -> None:
    lines = [line for axes in figure.axes for line in axes.lines]
    used = {line.get_color() for line in lines if line.get_linestyle() != "None"}
    used |= {line.get_markeredgecolor() for line in lines if line.get_marker() != "None"}
    assert {to_hex(color) for color in used} <= TABLE


def test_several_panels_have_letters(figure: Any) -> None:
    letters = [text.get_text() for text in texts(figure) if text.get_fontsize() == house.LETTER]
    assert sorted(letters) == list(ascii_uppercase[: len(letters)])
    assert len(letters) != 1


def test_svg_asks_first_for_the_font_of_journals(figure: Any) -> None:
    svg = house.svg_text(figure)
    assert "<text" in svg
    assert set(re.findall(r"font-family: ([^;\"]+)[;\"]", svg)) == {house.FONTS_OF_READERS}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_figures_leaves_colors_type_and_widths_to_the_style(path: Path) -> None:
    if path.name == "style.py":
        return
    tree = ast.parse(path.read_text())
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert {text for text in strings if re.fullmatch(r"#[0-9a-fA-F]{3,8}", text)} == set()
    sizes = {k.arg: k.value for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords}
    assert not isinstance(sizes.get("fontsize"), ast.Constant)
    made = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "new_figure"]
    assert not any(isinstance(n.args[0], ast.Constant | ast.BinOp) for n in made)


@pytest.mark.parametrize("vision", [None, "deuteranomaly", "protanomaly", "tritanomaly"])
def test_conditions_are_told_apart_by_every_kind_of_color_vision(vision: str | None) -> None:
    seen = {name: np.array(to_rgb(color)) for name, color in house.COLORS.items()}
    if vision is not None:
        space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
        seen = {name: np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1) for name, rgb in seen.items()}
    closest = min(
        (deltaE(a, b, input_space="sRGB1"), x, y) for (x, a), (y, b) in combinations(seen.items(), 2)
    )
    assert closest[0] > 10.0, closest


def test_no_other_color_is_that_of_a_condition() -> None:
    assert len(set(house.OTHER_COLORS)) == len(house.OTHER_COLORS)
    assert not set(house.OTHER_COLORS) & set(house.COLORS.values())
    assert house.COLORS["drug"] not in (*house.DOMAIN_COLORS.values(), house.MODEL, house.SECOND, house.BAD)
