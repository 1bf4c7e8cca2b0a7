"""What README and docs show works: every link leads somewhere, every command is understood, snippets run."""

from __future__ import annotations

import argparse
import importlib
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from importlib.metadata import metadata, version
from pathlib import Path
from string import Template
from typing import Any

import pytest
from documents import PAGES, ROOT, SHELL, Block, Command, blocks, commands, headings, label, links, phrases

import cellmodel.experiment
from cellmodel.cell import Biophysics
from cellmodel.compound import Compound
from cellmodel.experiment import parse
from cellmodel.morphology import load_morphology
from cellmodel.parameters import DATA
from cellmodel.plasticity import Expression
from cellmodel.protocol import Protocol
from cellmodel.receptor import Receptor
from cellmodel.study.setting import ALL_EXPRESSIONS

BATCH = "bash"
"""Language of scripts for a cluster, of which the lines that start a program of ours are looked at."""
VARIABLES = {"dose": "1.5", "SLURM_CPUS_PER_TASK": "2", "SCRATCH": "scratch"}
"""What the batch system and the scripts themselves set."""
BLOCKS = [block for page in PAGES for block in blocks(page)]
COMMANDS = [command for b in BLOCKS if b.language in SHELL and not b.is_table for command in commands(b)]
PROGRAMS = ("python", "mpiexec", "make", "pip", "nrnivmodl", "nrngui", "git", ".")
BATCHED = [c for b in BLOCKS if b.language == BATCH for c in commands(b) if c.words[0] in ("srun", "python")]
PHRASES = [phrase for page in PAGES for phrase in phrases(page, PROGRAMS)]
SNIPPETS = sorted({block.page for block in BLOCKS if block.language == "python"})
NOT_RUN = ("toml", "text")
"""Languages of blocks that are files or output."""
FIRST_PICTURE = ("python", "experiments/patch_clamp.py", "--out", "results/patch")
NAMED: dict[str, Callable[[str], Any]] = {
    "compound": Compound.named,
    "receptor": Receptor.named,
    "protocol": Protocol.named,
    "expression": lambda name: name == ALL_EXPRESSIONS or Expression.named(name),
    "biophysics": Biophysics.named,
    "morphology": load_morphology,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, small_cell: str) -> Path:
    """A folder with the files of their own that users of the pages have."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("my_cell.swc", "a.swc"):
        shutil.copy(small_cell, folder / name)
    shutil.copy(small_cell, folder / "b.asc")
    protocols = (block for block in BLOCKS if block.page.name == "slice.md" and block.language == "toml")
    for name, protocol in zip(("my_protocol.toml", "my_series.toml"), protocols, strict=True):
        (folder / name).write_text(protocol.text)
    (table,) = (block for block in BLOCKS if block.is_table and block.text.startswith("measure,"))
    (folder / "ratios.csv").write_text(table.text)
    (folder / "my_epscs.csv").touch()
    fitted = folder / "results" / "fit_compound" / "mine.toml"
    fitted.parent.mkdir(parents=True)
    shutil.copy(DATA / "compounds" / "aniracetam.toml", fitted)
    for place in ("experiments", "mod", "mosinit.hoc", "Makefile"):
        (folder / place).symlink_to(ROOT / place)
    done = subprocess.run(
        [sys.executable, *FIRST_PICTURE[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shutil.copy(folder / "results" / "patch" / "traces.nwb", folder / "my_sweeps.nwb")
    return folder


# --- links --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    for address in links(page):
        place, _, heading = address.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), address
        if heading:
            assert heading in headings(target), address


# --- commands -----------------------------------------------------------------------------


class Parsed(BaseException):
    """A command line was understood."""


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.label)
def test_every_block_is_of_a_kind_that_is_checked(block: Block) -> None:
    assert block.language in (*SHELL, "python", BATCH, *NOT_RUN)
    if block.language == "toml":
        assert tomllib.loads(block.text)


@pytest.mark.parametrize("command", [*COMMANDS, *BATCHED, *PHRASES], ids=lambda command: command.place)
def test_every_command_that_is_shown_would_run(
    command: Command, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    words = [Template(word).safe_substitute(VARIABLES) for word in command.words]
    check(words, monkeypatch)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == BATCH], ids=lambda block: block.label)
def test_a_batch_script_is_one_that_bash_understands(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert block.text.startswith("#!/bin/bash\n#SBATCH --job-name=")


def check(words: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail unless the command line would be understood and what it names is there."""
    program, *arguments = words
    if program == "python" and arguments[0] == "-m":
        check_module(arguments[1], arguments[2:], monkeypatch)
    elif program == "python":
        check_experiment(Path(arguments[0]), arguments[1:], monkeypatch)
    elif program == "mpiexec":
        option, ranks, *rest = arguments
        assert (option, ranks.isdigit()) == ("-n", True)
        check(rest, monkeypatch)
    elif program == "srun":
        check(arguments[arguments.index("python") :], monkeypatch)
    else:
        SIMPLE[program](arguments)


