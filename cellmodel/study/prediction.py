"""What a fitted compound will do at synapses, with the uncertainty of the fit carried on.

All sets of constants that were drawn go to the EPSC of one compartment, which is cheap. Along its decay, what
the modulator does mostly, as many are picked for the field EPSP and for LTP as take a few minutes, from 5 to
95 % in equal steps of rank; their lowest and highest results are the ends of the band.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellmodel.analysis import epsc_measures
from cellmodel.compound import Compound, Modulation
from cellmodel.experiment import Run
from cellmodel.receptor import Receptor
from cellmodel.recording import Measure
from cellmodel.study.fitting import Found, Job
from cellmodel.units import PICOAMP_PER_NANOAMP

BAND = (0.05, 0.95)
FIELD_SETS, LTP_SETS = 9, 7
FEWEST = 20  # values from which the ends of a band are quantiles of
LTP_PROTOCOL = "quick"
VS_BASELINE = "vs_baseline"
LTP_MINUTE = 5.0  # after the last pulse: what this protocol reaches
CELLS = {"chick_patch": "chick_cell"}
EPSC_UNITS = {"epsc_peak": "pA", "epsc_tau_decay": "ms", "epsc_charge": "pC"}
FIELD_UNITS = {"fepsp_amplitude": "mV", "fepsp_slope": "mV/ms", "fepsp_tau_decay": "ms"}
TITLES = {
    "epsc_peak": "EPSC peak",
    "epsc_tau_decay": "EPSC decay",
    "fepsp_amplitude": "fEPSP amplitude",
    "fepsp_tau_decay": "fEPSP decay",
    "vs_baseline": "LTP vs. baseline",
    "vs_drug_baseline": "LTP vs. drug",
}


@dataclass(frozen=True)
class Order:
    """One simulation for a process of its own, in plain numbers.

    Attributes
    ----------
    kind : str
        ``field`` or ``ltp``.
    path : str
        The compound's file.
    constants : tuple of float
        That replace the file's: k_m (mM), closing, entry.
    dose_mM : float, mM
    receptor : str
    fibers : int
    seed : int
    """

    kind: str
    path: str
    constants: tuple[float, float, float]
    dose_mM: float
    receptor: str
    fibers: int
    seed: int


def predict(run: Run, job: Job, found: Found) -> None:
    """Simulate EPSC, field EPSP and LTP, each with the sets of constants it can afford; save rows and figure.

    Parameters
    ----------
    run : Run
        Its folder has the compound's file.
    job : Job
    found : Found
    """
    best = Compound.named(str(run.folder / f"{job.name}.toml"))
    dose = run.dose_mM(best)
    for text in _beyond(job, dose):
        run.notice(text)
    run.say(f"predicting {dose:g} mM {job.name}: EPSC with {len(found.drawn)} sets of constants")
    bands, ranked = _epsc(run, job, found, best, dose)
    bands |= _field_and_ltp(run, job, best, dose, ranked)
    run.record(prediction={name: _shown(each) for name, each in bands.items()})
    if run.options.plots:
        _save_figure(run, bands, f"{dose:g} mM")


def _beyond(job: Job, dose: float) -> Iterator[str]:
    tested = job.problem.ratios.tested
    if not tested[0] <= dose <= tested[-1]:
        yield f"{dose:g} mM is beyond the measured {tested[0]:g} to {tested[-1]:g} mM: an extrapolation."
    yield (
        "patches do not show whether receptors that LTP inserts are more sensitive: predictions hold them to "
        "be like the others, whatever expression other experiments are given."
    )


def with_constants(compound: Compound, modulation: Modulation) -> Compound:
    """Return the compound with other constants of its modulation."""
    return replace(compound, modulation=modulation)


Bands = dict[str, dict[str, tuple[float, np.ndarray, str]]]
"""Measure to condition to best value, the values of all sets, and unit."""


def _epsc(run: Run, job: Job, found: Found, best: Compound, dose: float) -> tuple[Bands, list[Modulation]]:
    """Return the EPSC's bands, and the drawn sets ordered by its decay."""
    preparation = CELLS.get(Receptor.named(job.problem.receptor).preparation, "culture_cell")
    control = _one_epsc(preparation, best, 0.0, job.problem.receptor)
    drug = _one_epsc(preparation, best, dose, job.problem.receptor)
    each = [
        _one_epsc(preparation, with_constants(best, drawn), dose, job.problem.receptor)
        for drawn in run.progress(found.drawn, "EPSC", total=len(found.drawn))
    ]
    bands: Bands = {
        name: {
            "control": (control[name], np.array([]), unit),
            "drug": (drug[name], np.array([values[name] for values in each]), unit),
        }
        for name, unit in EPSC_UNITS.items()
    }
    run.add(_rows(bands, job, preparation, dose))
    order = np.argsort([values["epsc_tau_decay"] for values in each])
    return bands, [found.drawn[k] for k in order]


