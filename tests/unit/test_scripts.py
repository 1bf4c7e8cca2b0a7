"""The experiments run by name, from a checkout and where only the package is installed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from cellmodel import __main__ as commands
from cellmodel.experiment import scripts

ROOT = Path(__file__).resolve().parents[2]
NAMES = {path.stem for path in (ROOT / "experiments").glob("*.py")}


def test_a_checkout_has_its_own_scripts() -> None:
    assert set(scripts.scripts()) == NAMES
    assert {path.parent for path in scripts.scripts().values()} == {ROOT / "experiments"}


def test_an_installed_package_has_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "PACKAGE", tmp_path)
    monkeypatch.setattr(scripts, "SHIPPED", tmp_path / "_experiments")
    assert scripts.scripts() == {}
    shutil.copytree(ROOT / "experiments", tmp_path / "_experiments")
    assert set(scripts.scripts()) == NAMES
    assert {path.parent for path in scripts.scripts().values()} == {tmp_path / "_experiments"}


def test_every_experiment_is_listed_with_its_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in NAMES)
    assert "Field EPSPs of a CA1 slice" in said


def test_a_script_run_by_its_name_takes_its_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [])
    with pytest.raises(SystemExit) as end:
        commands.main(["patch_clamp", "--help"])
    assert end.value.code == 0
    assert "--application" in capsys.readouterr().out


def test_a_misspelled_experiment_is_told_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["patch_clam"]) == 2
    assert "Did you mean 'patch_clamp'?" in capsys.readouterr().err
