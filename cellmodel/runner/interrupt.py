"""Ctrl-C, or a request to end, during work that NEURON does."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_pressed: list[bool] = []


def was_interrupted() -> bool:
    """Whether Ctrl-C was pressed in the block of `ended_by_ctrl_c` that is being left."""
    return bool(_pressed)


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C, or a request to end, end the block with `KeyboardInterrupt`, also inside NEURON.

    NEURON turns an interrupt of its integration into a `RuntimeError` and prints several lines;
    they are swallowed here and the interrupt is raised again.
    """
    screen = sys.stderr
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(*_: Any) -> None:
        _pressed.append(True)
        sys.stderr = io.StringIO()
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    except Exception as error:
        if was_interrupted():
            raise KeyboardInterrupt from error
        raise
    finally:
        _pressed.clear()
        sys.stderr = screen
        for number, handler in before.items():
            signal.signal(number, handler)
