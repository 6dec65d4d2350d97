"""Distributions on whole numbers: the derivatives of log-probabilities and of the distribution function in the parameters.

N. L. Johnson, A. W. Kemp, S. Kotz, Univariate Discrete Distributions (2005).
"""

import numpy as np
import scipy.stats as theirs

from ...core.tracer import passive
from ...rules.quadrature import masked
from ...rules.special_gamma import digamma_rise
from ...rules.special_incomplete import beta_density, betainc_slope
from .families import Discrete
from .laws import Law


def per(k, p):
    """K / p, and 0 for k = 0 whatever p is: the slope of k log p."""
    some = np.asarray(passive(k)) != 0
    return masked(k / masked(p, some, 1.0), some, 0.0)


NATURAL = lambda *shapes: (0, np.inf)

poisson: Discrete = Discrete(theirs.poisson, Law(
    shapes=(lambda k, mu: per(k, mu) - 1,),
    pmf=(lambda k, mu: poisson.pmf(k - 1, mu) - poisson.pmf(k, mu),),
    cdf=(lambda k, mu: -poisson.pmf(k, mu),),
    support=NATURAL, middle=lambda mu: 1, at=((0, 6), (0.7, 4.0))))

binom: Discrete = Discrete(theirs.binom, Law(
    shapes=(None, lambda k, n, p: per(k, p) - per(n - k, 1 - p)),
    pmf=(None, lambda k, n, p: n * (binom.pmf(k - 1, n - 1, p) - binom.pmf(k, n - 1, p))),
    cdf=(None, lambda k, n, p: -n * binom.pmf(k, n - 1, p)),
    support=lambda n, p: (0, n), middle=lambda n, p: 0, at=((0, 5), (5, 7), (0.2, 0.8))))

bernoulli = Discrete(theirs.bernoulli, Law(
    shapes=(lambda k, p: per(k, p) - per(1 - k, 1 - p),),
    pmf=(lambda k, p: 2.0 * k - 1 + 0.0 * p,),
    cdf=(lambda k, p: k - 1.0 + 0.0 * p,),
    support=lambda p: (0, 1), middle=lambda p: 0, at=((0, 1), (0.2, 0.8))))

geom = Discrete(theirs.geom, Law(
    shapes=(lambda k, p: 1 / p - per(k - 1, 1 - p),),
    pmf=(lambda k, p: (1 - p) ** (k - 1) - p * (k - 1) * (1 - p) ** np.maximum(k - 2.0, 0.0),),
    cdf=(lambda k, p: k * (1 - p) ** (k - 1),),
    upper_shapes=(lambda k, p: -k / (1 - p),),
    support=lambda p: (1, np.inf), middle=lambda p: 1, at=((1, 6), (0.2, 0.8))))

nbinom = Discrete(theirs.nbinom, Law(
    shapes=(lambda k, n, p: digamma_rise(n, k) + np.log(p), lambda k, n, p: n / p - per(k, 1 - p)),
    cdf=(lambda k, n, p: betainc_slope(n, k + 1.0, p, 1, 0), lambda k, n, p: beta_density(n, k + 1.0, p)),
    support=NATURAL, middle=lambda n, p: 1, at=((0, 6), (1.3, 4.0), (0.3, 0.7))))


def pair_sums(k, n, a, b, which, upper):
    """The probabilities of the counts above k, or of those up to k, and their derivatives in a or b, each added up."""
    k, n = np.asarray(passive(k)), np.asarray(passive(n))
    j = np.arange(int(np.max(n, initial=0)) + 1)
    k, n, a, b, upper = (np.expand_dims(x, -1) for x in (k, n, a, b, upper))
    chosen = np.where(upper, (j > k) & (j <= n), j <= k)
    at = np.where(chosen, j, 0)
    p = np.where(chosen, betabinom.pmf(at, n, a, b), 0.0)
    return np.sum(p, axis=-1), np.sum(p * pair_shape(at, n, a, b, which), axis=-1)


def above_mean(k, n, a, b):
    """Whether the terms above k, rather than those up to it, keep their sign."""
    return np.asarray(passive(k * (a + b)) > passive(n * a))


def pair_in_shape(k, n, a, b, which):
    """The derivative of the distribution function, by that side of k on which nothing cancels: that of all probabilities is 0."""
    upper = above_mean(k, n, a, b)
    return np.where(upper, -1.0, 1.0) * pair_sums(k, n, a, b, which, upper)[1]


def pair_tail(k, n, a, b, which):
    """That of log(1 - F); SciPy's value of 1 - F is a difference."""
    upper = above_mean(k, n, a, b)
    p, slope = pair_sums(k, n, a, b, which, upper)
    p = np.where(upper, p, 1 - p)
    return masked(np.where(upper, slope, -slope) / masked(p, passive(p) != 0, 1.0), passive(p) != 0, 0.0)


def pair_shape(k, n, a, b, which):
    """log B(a + k, b + n - k) - log B(a, b) in a (0) or b (1)."""
    mine, other, some = (a, b, k) if which == 0 else (b, a, n - k)
    return digamma_rise(mine, some) - digamma_rise(mine + other, n)


betabinom: Discrete = Discrete(theirs.betabinom, Law(
    shapes=(None, lambda k, n, a, b: pair_shape(k, n, a, b, 0), lambda k, n, a, b: pair_shape(k, n, a, b, 1)),
    cdf=(None, lambda k, n, a, b: pair_in_shape(k, n, a, b, 0), lambda k, n, a, b: pair_in_shape(k, n, a, b, 1)),
    upper_shapes=(None, lambda k, n, a, b: pair_tail(k, n, a, b, 0), lambda k, n, a, b: pair_tail(k, n, a, b, 1)),
    support=lambda n, a, b: (0, n), middle=lambda n, a, b: 0, at=((0, 5), (5, 7), (0.7, 2.5), (0.7, 2.5))))
