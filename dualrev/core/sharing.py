"""Parts of a computation on large arrays, shared by the processors: NumPy's loops run side by side, because they release Python's lock."""

from __future__ import annotations

import contextvars
import itertools
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["processors", "share"]

_crew: ThreadPoolExecutor | None = None  # the threads beside the callers', begun at first use


MOST = 8  # threads that are not asked for: of more, most would wait for Python's lock between the calls of a block


def processors() -> int:
    """How many processors to use: as many as this process is bound to and the environment variable OMP_NUM_THREADS says, or 8 where it says nothing."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(there, int(allowed) if allowed.isdigit() and int(allowed) else MOST)


def share(count: int, worker: Callable[[Iterable[int]], None]) -> None:
    """Share the numbers 0, 1, ..., count - 1 among as many workers as there are processors, each in the caller's context.

    ``worker(numbers)`` deals with those that it takes from an iterator, which gives each number to one worker. What a worker raises ends the sharing, and is raised
    here when all have stopped.
    """
    left = itertools.count()  # the next number of which nobody else gets
    stop: list[BaseException] = []

    def work() -> None:
        try:
            worker(itertools.takewhile(lambda k: k < count and not stop, left))
        except BaseException as error:
            stop.append(error)

    helpers = [helper for _ in range(min(processors(), count) - 1) if (helper := _called(work)) is not None]
    work()
    for helper in helpers:
        if not helper.cancel():
            helper.result()
    if stop:
        raise stop[0]


def _called(work: Callable[[], None]) -> Future[None] | None:
    """Give work to another thread; None while the interpreter shuts down."""
    global _crew
    if _crew is None:
        _crew = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="dualrev")
    try:
        return _crew.submit(contextvars.copy_context().run, work)
    except RuntimeError:
        return None


def _forget() -> None:
    global _crew
    _crew = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # the threads stay with the parent
