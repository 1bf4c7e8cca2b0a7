"""Bath and electrode from the command line to the slice."""

import json
from pathlib import Path

import pytest

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.experiment import Run
from cellmodel.experiment.options import parse
from cellmodel.slice import Pipette, SliceOptions
from cellmodel.study import setting

TAKES = ("compound", "receptor", "morphology", "biophysics", "bath", "electrode")
GIVEN = (
    "--celsius 22 --acsf KCl=5 MgSO4=1 --antagonist picrotoxin D-AP5=0.02 "
    "--electrode-height 250 --electrode-depth -50 --electrode-noise --chamber glass"
).split()


def slice_options(folder: Path, arguments: list[str]) -> tuple[Run, SliceOptions]:
    options = parse("rig", ["--out", str(folder), *arguments], takes=TAKES)
    run = Run("rig", options)
    return run, setting.slice_options(run)


def test_bath_and_electrode_reach_the_slice_and_run_json(tmp_path: Path) -> None:
    run, options = slice_options(tmp_path, GIVEN)
    assert options.bath.celsius == 22.0
    assert options.bath.outside("k") == 5.0
    assert options.bath.outside("mg") == 1.0
    assert options.bath.outside("ca") == 2.0
    assert [(each.name, dose) for each, dose in options.antagonists] == [("picrotoxin", 0.1), ("D-AP5", 0.02)]
    assert (options.electrode_height, options.electrode_depth) == (250.0, -50.0)
    assert options.has_electrode_noise
    assert options.chamber == "glass"
    said = run.describe("finished")
    assert said["parameters"]["electrode_noise"]["rms_mV"] == Pipette.in_bath(22.0).rms
    assert any("thermal noise of the field electrode" in text for text in said["notices"])
    assert said["parameters"]["antagonists_mM"] == {"picrotoxin": 0.1, "D-AP5": 0.02}
    assert said["parameters"]["bath"]["acsf_mM"]["KCl"] == 5.0
    assert any("0.1 mM picrotoxin is in the bath throughout" in text for text in said["notices"])


def test_a_rerun_has_the_same_bath_and_electrode(tmp_path: Path) -> None:
    run, options = slice_options(tmp_path / "then", GIVEN)
    run.folder.joinpath("run.json").write_text(json.dumps(run.describe("finished")))
    _, again = slice_options(tmp_path / "now", ["--rerun", str(run.folder / "run.json")])
    assert again == options


def test_without_options_the_slice_is_the_standard_one(tmp_path: Path) -> None:
    _, options = slice_options(tmp_path, [])
    standard = SliceOptions()
    assert options.antagonists == standard.antagonists == ()
    assert options.electrode_height is options.electrode_depth is None
    assert not options.has_electrode_noise
    assert options.chamber == "infinite"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--acsf KCl", "'KCl' is not a salt and its concentration"),
        ("--acsf KCl=much", "'much' is not a number"),
        ("--acsf KCl=-5", "'-5' is negative"),
        ("--antagonist D-AP5=", "'D-AP5=' is not"),
        ("--celsius warm", "'warm' is not a number"),
        ("--electrode-height inf", "'inf' is not a finite number"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_parser(arguments: str, said: str, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        parse("rig", arguments.split(), takes=TAKES)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--acsf FeCl=3", "unknown salt 'FeCl'"),
        ("--celsius 50", "allowed 10 to 40"),
        ("--chamber attic", "unknown chamber 'attic'"),
        ("--antagonist aniracetam", "aniracetam is no antagonist"),
        ("--antagonist nothing", "unknown compound 'nothing'"),
        ("--antagonist D-AP5 D-AP5=0.02", "--antagonist has D-AP5 twice: D-AP5 D-AP5=0.02"),
        ("--acsf KCl=5 MgSO4=1 KCl=3", "--acsf has KCl twice"),
        ("--electrode-height 5000", "5000 um above the somata is outside CA1: allowed -400 to 1000 um"),
        ("--electrode-height -401", "outside CA1"),
    ],
)
def test_what_no_slice_can_have_is_refused(tmp_path: Path, arguments: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        slice_options(tmp_path, arguments.split())


def test_a_blocker_that_is_none_is_not_said_to_be_in_the_bath(tmp_path: Path, capsys) -> None:
    with pytest.raises(ParameterError):
        slice_options(tmp_path, ["--antagonist", "aniracetam"])
    assert "throughout" not in capsys.readouterr().err
    slice_options(tmp_path, ["--antagonist", "D-AP5"])
    assert "0.05 mM D-AP5 is in the bath throughout" in capsys.readouterr().err


def test_two_blockers_of_one_target_block_what_the_other_leaves() -> None:
    blocker = Compound.named("D-AP5")
    options = SliceOptions(compound=blocker, antagonists=((blocker, 0.0014),))
    half = blocker.blocked(0.0014)["nmda"]
    assert options.blocked(0.0)["nmda"] == pytest.approx(half)
    assert options.blocked(0.0014)["nmda"] == pytest.approx(1 - (1 - half) ** 2)
