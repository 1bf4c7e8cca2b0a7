"""Figures of cells: their drawing with domains in color, measures beside real cells', a grown population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cellmodel.morphology import Morphology
from cellmodel.morphology.population import PROFILED, Comparison, data, measure, radii, targets
from cellmodel.report.style import (
    BAD,
    BAND,
    DOMAIN_COLORS,
    DOUBLE,
    INK,
    MODEL,
    REAL,
    SECOND,
    SMALL,
    color_legend,
    letter_panels,
    new_figure,
    style,
    unit_label,
)

NAMES = {
    "length": "dendritic length",
    "surface": "dendritic surface",
    "tips": "dendritic tips",
    "apical_height": "apical height",
    "basal_depth": "basal depth",
    "total_height": "total height",
    "trunk_path": "trunk, path",
    "trunk_height": "trunk, height",
    "trunk_surface": "trunk, surface",
    "oblique_number": "obliques",
    "oblique_length": "obliques, length",
    "oblique_surface": "obliques, surface",
    "oblique_tips": "obliques, tips",
    "tuft_length": "tuft, length",
    "tuft_surface": "tuft, surface",
    "tuft_tips": "tuft, tips",
    "tuft_longest": "tuft, longest path",
    "basal_stems": "basal stems",
    "basal_length": "basal, length",
    "basal_surface": "basal, surface",
    "basal_tips": "basal, tips",
    "basal_longest": "basal, longest path",
}
GROWN = MODEL
THINNEST_LINE = 0.35
TAPERED = ("soma", "trunk")
"""Drawn piece by piece; others have one thickness from fork to fork, which keeps the file small."""
SCALE_BAR = 100.0
MARGIN = 25.0
FARTHEST = 4.0
"""SD, where a distance is cut off and shown as an arrow."""
GALLERY = 4
"""Cells drawn beside the shipped one."""
SIGNIFICANT = 0.05


def draw_cell(axes: Any, cell: Morphology, *, across: int = 0, left: float = 0.0) -> None:
    """Draw a cell as seen from the front (``across`` 0) or from the side (2), its soma at ``left`` um.

    Lines are as thick as the dendrites; the axes need their limits and an equal aspect already.
    """
    from matplotlib.collections import LineCollection

    box = axes.get_window_extent().transformed(axes.figure.dpi_scale_trans.inverted())
    points_per_micrometer = 72.0 * box.height / abs(np.diff(axes.get_ylim())[0])
    for domain, color in DOMAIN_COLORS.items():
        lines, widths = [], []
        for section in cell.of(domain):
            flat = np.column_stack([section.points[:, across] + left, section.points[:, 1]])
            if domain in TAPERED:
                lines += [flat[k : k + 2] for k in range(len(flat) - 1)]
                widths += ((section.diameters[1:] + section.diameters[:-1]) / 2).tolist()
            else:
                lines.append(flat)
                widths.append(float(section.diameters.mean()))
        wide = np.maximum(np.array(widths) * points_per_micrometer, THINNEST_LINE)
        axes.add_collection(
            LineCollection(
                lines, colors=color, linewidths=wide, capstyle="round", zorder=2 + (domain == "soma")
            )
        )


def _span(cell: Morphology, across: int) -> tuple[float, float]:
    reach = np.concatenate([section.points[:, across] for section in cell.sections])
    return float(reach.min()), float(reach.max())


def draw_row(axes: Any, views: Sequence[tuple[str, Morphology, int]]) -> None:
    """Draw cells side by side at one scale, each with its title above and a scale bar at the right.

    Parameters
    ----------
    axes : Axes
    views : sequence of (title, cell, axis across)
    """
    axes.set_axis_off()
    heights = [_span(cell, 1) for _, cell, _ in views]
    bottom, top = min(low for low, _ in heights) - MARGIN, max(high for _, high in heights) + 2 * MARGIN
    places, edge = [], 0.0
    for _, cell, across in views:
        low, high = _span(cell, across)
        places.append(edge - low)
        edge += high - low + 2 * MARGIN
    axes.set_xlim(-MARGIN, edge)
    axes.set_ylim(bottom, top)
    axes.set_aspect("equal", anchor="NW")
    axes.apply_aspect()
    for (title, cell, across), left in zip(views, places, strict=True):
        draw_cell(axes, cell, across=across, left=left)
        axes.annotate(title, (left, _span(cell, 1)[1]), (0, 6), textcoords="offset points", ha="center")
    x = edge - MARGIN
    axes.plot([x - SCALE_BAR, x], [bottom + MARGIN] * 2, color=INK, lw=1.2, solid_capstyle="butt")
    axes.annotate(
        f"{SCALE_BAR:g} µm", (x - SCALE_BAR / 2, bottom + MARGIN), (0, -3), textcoords="offset points",
        ha="center", va="top",
    )  # fmt: skip


def domain_legend(axes: Any) -> None:
    """Write the domains' names in their colors in a row below the axes."""
    for domain, color in DOMAIN_COLORS.items():
        axes.plot([], [], color=color, label=domain)
    color_legend(axes, anchor=(0.0, -0.04))


