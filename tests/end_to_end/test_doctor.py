"""``python -m cellmodel doctor`` finds what is there, and names what is wrong and what to type."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

import pytest

import cellmodel.doctor.requirements
from cellmodel import __main__ as commands
from cellmodel.doctor import (
    Finding,
    State,
    compiler,
    display,
    extras,
    library,
    mpi,
    packages,
    tools_for_windows,
)
from cellmodel.doctor.requirements import USES
from cellmodel.mechanisms import mod_folder
from cellmodel.mechanisms.building import nrnivmodl, required_tools

PACKAGE = Path(cellmodel.__file__).parent
UNREACHABLE = ":987"


def doctor(where: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", *changes)}
    return subprocess.run(
        [sys.executable, "-m", "cellmodel", "doctor"],
        cwd=where,
        env={**environment, **changes},
        capture_output=True,
        text=True,
        check=False,
    )


def only(findings: list[Finding], subject: str) -> Finding:
    (found,) = (finding for finding in findings if finding.subject == subject)
    return found


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_healthy_installation_is_said_to_be_one(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("All that is needed is there.\n")
    assert "WRONG" not in done.stdout
    for said in (version("neuron"), version("numpy"), "GNU Make", str(mod_folder()), "libnrnmech"):
        assert said in done.stdout
    assert not list(tmp_path.iterdir())


def test_without_tools_and_without_a_library_it_says_what_to_install(tmp_path: Path) -> None:
    done = doctor(tmp_path, PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert done.returncode == 1
    assert done.stderr == ""
    for tool in (*required_tools().values(), "mechanisms"):
        assert any(line.split()[1] == tool for line in wrong), done.stdout
    assert "apt-get install make g++ perl" in done.stdout
    assert f"{len(wrong)} things are wrong." in done.stdout


def test_without_tools_but_with_a_library_nothing_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert only(list(library()), "mechanisms").state is State.OK
    monkeypatch.setenv("PATH", str(tmp_path))
    found = list(compiler())
    assert {finding.state for finding in found} == {State.ABSENT}
    assert all("needed only when a mod file changes" in finding.said for finding in found)


def test_a_compiler_that_does_not_compile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = program(tmp_path / "broken-g++", "echo 'no headers here' >&2; exit 1")
    monkeypatch.setenv("CXX", str(broken))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = only(list(compiler()), str(broken))
    assert found.state is State.WRONG
    assert "no headers here" in found.said


def test_stale_mechanisms_in_the_current_folder_are_to_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = mod_folder() / "kdr.mod"
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / source.name).write_text(source.read_text() + "\n: an older version\n")
    subprocess.run([nrnivmodl(), "old"], capture_output=True, check=True)
    found = only(list(library()), "mechanisms")
    (compiled,) = (path for path in tmp_path.iterdir() if path.name != "old")
    assert found.state is State.WRONG
    assert "kdr differ" in found.said
    assert found.remedy.startswith(f"rm -r {compiled} (if it holds mechanisms of your own,")


def test_another_neuron_s_nrnivmodl_on_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = program(tmp_path / "nrnivmodl", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = tools_for_windows()
    assert found.state is State.ABSENT
    assert str(other) in found.said
    assert "activate" in found.remedy


@pytest.mark.parametrize("address", [UNREACHABLE, ""])
def test_a_display_out_of_reach_is_wrong_as_it_ends_python(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", address)
    monkeypatch.delenv("NEURON_MODULE_OPTIONS", raising=False)
    (found,) = display()
    assert found.state is State.WRONG
    assert repr(address) in found.said
    assert found.remedy.startswith("unset DISPLAY")


def test_a_display_out_of_reach_that_nobody_asks_for_is_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", UNREACHABLE)
    monkeypatch.setenv("NEURON_MODULE_OPTIONS", "-nogui")
    (found,) = display()
    assert found.state is State.ABSENT


def test_no_display_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    (found,) = display()
    assert found.state is State.ABSENT
    assert "needed only for NEURON's windows" in found.said


def test_mpi_is_needed_only_for_clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = mpi()
    assert found.state is State.ABSENT
    assert "openmpi" in found.remedy


def test_ranks_that_do_not_see_each_other_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mpi4py")
    program(tmp_path / "mpiexec", 'shift 2; "$@"; "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (found,) = mpi()
    assert found.state is State.ABSENT
    assert "do not see each other" in found.said


def test_packages_that_are_absent_or_too_old_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def found_version(name: str) -> str:
        if name == "scipy":
            raise PackageNotFoundError(name)
        return "1.0" if name == "numpy" else version(name)

    monkeypatch.setattr(cellmodel.doctor.requirements, "version", found_version)
    found = list(packages())
    assert {finding.subject for finding in found if finding.state is State.WRONG} == {"numpy", "scipy"}
    assert "1.0, needed" in only(found, "numpy").said
    assert "pip install 'scipy" in only(found, "scipy").remedy
    assert len(found) == 2 + sum("extra" not in item for item in requires("cellmodel") or ())


def test_every_extra_is_said_to_be_there_or_what_it_is_for() -> None:
    found = {finding.subject: finding for finding in extras()}
    assert set(found) == set(metadata("cellmodel").get_all("Provides-Extra")) <= set(USES)
    for finding in found.values():
        assert finding.state is State.OK or f"needed only for {USES[finding.subject]}" in finding.said
        assert "cellmodel" not in finding.remedy.split("pip install")[-1]


def test_without_what_reads_versions_it_still_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    found = list(packages())
    assert found[-1].state is State.WRONG
    assert found[-1].subject.startswith("packaging")
    assert "pip install" in found[-1].remedy
    assert list(extras()) == []


def test_every_command_of_the_package_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(commands.COMMANDS) == {path.parent.name for path in PACKAGE.glob("*/__main__.py")}
    assert commands.main([]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in commands.COMMANDS)


@pytest.mark.parametrize("name", sorted(commands.COMMANDS))
def test_a_command_is_handed_over_to(name: str) -> None:
    command = [sys.executable, "-m", "cellmodel", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert name in done.stdout


def test_an_unknown_command_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["docter"]) == 2
    assert "Did you mean 'doctor'?" in capsys.readouterr().err
