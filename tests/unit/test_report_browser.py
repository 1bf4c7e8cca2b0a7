"""The report in a real browser, opened from a file: what moves, what is said, what is never fetched."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from synthetic_report import report_study

from cellmodel.report import write_report

api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is installed"),
]
MINUS = "\N{MINUS SIGN}"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 400, "height": 700}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])  # root has none
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, report_study())
    return path


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    """The page; afterwards nothing was complained of, and nothing but the file was asked for."""
    shown = browser.new_page(viewport=WIDE, reduced_motion="reduce")
    said: list[str] = []
    asked: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(report.as_uri())
    yield shown
    shown.close()
    assert said == []
    assert {url.partition("#")[0] for url in asked} == {report.as_uri()}


def move_slider(page: Any, key: str) -> None:
    page.locator("#dose").focus()
    page.keyboard.press(key)


def test_the_slider_draws_another_run_and_its_numbers(page: Any) -> None:
    panel = page.locator("#dose-panel-0")
    drug, control = panel.locator("path.drug"), panel.locator("path.control")
    before = drug.get_attribute("d"), control.get_attribute("d")
    assert panel.locator("tbody").inner_text().split() == [
        "deactivation",
        "τ",
        "(ms)",
        "2.5",
        "7.9",
        "\N{MULTIPLICATION SIGN}3.16",
    ]
    move_slider(page, "ArrowRight")
    assert page.locator("#dose-shown").inner_text() == "4.5 mM"
    assert panel.locator("tbody").inner_text().split()[-3:] == ["2.5", "9.7", "\N{MULTIPLICATION SIGN}3.88"]
    assert drug.get_attribute("d") != before[0]
    assert control.get_attribute("d") == before[1]
    assert page.locator("#dose-panel-1 .remark").inner_text() == "The cells fire."
    move_slider(page, "ArrowLeft")
    assert page.locator("#dose-panel-1 .remark").inner_text() == ""
    assert drug.get_attribute("d") == before[0]


def test_every_step_of_the_slider_is_a_run(page: Any) -> None:
    drawn = set()
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        move_slider(page, key)
        drawn.add(
            (
                page.locator("#dose-shown").inner_text(),
                page.locator("#dose-panel-1 path.drug").get_attribute("d"),
            )
        )
    assert [dose for dose, _ in sorted(drawn)] == ["0.15 mM", "1.5 mM", "4.5 mM"]


def test_pointing_at_a_curve_gives_its_values_with_units(page: Any) -> None:
    panel = page.locator("#dose-panel-0")
    panel.locator(".plot").hover(position={"x": 120, "y": 90})
    text = panel.locator(".values").inner_text().replace(MINUS, "-")
    found = re.fullmatch(r"([\d.]+) ms · control (-[\d.]+) pA · 1.5 mM (-[\d.]+) pA", text)
    assert found
    t, control, drug = map(float, found.groups())
    sweeps = report_study().doses[0].sweeps
    for value, dose in ((control, 0.0), (drug, 1.5)):
        at = abs(sweeps[dose].t - t).argmin()
        assert value == pytest.approx(1000.0 * sweeps[dose]["i"][at], rel=0.01)
    assert panel.locator(".cross circle").count() == 2


def test_the_arrow_keys_walk_along_a_curve(page: Any) -> None:
    panel = page.locator("#dose-panel-1")
    panel.locator(".plot").focus()
    page.keyboard.press("End")
    last = panel.locator(".values").inner_text()
    page.keyboard.press("ArrowLeft")
    assert panel.locator(".values").inner_text() != last
    assert last.startswith("59.90 ms · control ")
    assert last.endswith(" mV")


@pytest.mark.parametrize("how", ["picture", "button"])
def test_a_figure_is_enlarged_and_escape_puts_it_back(page: Any, how: str) -> None:
    figure, overlay = page.locator("#figure-patch"), page.locator("dialog.zoom")
    small = figure.locator(".art svg").bounding_box()["width"]
    figure.locator(".art svg" if how == "picture" else ".enlarge").click()
    assert overlay.get_attribute("aria-label") == "The patch"
    assert overlay.locator("svg").bounding_box()["width"] > 1.15 * small
    page.keyboard.press("Escape")
    assert not overlay.is_visible()
    assert figure.locator(".art svg").bounding_box()["width"] == pytest.approx(small)


def test_the_contents_lead_to_a_section_and_mark_it(page: Any) -> None:
    page.locator("nav a", has_text="Against the published effects").click()
    assert page.evaluate("document.getElementById('tables').getBoundingClientRect().top") < 100
    page.wait_for_function("document.querySelector('nav [aria-current]')?.hash === '#tables'")
    assert page.locator("nav [aria-current]").count() == 1


def test_the_contents_are_beside_a_wide_page_and_above_a_narrow_one(page: Any) -> None:
    def places() -> list[dict]:
        return [page.locator(part).bounding_box() for part in ("nav", "main")]

    nav, main = places()
    assert nav["x"] + nav["width"] <= main["x"]
    page.set_viewport_size(NARROW)
    nav, main = places()
    assert nav["y"] + nav["height"] <= main["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_the_methods_are_copied_with_their_references(page: Any) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("button[data-copy]").click()
    page.locator("#copied", has_text="Copied.").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert "Seven states, after (Jonas et al., 1993)" in text
    assert "doi:10.1113/jphysiol.1993.sp019965" in text


def test_paper_has_all_and_no_controls(page: Any) -> None:
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    controls = page.locator("nav, button, #dose, .tools")
    assert not any(controls.nth(k).is_visible() for k in range(controls.count()))
    assert page.locator("#dose-panel-0 path.drug").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


CONTRASTS = """() => {
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color.slice(0, 3);
    }
  };
  const found = {};
  for (const e of document.querySelectorAll("body *, .art svg")) {
    const has_words = [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!has_words && e.tagName !== "svg" || e.closest(".art svg") && e.tagName !== "svg") continue;
    if (!e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const ink = e.tagName === "svg" ? [0, 0, 0] : numbers(e instanceof SVGElement ? style.fill : style.color);
    const both = [light(ink.slice(0, 3)), light(behind(e))].sort((a, b) => b - a);
    const name = `${e.tagName}.${e.className.baseVal ?? e.className}`;
    found[name] = Math.min(found[name] ?? 100, (both[0] + 0.05) / (both[1] + 0.05));
  }
  return found;
}"""
"""Least contrast of each kind of text with what is behind it; in figures, drawn for paper, of black."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast_on_a_light_and_on_a_dark_screen(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for details in page.locator("details").all():
        details.evaluate("one => one.open = true")
    is_dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert is_dark == (scheme == "dark")
    found = page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert {name: ratio for name, ratio in found.items() if ratio < 4.5} == {}
    assert min(ratio for name, ratio in found.items() if name.startswith("svg")) > 15.0


def test_the_answer_comes_before_the_notes_and_a_line_leads_to_them(page: Any) -> None:
    link = page.locator(".notices-link a")
    answer, notes = page.locator("#answer .finding").first, page.locator("#notes .notices")
    tops = [place.bounding_box()["y"] for place in (link, answer, notes)]
    assert tops == sorted(tops)
    assert answer.bounding_box()["y"] < WIDE["height"]
    link.click()
    assert 0 <= notes.bounding_box()["y"] < WIDE["height"]
