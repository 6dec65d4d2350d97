"""scipy.special: Smirnov's distribution of n observations in the deviation d, and its inverse: S = (1-d)**n + d sum_j G_j, a polynomial between the points k / n.

G_j = C(n, j) (d + j/n)**(j-1) (1-d-j/n)**(n-j) over 0 < j < n (1-d); or, because the sum over all j gives 1, S = 1 - d sum of the others, which is short and
exact where n d is small. Relative accuracy 1e-9 or better for n <= 1e4; it raises beyond. At a point k / n the polynomial on the right counts.
Z. W. Birnbaum, F. H. Tingey, One-sided confidence contours for probability distribution functions, Ann. Math. Statist. 22 (1951).
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import apply
from .hypergeometric_series import WIDE, certain
from .quadrature import in_parts, within
from .special_incomplete import is_traced

FEW = 4.0  # of n d, below which the short sum is taken
AT_ONCE = 2**16  # terms


def falling(x, k):
    """x (x-1) ... (x-k+1)."""
    return math.prod((x - i for i in range(k)), start=np.ones_like(x))


def power(x, e):
    """The logarithm of |x|**e, with 0**0 = 1."""
    with np.errstate(all="ignore"):
        return np.where(e == 0, 0, e * np.log(np.abs(x)))


def terms(log_count, j, n, d, m):
    """What the m-th derivative of G_j in d is the sum of; its last factor may be negative."""
    a, b = d + j / n, 1 - d - j / n
    b = np.where(np.abs(b) < np.finfo(float).eps, 0, b)
    for k in range(m + 1):
        e = n - j - k
        front = math.comb(m, k) * (-1) ** k * falling(j - 1, m - k) * falling(n - j, k)
        size = np.exp(log_count + power(a, j - 1 - m + k) + power(b, e))
        yield np.where(front == 0, 0, front * np.where((b < 0) & (e % 2 == 1), -size, size))


def smirnov_columns(n, d, m):
    """The m-th derivative in d, m > 0, a bound of its error, and no scale but itself."""
    n, d = n.astype(WIDE), d.astype(WIDE)
    j = np.arange(1, int(np.max(n)) + 1).astype(WIDE)
    exists = j <= n
    log_count = np.cumsum(np.log(np.where(exists, (n - j + 1) / j, 1)), axis=-1)
    short, right = (n * d < FEW) & (d < 0.5), 1 - d - j / n >= np.finfo(float).eps
    wanted = exists & np.where(short, ~right, right)
    pieces = [np.where(wanted, m * x, 0) for x in terms(log_count, j, n, d, m - 1)] + [np.where(wanted, d * x, 0) for x in terms(log_count, j, n, d, m)]
    middle, size = (sum(np.sum(f(x), axis=-1, keepdims=True) for x in pieces) for f in (lambda x: x, np.abs))
    first = np.where(m > n, 0, (-1) ** m * falling(n, m) * np.exp(power(1 - d, n - m)))
    error = np.finfo(WIDE).eps * (n + 50) * (size + np.abs(first))
    return np.where(short, -middle, first + middle), error, np.zeros_like(error)


def smirnov_slope(n, d, m):
    """The m-th derivative of scipy.special.smirnov in d."""
    if is_traced(n, d):
        return apply(smirnov_slope, (n, d, m), {})
    within("scipy.special.smirnov in d", np.asarray(n) > 1e4, "n <= 1e4")
    most = max(1, int(np.max(n, initial=1)))
    arrays = [np.asarray(np.trunc(n), float), np.asarray(d, float)]

    def columns(n, d):
        inside = (d >= 0) & (d <= 1) & (n > 0)
        value = certain("scipy.special.smirnov in d", *smirnov_columns(np.where(inside, n, 1), np.where(inside, d, 0.5), m))
        return np.where(inside, value, np.nan)[:, 0]

    return in_parts(columns, arrays, np.result_type(np.asarray(d), np.float16), max(1, AT_ONCE // most), (1,))


COUNT = "the number of observations is a whole number"
elementwise(smirnov_slope, None, lambda y, n, d, m: smirnov_slope(n, d, m + 1), None, domain=[lambda rng, m=m: ((5, rng.uniform(0.43, 0.57, 3), m), {}) for m in (1, 2)])
elementwise(sp.smirnov, None, lambda y, n, d: smirnov_slope(n, d, 1), notes=COUNT,
            domain=[lambda rng: ((5, rng.uniform(0.43, 0.57, 3)), {}), lambda rng: ((20, rng.uniform(0.108, 0.142, 3)), {})])
elementwise(sp.smirnovi, None, lambda y, n, p: 1 / smirnov_slope(n, y, 1), notes=COUNT, domain=lambda rng: ((5, rng.uniform(0.11, 0.16, 3)), {}))
