"""The blocks of a Jacobian: a tape is recorded once and walked with a batch of directions, forwards for columns or backwards for rows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.batching import Batched, BatchTrace
from ..core.errors import ExamplesDiffer
from ..core.footprint import footprint
from ..core.tracer import concrete, meta, peek
from ..core.walk import walk_back

__all__ = ["MEMORY", "by_columns", "by_rows", "count", "fitting", "owned", "plain_values", "undecided", "units_of", "walked"]

MEMORY = 1 << 26  # bytes that the directions of one walk may take together


def count(form: Any) -> int:
    """The number of entries of an array."""
    return int(np.prod(form[0], dtype=int))


def by_columns(entries: Any, inputs: Any, outputs: Any, name: str, chunk: int | None, anew: Any = None) -> list[list[Any]]:
    """Forward mode: push the unit vectors of the inputs; blocks[output][input].

    ``anew(k, e)`` pushes a direction of input k by running the function again instead of walking its tape.
    """
    targets = [(place, (meta(value)[0], meta(value)[1] if meta(value)[1].kind in "fc" else np.dtype(float))) for place, value in outputs]
    done, chunk = last_readers(entries, targets), chunk or fitting(entries, outputs)
    blocks: list[list[Any]] = [[] for _ in outputs]
    for k, (place, form) in enumerate(inputs):
        push = functools.partial(anew, k) if anew is not None else lambda e, place=place: walk_on(entries, {place: e}, targets, done)
        columns = _in_chunks(push, form, chunk, 1j, lambda d, a: _complex_slope(d, a, name))
        for i, (_, (shape, dtype)) in enumerate(targets):
            block = _joined([column[i] for column in columns], shape, dtype)
            blocks[i].append(owned(np.reshape(np.moveaxis(block, 0, -1), (*shape, *form[0]))))
    return blocks


def by_rows(entries: Any, inputs: Any, outputs: Any, name: str, chunk: int | None) -> list[list[Any]]:
    """Reverse mode: pull back the unit vectors of the outputs; blocks[output][input]."""
    chunk = chunk or fitting(entries, outputs)
    blocks = []
    for place, value in outputs:
        form = meta(value)
        pull = lambda e, place=place: walk_back(entries, [] if place is None else [(place, e)], inputs, free=False)  # noqa: E731
        rows = _in_chunks(pull, form, chunk, -1j, lambda d, a: _complex_row(d, a, name))
        blocks.append([owned(np.reshape(_joined([row[k] for row in rows], *to), (*form[0], *to[0]))) for k, (_, to) in enumerate(inputs)])
    return blocks


def undecided(entries: Any, blocks: list[list[Any]]) -> bool:
    """Whether a value on the tape was one of several that are equally right, and the derivatives of the one that was taken are not all there."""
    return any(len(entry) == 6 and entry[0].choose is not None for entry in entries) and any(bool(np.any(np.isnan(plain_values(b)))) for row in blocks for b in row)


def fitting(entries: Any, outputs: Any) -> int:
    """How many directions may go at a time."""
    return max(1, MEMORY // max(1, footprint(entries, outputs)))


def _in_chunks(walk: Callable[[Any], list[Any]], form: Any, chunk: int, turn: complex, combine: Callable[[Any, Any], Any]) -> list[list[Any]]:
    """Walk with all unit vectors of a space; for a complex one with their multiples by ``turn`` too, which ``combine`` joins to the others."""
    found = []
    for units in units_of(form, chunk):
        parts = walked(walk, units)
        if form[1].kind == "c":
            parts = [combine(d, a) for d, a in zip(parts, walked(walk, turn * units), strict=True)]
        found.append(parts)
    return found


def units_of(form: Any, chunk: int) -> Iterator[Any]:
    """The unit vectors of an array's space, some at a time, along axis 0."""
    shape, dtype = form
    n = count(form)
    for start in range(0, n, chunk):
        size = min(chunk, n - start)
        units = np.zeros((size, n), dtype)
        units[np.arange(size), np.arange(start, start + size)] = 1
        yield units.reshape((size, *shape))


def walked(walk: Callable[[Any], list[Any]], directions: Any) -> list[Any]:
    """The results for a batch of directions, along axis 0; directions of several arguments are a list."""
    several = isinstance(directions, list)
    size = len(directions[0] if several else directions)
    if size == 1:
        return [np.expand_dims(part, 0) for part in walk([d[0] for d in directions] if several else directions[0])]
    trace = BatchTrace(size)
    try:
        parts = walk([trace.batched(d) for d in directions] if several else trace.batched(directions))
        return [part._value if isinstance(part, Batched) and part._trace is trace else np.broadcast_to(part, (size, *meta(part)[0])) for part in parts]
    finally:
        trace.close()


def _joined(parts: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    return np.zeros((0, *shape), dtype) if not parts else parts[0] if len(parts) == 1 else np.concatenate(parts)


def owned(block: Any) -> Any:
    """A block in memory of its own; a number where it has no axes."""
    if not meta(block)[0]:
        return block[()] if isinstance(block, np.ndarray) else block
    return np.array(block, order="C") if type(block) is np.ndarray else block


def _complex_slope(along: Any, across: Any, name: str) -> Any:
    """The derivative in a complex input from those along 1 and along i."""
    if meta(along)[1].kind != "c":
        return along - 1j * across
    require_linear(across, 1j * along, name)
    return along


def _complex_row(along: Any, across: Any, name: str) -> Any:
    """The row of a complex output from the cotangents 1 and -i."""
    if meta(along)[1].kind != "c":
        return along + 1j * across
    require_linear(across, -1j * along, name)
    return along


def require_linear(a: Any, b: Any, name: str) -> None:
    """Check the Cauchy-Riemann equations."""
    a, b = plain_values(a), plain_values(b)
    if not np.allclose(a, b, rtol=1e-6, atol=1e-9 * (1 + np.max(np.abs(b), initial=0)), equal_nan=True):
        raise ValueError(f"jacobian: {name} is not holomorphic at this complex point, so it has no complex Jacobian. "
                         "Use dualrev.jvp or dualrev.vjp, or split it into real and imaginary parts.")


def plain_values(x: Any) -> Any:
    """The plain values under all levels, of all examples where it is batched."""
    try:
        return np.asarray(concrete(x))
    except ExamplesDiffer:
        return np.asarray(peek(x))
