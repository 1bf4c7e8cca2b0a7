"""Made-up traces and numbers that have the shape of a study; only tests use them."""

import numpy as np

from cellmodel.analysis import fit_recovery
from cellmodel.recording import Measure
from cellmodel.traces import Recording

LAST_PULSE = 45.0 + 1.0 / 60.0
GAINS = {"control": 1.0, "drug": 1.4, "after_ltp": 1.5, "after_ltp_drug": 2.1}
DECAYS = {"control": 8.0, "drug": 11.0, "after_ltp": 8.5, "after_ltp_drug": 14.0}


def current(tau, *, peak=0.1, length=40.0, pulse=1.0, plateau=0.0):
    t = np.arange(0.0, length, 0.05)
    s = np.clip(t - 5.0, 0.0, None)
    shape = (1.0 - np.exp(-s / 0.3)) * (plateau + (1.0 - plateau) * np.exp(-s / tau))
    glutamate = 10.0 * ((t >= 5.0) & (t < 5.0 + pulse))
    signals = {"i": -peak * shape, "glutamate": glutamate}
    return Recording(t, signals, {"i": "nA", "glutamate": "mM"})


def field(condition):
    t = np.arange(0.0, 60.0, 0.1)
    s = np.clip(t - 5.0, 0.0, None)
    wave = (1.0 - np.exp(-s / 2.0)) * np.exp(-s / DECAYS[condition])
    return Recording(t, {"v_field": -1.2 * GAINS[condition] * wave}, {"v_field": "mV"})


def patch_panels():
    return {
        "10 mM glutamate, 1 ms": {"control": current(2.5), "drug": current(7.9, peak=0.125)},
        "10 mM glutamate, 100 ms": {
            "control": current(11.0, length=130.0, pulse=100.0, plateau=0.04),
            "drug": current(35.0, length=130.0, pulse=100.0, plateau=0.11, peak=0.125),
        },
    }


def recovery():
    intervals = np.array([10.0, 20.0, 50.0, 100.0, 200.0, 400.0])
    return {
        name: (intervals, ratios, fit_recovery(intervals, ratios))
        for name, ratios in (
            ("control", 1 - 0.9 * np.exp(-intervals / 80)),
            ("drug", 1 - 0.6 * np.exp(-intervals / 78)),
        )
    }


def epsc_panels():
    return {
        title: {"control": current(tau), "drug": current(tau * 1.8, peak=0.14)}
        for title, tau in (("CA1, evoked", 6.0), ("CA1, miniature", 4.0), ("chick NM, evoked", 0.8))
    }


def slope(minutes, pathway, dose):
    in_drug = dose * (1.0 + 0.35 / 1.5 * (minutes >= 20.0) - 1.0) + 1.0 if dose else 1.0
    after = np.maximum(minutes - LAST_PULSE, 0.0)
    grown = 0.45 * (1 - np.exp(-after / 3.0)) + 0.8 * np.exp(-after / 1.5)
    return 0.3 * in_drug * (1.0 + (grown if pathway == "test" else 0.0) * (minutes > LAST_PULSE))


def ltp_rows(dose):
    common = {"experiment": "ltp", "preparation": "ca1_slice", "compound": "aniracetam", "dose_mM": dose}
    rows = []
    for pathway, offset in (("test", 0.0), ("control", 0.25)):
        for minutes in np.arange(offset, 105.0, 0.5):
            condition = "control" if minutes < 20 else "drug" if minutes < 45 else "after_ltp_drug"
            value = float(slope(np.array(minutes), pathway, dose))
            probe = {"measure": "fepsp_slope", "value": value, "unit": "mV/ms", "n": 1}
            rows.append(Measure(**common, condition=condition, pathway=pathway, time_min=minutes, **probe))
    for minutes in (5, 30, 60):
        for condition, percent in (("vs_baseline", 190.0), ("vs_drug_baseline", 145.0))[: 1 + (dose > 0)]:
            point = {"measure": "ltp_percent", "value": percent, "unit": "%", "n": 10}
            rows.append(Measure(**common, condition=condition, pathway="test", time_min=minutes, **point))
    return rows


def crossed_rows(decays=None):
    rows = []
    for condition, gain in GAINS.items():
        for measure, value, unit in (
            ("fepsp_amplitude", 1.2 * gain, "mV"),
            ("fepsp_tau_decay", (decays or DECAYS)[condition], "ms"),
        ):
            words = {"experiment": "ltp_crossed", "preparation": "ca1_slice", "condition": condition}
            number = {"measure": measure, "value": value, "unit": unit, "pathway": "test"}
            rows.append(Measure(**words, compound="aniracetam", **number))
    return rows


def pair(experiment, preparation, measure, values, unit):
    return [
        Measure(
            experiment=experiment,
            preparation=preparation,
            condition=condition,
            compound="aniracetam",
            dose_mM=dose,
            measure=measure,
            value=value,
            unit=unit,
        )
        for condition, dose, value in zip(("control", "drug"), (0.0, 1.5), values, strict=True)
    ]


def table_rows():
    made = [
        ("patch_clamp", "ca1_patch", "tau_deactivation", (2.5, 7.9), "ms"),
        ("patch_clamp", "ca1_patch", "tau_desensitization", (11.5, 37.0), "ms"),
        ("patch_clamp", "ca1_patch", "steady_state_ratio", (0.04, 0.11), "1"),
        ("patch_clamp", "ca1_patch", "tau_recovery", (80.0, 78.0), "ms"),
        ("patch_clamp", "ca1_whole_cell", "glutamate_current_peak", (310.0, 640.0), "pA"),
        ("patch_clamp", "ca1_whole_cell", "glutamate_current_charge", (31.0, 95.0), "pC"),
        ("patch_clamp", "chick_patch", "rate_closing", (1.9, 0.6), "/ms"),
        ("patch_clamp", "chick_patch", "rate_desensitization_c1", (0.4, 0.15), "/ms"),
        ("patch_clamp", "chick_patch", "rate_desensitization_c2", (0.5, 0.2), "/ms"),
        ("patch_clamp", "chick_patch", "rate_desensitization_o", (0.3, 0.05), "/ms"),
        ("synaptic_currents", "ca1_cell", "epsc_peak", (98.0, 137.0), "pA"),
        ("synaptic_currents", "ca1_cell", "epsc_tau_decay", (8.2, 13.1), "ms"),
        ("synaptic_currents", "ca1_cell", "mepsc_tau_decay", (6.0, 10.0), "ms"),
        ("synaptic_currents", "chick_cell", "epsc_tau_decay", (0.8, 1.9), "ms"),
        ("synaptic_currents", "chick_cell", "mepsc_tau_decay", (0.6, 0.58), "ms"),
        ("field_potential", "ca1_slice", "spine_calcium_ampa", (0.11, 0.24), "fC"),
        ("field_potential", "ca1_slice", "spine_calcium_nmda", (1.4, 1.9), "fC"),
    ]
    return [row for spec in made for row in pair(*spec)]
