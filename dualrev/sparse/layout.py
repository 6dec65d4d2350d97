"""A coloured pattern made ready for evaluation: the directions to push, and where each entry of the matrix is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from .colouring import Colouring
from .pattern import Pattern
from .products import Sweep, entries_read

__all__ = ["Layout"]


class Runs:
    """Things in the order of their colours."""

    __slots__ = ("bounds", "colours", "order")

    def __init__(self, colours: Any, count: int) -> None:
        self.order = np.argsort(colours, kind="stable")
        self.colours = colours[self.order]
        self.bounds = np.searchsorted(self.colours, np.arange(count + 1))

    def between(self, start: int, stop: int) -> tuple[Any, Any]:
        """Those with colours in a range, and these colours."""
        part = slice(self.bounds[start], self.bounds[min(stop, len(self.bounds) - 1)])
        return self.order[part], self.colours[part]


class Layout:
    """What an evaluation needs of a pattern and a colouring. It never changes, so that threads may share it.

    Parameters
    ----------
    pattern : Pattern
        The pattern.
    colouring : Colouring
        Its colouring. One direction more than there are colours is pushed, a random one, against which the result is checked.
    """

    __slots__ = ("along", "colouring", "groups", "pattern", "places", "probe", "read", "summed")

    def __init__(self, pattern: Pattern, colouring: Colouring) -> None:
        self.pattern, self.colouring = pattern, colouring
        matrix, count = pattern.matrix, colouring.colours.size
        colours, self.places = entries_read(matrix, colouring)
        self.read, self.groups = Runs(colours, colouring.count), Runs(colouring.colours, colouring.count)
        self.probe = np.random.default_rng(count).uniform(0.5, 1.5, count)
        self.probe[1::3] *= -1
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        self.summed, along = (matrix.indices, rows) if colouring.kind == "row" else (rows, matrix.indices)
        self.along = self.probe[along]

    def values(self, tape: Any, chunk: int | None) -> tuple[Any, float]:
        """The entries of the matrix at a recorded point, and how far they are from reproducing the derivative along the random direction."""
        sweep, count = Sweep(tape, self.colouring.kind == "row", chunk), self.colouring.count
        values = np.zeros(self.pattern.nnz, sweep.dtype)
        products = np.zeros((1, 0))
        for start in range(0, count + 1, sweep.chunk):
            stop = min(start + sweep.chunk, count + 1)
            products = sweep(self._directions(start, stop))
            entries, colours = self.read.between(start, stop)
            values[entries] = products[colours - start, self.places[entries]]
        return values, self._defect(values, products[-1])

    def _directions(self, start: int, stop: int) -> Any:
        """The sums of the unit vectors of some colours; the random direction comes after the last of them."""
        directions = np.zeros((stop - start, self.probe.size))
        members, colours = self.groups.between(start, stop)
        directions[colours - start, members] = 1
        if stop > self.colouring.count:
            directions[-1] = self.probe
        return directions

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
