"""The public names are there, and asking for none of them starts nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cellmodel


@pytest.mark.parametrize("name", cellmodel.__all__)
def test_a_public_name_can_be_imported_and_is_documented(name: str) -> None:
    assert getattr(cellmodel, name).__doc__
    assert name in dir(cellmodel)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="CA1Pyramidal"):
        _ = cellmodel.CA3Pyramidal


def test_importing_the_package_imports_neither_numpy_nor_neuron() -> None:
    script = (
        "import sys, cellmodel; sys.exit(str({'numpy', 'neuron', 'matplotlib'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
