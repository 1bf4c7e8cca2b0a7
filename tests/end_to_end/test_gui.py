"""The rig in NEURON's windows: started as a user starts it, on a display of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellmodel.compound import Compound
from cellmodel.gui.bench import Bench
from cellmodel.gui.layout import FRAMES, MAIN_MENU
from cellmodel.slice import Slice, SliceOptions

ROOT = Path(__file__).resolve().parents[2]
NRNGUI = Path(sys.executable).with_name("nrngui")
SCREEN = "-screen 0 1280x800x24"
BLANK_COLORS = 20
"""A screen without windows, or with empty ones, has fewer."""

DRIVER = """
import json, os, subprocess, time
from pathlib import Path
import numpy as np
from neuron import h
from __main__ import rig

folder = Path(os.environ["GUI_TEST_FOLDER"])
found = {}
manager = h.PWManager()

def mapped():
    return [manager.name(k) for k in range(int(manager.count())) if manager.is_mapped(k)]

waited_until = time.monotonic() + 20.0  # a window is mapped a moment after it is asked for
while len(mapped()) < int(os.environ["GUI_TEST_WINDOWS"]) and time.monotonic() < waited_until:
    h.doNotify()
    time.sleep(0.05)
found["windows"] = mapped()
found["start"] = [h.t, h.celsius, h.cvode.active()]
rig.run_patch()
rig.run_field()
rig.run_cell()
h.run()
found["texts"] = rig.panel.texts
curves = {f"{g}_{c}": np.array(curve) for g, shown in rig.curves.items() for c, curve in shown.items()}
np.savez(folder / "curves.npz", **curves)
h.doNotify()
try:
    subprocess.run(["import", "-window", "root", str(folder / "screen.png")], check=True)
except FileNotFoundError:
    pass
order = []
shown = rig.windows.draw
def draw(name, curves, labels):  # a click arrives while another button's curves are drawn
    order.append(name)
    if order == ["field"]:
        rig.run_cell()
        rig.run_cell()
    shown(name, curves, labels)
    order.append("drawn")
