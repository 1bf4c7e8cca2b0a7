"""Rival expressions of LTP beside what was published: table, and figure of the drug's gains after/before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from cellmodel.errors import ParameterError
from cellmodel.parameters import DATA, read_toml
from cellmodel.recording import Measure
from cellmodel.report.style import (
    BAD,
    BAND,
    DASHED,
    DOUBLE,
    GOOD,
    OTHER_COLORS,
    QUIET,
    REFERENCE,
    SMALL,
    letter_panels,
    new_figure,
    style,
)

PREFIX, RESET = "expression_", "_reset"
"""Of the rows' ``experiment``: ``expression_NAME``; ``expression_NAME_reset`` with the intensity reset."""
AMPLITUDES = ("conductance_peak", "epsc_peak", "fepsp_amplitude")
DECAYS = ("conductance_tau_decay", "epsc_tau_decay", "fepsp_tau_decay")
PLACES = ("conductance", "EPSC", "fEPSP", "fEPSP, intensity reset")
MARKERS = ("o", "s", "^", "v")
READ = {"abstract": "abstract only", "memory": "from memory, not verified", "table": "table"}
SAME = (0.95, 1.05)
"""What is read as no difference, as in Table 1."""

Ratios = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Claim:
    """What a source found, read as bands of the after/before ratio of a quantity's gain.

    Attributes
    ----------
    label, says, compound : str
    source : str
        A key of sources.toml; empty for the guide.
    seen : str
        What of the source was read: ``abstract``, ``table`` or ``memory``.
    bands : mapping of quantity to (low, high)
    """

    label: str
    says: str
    compound: str
    source: str
    seen: str
    bands: Mapping[str, tuple[float, float]]

    def agrees(self, ratios: Mapping[str, float]) -> bool | None:
        """Whether the ratios lie in all bands; None where one of them is missing."""
        if not set(self.bands) <= set(ratios):
            return None
        return all(low <= ratios[quantity] <= high for quantity, (low, high) in self.bands.items())


def claims() -> tuple[Claim, ...]:
    """Return the claims of data/report/expressions.toml, in order."""
    return tuple(_claim(table) for table in read_toml(DATA / "report" / "expressions.toml")["claim"])


def _claim(table: Mapping[str, Any]) -> Claim:
    bands = {key: (band.get("low", -inf), band.get("high", inf)) for key, band in table["bands"].items()}
    words = {key: table[key] for key in ("label", "says", "compound", "seen")}
    return Claim(**words, source=table.get("source", ""), bands=bands)


def ratios_of(rows: Sequence[Measure]) -> Ratios:
    """Return experiment to quantity to the after/before ratio of the drug's gain.

    Raises
    ------
    ParameterError
        If there are none.
    """
    found: Ratios = {}
    for row in rows:
        if row.measure == "gain_ratio" and row.experiment.startswith(PREFIX):
            found.setdefault(row.experiment, {})[row.condition] = row.value
    if not found:
        raise ParameterError("no gain_ratio rows of expressions. Give those of study.expressions.")
    return found


def expressions_in(ratios: Ratios) -> list[str]:
    """Return the hypotheses, in order."""
    return [name.removeprefix(PREFIX) for name in ratios if not name.endswith(RESET)]


def expression_table(rows: Sequence[Measure], compound: str) -> tuple[list[str], list[list[str]]]:
    """Return head and lines of the table: ratios as amplitude / decay at each place, then each claim.

    A claim's cell says whether the fEPSP's ratios agree with it at the test intensity and, behind the comma,
    with the intensity reset; a claim about another compound is not judged.
    """
    ratios = ratios_of(rows)
    head = ["expression", *PLACES, *(claim.label for claim in claims())]
    return head, [_line(ratios, name, compound) for name in expressions_in(ratios)]


def _line(ratios: Ratios, name: str, compound: str) -> list[str]:
    pairs = [" / ".join(_text(value) for value in pair) for pair in _pairs(ratios, name)]
    return [name, *pairs, *(_verdict(claim, ratios, name, compound) for claim in claims())]


