"""Mechanisms are found, compiled once, and refused when they are not those of the mod files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cellmodel.errors import MechanismError
from cellmodel.mechanisms import mechanism_hashes, mod_folder
from cellmodel.mechanisms.building import check_tools, library_for, nrnivmodl
from cellmodel.mechanisms.sources import library_key, read_mod_files

LEAK = """NEURON {{
    SUFFIX tiny
    NONSPECIFIC_CURRENT i
    RANGE g
}}
UNITS {{
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S)  = (siemens)
}}
PARAMETER {{
    g = {conductance} (S/cm2)
}}
ASSIGNED {{
    v (mV)
    i (mA/cm2)
}}
BREAKPOINT {{
    i = g * v
}}
"""
LOADS_TINY = """
import sys
from pathlib import Path
from neuron import h
from cellmodel.errors import MechanismError
from cellmodel.mechanisms.loading import ensure_loaded
from cellmodel.mechanisms.sources import read_mod_files
try:
    ensure_loaded(h, read_mod_files(Path(sys.argv[1])))
except MechanismError as error:
    sys.exit(f"refused: {error}")
section = h.Section(name="s")
section.insert("tiny")
print(section(0.5).tiny.g)
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "mod"
    folder.mkdir()
    (folder / "tiny.mod").write_text(LEAK.format(conductance=0.001))
    return folder


