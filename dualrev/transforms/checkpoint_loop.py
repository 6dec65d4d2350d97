"""`checkpoint_loop`: a loop whose backward pass keeps a given number of states and computes the others again, as seldom as is possible."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.errors import DualrevError, at_line
from ..core.reverse import Node, Tape
from ..core.tracer import top_trace
from ..core.tree import flatten, unflatten
from ..core.walk import DROPPED
from ..core.watch import release
from .arguments import named, require_callable
from .checkpoint import Segment, sealed, twin

__all__ = ["checkpoint_loop", "recomputations"]

DEEPEST = 120  # recomputations within one another, each of which takes some of Python's stack


def checkpoint_loop(step: Callable[..., Any], state: Any, n: int, snapshots: int | None = None) -> Any:
    """Take ``state = step(state, i)`` for i = 0, ..., n - 1, with little memory for the backward pass.

    Reverse mode keeps at most ``snapshots`` states at a time, beside what one step leaves on the tape. Between them it computes states again, in the order
    of binomial checkpointing, with the fewest steps that are possible (`recomputations`).

    Parameters
    ----------
    step : callable
        ``step(state, i)`` returns the next state. It gives the same result when it is called again, and may close over traced values.
    state : array or container
        The first state. If it is not differentiated, the first step is kept as a whole.
    n : int
        How many steps.
    snapshots : int, optional
        How many states may be kept; by default about log2(n), for which each step runs some log2(n) / 2 times.

    Returns
    -------
    array or container
        The last state.

    Raises
    ------
    ValueError
        If n is negative, ``snapshots`` is not positive, or so few that recomputations would go too deep; the message says how many are needed.
    DualrevError
        If a step gives another result when it runs again, or writes to the first state.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> orbit = lambda x: dr.checkpoint_loop(lambda x, i: x + 0.01 * np.sin(x), x, 1000, snapshots=8)
    >>> def plain(x):
    ...     for _ in range(1000):
    ...         x = x + 0.01 * np.sin(x)
    ...     return x
    >>> dr.grad(orbit)(0.1) == dr.grad(plain)(0.1)
    True

    References
    ----------
    A. Griewank, A. Walther, Algorithm 799: revolve, ACM Trans. Math. Softw. 26 (2000).
    """
    require_callable(step, "checkpoint_loop")
    n = _counted(n, 0, "n")
    kept = max(1, math.ceil(math.log2(max(n, 2)))) if snapshots is None else _counted(snapshots, 1, "snapshots")
    if _repetitions(n, kept) > DEEPEST:
        enough = next(s for s in range(kept, n) if _repetitions(n, s) <= DEEPEST)
        raise ValueError(f"checkpoint_loop: {n} steps with {kept} snapshots would be computed again too often{at_line()}. Allow at least {enough} snapshots.")
    first = 0
    while first < n:
        leaves, structure = flatten(state)
        tape, _ = top_trace(leaves)
        if isinstance(tape, Tape) and tape.alive and not tape.keeps and not isinstance(tape.entries, _Discarding):
            state = unflatten(structure, [twin(leaf) for leaf in leaves])
            start = len(tape.entries)
            result = _stretch(tape, step, first, n, kept, state)
            if any(isinstance(leaf, Node) and leaf._trace is tape and leaf._aux >= start for leaf in flatten(state)[0]):
                raise DualrevError(f"checkpoint_loop: {named(step)} writes to its argument{at_line()}. Let it work on a copy and return that.")
            return result
        state = step(state, first)
        first += 1
    return state


def _counted(value: Any, least: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"checkpoint_loop: {what} must be an integer of at least {least}, got {value!r}")
    return int(value)


def _reach(snapshots: int, repetitions: int) -> int:
    """How many steps can be reversed if no more states are kept, and no step is computed again more often: (s + r)! / (s! r!)."""
    return math.comb(snapshots + repetitions, snapshots) if snapshots >= 0 and repetitions >= 0 else 0


def _repetitions(n: int, snapshots: int) -> int:
    """How often some step must be computed again, at the least."""
    r = 0
    while _reach(snapshots, r) < n:
        r += 1
    return r


def recomputations(n: int, snapshots: int) -> int:
    """The fewest steps that are taken without being recorded, where n steps are reversed with a given number of states kept.

    Parameters
    ----------
    n, snapshots : int

    Returns
    -------
    int
        r n - C(s + r, s + 1) with the smallest r for which C(s + r, s) >= n. Beside these, each step is taken once more to be recorded.

    Examples
    --------
    >>> from dualrev.transforms.checkpoint_loop import recomputations
    >>> recomputations(10, 3), recomputations(10, 1)
    (15, 45)

    References
    ----------
    A. Griewank, A. Walther, Algorithm 799: revolve, ACM Trans. Math. Softw. 26 (2000), proposition 1.
    """
    r = _repetitions(n, snapshots)
    return r * n - _reach(snapshots + 1, r - 1)


def _split(n: int, snapshots: int) -> int:
    """After how many of n steps the next state is kept."""
    r = _repetitions(n, snapshots)
    return min(_reach(snapshots, r - 1), n - _reach(snapshots - 1, r - 1))


def _stretch(tape: Tape, step: Callable[..., Any], first: int, last: int, snapshots: int, state: Any) -> Any:
    """Take some steps. The last one is recorded; of the others only states that are kept are on the tape."""
    while last - first > 1:
        m = _split(last - first, snapshots)
        state = _advance(tape, step, first, first + m, snapshots, state)
        first, snapshots = first + m, snapshots - 1
    return step(state, first)


def _advance(tape: Tape, step: Callable[..., Any], first: int, last: int, snapshots: int, state: Any) -> Any:
    """Take some steps that leave one entry on the tape: how to take them again from the state before them."""
    leaves, structure = flatten(state)
    again = functools.partial(_stretch, tape, step, first, last, snapshots)
    functools.update_wrapper(again, step, updated=())
    segment = Segment(again, [[unflatten(structure, [twin(leaf) for leaf in leaves])], {}], tape)
    start = len(tape.entries)
    before, watched = tape.entries, tape.watched
    tape.entries, tape.watched = _Discarding(start), None
    try:
        for i in range(first, last):
            state = step(state, i)
    finally:
        if tape.watched is not None:
            release(tape.watched)
        tape.entries, tape.watched = before, watched
    tape.entries.append(DROPPED)  # the place of all that those steps have computed
    return sealed(segment, state, start)


class _Discarding:
    """Takes the place of a tape's entries and forgets them: everything is at one place, which no walk may come to."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def append(self, entry: Any) -> None:
        """Forget an entry."""

    def __len__(self) -> int:
        return self.place + 1

    def __getitem__(self, places: slice) -> list[Any]:
        return []
