"""Compressed derivatives: one pass for each colour, and where each entry of the matrix is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.advance import last_readers, walk_on
from ..core.tracer import meta
from ..core.walk import walk_back
from .colouring import Colouring

__all__ = ["compressed", "entries_read"]


def compressed(tape: Any, directions: Any, reverse: bool) -> Any:
    """Push directions through a tape, or pull them back.

    Parameters
    ----------
    tape : tuple
        What `record` returned: entries, inputs, outputs and more.
    directions : array
        One in each row, over the entries of all arguments (or of all results, in reverse).
    reverse : bool
        Whether they are cotangents.

    Returns
    -------
    array
        One row for each direction, over the entries of all results (or of all arguments).
    """
    entries, inputs, outputs = tape[:3]
    targets = [(place, real(meta(value))) for place, value in outputs]
    if reverse:
        starts = [(place, form) for place, form in targets]
        return _rows([walk_back(entries, [(p, s) for p, s in split(d, starts) if p is not None], inputs, free=False) for d in directions], inputs)
    done = last_readers(entries, targets)
    return _rows([walk_on(entries, dict(split(d, inputs)), targets, done) for d in directions], targets)


def real(form: Any) -> Any:
    """The form of a derivative of a value of the given form: integers become float64."""
    shape, dtype = form
    return shape, dtype if dtype.kind in "fc" else np.dtype(float)


def split(direction: Any, places: list[Any]) -> list[Any]:
    """Cut one long direction into arrays of the given forms."""
    parts, first = [], 0
    for place, (shape, dtype) in places:
        size = int(np.prod(shape, dtype=int))
        parts.append((place, direction[first:first + size].reshape(shape).astype(dtype)[()]))
        first += size
    return parts


def _rows(found: list[Any], places: list[Any]) -> Any:
    dtype = np.result_type(*(form[1] for _, form in places)) if places else np.dtype(float)
    size = sum(int(np.prod(form[0], dtype=int)) for _, form in places)
    rows = np.zeros((len(found), size), dtype)
    for row, parts in zip(rows, found, strict=True):
        row[:] = np.concatenate([np.ravel(part) for part in parts]) if parts else 0
    return rows


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
