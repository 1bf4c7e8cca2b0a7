"""The slice: bath, stimulator, pathways on a cell, field electrode, and the player of protocols."""

from cellmodel.slice.bath import Bath, dose_at
from cellmodel.slice.intensity import InputOutput, amplitude, has_spike, input_output
from cellmodel.slice.laminar import LaminarProfile, laminar_profile
from cellmodel.slice.neighbors import Neighbors
from cellmodel.slice.options import PATHWAYS, SliceOptions
from cellmodel.slice.pipette import Pipette
from cellmodel.slice.play import Event, play, schedule
from cellmodel.slice.response import Response
from cellmodel.slice.slice import Slice
from cellmodel.slice.window import window_of

__all__ = [
    "PATHWAYS",
    "Bath",
    "Event",
    "InputOutput",
    "LaminarProfile",
    "Neighbors",
    "Pipette",
    "Response",
    "Slice",
    "SliceOptions",
    "amplitude",
    "dose_at",
    "has_spike",
    "input_output",
    "laminar_profile",
    "play",
    "schedule",
    "window_of",
]
