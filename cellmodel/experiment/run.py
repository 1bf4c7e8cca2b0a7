"""One run of an experiment: where its results go and what is known about how they came about."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cellmodel.errors import FileError, ParameterError
from cellmodel.experiment.folder import claim, files_of_earlier_run
from cellmodel.experiment.rerun import NOT_RESULTS, differences, read_run
from cellmodel.experiment.traces_file import TracesFile

if TYPE_CHECKING:
    from cellmodel.compound import Compound
    from cellmodel.recording import Measure
    from cellmodel.runner.jobs import Failure
    from cellmodel.runner.ranks import Pool
    from cellmodel.runner.runner import Runner
    from cellmodel.traces import Recording

Item = TypeVar("Item")
DRAWING = ("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg")


class Run:
    """What an experiment is given: its options, and a place for all that it finds.

    Rows and sweeps are kept until the end; a figure is written when it is saved.  Every file is
    written whole or not at all.

    Parameters
    ----------
    name : str
        The experiment.
    options : argparse.Namespace
        From `parse`.
    pool : Pool or None
        The other ranks of an MPI run.
    about : str
        What the experiment does, for traces.nwb.

    Raises
    ------
    ParameterError
        If the output folder cannot be written to; nothing has been computed then.
    """

    def __init__(
        self, name: str, options: argparse.Namespace, *, pool: Pool | None = None, about: str = ""
    ) -> None:
        self.name = name
        self.options = options
        self.folder = Path(options.out)
        self.rows: list[Measure] = []
        self.sweeps: list[Recording] = []
        self.notices: list[str] = []
        self.files: list[Path] = []
        self.unwritten: list[FileError] = []
        self._parameters: dict[str, Any] = {}
        self._inputs: dict[str, str] = {}
        self._inputs_then: dict[str, str] = {}
        self._pool = pool
        self._about = about
        self._traces_file = TracesFile(self.folder / "traces.nwb")
        self._started = time.time()
        self._made = claim(self.folder)
        self._earlier = files_of_earlier_run(self.folder)
        self.runner = self._runner()
        if options.rerun is not None:
            self._compare(read_run(options.rerun, name))

    # --- what the options say -------------------------------------------------------------

    @cached_property
    def compound(self) -> Compound:
        """The compound of ``--compound``, by name or from a file; what must be known of it is said."""
        from cellmodel.compound import Compound

        compound = Compound.named(self.options.compound)
        self.record_input("compound", compound.path)
        for text in compound.notices:
            self.notice(text)
        return compound

    @property
    def compound_name(self) -> str:
        """The compound's own name, as it stands in measures.csv."""
        return self.compound.name

    def doses_mM(self, compound: Compound) -> tuple[float, ...]:
        """Return the doses asked for, in mM, or the compound's default; above solubility is said."""
        doses = self.options.doses_mM or (compound.default_dose_mM,)
        limit = compound.solubility_mM
        for dose in doses:
            if limit is not None and dose > limit:
                self.notice(
                    f"{dose:g} mM {compound.name} is above its solubility of {limit:g} mM: "
                    "no such solution can be made."
                )
        return doses

    def dose_mM(self, compound: Compound) -> float:
        """Return the only dose, in mM; an experiment that takes one refuses several."""
        doses = self.doses_mM(compound)
        if len(doses) > 1:
            given = " ".join(f"{dose:g}" for dose in doses)
            raise ParameterError(f"{self.name} takes one dose, given {given}. Run it once for each dose.")
        return doses[0]

    def pick(self, *, quick: Item, full: Item) -> Item:
        """Return ``quick`` under ``--quick``, else ``full``."""
        return quick if self.options.quick else full

    # --- what is found --------------------------------------------------------------------

    def add(self, rows: Measure | Iterable[Measure]) -> None:
        """Keep one row or several for measures.csv."""
        from cellmodel.recording import Measure

        self.rows.extend([rows] if isinstance(rows, Measure) else rows)

    def add_sweep(self, *recordings: Recording) -> None:
        """Keep sweeps for traces.nwb; `cellmodel.recording.nwb_bytes` says what their meta needs."""
        self.sweeps.extend(recordings)

    def expect_figures(self, *modules: str) -> None:
        """Import what draws, and these modules, unless nothing is drawn: now, while workers are busy."""
        if self.options.plots:
            for module in (*DRAWING, *modules):
                import_module(module)

    def expect_sweeps(self) -> None:
        """Import what writes sweeps, which takes half a second: now, while workers are busy."""
        import_module("pynwb")

    def close_sweeps(self) -> None:
        """Begin with traces.nwb, which a worker makes while this process draws: all work is done.

        No sweep, and no parameter, may follow: the file says with which ones it came about. Where nothing is
        drawn, this process makes it as soon, at the end.
        """
        if self.sweeps and self.options.plots:
            self._traces_file.begin(self.runner, self.sweeps, self._session)

    def save_figure(self, name: str, figure: Any) -> str:
        """Write ``NAME.svg`` and ``NAME.png`` and return the SVG; under ``--no-plots`` do nothing: ``""``."""
        if not self.options.plots:
            return ""
        from cellmodel.report.style import save_figure, svg_text

        drawn = svg_text(figure)
        with self._writing():
            self.files.extend(save_figure(figure, self.folder / name, svg_drawn=drawn))
        return drawn

    def save_text(self, name: str, text: str) -> None:
        """Write a text file of this name into the folder."""
        from cellmodel.recording import write_text

        with self._writing():
            write_text(self.folder / name, text)
            self.files.append(self.folder / name)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write something; where that cannot be done say so and go on, for the numbers are worth more."""
        try:
            yield
        except FileError as error:
            self.unwritten.append(error)
            self.say(str(error))

    def notice(self, text: str) -> None:
        """Say something the user must know, on screen and in run.json, once."""
        if text not in self.notices:
            self.notices.append(text)
            self.say(f"note: {text}")

    def say(self, text: str) -> None:
        """Print a line on stderr without tearing the progress bar."""
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)

    def record(self, **parameters: Any) -> None:
        """Keep parameters as they were used, for run.json."""
        self._parameters.update(parameters)

    def record_input(self, name: str, path: Path) -> None:
        """Keep the hash of a file that was read (morphology, protocol, compound), for run.json."""
        from cellmodel.experiment.provenance import file_hash

        self._inputs[name] = file_hash(path)
        if self._inputs_then.get(name, self._inputs[name]) != self._inputs[name]:
            self.notice(
                f"{path} is not the {name} that {self.options.rerun} was run with: numbers may differ."
            )

    def _compare(self, then: dict[str, Any]) -> None:
        """Say what has changed since the run that is run again."""
        from cellmodel.experiment.provenance import provenance

        self._inputs_then = then.get("inputs_sha256", {})
        for text in differences(then, provenance()):
            self.notice(f"{self.options.rerun}: {text}: numbers may differ.")
        if then.get("status") != "finished":
            self.notice(f"{self.options.rerun}: that run did not finish: this one may have more.")

    # --- how it is done -------------------------------------------------------------------

    def progress(self, items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
        """Pass items through, showing on stderr how far it is and how long it will take."""
        from cellmodel.runner.runner import progress_bar

        bar = progress_bar(label, total if total is not None else getattr(items, "__len__", lambda: None)())
        with bar:
            for item in items:
                yield item
                bar.update()

    def map(
        self,
        function: Callable[[Any], Any],
        items: Sequence[Any],
        label: str = "",
        *,
        is_beside: bool = False,
    ) -> Iterator[Any]:
        """Yield ``function(item)`` in order, computed by ``--jobs`` processes or the ranks, with progress.

        Workers begin at once, also where the results of another call are still being taken. Take the results
        one by one and add what they hold at once: what was added is written when the run is interrupted.
        ``function`` stands at the top of a module.  A job that fails has no result here, and is one of
        `failures`. ``is_beside``: this process works too before it takes the results, so that a worker does
        even a single job.

        Raises
        ------
        CellModelError
            The first job's, if every job failed and nothing else was found.
        """
        label = label or self.name
        results = self.runner.map(function, items, label, is_beside=is_beside)
        return self._some(results, label, len(self.failures))

    def _some(self, results: Iterator[Any], label: str, n_failed: int) -> Iterator[Any]:
        """Pass the results of a map through; where there are none, raise why, unless the run has others."""
        is_empty = True
        for value in results:
            is_empty = False
            yield value
        own = [failure for failure in self.failures[n_failed:] if failure.label == label]
        if is_empty and own and not self.rows and not self.sweeps:
            raise own[0].error

    def warm_up(self, *modules: str, at_most: int) -> None:
        """Let workers, at most so many, start and import modules while this process prepares their work."""
        self.runner.warm_up(*modules, at_most=at_most)

    def _runner(self) -> Runner:
        """Return what does the jobs; those that finish are kept in the output folder until all have."""
        from cellmodel.runner.kept import Kept
        from cellmodel.runner.runner import Runner

        kept = Kept(self.folder, self._basis)
        if kept.names and not self.options.resume:
            self.say(
                f"note: {self.folder} has {len(kept.names)} results of a run that did not finish; this one "
                "begins anew. With --resume it would take those that fit."
            )
        return Runner(
            jobs=self.options.jobs,
            pool=self._pool,
            kept=kept,
            is_resumed=self.options.resume,
            say=self.say,
        )

    def _basis(self) -> str:
        """Return all that a result depends on beside its job."""
        from cellmodel.experiment.provenance import foundations

        return json.dumps([self._inputs, foundations()], sort_keys=True)

    @property
    def failures(self) -> Sequence[Failure]:
        """Jobs that failed, and left the others alone."""
        return self.runner.failures

    def stop(self) -> None:
        """Stop the jobs under way."""
        self.runner.stop()

    # --- how it ends ----------------------------------------------------------------------

    def abandon(self) -> None:
        """Stop the jobs under way, and remove the folders that this run made and left empty."""
        self.stop()
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()

    def finish(self, status: str) -> None:
        """Write measures.csv, traces.nwb (where there are sweeps) and run.json, each that can be written.

        Parameters
        ----------
        status : str
            ``finished``, ``incomplete`` (work failed) or ``interrupted``.
        """
        from cellmodel.recording import write_measures

        self.runner.release()
        with self._writing():
            write_measures(self.folder / "measures.csv", self.rows)
            self.files.append(self.folder / "measures.csv")
        if self.sweeps:
            with self._writing():
                self._traces_file.write(self.sweeps, self._session)
                self.files.append(self._traces_file.path)
        if self.unwritten and status == "finished":
            status = "incomplete"
        self.save_text("run.json", json.dumps(self.describe(status), indent=2, sort_keys=True) + "\n")
        if status == "finished" and not self.unwritten:
            self.runner.forget()

    @property
    def leftovers(self) -> list[str]:
        """Files of an earlier run in this folder that this one did not write anew."""
        return sorted(self._earlier - {path.name for path in self.files})

    @property
    def _session(self) -> dict[str, Any]:
        """What traces.nwb says of the run beside its sweeps."""
        from cellmodel.experiment.provenance import dois

        compound = self.compound if "compound" in vars(self) else None
        return {
            "experiment": self.name,
            "description": " ".join(self._about.split()),
            "seed": self.options.seed,
            "parameters": self.parameters,
            "dois": dois(compound, getattr(self.options, "receptor", None)),
        }

    @property
    def chosen(self) -> dict[str, Any]:
        """Options that numbers depend on, as plain as JSON needs them; ``--rerun`` reads them."""
        given = {key: value for key, value in vars(self.options).items() if key not in NOT_RESULTS}
        return json.loads(json.dumps(given, default=_plain))

    @property
    def parameters(self) -> dict[str, Any]:
        """Options and recorded parameters, as plain as JSON needs them."""
        return {**self.chosen, **json.loads(json.dumps(self._parameters, default=_plain))}

    def describe(self, status: str) -> dict[str, Any]:
        """Return the content of run.json; what differs between equal runs is under ``execution``."""
        from cellmodel.experiment.provenance import provenance

        return {
            "experiment": self.name,
            "status": status,
            "options": self.chosen,
            "parameters": self.parameters,
            "seed": self.options.seed,
            "inputs_sha256": self._inputs,
            "notices": self.notices,
            "failures": [failure.describe() for failure in self.failures],
            "execution": {
                "out": str(self.folder),
                "files": sorted({path.name for path in self.files} | {"run.json"}),
                "jobs": self.options.jobs,
                "ranks": self._pool.size if self._pool else 1,
                "jobs_resumed": self.runner.n_resumed,
                "plots": self.options.plots,
                "rerun_of": str(self.options.rerun) if self.options.rerun else None,
                "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._started)),
                "wall_time_seconds": round(time.time() - self._started, 2),
                "processor_seconds_of_workers": [
                    sorted(round(seconds, 2) for seconds in work.values()) for work in self.runner.work
                ],
            },
            **provenance(),
        }


def _plain(item: Any) -> Any:
    """Turn arrays, mappings, tuples and paths into what JSON knows."""
    if hasattr(item, "tolist"):
        return item.tolist()
    return dict(item) if hasattr(item, "keys") else str(item)
