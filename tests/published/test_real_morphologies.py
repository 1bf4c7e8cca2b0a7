"""Every real reconstruction that is at hand loads, with its known faults found and said.

The files are other people's data and are not in the repository.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellmodel.morphology import Morphology, load_morphology, morphometrics
from cellmodel.morphology.measures import path_to_end

REAL = Path(__file__).resolve().parents[3] / "shared" / "morphologies"
FAULTS = {  # what must be said of a file, in order
    "mpg141209_A_idA.asc": ["1 point that stood twice"],
    "NMO_49821.swc": [],
    "n120.swc": ["jitter of the focus", "the soma's pieces were put on its long axis as one", "no axon"],
    "n123.swc": ["jitter of the focus"],
    "c5038804.swc": ["the least diameter, 1.35 um: rounded up", "the soma is a stub of 176 um2"],
    "n129.swc": [
        "2 branches that hung on points 328.2, 326.3 um away were joined to those beside them, 0.0, 4.4 um",
        "jitter of the focus",
        "no axon",
    ],
}
TRACED = {  # length, trunk, obliques, tuft, basal (um): measured with another program on the same files
    "mpg141209_A_idA.asc": (9792.3, 383.3, 2336.5, 2607.3, 4465.2),
    "NMO_49821.swc": (9735.8, 259.6, 4299.5, 1431.6, 3745.0),
    "c5038804.swc": (11940.2, 301.1, 5916.0, 1551.3, 4171.8),
}
JITTER = {"n120.swc": 11851.7, "n123.swc": 16823.9, "n129.swc": 12238.0}
"""Length of the dendrites (um) as the file has it, measured with another program."""


@pytest.fixture(params=FAULTS)
def name(request: pytest.FixtureRequest) -> str:
    if not (REAL / request.param).exists():
        pytest.skip("the reconstruction is other people's data and is not in the repository")
    return request.param


@pytest.fixture
def cell(name: str) -> Morphology:
    return load_morphology(REAL / name)


def test_its_faults_are_found_and_nothing_else_is_said(name: str, cell: Morphology) -> None:
    assert len(cell.repairs) == len(FAULTS[name])
    for said, fault in zip(cell.repairs, FAULTS[name], strict=True):
        assert fault in said


def test_it_has_all_domains_and_stands_upright(name: str, cell: Morphology) -> None:
    heights = {d: np.concatenate([s.points[:, 1] for s in cell.of(d)]) for d in ("basal", "oblique", "tuft")}
    assert np.median(heights["basal"]) < np.median(heights["oblique"]) < np.median(heights["tuft"])
    assert heights["basal"].min() < -100.0
    trunk = cell.of("trunk")
    assert cell.sections[trunk[0].parent].domain == "soma"
    assert [section.parent for section in trunk[1:]] == [section.id for section in trunk[:-1]]
    assert max(path_to_end(cell)[section.id] for section in cell.of("axon")) >= 45.0


def test_its_lengths_are_those_that_another_program_found(name: str, cell: Morphology) -> None:
    if name not in TRACED:
        pytest.skip("its depth was smoothed")
    shape = morphometrics(cell)
    found = [shape["length"], shape["trunk_path"]]
    found += [shape[f"{domain}_length"] for domain in ("oblique", "tuft", "basal")]
    assert found == pytest.approx(TRACED[name], abs=0.2)


def test_smoothing_says_the_length_it_started_from_and_ends_in_the_range_of_real_cells(
    name: str, cell: Morphology
) -> None:
    if name not in JITTER:
        pytest.skip("it has no jitter")
    said = next(repair for repair in cell.repairs if "jitter" in repair)
    before, after = (float(word) for word in said.split("length fell from ")[1].split() if word.isdecimal())
    assert before == pytest.approx(JITTER[name], abs=1.0)
    assert morphometrics(cell)["length"] == pytest.approx(after, abs=1.0)
    assert 7788 <= after <= 12387  # ten reconstructions, smoothed by another program
