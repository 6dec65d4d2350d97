"""Tricomi's function U(a, b, x) and its derivatives in a and b, of many entries on the same nodes.

U = 1/Gamma(a) int t**(a-1) (1+t)**(b-a-1) e**(-x t) over (0, inf) by the trapezoidal rule in v, where t is a multiple of exp(v - e**-v), which falls doubly
exponentially towards 0: H. Takahasi, M. Mori, Double exponential formulas for numerical integration, Publ. RIMS Kyoto 9 (1974), section 4. What the nodes have to do with
an entry is its three parameters times log t, log(1+t) and t, so that all integrands and all sums are products of matrices.
"""

import math

import numpy as np
import scipy.special as sp

from .effort import FEW, by_effort
from .hypergeometric_series import certain, combined
from .quadrature import cumulative
from .special_gamma import psi_slope

LEAST = 0.1  # of a, below which the factor 1/Gamma(a) cancels
LEFT = 40.0  # minus the logarithm of what is left out next to 0
CLASSES, BASE = 6, 16.0  # of x from 1e-3 to 1e3: those that differ by a factor of 16 at most have the same nodes


def extent(a, b, x):
    """From where to where nodes are needed in v, if t is exp(v - e**-v) over max(1, x), and how near to each other."""
    high = np.log(((100 + 3 * np.abs(b)) / x + 10 + a) * np.maximum(1.0, x))
    return -np.log(LEFT / a + 1.5), high, np.minimum(0.25, 0.6 / np.sqrt(a + np.abs(b)))


def nodes(a, b, x):
    """Log t, t and log(1+t) at nodes that are enough for all of these, and the logarithm of their weights, dt / t."""
    low, high, h = extent(a, b, x)
    most, h = math.log(max(1.0, x.max())), h.min()
    v = np.arange(low.min(), high.max() + most - math.log(max(1.0, x.min())) + h, h)
    fall = np.exp(-v)
    log = v - fall - most
    t = np.exp(log)
    return log, t, np.log1p(t), np.log1p(fall) + math.log(h)


def integrals(a, b, x, grid):
    """U's derivatives of several orders in a and b, for a >= 0.1: (value, error, U) of each."""
    log, t, more, weight = nodes(a, b, x)
    one, ratio = np.ones_like(t), log - more
    a, b, x = np.broadcast_arrays(a, b, x)
    shares = np.stack([a, b - a - 1, -x, np.ones_like(a), -sp.gammaln(a)], axis=1) @ np.stack([log, more, t, weight, one])
    np.exp(shares, out=shares)
    powers = [(i, n) for n in {n for _, n in grid} for i in range(max(m for m, _ in grid) + 1)]
    columns = [one] + [ratio**i * more**n for i, n in powers] + [np.abs(ratio) ** i * more**n for i, n in powers]
    whole, *sums = (shares @ np.stack(columns, axis=1)).T
    signed, size = dict(zip(powers, sums, strict=False)), dict(zip(powers, sums[len(powers):], strict=True))
    factors = [cumulative(lambda i, _: -psi_slope(a, i - 1), k) for k in range(max(m for m, _ in grid) + 1)]  # of 1/Gamma(a)
    found = {}
    for m, n in grid:
        parts = [(math.comb(m, i) * factors[m - i], i) for i in range(m + 1)]
        found[m, n] = sum(f * signed[i, n] for f, i in parts), 1e-14 * sum(np.abs(f) * size[i, n] for f, i in parts), whole
    return found


def lowered(a, b, x, m, n):
    """The derivative for a < 0.1 by the recurrence U(a) = (2a + 2 - b + x) U(a+1) - (a+1) (a+2-b) U(a+2), which is stable downwards."""
    steps = math.ceil(1 - float(np.min(a)))
    grid = [(i, j) for i in range(m + 1) for j in range(n + 1)]
    now, above = integrals(a + steps, b, x, grid), integrals(a + steps + 1, b, x, grid)
    for k in range(steps - 1, -1, -1):
        d = a + k
        first = {(0, 0): 2 * d + 2 - b + x, (1, 0): 2.0, (0, 1): -1.0}
        second = {(0, 0): -(d + 1) * (d + 2 - b), (1, 0): b - 2 * d - 3, (2, 0): -2.0, (0, 1): d + 1, (1, 1): 1.0}
        made = {}
        for i, j in grid:
            parts = [(math.comb(i, p) * math.comb(j, q) * c, jets[i - p, j - q])
                     for table, jets in ((first, now), (second, above)) for (p, q), c in table.items() if p <= i and q <= j]
            value, error, _ = combined(parts)
            made[i, j] = value, error, made[0, 0][0] if made else value
        above, now = now, made
    return now[m, n]


def tricomi_slope(name, a, b, x, m, n):
    """The derivative of U, m times in a and n times in b, of plain numbers; where it is not certain it is refused under this name."""
    return evaluated(lambda found, *at: certain(name, *found), a, b, x, m, n)


def tricomi(a, b, x):
    """U of plain numbers: by the integral where that has eleven digits, of which SciPy's may have lost half, and SciPy's elsewhere."""
    a, b, x = np.broadcast_arrays(*(np.asarray(z) for z in (a, b, x)))
    inside = (a > -21) & (a < 52) & (np.abs(b) < 52) & (x >= 1e-3) & (x <= 1e3)
    y = np.array(sp.hyperu(a, b, x))
    if np.any(inside):
        y[inside] = evaluated(lambda found, *at: np.where(found[1] < 1e-11 * np.abs(found[0]), found[0], sp.hyperu(*at)), a[inside], b[inside], x[inside], 0, 0)
    return y[()]


def evaluated(judged, a, b, x, m, n):
    """The derivative as ``judged`` of its value, error and scale, and the arguments, decides."""
    a, b, x = (np.asarray(z) for z in (a, b, x))

    def direct(_, a, b, x):
        return judged(integrals(a, b, x, [(m, n)])[m, n], a, b, x)

    def recurrent(_, a, b, x):
        return judged(lowered(a, b, x, m, n), a, b, x)

    with np.errstate(all="ignore"):
        low, high, h = extent(np.maximum(a, LEAST), b, x)
        size = math.prod(np.broadcast_shapes(a.shape, b.shape, x.shape))
        classes, scale = (CLASSES, np.floor(np.log(x) / math.log(BASE)) + CLASSES // 2) if size > FEW else (1, 0)
        which = np.where(np.isfinite(a + b + x), scale + classes * (a < LEAST), 2 * classes)
    return by_effort((direct,) * classes + (recurrent,) * classes + (lambda *args: np.nan,), which, (high - low) / h, a, b, x)
