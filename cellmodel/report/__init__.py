"""Figures, diagrams and the report page."""

from cellmodel.report.html import write_report
from cellmodel.report.slice_figures import Example, Timeline
from cellmodel.report.study import StudyResult
from cellmodel.report.style import save_figure, svg_text

__all__ = ["Example", "StudyResult", "Timeline", "save_figure", "svg_text", "write_report"]
