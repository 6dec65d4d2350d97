"""scipy.special: the noncentral chi-square and F distributions, in every argument, and their inverses: Poisson mixtures of gamma and beta distributions.

The derivative in the noncentrality and in the variable are mixtures of the steps h(a) = P(a) - P(a+1), in the degrees of freedom those of their derivatives.
Relative accuracy 1e-8 or better for degrees from 1e-2 to 1e3 and noncentralities from 0 to 2e3; it raises beyond.
N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 2 (1995), chapters 29 and 30.
"""

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, constant, elementwise
from ..core.tracer import apply, passive
from . import special_fisher
from .mixtures import beginning, beta_family, ending, gamma_family, mixed_slopes, mixed_steps
from .quadrature import CHUNK, within
from .special_hypergeometric import times
from .special_incomplete import betainc_slope, gammainc_slope, is_traced
from .special_inverses import inverse

LOST = 1e-5  # times the degrees of freedom: of two terms, what has to be left of their sum
APART = 5e3  # of the degrees of freedom


def gamma_peak(a, x, mean):
    """The index j of the largest product of a probability and a step: there j (a + j) = mean x."""
    a = np.maximum(a, 0.0)
    return 2 * mean * x / np.maximum(a + np.sqrt(a * a + 4 * mean * x), 1e-300)


def beta_peak(a, b, x, mean):
    """The same for beta distributions: j (a + j) = mean x (a + b + j)."""
    half = (mean * x - np.maximum(a, 0.0)) / 2
    return half + np.sqrt(half * half + mean * x * np.maximum(a + b, 0.0))


def gamma_domain(a, x, mean):
    """Where the accuracy is known; a step further for the derivatives."""
    a, x, mean = np.asarray(a), np.asarray(x), np.asarray(mean)
    within("scipy.special.chndtr", (a < -0.995) | (a > 510) | (mean < 0) | (mean > 1e3) | (x <= 0), "0.01 <= df <= 1000, 0 <= nc <= 2000 and x > 0")
    return a, x, mean


def beta_domain(a, b, x, mean):
    """Where the accuracy is known; a step further for the derivatives."""
    a, b, x, mean = map(np.asarray, (a, b, x, mean))
    outside = (a < -0.995) | (b < 5e-3) | (np.maximum(a, b) > 510) | (mean < 0) | (mean > 1e3) | (x <= 0) | (x >= 1)
    within("scipy.special.ncfdtr", outside, "0.01 <= dfn, dfd <= 1000, 0 <= nc <= 2000 and f > 0")
    return a, b, x, mean


def chi_slope(a, x, mean, m):
    """The m-th derivative in a, m > 0, of the mixture of gammainc(a + j, x)."""
    if is_traced(a, x, mean):
        return apply(chi_slope, (a, x, mean, m), {})
    a, x, mean = gamma_domain(a, x, mean)
    with np.errstate(all="ignore"):
        peak, root = gamma_peak(a, x, mean), np.sqrt(x)
        ratio = (a + peak) / x
        last = np.maximum(ending(peak), np.minimum(np.maximum(peak, x - a) + 8.5 * root, np.where(ratio > 1.1, peak + 36 / np.log(ratio), np.inf)) + 18)
        upper = x > a + mean + 2 * np.sqrt(a + 2 * mean)
    return mixed_slopes(gamma_family, peak, last, x > a + mean, upper, mean, (a, x), (m,), lambda a, x: gammainc_slope(a, x, m))


def chi_step(a, x, mean, m):
    """The m-th derivative in a of the mixture of h(a + j), which is the density for a + 1."""
    if is_traced(a, x, mean):
        return apply(chi_step, (a, x, mean, m), {})
    a, x, mean = gamma_domain(a, x, mean)
    return mixed_steps(gamma_family, gamma_peak(a, x, mean), mean, (a, x), (m,))


def chi_moment(a, x, mean, m):
    """The m-th derivative in a of the mixture of (a + j) h(a + j)."""
    return times(a, m, lambda i: chi_step(a, x, mean, i)) + mean * chi_step(a + 1, x, mean, m)


def drawn(rng, *rest):
    """A sample of positive arguments."""
    return (*rng.uniform(0.5, 3.0, (3, 3)), *rest), {}


elementwise(chi_step, lambda y, a, x, mean, m: chi_step(a, x, mean, m + 1), lambda y, a, x, mean, m: chi_moment(a, x, mean, m) / x - y,
            lambda y, a, x, mean, m: chi_step(a + 1, x, mean, m) - y, None, domain=[lambda rng, m=m: drawn(rng, m) for m in (0, 1)])
elementwise(chi_slope, lambda y, a, x, mean, m: chi_slope(a, x, mean, m + 1), lambda y, a, x, mean, m: chi_step(a - 1, x, mean, m),
            lambda y, a, x, mean, m: -chi_step(a, x, mean, m), None, domain=lambda rng: drawn(rng, 1))
