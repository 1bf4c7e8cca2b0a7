"""``python -m cellmodel.morphology``: what every command does, and how each refuses bad input."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import pytest

from cellmodel.morphology import grow, load_morphology
from cellmodel.morphology.__main__ import main

HELP_SECONDS = 0.3
"""Of the processor: the machine may be busy."""
LISTED = "/api/neuron/name/listed"
INTERNEURON = "1 1 0 0 0 8 -1\n2 3 0 -10 0 1 1\n3 3 0 -110 0 1 2\n"
RECORD = {  # the fields of the archive's answer that are used, and a few of the others
    "neuron_id": 1234,
    "neuron_name": "cell-1",
    "archive": "De Koninck",
    "brain_region": ["hippocampus", "CA1"],
    "cell_type": ["pyramidal", "principal cell"],
    "species": "rat",
    "reference_pmid": ["12345678"],
    "reference_doi": ["10.1000/example"],
    "_links": {"self": {"href": "http://localhost/api/neuron/id/1234"}},
}


class Archive(BaseHTTPRequestHandler):
    """A NeuroMorpho.Org of a few cells; paths and answers are those of its API."""

    cell = ""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        path = unquote(self.path)
        records = {"/api/neuron/name/cell-1": RECORD, "/api/neuron/id/1234": RECORD}
        for name, change in {
            "basket": {"neuron_name": "basket"},
            "huge": {"neuron_name": "huge"},
            "fileless": {"neuron_name": "fileless"},
            "evil": {"neuron_name": "../../evil"},
            "nameless": {"archive": None},
            "listed": {"neuron_name": "cell-1", "neuron_id": "x1"},
        }.items():
            records[f"/api/neuron/name/{name}"] = {**RECORD, "neuron_id": 1, **change}
        records["/api/neuron/name/listed"] = {"_embedded": {"neuronResources": [records.pop(LISTED)]}}
        records["/api/neuron/name/empty"] = {"_embedded": {"neuronResources": []}}
        records["/api/neuron/name/strange"] = [1, 2]
        files = {
            "/dableFiles/de koninck/CNG version/cell-1.CNG.swc": self.cell,
            "/dableFiles/de koninck/CNG version/basket.CNG.swc": INTERNEURON,
            "/dableFiles/de koninck/CNG version/huge.CNG.swc": "# " + "x" * 21_000_000,
        }
        if path in records:
            self.answer(200, json.dumps(records[path]))
        elif path in files:
            self.answer(200, files[path])
        elif path.endswith("/broken"):
            self.answer(500, "oh")
        elif path.endswith("/page"):
            self.answer(200, "<html>maintenance</html>")
        else:
            self.answer(404, json.dumps({"status": 404, "error": "Not Found"}))

    def answer(self, code: int, text: str) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def grown_cell(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A grown cell as an SWC file without its comments."""
    path = grow(3).to_swc(tmp_path_factory.mktemp("cell") / "cell.swc")
    return "".join(line for line in path.open() if not line.startswith("#"))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grown_cell: str) -> Iterator[str]:
    """Serve the archive, with the user's cache in a folder of its own; give the address."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Archive.cell = grown_cell
    Archive.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Archive)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]):
    """Return a function that runs a command that must fail, and gives its one line."""

    def run(*argv: str) -> str:
        assert main(argv) == 2
        out, err = capsys.readouterr()
        assert len(err.splitlines()) == 1, err
        assert "Traceback" not in out + err
        return err

    return run


def test_help_comes_at_once_and_names_every_command() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "cellmodel.morphology", "--help"], capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < HELP_SECONDS
    for command in ("fetch", "check", "show", "grow", "population"):
        assert command in done.stdout


def test_asking_for_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from cellmodel.morphology.__main__ import main; main(['--help']); "
        "sys.exit(str({'numpy', 'scipy', 'matplotlib', 'neuron', 'morphio'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


# ---- fetch ----


def test_a_fetched_cell_is_checked_kept_cited_and_known_by_its_name(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "cell-1", "--host", host]) == 0
    said = capsys.readouterr().out
    kept = tmp_path / "cache" / "cellmodel" / "morphologies" / "cell-1.swc"
    assert f"fetched to {kept}" in said
    assert "cell-1 (NMO_01234, De Koninck archive): doi:10.1000/example, PMID 12345678" in said
    assert "NeuroMorpho.Org (RRID:SCR_002145), CC BY 4.0" in said
    assert "doi:10.1096/fba.2024-00048" in said
    assert "# cite cell-1" in kept.read_text()
    assert json.loads(kept.with_suffix(".json").read_text()) == RECORD
    assert Archive.asked == [
        "/api/neuron/name/cell-1",
        "/dableFiles/de%20koninck/CNG%20version/cell-1.CNG.swc",
    ]
    assert load_morphology("cell-1").name == "cell-1"
    assert len(load_morphology("cell-1").of("tuft")) > 2
    assert main(["check", "cell-1"]) == 0


@pytest.mark.parametrize("name", ["cell-1", "1234", "NMO_1234", "NMO_01234"])
def test_a_kept_cell_is_not_downloaded_again_unless_asked(host: str, name: str, capsys) -> None:
    assert main(["fetch", name, "--host", host]) == 0
    n_asked = len(Archive.asked)
    assert n_asked == 3 if name.isdigit() else 2  # a number may be a name
    assert main(["fetch", name, "--host", host]) == 0
    assert "kept in" in capsys.readouterr().out
    assert len(Archive.asked) == n_asked
    assert main(["fetch", name, "--host", host, "--again"]) == 0
    assert len(Archive.asked) == 2 * n_asked


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "has no cell named 'nobody'. Check the name on https://neuromorpho.org"),
        ("99", "has no cell named '99'"),
        ("nameless", "has no cell named 'nameless'"),
        ("empty", "has no cell named 'empty'"),
        ("strange", "has no cell named 'strange'"),
        ("fileless", "has no standardized file of fileless"),
        ("basket", "no apical dendrite"),
        ("huge", "more than 20 MB"),
        ("evil", "gave the cell the name '../../evil'. It is not kept"),
        ("broken", "answered 500"),
        ("page", "did not answer as NeuroMorpho.Org"),
        ("../secret", "is no name of a cell"),
        ("", "is no name of a cell"),
    ],
)
def test_what_cannot_be_fetched_is_said_and_leaves_nothing(
    host: str, refused, tmp_path: Path, name: str, said: str
) -> None:
    line = refused("fetch", name, "--host", host)
    assert said in line
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_the_first_of_a_list_is_taken(host: str, capsys) -> None:
    assert main(["fetch", "listed", "--host", host]) == 0
    assert "cell-1 (NMO_000x1, De Koninck archive)" in capsys.readouterr().out


def test_without_a_network_fetching_is_one_clear_error(refused, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    line = refused("fetch", "cell-1", "--host", "http://127.0.0.1:9")
    assert line.startswith("morphology: cannot reach http://127.0.0.1:9/api/neuron/name/cell-1: ")
    assert "Check the network" in line
    assert "is no web address" in refused("fetch", "cell-1", "--host", "file:///etc")


def test_a_cache_that_cannot_be_written_is_said(host: str, refused, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "Set XDG_CACHE_HOME" in refused("fetch", "cell-1", "--host", host)


# ---- check, show, grow ----


def test_check_says_what_was_mended_and_what_is_unusual(small_cell: str, capsys) -> None:
    assert main(["check", small_cell]) == 0
    said = capsys.readouterr().out
    assert "small_cell: a CA1 pyramidal cell of 14 sections" in said
    assert "- no axon: a straight one of 120 um" in said
    assert "measures are in the range of four clean reconstructions; outside:" in said
    assert "length 1" in said


def test_check_finds_nothing_in_the_shipped_cell(capsys) -> None:
    assert main(["check", "reference"]) == 0
    said = capsys.readouterr().out
    assert "Nothing had to be mended." in said
    assert "22 of 22 measures are in the range of four clean reconstructions." in said


def test_a_cell_that_is_refused_ends_the_command_with_one_line(refused, tmp_path: Path) -> None:
    path = tmp_path / "basket.swc"
    path.write_text(INTERNEURON)
    for command in ("check", "show"):
        assert "no apical dendrite" in refused(command, str(path))
    assert "unknown morphology 'refrence'. Did you mean 'reference'" in refused("check", "refrence")


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_show_draws_the_cell_in_the_format_that_is_asked_for(
    small_cell: str, tmp_path: Path, ending: str, capsys
) -> None:
    out = tmp_path / f"cell{ending}"
    assert main(["show", small_cell, "--out", str(out)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    start = out.read_bytes()[:600]
    assert start.startswith(b"\x89PNG") if ending == ".png" else b"<svg" in start
    if ending == ".svg":
        text = out.read_text()
        for words in ("small_cell", "Sholl profile", "dendritic length", "no axon", "oblique", "100 µm"):
            assert words in text


def test_show_refuses_other_formats(small_cell: str, refused, tmp_path: Path) -> None:
    assert "Give one of .png, .svg" in refused("show", small_cell, "--out", str(tmp_path / "cell.jpg"))


def test_grow_writes_the_cell_of_the_seed(tmp_path: Path, capsys, refused) -> None:
    out = tmp_path / "new" / "mine.swc"
    assert main(["grow", "--seed", "3", "--out", str(out)]) == 0
    assert load_morphology(out).fingerprint == grow(3).fingerprint
    assert "grown_3" in capsys.readouterr().out
    assert "whole number" in refused("grow", "--seed", "-3")
    assert "does not end in .swc" in refused("grow", "--out", str(tmp_path / "mine.asc"))
    assert "cannot write" in refused("grow", "--seed", "3", "--out", str(out / "below.swc"))


def test_population_draws_and_tabulates(tmp_path: Path, capsys, refused) -> None:
    assert main(["population", "--cells", "3", "--seed", "5", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "population.png",
        "population.svg",
        "population.txt",
    ]
    table = (tmp_path / "population.txt").read_text()
    assert table in capsys.readouterr().out
    assert "means within one SD of the real cells'" in table
    for name in ("length", "surface", "sholl_basal_100", "order_tuft_0", "taper_100"):
        assert f"\n{name} " in table
    svg = (tmp_path / "population.svg").read_text()
    for words in (
        "seed 5",
        "shipped",
        "basal: Sholl profile",
        "diameter by order",
        "tuft, longest path",
    ):
        assert words in svg
    assert "Give --cells 2 or more" in refused("population", "--cells", "1")


@pytest.mark.parametrize("command", [("population", "--cells", "40"), ("segments",)])
def test_a_folder_that_cannot_be_written_is_refused_before_the_work(command, tmp_path: Path, refused) -> None:
    (tmp_path / "file").touch()
    start = time.perf_counter()
    assert "cannot write to" in refused(*command, "--out", str(tmp_path / "file"))
    assert time.perf_counter() - start < 15.0  # the work takes 20 s or minutes


@pytest.mark.slow
def test_segments_says_how_much_the_cell_changes(small_cell: str, tmp_path: Path, capsys, refused) -> None:
    assert main(["segments", "--quick", "--morphology", small_cell, "--out", str(tmp_path)]) == 0
    table = (tmp_path / "segments.md").read_text()
    assert table in capsys.readouterr().out
    assert table.startswith("| measure | unit | d_lambda 0.4 | d_lambda 0.2 | d_lambda 0.1 | d_lambda 0.05 |")
    counts = [int(word) for word in table.splitlines()[2].split("|")[3:7]]
    assert counts == sorted(set(counts))
    for line in table.splitlines()[3:]:
        for finer in line.split("|")[6:8]:  # twice the segments, and a finer tolerance; no percent: no change
            change = re.search(r"\((.+)%\)", finer)
            assert change is None or abs(float(change[1])) < 5.0, line
    assert "unknown biophysics" in refused("segments", "--biophysics", "none")
    assert "'0' is not a number above 0" in refused("segments", "--step", "0")


@pytest.mark.slow
def test_segments_compares_the_steps_that_are_asked_for(small_cell: str, tmp_path: Path) -> None:
    given = ["--morphology", small_cell, "--step", "0.1", "0.05", "--out", str(tmp_path)]
    assert main(["segments", "--quick", *given]) == 0
    heading, _, counts, *lines = (tmp_path / "segments.md").read_text().splitlines()
    assert (
        heading
        == "| measure | unit | d_lambda 0.1 | d_lambda 0.1, step 0.1 ms | d_lambda 0.1, step 0.05 ms |"
    )
    assert len(set(counts.split("|")[3:6])) == 1
    first = next(line for line in lines if line.startswith("| ap_first "))
    coarse, fine = (abs(float(change)) for change in re.findall(r"\((.+?)%\)", first))
    assert fine < coarse < 1.0
