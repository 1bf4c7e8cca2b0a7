"""The documentation builds without a warning and without network, and its notebooks run."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from documents import ROOT, label
from nbclient import NotebookClient
from sphinx.util.inventory import InventoryFile

from cellmodel.parameters import DATA, load_file, sources

DOCS = ROOT / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
PACKAGE = ROOT / "cellmodel"
INNER = {"bench", "runner", "study", "tuning"}
"""Packages behind the commands and experiments, which offer no names to others."""
CELL_SECONDS = 300


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built without a warning; notebooks are run by a test of their own."""
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "nb_execution_mode=off"]
    offline = {**os.environ, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [*command, str(DOCS), str(folder)], env=offline, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_built(built: Path) -> None:
    pages = [*(DOCS).rglob("*.md"), *NOTEBOOKS]
    names = {page.relative_to(DOCS).with_suffix(".html") for page in pages}
    assert {name for name in names if not (built / name).is_file()} == set()


def test_nothing_is_fetched_from_the_network_to_show_a_page(built: Path) -> None:
    text = (built / "index.html").read_text()
    assert 'src="http' not in text
    assert '<link rel="stylesheet" type="text/css" href="http' not in text


def test_the_reference_has_every_public_class_and_function(built: Path) -> None:
    inventory = InventoryFile.loads((built / "objects.inv").read_bytes(), uri="")
    names = {name for kind in inventory.data.values() for name in kind}
    rooms = [importlib.import_module(name) for name in inventory.data["py:module"]]
    public = {
        f"{room.__name__}.{name}"
        for room in rooms
        for name in getattr(room, "__all__", ())
        if callable(getattr(room, name))
    }
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - INNER <= {
        room.__name__.rpartition(".")[2] for room in rooms
    }
    assert public - names == set()


def test_the_model_card_has_every_parameter_of_every_file_once(built: Path) -> None:
    pages = [path.read_text() for path in (built / "model_card").glob("*.html")]
    for path in DATA.rglob("*.toml"):
        entries, heading = load_file(path).entries, f"<h2>{path.relative_to(DATA).as_posix()}<"
        sections = [page.split(heading)[1].split("<h2>")[0] for page in pages if heading in page]
        assert len(sections) == bool(entries), heading
        for section in sections:
            assert not [key for key in entries if f'<span class="pre">{key}</span>' not in section]


def test_the_bibliography_has_every_source(built: Path) -> None:
    page = (built / "model_card" / "sources.html").read_text()
    assert not [key for key in sources() if f'<span class="pre">{key}</span>' not in page]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=label)
def test_a_notebook_runs_and_is_kept_without_output(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    NotebookClient(notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert any("image/png" in json.dumps(cell.outputs) for cell in cells)
