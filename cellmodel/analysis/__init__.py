"""Turn traces into numbers; NumPy and SciPy only, no simulator."""

from cellmodel.analysis.dose_curve import DoseCurve
from cellmodel.analysis.fits import (
    ExponentialFit,
    fit_decay,
    fit_double_exponential,
    fit_exponential,
    fit_recovery,
)
from cellmodel.analysis.hill import HillFit, fit_hill
from cellmodel.analysis.membrane import StepResponse, spike_amplitude, spike_times, step_response
from cellmodel.analysis.synaptic import (
    EpscMeasures,
    FepspMeasures,
    epsc_measures,
    fepsp_measures,
    fiber_volley,
)
from cellmodel.analysis.time_course import Average, LtpPoint, ltp_percent, phase_mean
from cellmodel.analysis.waveform import (
    Peak,
    charge,
    crossing,
    half_width,
    mean_over,
    paired_pulse_ratio,
    peak,
    rise_time,
    steady_state_ratio,
    window,
)

__all__ = [
    "Average",
    "DoseCurve",
    "EpscMeasures",
    "ExponentialFit",
    "FepspMeasures",
    "HillFit",
    "LtpPoint",
    "Peak",
    "StepResponse",
    "charge",
    "crossing",
    "epsc_measures",
    "fepsp_measures",
    "fiber_volley",
    "fit_decay",
    "fit_double_exponential",
    "fit_exponential",
    "fit_hill",
    "fit_recovery",
    "half_width",
    "ltp_percent",
    "mean_over",
    "paired_pulse_ratio",
    "peak",
    "phase_mean",
    "rise_time",
    "spike_amplitude",
    "spike_times",
    "steady_state_ratio",
    "step_response",
    "window",
]
