"""Extremes, excesses and heavy tails: closed forms in the variable and in the shapes, for both tails.

N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions (1994, 1995); S. Coles, An Introduction to Statistical Modeling of Extreme Values (2001).
"""

import math

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...rules.special_exponential import bent
from .continuous import HALF_LINE, UNIT, from_zero, over
from .families import Continuous, Law


def root_in_shape(log, c, z):
    """The derivative in c of log(1 + c z) / c, whose value is ``log``."""
    return -bent(log, c) / (1 + c * z)


def excess(z, c):
    """-log(1 - F) of the generalised Pareto distribution, log(1 + c z) / c."""
    return -genpareto.logsf(z, c)


genpareto: Continuous = Continuous(theirs.genpareto, Law(
    lambda z, c: -(c + 1) / (1 + c * z),
    shapes=(lambda z, c: -z / (1 + c * z) - root_in_shape(excess(z, c), c, z),),
    cdf=(lambda z, c: genpareto.sf(z, c) * root_in_shape(excess(z, c), c, z),),
    upper=lambda y, z, c: -1 / (1 + c * z), upper_shapes=(lambda y, z, c: -root_in_shape(-y, c, z),),
    support=lambda c: (0.0, np.where(c < 0, -1 / np.where(c < 0, c, -1.0), np.inf)), middle=lambda c: 0.5 / np.maximum(1.0, -c), at=((0.2, 1.7), (-0.4, 0.6))))


def rarity(z, c):
    """-log F of the generalised extreme value distribution, (1 - c z)**(1/c)."""
    return -genextreme.logcdf(z, c)


def rarity_in_shape(t, z, c):
    """Of its logarithm in c."""
    return root_in_shape(-np.log(t), -c, z)


def extreme_in_shape(z, c, density):
    """The derivative in c of log f, or of F."""
    t = rarity(z, c)
    slope = rarity_in_shape(t, z, c)
    return (1 - t) * slope + z / (1 - c * z) if density else -t * np.exp(-t) * slope


genextreme: Continuous = Continuous(theirs.genextreme, Law(
    lambda z, c: (rarity(z, c) - 1 + c) / (1 - c * z),
    shapes=(lambda z, c: extreme_in_shape(z, c, True),),
    cdf=(lambda z, c: extreme_in_shape(z, c, False),),
    lower=lambda y, z, c: -y / (1 - c * z), lower_shapes=(lambda y, z, c: y * rarity_in_shape(-y, z, c),),
    support=lambda c: (np.where(c < 0, 1 / np.where(c < 0, c, 1.0), -np.inf), np.where(c > 0, 1 / np.where(c > 0, c, 1.0), np.inf)), middle=lambda c: 0.0,
    at=((-0.9, 1.3), (-0.5, 0.5))))

weibull_max = Continuous(theirs.weibull_max, Law(
    lambda z, c: -over(c - 1, -z) + c * (-z) ** (c - 1),
    shapes=(lambda z, c: 1 / c + np.log(-z) * (1 - (-z) ** c),),
    cdf=(lambda z, c: -np.exp(-((-z) ** c)) * sp.xlogy((-z) ** c, -z),),
    lower=lambda y, z, c: c * (-z) ** (c - 1), lower_shapes=(lambda y, z, c: -sp.xlogy((-z) ** c, -z),),
    support=lambda c: (-np.inf, 0.0), middle=lambda c: -0.5, at=((-1.7, -0.3), (0.7, 2.2))))

invweibull = Continuous(theirs.invweibull, Law(
    lambda z, c: (c * z**-c - (c + 1)) / z,
    shapes=(lambda z, c: 1 / c + np.log(z) * (z**-c - 1),),
    cdf=(lambda z, c: np.exp(-(z**-c)) * z**-c * np.log(z),),
    lower=lambda y, z, c: c * z ** (-c - 1), lower_shapes=(lambda y, z, c: z**-c * np.log(z),),
    support=HALF_LINE, at=((0.4, 2.5), (0.7, 2.2))))

lomax = Continuous(theirs.lomax, Law(
    lambda z, c: -(c + 1) / (1 + z),
    shapes=(lambda z, c: 1 / c - np.log1p(z),),
    cdf=(lambda z, c: np.exp(-c * np.log1p(z)) * np.log1p(z),),
    upper=lambda y, z, c: -c / (1 + z), upper_shapes=(lambda y, z, c: -np.log1p(z),),
    support=HALF_LINE, at=((0.2, 2.5), (0.6, 2.5))))


