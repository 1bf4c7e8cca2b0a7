"""What is released: the files of sdist and wheel, and one version, license and set of Pythons everywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

import cellmodel

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCE = (".git", ".venv", "results", "build", "dist", "x86_64", "arm64", "aarch64", "*.egg-info")
MADE = ("__pycache__", ".*_cache", "*.pyc", "*.so")
ALIEN = ("results/study/report.html", ".venv/bin/python", "x86_64/special", "dist/old.whl", "mod/ampa.c")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the source tree with things in it that are not to be shipped."""
    copy = tmp_path_factory.mktemp("release") / "tree"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_SOURCE, *MADE))
    for name in ALIEN:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("not source\n")
    return copy


def built(tree: Path, kind: str) -> Path:
    """Build without network; nothing can be compiled, which a wheel leaves to its first use."""
    out = tree.parent / kind
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(out), str(tree)]
    done = subprocess.run(
        command, env={**os.environ, "PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = out.iterdir()
    return file


@pytest.fixture(scope="module")
def shipped(tree: Path) -> set[str]:
    with tarfile.open(built(tree, "sdist")) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    return built(tree, "wheel")


@pytest.mark.parametrize("folder", ["cellmodel", "mod", "experiments", "tests", "docs"])
def test_the_sdist_has_every_source_file(tree: Path, shipped: set[str], folder: str) -> None:
    source = {path.relative_to(tree).as_posix() for path in (tree / folder).rglob("*") if path.is_file()}
    assert {name for name in source - set(ALIEN) if "__pycache__" not in name} <= shipped


def test_the_sdist_has_what_installs_tests_and_cites_it(shipped: set[str]) -> None:
    wanted = (
        "setup.py pyproject.toml Makefile mosinit.hoc README.md CHANGELOG.md CITATION.cff LICENSE .ci/run"
    )
    assert set(wanted.split()) <= shipped


def test_nothing_that_was_made_is_in_the_sdist(shipped: set[str]) -> None:
    assert shipped & set(ALIEN) == set()
    assert {
        name for name in shipped if re.search(r"__pycache__|_cache/|\.so$|\.pyc$|^results", name)
    } == set()


def test_the_wheel_is_for_any_python_3_on_this_platform(wheel: Path) -> None:
    assert re.fullmatch(rf"cellmodel-{cellmodel.__version__}-py3-none-(linux|macosx)_\w+\.whl", wheel.name)


def test_the_wheel_has_data_mechanisms_experiments_and_a_command(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name.rpartition("purelib/")[2] for name in archive.namelist()}
    for folder, ships in (("mod", "_mod"), ("experiments", "_experiments"), ("cellmodel/data", "data")):
        source = {
            path for path in (ROOT / folder).rglob("*") if path.suffix in (".mod", ".py", ".toml", ".swc")
        }
        assert {f"cellmodel/{ships}/{path.relative_to(ROOT / folder).as_posix()}" for path in source} <= names
    assert "cellmodel/py.typed" in names
    assert not any(name.startswith(("tests/", "docs/", "experiments/")) for name in names)
    assert any(name.endswith("entry_points.txt") for name in names)


def test_changelog_and_citation_name_the_version_and_the_license() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["version"], citation["license"]) == (cellmodel.__version__, PROJECT["license"])
    headings = re.findall(r"^## \[?([^\]\s]+)\]?", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert cellmodel.__version__ in headings


def test_checks_run_on_every_python_that_is_promised() -> None:
    promised = {found[1] for text in PROJECT["classifiers"] if (found := re.search(r":: (3\.\d+)$", text))}
    matrix = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text())["jobs"]["linux"]["strategy"]
    assert set(matrix["matrix"]["python"]) == promised
    assert PROJECT["requires-python"] == f">={min(promised)}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_what_is_there_and_pins_what_it_uses(path: Path) -> None:
    steps = [step for job in yaml.safe_load(path.read_text())["jobs"].values() for step in job["steps"]]
    assert all(re.search(r"@v\d+$", step["uses"]) for step in steps if "uses" in step)
    targets = {
        target for step in steps for target in re.findall(r"^ *make (\w+)", step.get("run", ""), re.MULTILINE)
    }
    assert targets <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert all((ROOT / step["run"]).is_file() for step in steps if step.get("run", "").startswith(".ci/"))
