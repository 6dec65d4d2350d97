"""scipy.special: Student's distribution. The derivatives in the degrees of freedom v are integrals of the density's derivative at a fixed variable s.

With w = s**2 / v and T = w / (1 + w) the density is e**height(v) (1 + w)**(-(v+1)/2) / sqrt(2 pi), and its logarithm's derivative in v is
height' + T / (2 v) - (log(1 + w) - T) / 2: positive up to some s and negative beyond, with an integral over all s that is 0. So it is integrated from 0 to t or from t on,
where it keeps its sign: nothing cancels, however large v is. Relative accuracy 1e-11 for 1e-6 <= v.
N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 28; DLMF 5.11.8 for the height.
"""

import functools
import math

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, elementwise
from ..core.tracer import apply
from .effort import by_effort, tabled
from .quadrature import blockwise, cumulative, gauss, within
from .special_error import ROOT_2PI
from .special_gamma import BERNOULLI
from .special_incomplete import is_traced
from .special_inverses import inverse

STEPS = 8  # upwards, to where Stirling's series is exact
LARGE = 1.5e4  # degrees of freedom from which T is below SMALL wherever the density is above the least float
SMALL, TINY = 0.1, 1e-100  # of what has a square below that: the integrand's mean over a shorter way is the same
DEEP = 36.0  # of the logarithm: what the density may fall by
NODES, BODY = 24, 12  # of Gauss's rule for a tail, and for a short way from 0 on


def stirling(x, i):
    """The i-th derivative in v = 2 x of log(Gamma(x + 1/2) / (Gamma(x) sqrt(x))), for large x."""
    total, u = np.zeros_like(x), 1 / (x * x)
    for k in range(10, 0, -1):
        total *= u
        total -= (1 - 0.25**k) * BERNOULLI[2 * k] / (k * (2 * k - 1)) * (-0.5) ** i * sp.poch(2 * k - 1, i)
    return total * x ** (-1 - i)


def plain_height(v, i):
    """The same for all v, of plain numbers: with v + 2 in the place of v its exponential is larger by (v+1) / sqrt(v (v+2)), its derivative smaller by 1 / (v (v+1) (v+2))."""
    low = v < 2 * STEPS
    total, u = stirling(np.where(low, v + 2 * STEPS, v) / 2, i), v[low]
    if i == 0:
        total[low] += 0.5 * np.log(math.prod(z * (z + 2) / (z + 1) ** 2 for z in (u + k for k in range(0, 2 * STEPS, 2))))
        return total
    for k in range(0, 2 * STEPS, 2):
        each = u + k, u + k + 1, u + k + 2
        total[low] += cumulative(lambda j, _, each=each: (-1) ** j * math.factorial(j - 1) * sum(z**-j for z in each), i - 1) / math.prod(each)
    return total


def height(v, i):
    """The logarithm of sqrt(2 pi) times the density at 0, differentiated i times in v."""
    return apply(height, (v, i), {}) if is_traced(v) else blockwise(lambda v: plain_height(v, i), v)


def small_bend(log):
    """log(1 + w) - T = log - 1 + e**-log, where log(1 + w) is small."""
    total = np.full_like(log, 1 / 3628800)
    for k in range(9, 1, -1):
        total *= -log
        total += 1 / math.factorial(k)
    return total * log * log


def plain_bend(w):
    """The same of plain numbers."""
    log = np.log1p(w)
    y, near = log - w / (1 + w), log < SMALL
    y[near] = small_bend(log[near])
    return y


def bend(w):
    """log(1 + w) - w / (1 + w), without cancellation."""
    return apply(bend, (w,), {}) if is_traced(w) else blockwise(plain_bend, w)


elementwise(height, lambda y, v, i: height(v, i + 1), None, domain=[lambda rng, i=i: ((rng.uniform(0.3, 30.0, 3), i), {}) for i in (0, 1, 2)])
elementwise(bend, lambda y, w: w / (1 + w) ** 2, domain=(0.02, 3.0))


