"""scipy.special: the noncentral t distribution, in every argument, and its inverses: F = int Phi(t s - c) f(s) ds, where v s**2 is chi-square with v degrees.

Relative accuracy 1e-8 or better for 0.5 <= df <= 1e4 and -25 <= nc <= 25, down to probabilities of 1e-20; it raises beyond.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, elementwise
from ..core.tracer import apply
from .quadrature import cumulative, entrywise, within
from .special_error import ROOT_2PI
from .special_gamma import psi_slope
from .special_incomplete import is_traced
from .special_inverses import inverse

NODES = 4000


def normal_slope(z, n):
    """The n-th derivative of the normal distribution function, n > 0: Hermite's polynomial times the density."""
    return (-1) ** (n - 1) * sp.eval_hermitenorm(n - 1, z) * np.exp(-0.5 * z * z) / ROOT_2PI


def density_factor(v, u, m):
    """The m-th derivative in v of the density of s = e**u, over the density."""
    def slopes(i, _):
        own = 0.5 * (np.log(v / 2) + 1) if i == 1 else 0.5 * (-1) ** i * math.factorial(i - 2) / v ** (i - 1)
        return own - psi_slope(v / 2, i - 1) / 2**i + (u - 0.5 * np.exp(2 * u) if i == 1 else 0.0)

    return cumulative(slopes, m)


def student_columns(v, c, t, m, n, k):
    """The integral in u = log(s); above the median the complement of Phi stands for it, whose integral against a derivative of f is the same."""
    low, high = -60 / v - 12 / np.sqrt(v), 0.5 * np.log(1 + 20 / np.sqrt(v) + 180 / v)
    h = (high - low) / (NODES - 1)
    u = low + h * np.arange(NODES)
    s = np.exp(u)
    z = t * s - c
    curve = normal_slope(z, n) if n else np.where(t > c, -sp.ndtr(-z), sp.ndtr(z))
    weight = np.exp(math.log(2.0) + v / 2 * np.log(v / 2) - sp.gammaln(v / 2) + v * u - 0.5 * v * s * s)
    return np.sum(weight * density_factor(v, u, m) * s**k * curve, axis=-1) * h[:, 0]


def student_slope(v, c, t, m, n, k):
    """The integral of s**k, the n-th derivative of Phi, and the m-th derivative of the density in v; m + n > 0."""
    if is_traced(v, c, t):
        return apply(student_slope, (v, c, t, m, n, k), {})
    v, c = np.asarray(v), np.asarray(c)
    within("scipy.special.nctdtr", (v < 0.5) | (v > 1e4) | (np.abs(c) > 25), "0.5 <= df <= 1e4 and |nc| <= 25")
    return entrywise(lambda v, c, t: student_columns(v, c, t, m, n, k), v, c, t)


elementwise(student_slope, lambda y, v, c, t, m, n, k: student_slope(v, c, t, m + 1, n, k), lambda y, v, c, t, m, n, k: -student_slope(v, c, t, m, n + 1, k),
            lambda y, v, c, t, m, n, k: student_slope(v, c, t, m, n + 1, k + 1), None, None, None,
            domain=[lambda rng, at=at: ((rng.uniform(1.0, 3.0, 3), *rng.uniform(-1.0, 1.0, (2, 3)), *at), {}) for at in ((1, 0, 0), (0, 1, 1), (1, 1, 0))])
elementwise(sp.nctdtr, lambda y, v, c, t: student_slope(v, c, t, 1, 0, 0), lambda y, v, c, t: -student_slope(v, c, t, 0, 1, 0), lambda y, v, c, t: student_slope(v, c, t, 0, 1, 1),
            domain=((1.0, 3.0), (-1.0, 1.0), (-1.0, 2.0)))

student = TABLE[sp.nctdtr].rules
inverse(sp.nctdtrit, student, 2, ((1.0, 3.0), (-1.0, 1.0), (0.3, 0.7)))
inverse(sp.nctdtridf, student, 0, ((0.83, 0.85), (0.1, 0.15), (1.6, 1.7)))
inverse(sp.nctdtrinc, student, 1, ((1.5, 3.0), (0.3, 0.7), (0.5, 1.0)))
