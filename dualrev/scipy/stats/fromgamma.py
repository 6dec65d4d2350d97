"""Distributions that come from gamma, logistic and uniform variables, by powers, logarithms and ratios.

N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions (1994, 1995).
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.tracer import passive
from ...rules.quadrature import masked
from ...rules.special_gamma import digamma_rise
from ...rules.special_incomplete import betainc_slope, gamma_density, gammainc_slope
from .continuous import HALF_LINE, UNIT, over
from .families import Continuous
from .laws import Law


def logarithm_in_shape(z, c):
    """The derivative of gammainc(c, e**z) in c; far to the left, where e**z is no number any more, that of e**(c z) / Gamma(c + 1)."""
    far = passive(z) < -40
    x, w = masked(z, far, -40.0), masked(z, ~far, 0.0)
    return np.where(far, np.exp(c * x - sp.gammaln(c + 1)) * (x - sp.psi(c + 1)), gammainc_slope(c, np.exp(w), 1))


loggamma = Continuous(theirs.loggamma, Law(
    lambda z, c: c - np.exp(z),
    shapes=(lambda z, c: z - sp.psi(c),),
    cdf=(logarithm_in_shape,), at=((-1.5, 1.0), (0.6, 2.5))))

gengamma: Continuous = Continuous(theirs.gengamma, Law(
    lambda z, a, c: over(a * c - 1, z) - c * z ** (c - 1),
    shapes=(lambda z, a, c: c * np.log(z) - sp.psi(a), lambda z, a, c: 1 / c + np.log(z) * (a - z**c)),
    cdf=(lambda z, a, c: np.sign(passive(c)) * gammainc_slope(a, z**c, 1), lambda z, a, c: sp.xlogy(z, z) * gengamma.pdf(z, a, c) / c),
    support=HALF_LINE, at=((0.4, 1.8), (0.6, 2.5), (0.8, 1.8))))


def half_in_shape(z, b):
    """The derivative of sign(z) gammainc(1/b, |z|**b) in b; that is z / Gamma(1 + 1/b) near 0, where its parts are not smooth."""
    far = passive(np.abs(z) ** b) > 1e-17
    x = masked(z, far, 1.0)
    w = np.abs(x) ** b
    r = np.sign(x) * (gamma_density(1 / b, w) * w * np.log(np.abs(x)) - gammainc_slope(1 / b, w, 1) / b**2)
    return np.where(far, r, z * sp.psi(1 + 1 / b) / (b**2 * sp.gamma(1 + 1 / b)))


gennorm = Continuous(theirs.gennorm, Law(
    lambda z, b: -b * np.sign(z) * np.abs(z) ** (b - 1),
    shapes=(lambda z, b: 1 / b + sp.psi(1 / b) / b**2 - sp.xlogy(np.abs(z) ** b, np.abs(z)),),
    cdf=(lambda z, b: half_in_shape(z, b) / 2,), at=((-1.5, 1.5), (1.2, 2.8))))


def share_in_first(z, a, b):
    """The derivative of betainc(a, b, z / (1 + z)) in a, by the smaller one of z / (1 + z) and 1 / (1 + z)."""
    left = passive(z) < 1
    near, far = masked(z, left, 1e-3), masked(z, ~left, 1e3)  # where the other one counts few terms are enough
    return np.where(left, betainc_slope(a, b, near / (1 + near), 1, 0), -betainc_slope(b, a, 1 / (1 + far), 0, 1))


betaprime = Continuous(theirs.betaprime, Law(
    lambda z, a, b: over(a - 1, z) - (a + b) / (1 + z),
    shapes=(lambda z, a, b: -np.log1p(1 / z) + digamma_rise(a, b), lambda z, a, b: -np.log1p(z) + digamma_rise(b, a)),
    cdf=(lambda z, a, b: share_in_first(z, a, b), lambda z, a, b: -share_in_first(1 / z, b, a)),
    support=HALF_LINE, at=((0.4, 0.9), (0.7, 2.5), (0.7, 2.5))))


def genlogistic_rises(z, c):
    """Of the c-th power of the logistic distribution function."""
    log = sp.log_expit(z)
    power = np.exp(c * log)
    return c * sp.expit(-z) * power, log * power


genlogistic = Continuous(theirs.genlogistic, Law(
    lambda z, c: (c + 1) * sp.expit(-z) - 1,
    shapes=(lambda z, c: 1 / c + sp.log_expit(z),),
    rises=genlogistic_rises,
    lower=lambda y, z, c: c * sp.expit(-z), lower_shapes=(lambda y, z, c: sp.log_expit(z),),
    upper=lambda y, z, c: -c * np.exp(c * sp.log_expit(z) + sp.log_expit(-z) - y), at=((-1.5, 1.5), (0.6, 2.5))))

halflogistic = Continuous(theirs.halflogistic, Law(lambda z: -np.tanh(z / 2), upper=lambda y, z: -sp.expit(z), support=HALF_LINE, at=((0.2, 2.5),)))

arcsine = Continuous(theirs.arcsine, Law(
    lambda z: (z - 0.5) / (z * (1 - z)), moves=lambda z, low, high: (np.pi / 2 * np.sin(np.pi * np.minimum(low, high)) + 0.0 * z,), support=UNIT, at=((0.2, 0.8),)))


def on_the_left(z, c, left, right):
    """One formula below the mode of the triangle, another one above it."""
    below = passive(z) < passive(c)
    return np.where(below, left(masked(z, below, 0.5), masked(c, below, 0.5)), right(masked(z, ~below, 0.5), masked(c, ~below, 0.5)))


def triangular_moves(z, low, high, c):
    """Of sqrt(c F) below the mode and 1 - sqrt((1 - c)(1 - F)) above it."""
    below = (passive(z) < passive(c)) | (passive(c) == 1)
    root = np.sqrt(np.where(below, low, high) / np.where(below, c, 1 - c))
    return 0.5 / root, 0.5 * root


triang = Continuous(theirs.triang, Law(
    lambda z, c: on_the_left(z, c, lambda z, c: 1 / z, lambda z, c: -1 / (1 - z)),
    shapes=(lambda z, c: on_the_left(z, c, lambda z, c: -1 / c, lambda z, c: 1 / (1 - c)),),
    rises=lambda z, c: (on_the_left(z, c, lambda z, c: 2 * z / c, lambda z, c: 2 * (1 - z) / (1 - c)),
                        on_the_left(z, c, lambda z, c: -((z / c) ** 2), lambda z, c: -(((1 - z) / (1 - c)) ** 2))),
    moves=triangular_moves,
    support=UNIT, at=((0.1, 0.35), (0.4, 0.8))))


def width(a, b):
    """log(b / a)."""
    return np.log(b) - np.log(a)


LOGARITHMIC = Law(
    lambda z, a, b: -1 / z,
    stretch=lambda z, a, b: 0.0 * z,
    shapes=(lambda z, a, b: 1 / (a * width(a, b)), lambda z, a, b: -1 / (b * width(a, b))),
    cdf=(lambda z, a, b: -width(z, b) / (a * width(a, b) ** 2), lambda z, a, b: -width(a, z) / (b * width(a, b) ** 2)),
    moves=lambda z, low, high, a, b: (z * width(a, b), z * high / a, z * low / b),  # z is a**(1 - F) b**F
    support=lambda a, b: (a, b), middle=lambda a, b: np.sqrt(a * b), moving=True, at=((1.2, 2.8), (0.5, 1.0), (3.0, 5.0)))
loguniform = Continuous(theirs.loguniform, LOGARITHMIC)
reciprocal = Continuous(theirs.reciprocal, LOGARITHMIC)

truncexpon = Continuous(theirs.truncexpon, Law(
    lambda z, b: -1.0 + 0.0 * z,
    shapes=(lambda z, b: -1 / np.expm1(b),),
    cdf=(lambda z, b: np.expm1(-z) * np.exp(-b) / np.expm1(-b) ** 2,),
    support=lambda b: (0.0, b), middle=lambda b: 0.5 * b, moving=True, at=((0.2, 1.4), (1.8, 3.0))))
