"""What the tests of scripts share."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"


@pytest.fixture
def in_process(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., CompletedProcess[str]]:
    """Return a function that runs a script here: to start Python for each refusal takes most of the time."""

    def run(name: str, *argv: str, cwd: Path) -> CompletedProcess[str]:
        script = str(EXPERIMENTS / f"{name}.py")
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", [script, *argv])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            runpy.run_path(script, run_name="__main__")
        out, err = capfd.readouterr()
        return CompletedProcess(sys.argv, int(end.value.code or 0), out, err)

    return run
