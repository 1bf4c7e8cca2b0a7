"""Channel mechanisms: published anchor values, numbers as in the data file, temperature, smoothness."""

import re

import numpy as np
import pytest

from cellmodel.mechanisms import load_mechanisms, mod_folder
from cellmodel.parameters import load

CHANNELS = sorted({key.split(".")[0] for key in load("channels.toml")})
TABLED = [name for name in CHANNELS if "TABLE" in (mod_folder() / f"{name}.mod").read_text(encoding="utf-8")]
SINGULAR = {
    "na": (-30.0, -45.0),
    "ca_l": (81.5, 0.0),
    "ca_n": (19.88, 0.0),
    "ca_t": (19.26, 0.0),
    "ca_r": (0.0,),
}

# V: m_inf, m_tau, h_inf, h_tau, s_inf and s_tau at ar = 0; 35 degC, q10 2, Migliore 1999.
SODIUM = {
    -80: (0.0031, 0.075, 0.999, 1.33, 1.0, 547.0),
    -65: (0.0244, 0.104, 0.977, 2.33, 0.971, 1921.0),
    -60: (0.0476, 0.118, 0.924, 3.11, 0.731, 1667.0),
    -55: (0.091, 0.133, 0.777, 4.64, 0.182, 495.0),
    -50: (0.167, 0.147, 0.5, 8.13, 0.018, 88.8),
    -45: (0.287, 0.157, 0.223, 7.78, 0.0015, 14.7),
    -40: (0.446, 0.157, 0.076, 2.96, 1e-4, 10.0),
    -20: (0.928, 0.081, 0.0006, 0.62, 6e-9, 10.0),
    0: (0.995, 0.038, 4e-6, 0.5, 0.0, 10.0),
}
POTASSIUM = [
    ("kdr", -65, {"n_inf": 1.5e-4, "n_tau": 3.6}),
    ("kdr", -40, {"n_inf": 0.0025, "n_tau": 8.3}),
    ("kdr", -20, {"n_inf": 0.024, "n_tau": 16.0}),
    ("kdr", 0, {"n_inf": 0.187, "n_tau": 26.0}),
    ("kdr", 20, {"n_inf": 0.688, "n_tau": 20.0}),
    ("ka_proximal", -65, {"n_inf": 8e-4, "n_tau": 0.14, "l_inf": 0.73, "l_tau": 2.0}),
    ("ka_proximal", -20, {"n_inf": 0.145, "n_tau": 1.3, "l_inf": 0.017, "l_tau": 7.8}),
    ("ka_proximal", 0, {"n_inf": 0.35, "n_tau": 1.7, "l_tau": 13.0}),
    ("ka_distal", -65, {"n_inf": 0.0012, "n_tau": 0.2}),
    ("ka_distal", -40, {"n_inf": 0.033, "n_tau": 0.21}),
    ("ka_distal", 0, {"n_inf": 0.52, "n_tau": 0.86}),
    ("km", -65, {"m_tau": 89.0}),
    ("km", -45, {"m_tau": 227.0}),
    ("hcn", -80, {"l_tau": 34.0}),
    ("hcn", -65, {"l_tau": 28.5}),
    ("hcn", -50, {"l_tau": 17.0}),
]


@pytest.fixture
def patch():
    """Give a function that puts one channel at a voltage and temperature and returns it settled."""
    h = load_mechanisms()
    kept = []

    def settle(channel, v, celsius=35.0, **settings):
        section = h.Section(name="patch")
        section.insert(channel)
        for name, value in settings.items():
            setattr(getattr(section(0.5), channel), name, value)
        kept.append(section)
        h.celsius = celsius
        h.finitialize(v)
        h.fcurrent()
        return section(0.5)

    yield settle
    for section in kept:
        h.delete_section(sec=section)


@pytest.mark.parametrize("v", SODIUM)
def test_sodium_gates_have_the_published_values(patch, v):
    gates = patch("na", v, ar=0.0).na
    found = [gates.m_inf, gates.m_tau, gates.h_inf, gates.h_tau, gates.s_inf, gates.s_tau]
    # The table has two or three digits, and F/RT frozen at 0.0377 /mV (we: 0.03766 at 35 degC).
    assert found == pytest.approx(SODIUM[v], rel=0.05, abs=5e-5)


@pytest.mark.parametrize(("channel", "v", "expected"), POTASSIUM)
def test_potassium_and_h_gates_have_the_published_values(patch, channel, v, expected):
    gates = getattr(patch(channel, v), channel)
    assert {k: getattr(gates, k) for k in expected} == pytest.approx(expected, rel=0.06)


def test_calcium_driving_force_has_the_published_values(patch):
    for v, expected in ((-65.0, -65.5), (1e-9, -13.0)):
        segment = patch("ca_r", v, g_max=1.0)
        assert segment.ica / segment.ca_r.g == pytest.approx(expected, rel=0.03)


def test_calcium_current_follows_calcium_outside(patch):
    def current(cao):
        segment = patch("ca_r", -20.0)
        segment.cao = cao
        load_mechanisms().fcurrent()
        return segment.ica

    assert current(4.0) / current(2.0) == pytest.approx(2.0, rel=1e-3)


