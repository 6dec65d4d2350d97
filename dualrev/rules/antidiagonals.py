"""Hankel matrices of vectors and sums along antidiagonals: two linear functions, each the transpose of the other."""

import numpy as np

from ..core.rows import linear
from ..core.tracer import Tracer, apply, meta


def windows(v, width):
    """The windows of a vector, one below the other: the Hankel matrix of its entries, of so many columns."""
    if isinstance(v, Tracer):
        return apply(windows, (v, width), {})
    return np.array(np.lib.stride_tricks.sliding_window_view(v, width, -1))


def along_antidiagonals(g):
    """The sums along the antidiagonals of a matrix. In a table that is wider by the number of rows, and is then read with rows one entry shorter, each row moves by one more."""
    if isinstance(g, Tracer):
        return apply(along_antidiagonals, (g,), {})
    *batch, n, m = g.shape
    wide = np.zeros((*batch, n, n + m), g.dtype)
    wide[..., :m] = g
    return np.sum(np.reshape(np.reshape(wide, (*batch, n * (n + m)))[..., : n * (n + m - 1)], (*batch, n, n + m - 1)), axis=-2)


linear(windows, lambda g, v, width: along_antidiagonals(g), None, batch="leading", name="scipy.linalg.hankel (of one vector)", domain=lambda rng: ((rng.normal(size=6), 3), {}))
linear(along_antidiagonals, lambda g, x: windows(g, meta(x)[0][-1]), batch="leading", name="sums along antidiagonals", domain=lambda rng: ((rng.normal(size=(4, 3)),), {}))
