"""Figures, diagrams and the page are whole, self-contained and the same each time."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from synthetic_report import FIGURES, TIMELINE, report_study
from synthetic_study import field, ltp_rows

from cellmodel.parameters import load
from cellmodel.recording import read_measures
from cellmodel.report import StudyResult, save_figure, svg_text, write_report
from cellmodel.report.html import report_html
from cellmodel.report.page.doses import kept_samples
from cellmodel.report.page.figures import inline_svg
from cellmodel.report.page.methods import cited, paragraphs, references
from cellmodel.report.slice_figures import percent_of_baseline
from cellmodel.report.style import nice_length
from cellmodel.report.trace_figures import mean_sweep, sweep_window

VOID = {"meta", "rect", "path", "circle", "use", "br", "link", "input"}


@pytest.fixture(scope="module")
def study():
    return report_study()


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
    assert not re.search(r"url\((?!#)|@import|<link|\bsrc=|https?://(?!doi\.org/|www\.w3\.org/)", page)


def test_every_file_that_the_page_links_is_written_beside_it(study, tmp_path):
    written = write_report(tmp_path / "report.html", study)
    page = (tmp_path / "report.html").read_text()
    linked = set(re.findall(r'href="(?!#|https://doi\.org/)([^"]+)"', page))
    pictures = {f"{name}.{kind}" for name in study.figures for kind in ("svg", "png")}
    assert linked - {path.name for path in written} - {"measures.csv", "traces.nwb"} == pictures
    assert {path.name for path in written} <= linked | {"report.html"}


def test_a_figure_s_numbers_are_its_own(study, tmp_path):
    write_report(tmp_path / "report.html", study)
    assert {row.preparation for row in read_measures(tmp_path / "epsc.csv")} == {"ca1_cell", "chick_cell"}
    assert {row.dose_mM for row in read_measures(tmp_path / "doses.csv")} == {0.0, 0.15, 1.5, 4.5}


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


# --- runs at several doses ----------------------------------------------------------------


def embedded(page):
    text = re.search(r'<script type="application/json" id="dose-data">(.*?)</script>', page, re.DOTALL)[1]
    return json.loads(text)


def test_the_page_holds_every_run_near_its_samples(study):
    data = embedded(report_html(study))
    assert data["doses"] == [0.15, 1.5, 4.5]
    for panel, given in zip(data["panels"], study.doses, strict=True):
        factor = 1000.0 if panel["unit"] == "pA" else 1.0
        for kept, dose in zip([panel["control"], *panel["drug"]], sorted(given.sweeps), strict=True):
            trace = given.sweeps[dose][given.signal] * factor
            drawn = np.interp(given.sweeps[dose].t, panel["t"], kept)
            assert np.abs(drawn - trace).max() < 0.0035 * np.ptp(trace)
        assert len(panel["t"]) < 0.5 * given.sweeps[0.0].t.size


def test_the_numbers_beside_the_curves_are_those_of_the_rows(study):
    patch, _ = embedded(report_html(study))["panels"]
    (tau,) = patch["measures"]
    assert (tau["unit"], tau["control"], tau["drug"]) == ("ms", 2.5, [3.5, 7.9, 9.7])


def test_the_slider_begins_at_the_dose_of_the_study(study):
    assert '<input type="range" id="dose" min="0" max="2" step="1" value="1" aria-valuetext="1.5 mM">' in (
        report_html(study)
    )


def test_without_runs_at_doses_there_is_no_slider():
    page = report_html(StudyResult("vehicle", 0.0, []))
    assert 'id="doses"' not in page
    assert "dose-data" not in page


def test_straight_lines_and_steps_keep_their_corners():
    t = np.arange(101.0)
    step = np.where(t < 30.0, 0.0, 1.0)
    assert kept_samples(t, step[None], tolerance=0.01, gap=1000.0).tolist() == [0, 29, 30, 100]
    assert np.diff(kept_samples(t, 0.0 * t[None], tolerance=0.01, gap=10.0)).max() <= 10


# --- the methods --------------------------------------------------------------------------


def test_citations_are_written_as_author_and_year_and_listed():
    text = "[jonas_1993], [jahr_stevens_1990], [chindemi_2022], [sigworth_1980], [none_of_them]"
    assert cited(text) == (
        "(Jonas et al., 1993), (Jahr and Stevens, 1990), (Chindemi et al., 2022), (Sigworth, 1980), "
        "[none_of_them]"
    )
    assert [entry["year"] for entry in references([text])] == [2022, 1990, 1993, 1980]


def test_a_number_of_the_methods_has_its_unit_and_says_whose_it_is():
    files = {name: load(f"{name}.toml") for name in ("patch", "synapse", "slice", "plasticity")}
    files["receptor"] = load("receptors/ca1.toml")
    names = "compound dose doses celsius expression test_fibers fibers test_percent".split()
    texts = dict(paragraphs(files, dict.fromkeys(names, "N")))
    assert (
        "peaks at 1.1 mM and decays with a time constant of 1.2 ms [clements_1992]"
        in texts["Cell and synapses"]
    )
    assert "-70 mV*" in texts["Patch"]
    assert "278 ms [chindemi_2022]" in texts["Plasticity"]
    assert "were assumed" in texts["Numbers"]
    assert "Modulator" not in texts


def test_the_methods_end_in_their_references(study):
    page = report_html(study)
    assert "after (Jonas et al., 1993)" in page
    assert '<a href="https://doi.org/10.1113/jphysiol.1993.sp019965">' in page
    assert "receptor: 1 assumed, 1 measured." in page