elementwise(sp.chndtr, lambda y, x, df, nc: chi_step(df / 2 - 1, x / 2, nc / 2, 0) / 2, lambda y, x, df, nc: chi_slope(df / 2, x / 2, nc / 2, 1) / 2,
            lambda y, x, df, nc: -chi_step(df / 2, x / 2, nc / 2, 0) / 2, domain=(0.5, 3.0))


def fisher_slope(a, b, x, mean, m, n):
    """The derivative, m times in a and n times in b, m + n > 0, of the mixture of betainc(a + j, b, x)."""
    if is_traced(a, b, x, mean):
        return apply(fisher_slope, (a, b, x, mean, m, n), {})
    a, b, x, mean = beta_domain(a, b, x, mean)
    with np.errstate(all="ignore"):
        peak, rate = beta_peak(a, b, x, mean), -np.log(x)
        middle = b * x / (1 - x) - a
        fall = -np.log(np.maximum(x * (a + b + peak) / (a + peak), x))
        last = np.maximum(ending(peak), np.minimum(np.maximum(peak, middle) + 8.5 * np.sqrt(b * x) / (1 - x) + 36 / rate, np.where(fall > 0.1, peak + 36 / fall, np.inf)) + 18)
        center = (a + mean) / (a + mean + b)
        upper = x > center + 2 * np.sqrt(center * (1 - center) / (a + b + 1))
    return mixed_slopes(beta_family, peak, last, x > center, upper, mean, (a, b, x), (m, n), lambda a, b, x: betainc_slope(a, b, x, m, n))


def fisher_step(a, b, x, mean, m, n):
    """The derivative, m times in a and n times in b, of the mixture of h(a + j)."""
    if is_traced(a, b, x, mean):
        return apply(fisher_step, (a, b, x, mean, m, n), {})
    a, b, x, mean = beta_domain(a, b, x, mean)
    return mixed_steps(beta_family, beta_peak(a, b, x, mean), mean, (a, b, x), (m, n))


def fisher_moment(a, b, x, mean, m, n):
    """The derivative of the mixture of (a + j) h(a + j)."""
    return times(a, m, lambda i: fisher_step(a, b, x, mean, i, n)) + mean * fisher_step(a + 1, b, x, mean, m, n)


def fisher_density(a, b, x, mean, m, n):
    """The derivative of the mixture of (a + j) h(a + j) / (x (1 - x)), which is b / (1 - x)**2 h(a + j - 1) with b + 1 for b."""
    return times(b, n, lambda j: fisher_step(a - 1, b + 1, x, mean, m, j)) / (1 - x) ** 2


def fisher_step_in_variable(y, a, b, x, mean, m, n):
    """That of h is (a / x - b / (1 - x)) h."""
    return fisher_moment(a, b, x, mean, m, n) / x - times(b, n, lambda j: fisher_step(a, b, x, mean, m, j)) / (1 - x)


def beta_drawn(m, n):
    """A sample inside the interval."""
    return lambda rng: ((*rng.uniform(0.5, 3.0, (2, 3)), rng.uniform(0.2, 0.8, 3), rng.uniform(0.5, 3.0, 3), m, n), {})


elementwise(fisher_step, lambda y, a, b, x, mean, m, n: fisher_step(a, b, x, mean, m + 1, n), lambda y, a, b, x, mean, m, n: fisher_step(a, b, x, mean, m, n + 1),
            fisher_step_in_variable, lambda y, a, b, x, mean, m, n: fisher_step(a + 1, b, x, mean, m, n) - y, None, None, domain=[beta_drawn(0, 0), beta_drawn(1, 1)])
elementwise(fisher_slope, lambda y, a, b, x, mean, m, n: fisher_slope(a, b, x, mean, m + 1, n), lambda y, a, b, x, mean, m, n: fisher_slope(a, b, x, mean, m, n + 1),
            lambda y, a, b, x, mean, m, n: fisher_density(a, b, x, mean, m, n), lambda y, a, b, x, mean, m, n: -fisher_step(a, b, x, mean, m, n), None, None,
            domain=[beta_drawn(1, 0), beta_drawn(0, 1)])


def ratio(d, e, x, k):
    """The beta variable of an F variable, and its derivative in d, e or x."""
    s = d * x + e
    return d * x / s, (x * e if k == 0 else -d * x if k == 1 else d * e) / (s * s)


