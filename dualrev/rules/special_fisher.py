"""scipy.special: the distribution of F in the degrees of freedom d and e, at a fixed variable x.

With z = d x / (d x + e) the density is z**(d/2) (1-z)**(e/2) / (x B(d/2, e/2)). Where d and e are far apart, the derivative of the beta function in its shape and that of z
nearly cancel. Then the density's own derivative is integrated: with theta(v) = log(v/2) - psi(v/2) and r = (1-z) (d+e) / e - 1 its logarithm's derivative in e is
half of log(1+r) - r + theta(e) - theta(d+e), and that in d follows from exchanging d with e and z with 1-z. Relative accuracy 1e-8 or better for 2e-3 <= d, e <= 2e4.
N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 27; DLMF 5.11.2 for theta.
"""

import functools
import math

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, elementwise
from ..core.tracer import apply, passive
from .arithmetic import number
from .densities import beta_kernel, plain_bow
from .quadrature import blockwise, by_rows, cumulative, entrywise, gauss, half_line, masked, within
from .special_gamma import BERNOULLI, plain_rise
from .special_incomplete import betainc_slope, is_traced
from .special_inverses import inverse

NODES = 256  # of an integral
SIMPLE = 16  # degrees of freedom below which psi and the logarithm may be subtracted
STEPS = 8  # upwards, to where Stirling's series is exact
LOST = 0.03  # of two terms, what has to be left of their sum


def plain_theta(v, i):
    """The i-th derivative of theta, of plain numbers: a sum of positive terms, up to where Stirling's series holds, and that."""
    x = v / 2
    low = x < STEPS
    y = np.where(low, x + STEPS, x)
    total = (-1) ** i * math.factorial(i) / (2 * y ** (i + 1))
    for k in range(1, 11):
        total = total + (-1) ** i * BERNOULLI[2 * k] / (2 * k) * sp.poch(2 * k, i) * y ** (-2 * k - i)
    u = x[low]
    for k in range(STEPS):
        z = u + k
        rest = -np.log1p(1 / z) if i == 0 else (-1) ** (i - 1) * math.factorial(i - 1) * (z**-i - (z + 1) ** -i)
        total[low] += (-1) ** i * math.factorial(i) / z ** (i + 1) + rest
    return total / 2**i


def theta(v, i):
    """The i-th derivative of log(v/2) - psi(v/2)."""
    return apply(theta, (v, i), {}) if is_traced(v) else blockwise(lambda v: plain_theta(v, i), v)


def plain_fall(v, c, i):
    """The same of plain numbers. Where v is small, psi and the logarithm differ by more than a share of 1 / v."""
    low = (v < SIMPLE) & (i == 0)
    y = np.empty(v.shape)
    y[low] = plain_rise(v[low] / 2, c[low] / 2) - np.log1p(c[low] / v[low])
    if not low.all():
        y[~low] = careful_fall(v[~low], c[~low], i)
    return y


def careful_fall(v, c, i):
    """The same by series; where it is small, an integral over the way from one to the other."""
    y, near = plain_theta(v, i) - plain_theta(v + c, i), c < v / 2
    v, c = v[near], c[near]
    nodes, weights = gauss(12)
    y[near] = -c * sum(weight * plain_theta(v + node * c, i + 1) for node, weight in zip(nodes, weights, strict=True))
    return y


def theta_fall(v, c, i):
    """The i-th derivative in v of theta(v) - theta(v + c)."""
    return apply(theta_fall, (v, c, i), {}) if is_traced(v, c) else blockwise(lambda v, c: plain_fall(v, c, i), v, c)


def bow(r):
    """log(1+r) - r, without cancellation."""
    return apply(bow, (r,), {}) if is_traced(r) else blockwise(lambda r: plain_bow(r, np.log1p(r)), r)


elementwise(theta, lambda y, v, i: theta(v, i + 1), None, domain=[lambda rng, i=i: ((rng.uniform(0.3, 30.0, 3), i), {}) for i in (0, 1)])
elementwise(theta_fall, lambda y, v, c, i: theta_fall(v, c, i + 1), lambda y, v, c, i: -theta(v + c, i + 1), None,
            domain=[lambda rng, s=s, i=i: ((rng.uniform(0.5, 3.0, 3), s * rng.uniform(0.5, 3.0, 3), i), {}) for i in (0, 1) for s in (0.1, 2.0)])
