"""Cells from the command line: ``python -m cellmodel.morphology COMMAND``."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cellmodel.errors import CellModelError, ParameterError

if TYPE_CHECKING:
    from cellmodel.morphology.geometry import Morphology

OK, BAD_INPUT, INTERRUPTED = 0, 2, 130
RESULTS = Path("results") / "morphology"
PICTURES = (".png", ".svg")


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0, 2 after an error of the user's, 130 after Ctrl-C."""
    try:
        given = _parser().parse_args(argv)
        given.run(given)
    except SystemExit as end:
        return int(end.code or OK)
    except CellModelError as error:
        print(f"morphology: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="morphology", description="Fetch, check, draw and grow CA1 pyramidal cells.", allow_abbrev=False
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fetch = commands.add_parser("fetch", help="get a cell from NeuroMorpho.Org, check it and keep it")
    fetch.add_argument("name", metavar="NAME", help="its name there, or its number as NMO_49821")
    fetch.add_argument("--again", action="store_true", help="download it even where it is kept already")
    fetch.add_argument("--host", metavar="URL", help="another address of the archive")
    fetch.set_defaults(run=_fetch)

    check = commands.add_parser("check", help="say what is wrong in a file and what was mended")
    show = commands.add_parser("show", help="draw a cell, its measures beside those of real cells")
    for command, function in ((check, _check), (show, _show)):
        command.add_argument("cell", metavar="NAME|FILE", help="SWC, ASC or hoc file, or a cell's name")
        command.add_argument("--trust-hoc", action="store_true", help="run a hoc file, which is a program")
        command.set_defaults(run=function)
    show.add_argument("--out", type=Path, metavar="FILE", help=f"PNG or SVG ({RESULTS}/NAME, both)")

    grow = commands.add_parser("grow", help="grow a cell and write it as SWC")
    grow.add_argument(
        "--seed", type=_whole, default=12, metavar="N", help="another one, another cell (%(default)s)"
    )
    grow.add_argument("--out", type=Path, metavar="FILE.swc", help=f"({RESULTS}/grown_N.swc)")
    grow.set_defaults(run=_grow)

    population = commands.add_parser("population", help="hold grown cells against reconstructed ones")
    population.add_argument("--cells", type=_whole, default=40, metavar="N", help="how many (%(default)s)")
    population.add_argument(
        "--seed", type=_whole, default=100, metavar="N", help="of the first (%(default)s)"
    )
    population.add_argument("--beside", nargs="+", default=[], metavar="FILE", help="real cells to draw too")
    population.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="(%(default)s)")
    population.set_defaults(run=_population)

    segments = commands.add_parser("segments", help="say how much segments and time steps change the cell")
    segments.add_argument("--morphology", metavar="NAME|FILE", help="(the shipped cell)")
    segments.add_argument("--biophysics", default="patch", metavar="NAME", help="(%(default)s)")
    for option, meaning in (
        ("--d-lambda", "longest segment over the AC length constant"),
        ("--tolerance", "of CVODE"),
        ("--step", "fixed time step in ms, in place of CVODE"),
    ):
        segments.add_argument(
            option,
            type=_positive,
            nargs="+",
            default=[],
            metavar="X",
            help=f"{meaning}, to compare with the usual cell",
        )
    segments.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    segments.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="(%(default)s)")
    segments.set_defaults(run=_segments)
    return parser


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


def _fetch(given: argparse.Namespace) -> None:
    from cellmodel.morphology.archive import HOST, fetch

    fetched = fetch(given.name, host=given.host or HOST, again=given.again)
    print(f"{fetched.path.stem}: {'fetched to' if fetched.is_new else 'kept in'} {fetched.path}")
    _report(fetched.shape)
    print(f"Use it by its name: --morphology {fetched.path.stem!r}. Cite:")
    for line in fetched.citation:
        print(f"  {line}")


def _check(given: argparse.Namespace) -> None:
    from cellmodel.morphology.loading import load_morphology

    cell = load_morphology(given.cell, trust_hoc=given.trust_hoc)
    print(f"{cell.name}: a CA1 pyramidal cell of {len(cell.sections)} sections")
    _report(cell)


