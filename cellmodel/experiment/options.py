"""The command line of the experiments; nothing heavy is imported here, so that --help is instant."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cellmodel.errors import ParameterError
from cellmodel.experiment.rerun import options_of

TAKES = (
    "compound",
    "dose",
    "receptor",
    "morphology",
    "protocol",
    "expression",
    "biophysics",
    "bath",
    "electrode",
)
"""Options that an experiment may declare; the others are always there."""


@dataclass(frozen=True)
class Extra:
    """An option that only one experiment has.

    Parameters
    ----------
    name : str
        As an attribute of the options; ``solution_exchange`` is ``--solution-exchange``.
    help : str
        One line.
    default : Any
        False makes it a switch.
    choices : sequence of str
        The allowed words, if it is a choice.
    kind : callable
        Turns the text into the value: `number`, `positive`, `whole`, ``str`` or ``Path``.
    many : bool
        Whether it takes several values, which come as a tuple.
    """

    name: str
    help: str
    default: Any = None
    choices: Sequence[str] = ()
    kind: Callable[[str], Any] = str
    many: bool = False


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See --help.\n")


def parse(
    name: str,
    argv: Sequence[str] | None = None,
    *,
    takes: Sequence[str] = TAKES,
    extras: Sequence[Extra] = (),
    about: str = "",
) -> argparse.Namespace:
    """Return the options of an experiment.

    Parameters
    ----------
    name : str
        The experiment; its results go to ``results/NAME`` unless ``--out`` is given.
    argv : sequence of str, optional
        The arguments; those of the process by default.
    takes : sequence of str
        Which of `TAKES` the experiment has.
    extras : sequence of Extra
        Its own options.
    about : str
        Shown by ``--help``: what the experiment does.

    Returns
    -------
    argparse.Namespace
        ``out`` (Path), ``seed``, ``jobs``, ``resume``, ``rerun`` (Path), ``quick``, ``plots``, and as
        declared ``compound``, ``doses_mM`` (tuple, empty where none was given), ``receptor``, ``morphology``,
        ``trust_hoc``, ``protocol``, ``expression``, ``biophysics``, ``celsius``, ``acsf`` and ``antagonist``
        (tuples of texts ``NAME=mM``), ``electrode_height``, ``electrode_depth``, ``electrode_noise``,
        ``chamber``; what was not given and has no default is None.

    Raises
    ------
    SystemExit
        With code 2 and one line on stderr for a bad option, with code 0 after ``--help``.
    """
    parser = _Parser(
        prog=name,
        description=about,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for take in takes:
        _ADDERS[take](parser)
    for extra in extras:
        _add_extra(parser, extra)
    _add_common(parser, name)
    options = parser.parse_args(argv)
    if options.rerun is None:
        return options
    try:
        return options_of(parser, argv, name)
    except ParameterError as error:
        parser.exit(2, f"{name}: {error}\n")


def _add_common(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "--out", type=Path, default=Path("results") / name, metavar="DIR", help="output folder (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=_seed, default=1, metavar="N", help="of all random draws (%(default)s)"
    )
    parser.add_argument(
        "--jobs",
        type=whole,
        default=processors(),
        metavar="N",
        help="processes (%(default)s, the processors of this machine); under mpiexec the ranks do the work",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where a run into the same --out was stopped"
    )
    parser.add_argument(
        "--rerun", type=Path, metavar="run.json", help="do again what this file of a run says, nothing else"
    )
    parser.add_argument("--quick", action="store_true", help="fewer points and repetitions, the same model")
    parser.add_argument("--no-plots", dest="plots", action="store_false", help="draw no figures")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _add_compound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--compound", default="aniracetam", metavar="NAME|FILE.toml", help="what is washed in (%(default)s)"
    )


def _add_dose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dose-mM",
        dest="doses_mM",
        type=_dose,
        nargs="+",
        action=_AsTuple,
        default=(),
        metavar="X",
        help="concentrations in mM, 0 is the vehicle (the compound's default dose)",
    )


def _add_receptor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--receptor",
        default="ca1",
        metavar="NAME|FILE.toml",
        help="AMPA receptor, or a file of your own rates and subunits (%(default)s)",
    )


def _add_morphology(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--morphology", metavar="NAME|FILE", help="shipped cell, or an SWC, ASC or hoc file")
    parser.add_argument(
        "--trust-hoc", action="store_true", help="run a hoc morphology, which is a program, as it is"
    )


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protocol", default="standard", metavar="NAME|FILE.toml", help="timed events (%(default)s)"
    )


def _add_expression(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--expression",
        default="inserted_sensitive",
        metavar="NAME",
        help="how LTP is expressed; ltp --protocol crossed takes all, to compare them (%(default)s)",
    )


def _add_biophysics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--biophysics", default="patch", metavar="NAME", help="channel set (%(default)s)")


def _add_bath(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--celsius", type=number, metavar="X", help="temperature of the bath (32)")
    parser.add_argument(
        "--acsf",
        type=_amount,
        nargs="+",
        action=_AsTuple,
        default=(),
        metavar="SALT=mM",
        help="salts of the bath that differ from the standard recipe, as KCl=5 MgSO4=1",
    )
    parser.add_argument(
        "--antagonist",
        type=_named_amount,
        nargs="+",
        action=_AsTuple,
        default=(),
        metavar="NAME[=mM]",
        help="blockers in the bath from beginning to end, as picrotoxin or D-AP5=0.05 (none)",
    )


def _add_electrode(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--electrode-height",
        type=number,
        metavar="um",
        help="of the field electrode above the somata (200); below 0 is stratum oriens",
    )
    parser.add_argument(
        "--electrode-depth",
        type=number,
        metavar="um",
        help="of the field electrode above the middle of the slice, below 0 under it (0)",
    )
    parser.add_argument(
        "--chamber",
        default="infinite",
        metavar="NAME",
        help="beyond the slice's upper and lower face: infinite (tissue without end), interface (gas, aCSF), "
        "submerged (aCSF), glass (aCSF, glass) (%(default)s)",
    )
    parser.add_argument(
        "--electrode-noise",
        action="store_true",
        help="record the field with the thermal noise of the electrode",
    )


_ADDERS = {
    "compound": _add_compound,
    "dose": _add_dose,
    "receptor": _add_receptor,
    "morphology": _add_morphology,
    "protocol": _add_protocol,
    "expression": _add_expression,
    "biophysics": _add_biophysics,
    "bath": _add_bath,
    "electrode": _add_electrode,
}


def _add_extra(parser: argparse.ArgumentParser, extra: Extra) -> None:
    flag = f"--{extra.name.replace('_', '-')}"
    words = extra.help.replace("%", "%%")  # argparse would read "10-90 % time" as a format
    if extra.default is False:
        parser.add_argument(flag, dest=extra.name, action="store_true", help=words)
        return
    shown = words if extra.default is None else f"{words} (%(default)s)"
    parser.add_argument(
        flag,
        dest=extra.name,
        type=extra.kind,
        default=extra.default,
        choices=tuple(extra.choices) or None,
        metavar="|".join(extra.choices) or "X",
        help=shown,
        nargs="+" if extra.many else None,
        action=_AsTuple if extra.many else "store",
    )


class _AsTuple(argparse.Action):
    """Keep a list of values as a tuple."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        setattr(namespace, self.dest, tuple(values))


