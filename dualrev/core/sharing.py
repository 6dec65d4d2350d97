"""Parts of a computation on large arrays, shared by the processors: NumPy's loops run side by side, because they release Python's lock."""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["processors", "share"]

_crew: ThreadPoolExecutor | None = None  # the threads beside the callers', begun at first use
_members: list[int] = []  # what the system calls these threads
_binding = threading.Lock()  # whoever holds it may bind them
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
    workers = min(processors(), count)
    if workers < 2:
        worker(range(count))
        return
    left = itertools.count()  # the next number of which nobody else gets
    stop: list[BaseException] = []

    def work() -> None:
        try:
            worker(itertools.takewhile(lambda k: k < count and not stop, left))
        except BaseException as error:
            stop.append(error)

    with _apart() as allowed:
        def elsewhere() -> None:
            if allowed is not None:
                _bind(0, allowed)  # it is away from the caller now, and may go where it likes
            work()

        helpers = [helper for _ in range(workers - 1) if (helper := _called(elsewhere)) is not None]
        work()
        for helper in helpers:
            if not helper.cancel():
                helper.result()
    if stop:
        raise stop[0]


@contextlib.contextmanager
def _apart() -> Iterator[set[int] | None]:
    """Forbid the caller's processor to the threads that sleep, where the system lets us: it often wakes a thread where the caller runs, and leaves both there for longer than
    the work takes. The processors that the caller may use, None where nothing was done, as while another caller's threads are at work."""
    if _processor is None or not _members or not _binding.acquire(blocking=False):
        yield None
        return
    try:
        allowed = os.sched_getaffinity(0)
        others = allowed - {_processor()}
        for member in _members if others else ():
            _bind(member, others)
        yield allowed if others else None
    finally:
        _binding.release()


def _bind(thread: int, to: set[int]) -> None:
    with contextlib.suppress(OSError):  # the thread has ended, or the system does not let us
        os.sched_setaffinity(thread, to)


def _called(work: Callable[[], None]) -> Future[None] | None:
    """Give work to another thread; None while the interpreter shuts down."""
    global _crew
    if _crew is None:
        _crew = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="dualrev", initializer=lambda: _members.append(threading.get_native_id()))
    try:
        return _crew.submit(contextvars.copy_context().run, work)
    except RuntimeError:
        return None


def _forget() -> None:
    global _crew, _binding
    _crew, _binding = None, threading.Lock()
    _members.clear()


_processor: Callable[[], int] | None = None
if hasattr(os, "sched_setaffinity"):
    with contextlib.suppress(OSError, AttributeError):
        _processor = ctypes.PyDLL(None).sched_getcpu  # PyDLL: the call is shorter than letting go of the lock


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # the threads stay with the parent
