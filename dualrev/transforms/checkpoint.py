"""`checkpoint`: trade time for memory by running a part of the program again on the way back."""

from __future__ import annotations

import functools
import threading
import zlib
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..core.batching import BatchTrace
from ..core.cotangents import arrayed
from ..core.errors import DualrevError, at_line
from ..core.reverse import Node, Tape
from ..core.tracer import Tracer, meta, peek, top_trace
from ..core.tree import flatten, unflatten
from ..core.walk import DROPPED, descend
from ..core.watch import release
from .arguments import named, output_leaves, require_callable
from .batching import vmap
from .lowered import Lowered

__all__ = ["Segment", "checkpoint", "sealed", "twin"]


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose intermediate values are not kept for the backward pass, but computed again there.

    Parameters
    ----------
    f : callable
        A function of arrays or containers of them, which gives the same result when it is called again. It may close over traced values.

    Returns
    -------
    callable
        The same function. Under reverse mode it keeps its arguments and its result only, and runs twice.

    Raises
    ------
    DualrevError
        If the second run gives another result than the first.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> step = dr.checkpoint(lambda x: np.sin(np.sin(x)))
    >>> bool(np.isclose(dr.grad(step)(1.0), np.cos(np.sin(1.0)) * np.cos(1.0)))
    True

    References
    ----------
    A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 12.
    """
    require_callable(f, "checkpoint")

    @functools.wraps(f, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten([list(args), kwargs])
        tape, _ = top_trace(leaves)
        if isinstance(tape, BatchTrace):
            return _in_batch(f, args, kwargs, Lowered(tape, leaves, structure))
        if not isinstance(tape, Tape) or tape.keeps or not tape.alive or not isinstance(tape.entries, list):
            return f(*args, **kwargs)
        twins = unflatten(structure, [twin(leaf) for leaf in leaves])  # the arguments may be written to later
        start = len(tape.entries)
        result = f(*args, **kwargs)
        if any(isinstance(leaf, Node) and leaf._trace is tape and leaf._aux >= start for leaf in leaves):
            raise_writes(f)
        return sealed(Segment(f, twins, tape), result, start)

    return call


def raise_writes(f: Callable[..., Any]) -> NoReturn:
    """Raise the error for a checkpointed function that changes its argument."""
    raise DualrevError(f"checkpoint: {named(f)} writes to its argument{at_line()}. Let it work on a copy and return that.")


def _in_batch(f: Callable[..., Any], args: Any, kwargs: Any, call: Lowered) -> Any:
    """Call a checkpointed function for a batch: the tape below keeps one entry for all examples."""
    if call.plain:
        return f(*args, **kwargs)

    @functools.wraps(f, updated=())
    def whole(*parts: Any) -> Any:
        before = [getattr(part, "_value", None) for part in parts]
        args, kwargs = call.whole(parts)
        result = f(*args, **kwargs)
        if any(part._value is not payload for part, payload in zip(parts, before, strict=True) if payload is not None):
            raise_writes(f)
        return result

    return call.raised(checkpoint(vmap(whole, call.axes))(*call.payloads), named(f))


def twin(x: Any) -> Any:
    """A traced value of its own that stands for the same place on the tape."""
    if not isinstance(x, Tracer):
        return x
    twin: Any = object.__new__(type(x))
    twin._trace, twin._value, twin._aux = x._trace, x._value, x._aux
    twin._support, twin._alias = getattr(x, "_support", None), None
    return twin


def sealed(segment: Segment, result: Any, start: int) -> Any:
    """Drop the entries that a checkpointed call has made, and return its result as that of one entry."""
    tape = segment.tape
    leaves, structure = output_leaves(result, segment.f, "checkpoint")
    end = len(tape.entries)
    tape.entries[start:] = [DROPPED] * (end - start)
    tape.entries.append((segment,))
    out = []
    for k, leaf in enumerate(leaves):
        inside = isinstance(leaf, Node) and leaf._trace is tape and leaf._aux >= start
        segment.outputs.append(_digest(leaf._value) if inside else None)
        if inside:
            tape.entries.append((None, end, k))
            leaf = tape.node(leaf._value)
        out.append(leaf)
    return unflatten(structure, out)


class Segment:
    """One checkpointed call on a tape: what it takes to record it again, and what it gave."""

    __slots__ = ("call", "f", "lock", "outputs", "tape")

    def __init__(self, f: Callable[..., Any], call: Any, tape: Tape) -> None:
        self.f, self.call, self.tape = f, call, tape
        self.outputs: list[Any] = []
        self.lock = threading.Lock()

    def replay(self, g: dict[int, Any], cotangents: Any, entries: Any, place: int) -> None:
        """Record the call again after the first ``place`` entries, and walk that part back."""
        leaves, recorded = self._record(entries[:place] if len(entries) > place else entries)
        cotangents.renew(place, len(recorded))
        for k in list(g):
            ct, leaf, before = g.pop(k), leaves[k], self.outputs[k]
            if not (isinstance(leaf, Node) and leaf._trace is self.tape) or _digest(leaf._value) != before:
                raise DualrevError(f"checkpoint: {named(self.f)} gave another result when it was run again. It must depend on its arguments only: "
                                   "pass random numbers as arguments, and do not write to what it closes over.")
            cotangents.add(leaf._aux, arrayed(ct), meta(leaf._value), False)
            del ct, leaf, before
        del leaves  # which hold the result, and may be large
        descend(recorded, cotangents, len(recorded), place, free=True)

    def _record(self, entries: Any) -> tuple[list[Any], Any]:
        tape = self.tape
        args, kwargs = self.call
        leaves, structure = flatten([args, kwargs])
        args, kwargs = unflatten(structure, [twin(leaf) for leaf in leaves])
        with self.lock:
            before = tape.entries, tape.alive, tape.watched
            tape.entries, tape.alive, tape.watched = entries, True, None
            try:
                return output_leaves(self.f(*args, **kwargs), self.f, "checkpoint")[0], entries
            finally:
                if tape.watched is not None:
                    release(tape.watched)
                tape.entries, tape.alive, tape.watched = before


def _digest(x: Any) -> int:
    """A number that tells the bits of a result from those of another one, without keeping it."""
    return zlib.crc32(np.ascontiguousarray(peek(x)))