def cell_figure(cell: Morphology, notes: Sequence[str] = ()) -> Any:
    """Draw one cell from the front and the side, its Sholl profile, and its measures beside real cells'.

    Parameters
    ----------
    cell : Morphology
    notes : sequence of str
        Printed below, for example what was mended.
    """
    import textwrap

    with style():
        lines = [line for note in notes for line in textwrap.wrap(f"– {note}", 110, subsequent_indent="   ")]
        below = 0.14 * len(lines)
        height = 5.2 + below
        figure = new_figure(DOUBLE, height)
        low = (0.2 + below) / height
        drawing = figure.add_axes((0.04, low + 1.95 / height, 0.4, 1 - low - 2.3 / height))
        draw_row(drawing, [("front", cell, 0), ("side", cell, 2)])
        domain_legend(drawing)
        drawing.set_title(cell.name, fontweight="bold")
        table = figure.add_axes((0.69, low + 0.4 / height, 0.295, 1 - low - 0.8 / height))
        _ranges(table, measure(cell))
        profile = figure.add_axes((0.09, low + 0.4 / height, 0.35, 1.05 / height))
        _one_profile(profile, measure(cell))
        letter_panels((drawing, profile, table))
        for row, line in enumerate(lines):
            figure.text(0.03, (below - 0.02 - 0.14 * row) / height, line, va="center")
    return figure


def _ranges(axes: Any, measured: Mapping[str, float]) -> None:
    """Draw every measure as a dot on the real cells' range, in their sd about their mean."""
    axes.set_title("beside four reconstructed cells")
    for row, (name, label) in enumerate(NAMES.items()):
        target, value = targets()[name], measured[name]
        low, mean, high = ((x - target.mean) / target.sd for x in (target.low, target.mean, target.high))
        distance = (value - target.mean) / target.sd
        marker = "o" if abs(distance) <= FARTHEST else (">" if distance > 0 else "<")
        place = float(np.clip(distance, -FARTHEST, FARTHEST))
        is_inside = target.holds(value)
        axes.plot([low, high], [row, row], color=BAND, lw=5, solid_capstyle="butt", zorder=1)
        axes.plot([mean], [row], "|", color=REAL, ms=6, zorder=2)
        axes.plot([place], [row], marker, color=GROWN if is_inside else BAD, zorder=3)
        shown = f"{value:,.0f}".replace(",", "\u2009") + f" {unit_label(target.unit)}"
        axes.text(-5.0, row, f"{label}   {shown}", ha="right", va="center")
    axes.set_xlim(-4.6, 4.6)
    axes.set_ylim(len(NAMES) - 0.4, -0.7)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("distance from their mean (SD)\ngray: range; purple: outside; arrow: > 4")


def _one_profile(axes: Any, measured: Mapping[str, float]) -> None:
    axes.set_title("Sholl profile; bands: range of real cells")
    for domain in PROFILED:
        low, high = (data()[f"sholl.{domain}.{end}"].value for end in ("low", "high"))
        axes.fill_between(radii(), low, high, color=DOMAIN_COLORS[domain], alpha=0.2, lw=0)
        own = [measured[f"sholl_{domain}_{radius:g}"] for radius in radii()]
        axes.plot(radii(), own, color=DOMAIN_COLORS[domain], label=domain)
    axes.set_xlabel("distance from the soma (µm)")
    axes.set_ylabel("crossings")
    axes.set_ylim(bottom=0)
    axes.legend(labelcolor="linecolor", handlelength=0.8)


