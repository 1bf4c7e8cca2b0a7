"""Which lines of measures.csv belong to a figure of the study."""

from __future__ import annotations

from collections.abc import Sequence

from cellmodel.recording import Measure

ROWS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "patch": (("patch_clamp",), ("ca1_patch", "chick_patch")),
    "whole_cell": (("patch_clamp",), ("ca1_whole_cell",)),
    "epsc": (("synaptic_currents",), ("ca1_cell", "chick_cell")),
    "fepsp": (("field_potential",), ("ca1_slice",)),
    "ltp": (("ltp", "ltp_vehicle"), ("ca1_slice",)),
    "cascade": (("ltp",), ("ca1_slice",)),
    "ltp_crossed": (("ltp_crossed",), ("ca1_slice",)),
    "doses": (("dose_response",), ("ca1_patch", "chick_patch", "ca1_cell", "ca1_slice")),
}
"""Figure to the experiments and preparations whose numbers it shows."""


def rows_of(name: str, rows: Sequence[Measure]) -> list[Measure]:
    """Return the rows of a figure, in their order; none where the figure has no numbers of its own."""
    experiments, preparations = ROWS.get(name, ((), ()))
    return [row for row in rows if row.experiment in experiments and row.preparation in preparations]
