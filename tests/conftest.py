"""Set what must be set before NEURON is imported and what child processes inherit."""

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = str(Path(__file__).resolve().parent.parent)

os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"  # a display that cannot be reached would end the process
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def small_cell() -> str:
    """The file of a cell of 14 sections: the default one has 176 and takes five times as long."""
    return str(Path(__file__).with_name("small_cell.swc"))


@pytest.fixture(scope="module", autouse=True)
def fixed_step() -> None:
    """Begin each file with NEURON's default method and no cells, whatever the file before it left.

    An error that was raised holds the cells of the frames it came through until it is collected.
    """
    gc.collect()
    if "neuron" in sys.modules:
        sys.modules["neuron"].h.cvode.active(0)


ALLOWED_SUGGESTIONS = {
    "check_keywords",  # Neo cannot open a file that has any
    "check_single_row",  # a run in one condition has a table of one condition
}


@pytest.fixture(scope="session")
def open_nwb() -> Callable[[Path], dict[str, Any]]:
    """Return a function that inspects a file at the strictest and gives Neo's signals by name."""

    def opened(path: Path) -> dict[str, Any]:
        from neo.io import NWBIO
        from nwbinspector import Importance, inspect_nwbfile

        said = inspect_nwbfile(
            nwbfile_path=path, importance_threshold=Importance.BEST_PRACTICE_SUGGESTION
        )  # validates too
        complaints = [
            f"{m.importance.name} {m.check_function_name} {m.object_name}: {m.message}" for m in said
        ]
        assert [c for c in complaints if c.split()[1] not in ALLOWED_SUGGESTIONS] == []
        blocks = NWBIO(str(path), "r").read_all_blocks()
        segments = [segment for block in blocks for segment in block.segments]
        return {
            s.name: s for part in segments for s in (*part.analogsignals, *part.irregularlysampledsignals)
        }

    return opened


LONGEST = (
    *("test_battery_scores_sharp", "test_battery_scores_patch", "test_study", "test_scorecard_page"),
    *("test_dose_response", "test_ltp_series", "test_experiments", "test_morphology_statistics"),
    *("test_fitting_coverage", "test_gui", "test_fit_compound", "test_mechanisms", "test_cell_targets"),
    *("test_documentation_build", "test_patch_noise", "test_cell_properties", "test_compounds", "test_cell"),
    *("test_tuning_rule", "test_workers", "test_fit_modulation", "test_documents", "test_fitting_intervals"),
    *("test_field", "test_morphology_command", "test_patch_clamp", "test_dose_curve", "test_held"),
)
"""Files that take long, those that take longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that no process is left with a long file at the end.

    With ``--dist loadfile --no-loadscope-reorder`` files are given to processes in this order.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    place = {name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (place.get(item.path.stem, len(LONGEST)), item.path not in slow))