def population_figure(
    compared: Mapping[str, Comparison],
    gallery: Sequence[tuple[str, Morphology]],
    reference: Mapping[str, float],
) -> Any:
    """Draw cells, their Sholl profiles, diameters by order and the distribution of every measure.

    Parameters
    ----------
    compared : mapping of str to Comparison
        What `cellmodel.morphology.population.compare` returns.
    gallery : sequence of (title, cell)
    reference : mapping of str to float
        Measures of the shipped cell, marked in the distributions.
    """
    with style():
        figure = new_figure(DOUBLE, 9.6)
        cells = figure.add_axes((0.03, 0.765, 0.95, 0.205))
        draw_row(cells, [(title, cell, 0) for title, cell in gallery])
        domain_legend(cells)
        sides = {"left": 0.07, "right": 0.985, "wspace": 0.34}
        row = figure.add_gridspec(1, 4, bottom=0.65, top=0.715, **sides).subplots()
        for axes, domain in zip(row, PROFILED, strict=False):
            _profile(axes, domain, compared, is_first=axes is row[0])
        _taper(row[3], compared)
        orders = figure.add_gridspec(1, 4, bottom=0.505, top=0.575, **sides).subplots()
        for axes, domain in zip(orders, PROFILED, strict=False):
            _orders(axes, domain, compared, is_first=axes is orders[0])
        _distances(orders[3], compared)
        grid = figure.add_gridspec(
            4, 6, left=0.04, right=0.985, bottom=0.03, top=0.42, wspace=0.25, hspace=1.5
        )
        for place, name in enumerate(NAMES):
            axes = figure.add_subplot(grid[divmod(place, 6)])
            _distribution(axes, compared[name], reference[name])
        _key(figure.add_subplot(grid[3, 4:]))
        letter_panels((cells, row[0], row[3], orders[0], orders[3], figure.axes[9]))
    return figure


def _profile(axes: Any, domain: str, compared: Mapping[str, Comparison], *, is_first: bool) -> None:
    """Draw the Sholl profile of one domain: real mean, sd and range, grown mean and sd."""
    mean, low, high = (np.array(data()[f"sholl.{domain}.{end}"].value) for end in ("mean", "low", "high"))
    axes.fill_between(radii(), low, high, color=BAND, lw=0)
    axes.plot(radii(), mean, color=REAL)
    found = [(r, compared[f"sholl_{domain}_{r:g}"]) for r in radii() if f"sholl_{domain}_{r:g}" in compared]
    _grown(axes, [radius for radius, _ in found], [item for _, item in found])
    axes.set_title(f"{domain}: Sholl profile")
    axes.set_xlabel("distance from the soma (µm)")
    axes.set_xlim(0, max(r for r, _ in found) + 50)
    axes.set_ylim(bottom=0)
    if is_first:
        axes.set_ylabel("crossings")


def _grown(axes: Any, places: Sequence[float], items: Sequence[Comparison]) -> None:
    """Draw mean and sd of grown cells."""
    mean, sd = [item.values.mean() for item in items], [item.sd for item in items]
    axes.errorbar(places, mean, sd, color=GROWN, fmt="o-", ms=3, lw=1, capsize=2)


def _taper(axes: Any, compared: Mapping[str, Comparison]) -> None:
    path = data()["taper.path"].value
    mean, low, high = (np.array(data()[f"taper.{end}"].value) for end in ("mean", "low", "high"))
    axes.fill_between(path, low, high, color=BAND, lw=0)
    axes.plot(path, mean, color=REAL)
    found = [(place, compared[f"taper_{place:g}"]) for place in path if f"taper_{place:g}" in compared]
    _grown(axes, [place for place, _ in found], [item for _, item in found])
    axes.set_title("trunk: diameter")
    axes.set_xlabel("path from the soma (µm)")
    axes.set_ylabel("diameter (µm)")
    axes.set_ylim(bottom=0)


