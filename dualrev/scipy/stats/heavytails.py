"""Extremes, excesses and heavy tails: closed forms in the variable and in the shapes, for both tails.

N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions (1994, 1995); S. Coles, An Introduction to Statistical Modeling of Extreme Values (2001).
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.rows import elementwise
from ...core.tracer import passive
from ...rules.quadrature import masked
from ...rules.special_exponential import bent
from ..mirror import dispatched
from .continuous import HALF_LINE, UNIT, falling, from_zero, over
from .families import Continuous
from .laws import Law


@dispatched
def root(z, c):
    """log(1 + c z) / c, and z for c = 0."""
    u = np.asarray(c * z)
    return np.where(np.abs(u) < 1e-17, z, np.log1p(u) / np.where(u == 0, 1.0, c))[()]


elementwise(root, lambda y, z, c: 1 / (1 + c * z), lambda y, z, c: -bent(y, c) / (1 + c * z), domain=(0.3, 1.5))

genpareto: Continuous = Continuous(theirs.genpareto, Law(
    lambda z, c: -over(c + 1, 1 + c * z),
    shapes=(lambda z, c: -z / (1 + c * z) + bent(root(z, c), c) / (1 + c * z),),
    cdf=(lambda z, c: -genpareto.sf(z, c) * bent(root(z, c), c) / (1 + c * z),),
    upper=lambda y, z, c: -np.exp(c * y), upper_shapes=(lambda y, z, c: bent(-y, c) * np.exp(c * y),),  # y is -root(z, c)
    support=lambda c: (0.0, np.where(c < 0, -1 / np.where(c < 0, c, -1.0), np.inf)), middle=lambda c: 0.5 / np.maximum(1.0, -c), at=((0.2, 1.7), (-0.4, 0.6))))


def level(y, z, c):
    """-log(-y) for y = log F of the generalised extreme value distribution, which is root(z, -c) and exact in that form unless c z is near 1."""
    plain = passive(c * z) < 0.5
    return np.where(plain, root(masked(z, plain, 0.0), -c), -np.log(-masked(y, ~plain, -1.0)))


def extreme_in_shape(z, c, density):
    """The derivative in c of log f, or of F."""
    v = root(z, -c)
    slope = bent(v, -c) / (1 - c * z)
    return z / (1 - c * z) + np.expm1(-v) * slope if density else np.exp(-v - np.exp(-v)) * slope


genextreme = Continuous(theirs.genextreme, Law(
    lambda z, c: (np.expm1(-root(z, -c)) + c) / (1 - c * z),
    shapes=(lambda z, c: extreme_in_shape(z, c, True),),
    cdf=(lambda z, c: extreme_in_shape(z, c, False),),
    lower=lambda y, z, c: np.exp((c - 1) * level(y, z, c)), lower_shapes=(lambda y, z, c: np.exp((c - 1) * level(y, z, c)) * bent(level(y, z, c), -c),),
    support=lambda c: (np.where(c < 0, 1 / np.where(c < 0, c, 1.0), -np.inf), np.where(c > 0, 1 / np.where(c > 0, c, 1.0), np.inf)), middle=lambda c: 0.0,
    at=((-0.9, 1.3), (-0.5, 0.5))))

weibull_max = Continuous(theirs.weibull_max, Law(
    lambda z, c: -over(c - 1, -z) + c * (-z) ** (c - 1),
    shapes=(lambda z, c: 1 / c + np.log(-z) * (1 - (-z) ** c),),
    cdf=(lambda z, c: -np.exp(-((-z) ** c)) * sp.xlogy((-z) ** c, -z),),
    lower=lambda y, z, c: c * (-z) ** (c - 1), lower_shapes=(lambda y, z, c: -sp.xlogy(-y, -y) / c,),
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


def burr_score(z, c, d):
    """The derivative of the logarithm of the first of these in z."""
    zero = passive(z) == 0
    x, start, power = masked(z, ~zero, 1.0), masked(z, zero, 1.0), np.abs(c)
    r = (c * (d + 1) * sp.expit(-c * np.log(x)) - c - 1) / x
    return np.where(zero, over(np.where(passive(c) > 0, c * d, power) - 1, start) - power * (d + 1) * start ** (power - 1), r) if np.any(zero) else r


def burr_upper(y, z, c, d):
    """Those of log(1 - power) in z, in c and in d."""
    below = np.expm1(d * sp.log_expit(c * np.log(z)))
    return [part / below for part in burr_rises(z, c, d)]


def burr12_lower(y, z, c, d):
    """And of log F for the mirrored distribution."""
    in_z, in_c, in_d = burr_upper(y, z, -c, d)
    return in_z, -in_c, in_d


fisk = Continuous(theirs.fisk, Law(
    lambda z, c: burr_score(z, c, 1.0),
    shapes=(lambda z, c: 1 / c + np.log(z) * (odds(z, c)[1] - odds(z, c)[0]),),
    rises=from_zero(lambda z, c: c * z ** (c - 1), lambda z, c: burr_rises(z, c, 1.0)[:2]),
    lower=lambda y, z, c: c * odds(z, c)[1] / z, lower_shapes=(lambda y, z, c: odds(z, c)[1] * np.log(z),),
    upper=lambda y, z, c: -c * odds(z, c)[0] / z, upper_shapes=(lambda y, z, c: -odds(z, c)[0] * np.log(z),),
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 2.5))))

burr = Continuous(theirs.burr, Law(
    burr_score,
    shapes=(lambda z, c, d: 1 / c + np.log(z) * ((d + 1) * odds(z, c)[1] - 1), lambda z, c, d: 1 / d + sp.log_expit(c * np.log(z))),
    rises=from_zero(lambda z, c, d: c * d * z ** (c * d - 1), burr_rises),
    lower=lambda y, z, c, d: c * d * sp.expit(-c * np.log(z)) / z,
    lower_shapes=(lambda y, z, c, d: d * sp.expit(-c * np.log(z)) * np.log(z), lambda y, z, c, d: sp.log_expit(c * np.log(z))),
    uppers=burr_upper,
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 2.5), (0.6, 1.8))))

burr12 = Continuous(theirs.burr12, Law(
    lambda z, c, d: burr_score(z, -c, d),
    shapes=(lambda z, c, d: 1 / c + np.log(z) * (1 - (d + 1) * odds(z, c)[0]), lambda z, c, d: 1 / d + sp.log_expit(-c * np.log(z))),
    rises=from_zero(lambda z, c, d: c * d * z ** (c - 1), burr12_rises),
    lowers=burr12_lower,
    upper=lambda y, z, c, d: -c * d * sp.expit(c * np.log(z)) / z,
    upper_shapes=(lambda y, z, c, d: -d * sp.expit(c * np.log(z)) * np.log(z), lambda y, z, c, d: sp.log_expit(-c * np.log(z))),
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 2.5), (0.6, 1.8))))

halfcauchy = Continuous(theirs.halfcauchy, Law(lambda z: -2 * falling(z, 1.0), support=HALF_LINE, at=((0.2, 2.5),)))

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
    lower=lambda y, z, a: a / z, lower_shapes=(lambda y, z, a: y / a,),
    support=UNIT, at=((0.2, 0.9), (0.6, 2.5))))
