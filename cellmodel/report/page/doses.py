"""Runs at several doses, which the page redraws as its slider moves from one to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from cellmodel.recording import Measure
from cellmodel.report.style import unit_label
from cellmodel.traces import Recording
from cellmodel.units import PICOAMP_PER_NANOAMP

TOLERANCE = 0.002
"""Share of a panel's range by which a drawn line may miss the samples that are left out."""
REST, AFTER = 0.01, 1.5
"""Share of the range within which a curve is at rest; how much longer than all move they are shown."""
GAP = 0.01
"""Longest part of a sweep without a sample."""
DIGITS = 4
"""Of the range of values, kept in the page."""
SHORT_UNIT = "pA"
QUANTITIES = {"i": "current", "v_field": "field potential"}
"""Signals as they are called beside an axis."""


@dataclass(frozen=True)
class DosePanel:
    """One preparation at rising doses.

    Attributes
    ----------
    title : str
    preparation : str
        As in measures.csv.
    signal : str
        Of the sweeps.
    measures : mapping of str to str
        Measures of the preparation that stand beside the curves, and what they are called.
    sweeps : mapping of float to Recording
        Dose (mM) to sweep; 0 is the control. All have one time axis.
    notes : mapping of float to str
        Dose (mM) to what must be known of its sweep.
    """

    title: str
    preparation: str
    signal: str
    measures: Mapping[str, str]
    sweeps: Mapping[float, Recording]
    notes: Mapping[float, str] = field(default_factory=dict)


def explorer(panels: Sequence[DosePanel], rows: Sequence[Measure], *, compound: str, dose_mM: float) -> str:
    """Return slider and panels, with the runs in the page; nothing where there are none.

    Parameters
    ----------
    panels : sequence of DosePanel
    rows : sequence of Measure
        Of the runs at these doses.
    compound : str
    dose_mM : float
        Where the slider stands at first, if it is one of the doses.
    """
    doses = sorted({dose for panel in panels for dose in panel.sweeps if dose})
    if not doses:
        return ""
    start = min(range(len(doses)), key=lambda k: abs(doses[k] - dose_mM))
    data = {
        "compound": compound,
        "doses": doses,
        "panels": [_panel(panel, rows, doses) for panel in panels],
    }
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    listed = ", ".join(f"{dose:g}" for dose in doses)
    words = (
        f"Runs at 0 (control) and {listed} mM {escape(compound)}. Each step of the slider is one of them; "
        "nothing is interpolated between doses. Thin lines are the other doses. Point at a curve for its "
        "values, or move along it with the arrow keys."
    )
    places = "".join(_place(k, panel) for k, panel in enumerate(panels))
    return (
        f"<p>{words}</p>{_slider(doses, start, compound)}"
        f'<div class="panels">{places}</div>'
        "<noscript><p>The curves are drawn by a script, which this browser does not run.</p></noscript>"
        f'<script type="application/json" id="dose-data">{text}</script>'
    )


def _slider(doses: Sequence[float], start: int, compound: str) -> str:
    steps = "".join(f"<span>{dose:g}</span>" for dose in doses)
    return (
        '<div class="slider"><label for="dose">Dose of '
        f'{escape(compound)}: <output id="dose-shown" for="dose">{doses[start]:g} mM</output></label>'
        f'<input type="range" id="dose" min="0" max="{len(doses) - 1}" step="1" value="{start}" '
        f'aria-valuetext="{doses[start]:g} mM">'
        f'<div class="steps" aria-hidden="true">{steps}</div></div>'
    )


def _place(number: int, panel: DosePanel) -> str:
    title = escape(panel.title)
    return (
        f'<figure class="panel" id="dose-panel-{number}"><h3>{title}</h3>'
        f'<div class="plot" tabindex="0" role="group" aria-label="{title}, curves"></div>'
        '<p class="values" aria-live="polite"></p>'
        '<table><thead><tr><th scope="col">Measure</th><th scope="col" class="num">control</th>'
        '<th scope="col" class="num dose-name"></th><th scope="col" class="num">ratio</th></tr></thead>'
        '<tbody></tbody></table><p class="remark"></p></figure>'
    )


def _panel(panel: DosePanel, rows: Sequence[Measure], doses: Sequence[float]) -> dict[str, Any]:
    given = sorted(panel.sweeps)
    first = panel.sweeps[given[0]]
    unit = first.units[panel.signal]
    factor, shown = (PICOAMP_PER_NANOAMP, SHORT_UNIT) if unit == "nA" else (1.0, unit_label(unit))
    curves = np.array([panel.sweeps[dose][panel.signal] * factor for dose in given])
    span = float(np.ptp(curves)) or 1.0
    curves = curves[:, : shown_samples(curves, REST * span)]
    t = first.t[: curves.shape[1]]
    kept = kept_samples(t, curves, tolerance=TOLERANCE * span, gap=GAP * float(np.ptp(t)))
    places = max(0, DIGITS - int(np.ceil(np.log10(span))))
    lines = {dose: np.round(curve[kept], places).tolist() for dose, curve in zip(given, curves, strict=True)}
    return {
        "quantity": QUANTITIES.get(panel.signal, panel.signal),
        "unit": shown,
        "t": np.round(t[kept], 3).tolist(),
        "control": lines.get(0.0),
        "drug": [lines.get(dose) for dose in doses],
        "notes": [panel.notes.get(dose, "") for dose in doses],
        "measures": _measures(panel, rows, doses),
    }


def _measures(panel: DosePanel, rows: Sequence[Measure], doses: Sequence[float]) -> list[dict[str, Any]]:
    found = {(row.measure, row.dose_mM): row for row in rows if row.preparation == panel.preparation}
    listed = []
    for measure, label in panel.measures.items():
        values = [found.get((measure, dose)) for dose in (0.0, *doses)]
        units = [row.unit for row in values if row]
        if units:
            control, *drug = [float(f"{row.value:.4g}") if row else None for row in values]
            listed.append({"label": label, "unit": unit_label(units[0]), "control": control, "drug": drug})
    return listed


def shown_samples(curves: np.ndarray, rest: float) -> int:
    """Return how many samples to show: a while after every curve has come to rest at its last value."""
    moving = np.abs(curves - curves[:, [-1]]).max(axis=0) > rest
    last = int(np.nonzero(moving)[0].max(initial=0))
    return min(curves.shape[1], int(AFTER * last) + 2)


def kept_samples(t: np.ndarray, curves: np.ndarray, *, tolerance: float, gap: float) -> np.ndarray:
    """Return which samples to keep so that straight lines between them follow every curve.

    Parameters
    ----------
    t : array, (n_t,)
    curves : array, (n_curves, n_t)
    tolerance : float
        Largest distance of a line from a sample left out, in the curves' unit.
    gap : float
        Longest time without a sample, where there are some.

    Returns
    -------
    array of int
        Increasing, with the first and the last sample.
    """
    kept, pending = {0, t.size - 1}, [(0, t.size - 1)]
    while pending:
        a, b = pending.pop()
        if b - a < 2:
            continue
        share = (t[a + 1 : b] - t[a]) / (t[b] - t[a])
        chord = curves[:, [a]] + share * (curves[:, [b]] - curves[:, [a]])
        off = np.abs(curves[:, a + 1 : b] - chord).max(axis=0)
        if off.max() > tolerance:
            middle = a + 1 + int(off.argmax())
        elif t[b] - t[a] > gap:
            middle = (a + b) // 2
        else:
            continue
        kept.add(middle)
        pending += [(a, middle), (middle, b)]
    return np.array(sorted(kept))
