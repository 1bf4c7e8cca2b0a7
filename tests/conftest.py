"""Set what must be set before NEURON is imported and what child processes inherit."""

import os
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parent.parent)

os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"  # a display that cannot be reached would end the process
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def small_cell() -> str:
    """The file of a cell of 14 sections: the default one has 176 and takes five times as long."""
    return str(Path(__file__).with_name("small_cell.swc"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that have slow tests, so that no process is left with a long one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
