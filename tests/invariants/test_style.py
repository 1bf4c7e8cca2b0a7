"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "cellmodel").rglob("*.py"), *(ROOT / "experiments").glob("*.py")])
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 8


@cache
def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def statements(function: ast.FunctionDef) -> int:
    """Return the lines of a function's body without its docstring."""
    has_docstring = ast.get_docstring(function) is not None and len(function.body) > 1
    first = function.body[1 if has_docstring else 0]
    return (function.end_lineno or first.lineno) - first.lineno + 1


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_files_and_functions_are_not_too_long() -> None:
    lines = {label(path): len(path.read_text().splitlines()) for path in FILES}
    assert {name: n for name, n in lines.items() if n > LONGEST_FILE} == {}
    long = {(label(path), f.name): statements(f) for path in FILES for f in functions(path)}
    assert {where: n for where, n in long.items() if n > LONGEST_FUNCTION} == {}


def test_the_usual_function_is_a_few_lines() -> None:
    assert median(statements(f) for path in FILES for f in functions(path)) <= USUAL_FUNCTION
