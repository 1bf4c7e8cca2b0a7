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

from cellmodel.errors import ProtocolError
from cellmodel.gui.bench import Bench
from cellmodel.gui.graphs import PALETTE
from cellmodel.gui.layout import FRAMES, MAIN_MENU

ROOT = Path(__file__).resolve().parents[2]
NRNGUI = Path(sys.executable).with_name("nrngui")
PATIENCE = 300
"""Seconds that a driven NEURON may take where others work too; it takes 20 alone."""
SCREEN = "-screen 0 1600x1000x24"
MINI = """
title = "three pulses between a few probes"
duration_min = 3
probe_interval_seconds = 60
[[phase]]
at_min = 0
condition = "control"
[[phase]]
at_min = 1.5
condition = "after_ltp"
[[train]]
at_min = 1.5
pathway = "test"
pulses = 3
hz = 100
"""

DRIVER = """
import json, os, subprocess, threading, time
from pathlib import Path
import numpy as np
from neuron import h
from __main__ import rig
from cellmodel.gui.layout import FRAMES

folder = Path(os.environ["GUI_TEST_FOLDER"])
found = {}
first = rig.bench.settings
bench, manager, panel = rig.bench, h.PWManager(), FRAMES["panel"]

def mapped():
    return [manager.name(k) for k in range(int(manager.count())) if manager.is_mapped(k)]

def settle(times=3):
    for _ in range(times):
        h.doNotify()
        h.doEvents()
        time.sleep(0.01)

def mouse(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True)
    settle()

def picture(name):
    settle()
    subprocess.run(["import", "-window", "root", str(folder / name)], check=True)

def numbers(names):
    return {f"{g}_{c}": np.array(rig.curves[g][c]) for g in names for c in rig.curves[g]}

waited_until = time.monotonic() + 20.0  # a window is mapped a moment after it is asked for
while len(mapped()) < int(os.environ["GUI_TEST_WINDOWS"]) and time.monotonic() < waited_until:
    settle()
found["windows"] = mapped()
found["start"] = [h.t, h.celsius, h.cvode.active()]

# where the buttons are: what a click at each height of the panel asks for
places, do, left = {}, rig._do, panel.left + 25
rig._do = lambda what, work: places.setdefault(what, y)
for y in range(panel.top + 60, panel.top + 460, 12):
    h.stoprun = 0
    mouse("mousemove", left, y, "click", 1)
    if h.stoprun:
        places["stop"] = y
        break
rig._do = do
found["places"] = places
rig.restore(first)

rig.clear()
for what in ("patch run", "field EPSP"):
    mouse("mousemove", left, places[what] + 4, "click", 1)
h.run()
curves = numbers(["short", "long", "shares", "field", "voltage", "calcium", "receptors"])
rig.run_epsc()
curves |= numbers(["epsc"])
found["texts"] = rig.panel.texts
picture("screen.png")

# the slider is found by what it changes
doses = [bench.dose_mM]
draw = rig.windows.graphs["short"].draw
def watched(shown, *rest):
    doses.append(bench.dose_mM)
    curves[f"slid_{len(doses)}"] = np.array(shown["drug"])
    draw(shown, *rest)
rig.windows.graphs["short"].draw = watched
for y in range(places["washing in"], places["washing in"] + 60, 8):
    mouse("mousemove", panel.left + 350, y, "mousedown", 1, "mousemove", panel.left + 300, y, "mouseup", 1)
    if len(doses) > 1 and doses[-1] != doses[0]:
        break
rig.windows.graphs["short"].draw = draw
found["doses"] = doses

order = []
shown = rig.windows.graphs["field"].draw
def draw_field(*given):  # a click arrives while another button's curves are drawn
    order.append("field")
    rig.run_patch()
    rig.run_patch()
    shown(*given)
    order.append("drawn")
draw_patch = rig._draw_patch
def count_patch():
    order.append("patch")
    return draw_patch()
rig.windows.graphs["field"].draw, rig._draw_patch = draw_field, count_patch
rig.run_field()
rig.windows.graphs["field"].draw, rig._draw_patch = shown, draw_patch
found["order"] = order

h.save_session(str(folder / "saved.ses"))
found["saved"] = bench.settings

rig.follow(str(folder / "mini.toml"))
rig.run_ltp()
curves |= numbers(["ltp"])
found["ltp"] = rig.panel.texts["ltp"]
rig.refresh()
rig.run_tetanus()
curves |= {f"train_{name}": values for name, values in numbers(["calcium"]).items()}
found["tetanus"] = rig.panel.texts["ltp"]
rig.refresh()
rig.follow("standard")
words = ["mousemove", str(left), str(places["stop"] + 4), "click", "1"]
threading.Timer(0.5, subprocess.run, [["xdotool", *words]]).start()
rig.run_ltp()
found["stopped"] = [rig.panel.texts["status"], sum(len(t) for t, _ in rig.curves["ltp"].values())]

bench.dose_mM = -1.0
rig.run_field()
found["refused"] = rig.panel.texts["status"]
rig.choose("nonsense")
found["unknown"] = rig.panel.texts["status"]
rig.choose("imuracetam")
found["misnomer"] = rig.panel.texts["status"]
bench.fibers = float(bench.all_fibers)
bench.dose_mM = 7.0
rig.run_field()
found["spike"] = rig.panel.texts
found["reopened"] = []
for change in (rig.windows.boxes["epsc"].unmap, rig.windows.open_closed):
    change()
    settle()
    found["reopened"].append(bool(rig.windows.boxes["epsc"].ismapped()))
rig.clear()
found["end"] = [h.celsius, h.cvode.active(), sorted(rig.curves)]
np.savez(folder / "curves.npz", **curves)
(folder / "found.json").write_text(json.dumps(found))
"""