elementwise(bow, lambda y, r: -r / (1 + r), domain=(-0.6, 3.0))


def log_slope(d, e, r, s, bows, i, j):
    """The derivative, i times in d and j times in e, of the logarithm of the density; s is r with d and e exchanged, ``bows`` give their log(1+r) - r.

    Further derivatives than the first: (d+e) log(1+r) is homogeneous in d and e.
    """
    if i + j == 1:
        return (bows[0]() + theta_fall(d, e, 0) if i else bows[1]() + theta_fall(e, d, 0)) / 2
    n = i + j
    own = theta_fall(d, e, i - 1) if j == 0 else theta_fall(e, d, j - 1) if i == 0 else -theta(d + e, n - 1)
    rest = sum((k + m - 1) * math.comb(i, k) * math.comb(j, m) * s**k * r**m for k in range(i + 1) for m in range(j + 1) if k + m > 1)
    return (own + (-1) ** n * math.factorial(n - 2) * rest / (d + e) ** (n - 1)) / 2


def fisher_density(d, e, x):
    """The density of F."""
    if is_traced(d, e, x):
        return apply(fisher_density, (d, e, x), {})
    return blockwise(plain_density, d, e, x)


def plain_density(d, e, x):
    """The same of plain numbers."""
    w = d * x + e
    return beta_kernel(d / 2, e / 2, e * (x - 1) / w, d * (1 - x) / w, -np.log1p(e / (d * x)), -np.log1p(d * x / e)) / x


def careful_bow(r, one):
    """That of r = one - 1, which ``one`` says better where it is small."""
    far = passive(one) < 0.5
    return number(np.where(far, np.log(masked(one, far, 0.5)) - r, bow(masked(r, ~far, 0.0))))


def fisher_factor(d, e, x, m, n):
    """The derivative of the density, m times in d and n times in e, over the density."""
    w = d * x + e
    r, s = d * (1 - x) / w, e * (x - 1) / w
    bows = lambda: careful_bow(s, x * (d + e) / w), lambda: careful_bow(r, (d + e) / w)
    return cumulative(lambda i, j: log_slope(d, e, r, s, bows, i, j), m, n)


def integrals(d, e, x, m, n):
    """Integrate over z e**-u below the mean, x < 1; columns."""
    a, b = d / 2, e / 2
    log_z = -np.log1p(e / (d * x))
    whole, mean, rest, first = a + b, np.log1p(b / a), np.log1p(a / b), -sp.betaln(a, b)

    def integrand(u):
        log = log_z - u
        other = -np.expm1(log)
        log_other = np.log(other)
        r = np.where(a < b, (a - np.exp(log) * whole) / b, other * whole / b - 1)
        s = -r * b / a
        bows = lambda: plain_bow(s, log + mean), lambda: plain_bow(r, log_other + rest)
        factor = cumulative(lambda i, j: log_slope(d, e, r, s, bows, i, j), m, n)
        return np.exp(a * log + (b - 1) * log_other + first) * factor

    return half_line(integrand, 1e-14 * np.minimum(1 / (1 + whole), -log_z), 40 / a + 9 / np.sqrt(a), NODES)


def carefully(d, e, x, m, n):
    """The derivative by integrals, from the nearer end."""
    upper = x > 1
    below = entrywise(lambda d, e, x: integrals(d, e, x, m, n), d[~upper], e[~upper], x[~upper])
    y = np.empty(x.shape)
    y[~upper] = below
    y[upper] = -entrywise(lambda d, e, x: integrals(d, e, x, n, m), e[upper], d[upper], 1 / x[upper])
    return np.where((x > 0) & (x < np.inf), y, np.where(np.isnan(x), np.nan, 0.0))


