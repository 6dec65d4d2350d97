"""A coloured pattern made ready for evaluation: the directions to push, and where each entry of the matrix is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from .colouring import Colouring
from .pattern import Pattern
from .products import compressed, entries_read

__all__ = ["Layout"]


class Layout:
    """What an evaluation needs of a pattern and a colouring. It never changes, so that threads may share it.

    Parameters
    ----------
    pattern : Pattern
        The pattern.
    colouring : Colouring
        Its colouring. One direction more than there are colours is pushed, a random one, against which the result is checked.
    """

    __slots__ = ("along", "colouring", "directions", "pattern", "read", "summed")

    def __init__(self, pattern: Pattern, colouring: Colouring) -> None:
        self.pattern, self.colouring = pattern, colouring
        matrix, count = pattern.matrix, colouring.colours.size
        self.read = entries_read(matrix, colouring)
        probe = np.random.default_rng(count).uniform(0.5, 1.5, count)
        probe[1::3] *= -1
        self.directions = np.vstack([colouring.seeds(), probe])
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        self.summed, along = (matrix.indices, rows) if colouring.kind == "row" else (rows, matrix.indices)
        self.along = probe[along]

    def values(self, tape: Any, chunk_size: int | None) -> tuple[Any, float]:
        """The entries of the matrix at a recorded point, and how far they are from reproducing the derivative along the random direction."""
        products = compressed(tape, self.directions, self.colouring.kind == "row", chunk_size)
        values = products[self.read] if self.colouring.count else np.zeros(0, products.dtype)
        return values, self._defect(values, products[-1])

    def _defect(self, values: Any, expected: Any) -> float:
        """The largest error of a row, relative to the sum of its terms' absolute values."""
        with np.errstate(all="ignore"):
            terms = values * self.along
            got = np.bincount(self.summed, terms, expected.size)
            scale = np.bincount(self.summed, np.abs(terms), expected.size)
            wrong = ~((got == expected) | (~np.isfinite(got) & ~np.isfinite(expected)))  # what is not finite cannot tell
            if not wrong.any():
                return 0.0
            return float(np.max(np.nan_to_num(np.abs(got - expected)[wrong] / scale[wrong], nan=np.inf)))

    def matrix(self, values: Any) -> Any:
        """The values in their places, in memory that is the caller's own."""
        form = self.pattern.matrix
        return sp.csr_array((values, form.indices.copy(), form.indptr.copy()), shape=form.shape)