READER = """
import json, os
from pathlib import Path
from neuron import h
from __main__ import rig

h.run()
found = {
    "settings": rig.bench.settings,
    "open": sorted(name for name, box in rig.windows.boxes.items() if box.ismapped()),
    "recorded": len(rig.curves["voltage"]["live"][0]),
    "patch": rig.panel.texts["short"],
    "tstop": h.tstop,
}
(Path(os.environ["GUI_TEST_FOLDER"]) / "restored.json").write_text(json.dumps(found))
"""


def environment(**extra: str) -> dict[str, str]:
    """Return the tests' environment, in which NEURON may open windows but not on the user's display."""
    unwanted = ("NEURON_MODULE_OPTIONS", "DISPLAY")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, **extra}


def nrngui(
    *prefix: str, env: dict[str, str], file: str = "mosinit.hoc", statements: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    argv = [word for statement in (*statements, "quit()") for word in ("-c", statement)]
    command = [*prefix, str(NRNGUI), file, *argv]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def display() -> tuple[str, ...]:
    """Return the words that give a command a display of its own."""
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb-run is not installed (Debian, Ubuntu: apt-get install xvfb xauth)")
    prefix = ("timeout", str(PATIENCE), "xvfb-run", "-a", "-s", SCREEN)  # ends what runs on the display too
    done = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"xvfb-run gives no display: {(done.stderr or done.stdout).strip()}")
    return prefix