def _report(cell: Morphology) -> None:
    """Print the domains, what was mended, and which measures no clean reconstruction has."""
    from cellmodel.morphology.geometry import DOMAINS
    from cellmodel.morphology.population import data, measure, targets

    for domain in DOMAINS:
        sections = cell.of(domain)
        length, area = (sum(getattr(section, name) for section in sections) for name in ("length", "area"))
        print(f"  {domain:8s} {len(sections):4d} sections {length:9.1f} um {area:9.1f} um2")
    print("Mended:" if cell.repairs else "Nothing had to be mended.")
    for repair in cell.repairs:
        print(f"  - {repair}")
    measured, clean = measure(cell), [targets()[name] for name in data().group("clean")]
    outside = [
        (name, target) for name, target in zip(data().group("clean"), clean, strict=True)
        if not target.holds(measured[name])
    ]  # fmt: skip
    print(
        f"{len(clean) - len(outside)} of {len(clean)} measures are in the range of four clean reconstructions"
        f"{'; outside:' if outside else '.'}"
    )
    for name, target in outside:
        unit = "" if target.unit == "1" else f" {target.unit}"
        print(f"  {name} {measured[name]:.0f}{unit} (range {target.low:.0f} to {target.high:.0f})")


def _show(given: argparse.Namespace) -> None:
    from cellmodel.morphology.loading import load_morphology
    from cellmodel.report.morphology_figures import cell_figure

    out = given.out
    if out is not None and out.suffix.lower() not in PICTURES:
        raise ParameterError(f"{out} has an ending that is not drawn. Give one of {', '.join(PICTURES)}.")
    cell = load_morphology(given.cell, trust_hoc=given.trust_hoc)
    _save(cell_figure(cell, cell.repairs), out or RESULTS / cell.name)


def _save(figure: Any, out: Path) -> None:
    """Write a figure: as its ending says, or as PNG and SVG where it has none."""
    from cellmodel.report.style import save_figure

    stem = out.with_suffix("") if out.suffix.lower() in PICTURES else out
    for path in save_figure(figure, stem):
        if out == stem or path.suffix == out.suffix.lower():
            print(f"wrote {path}")
        else:
            path.unlink()


def _grow(given: argparse.Namespace) -> None:
    from cellmodel.morphology.growth import grow

    cell = grow(given.seed)
    out = given.out or RESULTS / f"{cell.name}.swc"
    if out.suffix.lower() != ".swc":
        raise ParameterError(f"{out} does not end in .swc, which is what is written. Give a name that does.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        cell.to_swc(out)
    except OSError as error:
        raise ParameterError(
            f"cannot write {out}: {error.strerror or error}. Choose another place."
        ) from error
    print(f"{cell.name}: a CA1 pyramidal cell of {len(cell.sections)} sections, written to {out}")
    _report(cell)


def _population(given: argparse.Namespace) -> None:
    from cellmodel.experiment.folder import claim
    from cellmodel.morphology.growth import grow
    from cellmodel.morphology.loading import load_morphology
    from cellmodel.morphology.population import compare, measure
    from cellmodel.recording import write_text
    from cellmodel.report.morphology_figures import GALLERY, comparison_table, population_figure

    if given.cells < 2:
        raise ParameterError(f"{given.cells} cells are no population. Give --cells 2 or more.")
    beside = [load_morphology(file) for file in given.beside]
    shipped = load_morphology()
    claim(given.out)
    measured: list[dict[str, float]] = []
    gallery: list[tuple[str, Morphology]] = []
    for seed in range(given.seed, given.seed + given.cells):
        cell = grow(seed)
        measured.append(measure(cell))
        gallery += [(f"seed {seed}", cell)] if len(gallery) < GALLERY - len(beside) else []
        print(f"\rgrown {len(measured)} of {given.cells}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    compared = compare(measured)
    drawn = [("shipped", shipped), *gallery, *((f"real: {cell.name}", cell) for cell in beside)]
    table = comparison_table(compared)
    print(table)
    write_text(given.out / "population.txt", table + "\n")
    print(f"wrote {given.out / 'population.txt'}")
    _save(population_figure(compared, drawn, measure(shipped)), given.out / "population")


def _segments(given: argparse.Namespace) -> None:
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")  # a display out of reach would end the process
    from cellmodel.cell import Biophysics
    from cellmodel.experiment.folder import claim
    from cellmodel.morphology.loading import load_morphology
    from cellmodel.recording import write_text
    from cellmodel.study.segments import GRIDS, converge, grids_of, segments_table

    load_morphology(given.morphology)
    Biophysics.named(given.biophysics)
    claim(given.out)
    asked = (given.d_lambda, given.tolerance, given.step)
    found = converge(
        given.morphology,
        biophysics=given.biophysics,
        grids=grids_of(*asked) if any(asked) else GRIDS,
        quick=given.quick,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    table = segments_table(found)
    print(table)
    write_text(given.out / "segments.md", table + "\n")
    print(f"wrote {given.out / 'segments.md'}")


if __name__ == "__main__":
    sys.exit(main())
