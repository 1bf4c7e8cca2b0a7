"""Imports go one way: a layer uses those before it, and no module needs itself."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "cellmodel"
LAYERS = (
    ("errors", "units", "parameters", "traces"),
    ("mechanisms",),
    ("receptor", "compound"),
    ("morphology", "cell", "synapse", "plasticity"),
    ("protocol", "patch", "slice"),
    ("recording", "analysis", "fitting", "battery"),
    ("tuning",),
    ("report",),
    ("runner",),
    ("experiment", "study"),
    ("gui", "bench", "doctor"),
    ("command",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def layer_of(module: str) -> str:
    """Return a module's layer; what ``python -m`` runs is a command and may use all of them."""
    return "command" if module.endswith(".__main__") else module.split(".")[1]


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


NAMES = {name_of(path) for path in MODULES}


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return all that stands in a file, the module itself first."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imports_of(path: Path, *, own_only: bool = True) -> set[str]:
    """Return every module that a file imports anywhere, functions included."""
    found: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            whole = {f"{node.module}.{alias.name}" for alias in node.names} & NAMES
            found.update(whole or {node.module})
    return {name for name in found if name in NAMES} if own_only else found


def rank_of(path: Path) -> int:
    return RANK[layer_of(name_of(path))]


def test_every_folder_and_file_has_a_layer() -> None:
    assert {layer_of(name) for name in NAMES} <= set(RANK)


def test_imports_are_only_from_the_own_or_an_earlier_layer() -> None:
    backward = {
        name_of(path): needed
        for path in MODULES
        if (needed := {name for name in imports_of(path) if RANK[layer_of(name)] > rank_of(path)})
    }
    assert backward == {}


def test_no_module_imports_itself_through_others() -> None:
    graph = {name_of(path): imports_of(path) for path in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"cycle: {' <- '.join(error.args[1])}")


def test_no_folder_imports_itself_through_others() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        own = layer_of(name_of(path))
        graph.setdefault(own, set()).update({layer_of(name) for name in imports_of(path)} - {own})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"cycle: {' <- '.join(error.args[1])}")


def foreign(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports_of(path, own_only=False)}


OWN_PROCESS = "cellmodel.morphology.files.hoc"  # runs a trusted hoc file in a NEURON of its own


def test_only_the_layers_that_simulate_import_neuron() -> None:
    users = {name_of(path) for path in MODULES if "neuron" in foreign(path)} - {OWN_PROCESS}
    assert users
    assert {name for name in users if layer_of(name) not in ("mechanisms", "gui")} == set()


def test_only_the_report_imports_matplotlib_and_only_inside_functions() -> None:
    users = [path for path in MODULES if "matplotlib" in foreign(path)]
    assert {layer_of(name_of(path)) for path in users} == {"report"}
    at_top = {name_of(path) for path in users for name in top_imports(path) if name.startswith("matplotlib")}
    assert at_top == set()


def top_imports(path: Path) -> set[str]:
    """Return what a file imports outside of functions and classes."""
    module = nodes_of(path)[0]
    assert isinstance(module, ast.Module)
    found = {alias.name for node in module.body if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module or "" for node in module.body if isinstance(node, ast.ImportFrom)}


def test_nothing_read_is_executed() -> None:
    readers = {name_of(path) for path in MODULES if foreign(path) & {"pickle", "shelve", "marshal", "dill"}}
    assert readers == set()
    called = {
        (name_of(path), node.func.id)
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert {(module, name) for module, name in called if name in ("eval", "exec")} == set()
