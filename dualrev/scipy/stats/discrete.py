"""Distributions on whole numbers: the derivatives of log-probabilities and of the distribution function in the parameters.

N. L. Johnson, A. W. Kemp, S. Kotz, Univariate Discrete Distributions (2005).
"""

import numpy as np
import scipy.stats as theirs

from ...core.tracer import passive
from ...rules.quadrature import masked
from ...rules.special_gamma import digamma_rise
from ...rules.special_incomplete import beta_density, betainc_slope
from .families import Discrete, Law


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
