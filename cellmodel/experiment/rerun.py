"""Run the same again: options from a run.json, and what has changed since it was written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cellmodel.errors import ParameterError

NOT_RESULTS = ("out", "jobs", "plots", "resume", "rerun")
"""Options that change no number."""
WORDS = {"mechanisms_sha256": "mod files", "data_sha256": "data files"}


def read_run(path: Path, name: str) -> dict[str, Any]:
    """Return the content of a run.json of experiment ``name``.

    Raises
    ------
    ParameterError
        If it cannot be read, is no run.json, or is one of another experiment.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror}. Check the path.") from error
    except ValueError as error:
        raise ParameterError(f"{path} is not JSON. Give the run.json of a run.") from error
    if not isinstance(content, dict) or not isinstance(content.get("options"), dict):
        raise ParameterError(f"{path} is no run.json: it has no options. Give the one that a run wrote.")
    if content.get("experiment") != name:
        raise ParameterError(
            f"{path} is of {content.get('experiment')}, not of {name}. Give it to that experiment's script."
        )
    return content


def options_of(parser: argparse.ArgumentParser, argv: Sequence[str] | None, name: str) -> argparse.Namespace:
    """Return the options of the run.json that ``--rerun`` names; only those that change no number are new.

    Raises
    ------
    ParameterError
        As `read_run`, or if other options are given too.
    SystemExit
        If a recorded option is not allowed any more.
    """
    absent = object()
    blank = argparse.Namespace(**{action.dest: absent for action in parser._actions})
    given = {key for key, value in vars(parser.parse_args(argv, blank)).items() if value is not absent}
    refused = [flag_of(action) for action in parser._actions if action.dest in given - set(NOT_RESULTS)]
    if refused:
        raise ParameterError(
            f"--rerun takes its options from run.json, given {', '.join(refused)} too. Leave out the one or "
            "the other; --out, --jobs, --resume and --no-plots may be given."
        )
    own = parser.parse_args(argv)
    again = parser.parse_args(list(arguments(parser, read_run(own.rerun, name)["options"])))
    return argparse.Namespace(**{**vars(again), **{key: getattr(own, key) for key in NOT_RESULTS}})


def flag_of(action: argparse.Action) -> str:
    """Return an option as it is typed."""
    return action.option_strings[-1]


def arguments(parser: argparse.ArgumentParser, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the command line that gives recorded options.

    Raises
    ------
    ParameterError
        If one is not known.
    """
    actions = {action.dest: action for action in parser._actions}
    for key, value in options.items():
        if key not in actions or key in NOT_RESULTS:
            raise ParameterError(f"run.json has an option {key!r} that this version does not know.")
        if value is None or value is False or value == []:
            continue
        yield flag_of(actions[key])
        if value is not True:
            yield from map(str, value if isinstance(value, list) else [value])


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between two provenances and may move numbers, each as one text."""
    versions = then.get("versions", {})
    for package, version in now["versions"].items():
        if versions.get(package, version) != version:
            yield f"it was run with {package} {versions[package]}, this is {version}"
    for key, what in WORDS.items():
        if then.get(key) != now[key]:
            yield f"the {what} are not those it was run with"
    before, after = ((each.get("git") or {}).get("commit", "") for each in (then, now))
    if before and after and before != after:
        yield f"it was run at commit {before[:12]}, this is {after[:12]}"