def test_spine_density_of_the_r_channel_carries_the_ohmic_current_at_minus_20(patch):
    segment = patch("ca_r", -20.0, celsius=34.0)
    segment.cai, segment.cao = 7e-5, 2.0
    load_mechanisms().fcurrent()
    reversal = 1e3 * 8.314462618 * 307.15 / (2 * 96485.33212) * np.log(2.0 / 7e-5)
    ohmic = 7.44e-3 * segment.ca_r.m_inf**2 * segment.ca_r.h_inf * (-20.0 - reversal)
    assert segment.ica == pytest.approx(ohmic, rel=0.01)


def test_slow_inactivation_is_off_where_ar_is_one(patch):
    assert all(patch("na", v, ar=1.0).na.s_inf == pytest.approx(1.0) for v in SODIUM)


@pytest.mark.parametrize("key", load("channels.toml"))
def test_nmodl_default_equals_the_data_file(patch, key):
    channel, name = key.split(".")
    h, mechanism = load_mechanisms(), getattr(patch(channel, -70.0), channel)
    found = getattr(mechanism, name) if hasattr(mechanism, name) else getattr(h, f"{name}_{channel}")
    assert found == pytest.approx(load("channels.toml").value(key), rel=1e-12)


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_nmodl_parameter_is_in_the_data_file(channel):
    text = (mod_folder() / f"{channel}.mod").read_text(encoding="utf-8")
    block = re.search(r"\nPARAMETER \{\n(.*?)\n\}", text, re.DOTALL)[1]
    assert set(re.findall(r"^ +(\w+) *=", block, re.MULTILINE)) == set(load("channels.toml").group(channel))


@pytest.fixture
def formulas():
    """Let every channel compute its formulas instead of reading its tables."""
    h = load_mechanisms()
    for channel in TABLED:
        setattr(h, f"usetable_{channel}", 0)
    yield
    for channel in TABLED:
        setattr(h, f"usetable_{channel}", 1)


def readings(segment, channel):
    """Return gates, time constants and current of a channel, those that it has."""
    mechanism = getattr(segment, channel)
    names = [f"{gate}_{what}" for gate in "mhnlso" for what in ("inf", "tau")]
    currents = [n for n in ("ina", "ik", "ica") if hasattr(segment, n)]
    found = [getattr(mechanism, n) for n in names if hasattr(mechanism, n)]
    return np.array(found + [getattr(segment, n) for n in currents])


@pytest.mark.parametrize("celsius", [24.0, 35.0])
@pytest.mark.parametrize("channel", TABLED)
def test_tables_give_what_the_formulas_give(patch, channel, celsius):
    h, voltages = load_mechanisms(), np.arange(-110.0, 60.0, 1.37)
    found = {}
    for setting in (1, 0):
        setattr(h, f"usetable_{channel}", setting)
        found[setting] = np.array(
            [readings(patch(channel, v, celsius, g_max=1.0), channel) for v in voltages]
        )
    setattr(h, f"usetable_{channel}", 1)
    largest = np.abs(found[0]).max(axis=0)
    assert np.all(np.abs(found[1] - found[0]) <= 2e-4 * np.abs(found[0]) + 1e-7 * largest)


@pytest.mark.parametrize(("channel", "v"), [(c, v) for c, vs in SINGULAR.items() for v in vs])
@pytest.mark.usefixtures("formulas")
def test_gates_and_currents_are_smooth_where_the_formula_divides_zero_by_zero(patch, channel, v):
    def values(at):
        segment = patch(channel, at, g_max=1.0)
        mechanism = getattr(segment, channel)
        names = [n for n in ("m_inf", "m_tau", "h_inf", "h_tau") if hasattr(mechanism, n)]
        current = segment.ina if channel == "na" else segment.ica
        return np.array([getattr(mechanism, n) for n in names] + [current])

    step = 1e-3
    below, at, above = values(v - step), values(v), values(v + step)
    assert np.all(np.isfinite(at))
    assert at == pytest.approx((below + above) / 2, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("channel", "tau"),
    [
        ("na", "s_tau"),
        ("kdr", "n_tau"),
        ("km", "m_tau"),
        ("hcn", "l_tau"),
        ("bk", "o_tau"),
        ("ca_l", "m_tau"),
    ],
)
def test_warming_by_ten_degrees_speeds_a_gate_by_its_q10(patch, channel, tau):
    name = "q10_s" if channel == "na" else "q10"
    q10 = load("channels.toml").value(f"{channel}.{name}")
    cold, warm = (
        getattr(getattr(patch(channel, -30.0 if channel != "na" else -60.0, c), channel), tau)
        for c in (25, 35)
    )
    # F/RT changes by 3 % between the two, and with it the voltage dependence.
    assert cold / warm == pytest.approx(q10, rel=0.15)


def test_resting_calcium_stays_and_influx_decays_with_tau():
    h = load_mechanisms()
    section = h.Section(name="shell")
    section.insert("ca_dynamics")
    rest, tau = section(0.5).ca_dynamics.rest, section(0.5).ca_dynamics.tau
    h.finitialize(-70)
    assert section(0.5).cai == rest
    section(0.5).cai = 11 * rest
    h.dt = 0.025
    while h.t < tau:
        h.fadvance()
    assert (section(0.5).cai - rest) / (10 * rest) == pytest.approx(np.exp(-1), rel=1e-3)
    h.delete_section(sec=section)
