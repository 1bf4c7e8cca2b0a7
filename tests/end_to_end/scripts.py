"""Start an experiment as a user does, and read what it wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cellmodel.recording import Measure, read_measures

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
FILES = {"measures.csv", "run.json", "traces.nwb"}


@dataclass(frozen=True)
class Done:
    """A script that has ended: exit code, what it said, and its folder."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def rows(self) -> list[Measure]:
        return read_measures(self.folder / "measures.csv")

    @property
    def described(self) -> dict:
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    def value(self, measure: str, condition: str, **labels: object) -> float:
        """Return the only value of a measure in a condition, without a time."""
        (row,) = [
            row
            for row in self.rows
            if (row.measure, row.condition, row.time_min) == (measure, condition, None)
            and all(getattr(row, name) == given for name, given in labels.items())
        ]
        return row.value


def start(folder: Path, script: str, *argv: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(EXPERIMENTS / f"{script}.py"), "--out", str(folder), *argv]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder.parent)


def run(folder: Path, script: str, *argv: str) -> Done:
    process = start(folder, script, *argv)
    out, err = process.communicate(timeout=500)
    return Done(process.returncode, out, err, folder)


def runs_of(
    root: Path, commands: Mapping[str, Sequence[str]], pairs: Sequence[tuple[str, ...]]
) -> Callable[..., list[Done]]:
    """Return a function that gives runs by name, computed once; those of a pair side by side."""
    done: dict[str, Done] = {}

    def give(*names: str) -> list[Done]:
        for pair in pairs:
            if set(pair) & set(names) and not set(pair) & set(done):
                with ThreadPoolExecutor(2) as pool:
                    found = pool.map(lambda name: run(root / name.replace(" ", "_"), *commands[name]), pair)
                    done.update(zip(pair, found, strict=True))
        return [done[name] for name in names]

    return give
