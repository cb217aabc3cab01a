"""Ctrl-C as a wish to end in good order, so that hours of training are not thrown away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Interrupt:
    """Whether Ctrl-C was pressed."""

    requested = False


@contextmanager
def noticing_interrupt() -> Iterator[Interrupt]:
    """Note the first Ctrl-C instead of raising `KeyboardInterrupt`; a second one raises it.

    Outside the main thread, and where a program has its own handler, signals are left alone.
    """
    interrupt = Interrupt()
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupt
        return

    def note(number: int, frame: Any) -> None:
        interrupt.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
