"""The von Mises distribution, on a circle: f = exp(k cos t) / (2 pi I0(k)).

The derivative of the distribution function in k is the integral of (cos t - A) f with A = I1 / I0, over that side of z on which the integrand keeps its sign:
from 0 to z up to cos z = A, from z to pi beyond. Relative accuracy 1e-9 or better for 1e-3 <= k <= 1000; it raises beyond.
K. V. Mardia, P. E. Jupp, Directional Statistics (2000), section 3.5.
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.rows import elementwise
from ...core.tracer import apply
from ...rules.quadrature import cumulative, entrywise, within
from ...rules.special_incomplete import is_traced
from .families import Continuous, Law

__all__ = ["vonmises"]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(96)


def mean_cosine(k):
    """I1 / I0."""
    return sp.i1e(k) / sp.i0e(k)


def mean_slope(k, i):
    """The i-th derivative of A, from A' = 1 - A / k - A**2."""
    found = [mean_cosine(k)]
    for j in range(i):
        over = sum(sp.binom(j, p) * found[p] * (-1) ** (j - p) * sp.factorial(j - p) / k ** (j - p + 1) for p in range(j + 1))
        found.append((1.0 if j == 0 else 0.0) - over - sum(sp.binom(j, p) * found[p] * found[j - p] for p in range(j + 1)))
    return found[i]


def density_slope(k, t, m):
    """The m-th derivative of the density in k."""
    factor = cumulative(lambda i, _: (np.cos(t) if i == 1 else 0.0) - mean_slope(k, i - 1), m)
    return np.exp(-2 * k * np.sin(t / 2) ** 2) / (2 * np.pi * sp.i0e(k)) * factor


def circle_columns(k, z, m):
    """The m-th derivative of the distribution function."""
    z = z - 2 * np.pi * np.round(z / (2 * np.pi))
    near, far = np.abs(z), np.arccos(np.maximum(np.cos(z) - 60 / k, -1.0))
    inner = np.cos(z) > mean_cosine(k)
    low, high = np.where(inner, 0.0, near), np.where(inner, near, np.maximum(far, near))
    t = (low + high + (high - low) * NODES) / 2
    total = np.sum(WEIGHTS * density_slope(k, t, m), axis=-1) * (high - low)[:, 0] / 2
    return np.where(inner[:, 0], total, -total) * np.sign(z)[:, 0]


def circle_slope(k, z, m):
    """The m-th derivative of the distribution function in k, m > 0."""
    if is_traced(k, z):
        return apply(circle_slope, (k, z, m), {})
    within("dr.scipy.stats.vonmises.cdf in kappa", (np.asarray(k) < 1e-3) | (np.asarray(k) > 1000), "1e-3 <= kappa <= 1000")
    return entrywise(lambda k, z: circle_columns(k, z, m), k, z)


elementwise(circle_slope, lambda y, k, z, m: circle_slope(k, z, m + 1), lambda y, k, z, m: density_slope(k, z, m), None,
            domain=lambda rng: ((rng.uniform(0.6, 2.5, 3), rng.uniform(-1.5, 1.5, 3), 1), {}))

vonmises = Continuous(theirs.vonmises, Law(
    lambda z, k: -k * np.sin(z),
    shapes=(lambda z, k: np.cos(z) - mean_cosine(k),),
    cdf=(lambda z, k: circle_slope(k, z, 1),), at=((-1.5, 1.5), (0.6, 2.5))))
