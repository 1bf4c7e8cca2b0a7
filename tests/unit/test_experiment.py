"""An experiment's command line, its output folder, and the ways in which a run ends."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellmodel.errors import ConvergenceError, ParameterError
from cellmodel.experiment import Extra, Run, execute, parse
from cellmodel.experiment.options import positive, processors
from cellmodel.experiment.provenance import folder_hash
from cellmodel.recording import Measure, read_measures
from cellmodel.traces import Recording


@dataclass(frozen=True)
class Substance:
    """As much of a compound as a run looks at."""

    name: str = "aniracetam"
    default_dose_mM: float = 1.5
    solubility_mM: float | None = 5.0


def measure(value: float) -> Measure:
    return Measure(experiment="toy", measure="peak", value=value, unit="pA")


def sweep() -> Recording:
    t = np.arange(0.0, 1.0, 0.1)
    return Recording(t, {"i": t}, {"i": "nA"}, {"mode": "voltage_clamp", "v_hold": -70.0})


def square(x: float) -> float:
    return x * x


def fail_at_two(x: int) -> int:
    if x == 2:
        raise ConvergenceError("two does not converge")
    return x


def options(tmp_path: Path, *argv: str) -> Any:
    return parse("toy", ["--out", str(tmp_path / "out"), *argv])


def toy(run: Run) -> None:
    run.record(band=(1, 2), rate=np.float64(0.5))
    run.notice("be careful")
    for value in run.map(square, [1.0, 2.0, 3.0]):
        run.add(measure(value))
    run.add_sweep(sweep())


# --- options ------------------------------------------------------------------------------


def test_defaults_are_those_of_the_contract() -> None:
    given = vars(parse("ltp", []))
    assert given == {
        "compound": "aniracetam",
        "doses_mM": (),
        "receptor": "ca1",
        "morphology": None,
        "trust_hoc": False,
        "protocol": "standard",
        "expression": "inserted_sensitive",
        "biophysics": "patch",
        "celsius": None,
        "acsf": (),
        "antagonist": (),
        "electrode_height": None,
        "electrode_depth": None,
        "chamber": "infinite",
        "electrode_noise": False,
        "out": Path("results/ltp"),
        "seed": 1,
        "jobs": processors(),
        "resume": False,
        "rerun": None,
        "quick": False,
        "plots": True,
    }


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--dose-mM", "-1"], "negative"),
        (["--dose-mM", "nan"], "finite"),
        (["--dose-mM", "inf"], "finite"),
        (["--dose-mM", "1", "much"], "not a number"),
        (["--dose-mM"], "--dose-mM"),
        (["--jobs", "0"], "at least 1"),
        (["--jobs", "1.5"], "whole number"),
        (["--seed", "-3"], "at least 0"),
        (["--exchange", "0"], "above 0"),
        (["--application", "none"], "both"),
        (["--unheard-of"], "--unheard-of"),
    ],
)
def test_a_bad_option_is_one_line_and_code_2(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    extras = (
        Extra("exchange", "of solutions, ms", 0.2, kind=positive),
        Extra("application", "where the drug is", "both", choices=("both", "glutamate_only")),
    )
    code = execute("toy", toy, ["--out", str(tmp_path / "out"), *argv], extras=extras)
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not (tmp_path / "out").exists()


def test_an_option_that_an_experiment_does_not_take_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse("toy", ["--protocol", "standard"], takes=("compound",))
    assert "--protocol" in capsys.readouterr().err


def test_an_extra_with_false_as_default_is_a_switch() -> None:
    extras = [Extra("mini", "record miniature currents too", default=False)]
    assert parse("toy", ["--mini"], extras=extras).mini is True
    assert parse("toy", [], extras=extras).mini is False


def test_a_percent_sign_in_a_help_text_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    extras = [
        Extra("rise", "10-90 % time", default=0.2),
        Extra("fast", "half the time, 50 % off", default=False),
    ]
    with pytest.raises(SystemExit, match="0"):
        parse("toy", ["--help"], extras=extras)
    out = capsys.readouterr().out
    assert "10-90 % time (0.2)" in out
    assert "50 % off" in out


def test_several_doses_are_kept_in_order(tmp_path: Path) -> None:
    run = Run("toy", options(tmp_path, "--dose-mM", "5", "0", "0.5"))
    assert run.doses_mM(Substance()) == (5.0, 0.0, 0.5)
    with pytest.raises(ParameterError, match="one dose"):
        run.dose_mM(Substance())


def test_without_a_dose_the_compound_s_own_is_used(tmp_path: Path) -> None:
    assert Run("toy", options(tmp_path)).dose_mM(Substance()) == 1.5


def test_a_dose_above_solubility_is_a_notice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run("toy", options(tmp_path, "--dose-mM", "6"))
    assert run.dose_mM(Substance()) == 6.0
    assert "solubility of 5 mM" in run.notices[0]
    assert run.notices[0] in capsys.readouterr().err
    assert Run("toy", options(tmp_path, "--dose-mM", "5")).dose_mM(Substance()) == 5.0


def test_help_starts_neither_numpy_nor_neuron() -> None:
    heavy = "{'numpy', 'scipy', 'neuron', 'matplotlib', 'pynwb', 'tqdm'} & set(sys.modules)"
    script = (
        "import sys; from cellmodel.experiment import execute;"
        f"execute('toy', print, ['--help']); sys.exit(str({heavy} or ''))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
    assert "--dose-mM" in done.stdout


# --- the output folder --------------------------------------------------------------------


def test_an_output_folder_below_a_file_is_refused_before_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert execute("toy", pytest.fail, ["--out", str(tmp_path / "file" / "out")]) == 2
    assert "cannot write to the output folder" in capsys.readouterr().err


def test_a_run_writes_rows_sweeps_and_how_it_was_done(tmp_path: Path) -> None:
    assert execute("toy", toy, ["--out", str(tmp_path / "a" / "out"), "--seed", "7"]) == 0
    folder = tmp_path / "a" / "out"
    assert sorted(path.name for path in folder.iterdir()) == ["measures.csv", "run.json", "traces.nwb"]
    assert [row.value for row in read_measures(folder / "measures.csv")] == [1.0, 4.0, 9.0]
    written = json.loads((folder / "run.json").read_text())
    assert written["status"] == "finished"
    assert written["seed"] == 7
    assert written["notices"] == ["be careful"]
    assert written["parameters"]["band"] == [1, 2]
    assert written["parameters"]["rate"] == 0.5
    assert set(written["mechanisms_sha256"]) >= {"release.mod"}
    assert written["versions"]["neuron"].startswith("9.")


def test_two_runs_differ_only_in_their_execution(tmp_path: Path) -> None:
    for name, jobs in (("a", "1"), ("b", "2")):
        assert execute("toy", toy, ["--out", str(tmp_path / name), "--jobs", jobs]) == 0
    for name in ("measures.csv", "traces.nwb"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    first, second = (json.loads((tmp_path / name / "run.json").read_text()) for name in "ab")
    assert first.pop("execution") != second.pop("execution")
    assert first == second


def test_figures_are_written_twice_alike_and_not_at_all_without_plots(tmp_path: Path) -> None:
    from cellmodel.report.style import new_figure

    figure = new_figure(2.0, 1.0)
    figure.add_subplot().plot([0, 1], [0, 1])
    for name in "ab":
        Run("toy", parse("toy", ["--out", str(tmp_path / name)])).save_figure("line", figure)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["line.png", "line.svg"]
    for suffix in ("png", "svg"):
        first, second = ((tmp_path / name / f"line.{suffix}").read_bytes() for name in "ab")
        assert first == second
    Run("toy", options(tmp_path, "--no-plots")).save_figure("line", figure)
    assert not list((tmp_path / "out").iterdir())


def test_a_notice_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run("toy", options(tmp_path))
    run.notice("no compound of that name is documented")
    run.notice("no compound of that name is documented")
    assert capsys.readouterr().err.count("documented") == 1
    assert run.notices == ["no compound of that name is documented"]


def test_quick_picks_the_smaller(tmp_path: Path) -> None:
    assert Run("toy", options(tmp_path, "--quick")).pick(quick=1, full=9) == 1
    assert Run("toy", options(tmp_path)).pick(quick=1, full=9) == 9


def test_the_hash_of_a_folder_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    before = folder_hash(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert folder_hash(tmp_path) != before


# --- how a run ends -----------------------------------------------------------------------


def test_an_error_is_one_line_code_2_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(run: Run) -> None:
        run.add(measure(1.0))
        raise ParameterError("unknown compound 'x'. Known: a, b.")

    assert execute("toy", fails, ["--out", str(tmp_path / "new" / "out")]) == 2
    assert capsys.readouterr().err == "toy: unknown compound 'x'. Known: a, b.\n"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("jobs", "signal"), [("1", 2), ("2", 2), ("2", 15)])
def test_ctrl_c_keeps_what_was_finished(
    jobs: str, signal: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(run: Run) -> None:
        for value in run.map(square, [1.0, 2.0, 3.0]):
            run.add(measure(value))
            if value == 4.0:
                os.kill(os.getpid(), signal)

    assert execute("toy", interrupted, ["--out", str(tmp_path), "--jobs", jobs]) == 130
    assert [row.value for row in read_measures(tmp_path / "measures.csv")] == [1.0, 4.0]
    assert json.loads((tmp_path / "run.json").read_text())["status"] == "interrupted"
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_before_the_work_begins_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cellmodel.experiment.entry.Run", interrupted)
    assert execute("toy", toy, ["--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "toy: interrupted\n"


def test_the_screen_is_given_back_after_an_interrupt(tmp_path: Path) -> None:
    screen = sys.stderr

    def interrupted(run: Run) -> None:
        os.kill(os.getpid(), 2)

    execute("toy", interrupted, ["--out", str(tmp_path)])
    assert sys.stderr is screen


def test_another_run_into_the_same_folder_is_refused_and_disturbs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = []

    def holds_the_folder(run: Run) -> None:
        run.add(measure(1.0))
        codes.append(execute("toy", toy, ["--out", str(tmp_path)]))

    assert execute("toy", holds_the_folder, ["--out", str(tmp_path)]) == 0
    assert codes == [2]
    assert f"another run is writing into {tmp_path}" in capsys.readouterr().err
    assert [row.value for row in read_measures(tmp_path / "measures.csv")] == [1.0]
    assert execute("toy", toy, ["--out", str(tmp_path)]) == 0


def test_a_figure_that_cannot_be_written_costs_no_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full_disk(path: Path, target: Path) -> Path:
        if target.suffix in (".png", ".npz"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(path, target)

    def draws(run: Run) -> None:
        from matplotlib.figure import Figure

        run.save_figure("line", Figure())
        toy(run)

    monkeypatch.setattr(Path, "replace", full_disk)
    assert execute("toy", draws, ["--out", str(tmp_path), "--jobs", "1"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == f"toy: cannot write {tmp_path / 'line.png'}: No space left on device. Free some space."
    assert sum("--resume computes this work again" in line for line in told) == 1
    assert [row.value for row in read_measures(tmp_path / "measures.csv")] == [1.0, 4.0, 9.0]
    written = json.loads((tmp_path / "run.json").read_text())
    assert written["status"] == "incomplete"
    assert written["execution"]["files"] == ["measures.csv", "run.json", "traces.nwb"]
    assert not list(tmp_path.glob(".*"))


def test_files_of_an_earlier_run_are_named_where_they_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def writes(*names: str) -> Callable[[Run], None]:
        return lambda run: [run.save_text(name, "text") for name in names]

    assert execute("toy", writes("dose_1.txt", "both.txt"), ["--out", str(tmp_path)]) == 0
    assert "of an earlier run" not in capsys.readouterr().out
    assert execute("toy", writes("dose_3.txt", "both.txt"), ["--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("toy: of an earlier run, not of this one, are dose_1.txt there\n")


# --- the same again -----------------------------------------------------------------------

EXTRAS = (
    Extra("exchange", "of solutions, ms", 0.2, kind=positive),
    Extra("files", "what is read", kind=Path, many=True),
    Extra("mini", "record miniature currents too", default=False),
)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        [
            "--seed",
            "0",
            "--dose-mM",
            "0.1",
            "1e-05",
            "--quick",
            "--mini",
            "--exchange",
            "0.30000000000000004",
        ],
        ["--files", "a b.csv", "c.abf", "--morphology", "x.hoc", "--trust-hoc"],
    ],
)
def test_options_come_back_from_run_json(argv: list[str], tmp_path: Path) -> None:
    first = parse("toy", ["--out", str(tmp_path / "one"), *argv], extras=EXTRAS)
    Run("toy", first).finish("finished")
    own = ["--out", str(tmp_path / "two"), "--jobs", "3", "--rerun", str(tmp_path / "one" / "run.json")]
    again = vars(parse("toy", own, extras=EXTRAS))
    assert (again["out"], again["jobs"]) == (tmp_path / "two", 3)
    changed = {"out": first.out, "jobs": first.jobs, "rerun": None}
    assert again | changed == vars(first)


@pytest.mark.parametrize(
    ("content", "argv", "said"),
    [
        (None, [], "cannot read"),
        ("peak,pA", [], "is not JSON"),
        ("[1]", [], "is no run.json: it has no options"),
        ('{"experiment": "toy"}', [], "is no run.json: it has no options"),
        ('{"experiment": "ltp", "options": {}}', [], "is of ltp, not of toy"),
        ('{"experiment": "toy", "options": {"speed": 1}}', [], "an option 'speed' that this version"),
        ('{"experiment": "toy", "options": {"seed": -1}}', [], "at least 0"),
        ('{"experiment": "toy", "options": {}}', ["--seed", "1", "--quick"], "given --seed, --quick too"),
    ],
)
def test_what_cannot_be_run_again_is_one_line_and_code_2(
    content: str | None, argv: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_text(content)
    code = execute("toy", pytest.fail, ["--out", str(tmp_path / "out"), "--rerun", str(path), *argv])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not (tmp_path / "out").exists()


def test_what_has_changed_since_is_said_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute("toy", toy, ["--out", str(tmp_path / "one")]) == 0
    path = tmp_path / "one" / "run.json"
    again = ["--out", str(tmp_path / "two"), "--rerun", str(path)]
    assert execute("toy", toy, again) == 0
    assert "numbers may differ" not in capsys.readouterr().err
    written = json.loads(path.read_text())
    written["versions"]["neuron"] = "8.2"
    written["mechanisms_sha256"]["ampa.mod"] = "0"
    path.write_text(json.dumps(written | {"status": "interrupted"}))
    assert execute("toy", toy, again) == 0
    err = capsys.readouterr().err
    assert "it was run with neuron 8.2, this is 9." in err
    assert "the mod files are not those it was run with: numbers may differ" in err
    assert "that run did not finish" in err
    assert "data files are not those" not in err


# --- work that fails, and work that is done already ---------------------------------------


def fails_at_two(run: Run) -> None:
    for value in run.map(fail_at_two, range(4), "toys"):
        run.add(measure(value))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_work_that_fails_leaves_the_rest_and_is_listed(
    jobs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute("toy", fails_at_two, ["--out", str(tmp_path), "--jobs", jobs]) == 1
    assert [row.value for row in read_measures(tmp_path / "measures.csv")] == [0.0, 1.0, 3.0]
    said = "toys 3 of 4 (item 2): two does not converge"
    assert said in capsys.readouterr().err.splitlines()[-2]
    written = json.loads((tmp_path / "run.json").read_text())
    assert written["status"] == "incomplete"
    (failure,) = written["failures"]
    assert failure["parameters"] == {"item": 2}


def test_where_all_work_fails_there_is_no_result_but_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(run: Run) -> None:
        list(run.map(fail_at_two, [2, 2]))

    assert execute("toy", fails, ["--out", str(tmp_path / "out"), "--jobs", "1"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "toy: two does not converge"
    assert not (tmp_path / "out").exists()


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    def interrupted(run: Run) -> None:
        for value in run.map(square, [1.0, 2.0, 3.0]):
            if value == 4.0:
                os.kill(os.getpid(), 2)

    assert execute("toy", interrupted, ["--out", str(tmp_path), "--jobs", "1"]) == 130
    assert execute("toy", toy, ["--out", str(tmp_path), "--jobs", "1", "--resume"]) == 0
    assert json.loads((tmp_path / "run.json").read_text())["execution"]["jobs_resumed"] == 2
    assert [row.value for row in read_measures(tmp_path / "measures.csv")] == [1.0, 4.0, 9.0]
    assert not (tmp_path / "finished_jobs").exists()


def test_without_resume_a_run_begins_anew_and_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute("toy", fails_at_two, ["--out", str(tmp_path), "--jobs", "1"]) == 1
    assert execute("toy", toy, ["--out", str(tmp_path), "--jobs", "1"]) == 0
    assert "3 results of a run that did not finish" in capsys.readouterr().err
    assert json.loads((tmp_path / "run.json").read_text())["execution"]["jobs_resumed"] == 0


def test_what_draws_is_imported_ahead_unless_nothing_is_drawn(tmp_path: Path) -> None:
    asked = (
        "import sys; from pathlib import Path; from cellmodel.experiment import Run, parse; "
        "run = Run('toy', parse('toy', sys.argv[1:])); run.expect_figures('cellmodel.report.style'); "
        "print('matplotlib.figure' in sys.modules, 'cellmodel.report.style' in sys.modules)"
    )
    for argv, said in (((), "True True"), (("--no-plots",), "False False")):
        command = [sys.executable, "-c", asked, "--out", str(tmp_path), *argv]
        assert (
            subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[0] == said
        )