def odds(z, c):
    """F and 1 - F of the log-logistic distribution, z**c / (1 + z**c) and 1 / (1 + z**c)."""
    return sp.expit(c * np.log(z)), sp.expit(-c * np.log(z))


fisk = Continuous(theirs.fisk, Law(
    lambda z, c: (c * (odds(z, c)[1] - odds(z, c)[0]) - 1) / z,
    shapes=(lambda z, c: 1 / c + np.log(z) * (odds(z, c)[1] - odds(z, c)[0]),),
    cdf=(lambda z, c: math.prod(odds(z, c)) * np.log(z),),
    lower=lambda y, z, c: c * odds(z, c)[1] / z, lower_shapes=(lambda y, z, c: odds(z, c)[1] * np.log(z),),
    upper=lambda y, z, c: -c * odds(z, c)[0] / z, upper_shapes=(lambda y, z, c: -odds(z, c)[0] * np.log(z),),
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 2.5))))

def burr_rises(z, c, d):
    """The derivatives of the d-th power of the first one in z, in c and in d."""
    t = np.log(z)
    log = sp.log_expit(c * t)
    power = np.exp(d * log)
    front = d * sp.expit(-c * t) * power
    return c * front / z, front * t, log * power


def burr12_rises(z, c, d):
    """Those of 1 - (1 - F)**d."""
    in_z, in_c, in_d = burr_rises(z, -c, d)
    return -in_z, in_c, -in_d


burr = Continuous(theirs.burr, Law(
    lambda z, c, d: (c * (d + 1) * odds(z, c)[1] - c - 1) / z,
    shapes=(lambda z, c, d: 1 / c + np.log(z) * ((d + 1) * odds(z, c)[1] - 1), lambda z, c, d: 1 / d + sp.log_expit(c * np.log(z))),
    rises=from_zero(lambda z, c, d: c * d * z ** (c * d - 1), burr_rises),
    lower=lambda y, z, c, d: c * d * sp.expit(-c * np.log(z)) / z,
    lower_shapes=(lambda y, z, c, d: d * sp.expit(-c * np.log(z)) * np.log(z), lambda y, z, c, d: sp.log_expit(c * np.log(z))),
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 2.5), (0.6, 1.8))))

burr12 = Continuous(theirs.burr12, Law(
    lambda z, c, d: (c - 1 - c * (d + 1) * odds(z, c)[0]) / z,
    shapes=(lambda z, c, d: 1 / c + np.log(z) * (1 - (d + 1) * odds(z, c)[0]), lambda z, c, d: 1 / d + sp.log_expit(-c * np.log(z))),
    rises=from_zero(lambda z, c, d: c * d * z ** (c - 1), burr12_rises),
    upper=lambda y, z, c, d: -c * d * sp.expit(c * np.log(z)) / z,
    upper_shapes=(lambda y, z, c, d: -d * sp.expit(c * np.log(z)) * np.log(z), lambda y, z, c, d: sp.log_expit(-c * np.log(z))),
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 2.5), (0.6, 1.8))))

halfcauchy = Continuous(theirs.halfcauchy, Law(lambda z: -2 * z / (1 + z * z), support=HALF_LINE, at=((0.2, 2.5),)))

gompertz = Continuous(theirs.gompertz, Law(
    lambda z, c: 1 - c * np.exp(z),
    shapes=(lambda z, c: 1 / c - np.expm1(z),),
    cdf=(lambda z, c: np.expm1(z) * np.exp(-c * np.expm1(z)),),
    upper=lambda y, z, c: -c * np.exp(z), upper_shapes=(lambda y, z, c: -np.expm1(z),),
    support=HALF_LINE, at=((0.2, 1.5), (0.6, 1.8))))

powerlaw = Continuous(theirs.powerlaw, Law(
    lambda z, a: over(a - 1, z),
    shapes=(lambda z, a: 1 / a + np.log(z),),
    cdf=(lambda z, a: sp.xlogy(z**a, z),),
    lower=lambda y, z, a: a / z, lower_shapes=(lambda y, z, a: np.log(z),),
    support=UNIT, at=((0.2, 0.9), (0.6, 2.5))))
