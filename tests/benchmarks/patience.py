"""Give a call up after some seconds."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Slow", "stopped"]


class Slow(BaseException):
    """The time is over. Not an Exception, so that nobody on the way takes it for a failure of his own."""


@contextmanager
def stopped(seconds: float) -> Iterator[None]:
    """Raise `Slow` when the body has taken so long; a single call of C code is waited for. Main thread only.

    The timer is that of the wall: one of processor time makes the kernel report processor time in ticks.
    """
    def over(number: int, frame: Any) -> None:
        raise Slow

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
