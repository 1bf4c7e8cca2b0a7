"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "cellmodel").rglob("*.py"), *(ROOT / "experiments").glob("*.py")])
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 8


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def statements(function: ast.FunctionDef) -> int:
    """Return the lines of a function's body without its docstring."""
    has_docstring = ast.get_docstring(function) is not None and len(function.body) > 1
    first = function.body[1 if has_docstring else 0]
    return (function.end_lineno or first.lineno) - first.lineno + 1


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_file_and_its_functions_are_not_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    assert {f.name: statements(f) for f in functions(path) if statements(f) > LONGEST_FUNCTION} == {}


def test_the_usual_function_is_a_few_lines() -> None:
    assert median(statements(f) for path in FILES for f in functions(path)) <= USUAL_FUNCTION
