"""Compressed derivatives: one pass for each colour, and where each entry of the matrix is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.batching import Batched, BatchTrace
from ..core.footprint import footprint
from ..core.tracer import meta
from ..core.walk import walk_back
from ..transforms.blocks import MEMORY
from .colouring import Colouring

__all__ = ["compressed", "entries_read", "real", "size_of"]

CACHE = 1 << 18  # bytes that the largest argument or result of all directions that go together may take: they should stay in the cache


def compressed(tape: Any, directions: Any, reverse: bool, chunk_size: int | None = None) -> Any:
    """Push directions through a tape, or pull them back.

    Parameters
    ----------
    tape : tuple
        What `record` returned: entries, inputs, outputs and more.
    directions : array
        One in each row, over the entries of all arguments (or of all results, in reverse).
    reverse : bool
        Whether they are cotangents.
    chunk_size : int, optional
        How many go together; by default as many as stay in the cache, and below the memory that dense Jacobians may take.

    Returns
    -------
    array
        One row for each direction, over the entries of all results (or of all arguments).
    """
    entries, inputs, outputs = tape[:3]
    targets = [(place, real(meta(value))) for place, value in outputs]
    largest = max((size_of(form) for _, form in (*inputs, *targets)), default=1)
    chunk = chunk_size or max(1, min(CACHE // (8 * largest + 1), MEMORY // max(footprint(entries, outputs), 1)))
    if reverse:
        return _in_batches(lambda seeds: walk_back(entries, [seed for seed in seeds if seed[0] is not None], inputs, free=False), directions, targets, inputs, chunk)
    done = last_readers(entries, targets)
    return _in_batches(lambda seeds: walk_on(entries, dict(seeds), targets, done), directions, inputs, targets, chunk)


def _in_batches(walk: Callable[[Any], list[Any]], directions: Any, given: list[Any], wanted: list[Any], chunk: int) -> Any:
    """Walk with some directions at a time."""
    products = np.zeros((len(directions), sum(size_of(form) for _, form in wanted)), np.result_type(*(form[1] for _, form in wanted)) if wanted else float)
    for start in range(0, len(directions), chunk):
        part = directions[start:start + chunk]
        trace = BatchTrace(len(part)) if len(part) > 1 else None
        try:
            found = walk(split(part if trace else part[0], given, trace))
            rows = [x._value if isinstance(x, Batched) and x._trace is trace else np.broadcast_to(x, (len(part), *meta(x)[0])) for x in found]
        finally:
            if trace is not None:
                trace.close()
        if rows:
            products[start:start + chunk] = np.concatenate([np.reshape(row, (len(part), -1)) for row in rows], axis=1)
    return products


def size_of(form: Any) -> int:
    """How many entries a value of the given form has."""
    return int(np.prod(form[0], dtype=int))


def real(form: Any) -> Any:
    """The form of a derivative of a value of the given form: integers become float64."""
    shape, dtype = form
    return shape, dtype if dtype.kind in "fc" else np.dtype(float)


def split(directions: Any, places: list[Any], trace: BatchTrace | None) -> list[Any]:
    """Cut long directions, of a batch or a single one, into arrays of the given forms."""
    parts, first = [], 0
    for place, form in places:
        shape, dtype = form
        cut = directions[..., first:first + size_of(form)].astype(dtype)
        parts.append((place, cut.reshape(shape)[()] if trace is None else trace.batched(cut.reshape((len(directions), *shape)))))
        first += size_of(form)
    return parts


def entries_read(matrix: Any, colouring: Colouring) -> tuple[Any, Any]:
    """For each entry of a pattern, the colour and the place in that colour's row of products where it is read.

    In a star colouring an entry (i, j) is read in column j's colour where no other entry of row i has it, and otherwise in column i's, at row j, where that cannot be.
    """
    rows, columns = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
    colours = colouring.colours
    if colouring.kind == "row":
        return colours[rows], columns
    if colouring.kind == "column":
        return colours[columns], rows
    keys = rows * colouring.count + colours[columns]
    alone = np.bincount(keys, minlength=matrix.shape[0] * colouring.count)[keys] == 1
    return np.where(alone, colours[columns], colours[rows]), np.where(alone, rows, columns)
