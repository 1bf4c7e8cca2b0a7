"""A postsynaptic receptor on a section of its own, driven by a share of releasing sites; tests use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cellmodel.mechanisms import load_mechanisms

Release = Callable[..., None]


@contextmanager
def receptor_on_a_section(mechanism: str, *, v: float) -> Iterator[tuple[Any, Any, Release]]:
    """Yield section, receptor and a function that lets a share of its sites release at given times (ms).

    The function starts a run under CVODE at ``v`` (mV).
    """
    h = load_mechanisms()
    section = h.Section(name="head")
    receptor, share = getattr(h, mechanism)(section(0.5)), h.Vector([1.0])
    h.setpointer(share._ref_x[0], "released", receptor)
    wire = h.NetCon(None, receptor)
    wire.delay, wire.weight[0] = 0.0, 1.0
    h.cvode.active(1)
    h.cvode.atol(1e-10)

    def release(times: list[float], released: float = 1.0) -> None:
        share.x[0] = released
        h.finitialize(v)
        for t in times:
            wire.event(t)

    yield section, receptor, release
    h.cvode.active(0)
    h.delete_section(sec=section)
