"""Figures, diagrams and the page are whole, self-contained and the same each time."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from synthetic_study import crossed_rows, epsc_panels, field, ltp_rows, patch_panels, recovery, table_rows

from cellmodel.parameters import Parameter
from cellmodel.report import Example, StudyResult, Timeline, save_figure, svg_text, write_report
from cellmodel.report.diagrams import cascade_diagram, workflow_diagram
from cellmodel.report.html import inline_svg, report_html
from cellmodel.report.slice_figures import (
    cascade_figure,
    fepsp_figure,
    input_output_figure,
    ltp_figure,
    percent_of_baseline,
)
from cellmodel.report.style import nice_length
from cellmodel.report.trace_figures import epsc_figure, mean_sweep, patch_figure, sweep_window
from cellmodel.traces import Recording

DRUG = "1.5 mM aniracetam"
TIMELINE = Timeline((0.0, 20.0), [(20.0, 105.0)], [45.0], "100 Hz, 1 s")
VOID = {"meta", "rect", "path", "circle", "use", "br", "link"}


def ltp():
    examples = [Example("a", 18.0, "control", field("control")), Example("b", 43.0, "drug", field("drug"))]
    return ltp_figure(
        {"drug": ltp_rows(1.5), "control": ltp_rows(0.0)}, TIMELINE, examples=examples, drug=DRUG
    )


def cascade():
    t = np.linspace(0.0, 1000.0, 50)
    units = {"spine_calcium": "uM", "efficacy": "1"}
    part = {"control": Recording(t, {"spine_calcium": t, "efficacy": t}, units)}
    return cascade_figure(part, part, drug=DRUG)


FIGURES = {
    "patch": lambda: patch_figure(patch_panels(), drug=DRUG, recovery=recovery()),
    "epsc": lambda: epsc_figure(epsc_panels(), drug=DRUG),
    "ltp": ltp,
    "fepsp": lambda: fepsp_figure(
        {"before": {"control": field("control"), "drug": field("drug")}}, drug=DRUG
    ),
    "input_output": lambda: input_output_figure(
        {"control": (np.arange(5.0), np.arange(5.0))}, labels=("intensity (1)", "amplitude (mV)"), chosen=2.0
    ),
    "cascade": cascade,
}


@pytest.fixture(scope="module")
def study():
    parameter = Parameter("alpha", 1.5, "/ms", "jonas_1993", "measured", where="table 1")
    return StudyResult(
        compound="aniracetam",
        dose_mM=1.5,
        measures=table_rows() + crossed_rows() + ltp_rows(1.5),
        figures={name: svg_text(draw()) for name, draw in FIGURES.items()},
        captions={"patch": "A <patch>."},
        diagrams={
            "The cascade": cascade_diagram(drug="aniracetam"),
            "The experiment": workflow_diagram(TIMELINE, drug=DRUG, end=105.0),
        },
        methods=[("Receptor", "Seven states.")],
        parameters={"receptor": [parameter]},
        notices=["read as <aniracetam>"],
        run={"seed": 1, "versions": {"numpy": "2"}},
    )


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_svg_with_real_text_and_the_same_twice(name):
    svg = svg_text(FIGURES[name]())
    assert svg == svg_text(FIGURES[name]())
    assert "<text" in svg
    ElementTree.fromstring(svg)


def test_user_settings_do_not_change_a_figure():
    import matplotlib as mpl

    plain = svg_text(FIGURES["epsc"]())
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9}):
        assert svg_text(FIGURES["epsc"]()) == plain


def test_saving_writes_svg_and_png(tmp_path):
    svg, png = save_figure(FIGURES["fepsp"](), tmp_path / "fepsp")
    assert svg.read_text().startswith("<?xml")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fepsp.png", "fepsp.svg"]


def test_time_course_is_percent_of_the_last_five_baseline_minutes():
    times, percent = percent_of_baseline(ltp_rows(1.5), "test", TIMELINE.baseline)
    assert percent[times < 20.0] == pytest.approx(100.0)
    assert percent[(times > 20.0) & (times < 45.0)] == pytest.approx(135.0)


@pytest.mark.parametrize(("span", "length"), [(3.0, 2.0), (7.0, 5.0), (0.19, 0.1), (20.0, 20.0)])
def test_scale_bars_have_round_lengths(span, length):
    assert nice_length(span) == pytest.approx(length)


def test_sweeps_are_cut_and_averaged():
    cut = sweep_window(field("control"), 5.0, 20.0, zero=5.0)
    assert (cut.t[0], cut.t[-1]) == pytest.approx((0.0, 15.0))
    mean = mean_sweep([field("control"), field("control")], signal="v_field")
    assert mean["v_field"] == pytest.approx(field("control")["v_field"])


class Balanced(HTMLParser):
    """Collect tags that are closed out of turn."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


def test_page_is_well_formed(study):
    parser = Balanced()
    parser.feed(report_html(study))
    assert (parser.wrong, parser.open) == ([], [])


def test_page_needs_nothing_from_outside(study):
    page = report_html(study)
    loaded = re.findall(r'(?:src|xlink:href|href)="(?!#|https://doi\.org/)([^"]+)"', page)
    assert loaded == ["measures.csv"]
    assert not re.search(r"url\((?!#)|@import|<script|<link", page)


def test_ids_are_unique_and_every_reference_has_its_target(study):
    page = report_html(study)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', page)) <= set(ids)


def test_page_opens_with_the_three_figures_and_then_the_tables(study):
    page = report_html(study)
    places = [page.index(f'id="figure-{name}"') for name in ("patch", "epsc", "ltp")]
    places += [page.index("Table 1"), page.index("Table 2"), page.index('id="how"'), page.index('id="run"')]
    assert places == sorted(places)
    assert "5 of 6 published effects are shown, 1 missed." in page


def test_texts_are_escaped(study):
    page = report_html(study)
    assert "read as &lt;aniracetam&gt;" in page
    assert "A &lt;patch&gt;." in page


def test_spine_calcium_is_given_for_both_receptors(study):
    page = report_html(study)
    assert "<td>AMPA receptors</td>" in page
    assert "\N{MULTIPLICATION SIGN}2.18" in page


def test_a_study_with_nothing_computed_still_gives_a_page(tmp_path):
    write_report(tmp_path / "report.html", StudyResult("vehicle", 0.0, []))
    page = (tmp_path / "report.html").read_text()
    assert "This figure was not drawn in this run." in page
    assert "6 not computed in this run" in page


def test_two_reports_are_the_same(study):
    assert report_html(study) == report_html(study)


def test_inline_pictures_keep_no_ids_of_others():
    svg = '<?xml version="1.0"?><svg width="72pt" height="72pt"><g id="a"/><use href="#a"/></svg>'
    inline = inline_svg(svg, "patch")
    assert 'id="patch-a"' in inline
    assert 'href="#patch-a"' in inline
    assert "--natural:96px" in inline
