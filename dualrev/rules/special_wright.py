"""scipy.special: Wright's generalised Bessel function W(a, b, x) = sum of x**k / (k! Gamma(a k + b)), in every argument.

In x the derivative is W(a, a+b, x); in a and b the series is differentiated term by term, to 1e-8 or better (relative to the derivative or to the function)
for 0 <= a <= 20, 1e-3 <= b <= 200 and 0 <= x <= 500; it raises beyond. Many entries are summed with as many terms as each takes.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import apply
from .effort import by_effort
from .hypergeometric_series import certain
from .quadrature import MANY, cumulative, entrywise, within, worst
from .special_gamma import psi_slope
from .special_incomplete import is_traced


def wright_columns(a, b, x, p, q):
    """The sum of k**p x**k / k! times the q-th derivative of 1 / Gamma at a k + b; its error bound; the function."""
    most = worst(x)
    k = np.arange(int(most + 9 * np.sqrt(most) + 20))
    s = a * k + b
    term = np.exp(sp.xlogy(k, x) - sp.gammaln(k + 1) - sp.gammaln(s))
    slope = term * k**p * cumulative(lambda i, _: -psi_slope(s, i - 1), q)
    return np.sum(slope, axis=-1), 1e-12 * np.sum(np.abs(slope), axis=-1), np.sum(term, axis=-1)


def terms(a, b, x):
    """A number of terms after which one is below e**-30 of the first: Newton's method from above for the logarithm, which is concave, by Stirling's formula."""
    most = x + 9 * np.sqrt(x) + 20
    k, first = most, (b - 0.5) * np.log(b) - b
    for _ in range(3):
        s = a * k + b
        rise, log = np.log(k / x), np.log(s)
        k = np.maximum(k - (k * (rise - 1) + (s - 0.5) * log - s - first - 30) / (rise + a * log), 2.0)
    return np.fmin(k + 2, most)


def in_turn(n, a, b, x, p, q, other):
    """The same derivative by n terms, one after the other, of vectors; by ``other`` where that is not enough to be certain."""
    log, shape = np.log(x), np.broadcast_shapes(a.shape, b.shape, x.shape)
    total, slope, size = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for k in range(n):
        s = a * k + b
        exponent = -math.lgamma(k + 1) - sp.gammaln(s)
        term = np.exp(exponent + k * log if k else exponent)
        total += term
        share = term * cumulative(lambda i, _, s=s: -psi_slope(s, i - 1), q)
        if p:
            share *= k**p
        slope += share
        size += np.abs(share)
    doubtful = ~((1e-12 * size <= 1e-10 * (np.abs(slope) + total)) & (np.abs(share) <= 1e-12 * size)) & (x > 0)
    if np.any(doubtful):
        slope[doubtful] = other(*(np.broadcast_to(z, shape)[doubtful] for z in (a, b, x)))
    return slope


def wright_slope(a, b, x, p, q):
    """The sum with k**p and the q-th derivative of 1 / Gamma."""
    if is_traced(a, b, x):
        return apply(wright_slope, (a, b, x, p, q), {})
    if not p + q:
        return sp.wright_bessel(a, b, x)
    name = "scipy.special.wright_bessel in a and b"
    a, b, x = map(np.asarray, (a, b, x))
    within(name, (a < 0) | (a > 20) | (b < 1e-3) | (b > 250) | (x < 0) | (x > 500), "0 <= a <= 20, 1e-3 <= b <= 200 and 0 <= x <= 500")

    def columns(a, b, x):
        return entrywise(lambda a, b, x: certain(name, *wright_columns(a, b, x, p, q)), a, b, x)

    if np.broadcast(a, b, x).size <= MANY:
        return columns(a, b, x)
    with np.errstate(all="ignore"):
        count = terms(a, b, x)
    return by_effort((lambda n, a, b, x: in_turn(n, a, b, x, p, q, columns),), 0, count, a, b, x)


def in_variable(y, a, b, x, p, q):
    """k x**(k-1) / k! is x**j / j! with k = j + 1."""
    return sum(math.comb(p, i) * wright_slope(a, a + b, x, i, q) for i in range(p + 1))


elementwise(wright_slope, lambda y, a, b, x, p, q: wright_slope(a, b, x, p + 1, q + 1), lambda y, a, b, x, p, q: wright_slope(a, b, x, p, q + 1), in_variable, None, None,
            domain=lambda rng: ((*rng.uniform(0.3, 2.0, (3, 3)), 1, 1), {}))
elementwise(sp.wright_bessel, lambda y, a, b, x: wright_slope(a, b, x, 1, 1), lambda y, a, b, x: wright_slope(a, b, x, 0, 1), lambda y, a, b, x: sp.wright_bessel(a, a + b, x),
            domain=(0.3, 2.0))
if hasattr(sp, "log_wright_bessel"):  # from SciPy 1.14
    elementwise(sp.log_wright_bessel, lambda y, a, b, x: wright_slope(a, b, x, 1, 1) * np.exp(-y), lambda y, a, b, x: wright_slope(a, b, x, 0, 1) * np.exp(-y),
                lambda y, a, b, x: np.exp(sp.log_wright_bessel(a, a + b, x) - y), domain=(0.3, 2.0))
