"""What a report is made from, and how a number is found among the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cellmodel.parameters import Parameter
from cellmodel.recording import Measure
from cellmodel.report.page.doses import DosePanel

LEADING = ("patch", "epsc", "ltp")
"""The figures with which a report opens."""

CROSSED = ("control", "drug", "after_ltp", "after_ltp_drug")


@dataclass(frozen=True)
class Gain:
    """A measure in two conditions: ``of`` and ``over`` in ``unit``, and their ratio."""

    over: float
    of: float
    unit: str

    @property
    def ratio(self) -> float:
        """Return the one over the other."""
        return self.of / self.over


@dataclass(frozen=True)
class StudyResult:
    """All that a report shows.

    Parameters
    ----------
    compound : str
        The compound's name.
    dose_mM : float, mM
        The dose to which the findings and tables refer.
    measures : sequence of Measure
        The rows of measures.csv. Runs that use the same conditions differ in ``experiment``
        (``ltp``, ``ltp_vehicle``, ``ltp_crossed``).
    figures : mapping of str to str
        Name to SVG. ``patch``, ``epsc`` and ``ltp`` open the report; the others follow in order.
    captions : mapping of str to str
        Name of a figure to its caption.
    diagrams : mapping of str to str
        Title to SVG of the drawn diagrams.
    methods : sequence of (heading, text)
        How it was done, with the numbers of this run; ``[key]`` cites a source.
    parameters : mapping of str to sequence of Parameter
        Group to the parameters as used.
    notices : sequence of str
        What a reader must know: warnings, names read as others, repairs.
    run : mapping of str to Any
        Versions, commit, hashes, seed, wall time: shown as given.
    bands : mapping of float to sequence of Measure
        An assumed q10 of the receptor other than the study's own to the rows of the repetition with it.
    scorecard : sequence of report.scorecard.Line
        Published numbers of receptors and compounds, and the model's.
    doses : sequence of DosePanel
        Sweeps at several doses, among which the report's slider moves.
    """

    compound: str
    dose_mM: float
    measures: Sequence[Measure]
    figures: Mapping[str, str] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)
    diagrams: Mapping[str, str] = field(default_factory=dict)
    methods: Sequence[tuple[str, str]] = ()
    parameters: Mapping[str, Sequence[Parameter]] = field(default_factory=dict)
    notices: Sequence[str] = ()
    run: Mapping[str, Any] = field(default_factory=dict)
    bands: Mapping[float, Sequence[Measure]] = field(default_factory=dict)
    scorecard: Sequence[Any] = ()
    doses: Sequence[DosePanel] = ()

    @property
    def drug(self) -> str:
        """Return dose and name, ``"1.5 mM aniracetam"``."""
        return f"{self.dose_mM:g} mM {self.compound}"

    def value(self, measure: str, preparation: str, condition: str, experiment: str = "") -> float | None:
        """Return the mean of a measure over a phase (the row without a time), or None.

        Rows of the control pathway and of other doses are passed over.
        """
        row = self._row(measure, preparation, condition, experiment)
        return row.value if row else None

    def gain(
        self, measure: str, preparation: str, of: str = "drug", over: str = "control", experiment: str = ""
    ) -> Gain | None:
        """Return a measure in two conditions, or None where one of them is missing or is zero."""
        experiment = experiment or self.experiment_with(measure, preparation, (of, over))
        rows = [self._row(measure, preparation, condition, experiment) for condition in (of, over)]
        if rows[0] is None or rows[1] is None or rows[1].value == 0.0:
            return None
        return Gain(of=rows[0].value, over=rows[1].value, unit=rows[0].unit)

    def experiment_with(self, measure: str, preparation: str, conditions: Sequence[str]) -> str:
        """Return the first experiment that gave a measure in all ``conditions``, or ``""``."""
        names = dict.fromkeys(row.experiment for row in self.measures)
        return next((n for n in names if all(self._row(measure, preparation, c, n) for c in conditions)), "")

    def ltp(self, condition: str, minutes: float, *, is_drug: bool) -> Measure | None:
        """Return the test pathway's ``ltp_percent`` of the run with (or without) drug, or None."""
        return next(
            (
                row
                for row in self.measures
                if row.measure == "ltp_percent"
                and (row.condition, row.time_min) == (condition, minutes)
                and row.pathway != "control"
                and bool(row.dose_mM) == is_drug
            ),
            None,
        )

    def _row(self, measure: str, preparation: str, condition: str, experiment: str) -> Measure | None:
        doses = (None, self.dose_mM) if "drug" in condition else (None, 0.0, self.dose_mM)
        return next(
            (
                row
                for row in self.measures
                if (row.measure, row.preparation, row.condition) == (measure, preparation, condition)
                and row.time_min is None
                and row.pathway != "control"
                and row.dose_mM in doses
                and experiment in ("", row.experiment)
            ),
            None,
        )
