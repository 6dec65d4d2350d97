"""Hankel and Toeplitz matrices of vectors and sums along antidiagonals and diagonals: two linear functions, each the transpose of the other."""

import numpy as np

from ..core.rows import linear
from ..core.tracer import Tracer, apply, meta

MANY = 1000  # entries that are added at a time, from which on a call for each row or column is cheap


def windows(v, width, back=False):
    """The windows of a vector, one below the other, or each one read backwards: the Hankel or Toeplitz matrix of its entries, of so many columns."""
    if isinstance(v, Tracer):
        return apply(windows, (v, width, back), {})
    return np.array(np.lib.stride_tricks.sliding_window_view(v, width, -1)[..., :: -1 if back else 1], order="C")


def along_antidiagonals(g, back=False):
    """The sums along the antidiagonals of a matrix, or of one whose columns are in the reversed order."""
    if isinstance(g, Tracer):
        return apply(along_antidiagonals, (g, back), {})
    *batch, n, m = g.shape
    if g.size < MANY * min(n, m):
        return in_one_table(g[..., ::-1] if back else g)
    total = np.zeros((*batch, n + m - 1), g.dtype)
    for k in range(min(n, m)):
        start = n - 1 - k if back and n <= m else k  # of columns in the reversed order the sums are made from the other end
        total[..., start: start + max(n, m)] += g[..., k, :] if n <= m else g[..., m - 1 - k if back else k]
    return total[..., ::-1] if back and n <= m else total


def in_one_table(g):
    """The same by a table that is wider by the number of rows: it is read with rows one entry shorter, so that each row moves by one more."""
    *batch, n, m = g.shape
    wide = np.zeros((*batch, n, n + m), g.dtype)
    wide[..., :m] = g
    return np.sum(np.reshape(np.reshape(wide, (*batch, n * (n + m)))[..., : n * (n + m - 1)], (*batch, n, n + m - 1)), axis=-2)


linear(windows, lambda g, v, width, back=False: along_antidiagonals(g, back), None, None, batch="leading", name="scipy.linalg.hankel (of one vector)",
       domain=[lambda rng, back=back: ((rng.normal(size=6), 3, back), {}) for back in (False, True)])
linear(along_antidiagonals, lambda g, x, back=False: windows(g, meta(x)[0][-1], back), None, batch="leading", name="sums along antidiagonals",
       domain=[lambda rng, n=n, m=m, back=back: ((rng.normal(size=(n, m)), back), {}) for n, m, back in ((4, 3, False), (4, 3, True), (2, 1000, True), (1000, 2, False))])
