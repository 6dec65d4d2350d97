"""scipy.special: the incomplete gamma and beta functions, their inverses, and the distributions that they are.

The derivatives in the parameters are integrals of the density times a polynomial in logarithms, over that side of x on which the
integrand (nearly) keeps its sign; relative accuracy 1e-9 for parameters from 1e-3 to 1e4. Up to the third derivatives of many entries are series and
continued fractions, which are quicker there.
"""

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import Tracer, apply
from . import densities
from .incomplete_beta import beta_in_shape
from .incomplete_gamma import gamma_in_shape
from .quadrature import MANY, blockwise, cumulative, entrywise, half_line, within
from .special_gamma import digamma_rise, polygamma_rise, psi_slope

HIGHEST = 3  # the order up to which it is known how many terms are enough


def is_traced(*args):
    """Whether an argument carries a derivative."""
    return any(isinstance(a, Tracer) for a in args)


def gamma_density(a, x):
    """x**(a-1) e**-x / Gamma(a)."""
    return apply(gamma_density, (a, x), {}) if is_traced(a, x) else blockwise(densities.gamma, a, x)


def gamma_factor(a, log_t, m):
    """The m-th derivative of the density in a, over the density."""
    return cumulative(lambda i, j: (log_t if i == 1 else 0.0) - psi_slope(a, i - 1), m)


def gammainc_columns(a, x, m):
    """Integrate below x where x < a, above otherwise."""
    lower = x < a
    p, q = np.where(lower, a, 1.0), np.where(lower, x, 1.0)
    below = half_line(lambda u: np.exp(p * (np.log(q) - u) - q * np.exp(-u) - sp.gammaln(p)) * gamma_factor(p, np.log(q) - u, m),
                      1e-18 / (1 + p), 80 / p + 12 / np.sqrt(p))
    p, q = np.where(lower, 1.0, a), np.where(lower, 1.0, x)
    above = half_line(lambda u: np.exp((p - 1) * np.log(q + u) - q - u - sp.gammaln(p)) * gamma_factor(p, np.log(q + u), m),
                      1e-18 * np.minimum(1.0, q), 100 + 14 * np.sqrt(q))
    r = np.where(lower[:, 0], below, -above)
    return np.where((x[:, 0] == 0) | (x[:, 0] == np.inf), 0.0, r)


def gammainc_slope(a, x, m):
    """The m-th derivative of scipy.special.gammainc in a."""
    if is_traced(a, x):
        return apply(gammainc_slope, (a, x, m), {})
    within("scipy.special.gammainc in a", (np.asarray(a) < 1e-3) | (np.asarray(a) > 1e4), "1e-3 <= a <= 1e4")
    if m <= HIGHEST and np.broadcast(a, x).size > MANY:
        return gamma_in_shape(a, x, m)  # of the arrays as they are: what one shape gives is made once
    return entrywise(lambda a, x: gammainc_columns(a, x, m), a, x)


elementwise(gamma_density, lambda y, a, x: y * gamma_factor(a, np.log(x), 1), lambda y, a, x: y * (a - 1 - x) / x, domain=(0.3, 2.0))
elementwise(gammainc_slope, lambda y, a, x, m: gammainc_slope(a, x, m + 1), lambda y, a, x, m: gamma_density(a, x) * gamma_factor(a, np.log(x), m), None,
            domain=[lambda rng: ((rng.uniform(0.3, 3.0, 3), rng.uniform(0.3, 3.0, 3), 1), {}), lambda rng: ((rng.uniform(0.3, 3.0, 3), rng.uniform(0.3, 3.0, 3), 2), {})])
elementwise(sp.gammainc, lambda y, a, x: gammainc_slope(a, x, 1), lambda y, a, x: gamma_density(a, x), domain=(0.3, 2.0))
elementwise(sp.gammaincc, lambda y, a, x: -gammainc_slope(a, x, 1), lambda y, a, x: -gamma_density(a, x), domain=(0.3, 2.0))
elementwise(sp.gammaincinv, lambda y, a, p: -gammainc_slope(a, y, 1) / gamma_density(a, y), lambda y, a, p: 1 / gamma_density(a, y), domain=(0.2, 0.9))
elementwise(sp.gammainccinv, lambda y, a, p: -gammainc_slope(a, y, 1) / gamma_density(a, y), lambda y, a, p: -1 / gamma_density(a, y), domain=(0.2, 0.9))

elementwise(sp.chdtr, lambda y, v, x: gammainc_slope(v / 2, x / 2, 1) / 2, lambda y, v, x: gamma_density(v / 2, x / 2) / 2, domain=(0.3, 2.0))
elementwise(sp.chdtrc, lambda y, v, x: -gammainc_slope(v / 2, x / 2, 1) / 2, lambda y, v, x: -gamma_density(v / 2, x / 2) / 2, domain=(0.3, 2.0))
elementwise(sp.chdtri, lambda y, v, p: -gammainc_slope(v / 2, y / 2, 1) / gamma_density(v / 2, y / 2), lambda y, v, p: -2 / gamma_density(v / 2, y / 2), domain=(0.2, 0.9))
elementwise(sp.gdtr, lambda y, a, b, x: x * gamma_density(b, a * x), lambda y, a, b, x: gammainc_slope(b, a * x, 1), lambda y, a, b, x: a * gamma_density(b, a * x),
            domain=(0.3, 2.0))
elementwise(sp.gdtrc, lambda y, a, b, x: -x * gamma_density(b, a * x), lambda y, a, b, x: -gammainc_slope(b, a * x, 1), lambda y, a, b, x: -a * gamma_density(b, a * x),
            domain=(0.3, 2.0))