def log_slope(v, high, share, bent, i):
    """The i-th derivative in v of the logarithm of the density, from that of the height, T and log(1 + w) - T."""
    if i == 1:
        return high + share / (2 * v) - bent / 2
    rest = sum((-1) ** j * math.comb(i, j) * ((j - 1) * v + (i - 1)) * share**j for j in range(1, i + 1))
    return high + (-1) ** i * math.factorial(i - 2) / 2 * rest / v**i


def student_density(v, t):
    """The density of Student's distribution."""
    if is_traced(v, t):
        return apply(student_density, (v, t), {})
    return np.exp(height(v, 0) - 0.5 * (v + 1) * np.log1p(t * t / v)) / ROOT_2PI


def student_factor(v, t, m):
    """The m-th derivative of the density in v, over the density."""
    w = t * t / v
    share, bent = w / (1 + w), bend(w)
    return cumulative(lambda i, _: log_slope(v, height(v, i), share, bent, i), m)


def integral(near, count, v, start, length, *high):
    """The integral over q, with 1 + w = e**(2 q**2) and so T = 1 - e**(-2 q**2), by Gauss's rule; ``near`` where all T are small."""
    nodes, weights = gauss(count)
    q = start + length * nodes[:, None]
    log = 2 * q * q
    bent = small_bend(log) if near else log + np.expm1(-log)
    share = log - bent
    factor = cumulative(lambda i, _: log_slope(v, high[i - 1], share, bent, i), len(high))
    log *= -0.5 * v
    np.exp(log, out=log)
    log *= q
    log *= factor
    log /= np.sqrt(share)
    return weights @ log


def student_slope(v, t, m):
    """The m-th derivative of scipy.special.stdtr in its degrees of freedom."""
    if is_traced(v, t):
        return apply(student_slope, (v, t, m), {})
    v, t = np.asarray(v), np.asarray(t)
    within("scipy.special.stdtr in df", (v < 1e-6) | (np.abs(t) > 1e140) & np.isfinite(t), "df >= 1e-6 and |t| <= 1e140")
    with np.errstate(all="ignore"):
        size = np.abs(t)
        w, high = size * size / v, [height(v, i + 1) for i in range(m)]
        square = 0.5 * np.log1p(w)
        upper = log_slope(v, high[0], w / (1 + w), bend(w), 1) < 0
        end, far = np.where(w < TINY, size / np.sqrt(2 * v), np.sqrt(square)), np.sqrt(square + DEEP / v)
        start, length = np.where(upper, end, 0.0), np.where(upper, far - end, end)
        count = np.where(upper, NODES, BODY + 4 * end)
        scale = np.where(upper, -np.sign(t), np.sign(t)) * length * np.sqrt(2 * v / math.pi) * np.exp(height(v, 0))
    ways = tuple(functools.partial(tabled, functools.partial(integral, near)) for near in (False, True))
    found = by_effort(ways, v > LARGE, count, v, start, np.maximum(length, TINY), *high)
    return np.where(np.isinf(t) | np.isinf(v), 0.0, scale * found).astype(found.dtype)[()]


elementwise(student_density, lambda y, v, t: y * student_factor(v, t, 1), lambda y, v, t: -y * (v + 1) * t / (v + t * t), domain=(0.3, 3.0))
elementwise(student_slope, lambda y, v, t, m: student_slope(v, t, m + 1), lambda y, v, t, m: student_density(v, t) * student_factor(v, t, m), None,
            domain=[lambda rng, m=m: ((rng.uniform(0.5, 3.0, 3), rng.uniform(-2.0, 2.0, 3), m), {}) for m in (1, 2)])
elementwise(sp.stdtr, lambda y, v, t: student_slope(v, t, 1), lambda y, v, t: student_density(v, t), domain=(0.3, 2.0))
elementwise(sp.stdtrit, lambda y, v, p: -student_slope(v, y, 1) / student_density(v, y), lambda y, v, p: 1 / student_density(v, y), domain=(0.55, 0.9))
inverse(sp.stdtridf, TABLE[sp.stdtr].rules, 0, ((0.81, 0.83), (1.45, 1.6)))
