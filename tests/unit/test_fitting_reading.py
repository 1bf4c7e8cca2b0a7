"""A user's own data are read, or refused with one sentence that says what is wrong and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.fitting import Ratios
from cellmodel.fitting.reading import read
from cellmodel.fitting.reading.checks import Stimulus, as_sweep
from cellmodel.fitting.reading.edges import unexpected_edge
from cellmodel.fitting.reading.reduction import reduce
from cellmodel.recording import write_nwb
from cellmodel.traces import Recording

HEADER = "measure,dose_mM,ratio,sd,n\n"
T = np.arange(0.0, 160.0, 0.05)
BEFORE = 5.0


def current(
    pulse: float, tau: float, *, plateau: float = 0.05, noise: float = 1.0, seed: int = 0
) -> np.ndarray:
    """Return an inward current (pA) that begins with the pulse and ends with it."""
    since = T - BEFORE
    during = np.exp(-np.clip(since, 0, None) / 11.0) * (1 - plateau) + plateau
    at_end = np.exp(-pulse / 11.0) * (1 - plateau) + plateau
    after = at_end * np.exp(-np.clip(since - pulse, 0, None) / tau)
    shape = np.where(since < 0, 0.0, np.where(since <= pulse, during, after))
    rise = 1 - np.exp(-np.clip(since, 0, None) / 0.15)
    return -100.0 * shape * rise + noise * np.random.default_rng(seed).standard_normal(T.size)


def sweep(i: np.ndarray, *, t: np.ndarray = T, units=("ms", "pA"), **stimulus) -> Recording:
    given = {"dose_mM": 0.0, "start": BEFORE, "length": 1.0} | stimulus
    return as_sweep("a.csv, sweep 1", t, i, units=units, stimulus=Stimulus(**given), source="a.csv")


def write_table(folder: Path, text: str) -> list[Path]:
    path = folder / "ratios.csv"
    path.write_text(text, encoding="utf-8")
    return [path]


def write_sweeps(folder: Path, columns: dict[str, np.ndarray], **lines) -> Path:
    n = len(columns)
    rows = {"dose_mM": list(columns), "pulse_start_ms": [BEFORE] * n, "pulse_ms": [1.0] * n} | lines
    head = [f"{name},{','.join(str(x) for x in values)}" for name, values in rows.items() if values]
    head.append(f"t_ms,{','.join(['i_pA'] * n)}")
    body = np.column_stack([T, *columns.values()])
    path = folder / "sweeps.csv"
    np.savetxt(path, body, delimiter=",", header="\n".join(head), comments="", fmt="%.6g")
    return path


# --- tables -------------------------------------------------------------------------------


def test_a_table_is_read_with_its_errors(tmp_path: Path) -> None:
    text = "\ufeff# mine\n" + HEADER + "tau_deactivation, 1.5, 3.0, 0.6, 9\npeak,1.5,1.2,0.12,\n"
    found = read(write_table(tmp_path, text))
    assert isinstance(found, Ratios)
    assert found.measures == ("tau_deactivation", "peak")
    assert found.errors == pytest.approx([np.hypot(0.2 / 3, 0.01), np.hypot(0.1, 0.01)])
    assert found.n.tolist() == [9.0, np.inf]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no data"),
        (HEADER, "no ratios below the header"),
        ("measure;dose_mM;ratio;sd\n", "not separated by commas"),
        ("measure,dose,ratio,sd\n", "line 1: no column 'dose_mM'"),
        ("measure,dose_mM,ratio\npeak,1,2\n", "give the error in one column, sd or sem"),
        ("measure,dose_mM,ratio,sd,cells\n", "unknown column 'cells'"),
        (
            HEADER + "tau_deact,1,2,0.1,5\n",
            "line 2, column measure: unknown measure 'tau_deact'. Did you mean",
        ),
        (HEADER + "peak,1,2,0.1\n", "line 2 has 4 cells, the header 5"),
        (HEADER + "peak,1,two,0.1,5\n", "line 2, column ratio: 'two' is not a number"),
        (HEADER + "peak,1,nan,0.1,5\n", "line 2, column ratio: 'nan' is not finite"),
        (HEADER + "\npeak,1,0,0.1,5\n", "line 3, column ratio: 0 is not above 0"),
        (HEADER + "peak,1,250,10,5\n", "not percent"),
        (
            HEADER + "peak,0,1,0.1,5\n",
            "line 2, column dose_mM: 0 is not above 0. Without drug the ratio is 1",
        ),
        (HEADER + "peak,-1,1,0.1,5\n", "column dose_mM: -1"),
        (HEADER + "peak,1500,2,0.1,5\n", "column dose_mM: dose 1500 mM. Is it in the unit given?"),
        (HEADER + "peak,1,2,0,5\n", "column sd: 0 is not above 0"),
        (HEADER + "peak,1,2,30,5\n", "column sd: the error is larger than the ratio"),
        (HEADER + "peak,1,2,0.1,2\n", "column n: 2. Give a whole number of at least 3"),
        (HEADER + "peak,1,2,0.1,5\npeak,1,4,0.1,5\n", "contradict each other"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as complaint:
        read(write_table(tmp_path, text))
    assert said in str(complaint.value)
    assert "\n" not in str(complaint.value)


# --- sweeps -------------------------------------------------------------------------------


def test_sweeps_of_a_csv_become_ratios(tmp_path: Path) -> None:
    columns = {
        f"{dose}{' ' * k}": current(1.0, 2.5 * (1 + dose), seed=k) for dose in (0, 2) for k in range(4)
    }
    sweeps = read([write_sweeps(tmp_path, columns)])
    assert isinstance(sweeps, list)
    found = reduce(sweeps)
    ratios = found.ratios
    assert ratios.measures == ("tau_deactivation",)
    assert ratios.values == pytest.approx([3.0], rel=0.05)
    assert 0.01 < ratios.errors[0] < 0.05
    assert ratios.n.tolist() == [7.0]
    assert ratios.notices == ()
    assert set(found.means) == {(1.0, 0.0), (1.0, 2.0)}


def test_the_control_has_the_error_that_it_leaves_in_the_ratios(tmp_path: Path) -> None:
    columns = {
        f"{dose}{' ' * k}": current(1.0, 2.5 * (1 + dose), seed=k) for dose in (0, 2, 4) for k in range(4)
    }
    found = reduce(read([write_sweeps(tmp_path, columns)]))
    assert found.control.measures == ("tau_deactivation",)
    assert found.control.values == pytest.approx([2.5], rel=0.05)
    assert found.control.is_shared.tolist() == [True]
    assert found.control.covariance[0, 0] == pytest.approx(found.ratios.covariance[0, 1])


def test_single_sweeps_have_an_assumed_error_and_say_so(tmp_path: Path) -> None:
    path = write_sweeps(tmp_path, {"0": current(1.0, 2.5), "2": current(1.0, 7.5)})
    ratios = reduce(read([path])).ratios
    assert ratios.errors[0] == pytest.approx(0.15 * np.sqrt(2), rel=0.01)
    assert "15 % is assumed" in ratios.notices[0]


@pytest.mark.parametrize("unit", ["nA", "A"])
def test_units_are_converted(unit: str) -> None:
    factor = {"nA": 1e-3, "A": 1e-12}[unit]
    given = sweep(current(1.0, 2.5) * factor, t=T / 1e3, units=("s", unit))
    assert given["response"].max() == pytest.approx(sweep(current(1.0, 2.5))["response"].max())
    assert given.t == pytest.approx(T - BEFORE)


def test_outward_currents_count_like_inward_ones() -> None:
    inward, outward = sweep(current(1.0, 2.5)), sweep(-current(1.0, 2.5))
    assert inward["response"] == pytest.approx(outward["response"])


def spoilt(place: int | slice, value: float) -> np.ndarray:
    i = current(1.0, 2.5)
    i[place] = value
    return i


UNEVEN = np.concatenate([T[:1000], T[1000:] + 0.05])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"i": current(1.0, 2.5), "units": ("ms", "mV")}, "unknown unit of current 'mV'"),
        ({"i": current(1.0, 2.5), "units": ("min", "pA")}, "unknown unit of time 'min'"),
        ({"i": current(1.0, 2.5), "units": ("ms", "uA")}, "Is the current in the unit that is given?"),
        ({"i": current(1.0, 2.5) * 1e-3}, "Is the current in the unit that is given?"),
        ({"i": current(1.0, 2.5), "units": ("s", "pA")}, "Is the time in the unit that is given?"),
        ({"i": spoilt(117, np.nan)}, "1 are not, the first is number 118"),
        ({"i": current(1.0, 2.5), "t": UNEVEN}, "mixed sampling"),
        ({"i": np.maximum(current(1.0, 2.5), -60.0)}, "clipped"),
        ({"i": np.zeros(T.size)}, "constant"),
        ({"i": current(1.0, 2.5, noise=30.0)}, "times the noise"),
        ({"i": current(1.0, 2.5), "length": 10.0}, "neither deactivation"),
        ({"i": current(1.0, 2.5), "start": 0.5}, "baseline are needed"),
        ({"i": current(1.0, 2.5), "start": 30.0}, "the current begins 24.9 ms before the start"),
        ({"i": current(1.0, 2.5), "length": 500.0}, "the protocol does not match the trace"),
    ],
)
def test_a_sweep_that_cannot_be_trusted_is_refused(given: dict, said: str) -> None:
    with pytest.raises(ParameterError) as complaint:
        sweep(**given)
    assert said in str(complaint.value)
    assert str(complaint.value).startswith("a.csv, sweep 1: ")


@pytest.mark.parametrize(("real", "said"), [(100.0, 1.0), (50.0, 100.0), (150.0, 50.0), (150.0, 100.0)])
def test_a_pulse_of_another_length_than_the_protocol_says_is_refused(real: float, said: float) -> None:
    drug = [sweep(current(real, 7.5, plateau=0.2, seed=k), length=said, dose_mM=2.0) for k in range(3)]
    control = [sweep(current(said, 2.5, seed=k), length=said) for k in range(3)]
    with pytest.raises(ParameterError, match=r"others with 2 mM and \d+ ms: the protocol does not match"):
        reduce([*control, *drug])


@pytest.mark.parametrize("tau", [0.7, 8.0, 25.0])
@pytest.mark.parametrize("pulse", [1.0, 50.0, 100.0])
def test_a_pulse_that_is_as_long_as_the_protocol_says_is_not(tau: float, pulse: float) -> None:
    for seed in range(10):
        given = sweep(current(pulse, tau, plateau=0.3, noise=3.0, seed=seed), length=pulse)
        assert unexpected_edge(given.t, given["response"], pulse) is None


def test_a_plateau_is_not_taken_for_clipping() -> None:
    assert sweep(np.round(current(100.0, 2.5, plateau=0.98, noise=0.0), 2), length=100.0)


@pytest.mark.parametrize(
    ("doses", "said"),
    [((2.0, 2.0), "no control sweep"), ((0.0, 0.0), "no sweep with drug")],
)
def test_sweeps_without_partner_are_refused(doses: tuple[float, float], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        reduce([sweep(current(1.0, 2.5), dose_mM=dose) for dose in doses])


def test_control_and_drug_of_different_sampling_are_refused() -> None:
    drug = sweep(current(1.0, 7.5)[::2], t=T[::2], dose_mM=2.0)
    with pytest.raises(ParameterError, match="mixed sampling"):
        reduce([sweep(current(1.0, 2.5)), drug])


def test_sweeps_of_both_directions_are_refused() -> None:
    with pytest.raises(ParameterError, match="the current runs the other way"):
        reduce([sweep(current(1.0, 2.5)), sweep(-current(1.0, 7.5), dose_mM=2.0)])


def test_two_lengths_of_one_kind_of_pulse_are_refused() -> None:
    with pytest.raises(ParameterError, match="pulses of 1 and 2 ms show the same"):
        reduce([sweep(current(length, 2.5), length=length) for length in (1.0, 2.0)])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ({"pulse_ms": []}, "no line 'pulse_ms'"),
        ({"dose": [0, 1]}, "unknown 'dose'"),
        ({"pulse_ms": [1]}, "line 3 has 2 cells, the line of units 3"),
        ({"dose_mM": ["0", "high"]}, "line 1, column 3: 'high' is not a number"),
        ({"dose_mM": ["0", "-1"]}, "dose -1 mM"),
        ({"dose_mM": ["0", "1500"]}, "dose 1500 mM. Is it in the unit given?"),
    ],
)
def test_a_bad_protocol_is_refused_with_its_place(lines: dict, said: str, tmp_path: Path) -> None:
    path = write_sweeps(tmp_path, {"0": current(1.0, 2.5), "2": current(1.0, 7.5)}, **lines)
    with pytest.raises(ParameterError) as complaint:
        read([path])
    assert said in str(complaint.value)


def test_a_word_among_the_samples_is_found(tmp_path: Path) -> None:
    path = write_sweeps(tmp_path, {"0": current(1.0, 2.5), "2": current(1.0, 7.5)})
    lines = path.read_text().splitlines()
    lines[10] = lines[10].split(",")[0] + ",#N/A,1"
    path.write_text("\n".join(lines))
    with pytest.raises(ParameterError, match="line 11, column 2: '#N/A' is not a number"):
        read([path])


# --- NWB and ABF --------------------------------------------------------------------------


def write_own_nwb(path: Path, doses: tuple[float, ...]) -> Path:
    sweeps = []
    for dose in doses:
        level = 10.0 * ((T >= BEFORE) & (T <= BEFORE + 1.0))
        meta = {"mode": "voltage_clamp", "v_hold": -70.0, "dose_mM": dose, "stimulus": "glutamate, 1 ms"}
        signals = {"i": current(1.0, 2.5 * (1 + dose)) / 1e3, "glutamate": level}
        sweeps.append(Recording(T, signals, {"i": "nA", "glutamate": "mM"}, meta))
    write_nwb(path, sweeps, session={"experiment": "test"})
    return path


def sidecar(folder: Path, file: str, *, sweeps=(0, 1)) -> Path:
    rows = [f"{file},{k},{dose},{BEFORE},1" for k, dose in zip(sweeps, (0, 2), strict=True)]
    path = folder / "protocol.csv"
    path.write_text("\n".join(["file,sweep,dose_mM,pulse_start_ms,pulse_ms", *rows]))
    return path


def test_an_nwb_file_of_cellmodel_explains_itself(tmp_path: Path) -> None:
    ratios = reduce(read([write_own_nwb(tmp_path / "traces.nwb", (0.0, 2.0))])).ratios
    assert ratios.values == pytest.approx([3.0], rel=0.05)
    assert ratios.doses.tolist() == [2.0]


def test_a_table_can_explain_an_nwb_file(tmp_path: Path) -> None:
    path = write_own_nwb(tmp_path / "traces.nwb", (0.0, 2.0))
    ratios = reduce(read([path], sidecar(tmp_path, "traces.nwb"))).ratios
    assert ratios.values == pytest.approx([3.0], rel=0.05)


def test_the_table_has_to_fit_the_file(tmp_path: Path) -> None:
    path = write_own_nwb(tmp_path / "traces.nwb", (0.0, 2.0))
    with pytest.raises(ParameterError, match="has 2 sweeps, numbered from 0; the table lists sweep 7"):
        read([path], sidecar(tmp_path, "traces.nwb", sweeps=(0, 7)))
    with pytest.raises(ParameterError, match=r"lists other\.nwb, which is not among --data"):
        read([path], sidecar(tmp_path, "other.nwb"))


@pytest.mark.parametrize("kind", ["nwb", "abf"])
def test_a_damaged_file_is_refused(kind: str, tmp_path: Path) -> None:
    if kind == "abf":
        pytest.importorskip("pyabf", reason="pyABF is not installed: pip install 'cellmodel[abf]'")
    path = tmp_path / f"broken.{kind}"
    path.write_bytes(b"not a recording" * 100)
    with pytest.raises(ParameterError, match=f"cannot be read as {kind.upper()}"):
        read([path], sidecar(tmp_path, path.name))


def test_an_abf_file_is_read(tmp_path: Path) -> None:
    pyabf = pytest.importorskip("pyabf", reason="pyABF is not installed: pip install 'cellmodel[abf]'")
    from pyabf.abfWriter import writeABF1

    assert pyabf.__version__
    path = tmp_path / "cell.abf"
    both = np.array([current(1.0, 2.5), current(1.0, 7.5)])
    writeABF1(both, str(path), sampleRateHz=20000, units="pA")
    ratios = reduce(read([path], sidecar(tmp_path, "cell.abf"))).ratios
    assert ratios.values == pytest.approx([3.0], rel=0.05)
    with pytest.raises(ParameterError, match="its protocol is not known"):
        read([path])


@pytest.mark.parametrize(
    ("names", "said"),
    [(("a.xlsx",), "unknown kind '.xlsx'"), (("none.csv",), "cannot read"), (("none.nwb",), "no such file")],
)
def test_other_files_are_refused(names: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=said):
        read([tmp_path / name for name in names])
