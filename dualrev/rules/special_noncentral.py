"""scipy.special: the noncentral chi-square and F distributions, in every argument, and their inverses: Poisson mixtures of gamma and beta distributions.

Over the mixture's index j, P(a + j) follows from one integral by P(a) - P(a+1) = h(a), which holds for the derivatives in a too; it is summed from the end
at which the terms keep their sign. Relative accuracy 1e-8 or better for shapes from 1e-2 to 1e3 and noncentralities from 0 to 2e3; it raises beyond.
"""

import numpy as np
import scipy.special as sp

from ..core.rows import TABLE, elementwise
from ..core.tracer import apply
from .effort import by_effort
from .quadrature import cumulative, entrywise, within
from .special_gamma import psi_slope
from .special_hypergeometric import times
from .special_incomplete import betainc_slope, gammainc_slope, is_traced, ratio
from .special_inverses import inverse


def mixture(compute, peak, mean, *args, ends=None):
    """Evaluate ``compute(k, weight, mean, *columns)``, one number a row, with the indices k that matter where the largest products are at ``peak`` and below, and their
    probabilities for Poisson variables of these means; ``ends(n, mean, *args)`` gives one column more."""
    def way(n, *parts):
        k = np.arange(n)

        def columns(mean, *rest):
            weight = np.exp(k * np.log(mean) - mean - sp.gammaln(k + 1))
            return compute(k, np.where(mean == 0, k == 0, weight), mean, *rest)

        return entrywise(columns, *parts, *([ends(n, *parts)] if ends else []))

    return by_effort((way,), 0, peak + 8 * np.sqrt(peak) + 18, mean, *args)


def added(first, table):
    """The sums of the first 0, 1, 2, ... columns after the first of a table, on top of ``first``."""
    table[:, :1] = first
    return np.cumsum(table, axis=1, out=table)


def log_gammas(a, k):
    """The logarithm of Gamma(a + k + 1) for all k."""
    return added(sp.gammaln(a + 1), np.log(a + k))


def psi_slopes(a, k, i):
    """The i-th derivative of psi at a + k + 1 for all k."""
    return psi_slope(a + k + 1, i) if i else added(sp.psi(a + 1), 1 / (a + k))


def gamma_steps(a, k, x, m):
    """The m-th derivative in a of h(a + k) = x**(a+k) e**-x / Gamma(a+k+1)."""
    log = np.log(x)
    return np.exp((a + k) * log - x - log_gammas(a, k)) * cumulative(lambda i, _: (log if i == 1 else 0.0) - psi_slopes(a, k, i - 1), m)


def beta_steps(a, k, b, x, m, n):
    """The derivative, m times in a and n times in b, of h(a + k), where h(a) = x**a (1-x)**b Gamma(a+b) / (Gamma(a+1) Gamma(b))."""
    log, rest = np.log(x), np.log1p(-x)

    def slopes(i, j):
        r = psi_slopes(a + b - 1, k, i + j - 1) - (0.0 if j else psi_slopes(a, k, i - 1)) - (0.0 if i else psi_slope(b, j - 1))
        return r + log if (i, j) == (1, 0) else r + rest if (i, j) == (0, 1) else r

    size = np.exp((a + k) * log + b * rest + log_gammas(a + b - 1, k) - log_gammas(a, k) - sp.gammaln(b))
    return size * cumulative(slopes, m, n)


def ladder(end, steps, weight, lower):
    """The sum of all P(a + j), weighed, from P at one end and all h(a + j): downwards from the last where ``lower``, else upwards from the first."""
    below = np.cumsum(weight, axis=1)
    above = np.cumsum(weight[:, ::-1], axis=1)[:, ::-1] - weight
    return end[:, 0] * below[:, -1] + np.sum(steps * np.where(lower, below, -above), axis=-1)


def gamma_peak(x, mean):
    """Where the largest products of probabilities and steps are, which reach up in the upper tail."""
    return np.maximum(mean, np.sqrt(mean * x))


def beta_peak(b, mean):
    """The same for beta distributions."""
    return (mean + np.sqrt(mean * mean + 4 * mean * b)) / 2


def gamma_domain(a, x, mean):
    """Where the accuracy is known; a step further for the derivatives."""
    a, x, mean = np.asarray(a), np.asarray(x), np.asarray(mean)
    within("scipy.special.chndtr", (a < 5e-3) | (a > 510) | (mean < 0) | (mean > 1e3) | (x <= 0), "0.01 <= df <= 1000, 0 <= nc <= 2000 and x > 0")


def beta_domain(a, b, x, mean):
    """Where the accuracy is known; a step further for the derivatives."""
    a, b, x, mean = map(np.asarray, (a, b, x, mean))
    outside = (np.minimum(a, b) < 5e-3) | (np.maximum(a, b) > 510) | (mean < 0) | (mean > 1e3) | (x <= 0) | (x >= 1)
    within("scipy.special.ncfdtr", outside, "0.01 <= dfn, dfd <= 1000, 0 <= nc <= 2000 and f > 0")


def chi_slope(a, x, mean, m):
    """The m-th derivative in a, m > 0, of the mixture of gammainc(a + j, x)."""
    if is_traced(a, x, mean):
        return apply(chi_slope, (a, x, mean, m), {})
    gamma_domain(a, x, mean)
    return mixture(lambda k, weight, mean, a, x, end: ladder(end, gamma_steps(a, k, x, m), weight, x < a + mean), gamma_peak(x, mean), mean, a, x,
                   ends=lambda n, mean, a, x: gammainc_slope(np.where(x < a + mean, a + n, a), x, m))


