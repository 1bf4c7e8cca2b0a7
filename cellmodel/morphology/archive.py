"""Fetch a named cell from NeuroMorpho.Org and keep it, with what has to be cited, in the user's cache."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

from cellmodel.errors import MorphologyError, ParameterError
from cellmodel.mechanisms.building import cache_folder
from cellmodel.morphology.files import read_morphology
from cellmodel.morphology.files.table import LARGEST_FILE
from cellmodel.morphology.geometry import Morphology

HOST = "https://neuromorpho.org"
SECONDS = 30.0
"""Without an answer the server is taken to be away."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]*")
PREFIX = "NMO_"
IDENTIFIER = re.compile(rf"(?:{PREFIX})?(\d+)")
ARCHIVE = "NeuroMorpho.Org (RRID:SCR_002145)"
ARCHIVE_PAPER = (
    "Tecuatl C, Ljungquist B, Ascoli GA (2024) Accelerating the continuous community sharing of digital "
    "neuromorphology data. FASEB Bioadv 6:207-221, doi:10.1096/fba.2024-00048"
)
NO_FINITE_FIELD = "HIGH:!DH:!aNULL"
"""The server's Diffie-Hellman key is too short for OpenSSL 3: elliptic curves only, certificates checked."""


@dataclass(frozen=True)
class Fetched:
    """A cell of the archive in the user's cache.

    Parameters
    ----------
    path : Path
        Its SWC file, as standardized by the archive.
    record : mapping
        What the archive says of it.
    shape : Morphology
        The cell, checked.
    is_new : bool
        Whether it was downloaded now.
    """

    path: Path
    record: Mapping[str, Any]
    shape: Morphology
    is_new: bool

    @property
    def citation(self) -> tuple[str, ...]:
        """What a paper that uses the cell has to cite, one text each."""
        return cite(self.record)


def folder() -> Path:
    """Return where fetched cells are kept for this user."""
    return cache_folder() / "morphologies"


def fetched_names() -> list[str]:
    """Return the names of the cells that were fetched."""
    return sorted(path.stem for path in folder().glob("*.swc"))


def cite(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the texts that a paper has to cite for a cell with this record."""
    papers = [f"doi:{doi}" for doi in _texts(record.get("reference_doi"))]
    papers += [f"PMID {pmid}" for pmid in _texts(record.get("reference_pmid"))]
    number = str(record.get("neuron_id", "")).zfill(5)
    cell = f"{record.get('neuron_name')} ({PREFIX}{number}, {record.get('archive')} archive)"
    return (
        f"{cell}: {', '.join(papers) or 'the paper on its page in the archive'}",
        f"{ARCHIVE}, CC BY 4.0",
        ARCHIVE_PAPER,
    )


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if item]


def fetch(name: str, *, host: str = HOST, again: bool = False) -> Fetched:
    """Return a cell of NeuroMorpho.Org from the user's cache, downloading it where it is not there.

    Parameters
    ----------
    name : str
        Its name, its number, or its number as ``NMO_49821``.
    host : str
        Address of the archive.
    again : bool
        Whether to download it even where it is in the cache.

    Raises
    ------
    ParameterError
        If the name cannot be one, or the archive has no such cell.
    MorphologyError
        If the archive cannot be reached, answers something else, or the cell is not a CA1 pyramidal cell.
    """
    if not NAME.fullmatch(name):
        raise ParameterError(
            f"{name!r} is no name of a cell in {ARCHIVE}. Names have letters, digits and ' ._()+-'."
        )
    if urlsplit(host).scheme not in ("http", "https"):
        raise ParameterError(f"{host!r} is no web address. It starts with http:// or https://.")
    if not again and (kept := _kept(name)):
        return kept
    record = _record(name, host)
    archive, own_name = str(record["archive"]), str(record["neuron_name"])
    place = f"/dableFiles/{quote(archive.lower())}/CNG%20version/{quote(own_name)}.CNG.swc"
    content = _get(host + place)
    if content is None:
        raise ParameterError(f"{ARCHIVE} has no standardized file of {own_name}. Take another cell.")
    return _keep(own_name, content.decode("utf-8", errors="replace"), record)


def _kept(name: str) -> Fetched | None:
    number = IDENTIFIER.fullmatch(name)
    for file in sorted(folder().glob("*.swc")):
        try:
            record = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        is_number = number is not None and str(record.get("neuron_id")) == str(int(number[1]))
        if record.get("neuron_name") == name or is_number:
            return Fetched(file, record, read_morphology(file), is_new=False)
    return None


def _record(name: str, host: str) -> dict[str, Any]:
    """Ask the archive for what it knows of a cell; some cells have a number for a name."""
    number = IDENTIFIER.fullmatch(name)
    places = [] if name.startswith(PREFIX) else [f"name/{quote(name)}"]
    places += [f"id/{int(number[1])}"] if number else []
    for place in places:
        answer = _get(f"{host}/api/neuron/{place}")
        if answer is not None and (record := _neuron(answer, host)):
            break
    else:
        raise ParameterError(f"{ARCHIVE} has no cell named {name!r}. Check the name on {HOST}.")
    if not NAME.fullmatch(str(record["neuron_name"])):
        raise MorphologyError(f"{host} gave the cell the name {record['neuron_name']!r}. It is not kept.")
    return record


def _neuron(answer: bytes, host: str) -> dict[str, Any]:
    """Return the record in an answer; empty where there is none with a name and an archive."""
    try:
        record = json.loads(answer)
    except ValueError:
        raise MorphologyError(
            f"{host} did not answer as {ARCHIVE} does. Check the address, or download the file by hand."
        ) from None
    try:
        if "_embedded" in record:  # a list, where several cells fit
            record = record["_embedded"]["neuronResources"][0]
        return record if record["neuron_name"] and record["archive"] else {}
    except (LookupError, TypeError):
        return {}


def _get(url: str) -> bytes | None:
    """Return what an address holds; None where there is nothing."""
    import ssl  # these take a twentieth of a second, which every worker would pay
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    context = ssl.create_default_context()
    context.set_ciphers(NO_FINITE_FIELD)
    request = Request(url, headers={"User-Agent": "cellmodel", "Accept": "*/*"})
    try:
        with urlopen(request, timeout=SECONDS, context=context) as answer:
            content = answer.read(LARGEST_FILE + 1)
    except HTTPError as error:
        if error.code == 404:
            return None
        raise MorphologyError(
            f"{url} answered {error.code} ({error.reason}). Try again later, or download the file by hand."
        ) from error
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise MorphologyError(
            f"cannot reach {url}: {reason}. Check the network, or give the path of a file that you have."
        ) from error
    if len(content) > LARGEST_FILE:
        raise MorphologyError(
            f"{url} has more than {LARGEST_FILE / 1e6:.0f} MB, which no cell has. It is not kept."
        )
    return content


def _keep(name: str, text: str, record: Mapping[str, Any]) -> Fetched:
    """Check a downloaded cell and put it into the cache, with its record beside it."""
    header = "".join(f"# cite {line}\n" for line in cite(record))
    path = folder() / f"{name}.swc"
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".part-", dir=folder()) as part:
            file = Path(part) / path.name
            file.write_text(header + text, encoding="utf-8", newline="\n")
            shape = read_morphology(file)
            path.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
            file.replace(path)
    except OSError as error:
        raise MorphologyError(
            f"cannot keep {name} in {folder()}: {error.strerror or error}. "
            "Set XDG_CACHE_HOME to a folder you may write to."
        ) from error
    return Fetched(path, record, shape, is_new=True)
