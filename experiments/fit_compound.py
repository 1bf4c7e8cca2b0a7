"""Fit a compound to your own patch data, and say how well the data determine it.

--data is a table of ratios to control (CSV: measure,dose_mM,ratio,sd and perhaps n), or sweeps of a patch,
control and drug, in CSV, NWB or ABF, of which ratios are made. A modulator with two sites is fitted to them;
each of its constants has a 90 % interval from the profile of the likelihood, and what the data leave open is
said. The file NAME.toml can be given to every other experiment as its compound.
--predict carries the uncertainty on to EPSC, field EPSP and LTP at --dose-mM, a few minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cellmodel.experiment import Extra, Run, execute
from cellmodel.experiment.options import positive

TAKES = ("dose", "receptor")
EXTRAS = (
    Extra("data", "a table of ratios, or one or several files of sweeps", kind=Path, many=True),
    Extra("name", "what the compound is called (the first file's name)"),
    Extra(
        "sweep_table", "protocol of ABF or NWB sweeps: file,sweep,dose_mM,pulse_start_ms,pulse_ms", kind=Path
    ),
    Extra("fixed", "constants that are known, as k_m=1.5, closing=0.2 or entry=0.1", many=True),
    Extra(
        "control",
        "of your control, beside a table: tau_deactivation=2.5 (ms) or, with its error, 2.5+-0.2",
        many=True,
    ),
    Extra("slows_o", "entry from the open state is slowed too", default="yes", choices=("yes", "no")),
    Extra(
        "regime",
        "the drug leaves its sites much faster, or slower, than receptors gate",
        default="fast",
        choices=("fast", "slow"),
    ),
    Extra("glutamate_mM", "of the pulses (that of data/patch.toml)", kind=positive),
    Extra("exchange_ms", "10-90 % time of the solution exchange (that of data/patch.toml)", kind=positive),
    Extra("filter_kHz", "corner of the recording filter (that of data/patch.toml)", kind=positive),
    Extra("predict", "carry the uncertainty on: EPSC, field EPSP and LTP", default=False),
)


def experiment(run: Run) -> None:
    """Read, fit, and save the compound, its figures and rows; predict where asked."""
    from cellmodel.study import fitting, prediction

    job = fitting.read_job(run)
    found = fitting.fit_job(job, seed=run.options.seed)
    fitting.save(run, job, found)
    if run.options.predict:
        prediction.predict(run, job, found)


if __name__ == "__main__":
    sys.exit(execute("fit_compound", experiment, takes=TAKES, extras=EXTRAS, about=__doc__))
