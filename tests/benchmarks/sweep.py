"""Every function of the table: what a traced call, a JVP and a VJP cost over the plain call, on small arrays and with 1e5 elements.

Times are those of the processor, so that what else the machine does counts little. Where the plain call is a view, which costs nothing, they are set beside a copy of its value.
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np

import dualrev as dr

from .large import sample, small, table
from .patience import Slow, stopped

__all__ = ["WAYS", "Cost", "costs", "measured"]

WAYS = ("value", "jvp", "vjp")
SAMPLE = 0.002  # seconds that one sample should last at least
LIMIT = 0.5  # seconds after which a way of calling is sampled no more
BUDGET = 3.0  # seconds after which a single call is given up


@dataclass
class Cost:
    """What one function took: the seconds of the plain call, and those of each way over them; or why it was not measured."""

    name: str
    plain: float = float("nan")
    ratio: dict[str, float] = field(default_factory=dict)
    view: bool = False  # the plain call is a view, and what is measured stands beside a copy
    stopped: list[str] = field(default_factory=list)  # ways that were given up: their ratio is the least that it can be
    skipped: str = ""


def ways(case: Any) -> tuple[dict[str, Callable[[], Any]], bool]:
    """The calls that are compared, and whether the plain one is a view."""
    f, xs = case.smooth, tuple(case.primals)
    ys = f(*xs)
    view = any(isinstance(y, np.ndarray) and y.size and any(isinstance(x, np.ndarray) and np.may_share_memory(x, y) for x in xs) for y in ys)
    ts, gs = tuple(np.ones_like(x) for x in xs), [np.ones_like(y) for y in ys]
    plain: Callable[[], Any] = (lambda: [np.array(y) for y in f(*xs)]) if view else lambda: case.function(*xs)
    return {"plain": plain, "value": lambda: dr.vjp(f, *xs)[0], "jvp": lambda: dr.jvp(f, xs, ts)[1], "vjp": lambda: dr.vjp(f, *xs)[1](gs)}, view


def once(call: Callable[[], Any]) -> float:
    """The seconds of one call; those of a second one where the first was short."""
    for _ in range(2):
        start = process_time()
        call()
        took = process_time() - start
        if took > LIMIT:
            break
    return took


def measured(name: str, case: Any, repeat: int, budget: float = BUDGET) -> Cost:
    """The medians of each way, sampled in turn; what takes long is called once."""
    made, view = ways(case)
    given_up: list[str] = []
    loops: dict[str, int] = {}
    samples: dict[str, list[float]] = {}
    for way, call in made.items():
        try:
            with stopped(budget):
                took = once(call)
        except Slow:
            given_up.append(way)
            took = budget
        loops[way], samples[way] = max(1, int(SAMPLE / max(took, 1e-7))), [took]
    for _ in range(repeat):
        for way, call in made.items():
            if way not in given_up and sum(samples[way]) * loops[way] < LIMIT:
                start = process_time()
                for _ in range(loops[way]):
                    call()
                samples[way].append((process_time() - start) / loops[way])
    found = {way: statistics.median(times[1:] or times) for way, times in samples.items()}
    return Cost(name, found["plain"], {way: found[way] / found["plain"] for way in WAYS}, view, given_up)


def costs(large: bool, repeat: int, only: list[str], known: dict[str, Cost]) -> Iterator[Cost]:
    """Measure every row whose name contains one of the words (all, where there are none), and is not among those that are known already."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for row in table(only):
            yield known[row.name] if row.name in known else cost(row, large, repeat)


def cost(row: Any, large: bool, repeat: int) -> Cost:
    """Measure one row."""
    case = sample(row) if large else small(row)
    if isinstance(case, str):
        return Cost(row.name, skipped=case)
    try:
        return measured(row.name, case, repeat)
    except MemoryError:
        return Cost(row.name, skipped="the derivative takes too much memory")
    except Exception as error:  # an enlarged sample that no longer fits together, or leaves the domain of the rule; the table is not stopped by it, and says so
        return Cost(row.name, skipped=f"its enlarged sample has no derivative: {type(error).__name__}: {error}".splitlines()[0])