def _one_epsc(preparation: str, compound: Compound, dose: float, receptor: str) -> dict[str, float]:
    from cellmodel.slice.compartment import CompartmentCell

    recorded = CompartmentCell(preparation, compound, receptor=receptor).evoked(dose)
    seen = epsc_measures(recorded.t, recorded["i"], onset=0.0)
    return {
        "epsc_peak": seen.peak * PICOAMP_PER_NANOAMP,
        "epsc_tau_decay": seen.tau_decay,
        "epsc_charge": seen.charge,
    }


def _field_and_ltp(run: Run, job: Job, best: Compound, dose: float, ranked: Sequence[Modulation]) -> Bands:
    """Find the test intensity, then simulate field EPSPs and LTP by as many processes as are given."""
    from cellmodel.slice import SliceOptions
    from cellmodel.study import field

    options = SliceOptions(receptor=job.problem.receptor, compound=best, seed=run.options.seed)
    chosen, intensity = field.find_intensity(options)
    run.say(field.intensity_text(intensity))
    assert best.modulation is not None
    field_sets = [best.modulation, *_picked(ranked, FIELD_SETS)]
    ltp_sets = run.pick(quick=[], full=[best.modulation, *_picked(ranked, LTP_SETS)])
    _say_what_is_carried(run, len(ltp_sets))
    asked = [("ltp", 0.0, each) for each in ltp_sets[:1]]  # the control: no set of constants matters
    asked += [("ltp", dose, each) for each in ltp_sets]
    n_ltp = len(asked)
    asked += [("field", dose, each) for each in field_sets]
    common = (job.problem.receptor, int(chosen.fibers or 0), run.options.seed)
    orders = [
        Order(kind, str(best.path), (each.k_m, each.closing, each.entry), given, *common)
        for kind, given, each in asked
    ]
    results = list(run.map(simulate, orders, "field EPSP and LTP"))
    bands = _field_bands(results[n_ltp:])
    run.add(_rows(bands, job, "ca1_slice", dose))
    if ltp_sets:
        ltp_bands = _ltp_bands(results[0], results[1:n_ltp])
        run.add(_ltp_rows(ltp_bands, job, dose))
        bands |= ltp_bands
    return bands


def _say_what_is_carried(run: Run, n_ltp: int) -> None:
    run.say(f"field EPSP with the best constants and {FIELD_SETS} sets, from 5 to 95 % of the EPSC's decay")
    if n_ltp:
        run.say(f"LTP (protocol {LTP_PROTOCOL}) with the best constants and {n_ltp - 1} such sets")
    else:
        run.notice("--quick leaves out LTP: nothing is said about it.")


def _picked(ranked: Sequence[Modulation], count: int) -> list[Modulation]:
    """Return some of the sets, from 5 to 95 % in equal steps of rank."""
    return [ranked[round(share * (len(ranked) - 1))] for share in np.linspace(*BAND, count)]


def simulate(order: Order) -> dict[str, float]:
    """Return what one order asks for, on a slice of its own."""
    from cellmodel.slice import SliceOptions

    stored = Compound.named(order.path)
    assert stored.modulation is not None
    k_m, closing, entry = order.constants
    modulation = replace(stored.modulation, k_m=k_m, closing=closing, entry=entry)
    options = SliceOptions(
        receptor=order.receptor,
        compound=with_constants(stored, modulation),
        fibers=order.fibers,
        seed=order.seed,
    )
    return _ltp(options, order.dose_mM) if order.kind == "ltp" else _field(options, order.dose_mM)