def _pairs(ratios: Ratios, name: str) -> list[tuple[float | None, float | None]]:
    """Return the ratios of amplitude and decay at each of `PLACES`."""
    usual, reset = (ratios.get(PREFIX + name + suffix, {}) for suffix in ("", RESET))
    pairs = [(usual.get(a), usual.get(d)) for a, d in zip(AMPLITUDES, DECAYS, strict=True)]
    return [*pairs, (reset.get(AMPLITUDES[-1]), reset.get(DECAYS[-1]))]


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _verdict(claim: Claim, ratios: Ratios, name: str, compound: str) -> str:
    if claim.compound != compound:
        return f"({claim.compound})"
    words = {True: "yes", False: "no", None: "-"}
    found = [claim.agrees(ratios.get(PREFIX + name + suffix, {})) for suffix in ("", RESET)]
    return ", ".join(words[answer] for answer in found)


def claim_lines() -> list[str]:
    """Return what each source found and how much of it was read, a line each."""
    return [f"{c.label} ({c.compound}; {READ[c.seen]}): {c.says}" for c in claims()]


def table_text(rows: Sequence[Measure], compound: str) -> str:
    """Return the table in Markdown, with what each source found below it."""
    head, lines = expression_table(rows, compound)
    table = [head, ["---"] * len(head), *lines]
    text = [f"| {' | '.join(cells)} |" for cells in table]
    return "\n".join([*text, "", *(f"- {line}" for line in claim_lines())]) + "\n"


def expression_figure(rows: Sequence[Measure], compound: str) -> Any:
    """Draw the after/before ratios of each hypothesis, and which source's finding they agree with.

    Parameters
    ----------
    rows : sequence of Measure
        With those of `study.expressions.compare` for each hypothesis.
    compound : str
        Claims about another one are not judged.

    Returns
    -------
    matplotlib Figure
    """
    ratios = ratios_of(rows)
    names = expressions_in(ratios)
    with style():
        figure = new_figure(DOUBLE, 3.1, layout="constrained")
        axes = figure.subplots(1, 3, sharey=True, width_ratios=(1.0, 1.0, 0.9))
        for column, title in enumerate(("amplitude", "decay time constant")):
            _draw_ratios(axes[column], ratios, names, column)
            axes[column].set_title(title)
            axes[column].set_xlabel("drug's gain, after/before LTP")
        axes[0].set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
        axes[0].set_ylim(len(names) - 0.5, -0.5)
        _draw_verdicts(axes[2], ratios, names, compound)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=len(PLACES))
        letter_panels(axes)
    return figure


def _draw_ratios(axes: Any, ratios: Ratios, names: Sequence[str], column: int) -> None:
    axes.axvspan(*SAME, color=BAND, lw=0, zorder=0)
    axes.axvline(1.0, color=REFERENCE, lw=0.8, ls=DASHED, zorder=0)
    table = [_pairs(ratios, name) for name in names]
    for place, title in enumerate(PLACES):
        points = [(pairs[place][column], row) for row, pairs in enumerate(table)]
        shown = [(x, row + 0.16 * (place - 1.5)) for x, row in points if x is not None]
        x, y = zip(*shown, strict=True) if shown else ((), ())
        axes.plot(x, y, MARKERS[place], ms=4.5, color=OTHER_COLORS[place], label=title)


def _draw_verdicts(axes: Any, ratios: Ratios, names: Sequence[str], compound: str) -> None:
    """Draw for each claim whether the fEPSP agrees with it: left at the test intensity, right reset."""
    listed = claims()
    for column, claim in enumerate(listed):
        for row, name in enumerate(names):
            for side, suffix in ((-0.2, ""), (0.2, RESET)):
                answer = claim.agrees(ratios.get(PREFIX + name + suffix, {}))
                is_judged = claim.compound == compound and answer is not None
                mark, color = (
                    {True: ("✓", GOOD), False: ("✗", BAD)}[bool(answer)] if is_judged else ("·", QUIET)
                )
                axes.text(column + side, row, mark, color=color, ha="center", va="center")
    marks = {"abstract": " [A]", "memory": " [M]"}
    labels = [claim.label + marks.get(claim.seen, "") for claim in listed]
    axes.set_xticks(range(len(listed)), labels, rotation=35, ha="right", fontsize=SMALL)
    axes.set_xlim(-0.5, len(listed) - 0.5)
    axes.set_title("agrees: as recorded, reset")
    axes.tick_params(length=0, axis="y")
