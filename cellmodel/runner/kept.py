"""Results of finished jobs in the output folder, so that a stopped run can continue."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.recording.files import replacing
from cellmodel.runner.codec import decode, encode, texts_in
from cellmodel.runner.jobs import Job

NAME = "finished_jobs"
UNREADABLE = (OSError, zipfile.BadZipFile, LookupError, TypeError, ValueError, EOFError)


class Kept:
    """The results of finished jobs of a run that has not finished.

    Parameters
    ----------
    folder : Path
        The run's output folder; the results are in ``finished_jobs`` there, and nowhere else.
    basis : callable
        Returns all that results depend on beside the job: versions, hashes of mechanisms, data and code. A
        result that was computed from another one is not found again.
    """

    def __init__(self, folder: Path, basis: Callable[[], str]) -> None:
        self._folder = folder / NAME
        self._basis = basis

    @property
    def names(self) -> list[str]:
        """The files that are there."""
        return sorted(path.name for path in self._folder.glob("*.npz"))

    def key(self, job: Job) -> str:
        """Return the name under which the result of a job is kept; the files that it names count."""
        arrays: list[np.ndarray] = []
        coded = encode(job.item, arrays)
        digest = hashlib.sha256(self._basis().encode())
        digest.update(f"{job.function.__module__}.{job.function.__qualname__} {json.dumps(coded)}".encode())
        for array in arrays:
            digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
        for text in texts_in(coded):
            if Path(text).suffix and Path(text).is_file():
                digest.update(Path(text).read_bytes())
        return digest.hexdigest()

    def find(self, job: Job) -> tuple[Any] | None:
        """Return the result of a job, alone in a tuple; None where there is none that can be read."""
        path = self._path(job)
        try:
            with np.load(path, allow_pickle=False) as stored:
                coded = json.loads(stored["coded"].tobytes())
                arrays = {int(name): stored[name] for name in stored.files if name != "coded"}
            return (decode(coded, arrays),)
        except UNREADABLE:
            return None

    def keep(self, job: Job, value: Any) -> None:
        """Write the result of a job, whole or not at all."""
        arrays: list[np.ndarray] = []
        coded = np.frombuffer(json.dumps(encode(value, arrays)).encode(), dtype=np.uint8)
        with replacing(self._path(job)) as part, part.open("wb") as file:
            contents: dict[str, Any] = {str(k): array for k, array in enumerate(arrays)}
            np.savez(file, coded=coded, **contents)

    def remove(self) -> None:
        """Remove what is kept, what fits no job of the run too."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, job: Job) -> Path:
        return self._folder / f"{self.key(job)}.npz"