def _field(options: Any, dose: float) -> dict[str, float]:
    from cellmodel.slice import Slice
    from cellmodel.study import field

    rig, doses = Slice(options, is_plastic=False), {"control": 0.0, "drug": dose}
    rows = field.rows(field.compare(rig, doses), doses, "")
    rig.free()
    return {f"{row.measure} {row.condition}": row.value for row in rows if row.measure in FIELD_UNITS}


def _ltp(options: Any, dose: float) -> dict[str, float]:
    from cellmodel.protocol import Protocol
    from cellmodel.study import ltp

    played = ltp.conduct(options, Protocol.named(LTP_PROTOCOL), dose)
    return {
        row.condition: row.value
        for row in ltp.means(played)
        if row.measure == "ltp_percent" and row.pathway == "test" and row.time_min == LTP_MINUTE
    }


def _field_bands(results: Sequence[Mapping[str, float]]) -> Bands:
    """Return the bands of the field EPSP; the first result is that of the best constants."""
    best, *others = results
    return {
        name: {
            "control": (best[f"{name} control"], np.array([]), unit),
            "drug": (best[f"{name} drug"], np.array([each[f"{name} drug"] for each in others]), unit),
        }
        for name, unit in FIELD_UNITS.items()
        if all(f"{name} drug" in each for each in results)
    }


def _ltp_bands(control: Mapping[str, float], results: Sequence[Mapping[str, float]]) -> Bands:
    """Return the bands of LTP: in drug of both baselines, without it of the one there is."""
    best, *others = results
    without = (control[VS_BASELINE], np.array([]), "%")
    return {
        name: {"control": without, "drug": (best[name], np.array([each[name] for each in others]), "%")}
        for name in best
    }


def _ends(best: float, values: np.ndarray) -> tuple[float, float]:
    if values.size == 0:
        return best, best
    low, high = np.quantile(values, BAND) if values.size >= FEWEST else (values.min(), values.max())
    return float(low), float(high)


def _rows(bands: Bands, job: Job, preparation: str, dose: float) -> Iterator[Measure]:
    """Yield the best value with its deviation, and the ends of the band."""
    for name, conditions in bands.items():
        for condition, (best, values, unit) in conditions.items():
            low, high = _ends(best, values)
            common: dict[str, Any] = {
                "experiment": "fit_compound",
                "preparation": preparation,
                "compound": job.name,
                "dose_mM": 0.0 if condition == "control" else dose,
                "measure": name,
                "unit": unit,
            }
            if values.size == 0:
                yield Measure(condition=condition, value=best, n=1, **common)
                continue
            n = int(values.size)
            yield Measure(condition=condition, value=best, n=n, sd=float(values.std(ddof=1)), **common)
            yield Measure(condition=f"{condition}_band_low", value=low, n=n, **common)
            yield Measure(condition=f"{condition}_band_high", value=high, n=n, **common)


def _ltp_rows(bands: Bands, job: Job, dose: float) -> Iterator[Measure]:
    common: dict[str, Any] = {
        "experiment": "fit_compound",
        "preparation": "ca1_slice",
        "compound": job.name,
        "pathway": "test",
        "time_min": LTP_MINUTE,
        "measure": "ltp_percent",
    }
    without, _, unit = bands[VS_BASELINE]["control"]
    yield Measure(condition=VS_BASELINE, dose_mM=0.0, value=without, unit=unit, n=1, **common)
    for condition, each in bands.items():
        best, values, unit = each["drug"]
        n, sd = int(values.size), float(values.std(ddof=1))
        yield Measure(condition=condition, dose_mM=dose, value=best, unit=unit, n=n, sd=sd, **common)


def _shown(conditions: Mapping[str, tuple[float, np.ndarray, str]]) -> dict[str, Any]:
    return {
        condition: {"best": best, "band": _ends(best, values), "unit": unit, "sets": int(values.size)}
        for condition, (best, values, unit) in conditions.items()
    }


def _save_figure(run: Run, bands: Bands, drug: str) -> None:
    from cellmodel.report.fit_figures import Band, prediction_figure

    drawn = {
        TITLES[name]: {c: Band(best, *_ends(best, values), unit) for c, (best, values, unit) in each.items()}
        for name, each in bands.items()
        if name in TITLES
    }
    run.save_figure("prediction", prediction_figure(drawn, drug=drug))
