"""scipy.special: the noncentral t distribution, in every argument, and its inverses: F = int Phi(t s - c) f(s) ds, where v s**2 is chi-square with v degrees.

The derivatives are integrals too, by the trapezoidal rule between ends that follow from the integrand, with nodes as close as its bend needs. Relative accuracy 1e-8 or
better for 0.5 <= df <= 1e4 and -25 <= nc <= 25, down to probabilities of 1e-20; it raises beyond.
N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 31; L. N. Trefethen, J. A. C. Weideman, The exponentially convergent
trapezoidal rule, SIAM Review 56 (2014).
"""

import functools
import math

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, elementwise
from ..core.tracer import apply
from .effort import by_effort, tabled
from .quadrature import cumulative, within
from .special_error import ROOT_2PI
from .special_gamma import psi_slope
from .special_incomplete import is_traced
from .special_inverses import inverse

NODES, CLOSE = 14, 0.65  # nodes for the shorter side, and their distance over the width of the bend
GROWN = 1 / (1 - math.exp(-1))


def density_factor(v, u, square, m):
    """The m-th derivative in v of the density of s = e**u, over the density; s**2 is given."""
    def slopes(i, _):
        own = 0.5 * (np.log(v / 2) + 1) if i == 1 else 0.5 * (-1) ** i * math.factorial(i - 2) / v ** (i - 1)
        return own - psi_slope(v / 2, i - 1) / 2**i + (u - 0.5 * square if i == 1 else 0.0)

    return cumulative(slopes, m)


def extent(v, c, t, n, k):
    """Where in u = log(s) the largest product of s**(v+k) e**(-v s**2 / 2) and the curve is, how far on its left and right that falls by e**-40, and
    the width of its bend.

    The logarithm is a concave function of s: parabolas are above it. At s = 0 it is below (v + k) u, by as much as the curve has fallen there.
    """
    p, both, side = v + k, t * c, np.where(t > c, 1.0, -1.0)
    root = np.sqrt(both * both + 4 * p * (v + t * t))
    s = np.where(both < 0, 2 * p / (root - both), (root + both) / (2 * (v + t * t)))
    z = t * s - c
    falls_left, falls_right = (True, True) if n else (side * t < 0, side * t > 0)
    most = p * np.log(s) - 0.5 * v * s * s - 0.5 * z * z
    fallen = 0.5 * np.where((both > 0) & (c / t < s) | (False if n else side * c > 0), 0.0, np.minimum(c * c, z * z))
    left = np.maximum(s - np.sqrt(80 / (v + p / (s * s) + falls_left * t * t)), 1e-300)
    right = s + np.sqrt(80 / (v + falls_right * t * t))
    middle = np.log(s)
    return middle, middle - np.maximum(np.log(left), (most + fallen - 40) / p), np.log(right / s), 1 / np.sqrt(p + (v + t * t) * s * s)


def evenly(count, middle, left, right):
    """So many nodes at the same distances, in a column for each entry, and their weights."""
    h = (left + right) / (count - 1)
    return middle - left + h * np.arange(count)[:, None], h


def stretching(count, middle, left, right):
    """Nodes at distances that grow to the left by the factor e when ``right`` has been passed."""
    unit = right * GROWN
    far = np.log1p(left / unit)
    h = (1 + far) / (count - 1)
    growth = np.exp(h * np.arange(count)[:, None] - 1)
    return middle - unit * (growth - 1), unit * h * growth


def curve(z, t, c, n):
    """Phi below the median and minus its complement above, whose integrals against a derivative of the density are the same; or the n-th derivative over the density."""
    if n:
        return (-1) ** (n - 1) / ROOT_2PI * sp.eval_hermitenorm(n - 1, z) if n > 1 else 1 / ROOT_2PI
    side = np.where(t > c, -1.0, 1.0)
    return side * sp.ndtr(side * z)


def integral(nodes, orders, count, middle, left, right, v, c, t):
    """The integral in u. Where the curve hardly bends, its value at s = 1 is taken away, which a derivative of the density leaves without a share."""
    m, n, k = orders
    u, h = nodes(count, middle, left, right)
    s = np.exp(u)
    z, square = t * s - c, s * s
    value = curve(z, t, c, n)
    if n:
        value = value * np.exp(-0.5 * z * z)
    if k:
        value *= s**k
    if m:
        rest = curve(t - c, t, c, n) * (np.exp(-0.5 * (t - c) ** 2) if n else 1.0)
        value -= np.where((v > 10) & (np.abs(t) * (np.abs(c) + np.abs(t)) < 0.3 * np.sqrt(2 * v)), rest, 0.0)
        value *= density_factor(v, u, square, m)
    square *= 0.5
    u -= square
    u *= v
    u += math.log(2.0) + v / 2 * np.log(v / 2) - sp.gammaln(v / 2)
    np.exp(u, out=u)
    u *= value
    u *= h
    return np.where(np.isinf(t), 0.0, np.sum(u, axis=0))


def student_slope(v, c, t, m, n, k):
    """The integral of s**k, the n-th derivative of Phi, and the m-th derivative of the density in v; m + n > 0."""
    if is_traced(v, c, t):
        return apply(student_slope, (v, c, t, m, n, k), {})
    v, c, t = np.asarray(v), np.asarray(c), np.asarray(t)
    within("scipy.special.nctdtr", (v < 0.5) | (v > 1e4) | (np.abs(c) > 25), "0.5 <= df <= 1e4 and |nc| <= 25")
    with np.errstate(all="ignore"):
        middle, left, right, width = extent(v, c, t, n, k)
        long, unit = left > 4 * right, right * GROWN
        count = np.where(long, (1 + np.log1p(left / unit)) * np.maximum(NODES, unit / (CLOSE * width)),
                         (left + right) * np.maximum(NODES / np.minimum(left, right), 1 / (CLOSE * width)))
    ways = tuple(functools.partial(tabled, functools.partial(integral, nodes, (m, n, k))) for nodes in (evenly, stretching))
    return by_effort(ways, long, count, middle, left, right, v, c, t)


elementwise(student_slope, lambda y, v, c, t, m, n, k: student_slope(v, c, t, m + 1, n, k), lambda y, v, c, t, m, n, k: -student_slope(v, c, t, m, n + 1, k),
            lambda y, v, c, t, m, n, k: student_slope(v, c, t, m, n + 1, k + 1), None, None, None,
            domain=[lambda rng, at=at: ((rng.uniform(1.0, 3.0, 3), *rng.uniform(-1.0, 1.0, (2, 3)), *at), {}) for at in ((1, 0, 0), (0, 1, 1), (1, 1, 0))])
elementwise(sp.nctdtr, lambda y, v, c, t: student_slope(v, c, t, 1, 0, 0), lambda y, v, c, t: -student_slope(v, c, t, 0, 1, 0), lambda y, v, c, t: student_slope(v, c, t, 0, 1, 1),
            domain=((1.0, 3.0), (-1.0, 1.0), (-1.0, 2.0)))

student = TABLE[sp.nctdtr].rules
inverse(sp.nctdtrit, student, 2, ((1.0, 3.0), (-1.0, 1.0), (0.3, 0.7)))
inverse(sp.nctdtridf, student, 0, ((0.83, 0.85), (0.1, 0.15), (1.6, 1.7)))
inverse(sp.nctdtrinc, student, 1, ((1.5, 3.0), (0.3, 0.7), (0.5, 1.0)))
