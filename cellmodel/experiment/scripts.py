"""The experiments' scripts: where they are, and how one is run by its name."""

from __future__ import annotations

import ast
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED = PACKAGE / "_experiments"
"""Where an installed package has copies of them; setup.py puts them there."""


def scripts() -> dict[str, Path]:
    """Return every script by its name: the checkout's own, else the copies that were installed."""
    is_checkout = (PACKAGE.parent / "setup.py").is_file()
    folder = PACKAGE.parent / "experiments" if is_checkout else SHIPPED
    return {path.stem: path for path in sorted(folder.glob("*.py"))}


def subject(script: Path) -> str:
    """Return the first sentence of what a script says of itself."""
    said = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].rstrip(".")


def run_script(script: Path, arguments: Sequence[str]) -> None:
    """Run a script as ``python SCRIPT ARGUMENTS`` would; it ends the process with its exit code."""
    sys.argv = [str(script), *arguments]
    runpy.run_path(str(script), run_name="__main__")