@pytest.fixture(scope="module")
def session(display: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Start the rig, use it as its buttons do, and return what came of it."""
    for program, package in (("xdotool", "xdotool"), ("import", "imagemagick")):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian, Ubuntu: apt-get install {package})")
    folder = tmp_path_factory.mktemp("gui")
    (folder / "drive_the_rig.py").write_text(DRIVER, encoding="utf-8")
    (folder / "mini.toml").write_text(MINI, encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    env = environment(
        GUI_TEST_FOLDER=str(folder),
        GUI_TEST_WINDOWS=str(len(FRAMES) + 1),  # and the main menu
        PYTHONPATH=path,
    )
    done = nrngui(*display, env=env, statements=('nrnpython("import drive_the_rig")',))
    printed = done.stdout + done.stderr
    assert (folder / "found.json").is_file(), printed
    curves = {name: np.array(curve) for name, curve in np.load(folder / "curves.npz").items()}
    return {
        **json.loads((folder / "found.json").read_text(encoding="utf-8")),
        "printed": printed,
        "curves": curves,
        "folder": folder,
    }


@pytest.fixture(scope="module")
def restored(display: tuple[str, ...], session: dict[str, Any]) -> dict[str, Any]:
    """Open the saved session, one window less, in a NEURON of its own."""
    folder = session["folder"]
    text = (folder / "saved.ses").read_text(encoding="utf-8")
    begin = text.index("//Begin " + FRAMES["epsc"].title)
    end = text.index("//Begin", begin + 1)
    (folder / "fewer.ses").write_text(text[:begin] + text[end:], encoding="utf-8")
    (folder / "read_the_rig.py").write_text(READER, encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    env = environment(GUI_TEST_FOLDER=str(folder), PYTHONPATH=path)
    statements = ('nrnpython("import read_the_rig")',)
    done = nrngui(*display, env=env, file=str(folder / "fewer.ses"), statements=statements)
    assert (folder / "restored.json").is_file(), done.stdout + done.stderr
    return json.loads((folder / "restored.json").read_text(encoding="utf-8"))


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
def test_every_button_of_the_panel_answers_a_click(session: dict[str, Any]) -> None:
    wanted = ["washing in", "patch run", "EPSC: clamping a cell", "field EPSP", "tetanus", "LTP run", "stop"]
    assert [what for what in session["places"] if what in wanted] == wanted


@pytest.mark.gui
@pytest.mark.parametrize("pulse", ["short", "long"])
def test_a_patch_run_shows_that_the_drug_slows_the_current(session: dict[str, Any], pulse: str) -> None:
    control, drug = session["curves"][f"{pulse}_control"], session["curves"][f"{pulse}_drug"]
    assert -400 < control[1].min() < -40
    assert 1.0 <= drug[1].min() / control[1].min() < 1.6
    assert half_width(drug) > 2 * half_width(control)


@pytest.mark.gui
def test_the_patch_is_drawn_anew_while_the_dose_slider_moves(session: dict[str, Any]) -> None:
    doses, curves = session["doses"], session["curves"]
    assert doses[-1] != doses[0] == 1.5
    widths = {dose: half_width(curves[f"slid_{k}"]) for k, dose in enumerate(doses[1:], 2)}
    ordered = [widths[dose] for dose in sorted(widths)]
    assert ordered == sorted(ordered)
    assert (widths[doses[-1]] > half_width(curves["short_drug"])) == (doses[-1] > doses[0])


@pytest.mark.gui
@pytest.mark.parametrize("owner", ["shares_control", "shares_drug", "receptors_live"])
def test_receptors_are_closed_open_or_desensitized(session: dict[str, Any], owner: str) -> None:
    kinds = {kind: session["curves"][f"{owner} {kind}"][1] for kind in ("closed", "open", "desensitized")}
    assert sum(kinds.values()) == pytest.approx(1.0, abs=1e-6)
    assert kinds["closed"][0] > 0.99
    assert kinds["open"].max() > 0.3
    assert kinds["desensitized"].max() > 0.1


@pytest.mark.gui
def test_an_epsc_is_larger_and_slower_with_drug(session: dict[str, Any]) -> None:
    control, drug = session["curves"]["epsc_control"], session["curves"]["epsc_drug"]
    assert drug[1].min() < 1.3 * control[1].min() < -20
    assert half_width(drug) > 1.2 * half_width(control)


@pytest.mark.gui
def test_a_field_run_shows_a_larger_and_longer_response_with_drug(session: dict[str, Any]) -> None:
    control, drug = session["curves"]["field_control"], session["curves"]["field_drug"]
    assert -1.0 < control[1].min() < -0.1
    assert drug[1].min() < 1.2 * control[1].min()
    assert half_width(drug) > 1.2 * half_width(control)


@pytest.mark.gui
@pytest.mark.parametrize("graph", ["voltage", "calcium"])
def test_run_control_draws_what_the_button_does_at_the_same_dose(session: dict[str, Any], graph: str) -> None:
    control, drug, live = (session["curves"][f"{graph}_{name}"] for name in ("control", "drug", "live"))
    assert 0.5 < np.ptp(control[1]) < np.ptp(drug[1]) < 30.0
    assert np.ptp(live[1]) == pytest.approx(np.ptp(drug[1]), rel=0.01)
    assert live[0][-1] == 100.0


@pytest.mark.gui
def test_the_panel_reads_out_what_the_curves_measure(session: dict[str, Any]) -> None:
    texts = session["texts"]
    assert texts["compound"].startswith("aniracetam")
    assert all("decay" in texts[name] and "->" in texts[name] for name in ("short", "long", "epsc", "field"))
    assert texts["status"] == ""


@pytest.mark.gui
def test_what_is_asked_for_during_a_run_is_done_once_and_after_it(session: dict[str, Any]) -> None:
    assert session["order"] == ["field", "drawn", "patch"]


@pytest.mark.gui
def test_an_ltp_run_draws_every_probe_beside_its_baseline(session: dict[str, Any]) -> None:
    control, after = session["curves"]["ltp_control"], session["curves"]["ltp_after_ltp"]
    assert list(control[0]) == [0.0, 1.0]
    assert control[1].mean() == pytest.approx(100.0)
    assert list(after[0]) == [2.0]
    assert after[1][0] > 100.0
    assert session["ltp"].startswith("LTP: 2.0 of 3 min")


@pytest.mark.gui
def test_a_tetanus_fills_spines_with_calcium_and_leaves_a_text(session: dict[str, Any]) -> None:
    train, single = session["curves"]["train_calcium_after_ltp"], session["curves"]["calcium_drug"]
    assert train[1].max() > 1.5 * single[1].max()
    assert session["tetanus"].startswith("tetanus: slope 1")


@pytest.mark.gui
def test_stop_ends_an_ltp_run(session: dict[str, Any]) -> None:
    status, probes = session["stopped"]
    assert status.startswith("stopped")
    assert 1 <= probes < 150


@pytest.mark.gui
def test_what_cannot_be_run_is_said_in_the_panel(session: dict[str, Any]) -> None:
    assert session["refused"] == "dose -1 mM: give 0 or more."
    assert session["unknown"].startswith("unknown compound 'nonsense'")
    assert "read as aniracetam" in session["misnomer"]
    assert "population spike" in session["spike"]["field"]
    assert "above the solubility" in session["spike"]["status"]


@pytest.mark.gui
def test_a_closed_window_opens_again(session: dict[str, Any]) -> None:
    assert session["reopened"] == [False, True]


@pytest.mark.gui
def test_a_saved_session_opens_again_with_its_windows_and_values(
    session: dict[str, Any], restored: dict[str, Any]
) -> None:
    assert restored["settings"] == session["saved"]
    assert restored["settings"]["dose_mM"] == session["doses"][-1]
    assert restored["open"] == sorted(set(FRAMES) - {"epsc", "run_control"}), "NEURON opens RunControl itself"
    assert restored["recorded"] > 100
    assert "decay" in restored["patch"]
    assert restored["tstop"] == 100.0


@pytest.mark.gui
def test_the_screen_shows_lines_in_the_colors_of_the_figures(session: dict[str, Any]) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.image import imread

    screen = imread(session["folder"] / "screen.png")[..., :3]
    for graph, line in (("voltage", "live"), ("short", "drug"), ("epsc", "control"), ("cell", "tuft")):
        frame = FRAMES[graph]
        window = screen[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
        is_line = np.all(np.abs(window - np.array(to_rgb(PALETTE[line]))) < 0.03, axis=-1)
        assert np.sum(is_line) > 100, f"{line} in {graph}"


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


def test_sliders_count_in_percent_of_dose_and_fibers() -> None:
    bench = Bench()
    assert bench.highest_dose_mM == bench.compound.solubility_mM
    bench.dose_percent, bench.fiber_percent = 50.0, 0.0
    assert bench.dose_mM == pytest.approx(bench.highest_dose_mM / 2)
    assert bench.fibers == 1.0
    bench.compound_name = "CX614"
    assert bench.dose_percent == pytest.approx(25.0), "no solubility is known: four usual doses"


def test_a_protocol_without_a_train_has_no_tetanus(tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.toml"
    quiet.write_text(MINI.partition("[[train]]")[0], encoding="utf-8")
    bench = Bench()
    bench.protocol = str(quiet)
    with pytest.raises(ProtocolError, match="has no train"):
        _ = bench.train


def test_a_tetanus_gives_the_current_that_a_train_is_paired_with(tmp_path: Path) -> None:
    paired = tmp_path / "paired.toml"
    current = "current_nA = 2\ncurrent_ms = 2\ncurrent_delay_ms = 10\n"
    paired.write_text(
        MINI.replace("pulses = 3\nhz = 100\n", f"pulses = 1\nhz = 5\n{current}"), encoding="utf-8"
    )
    bench = Bench()
    bench.protocol, bench.fibers = str(paired), 10.0
    bench.apply()
    found = bench.tetanus()
    bench.slice.free()
    assert found.before.v_soma.max() < 0.0 < found.train.v_soma.max()
