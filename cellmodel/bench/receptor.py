"""The receptor: the exact twin, the compiled mechanism, channels that gate by chance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cellmodel.bench.figure import Figure, timed
from cellmodel.compound import Compound
from cellmodel.parameters import load
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor, Scheme, open_fraction

DOSES, POINTS = 8, 2000
PULSES = ((1.0, 50.0), (100.0, 150.0))  # ms, of glutamate and of the sweep
SWEEPS, CHANNELS = 1000, 300
DRUG = "aniracetam"


def twin() -> Iterator[Figure]:
    """Time 1 ms and 100 ms of glutamate at eight doses by matrix exponentials."""
    yield Figure("twin: 16 sweeps of 2000 points", "seconds", timed(_twin_sweeps, 20), at_most=0.05)


def _twin_sweeps() -> None:
    compound, receptor = Compound.named(DRUG), Receptor.named("ca1")
    for dose in np.geomspace(0.01, compound.solubility_mM or 5.0, DOSES):
        for length, stop in PULSES:
            _twin_sweep(receptor, compound, float(dose), length, np.linspace(0.0, stop, POINTS))


def _twin_sweep(
    receptor: Receptor, compound: Compound, dose: float, length: float, t: np.ndarray
) -> np.ndarray:
    glutamate = load("patch.toml").value("rig.glutamate")
    return open_fraction(Scheme(receptor, compound.modulation, dose), t, [(0.0, glutamate), (length, 0.0)])


def mechanism() -> Iterator[Figure]:
    """Time a 100 ms sweep of the compiled mechanism, and compare time and result with the twin's."""
    receptor, compound = Receptor.named("ca1"), Compound.named(DRUG)
    patch = Patch(receptor, compound=compound, exchange=1e-4, filter_kHz=np.inf)
    usual = Patch(receptor, compound=compound)
    dose, length = compound.default_dose_mM, PULSES[1][0]
    t = patch.pulse(length, dose).t

    def integrate() -> None:
        usual.pulse(length, dose)

    def by_twin() -> None:
        _twin_sweep(receptor, compound, dose, length, t)

    integrate()
    by_twin()
    pairs = [[timed(each, 1, warm_up=False) for each in (integrate, by_twin)] for _ in range(20)]
    compiled, exact = (tuple(one for (one,) in each) for each in zip(*pairs, strict=True))
    yield Figure("mechanism: 100 ms patch sweep with CVODE", "seconds", compiled, at_most=0.005)
    ratios = tuple(one / other for one, other in zip(compiled, exact, strict=True))
    yield Figure("mechanism: time over that of the twin, 100 ms sweep", "ratio", ratios)
    current = patch.pulse(length, dose)["i"] / (patch.n_channels * patch.unitary_current)
    wanted = _twin_sweep(receptor, compound, dose, length, t)
    off = float(np.abs(current - wanted)[np.abs(t) > 0.01].max() / wanted.max())
    yield Figure("mechanism: largest difference from the twin over the peak", "ratio", (off,), at_most=0.001)


def channels() -> Iterator[Figure]:
    """Time sweeps of channels that gate by chance."""
    patch = Patch(Receptor.named("ca1"), n_channels=CHANNELS)
    spent = timed(lambda: patch.stochastic(PULSES[1][0], n_sweeps=SWEEPS), 3, warm_up=False)
    yield Figure("channels: 1000 sweeps of 300 channels", "seconds", spent, at_most=20.0)
