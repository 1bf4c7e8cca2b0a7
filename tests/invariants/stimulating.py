"""A slice that is stimulated and put back as it was."""

from __future__ import annotations

import numpy as np

from cellmodel.slice import Response, Slice


def respond(rig: Slice, pathway: str = "test", times: np.ndarray | None = None) -> Response:
    """Stimulate and put the slow states back."""
    start = dict(rig.states)
    response = rig.stimulate(pathway, times)
    rig.states = start
    return response
