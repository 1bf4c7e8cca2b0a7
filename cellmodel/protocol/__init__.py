"""Protocols as values: what is done to a slice, when, and nothing about how it is computed."""

from cellmodel.protocol.current_clamp import (
    CurrentStep,
    fixed_step,
    inject_waveform,
    record_voltage,
    solver_tolerance,
    somatic_step,
)
from cellmodel.protocol.protocol import Phase, Probe, Protocol, Wash, read_protocol
from cellmodel.protocol.series import Published, Series
from cellmodel.protocol.train import Train

__all__ = [
    "CurrentStep",
    "Phase",
    "Probe",
    "Protocol",
    "Published",
    "Series",
    "Train",
    "Wash",
    "fixed_step",
    "inject_waveform",
    "read_protocol",
    "record_voltage",
    "solver_tolerance",
    "somatic_step",
]
