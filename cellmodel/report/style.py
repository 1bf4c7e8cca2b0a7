"""How every figure looks: colors, type, scale bars, and how it is saved."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np

from cellmodel.recording import replacing, write_text

MM_PER_INCH, POINTS_PER_INCH = 25.4, 72.0
SINGLE, MIDDLE, DOUBLE = 85.0 / MM_PER_INCH, 114.0 / MM_PER_INCH, 174.0 / MM_PER_INCH
"""Widths of figures in inches: one, one and a half, and two columns of a journal."""
SMALL, TEXT, LETTER = 7.0, 7.5, 10.0
"""Points at final size: ticks, legends and notes; labels and titles; the letters of panels."""

COLORS = {
    "control": "#2f2f2f",
    "drug": "#d55e00",
    "wash": "#8a8a8a",
    "after_ltp": "#3b6fa5",
    "after_ltp_drug": "#8c2d04",
}
"""One color for one condition everywhere; told apart by lightness too, for any kind of color vision."""

OTHER_COLORS = ("#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#0072b2", "#7a5195")
"""For what is no condition of these: levels, hypotheses, places. None of them is a condition's."""
MODEL, SECOND, REAL = COLORS["after_ltp"], OTHER_COLORS[3], "#2f2f2f"
"""Where there is no drug: the model, a second kind of it, and what was measured in real cells."""
GOOD, BAD, OPEN = OTHER_COLORS[0], "#aa3377", COLORS["after_ltp"]
"""Verdicts: met, missed, contested."""
DOMAIN_COLORS = {
    "soma": "#2f2f2f",
    "axon": "#8a8a8a",
    "basal": "#009e73",
    "trunk": "#0072b2",
    "oblique": "#b0568f",
    "tuft": "#e69f00",
}
"""Parts of the cell, as in NEURON's windows."""
INK, QUIET, REFERENCE, FAINT, BAND = "#222222", "#5f5f5f", "#999999", "#b8b8b8", "#e4e6e9"
"""Grays: bars and arrows, notes, reference lines, traces in the background, ranges."""
DASHED = (0, (3, 3))
"""Line of a reference level."""

LABELS = {
    "control": "control",
    "drug": "drug",
    "wash": "wash",
    "after_ltp": "after LTP",
    "after_ltp_drug": "after LTP + drug",
}
UNIT_LABELS = {
    "ms": "ms",
    "degC": "°C",
    "/mm2": "/mm²",
    "uM": "µM",
    "uM ms": "µM ms",
    "uS": "µS",
    "um": "µm",
    "um2": "µm²",
    "%": "%",
    "1": "",
}
RULES: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same picture on every machine
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.titlelocation": "left",
    "axes.titleweight": "normal",
    "axes.titlepad": 8.0,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.labelcolor": INK,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "legend.handlelength": 1.4,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "svg.fonttype": "none",
    "svg.hashsalt": "cellmodel",
    "axes.unicode_minus": True,
}
FONTS_OF_READERS = "Arial, Helvetica, 'DejaVu Sans', sans-serif"
"""Fonts asked for in an SVG; the first are narrower than the one it was laid out with, so that all fits."""
PNG = {"compress_level": 3}
"""Compressed in half the time of matplotlib's 6, to a tenth more."""
LETTER_GAP = 4.0  # points between a letter and the axes' edge
BAR_SHARE = 0.22  # of the axis, about; rounded down to 1, 2 or 5
BAR_LIFT = 0.06  # of the axis, from its lower end


@contextmanager
def style() -> Iterator[None]:
    """Apply the house style to what is drawn within the block, whatever the user's own settings."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RULES)
        yield


def new_figure(width: float, height: float, *, layout: Any = None) -> Any:
    """Return an empty figure, bound to no window system.

    Parameters
    ----------
    width, height : float
        Inches; the width is `SINGLE`, `MIDDLE` or `DOUBLE`, at which the type has its size.
    layout : str, optional
        ``"constrained"`` lets matplotlib find the margins, so that no label is cut.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def set_margins(figure: Any, *, left: float, right: float, top: float, bottom: float) -> None:
    """Leave so many inches around the figure's grid."""
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=left / width, right=1.0 - right / width, top=1.0 - top / height, bottom=bottom / height
    )


