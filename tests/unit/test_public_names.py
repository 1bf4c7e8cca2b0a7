"""The public names are there, and asking for none of them starts nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cellmodel

Public = ast.ClassDef | ast.FunctionDef


def public(body: list[ast.stmt]) -> Iterator[Public]:
    """Yield classes, functions and methods whose names do not begin with an underscore."""
    for node in body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


@pytest.mark.parametrize("name", cellmodel.__all__)
def test_a_public_name_can_be_imported_and_is_documented(name: str) -> None:
    assert getattr(cellmodel, name).__doc__
    assert name in dir(cellmodel)


def test_everything_public_is_documented() -> None:
    without = []
    for path in sorted(Path(cellmodel.__file__).parent.rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [node for node in (module, *public(module.body)) if not ast.get_docstring(node)]
        without += [f"{path.name}: {getattr(node, 'name', 'module')}" for node in nodes]
    assert without == []


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="CA1Pyramidal"):
        _ = cellmodel.CA3Pyramidal


def test_importing_the_package_imports_neither_numpy_nor_neuron() -> None:
    script = (
        "import sys, cellmodel; sys.exit(str({'numpy', 'neuron', 'matplotlib'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