def termwise(d, e, nc, f, k):
    """The derivative of ncfdtr in d or e (k = 0, 1) of vectors, by that of each distribution of F with d + 2 j degrees at f d / (d + 2 j), of which it is a mixture."""
    mean = nc / 2
    peak = beta_peak(d / 2, e / 2, ratio(d, e, f, 2)[0], mean)
    first, last = beginning(np.minimum(peak, mean)).min(), ending(np.maximum(peak, mean)).max()
    total = np.zeros_like(f)
    for j in np.arange(first, np.ceil(last) + 1):
        more = d + 2 * j
        at = more, e, d * f / more
        slope = special_fisher.fisher_slope(*at, 1 - k, k)
        if k == 0:
            slope = slope + special_fisher.fisher_density(*at) * 2 * j * f / more**2
        total += np.exp(sp.xlogy(j, mean) - mean - sp.gammaln(j + 1)) * slope
    return total


def gained(r, move, d, e, nc, f, k):
    """What has to be added to a derivative r that is nearly all of ``move`` taken away from a like number: a correction of rounding errors, without a derivative."""
    if is_traced(r, move, d, e, nc, f):
        return apply(gained, (r, move, d, e, nc, f, k), {})
    shape, kind = np.broadcast_shapes(*map(np.shape, (r, move, d, e, nc, f))), np.asarray(r).dtype
    r, move, *at = (np.broadcast_to(np.asarray(a, float), shape).reshape(-1) for a in (r, move, d, e, nc, f))
    y, lost = np.zeros_like(r), np.flatnonzero(np.abs(r) < LOST * np.maximum(at[0], at[1]) * np.abs(move))
    for first in range(0, len(lost), CHUNK):
        chosen = lost[first: first + CHUNK]
        y[chosen] = termwise(*(a[chosen] for a in at), k) - r[chosen]
    return y.reshape(shape).astype(kind, copy=False)[()]


def settled(y, d, e):
    """0, where the further derivatives, which are not corrected, are known to have eight digits in spite of a correction y."""
    if is_traced(y, d, e):
        return apply(settled, (y, d, e), {})
    d, e = np.asarray(d), np.asarray(e)
    far = (np.maximum(d, e) > APART * np.minimum(d, e)) & (np.asarray(y) != 0)
    within("the derivative of scipy.special.ncfdtr in dfn or dfd", far, f"dfn and dfd within a factor of {APART:.0f}")
    return np.zeros_like(far, float)[()]


constant(settled, batch="entries", notes="a check")
elementwise(gained, *[lambda y, r, move, d, e, nc, f, k: settled(*map(passive, (y, d, e)))] * 6, None, domain=lambda rng: ((*rng.uniform(1.0, 3.0, (6, 3)), 0), {}))


def fisher_partials(which, y, d, e, nc, f):
    """Partials of ncfdtr(d, e, nc, f): in d, e and f the beta function's own parameter, and what the argument does to its variable; in nc -h / 2, mixed."""
    at = d / 2, e / 2, ratio(d, e, f, 2)[0], nc / 2
    density = None if all(i == 2 for i in which) else fisher_density(*at, 0, 0)

    def in_freedom(k):
        r = density * ratio(d, e, f, k)[1]
        whole = r + fisher_slope(*at, 1 - k, k) / 2
        return whole + gained(whole, r, d, e, nc, f, k)

    made = (lambda: in_freedom(0), lambda: in_freedom(1), lambda: -fisher_step(*at, 0, 0) / 2, lambda: density * ratio(d, e, f, 2)[1])
    return {i: made[i]() for i in which}


def fisher_partial(i):
    """One of them."""
    return lambda y, d, e, nc, f: fisher_partials((i,), y, d, e, nc, f)[i]


elementwise(sp.ncfdtr, *map(fisher_partial, range(4)), domain=(0.5, 3.0)).together = fisher_partials

P, PLUS = (0.3, 0.7), (1.5, 3.0)
chi, fisher = TABLE[sp.chndtr].rules, TABLE[sp.ncfdtr].rules
inverse(sp.chndtrix, chi, 0, (P, PLUS, PLUS))
inverse(sp.chndtridf, chi, 1, ((2.0, 3.0), (0.2, 0.4), (0.5, 0.9)), of=sp.chndtr)
inverse(sp.chndtrinc, chi, 2, ((3.0, 4.0), (1.0, 1.5), (0.3, 0.5)), of=sp.chndtr)
inverse(sp.ncfdtri, fisher, 3, (PLUS, PLUS, PLUS, P))


def fisher_drawn(slot):
    """Arguments near which SciPy finds the root: it fails at others."""
    def draw(rng):
        at = [rng.uniform(x, 1.03 * x, 3) for x in (1.0, 1.0, 3.0, 4.0)]
        at[slot] = sp.ncfdtr(*at)
        return tuple(at), {}

    return draw


ROUGH = "SciPy finds this root to four digits, which are made exact, or not at all, where it raises"
for slot, found in enumerate((sp.ncfdtridfn, sp.ncfdtridfd, sp.ncfdtrinc)):
    inverse(found, fisher, slot, [fisher_drawn(slot)], ROUGH, sp.ncfdtr)