elementwise(sp.pdtr, None, lambda y, k, m: -gamma_density(np.floor(k) + 1, m), domain=(0.3, 2.0), notes="piecewise constant in k: raises there")
elementwise(sp.pdtrc, None, lambda y, k, m: gamma_density(np.floor(k) + 1, m), domain=(0.3, 2.0), notes="piecewise constant in k: raises there")


def beta_density(a, b, x):
    """x**(a-1) (1-x)**(b-1) / B(a, b)."""
    return apply(beta_density, (a, b, x), {}) if is_traced(a, b, x) else blockwise(densities.beta, a, b, x)


def beta_factor(a, b, log_t, log_rest, m, n):
    """The (m, n)-th derivative of the density in a and b, over the density."""
    def slopes(i, j):
        if i + j == 1:
            return digamma_rise(a, b) + log_t if i else digamma_rise(b, a) + log_rest
        return psi_slope(a + b, i + j - 1) if i and j else polygamma_rise(a, b, i - 1) if i else polygamma_rise(b, a, j - 1)

    return cumulative(slopes, m, n)


def betainc_columns(a, b, x, m, n):
    """Integrate over t = x e**-u below x where x is below the mean, and the mirrored function otherwise."""
    lower = x < a / (a + b)
    log_x = np.where(lower, np.log(x), np.log1p(-x))
    p, q = np.where(lower, a, b), np.where(lower, b, a)

    def integrand(u):
        log_t = log_x - u
        log_rest = np.where(log_t < -0.7, np.log1p(-np.exp(log_t)), np.log(-np.expm1(log_t)))
        mine = np.where(lower, beta_factor(p, q, log_t, log_rest, m, n), beta_factor(p, q, log_t, log_rest, n, m))
        return np.exp(p * log_t + (q - 1) * log_rest - sp.betaln(p, q)) * mine

    r = half_line(integrand, 1e-18 * np.minimum(1 / (1 + a + b), -log_x), 80 / p + 12 / np.sqrt(p), 640)
    r = np.where(lower[:, 0], r, -r)
    return np.where((x[:, 0] == 0) | (x[:, 0] == 1), 0.0, r)


def betainc_slope(a, b, x, m, n):
    """The derivative of scipy.special.betainc, m times in a and n times in b."""
    if is_traced(a, b, x):
        return apply(betainc_slope, (a, b, x, m, n), {})
    small, large = np.minimum(a, b), np.maximum(a, b)
    within("scipy.special.betainc in a and b", (small < 1e-3) | (large > 1e4), "1e-3 <= a, b <= 1e4")
    def integrals(a, b, x):
        return entrywise(lambda a, b, x: betainc_columns(a, b, x, m, n), a, b, x)

    return beta_in_shape(a, b, x, m, n, integrals) if m + n <= HIGHEST and np.broadcast(a, b, x).size > MANY else integrals(a, b, x)


elementwise(beta_density, lambda y, a, b, x: y * beta_factor(a, b, np.log(x), np.log1p(-x), 1, 0), lambda y, a, b, x: y * beta_factor(a, b, np.log(x), np.log1p(-x), 0, 1),
            lambda y, a, b, x: y * ((a - 1) / x - (b - 1) / (1 - x)), domain=(0.2, 0.9))
elementwise(betainc_slope, lambda y, a, b, x, m, n: betainc_slope(a, b, x, m + 1, n), lambda y, a, b, x, m, n: betainc_slope(a, b, x, m, n + 1),
            lambda y, a, b, x, m, n: beta_density(a, b, x) * beta_factor(a, b, np.log(x), np.log1p(-x), m, n), None, None,
            domain=[lambda rng, m=m, n=n: ((rng.uniform(0.3, 3.0, 3), rng.uniform(0.3, 3.0, 3), rng.uniform(0.1, 0.9, 3), m, n), {}) for m, n in ((1, 0), (0, 1), (1, 1))])


def betainc_partials(sign):
    """The partials of betainc in a, b and x, times a sign."""
    return (lambda y, a, b, x: sign * betainc_slope(a, b, x, 1, 0), lambda y, a, b, x: sign * betainc_slope(a, b, x, 0, 1),
            lambda y, a, b, x: sign * beta_density(a, b, x))


def inverse_partials(sign):
    """The partials of the inverse, from those of the function at the value."""
    return (lambda y, a, b, p: -betainc_slope(a, b, y, 1, 0) / beta_density(a, b, y), lambda y, a, b, p: -betainc_slope(a, b, y, 0, 1) / beta_density(a, b, y),
            lambda y, a, b, p: sign / beta_density(a, b, y))


elementwise(sp.betainc, *betainc_partials(1.0), domain=(0.2, 0.9))
elementwise(sp.betaincc, *betainc_partials(-1.0), domain=(0.2, 0.9))
elementwise(sp.betaincinv, *inverse_partials(1.0), domain=(0.2, 0.9))
elementwise(sp.betainccinv, *inverse_partials(-1.0), domain=(0.2, 0.9))


COUNTS = "the counts are rounded down to whole numbers: no derivative in them"
for function, s in ((sp.bdtr, -1.0), (sp.bdtrc, 1.0)):
    elementwise(function, None, None, lambda y, k, n, p, s=s: s * beta_density(np.floor(k) + 1, np.trunc(n) - np.floor(k), p), notes=COUNTS,
                domain=lambda rng: ((2.0, 5, rng.uniform(0.2, 0.8, 3)), {}))
for function, s in ((sp.nbdtr, 1.0), (sp.nbdtrc, -1.0)):
    elementwise(function, None, None, lambda y, k, n, p, s=s: s * beta_density(np.trunc(n), np.trunc(k) + 1.0, p), notes=COUNTS,
                domain=lambda rng: ((2, 5, rng.uniform(0.2, 0.8, 3)), {}))
