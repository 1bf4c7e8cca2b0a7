"""How every figure looks: colors, type, scale bars, and how it is saved."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.recording import replacing, write_text

COLORS = {
    "control": "#2f2f2f",
    "drug": "#d55e00",
    "wash": "#8a8a8a",
    "after_ltp": "#3b6fa5",
    "after_ltp_drug": "#8c2d04",
}
"""One color for one condition everywhere; told apart by lightness too, for any kind of color vision."""

OTHER_COLORS = ("#009e73", "#cc79a7", "#56b4e9", "#e69f00")
LABELS = {
    "control": "control",
    "drug": "drug",
    "wash": "wash",
    "after_ltp": "after LTP",
    "after_ltp_drug": "after LTP + drug",
}
UNIT_LABELS = {"ms": "ms", "uM": "µM", "uS": "µS", "um": "µm", "um2": "µm²", "%": "%", "1": ""}
RULES: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 8.0,
    "axes.labelsize": 8.0,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.labelcolor": "#222222",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "lines.linewidth": 1.3,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.handlelength": 1.4,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "svg.hashsalt": "cellmodel",
    "axes.unicode_minus": True,
}
BAR_SHARE = 0.22  # of the axis, about; rounded down to 1, 2 or 5


@contextmanager
def style() -> Iterator[None]:
    """Apply the house style to what is drawn within the block, whatever the user's own settings."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RULES)
        yield


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of ``width`` x ``height`` inches, bound to no window system."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


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
    axes: Any, *, time_unit: str, unit: str, time: float | None = None, height: float | None = None
) -> None:
    """Replace an axes' frame by an L of two scale bars in its lower right corner.

    Parameters
    ----------
    axes : Axes
        With its traces drawn and its limits set.
    time_unit, unit : str
        Printed behind the lengths.
    time, height : float, optional
        The lengths; by default round numbers of about a fifth of the axis.
    """
    axes.set_axis_off()
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    width, height = time or nice_length(BAR_SHARE * (x1 - x0)), height or nice_length(BAR_SHARE * (y1 - y0))
    x, y = x1 - width, y0 + 0.06 * (y1 - y0)
    axes.plot(
        [x, x, x + width], [y + height, y, y], color="#222222", lw=1.1, solid_capstyle="butt", clip_on=False
    )
    text = {"textcoords": "offset points", "fontsize": 7.5, "annotation_clip": False}
    axes.annotate(
        f"{width:g} {unit_label(time_unit)}", (x + width / 2, y), (0, -3), ha="center", va="top", **text
    )
    axes.annotate(
        f"{height:g} {unit_label(unit)}", (x, y + height / 2), (-3, 0), ha="right", va="center", **text
    )


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
    return buffer.getvalue()


def save_figure(figure: Any, stem: Path) -> tuple[Path, Path]:
    """Write ``stem.svg`` and ``stem.png``, each whole or not at all, and return their paths."""
    stem = Path(stem)
    svg, png = (stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png"))  # a dose has a point
    write_text(svg, svg_text(figure))
    with style(), replacing(png) as part:
        figure.savefig(part, format="png", metadata={"Software": "cellmodel"})
    return svg, png