def letter_panels(panels: Iterable[Any]) -> None:
    """Write A, B, C in bold beside the titles of axes, left of the axes' edge.

    Give the axes in their order, after their titles; leave out those that belong to another's panel.
    """
    from matplotlib.transforms import ScaledTranslation

    for letter, axes in zip(ascii_uppercase, panels, strict=False):
        left = ScaledTranslation(-LETTER_GAP / POINTS_PER_INCH, 0.0, axes.figure.dpi_scale_trans)
        place = axes.transAxes + axes.titleOffsetTrans + left
        axes.text(0.0, 1.0, letter, transform=place, ha="right", fontsize=LETTER, fontweight="bold")


def color_of(condition: str, position: int = 0) -> str:
    """Return the color of a condition; others take theirs by ``position``."""
    return COLORS.get(condition, OTHER_COLORS[position % len(OTHER_COLORS)])


def label_of(condition: str, drug: str = "drug") -> str:
    """Return how a condition is written in a legend, with the drug's own name."""
    return LABELS.get(condition, condition).replace("drug", drug)


def unit_label(unit: str) -> str:
    """Return a unit as it is printed."""
    return UNIT_LABELS.get(unit, unit)


def nice_length(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at most ``span``."""
    power = 10.0 ** np.floor(np.log10(span))
    return float(max(step for step in (1.0, 2.0, 5.0) if step * power <= span * (1 + 1e-9)) * power)


def scale_bar(
    axes: Any, *, time_unit: str, unit: str = "", time: float | None = None, height: float | None = None
) -> None:
    """Replace an axes' frame by an L of two scale bars in its lower right corner.

    Parameters
    ----------
    axes : Axes
        With its traces drawn and its limits set.
    time_unit, unit : str
        Printed behind the lengths; without ``unit`` there is no vertical bar.
    time, height : float, optional
        The lengths; by default round numbers of about a fifth of the axis.
    """
    axes.set_axis_off()
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    width = time or nice_length(BAR_SHARE * (x1 - x0))
    tall = (height or nice_length(BAR_SHARE * (y1 - y0))) if unit else 0.0
    x, y = x1 - width, y0 + BAR_LIFT * (y1 - y0)
    axes.plot([x, x, x + width], [y + tall, y, y], color=INK, lw=1.1, solid_capstyle="butt", clip_on=False)
    text = {"textcoords": "offset points", "fontsize": SMALL, "annotation_clip": False}
    middle = (x + width / 2, y)
    axes.annotate(f"{width:g} {unit_label(time_unit)}", middle, (0, -3), ha="center", va="top", **text)
    if unit:
        side = (x, y + tall / 2)
        axes.annotate(f"{tall:g} {unit_label(unit)}", side, (-3, 0), ha="right", va="center", **text)


def color_legend(axes: Any, *, loc: str = "upper left", anchor: tuple[float, float] = (0.0, -0.06)) -> None:
    """Write the labels of the axes' lines in their own colors, by default in a row below the axes."""
    legend = axes.legend(
        loc=loc,
        bbox_to_anchor=anchor,
        ncols=len(axes.get_legend_handles_labels()[1]),
        labelcolor="linecolor",
        handlelength=0.0,
        handletextpad=0.0,
        columnspacing=1.4,
        borderaxespad=0.2,
        borderpad=0.0,
    )
    for handle in legend.legend_handles:
        handle.set_visible(False)


def svg_text(figure: Any) -> str:
    """Return the figure as SVG with real text; the same figure gives the same text."""
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "cellmodel"})
    return buffer.getvalue().replace("'DejaVu Sans', sans-serif", FONTS_OF_READERS)


def save_figure(figure: Any, stem: Path, *, svg_drawn: str = "") -> tuple[Path, Path]:
    """Write ``stem.svg`` and ``stem.png``, each whole or not at all, and return their paths.

    ``svg_drawn`` is what `svg_text` gave of the figure as it is, where that has been called already.
    """
    stem = Path(stem)
    svg, png = (stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png"))  # a dose has a point
    write_text(svg, svg_drawn or svg_text(figure))
    with style(), replacing(png) as part:
        figure.savefig(part, format="png", metadata={"Software": "cellmodel"}, pil_kwargs=PNG)
    return svg, png
