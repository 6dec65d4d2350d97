"""Compressed derivatives: one pass for each colour, and where each entry of the matrix is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.batching import Batched, BatchTrace
from ..core.footprint import footprint
from ..core.tracer import meta
from ..core.walk import walk_back
from ..transforms.blocks import MEMORY
from .colouring import Colouring

__all__ = ["Sweep", "entries_read", "real", "size_of"]

CACHE = 1 << 18  # bytes that the largest argument or result of all directions that go together may take: they should stay in the cache


class Sweep:
    """A recorded function along which directions are pushed, or pulled back.

    Parameters
    ----------
    tape : tuple
        What `record` returned: entries, inputs, outputs and more.
    reverse : bool
        Whether the directions are cotangents.
    chunk : int, optional
        How many should go together; by default as many as stay in the cache, and below the memory that dense Jacobians may take.
    """

    def __init__(self, tape: Any, reverse: bool, chunk: int | None) -> None:
        self.entries, inputs, outputs = tape[:3]
        targets = [(place, real(meta(value))) for place, value in outputs]
        largest = max((size_of(form) for _, form in (*inputs, *targets)), default=1)
        self.chunk = chunk or max(1, min(CACHE // (8 * largest + 1), MEMORY // max(footprint(self.entries, outputs), 1)))
        self.reverse = reverse
        self.given: list[Any] = targets if reverse else inputs
        self.wanted: list[Any] = inputs if reverse else targets
        self.done = None if reverse else last_readers(self.entries, targets)
        self.dtype = np.result_type(*(form[1] for _, form in self.wanted)) if self.wanted else np.dtype(float)

    def __call__(self, directions: Any) -> Any:
        """The products of some directions, one in each row, over the entries of all arguments or results, with the matrix or its transpose."""
        count = len(directions)
        trace = BatchTrace(count) if count > 1 else None
        try:
            found = self._walk(split(directions if trace else directions[0], self.given, trace))
            rows = [x._value if isinstance(x, Batched) and x._trace is trace else np.broadcast_to(x, (count, *meta(x)[0])) for x in found]
        finally:
            if trace is not None:
                trace.close()
        parts = [np.reshape(row, (count, -1)) for row in rows]
        return parts[0] if len(parts) == 1 else np.concatenate([np.zeros((count, 0), self.dtype), *parts], axis=1)

    def _walk(self, seeds: Any) -> list[Any]:
        if self.reverse:
            return walk_back(self.entries, [seed for seed in seeds if seed[0] is not None], self.wanted, free=False)
        return walk_on(self.entries, dict(seeds), self.wanted, self.done)


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