def start(mod: Path, cache: Path, where: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "NEURON_MODULE_OPTIONS": "-nogui"}
    return subprocess.Popen(
        [sys.executable, "-c", LOADS_TINY, str(mod)],
        cwd=where,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def load(mod: Path, cache: Path, where: Path) -> tuple[int, str]:
    process = start(mod, cache, where)
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def test_the_checkout_s_own_mod_files_are_used() -> None:
    assert mod_folder() == Path(__file__).resolve().parents[2] / "mod"
    assert set(mechanism_hashes()) == {path.name for path in mod_folder().glob("*.mod")}


def test_the_key_changes_with_any_byte_and_any_name() -> None:
    keys = {
        library_key(files)
        for files in ({}, {"a.mod": b"1"}, {"a.mod": b"2"}, {"b.mod": b"1"}, {"a.mod": b"1", "b.mod": b""})
    }
    assert len(keys) == 5


def test_a_changed_mod_file_is_compiled_anew(tiny: Path, tmp_path: Path) -> None:
    assert load(tiny, tmp_path / "cache", tmp_path) == (0, "0.001\n")
    (tiny / "tiny.mod").write_text(LEAK.format(conductance=0.002))
    assert load(tiny, tmp_path / "cache", tmp_path) == (0, "0.002\n")


def test_an_empty_folder_needs_no_library(tmp_path: Path) -> None:
    code, said = load(tmp_path, tmp_path / "cache", tmp_path)
    assert code == 1
    assert "not a density mechanism" in said  # nothing was loaded, so that inserting it fails
    assert not (tmp_path / "cache").exists()


def test_a_library_beside_the_user_is_used_when_current_and_refused_when_stale(
    tiny: Path, tmp_path: Path
) -> None:
    subprocess.run([nrnivmodl(), "mod"], cwd=tmp_path, capture_output=True, check=True)
    assert load(tiny, tmp_path / "cache", tmp_path) == (0, "0.001\n")
    assert not (tmp_path / "cache").exists()
    (tiny / "tiny.mod").write_text(LEAK.format(conductance=0.002))
    code, said = load(tiny, tmp_path / "cache", tmp_path)
    assert code == 1
    assert "refused" in said
    assert "nrnivmodl mod" in said


def test_a_library_that_lacks_a_mechanism_is_refused(tiny: Path, tmp_path: Path) -> None:
    subprocess.run([nrnivmodl(), "mod"], cwd=tmp_path, capture_output=True, check=True)
    (tiny / "other.mod").write_text(LEAK.format(conductance=0.001).replace("tiny", "other"))
    code, said = load(tiny, tmp_path / "cache", tmp_path)
    assert code == 1
    assert "other missing" in said


def test_mechanisms_of_one_s_own_stay_usable_and_those_of_our_names_are_to_be_renamed(
    tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    own = tmp_path / "mine" / "own.mod"
    own.write_text(LEAK.format(conductance=0.003).replace("tiny", "own"))
    subprocess.run([nrnivmodl(), "mine"], cwd=tmp_path, capture_output=True, check=True)
    assert load(tiny, tmp_path / "cache", tmp_path) == (0, "0.001\n")  # beside own.mod
    own.rename(own.with_name("tiny.mod")).write_text(LEAK.format(conductance=0.003))
    for number in range(6):
        (tiny / f"other_{number}.mod").write_text(
            LEAK.format(conductance=0.001).replace("tiny", f"other_{number}")
        )
    subprocess.run([nrnivmodl(), "mine"], cwd=tmp_path, capture_output=True, check=True)
    code, said = load(tiny, tmp_path / "cache", tmp_path)
    assert code == 1
    assert "tiny differ; other_0, other_1, other_2, other_3 and 2 others missing" in said
    assert "give them other names (file and SUFFIX)" in said


def test_a_library_that_is_no_library_is_named(tiny: Path, tmp_path: Path) -> None:
    library = library_for(read_mod_files(tiny), tmp_path / "cache" / "cellmodel")
    library.write_text("not a library")
    code, said = load(tiny, tmp_path / "cache", tmp_path)
    assert code == 1
    assert f"does not load {library}" in said


def test_a_mod_file_with_a_fault_is_named(tiny: Path, tmp_path: Path) -> None:
    (tiny / "tiny.mod").write_text("NEURON {\n    SUFFIX tiny\n    RANGE nonsense\n")
    with pytest.raises(MechanismError, match=r"tiny\.mod"):
        library_for(read_mod_files(tiny), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*/*"))


def test_missing_tools_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MechanismError, match=r"make.*perl.*C\+\+.*apt-get install"):
        check_tools()


def test_without_a_compiler_nothing_is_written(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(shutil.which("make") or "").parent))
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(MechanismError, match="no-such-compiler"):
        library_for(read_mod_files(tiny), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*/*"))


def test_a_cache_that_cannot_be_written_is_named(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MechanismError, match="XDG_CACHE_HOME"):
        library_for(read_mod_files(tiny), tmp_path / "file" / "cache")


def test_eight_processes_on_an_empty_cache_compile_once(tiny: Path, tmp_path: Path) -> None:
    processes = [start(tiny, tmp_path / "cache", tmp_path) for _ in range(8)]
    said = [process.communicate(timeout=120) for process in processes]
    assert said == [("0.001\n", "")] * 8
    (library,) = (tmp_path / "cache" / "cellmodel").glob("*/*")
    assert library.name.startswith("libnrnmech")


def test_ctrl_c_is_seen_while_neuron_integrates(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(
        "import sys\n"
        "from cellmodel.experiment import execute\n"
        "def endless(run):\n"
        "    from cellmodel.mechanisms import load_mechanisms\n"
        "    h = load_mechanisms()\n"
        "    section = h.Section(name='s')\n"
        "    h.finitialize(-65)\n"
        "    print('started', flush=True)\n"
        "    h.continuerun(1e12)\n"
        "sys.exit(execute('endless', endless, takes=()))\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.send_signal(2)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.startswith("endless: interrupted")
    assert "Traceback" not in err


def test_the_library_leaves_neuron_s_threads_usable(tmp_path: Path) -> None:
    script = (
        "from cellmodel.mechanisms import load_mechanisms\n"
        "h = load_mechanisms()\n"
        "sections = [h.Section(name=f's{i}') for i in range(4)]\n"
        "h.ParallelContext().nthread(2)\n"
        "h.finitialize(-65)\n"
        "h.continuerun(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