def quickly(d, e, x, m, n, density):
    """The first derivative in d (m = 1) or e, from that of the beta function in its shape and that of its variable, and the larger of these."""
    near = d * x < e
    below = lambda d, e, x: betainc_slope(d / 2, e / 2, d * x / (d * x + e), m, n)
    above = lambda d, e, x: -betainc_slope(e / 2, d / 2, e / (d * x + e), n, m)
    slope = by_rows(near[:, None], below, above, d, e, x)
    density = fisher_density(d, e, x) if density is None else density
    move = (1 if m else -1) * x * density / (d if m else e)
    return slope / 2 + move, np.abs(move)


def fisher_slope(d, e, x, m, n):
    """The derivative of scipy.special.fdtr, m times in d and n times in e."""
    return apply(fisher_slope, (d, e, x, m, n), {}) if is_traced(d, e, x) else plain_slope(d, e, x, m, n)


def plain_slope(d, e, x, m, n, density=None):
    """The same of plain numbers; ``density`` is that of F, where it is known."""
    within("scipy.special.fdtr in dfn and dfd", (np.minimum(d, e) < 2e-3) | (np.maximum(d, e) > 2e4), "2e-3 <= dfn, dfd <= 2e4")
    kind, shape = np.result_type(*map(np.asarray, (d, e, x)), np.float16), np.broadcast_shapes(*map(np.shape, (d, e, x)))
    d, e, x = (np.broadcast_to(np.asarray(a, float), shape).reshape(-1) for a in (d, e, x))
    density = None if density is None else np.broadcast_to(density, shape).reshape(-1)
    with np.errstate(all="ignore"):
        y, size = quickly(d, e, x, m, n, density) if m + n == 1 else (np.full(x.shape, np.nan), np.inf)
        lost = ~(np.abs(y) > LOST * size)
        if np.any(lost):
            y[lost] = carefully(d[lost], e[lost], x[lost], m, n)
    return y.reshape(shape).astype(kind, copy=False)[()]


def variable_slope(y, d, e, x):
    """That of the density: x f' / f = d e (1 - x) / (2 (d x + e)) - 1."""
    return y * (d * e * (1 - x) / (2 * (d * x + e)) - 1) / x


def partials(sign, which, y, d, e, x):
    """Those of scipy.special.fdtr, which share the density."""
    density = fisher_density(d, e, x)
    slope = fisher_slope if is_traced(d, e, x) else functools.partial(plain_slope, density=density)
    rules = (lambda: slope(d, e, x, 1, 0), lambda: slope(d, e, x, 0, 1), lambda: density)
    return {i: sign * rules[i]() for i in which}


def drawn(*orders):
    """Samples on both sides of the mean."""
    return lambda rng: ((*rng.uniform(1.0, 4.0, (2, 3)), np.array([0.4, 0.8, 2.0]) * rng.uniform(0.9, 1.1, 3), *orders), {})


elementwise(fisher_density, lambda y, d, e, x: y * fisher_factor(d, e, x, 1, 0), lambda y, d, e, x: y * fisher_factor(d, e, x, 0, 1), variable_slope, domain=(0.5, 3.0))
elementwise(fisher_slope, lambda y, d, e, x, m, n: fisher_slope(d, e, x, m + 1, n), lambda y, d, e, x, m, n: fisher_slope(d, e, x, m, n + 1),
            lambda y, d, e, x, m, n: fisher_density(d, e, x) * fisher_factor(d, e, x, m, n), None, None, domain=[drawn(1, 0), drawn(0, 1), drawn(1, 1)])
for function, sign in ((sp.fdtr, 1.0), (sp.fdtrc, -1.0)):
    elementwise(function, lambda y, d, e, x, s=sign: s * fisher_slope(d, e, x, 1, 0), lambda y, d, e, x, s=sign: s * fisher_slope(d, e, x, 0, 1),
                lambda y, d, e, x, s=sign: s * fisher_density(d, e, x), domain=(0.3, 2.0)).together = functools.partial(partials, sign)

P, PLUS = (0.2, 0.8), (1.5, 4.0)
inverse(sp.fdtri, TABLE[sp.fdtr].rules, 2, (PLUS, PLUS, P))
inverse(sp.fdtridfd, TABLE[sp.fdtr].rules, 1, (PLUS, (0.3, 0.5), (0.8, 1.2)))
