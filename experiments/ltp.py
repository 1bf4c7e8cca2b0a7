"""A whole LTP experiment in a CA1 slice: two pathways, a compound washing in, a tetanus, an hour after it.

Test pulses at 0.033 Hz alternate between a test and a control pathway every 15 s. The test intensity is
found from the input-output curve (30-40 % of the largest fEPSP without a population spike) and kept for the
whole run, tetanus included. The compound washes in and out with first order; the train goes to the test
pathway. Every probe is computed on the detailed cell with CVODE, unless computed ones predict it within 0.1
% (not with --exact); slow states (efficacy, receptors, release, drug) are carried exactly over the quiet
seconds between.

--protocol frequency_series and tetanus_length (or a file with a [series]) play an experiment for each value,
where the compound is washed in also without it. --cells N repeats an experiment or a series over N cells and
seeds, each at its own test intensity, and gives mean and SEM.

--protocol crossed --expression all compares the hypotheses of how LTP is expressed: one induction, and the
drug's gains before and after it at conductance, EPSC and fEPSP under each.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from cellmodel.experiment import Extra, Run, execute
from cellmodel.experiment.options import whole

EXTRAS = (
    Extra("exact", "compute every probe, also those that others predict", default=False),
    Extra("cells", "cells, from the seed on: grown ones, or with --morphology that one N times", kind=whole),
    Extra(
        "stochastic", "release vesicles at random, instead of their mean; computes every probe", default=False
    ),
)


def experiment(run: Run) -> None:
    """Play the protocol, its series, or it in many cells; or compare all expressions in it."""
    from cellmodel.protocol import Protocol
    from cellmodel.slice import PATHWAYS, schedule
    from cellmodel.study import ltp, setting

    protocol = Protocol.named(run.options.protocol)
    for played in (protocol, *(member for _, member in protocol.members())):
        schedule(played, PATHWAYS)  # refuses what cannot be played before anything is computed
    for text in ltp.notices(protocol, run.compound.name):
        run.notice(text)
    if run.options.expression == setting.ALL_EXPRESSIONS:
        compare_expressions(run, protocol)
    elif protocol.series or run.options.cells:
        play_many(run, protocol)
    else:
        play_protocol(run, protocol)


def at_test_intensity(run: Run, options: object) -> object:
    """Find the test intensity and return the slice with its fibers."""
    from cellmodel.study import field

    options, found = field.find_intensity(options)
    run.say(field.intensity_text(found))
    run.record(test_fibers=found.test_fibers, test_percent=found.test_percent)
    return options


def compare_expressions(run: Run, protocol: object) -> None:
    """Induce LTP once, let each hypothesis express it, and compare the drug's gains before and after."""
    from cellmodel.report.expressions import expression_figure, table_text
    from cellmodel.study import expressions, setting

    expressions.check_crossed(protocol, run.options.cells, has_electrode_noise=run.options.electrode_noise)
    options = setting.slice_options(run, expression="more_receptors")
    dose = run.dose_mM(run.compound)
    options = at_test_intensity(run, options)
    run.say("inducing LTP")
    plan = expressions.plan(options, protocol, run.options.compound, dose)
    for rows in run.map(expressions.compare, plan, "expressions"):
        run.add(rows)
    run.save_text("expressions.md", table_text(run.rows, run.compound.name))
    run.say(table_text(run.rows, run.compound.name))
    if run.options.plots:
        run.save_figure("expressions", expression_figure(run.rows, run.compound.name))


def play_protocol(run: Run, protocol: object) -> None:
    """Find the test intensity, play the protocol, save rows, sweeps and figures."""
    from cellmodel.study import cascade, ltp, setting

    options = replace(setting.slice_options(run), is_exact=run.options.exact)
    dose = run.dose_mM(run.compound)
    options = at_test_intensity(run, options)
    fresh = run.map(
        cascade.without_drug,
        cascade.fresh_trains(options, protocol, dose),
        "train without drug",
        is_beside=True,
    )
    played = ltp.conduct(
        options,
        protocol,
        dose,
        drug_condition=setting.drug_condition(run.compound),
        watch=lambda events, n: run.progress(events, f"ltp {protocol.name}", total=n),
        keep=lambda rows, sweeps: (run.add(rows), run.add_sweep(*sweeps)),
    )
    run.add(ltp.means(played))
    done = ltp.summary(played)
    for line in [*ltp.report_lines(done.rows), *ltp.train_lines(done)]:
        run.say(line)
    tell_spikes(run, done)
    without = next(fresh, None)
    report_cascade(run, done, without)
    run.close_sweeps()
    if run.options.plots:
        for name, figure in ltp.figures(done, setting.label(run.compound, dose), without=without).items():
            run.save_figure(name, figure)


def tell_spikes(run: Run, done: object, whose: str = "") -> None:
    """Say which test pulses made the cells fire; noise hides decays too, and nothing is said of it."""
    from cellmodel.study import ltp

    if not run.options.electrode_noise:
        for text in ltp.spike_notices(done):
            run.notice(whose + text)


def play_many(run: Run, protocol: object) -> None:
    """Play each value of a series, each cell, or both; save rows, sweeps, means and figures."""
    from cellmodel.study import repeats, setting

    options = replace(setting.slice_options(run), is_exact=run.options.exact)
    dose, n_cells = run.dose_mM(run.compound), run.options.cells or 1
    cells = repeats.searches(
        options,
        run.options.cells,
        has_morphology=run.options.morphology is not None,
    )
    subjects = list(run.map(repeats.find, cells, "test intensity"))
    for subject in subjects:
        run.say(f"cell {subject.cell}: {subject.text}")
    run.record(test_fibers={str(subject.cell): subject.options.fibers for subject in subjects})
    plan = repeats.plan(
        protocol, subjects, run.options.compound, dose, n_cells=n_cells, is_quick=run.options.quick
    )
    played = []
    for one in run.map(repeats.play, plan, f"ltp {protocol.name}"):
        played.append(one)
        run.add(one.summary.rows)
        run.add_sweep(*one.summary.sweeps)
        tell_spikes(run, one.summary, f"{one.experiment}, ")
    found = repeats.series_rows(protocol, played, run.compound.name)
    run.add(repeats.means(played) if n_cells > 1 else [])
    run.add(found)
    for line in repeats.lines(protocol, played, found):
        run.say(line)
    run.close_sweeps()
    if run.options.plots:
        drug = setting.label(run.compound, dose)
        for name, figure in repeats.figures(protocol, played, found, drug).items():
            run.save_figure(name, figure)


def report_cascade(run: Run, done: object, without: object) -> None:
    """Say, and keep in run.json, what the drug does to each step from calcium to efficacy."""
    from cellmodel.study import cascade

    found = list(done.effects) + (cascade.effects_of_train(without, done.fast) if without else [])
    for effect in found:
        run.say(effect.text)
    run.record(cascade=[effect.text for effect in found])


if __name__ == "__main__":
    sys.exit(execute("ltp", experiment, extras=EXTRAS, about=__doc__))