rig.windows.draw = draw
rig.run_field()
rig.windows.draw = shown
found["order"] = [order, h.t]
rig.bench.dose_mM = -1.0
rig.run_field()
found["refused"] = rig.panel.texts["status"]
rig.choose("nonsense")
found["unknown"] = rig.panel.texts["status"]
rig.choose("imuracetam")
found["misnomer"] = rig.panel.texts["status"]
rig.bench.fibers = float(rig.bench.slice.n_fibers)
rig.bench.dose_mM = 7.0
rig.run_field()
found["spike"] = rig.panel.texts
rig.choose("nimodipine")
rig.clear()
found["end"] = [h.celsius, h.cvode.active(), sorted(rig.curves)]
(folder / "found.json").write_text(json.dumps(found))
"""


def environment(**extra: str) -> dict[str, str]:
    """Return the tests' environment, in which NEURON may open windows but not on the user's display."""
    unwanted = ("NEURON_MODULE_OPTIONS", "DISPLAY")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, **extra}


def nrngui(
    *prefix: str, env: dict[str, str], statements: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    argv = [word for statement in (*statements, "quit()") for word in ("-c", statement)]
    command = [*prefix, str(NRNGUI), "mosinit.hoc", *argv]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def display() -> tuple[str, ...]:
    """Return the words that give a command a display of its own."""
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb-run is not installed (Debian, Ubuntu: apt-get install xvfb xauth)")
    prefix = ("xvfb-run", "-a", "-s", SCREEN)
    done = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"xvfb-run gives no display: {(done.stderr or done.stdout).strip()}")
    return prefix


@pytest.fixture(scope="module")
def session(display: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Start the rig, use it as its buttons do, and return what came of it."""
    folder = tmp_path_factory.mktemp("gui")
    (folder / "drive_the_rig.py").write_text(DRIVER, encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    windows = str(len(FRAMES) + 1)  # and the main menu
    env = environment(GUI_TEST_FOLDER=str(folder), GUI_TEST_WINDOWS=windows, PYTHONPATH=path)
    done = nrngui(*display, env=env, statements=('nrnpython("import drive_the_rig")',))
    printed = done.stdout + done.stderr
    assert (folder / "found.json").is_file(), printed
    curves = {name: np.array(curve) for name, curve in np.load(folder / "curves.npz").items()}
    return {
        **json.loads((folder / "found.json").read_text(encoding="utf-8")),
        "printed": printed,
        "curves": curves,
        "screen": folder / "screen.png",
    }


def half_width(curve: np.ndarray) -> float:
    """Return for how long a curve is beyond half of its largest departure from its beginning, ms."""
    t, y = curve
    beyond = np.abs(y - y[0]) > np.abs(y - y[0]).max() / 2
    return float(np.trapezoid(beyond, t))


@pytest.mark.gui
def test_every_window_opens_under_its_name_and_nothing_complains(session: dict[str, Any]) -> None:
    assert {MAIN_MENU.title, *(frame.title for frame in FRAMES.values())} <= set(session["windows"])
    assert "Traceback" not in session["printed"]
    assert "rror" not in session["printed"]


@pytest.mark.gui
def test_run_control_starts_at_zero_at_the_bath_temperature_with_cvode(session: dict[str, Any]) -> None:
    assert session["start"] == [0.0, 32.0, 1]
    assert session["end"] == [32.0, 1, []]


@pytest.mark.gui
@pytest.mark.parametrize("pulse", ["short", "long"])
def test_a_patch_run_shows_that_the_drug_slows_the_current(session: dict[str, Any], pulse: str) -> None:
    control, drug = session["curves"][f"{pulse}_control"], session["curves"][f"{pulse}_drug"]
    assert -400 < control[1].min() < -40
    assert 1.0 <= drug[1].min() / control[1].min() < 1.6
    assert half_width(drug) > 2 * half_width(control)


@pytest.mark.gui
def test_a_field_run_shows_a_larger_and_longer_response_with_drug(session: dict[str, Any]) -> None:
    control, drug = session["curves"]["field_control"], session["curves"]["field_drug"]
    assert -1.0 < control[1].min() < -0.1
    assert drug[1].min() < 1.2 * control[1].min()
    assert half_width(drug) > 1.2 * half_width(control)


@pytest.mark.gui
def test_run_control_draws_the_epsp_of_the_dose_in_the_panel(session: dict[str, Any]) -> None:
    control, drug, live = (session["curves"][f"voltage_{name}"] for name in ("control", "drug", "live"))
    assert control[1][0] == pytest.approx(-65.0, abs=3.0)
    assert 1.0 < np.ptp(control[1]) < np.ptp(drug[1]) < 30.0
    assert np.ptp(live[1]) == pytest.approx(np.ptp(drug[1]), rel=1e-3)


@pytest.mark.gui
def test_the_panel_reads_out_what_the_curves_measure(session: dict[str, Any]) -> None:
    texts = session["texts"]
    assert texts["compound"].startswith("aniracetam")
    assert all("decay" in texts[name] and "->" in texts[name] for name in ("short", "long", "field"))
    assert texts["status"] == ""


@pytest.mark.gui
def test_what_is_asked_for_during_a_run_is_done_once_and_after_it(session: dict[str, Any]) -> None:
    order, t = session["order"]
    assert order[:2] == ["field", "drawn"]
    assert order[-2:] == ["voltage", "drawn"]
    assert order.count("voltage") == 3, "one for each condition and one for both"
    assert t == 100.0


@pytest.mark.gui
def test_what_cannot_be_run_is_said_in_the_panel(session: dict[str, Any]) -> None:
    assert session["refused"] == "dose -1 mM: give 0 or more."
    assert session["unknown"].startswith("unknown compound 'nonsense'")
    assert "read as aniracetam" in session["misnomer"]
    assert "population spike" in session["spike"]["field"]
    assert "above the solubility" in session["spike"]["status"]


@pytest.mark.gui
def test_the_screen_shows_windows_and_the_lines_of_the_soma(session: dict[str, Any]) -> None:
    if not session["screen"].is_file():
        pytest.skip("ImageMagick is not installed (Debian, Ubuntu: apt-get install imagemagick)")
    from matplotlib.image import imread

    screen = np.round(imread(session["screen"])[..., :3] * 255).astype(int)
    assert len(np.unique(screen.reshape(-1, 3), axis=0)) > BLANK_COLORS
    frame = FRAMES["voltage"]
    graph = screen[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
    red, _, blue = graph[..., 0], graph[..., 1], graph[..., 2]
    assert np.sum((blue > 150) & (red < 100)) > 100, "RunControl's line"
    assert np.sum(graph.sum(axis=-1) < 30) > 200, "control and axes"


@pytest.mark.gui
def test_windows_change_no_number(session: dict[str, Any]) -> None:
    bench = Bench()
    bench.apply()
    for condition, response in bench.responses().items():
        t, y = session["curves"][f"field_{condition}"]
        assert np.interp(response.t, t, y) == pytest.approx(response.trace, abs=1e-4)
    bench.slice.free()


def test_without_a_display_one_message_says_so() -> None:
    done = nrngui(env=environment())
    assert (done.stdout + done.stderr).count("cellmodel: NEURON has no display") == 1
    assert "Traceback" not in done.stderr


def test_where_a_package_is_missing_one_message_says_so(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('no numpy here')\n", encoding="utf-8")
    done = nrngui(env=environment(PYTHONPATH=str(tmp_path)))
    printed = done.stdout + done.stderr
    assert printed.count("not installed in the Python that NEURON uses (no numpy here)") == 1, printed
    assert "Traceback" not in printed


def test_a_compound_that_was_exchanged_acts_as_in_a_slice_made_with_it() -> None:
    bench = Bench("CNQX")
    bench.apply()
    bench.choose("aniracetam")
    bench.apply()
    own = bench.responses()["drug"]
    bench.slice.free()
    made = Slice(SliceOptions(compound=Compound.named("aniracetam"), pathways=("test",)))
    made.recruit(round(bench.fibers))
    made.wash(bench.dose_mM)
    expected = made.stimulate("test")
    made.free()
    assert own.field == pytest.approx(expected.field, abs=1e-4)
