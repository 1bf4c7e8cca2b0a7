"""NEURON's own unit checker finds nothing to say about any mechanism."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cellmodel.mechanisms import mod_folder
from cellmodel.mechanisms.building import nrnivmodl

FORBIDDEN = re.compile(r"^\s*(VERBATIM|UNITSOFF|INDEPENDENT)\b", re.MULTILINE)
NAMED = re.compile(r"^\s*(?:SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)", re.MULTILINE)
COMMENT = re.compile(r"^COMMENT$.*?^ENDCOMMENT$", re.MULTILINE | re.DOTALL)
MOD_FILES = sorted(mod_folder().glob("*.mod"))


@pytest.mark.parametrize("path", MOD_FILES, ids=lambda path: path.name)
def test_modlunit_is_silent(path: Path) -> None:
    checker = Path(nrnivmodl()).parent / "modlunit"
    done = subprocess.run([checker, str(path)], capture_output=True, text=True, check=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert done.returncode == 0, said
    assert said == [f"Checking units of {path}"]


@pytest.mark.parametrize("path", MOD_FILES, ids=lambda path: path.name)
def test_a_mod_file_is_named_after_its_mechanism_and_uses_no_forbidden_block(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="ascii"))
    assert NAMED.findall(text) == [path.stem]
    assert not FORBIDDEN.search(text)
