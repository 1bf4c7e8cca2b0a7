"""The laminar profile: field potential and current source density, height by time, with the layers named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellmodel.report.style import DOUBLE, INK, QUIET, SMALL, letter_panels, new_figure, style

COLORMAP = "RdBu_r"
"""Red positive (sources), blue negative (sinks), white zero."""
SHORT = {"stratum lacunosum-moleculare": "s. lacunosum-\nmoleculare"}


def laminar_figure(
    t: np.ndarray,
    heights: np.ndarray,
    field: np.ndarray,
    csd: np.ndarray,
    *,
    layers: Mapping[str, tuple[float, float]],
) -> Any:
    """Draw field potential and current source density over height and time.

    Parameters
    ----------
    t : array, (n_t,) ms
    heights : array, (n_heights,) um
    field : array, (n_heights, n_t) mV
    csd : array, (n_heights - 2, n_t) uA/mm3
        Sources positive; at all but the first and last height.
    layers : mapping of str to (low, high), um

    Returns
    -------
    matplotlib Figure
    """
    with style():
        figure = new_figure(DOUBLE, 3.3, layout="constrained")
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        _map(figure, left, t, heights, field, "field potential (mV)")
        _map(figure, right, t, heights[1:-1], csd, "current source density (µA/mm³)")
        left.set(ylabel="height above somata (µm)", ylim=(heights[0], heights[-1]))
        _name_layers(left, layers)
        for axes in (left, right):
            for low, _ in list(layers.values())[1:]:
                axes.axhline(low, color=QUIET, lw=0.6)
        letter_panels((left, right))
    return figure


def _map(figure: Any, axes: Any, t: np.ndarray, heights: np.ndarray, values: np.ndarray, title: str) -> None:
    most = float(np.abs(values).max()) or 1.0
    image = axes.pcolormesh(
        t, heights, values, cmap=COLORMAP, vmin=-most, vmax=most, shading="nearest", rasterized=True
    )
    axes.set(title=title, xlabel="time after stimulus (ms)")
    figure.colorbar(image, ax=axes, shrink=0.9)


def _name_layers(axes: Any, layers: Mapping[str, tuple[float, float]]) -> None:
    """Write each layer's name at the right inside, where the response is over."""
    for name, (low, high) in layers.items():
        axes.text(
            0.98,
            (low + high) / 2,
            SHORT.get(name, name.replace("stratum", "s.")),
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
