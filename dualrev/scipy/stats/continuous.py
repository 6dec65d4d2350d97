"""Densities on the line: their logarithm's derivatives in z and in the shapes, and those of the distribution function in the shapes.

N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions (1994, 1995).
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.tracer import passive
from ...rules.arithmetic import number
from ...rules.quadrature import masked
from ...rules.special_error import ROOT_2PI, hazard
from ...rules.special_fisher import fisher_factor, fisher_slope
from ...rules.special_gamma import digamma_rise
from ...rules.special_incomplete import betainc_slope, gammainc_slope
from ...rules.special_student import student_factor, student_slope
from .families import Continuous
from .laws import Law, everywhere
from .quantiles import again

HALF_LINE = lambda *shapes: (0.0, np.inf)
UNIT = lambda *shapes: (0.0, 1.0)


def over(n, d):
    """N / d, and 0 for 0 / 0."""
    return np.divide(n, masked(d, (passive(n) != 0) | (passive(d) != 0), 1.0))


def bell(u):
    """The standard normal density."""
    return np.exp(-0.5 * u * u) / ROOT_2PI


def from_zero(start, rises):
    """Derivatives of a distribution function on the half line, as formulas for z > 0 and the density ``start(z, *shapes)`` at 0, where those in the shapes are 0."""
    def formula(z, *shapes):
        inside = passive(z) != 0
        if everywhere(inside):
            return rises(z, *shapes)
        density, *in_shapes = rises(masked(z, inside, 1.0), *shapes)
        return np.where(inside, density, start(masked(z, ~inside, 1.0), *shapes)), *(masked(p, inside, 0.0) for p in in_shapes)

    return formula


norm = Continuous(theirs.norm, Law(lambda z: -z, lower=lambda y, z: hazard(y, z), upper=lambda y, z: -hazard(y, -z)))


def lognormal_rises(z, s):
    """By the normal variable."""
    u = np.log(z) / s
    f = bell(u) / s
    return f / z, -f * u


def lognormal_moves(z, low, high, s):
    """Of exp(s u), where u has the slope 1 / bell(u)."""
    u = np.log(z) / s
    return s * ROOT_2PI * np.exp(0.5 * u * (u + 2 * s)), sp.xlogy(z, z) / s


lognorm = Continuous(theirs.lognorm, Law(
    lambda z, s: -(1 + np.log(z) / s**2) / z,
    stretch=lambda z, s: -np.log(z) / s**2,
    shapes=(lambda z, s: (np.log(z) / s) ** 2 / s - 1 / s,),
    rises=from_zero(lambda z, s: 0.0 * z, lognormal_rises), moves=lognormal_moves,
    lower=lambda y, z, s: hazard(y, np.log(z) / s) / (s * z),
    upper=lambda y, z, s: -hazard(y, -np.log(z) / s) / (s * z),
    lower_shapes=(lambda y, z, s: -hazard(y, np.log(z) / s) * np.log(z) / s**2,),
    upper_shapes=(lambda y, z, s: hazard(y, -np.log(z) / s) * np.log(z) / s**2,),
    support=HALF_LINE, at=((0.3, 2.5), (0.5, 1.5))))

halfnorm = Continuous(theirs.halfnorm, Law(lambda z: -z, support=HALF_LINE, at=((0.2, 2.0),)))

uniform = Continuous(theirs.uniform, Law(lambda z: 0.0 * z, support=UNIT, at=((0.1, 0.9),)))

expon = Continuous(theirs.expon, Law(lambda z: -1.0 + 0.0 * z, upper=lambda y, z: -1.0 + 0.0 * z, support=HALF_LINE, at=((0.2, 2.5),)))


def falling(z, v):
    """z / (v + z**2), and 1 / z where the square is no number any more."""
    far = np.abs(passive(z)) > 1e150
    return np.where(far, 1 / masked(z, far, 1.0), masked(z, ~far, 0.0) / (v + masked(z, ~far, 0.0) ** 2)) if np.any(far) else z / (v + z * z)


cauchy = Continuous(theirs.cauchy, Law(lambda z: -2 * falling(z, 1.0)))

logistic = Continuous(theirs.logistic, Law(lambda z: -np.tanh(z / 2), lower=lambda y, z: sp.expit(-z), upper=lambda y, z: -sp.expit(z)))


def one_sided(z):
    """Density over distribution function of the Laplace distribution."""
    right = passive(z) >= 0
    e = np.exp(-masked(z, right, 0.0))
    return masked(e / (2 - e), right, 1.0)


laplace = Continuous(theirs.laplace, Law(lambda z: -np.sign(z), lower=lambda y, z: one_sided(z), upper=lambda y, z: -one_sided(-z)))

gumbel_r = Continuous(theirs.gumbel_r, Law(lambda z: np.expm1(-z), lower=lambda y, z: np.exp(-z)))

gumbel_l = Continuous(theirs.gumbel_l, Law(lambda z: -np.expm1(z), upper=lambda y, z: -np.exp(z)))

rayleigh = Continuous(theirs.rayleigh, Law(lambda z: 1 / z - z, upper=lambda y, z: -z, support=HALF_LINE, at=((0.3, 2.0),)))

gamma = Continuous(theirs.gamma, Law(
    lambda z, a: over(a - 1, z) - 1,
    shapes=(lambda z, a: np.log(z) - sp.psi(a),),
    cdf=(lambda z, a: gammainc_slope(a, z, 1),),
    support=HALF_LINE, at=((0.3, 3.0), (0.6, 2.5))))

invgamma = Continuous(theirs.invgamma, Law(
    lambda z, a: (1 / z - (a + 1)) / z,
    shapes=(lambda z, a: -np.log(z) - sp.psi(a),),
    cdf=(lambda z, a: -gammainc_slope(a, 1 / z, 1),),
    support=HALF_LINE, at=((0.3, 3.0), (0.6, 2.5))))

chi2 = Continuous(theirs.chi2, Law(
    lambda z, df: over(df / 2 - 1, z) - 0.5,
    shapes=(lambda z, df: (np.log(z / 2) - sp.psi(df / 2)) / 2,),
    cdf=(lambda z, df: gammainc_slope(df / 2, z / 2, 1) / 2,),
    support=HALF_LINE, at=((0.5, 4.0), (1.2, 4.0))))

def beta_moves(z, low, high, a, b):
    """By the mirrored distribution where z is close to 1."""
    close = np.asarray(passive(z) > 0.999)
    x = masked(z, ~close, 0.5)
    over = np.exp(-beta.logpdf(x, a, b))
    plain = over, *(-over * betainc_slope(a, b, x, 1 - k, k) for k in (0, 1))
    if not np.any(close):
        return plain
    rest = masked(again(close, beta.ppf, 0.5 + 0.0 * z, high, b, a), close, 0.5)
    over = np.exp(-beta.logpdf(rest, b, a))
    return tuple(number(np.where(close, p, q)) for p, q in zip((over, *(over * betainc_slope(b, a, rest, k, 1 - k) for k in (0, 1))), plain, strict=True))


beta: Continuous = Continuous(theirs.beta, Law(
    lambda z, a, b: over(a - 1, z) - over(b - 1, 1 - z),
    shapes=(lambda z, a, b: np.log(z) + digamma_rise(a, b), lambda z, a, b: np.log1p(-z) + digamma_rise(b, a)),
    cdf=(lambda z, a, b: betainc_slope(a, b, z, 1, 0), lambda z, a, b: betainc_slope(a, b, z, 0, 1)),
    moves=beta_moves, support=UNIT, at=((0.2, 0.8), (0.6, 2.5), (0.6, 2.5))))

f = Continuous(theirs.f, Law(
    lambda z, m, n: over(m / 2 - 1, z) - (m + n) / 2 * m / (n + m * z),
    shapes=(lambda z, m, n: fisher_factor(m, n, z, 1, 0), lambda z, m, n: fisher_factor(m, n, z, 0, 1)),
    cdf=(lambda z, m, n: fisher_slope(m, n, z, 1, 0), lambda z, m, n: fisher_slope(m, n, z, 0, 1)),
    support=HALF_LINE, at=((0.4, 2.0), (1.5, 4.0), (1.5, 4.0))))

t = Continuous(theirs.t, Law(
    lambda z, v: -(v + 1) * falling(z, v),
    shapes=(lambda z, v: student_factor(v, z, 1),),
    cdf=(lambda z, v: student_slope(v, z, 1),), at=((-1.5, 1.5), (1.5, 4.0))))

weibull_min = Continuous(theirs.weibull_min, Law(
    lambda z, c: over(c - 1, z) - c * z ** (c - 1),
    shapes=(lambda z, c: 1 / c + np.log(z) * (1 - z**c),),
    cdf=(lambda z, c: np.exp(-(z**c)) * sp.xlogy(z**c, z),),
    upper=lambda y, z, c: -c * z ** (c - 1), upper_shapes=(lambda y, z, c: -sp.xlogy(-y, -y) / c,),
    support=HALF_LINE, at=((0.3, 1.7), (0.7, 2.2))))

def pareto_moves(z, low, high, b):
    """Of (1 - F)**(-1 / b), whose own logarithm has lost digits next to 1."""
    near = passive(low) < 0.5
    log = np.where(near, np.log1p(-masked(low, near, 0.0)), np.log(masked(high, ~near, 1.0)))
    return z / (b * high), z * log / (b * b)


pareto = Continuous(theirs.pareto, Law(
    lambda z, b: -(b + 1) / z,
    shapes=(lambda z, b: 1 / b - np.log(z),),
    cdf=(lambda z, b: z**-b * np.log(z),),
    upper=lambda y, z, b: -b / z, upper_shapes=(lambda y, z, b: -np.log(z),),
    moves=pareto_moves,
    support=lambda b: (1.0, np.inf), middle=lambda b: 2.0, at=((1.2, 3.0), (0.6, 2.5))))


def at_end(k, a, b):
    """The density of the truncated distribution at one of its own ends."""
    return truncnorm.pdf((a, b)[k], a, b)


def other_tail(z, a, b, sign):
    """The odds of one side of z against the other."""
    return np.exp(sign * (truncnorm.logcdf(z, a, b) - truncnorm.logsf(z, a, b)))


truncnorm: Continuous = Continuous(theirs.truncnorm, Law(
    lambda z, a, b: -z,
    shapes=(lambda z, a, b: at_end(0, a, b), lambda z, a, b: -at_end(1, a, b)),
    cdf=(lambda z, a, b: -at_end(0, a, b) * truncnorm.sf(z, a, b), lambda z, a, b: -at_end(1, a, b) * truncnorm.cdf(z, a, b)),
    lower_shapes=(lambda y, z, a, b: -at_end(0, a, b) * other_tail(z, a, b, -1.0), lambda y, z, a, b: -at_end(1, a, b)),
    upper_shapes=(lambda y, z, a, b: at_end(0, a, b), lambda y, z, a, b: at_end(1, a, b) * other_tail(z, a, b, 1.0)),
    moves=lambda z, low, high, a, b: (
        1 / truncnorm.pdf(z, a, b), high * np.exp((z - a) * (z + a) / 2), low * np.exp((z - b) * (z + b) / 2)),
    support=lambda a, b: (a, b), middle=lambda a, b: np.clip(0.0, a, b), moving=True, at=((-0.9, 0.9), (-2.0, -1.0), (1.0, 2.0))))