def number(text: str) -> float:
    """Return a finite number, or complain for the parser."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def positive(text: str) -> float:
    """Return a number above 0, or complain for the parser."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


def whole(text: str) -> int:
    """Return a whole number of at least 1, or complain for the parser."""
    return _whole(text, 1)


def _seed(text: str) -> int:
    return _whole(text, 0)


def _whole(text: str, lowest: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < lowest:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {lowest}")
    return int(text)


def _dose(text: str) -> float:
    value = number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is negative; a dose is a concentration in mM, 0 or more")
    return abs(value)  # -0.0 is the vehicle too


def _amount(text: str) -> str:
    """Return ``NAME=mM`` as it was given, if it is that; names are looked up later."""
    name, _, amount = text.partition("=")
    if not name or not amount:
        raise argparse.ArgumentTypeError(f"{text!r} is not a salt and its concentration, as KCl=5")
    _dose(amount)
    return text


def _named_amount(text: str) -> str:
    """Return ``NAME`` or ``NAME=mM`` as it was given, if it is that."""
    return _amount(text) if "=" in text else text


def amount_of(text: str) -> tuple[str, float]:
    """Return name and concentration (mM) of ``NAME=mM``; that of ``NAME`` alone is not a number."""
    name, _, amount = text.partition("=")
    return name, float(amount) if amount else math.nan
