"""Timing: the samples of all libraries are taken in turn, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Any

import numpy as np

from .jobs import Job
from .libraries import Library, numbers

__all__ = ["Measurement", "measure", "settle_memory"]

SAMPLE = 0.004  # seconds that one sample should last at least
PAUSE = 0.03  # idle threads of OpenBLAS and OpenMP spin for about so long, and would slow whoever comes next


@dataclass
class Measurement:
    """What one job took: per library the median seconds of a call and the seconds of the first one, and why a library is missing."""

    job: Job
    median: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def ratio(self, of: str, to: str) -> float | None:
        """Divide the times of two libraries; None where one is missing."""
        if of not in self.median or to not in self.median:
            return None
        return self.median[of] / self.median[to]

    def met(self) -> bool | None:
        """Say whether dualrev meets the job's target; None where what it is measured against is not there."""
        target = self.job.target
        ours = self.median.get("dualrev")
        if ours is None:
            return None
        if target.against == "seconds":
            return ours <= target.factor
        ratio = self.ratio("dualrev", target.against)
        return None if ratio is None else ratio <= target.factor


def measure(job: Job, libraries: list[Library], repeat: int, size: int | None = None) -> Measurement:
    """Time one job in every library.

    Parameters
    ----------
    job : Job
        What to compute.
    libraries : list of Library
        Who computes it; all must agree on the result, or an AssertionError says who does not.
    repeat : int
        How many samples each library gives.
    size : int, optional
        Instead of the job's own size.
    """
    found = Measurement(job)
    arguments = job.arguments(size)
    direction = np.cos(np.arange(np.size(arguments[0]))) if job.kind.startswith("hvp") else None
    calls: dict[str, Callable[[], Any]] = {}
    results: dict[str, Any] = {}
    for library in libraries:
        if library.name in job.without:
            found.missing[library.name] = job.without[library.name]
            continue
        try:
            call = library.prepare(job, arguments, direction)
            start = perf_counter()
            result = call()
            found.first[library.name] = perf_counter() - start
        except Exception as error:  # a library that cannot do a job must not stop the table, and the table says so
            found.missing[library.name] = f"{type(error).__name__}: {error}".splitlines()[0]
            continue
        calls[library.name] = call
        if library.name != "np":
            results[library.name] = numbers(library.plain(result))
    _require_agreement(job, results)
    results.clear()
    loops = {name: _loops(call) for name, call in calls.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeat):
        for name, call in calls.items():
            samples[name].append(_sample(call, loops[name]))
    found.median = {name: statistics.median(times) for name, times in samples.items()}
    return found


def settle_memory() -> None:
    """Free one large array, so that the C library keeps the memory of later ones instead of returning it to the system each time.

    Any longer run comes to that state by itself; without this, a job's page faults would depend on the jobs before it.
    """
    np.ones(31_000_000 // 8)


def _require_agreement(job: Job, results: dict[str, Any]) -> None:
    if "dualrev" not in results:
        return
    ours = results["dualrev"]
    for name, theirs in results.items():
        for a, b in zip(ours, theirs, strict=True):
            error = np.max(np.abs(a - b), initial=0.0) / (np.max(np.abs(b), initial=0.0) or 1.0)
            if not error < 1e-9:
                raise AssertionError(f"{job.name}: dualrev and {name} differ by {error:.1e}")


def _loops(call: Callable[[], Any]) -> int:
    """How many calls make a sample."""
    call()
    start = perf_counter()
    call()
    once = perf_counter() - start
    return max(1, int(SAMPLE / max(once, 1e-7)))


def _sample(call: Callable[[], Any], loops: int) -> float:
    sleep(PAUSE)
    call()
    start = perf_counter()
    for _ in range(loops):
        call()
    return (perf_counter() - start) / loops
