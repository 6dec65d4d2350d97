"""Every function of the table: what a traced call, a JVP and a VJP cost over the plain call, on small arrays and with 1e5 elements.

Times are those of the processor, so that what else the machine does counts little.
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

import dualrev as dr

from .large import calls
from .printing import seconds

__all__ = ["Cost", "costs", "worst"]

WAYS = ("value", "jvp", "vjp")
SAMPLE = 0.002  # seconds that one sample should last at least
LIMIT = 0.5  # seconds after which a way of calling is sampled no more


@dataclass
class Cost:
    """What one function took: the seconds of the plain call, and those of each way over them."""

    name: str
    plain: float
    ratio: dict[str, float]


def ways(case: Any) -> dict[str, Callable[[], Any]]:
    """The calls that are compared."""
    f, xs = case.smooth, tuple(case.primals)
    ys = f(*xs)
    ts, gs = tuple(np.ones_like(x) for x in xs), [np.ones_like(y) for y in ys]
    return {"plain": lambda: case.function(*xs), "value": lambda: dr.vjp(f, *xs)[0], "jvp": lambda: dr.jvp(f, xs, ts)[1], "vjp": lambda: dr.vjp(f, *xs)[1](gs)}


def measured(case: Any, repeat: int) -> dict[str, float]:
    """The median seconds of each way, sampled in turn; what takes seconds is called once."""
    made = ways(case)
    loops, samples = {}, {name: [] for name in made}  # type: dict[str, int], dict[str, list[float]]
    for name, call in made.items():
        start = process_time()
        call()
        once = process_time() - start
        if once < LIMIT:
            start = process_time()
            call()
            once = process_time() - start
        loops[name] = max(1, int(SAMPLE / max(once, 1e-7)))
        samples[name].append(once)
    for _ in range(repeat):
        for name, call in made.items():
            if sum(samples[name]) * loops[name] < LIMIT:
                start = process_time()
                for _ in range(loops[name]):
                    call()
                samples[name].append((process_time() - start) / loops[name])
    return {name: statistics.median(found[1:] or found) for name, found in samples.items()}


def costs(large: bool, repeat: int, only: list[str]) -> Iterator[Cost]:
    """Measure every row whose name contains one of the words (all, where there are none)."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for row, case in calls(large, only):
            try:
                found = measured(case, repeat)
            except MemoryError:
                found = {"plain": np.nan} | dict.fromkeys(WAYS, np.inf)
            except (IndexError, ValueError):  # an enlarged sample that no longer fits together, which the plain function happens to take
                continue
            yield Cost(row.name, found["plain"], {name: found[name] / found["plain"] if np.isfinite(found["plain"]) else np.inf for name in WAYS})


def worst(found: list[Cost], count: int = 10) -> list[str]:
    """The lines for the largest ratios of each way."""
    lines = []
    for way in WAYS:
        lines.append(f"{way}, median {statistics.median(cost.ratio[way] for cost in found):.2f}; the largest:")
        ranked = sorted(found, key=lambda cost: -cost.ratio[way])[:count]
        lines += [f"  {cost.ratio[way]:9.2f}  {cost.name}  (plain {seconds(cost.plain)})" for cost in ranked]
    return lines