def chi_step(a, x, mean, m):
    """The m-th derivative in a of the mixture of h(a + j)."""
    if is_traced(a, x, mean):
        return apply(chi_step, (a, x, mean, m), {})
    gamma_domain(a, x, mean)
    return mixture(lambda k, weight, mean, a, x: np.sum(weight * gamma_steps(a, k, x, m), axis=-1), gamma_peak(x, mean), mean, a, x)


def chi_moment(a, x, mean, m):
    """The m-th derivative in a of the mixture of (a + j) h(a + j), which is x times the density."""
    return times(a, m, lambda i: chi_step(a, x, mean, i)) + mean * chi_step(a + 1, x, mean, m)


def drawn(rng, *rest):
    """A sample of positive arguments."""
    return (*rng.uniform(0.5, 3.0, (3, 3)), *rest), {}


elementwise(chi_step, lambda y, a, x, mean, m: chi_step(a, x, mean, m + 1), lambda y, a, x, mean, m: chi_moment(a, x, mean, m) / x - y,
            lambda y, a, x, mean, m: chi_step(a + 1, x, mean, m) - y, None, domain=[lambda rng, m=m: drawn(rng, m) for m in (0, 1)])
elementwise(chi_slope, lambda y, a, x, mean, m: chi_slope(a, x, mean, m + 1), lambda y, a, x, mean, m: chi_moment(a, x, mean, m) / x,
            lambda y, a, x, mean, m: -chi_step(a, x, mean, m), None, domain=lambda rng: drawn(rng, 1))
elementwise(sp.chndtr, lambda y, x, df, nc: chi_moment(df / 2, x / 2, nc / 2, 0) / x, lambda y, x, df, nc: chi_slope(df / 2, x / 2, nc / 2, 1) / 2,
            lambda y, x, df, nc: -chi_step(df / 2, x / 2, nc / 2, 0) / 2, domain=(0.5, 3.0))


def fisher_slope(a, b, x, mean, m, n):
    """The derivative, m times in a and n times in b, m + n > 0, of the mixture of betainc(a + j, b, x)."""
    if is_traced(a, b, x, mean):
        return apply(fisher_slope, (a, b, x, mean, m, n), {})
    beta_domain(a, b, x, mean)
    def lower(mean, a, b, x):
        return x < (a + mean) / (a + mean + b)

    return mixture(lambda k, weight, mean, a, b, x, end: ladder(end, beta_steps(a, k, b, x, m, n), weight, lower(mean, a, b, x)), beta_peak(b, mean), mean, a, b, x,
                   ends=lambda count, *at: betainc_slope(np.where(lower(*at), at[1] + count, at[1]), *at[2:], m, n))


def fisher_step(a, b, x, mean, m, n):
    """The derivative, m times in a and n times in b, of the mixture of h(a + j)."""
    if is_traced(a, b, x, mean):
        return apply(fisher_step, (a, b, x, mean, m, n), {})
    beta_domain(a, b, x, mean)
    return mixture(lambda k, weight, mean, a, b, x: np.sum(weight * beta_steps(a, k, b, x, m, n), axis=-1), beta_peak(b, mean), mean, a, b, x)


def fisher_moment(a, b, x, mean, m, n):
    """The derivative of the mixture of (a + j) h(a + j), which is x (1 - x) times the density."""
    return times(a, m, lambda i: fisher_step(a, b, x, mean, i, n)) + mean * fisher_step(a + 1, b, x, mean, m, n)


def fisher_step_in_variable(y, a, b, x, mean, m, n):
    """That of h is (a / x - b / (1 - x)) h."""
    return fisher_moment(a, b, x, mean, m, n) / x - times(b, n, lambda j: fisher_step(a, b, x, mean, m, j)) / (1 - x)


def beta_drawn(m, n):
    """A sample inside the interval."""
    return lambda rng: ((*rng.uniform(0.5, 3.0, (2, 3)), rng.uniform(0.2, 0.8, 3), rng.uniform(0.5, 3.0, 3), m, n), {})


elementwise(fisher_step, lambda y, a, b, x, mean, m, n: fisher_step(a, b, x, mean, m + 1, n), lambda y, a, b, x, mean, m, n: fisher_step(a, b, x, mean, m, n + 1),
            fisher_step_in_variable, lambda y, a, b, x, mean, m, n: fisher_step(a + 1, b, x, mean, m, n) - y, None, None, domain=[beta_drawn(0, 0), beta_drawn(1, 1)])
elementwise(fisher_slope, lambda y, a, b, x, mean, m, n: fisher_slope(a, b, x, mean, m + 1, n), lambda y, a, b, x, mean, m, n: fisher_slope(a, b, x, mean, m, n + 1),
            lambda y, a, b, x, mean, m, n: fisher_moment(a, b, x, mean, m, n) / (x * (1 - x)), lambda y, a, b, x, mean, m, n: -fisher_step(a, b, x, mean, m, n), None, None,
            domain=[beta_drawn(1, 0), beta_drawn(0, 1)])


def fisher_partial(k):
    """A partial of ncfdtr(d, e, nc, f) in d, e or f (k = 0, 1, 2): the beta function's own parameter, and what the argument does to its variable."""
    def partial(y, d, e, nc, f):
        z, move = ratio(d, e, f, k)
        r = fisher_moment(d / 2, e / 2, z, nc / 2, 0, 0) / (z * (1 - z)) * move
        return r if k == 2 else r + fisher_slope(d / 2, e / 2, z, nc / 2, 1 - k, k) / 2

    return partial


def fisher_in_noncentrality(y, d, e, nc, f):
    """-h / 2, mixed."""
    return -fisher_step(d / 2, e / 2, ratio(d, e, f, 2)[0], nc / 2, 0, 0) / 2


elementwise(sp.ncfdtr, fisher_partial(0), fisher_partial(1), fisher_in_noncentrality, fisher_partial(2), domain=(0.5, 3.0))

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
