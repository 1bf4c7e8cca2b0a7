"""Every experiment script answers at once when asked for help, and refuses bad input with one line."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "experiments").glob("*.py"))
DATA = ROOT / "cellmodel" / "data"
HELP_SECONDS = 0.3
"""Of a processor: nothing waits for anything, and other processes may keep it from running."""
TRIES = 5  # they also take the caches
Here = Callable[..., subprocess.CompletedProcess[str]]


def label(path: Path) -> str:
    return path.stem


def run(script: Path, *argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a user does, in a Python of its own."""
    return subprocess.run(
        [sys.executable, str(script), *argv], capture_output=True, text=True, check=False, cwd=cwd
    )


@cache
def help_of(script: Path) -> str:
    done = run(script, "--help", cwd=script.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=label)
def test_help_comes_at_once_from_any_folder(script: Path, tmp_path: Path) -> None:
    seconds = []
    for _ in range(TRIES):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = run(script, "--help", cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stderr
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if seconds[-1] < HELP_SECONDS:
            break
    assert min(seconds) < HELP_SECONDS
    assert "--out" in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("script", SCRIPTS, ids=label)
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--compound", "anirazetam"), "Did you mean 'aniracetam'?"),
        (("--receptor", "ca2"), "unknown receptor 'ca2'"),
        (("--compound", "no_such_file.toml"), "no_such_file.toml"),
        (("--dose-mM", "-0.5"), "negative"),
        (("--dose-mM", "nan"), "not a finite number"),
        (("--dose-mM", "much"), "not a number"),
        (("--morphology", "no_such_cell.swc"), "no_such_cell.swc"),
        (("--biophysics", "pacth"), "Did you mean 'patch'?"),
        (("--protocol", "standart"), "Did you mean 'standard'?"),
        (("--expression", "more_receptor"), "Did you mean 'more_receptors'?"),
        (("--seed", "one"), "whole number"),
    ],
    ids=lambda item: item[0] if isinstance(item, tuple) else "",
)
def test_bad_input_is_one_line_code_2_and_leaves_nothing(
    script: Path, argv: tuple[str, str], said: str, tmp_path: Path, in_process: Here
) -> None:
    if not re.search(rf"^ +{argv[0]} ", help_of(script), flags=re.MULTILINE):
        pytest.skip(f"{script.stem} takes no {argv[0]}")
    done = in_process(script.stem, *argv, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


@pytest.fixture
def refused(in_process: Here) -> Callable[..., str]:
    """Return a function that gives the one line of a script that refuses; its output folder is not made."""

    def run(name: str, *argv: str, cwd: Path) -> str:
        before = sorted(cwd.iterdir())
        done = in_process(name, *argv, "--out", "new/out", cwd=cwd)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1, done.stderr
        assert sorted(cwd.iterdir()) == before
        return done.stderr

    return run


def edited(path: Path, pattern: str, new: str, target: Path) -> str:
    """Write a file's text with one edit to ``target`` and return its name."""
    text, n = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert n == 1, pattern
    target.write_text(text, encoding="utf-8")
    return target.name


@pytest.mark.parametrize(
    ("pattern", "new", "said"),
    [
        (r"^1 1 ", "1 3 ", "no soma"),
        (r"^(5 4 0 80 0 1.6) 4$", r"\1 8", "point 5 never leads back to the soma: its parents form a cycle"),
        (r"^5 4 0 80 0 1.6 4$", "5 4 0 80 0 0 4", "point 5 has diameter 0 um"),
        (r"^5 4 0 80 0 1.6 4$", "5 4 0 80 0 -1 4", "point 5 has diameter -2 um"),
        (r"^5 4 0 80 0 1.6 4$", "5 4 0 nan 0 1.6 4", "point 5 has no finite coordinates"),
        (r"^(15 4 40 400 0 0.7) 8$", r"\1 -1", "2 disconnected pieces: that of point 15 is 80 um from"),
        (r"^(15 4 40 400 0 0.7) 8$", r"\1 99", "point 15, whose parent 99 is not in the file, is 80 um"),
        (r"^1 1 0 0 0 8 -1$", "1 1 0 0 0 eight -1", "line 2: '1 1 0 0 0 eight -1' is not a point"),
        (r"^(\d+) 4 (.*\n)(?s:.*)", r"\1 3 \2", "no apical dendrite"),
        (r"(?s:.*)", "# nothing\n", "has no points"),
    ],
    ids=lambda item: item if item.islower() and len(item) < 30 else "",
)
def test_a_morphology_that_is_no_pyramidal_cell_is_refused(
    pattern: str, new: str, said: str, tmp_path: Path, small_cell: str, refused: Callable[..., str]
) -> None:
    name = edited(Path(small_cell), pattern, new, tmp_path / "mine.swc")
    line = refused("field_potential", "--morphology", name, cwd=tmp_path)
    assert "mine.swc" in line
    assert said in line


@pytest.mark.parametrize(
    ("pattern", "new", "said"),
    [
        (r"^regime ", "regimen ", "unknown key 'regimen'"),
        (r"^aliases .*", "aliases = 5", "aliases = 5. Give a list of texts"),
        (r'^(default_dose.*)unit = "mM", ', r"\1", "[default_dose] has no unit"),
        (r'^(k_m.*)unit = "mM"', r'\1unit = "ms"', "[modulation.k_m] is in 'ms', needed 'mM'"),
        (r"^(k_m.*)value = [0-9.]+", r'\1value = "much"', "value = 'much' is not a finite number"),
        (r"^(k_m.*)value = [0-9.]+", r"\1value = nan", "value = nan is not a finite number"),
        (r"^k_m ", "k_n ", "unknown parameter [modulation.k_n]"),
        (r"^default_dose.*", "", "'default_dose' is missing"),
        (r"^\[modulation\]", "[modulation", "is not valid TOML"),
    ],
)
def test_a_compound_file_that_is_none_is_refused(
    pattern: str, new: str, said: str, tmp_path: Path, refused: Callable[..., str]
) -> None:
    name = edited(DATA / "compounds" / "aniracetam.toml", pattern, new, tmp_path / "mine.toml")
    line = refused("synaptic_currents", "--compound", name, cwd=tmp_path)
    assert "mine.toml" in line
    assert said in line


@pytest.mark.parametrize(
    ("pattern", "new", "said"),
    [
        (r"^hz = ", "hertz = ", "[[train]]: unknown key 'hertz'"),
        (r"^hz = .*", 'hz = "fast"', "[[train]]: hz = 'fast' must be a number"),
        (r'^pathway = "test"', 'pathway = "tset"', "Allowed: test, control"),
        (
            r"^at_min = 45\npathway",
            "at_min = 200\npathway",
            "[[train]] at 200 min lies outside the experiment, allowed 0 to 105",
        ),
        (r"^duration_min.*", "", "duration_min is missing"),
        (
            r"^hz = 100",
            "hz = 100\n[[probe]]\nat_min = 45.01\npathway = 'test'",
            "[[probe]] at 45.01 min falls into",
        ),
        (
            r"^hz = 100",
            "hz = 100\n[[probe]]\nat_min = 3.002\npathway = 'test'",
            "stimuli at 3 and 3.002 min are too",
        ),
    ],
)
def test_a_protocol_file_that_is_none_is_refused(
    pattern: str, new: str, said: str, tmp_path: Path, refused: Callable[..., str]
) -> None:
    name = edited(DATA / "protocols" / "standard.toml", pattern, new, tmp_path / "mine.toml")
    assert said in refused("ltp", "--protocol", name, cwd=tmp_path)


def test_a_biophysics_file_without_a_unit_is_refused(tmp_path: Path, refused: Callable[..., str]) -> None:
    name = edited(DATA / "biophysics" / "patch.toml", 'unit = "mV", ', "", tmp_path / "mine.toml")
    assert "has no unit" in refused("field_potential", "--biophysics", name, cwd=tmp_path)


@pytest.mark.parametrize("path", SCRIPTS, ids=label)
@pytest.mark.parametrize("out", ["file", "file/below"])
def test_an_output_folder_that_cannot_be_is_refused_before_work(
    path: Path, out: str, tmp_path: Path, in_process: Here
) -> None:
    (tmp_path / "file").write_text("mine")
    argv = ("--out", out)
    done = run(path, *argv, cwd=tmp_path) if out == "file" else in_process(path.stem, *argv, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"cannot write to the output folder {out}" in done.stderr
    assert (tmp_path / "file").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_of_results_is_left_as_it_was_by_a_run_that_fails(tmp_path: Path, in_process: Here) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "measures.csv").write_text("of an earlier run")
    done = in_process("ltp", "--out", "out", "--expression", "conductanse", cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown expression 'conductanse'. Did you mean 'conductance'?" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["measures.csv"]
    assert (folder / "measures.csv").read_text() == "of an earlier run"


def test_without_a_compiler_one_line_says_what_to_install(tmp_path: Path) -> None:
    checkout, results = tmp_path / "checkout", tmp_path / "results"
    for name in ("cellmodel", "mod", "experiments"):
        no_library = shutil.ignore_patterns("_library", "_mod", "__pycache__")
        shutil.copytree(ROOT / name, checkout / name, ignore=no_library)
    shutil.copy(ROOT / "setup.py", checkout)
    results.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "CXX"},
        "PATH": str(results),
        "PYTHONPATH": str(checkout),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    command = [sys.executable, str(checkout / "experiments" / "field_potential.py"), "--quick"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=results, env=environment, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (complaint,) = (line for line in done.stderr.splitlines() if not line.startswith("note: "))
    assert "cannot compile the mechanisms" in complaint
    assert all(said in complaint for said in ("make", "C++ compiler", "apt-get install"))
    assert not list(results.iterdir())