def _orders(axes: Any, domain: str, compared: Mapping[str, Comparison], *, is_first: bool) -> None:
    mean, sd = (np.array(data()[f"order.{domain}.{part}"].value) for part in ("mean", "sd"))
    orders = np.arange(len(mean))
    axes.fill_between(orders, mean - sd, mean + sd, color=BAND, lw=0)
    axes.plot(orders, mean, color=REAL)
    found = [(k, compared[f"order_{domain}_{k}"]) for k in orders if f"order_{domain}_{k}" in compared]
    _grown(axes, [float(k) for k, _ in found], [item for _, item in found])
    axes.set_title(f"{domain}: diameter by order")
    axes.set_xlabel("branch order")
    axes.set_xticks(orders, [*map(str, orders[:-1]), f"{orders[-1]}+"])
    axes.set_ylim(bottom=0)
    if is_first:
        axes.set_ylabel("diameter (µm)")


def _distances(axes: Any, compared: Mapping[str, Comparison]) -> None:
    """Draw how far every grown mean is from the real one."""
    distances = np.array([item.distance for item in compared.values()])
    axes.axvspan(-1, 1, color=BAND, lw=0)
    axes.hist(distances, np.arange(-2.0, 2.01, 0.2), color=GROWN)
    axes.set_title(f"{np.sum(np.abs(distances) <= 1)} of {len(distances)} means in 1 SD")
    axes.set(xlabel="distance of means (SD)", ylabel="measures")


def _distribution(axes: Any, item: Comparison, reference: float) -> None:
    """Draw the histogram of one measure, real mean, sd and cells, and the shipped cell."""
    from matplotlib.ticker import EngFormatter

    target, values = item.target, item.values
    axes.axvspan(target.mean - target.sd, target.mean + target.sd, color=BAND, lw=0)
    axes.axvline(target.mean, color=REAL, lw=1)
    axes.hist(values, 12, color=GROWN, alpha=0.85)
    top = axes.get_ylim()[1]
    axes.plot(target.cells, np.full(4, -0.09 * top), "^", color=REAL, ms=4, clip_on=False)
    axes.plot([reference], [1.04 * top], "v", color=SECOND, ms=5, clip_on=False)
    axes.set_ylim(0, top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", pad=7)
    axes.locator_params(axis="x", nbins=3, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    unit = unit_label(target.unit)
    below = f"\n({unit})" if unit else ""
    axes.set_title(f"{NAMES[item.name]}{below}", fontsize=SMALL, pad=8)


def _key(axes: Any) -> None:
    axes.set_axis_off()
    lines = (
        (GROWN, "blue: grown cells (mean ± SD)"),
        (REAL, "line: mean of real cells"),
        (REAL, "gray: their range (B, C), SD (D, E, F)"),
        (REAL, "▲: the four real cells"),
        (SECOND, "▼: the shipped cell"),
    )
    for row, (color, text) in enumerate(lines):
        axes.text(0.05, 1.0 - 0.26 * row, text, color=color, transform=axes.transAxes)


def comparison_table(compared: Mapping[str, Comparison]) -> str:
    """Return every quantity of grown cells beside that of real ones as lines of text."""
    lines = [
        f"{'quantity':22s} {'real: mean':>10s} {'SD':>8s} {'range':>15s} {'grown: mean':>12s} {'SD':>8s} "
        f"{'distance':>9s} {'p':>6s}"
    ]
    for name, item in compared.items():
        target, values = item.target, item.values
        limits = f"{target.low:.5g}-{target.high:.5g}" if target.is_of_cells else "-"
        chance = f"{item.p:6.2f}" if np.isfinite(item.p) else f"{'-':>6s}"
        lines.append(
            f"{name:22s} {target.mean:10.2f} {target.sd:8.2f} {limits:>15s} {values.mean():12.2f} "
            f"{item.sd:8.2f} {item.distance:+9.2f} {chance}"
        )
    far = [name for name, item in compared.items() if abs(item.distance) > 1.0]
    unlike = [name for name, item in compared.items() if item.p < SIGNIFICANT]
    tested = sum(np.isfinite(item.p) for item in compared.values())
    lines.append(
        f"{len(compared) - len(far)} of {len(compared)} means within one SD of the real cells'"
        f"{'; not: ' + ', '.join(far) if far else ''}."
    )
    lines.append(
        f"{len(unlike)} of {tested} distributions differ from the four real cells at p < {SIGNIFICANT} "
        f"(Kolmogorov-Smirnov; {SIGNIFICANT * tested:.1f} are expected by chance)"
        f"{': ' + ', '.join(unlike) if unlike else ''}."
    )
    return "\n".join(lines)
