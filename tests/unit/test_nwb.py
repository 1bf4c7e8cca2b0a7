"""NWB files are valid, hold what was recorded in SI units, and depend on nothing but that."""

import os
import subprocess
import sys

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.recording import write_nwb
from cellmodel.traces import Recording

T = np.arange(0.0, 20.0, 0.1)
UNEVEN = np.array([0.0, 1.0, 1.5, 7.0])
SESSION = {"experiment": "patch_clamp", "seed": 1}


def clamp(condition):
    meta = {"mode": "voltage_clamp", "v_hold": -70.0, "condition": condition, "preparation": "ca1_patch"}
    signals = {"i": -0.1 * np.exp(-T / 5.0), "glutamate": np.exp(-T)}
    return Recording(T, signals, {"i": "nA", "glutamate": "mM"}, meta | {"stimulus": "glutamate 1 ms"})


def current_clamp():
    signals = {"v": T - 70.0, "i_command": 0.0 * T}
    return Recording(T, signals, {"v": "mV", "i_command": "nA"}, {"mode": "current_clamp"})


def field(start_ms, t=UNEVEN):
    meta = {"mode": "field_potential", "electrode": (50.0, 150.0, 0.0), "start_ms": start_ms}
    return Recording(t, {"v_field": -t}, {"v_field": "mV"}, meta)


def all_sweeps():
    fields = [field(0.0), field(30000.0), field(60000.0, T)]
    return [clamp("control"), clamp("drug"), current_clamp(), *fields]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("nwb") / "traces.nwb"
    write_nwb(path, all_sweeps(), session=SESSION)
    return path


def test_the_inspector_has_nothing_to_say_and_neo_reads_every_kind_of_sweep(written, open_nwb):
    signals = open_nwb(written)
    assert signals["sweep_00000_i"].dimensionality.string == "nA"
    assert signals["sweep_00000_i"].min().item() == pytest.approx(-0.1)
    assert signals["sweep_00002_v"].dimensionality.string == "mV"
    assert signals["sweep_00005_v_field"].shape == (200, 1)
    assert signals["sweep_00000_i"].segment.block.name == "ca1_patch, control"


def test_sweeps_come_back_in_si_units_with_their_commands(written):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(written), "r") as io:
        content = io.read()
        table = content.intracellular_recordings
        response = table["responses"]["response"][0].timeseries
        command = table["stimuli"]["stimulus"][0].timeseries
        assert (response.unit, command.unit) == ("amperes", "volts")
        amperes = response.data[:] * response.conversion
        assert amperes == pytest.approx(-0.1e-9 * np.exp(-T / 5.0), rel=1e-6)
        assert command.data[0] * command.conversion == pytest.approx(-0.07)
        assert response.rate == pytest.approx(10000.0)
        assert content.subject.description.startswith("A model; no animal was used. Simulated: outside-out")
        assert list(content.icephys_experimental_conditions["condition"][:]) == ["control", "drug", ""]


def test_field_potentials_know_their_electrode_and_when_they_were_recorded(written):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(written), "r") as io:
        content = io.read()
        series = content.acquisition["sweep_00004_v_field"]
        assert series.timestamps[:] == pytest.approx(30.0 + UNEVEN / 1e3)
        assert content.electrodes["y"][0] == 150.0
        assert len(content.electrodes) == 1
        potentials = content.processing["ecephys"]["LFP"].electrical_series["sweep_00004_v_field"]
        assert potentials.data == series.data  # the same samples, not a copy
        assert potentials.electrodes.table["y"][0] == 150.0


def test_clamps_say_their_series_resistance_drug_and_bath(tmp_path):
    from pynwb import NWBHDF5IO

    told = {
        "r_series": 10.0,
        "compound": "CX614",
        "dose_mM": 0.02,
        "blocked": ("na",),
        "bath": {"NaCl": 124.0},
    }
    first, second = clamp("control"), clamp("drug")
    dosed = Recording(second.t, second.signals, second.units, second.meta | told)
    write_nwb(tmp_path / "x.nwb", [first, dosed], session=SESSION | {"dois": ["10.1000/1"]})
    with NWBHDF5IO(str(tmp_path / "x.nwb"), "r") as io:
        content = io.read()
        rows = content.intracellular_recordings.to_dataframe()["intracellular_recordings"]
        assert list(rows["series_resistance"]) == [0.0, 10e6]
        assert list(content.icephys_experimental_conditions["dose_mM"][:]) == [0.0, 0.02]
        assert content.pharmacology.startswith("CX614 in the bath at 0.02 mM")
        assert "sodium channels" in content.pharmacology
        assert "NaCl 124" in content.slices
        assert content.related_publications == ("doi:10.1000/1",)
        times = [content.acquisition[f"sweep_0000{k}_i"].starting_time for k in (0, 1)]
        assert times == [0.0, 1.0]  # one after the other, not at one time


