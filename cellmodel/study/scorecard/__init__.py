"""The scorecard: published numbers, what the model makes of them, and whether that is within the band."""

from cellmodel.study.scorecard.evaluate import EVALUATORS, Work, evaluate, plan
from cellmodel.study.scorecard.of_study import targets_of_study
from cellmodel.study.scorecard.rows import Result, Row, csv_text, rows, shown, status_of

__all__ = [
    "EVALUATORS",
    "Result",
    "Row",
    "Work",
    "csv_text",
    "evaluate",
    "plan",
    "rows",
    "shown",
    "status_of",
    "targets_of_study",
]