def check_experiment(script: Path, arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse the options as the script does, and look up every name and file in them."""

    def only_parse(name: str, _: Any, **declared: Any) -> int:
        options = parse(name, arguments, **declared)
        for option, given in vars(options).items():
            if given is not None and option in NAMED:
                NAMED[option](given)
            for path in given if isinstance(given, tuple) else (given,):
                assert option == "out" or not isinstance(path, Path) or path.exists(), path
        raise Parsed

    monkeypatch.setattr(cellmodel.experiment, "execute", only_parse)
    with pytest.raises(Parsed):
        runpy.run_path(str(script), run_name="__main__")


def check_module(name: str, arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command of the package parse its options."""
    parse_args = argparse.ArgumentParser.parse_args

    def only_parse(*given: Any) -> None:
        parse_args(*given)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_parse)
    monkeypatch.setattr(sys, "argv", sys.argv)
    main = importlib.import_module(f"{name}.__main__").main
    if arguments:  # without any, it is the name of a command
        with pytest.raises(Parsed):
            main(list(arguments))


def check_make(arguments: Sequence[str]) -> None:
    done = subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def check_activate(arguments: Sequence[str]) -> None:
    assert arguments == [".venv/bin/activate"]
    assert "VENV   := .venv\n" in (ROOT / "Makefile").read_text()


def check_neuron(arguments: Sequence[str]) -> None:
    assert all(Path(path).exists() for path in arguments)


def check_pip(arguments: Sequence[str]) -> None:
    action, *targets = arguments
    assert action == "install"
    for target in targets:
        if target.startswith("dist/"):
            assert re.fullmatch(
                rf"dist/cellmodel-{version('cellmodel')}(-py3-none-linux_x86_64.whl|.tar.gz)", target
            )
            continue
        name, _, extras = target.rstrip("]").partition("[")
        assert name in (".", "cellmodel", "-e")
        assert set(filter(None, extras.split(","))) <= set(metadata("cellmodel").get_all("Provides-Extra"))


def check_clone(arguments: Sequence[str]) -> None:
    assert arguments == ["clone", "<this", "repository>"]


def check_folder(arguments: Sequence[str]) -> None:
    assert arguments == ["cellmodel"]  # the clone


SIMPLE: dict[str, Callable[[Sequence[str]], None]] = {
    "make": check_make,
    ".": check_activate,
    "nrnivmodl": check_neuron,
    "nrngui": check_neuron,
    "pip": check_pip,
    "git": check_clone,
    "cd": check_folder,
}


def test_the_first_picture_of_the_tour_is_drawn(desk: Path) -> None:
    tour = (command for command in COMMANDS if command.place.startswith("docs/tour.md"))
    assert FIRST_PICTURE in {command.words for command in tour}
    assert (desk / "results" / "patch" / "patch.png").stat().st_size > 0


@pytest.mark.parametrize("page", SNIPPETS, ids=label)
def test_the_snippets_of_a_page_run_one_after_the_other(page: Path, desk: Path) -> None:
    script = "\n".join(block.text for block in blocks(page) if block.language == "python")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=desk, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