def test_a_drug_that_washes_in_is_told_by_its_range(tmp_path):
    from pynwb import NWBHDF5IO

    for path, doses, told in (
        (tmp_path / "wash.nwb", 1.5 * (1 - np.exp(-np.arange(1, 40) / 3)), "0.425 to 1.5 mM ("),
        (tmp_path / "series.nwb", [0.5, 1.5, 1.4999999], "0.5, 1.5 mM ("),
    ):
        sweeps = []
        for k, dose in enumerate(doses):
            wave = field(1000.0 * k)
            meta = {**wave.meta, "compound": "aniracetam", "dose_mM": float(dose)}
            sweeps.append(Recording(wave.t, wave.signals, wave.units, meta))
        write_nwb(path, sweeps, session=SESSION)
        with NWBHDF5IO(str(path), "r") as io:
            assert io.read().pharmacology.startswith(f"aniracetam in the bath at {told}")


def test_a_user_s_sweeps_are_not_said_to_be_simulated(tmp_path):
    from pynwb import NWBHDF5IO

    sweep = clamp("control")
    own = Recording(sweep.t, sweep.signals, sweep.units, sweep.meta | {"origin": "user data"})
    write_nwb(tmp_path / "x.nwb", [own], session=SESSION)
    with NWBHDF5IO(str(tmp_path / "x.nwb"), "r") as io:
        content = io.read()
        assert "recorded sweeps that the user gave" in content.session_description
        assert "simulated" not in content.icephys_electrodes["pipette_user_data"].description
        assert content.subject.subject_id == "unknown"


def test_two_processes_write_the_same_bytes(written, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_nwb as m; from pathlib import Path;"
        "m.write_nwb(Path(sys.argv[2]), m.all_sweeps(), session=m.SESSION)"
    )
    again = tmp_path / "again.nwb"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    here = os.path.dirname(__file__)
    subprocess.run([sys.executable, "-c", code, here, str(again)], check=True, env=environment)
    assert again.read_bytes() == written.read_bytes()


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"mode": "voltage_camp"}, "Did you mean 'voltage_clamp'"),
        ({"mode": "current_clamp"}, "no signal 'v'"),
        ({"mode": "voltage_clamp"}, "no signal 'v_command' and no meta 'v_hold'"),
        ({"mode": "field_potential"}, "no signal 'v_field'"),
    ],
)
def test_a_sweep_without_what_its_mode_needs_is_refused(tmp_path, changes, hint):
    sweep = Recording(T, {"i": T}, {"i": "nA"}, changes)
    with pytest.raises(ParameterError, match=hint):
        write_nwb(tmp_path / "x.nwb", [sweep], session=SESSION)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_on_a_full_disk_the_file_is_refused_and_the_process_goes_on(tmp_path):
    """HDF5 on a full disk fails once more when it is closed, and ends the process when that ends."""
    script = (
        "import sys; from pathlib import Path; from cellmodel.recording import write_nwb\n"
        "from cellmodel.errors import FileError\n"
        "sys.path.insert(0, sys.argv[1]); import test_nwb\n"
        "Path.write_bytes = lambda path, data: open('/dev/full', 'wb').write(data)\n"
        "try:\n"
        "    write_nwb(Path(sys.argv[2]), test_nwb.all_sweeps(), session={})\n"
        "except FileError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / "traces.nwb"
    command = [sys.executable, "-c", script, os.path.dirname(__file__), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"cannot write {path}: No space left on device. Free some space.\n"
    assert list(tmp_path.iterdir()) == []


def test_no_sweeps_is_an_error(tmp_path):
    with pytest.raises(ParameterError, match="no sweeps"):
        write_nwb(tmp_path / "x.nwb", [], session=SESSION)
