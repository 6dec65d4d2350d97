"""The von Mises distribution, on a circle: f = exp(k cos t) / (2 pi I0(k)).

The derivative of the distribution function in k is the integral of (cos t - A) f with A = I1 / I0, over that side of z on which the integrand keeps its sign:
from 0 to z up to cos z = A, from z to pi beyond. Relative accuracy 1e-9 or better for 1e-3 <= k <= 1000; it raises beyond.
K. V. Mardia, P. E. Jupp, Directional Statistics (2000), section 3.5. For many entries it is Hill's nested Fourier series where that does not cancel.
G. W. Hill, Algorithm 518: Incomplete Bessel function I0, the von Mises distribution, ACM Transactions on Mathematical Software 3 (1977), 279-284.
"""

import math

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.rows import elementwise
from ...core.tracer import apply
from ...rules.effort import by_effort
from ...rules.jets import quotient, splits, summed
from ...rules.quadrature import MANY, cumulative, entrywise, within
from ...rules.special_incomplete import is_traced
from .families import Continuous
from .laws import Law

__all__ = ["vonmises"]

HIGHEST = 2  # the order up to which it is known how many terms are enough
REST = 1.2246467991473532e-16  # of pi beyond np.pi
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
    width = np.where(high == np.pi, np.pi - low + REST, high - low)
    t = (low + high + width * NODES) / 2
    total = np.sum(WEIGHTS * density_slope(k, t, m), axis=-1) * width[:, 0] / 2
    return np.where(inner[:, 0], total, -total) * np.sign(z)[:, 0]


def nested(n, k, z, m):
    """The same by F = 1/2 + z / (2 pi) + v / pi with v = r(1) (sin z + r(2) (sin 2z / 2 + ...)) and r(j) = I(j) / I(j-1) = 1 / (2 j / k + r(j+1)), from its end.

    The coefficients are those in k. Multiples of z are turned back by z; beyond a right angle they are counted from pi, for the digits of a small rest.
    """
    table, near = splits(m), np.abs(z)
    far = near > np.pi / 2
    rest = np.where(far, np.pi - near + REST, near)
    sine, cosine = np.sin(rest), np.where(far, -np.cos(rest), np.cos(rest))
    s, c = np.where(far & (n % 2 == 0), -1, 1) * np.sin(n * rest), np.where(far & (n % 2 == 1), -1, 1) * np.cos(n * rest)
    inverse = [2 * (-1) ** i / k ** (i + 1) for i in range(m + 1)]
    r, v = [0.0] * (m + 1), [0.0 * s] * (m + 1)
    for j in range(n, 0, -1):
        r = quotient(-1.0, [j * own + before for own, before in zip(inverse, r, strict=True)], table)
        v = [v[0] + s / j, *v[1:]]
        v = [summed(r, v, pairs) for pairs in table]
        s, c = s * cosine - c * sine, c * cosine + s * sine
    return np.sign(z) * v[m] * (math.factorial(m) / np.pi)


def circle_slope(k, z, m):
    """The m-th derivative of the distribution function in k, m > 0."""
    if is_traced(k, z):
        return apply(circle_slope, (k, z, m), {})
    within("dr.scipy.stats.vonmises.cdf in kappa", (np.asarray(k) < 1e-3) | (np.asarray(k) > 1000), "1e-3 <= kappa <= 1000")

    def integrals(k, z):
        return entrywise(lambda k, z: circle_columns(k, z, m), k, z)

    if m > HIGHEST or np.broadcast(k, z).size <= MANY:
        return integrals(k, z)
    z = z - 2 * np.pi * np.round(np.divide(z, 2 * np.pi))
    safe = (np.asarray(k) <= 50) & (2 * k * np.sin(z / 2) ** 2 <= 7)  # the density is at least 1e-3 of its largest
    count = 10 + 5 * np.sqrt(k) + 0.3 * k
    return by_effort((lambda _, k, z: integrals(k, z), lambda n, k, z: nested(n, k, z, m)), safe, np.where(safe, count, 1.0), k, z)


elementwise(circle_slope, lambda y, k, z, m: circle_slope(k, z, m + 1), lambda y, k, z, m: density_slope(k, z, m), None,
            domain=lambda rng: ((rng.uniform(0.6, 2.5, 3), rng.uniform(-1.5, 1.5, 3), 1), {}))

vonmises = Continuous(theirs.vonmises, Law(
    lambda z, k: -k * np.sin(z),
    shapes=(lambda z, k: np.cos(z) - mean_cosine(k),),
    cdf=(lambda z, k: circle_slope(k, z, 1),), at=((-1.5, 1.5), (0.6, 2.5))))
