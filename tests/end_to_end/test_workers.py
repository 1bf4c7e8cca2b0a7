"""An LTP experiment gives the same files to the byte whatever does the work: a process, two, or two ranks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cellmodel.runner.launch import AS_ROOT

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "ltp.py"
RANKS = ("mpiexec", "-n", "2")
PROTOCOL = """title = "two minutes: a drug comes in, three pulses at 20 Hz"
duration_min = 2
probe_interval_seconds = 30

[[phase]]
at_min = 0
condition = "control"

[[phase]]
at_min = 0.5
condition = "drug"

[[phase]]
at_min = 1.1
condition = "after_ltp_drug"

[[wash]]
at_min = 0.5
drug = true

[[train]]
at_min = 1.1
pathway = "test"
pulses = 3
hz = 20
"""

pytestmark = pytest.mark.slow


def play(folder: Path, options: tuple[str, ...], *argv: str, launcher: tuple[str, ...] = ()) -> Path:
    done = subprocess.run(
        [*launcher, sys.executable, str(SCRIPT), *options, "--out", str(folder), *argv],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **AS_ROOT, "OMPI_MCA_rmaps_base_oversubscribe": "1"},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, small_cell: str) -> tuple[str, ...]:
    """Options of a short experiment; the protocol's path stands in traces.nwb."""
    protocol = tmp_path_factory.mktemp("protocol") / "short.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    return ("--quick", "--no-plots", "--morphology", small_cell, "--protocol", str(protocol))


@pytest.fixture(scope="module")
def by_one(tmp_path_factory: pytest.TempPathFactory, short: tuple[str, ...]) -> Path:
    return play(tmp_path_factory.mktemp("one") / "out", short, "--jobs", "1")


def test_two_processes_change_no_byte(by_one: Path, short: tuple[str, ...], tmp_path: Path) -> None:
    assert_same(by_one, play(tmp_path / "out", short, "--jobs", "2"))


@pytest.mark.skipif(shutil.which("mpiexec") is None, reason="there is no mpiexec (Debian: openmpi-bin)")
def test_two_ranks_change_no_byte(by_one: Path, short: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("mpi4py", reason="mpi4py is not installed: pip install 'cellmodel[mpi]'")
    found = play(tmp_path / "out", short, launcher=RANKS)
    assert json.loads((found / "run.json").read_text(encoding="utf-8"))["execution"]["ranks"] == 2
    assert_same(by_one, found)


def assert_same(one: Path, other: Path) -> None:
    for name in ("measures.csv", "traces.nwb"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
