"""Give a call up after some seconds."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Slow", "ends", "stopped"]


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


def ends(call: Callable[[], Any], seconds: float) -> bool:
    """Whether a call comes to an end within some seconds: tried in a process of its own, which can be stopped in the middle of C code too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of threads, of which BLAS may have some
        child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            call()
        finally:
            os._exit(0)
    return os.WIFEXITED(os.waitpid(child, 0)[1])
