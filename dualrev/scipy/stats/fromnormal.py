"""Distributions that come from normal variables: skewed, shifted by an exponential one, first passages, lengths of vectors.

A. Azzalini, A class of distributions which includes the normal ones, Scand. J. Statist. 12 (1985); N. L. Johnson, Systems of frequency curves, Biometrika 36 (1949).
"""

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.tracer import passive
from ...rules.quadrature import masked
from ...rules.special_error import hazard
from ...rules.special_incomplete import gamma_density, gammainc_slope
from .continuous import HALF_LINE, bell, over
from .families import Continuous, Law


def tilt(u):
    """Density over distribution function of the normal distribution; on the left by the scaled function, which does not underflow."""
    left = passive(u) < 0
    near, far = masked(u, ~left, 0.0), masked(u, left, 0.0)
    return np.where(left, np.sqrt(2 / np.pi) / sp.erfcx(-far / np.sqrt(2)), bell(near) / sp.ndtr(near))


skewnorm = Continuous(theirs.skewnorm, Law(
    lambda z, a: a * tilt(a * z) - z,
    shapes=(lambda z, a: z * tilt(a * z),),
    cdf=(lambda z, a: -np.exp(-0.5 * z * z * (1 + a * a)) / (np.pi * (1 + a * a)),),
    at=((-1.5, 1.5), (-1.5, 2.0))))

exponnorm: Continuous = Continuous(theirs.exponnorm, Law(
    lambda z, k: tilt(z - 1 / k) - 1 / k,
    shapes=(lambda z, k: (z - 1 / k + tilt(z - 1 / k)) / k**2 - 1 / k,),
    cdf=(lambda z, k: -(z - 1 / k + tilt(z - 1 / k)) * exponnorm.pdf(z, k) / k,),
    at=((-1.5, 2.5), (0.6, 2.0))))

PASSAGE = lambda z, m: 0.5 / (z * z) - 0.5 / (m * m) - 1.5 / z
invgauss = Continuous(theirs.invgauss, Law(
    PASSAGE,
    shapes=(lambda z, m: (z - m) / m**3,),
    cdf=(lambda z, m: -2 / (m * m) * np.exp(2 / m + sp.log_ndtr(-(z / m + 1) / np.sqrt(z))),),
    support=HALF_LINE, at=((0.3, 2.5), (0.6, 2.0))))

wald = Continuous(theirs.wald, Law(lambda z: PASSAGE(z, 1.0), support=HALF_LINE, at=((0.3, 2.5),)))

levy = Continuous(theirs.levy, Law(lambda z: (0.5 / z - 1.5) / z, support=HALF_LINE, at=((0.3, 2.5),)))


def bent_line(z, a, b):
    """The normal variable of Johnson's unbounded distribution, and its slope in z over b."""
    t = np.arcsinh(z)
    return a + b * t, 1 / np.cosh(t)  # 1 / sqrt(1 + z**2)


def johnson_tail(sign):
    """The derivatives of the logarithm of a tail, in z, a and b."""
    def part(front):
        def formula(y, z, a, b):
            u, slope = bent_line(z, a, b)
            return sign * hazard(y, sign * u) * front(z, b, slope)

        return formula

    return part(lambda z, b, slope: b * slope), (part(lambda z, b, slope: 1.0 + 0.0 * z), part(lambda z, b, slope: np.arcsinh(z)))


lower, lower_shapes = johnson_tail(1.0)
upper, upper_shapes = johnson_tail(-1.0)


def johnson_slope(z, a, b):
    """The derivative of the logarithm of the density in z."""
    u, slope = bent_line(z, a, b)
    return -(u * b + z * slope) * slope


def johnson_rises(z, a, b):
    """The derivatives of the distribution function."""
    u, slope = bent_line(z, a, b)
    f = bell(u)
    return b * slope * f, f, f * np.arcsinh(z)


def johnson_moves(z, low, high, a, b):
    """Of sinh((u - a) / b), where u has the slope 1 / bell(u)."""
    t = np.arcsinh(z)
    slope = np.cosh(t) / b
    return slope / bell(a + b * t), -slope, -t * slope


johnsonsu = Continuous(theirs.johnsonsu, Law(
    johnson_slope,
    shapes=(lambda z, a, b: -bent_line(z, a, b)[0], lambda z, a, b: 1 / b - bent_line(z, a, b)[0] * np.arcsinh(z)),
    rises=johnson_rises, moves=johnson_moves,
    lower=lower, lower_shapes=lower_shapes, upper=upper, upper_shapes=upper_shapes, at=((-1.5, 1.5), (-0.8, 0.8), (0.7, 1.8))))

maxwell = Continuous(theirs.maxwell, Law(lambda z: 2 / z - z, support=HALF_LINE, at=((0.3, 2.5),)))

chi = Continuous(theirs.chi, Law(
    lambda z, v: over(v - 1, z) - z,
    shapes=(lambda z, v: np.log(z) - (sp.psi(v / 2) + np.log(2.0)) / 2,),
    cdf=(lambda z, v: gammainc_slope(v / 2, z * z / 2, 1) / 2,),
    support=HALF_LINE, at=((0.4, 2.5), (1.2, 4.0))))

nakagami = Continuous(theirs.nakagami, Law(
    lambda z, v: over(2 * v - 1, z) - 2 * v * z,
    shapes=(lambda z, v: np.log(v) - sp.psi(v) + 1 + 2 * np.log(z) - z * z,),
    cdf=(lambda z, v: gammainc_slope(v, v * z * z, 1) + gamma_density(v, v * z * z) * z * z,),
    support=HALF_LINE, at=((0.4, 1.8), (0.7, 2.5))))


def pull(z, b):
    """I1 / I0 at b z."""
    return sp.i1e(b * z) / sp.i0e(b * z)


rice = Continuous(theirs.rice, Law(
    lambda z, b: 1 / z - z + b * pull(z, b),
    shapes=(lambda z, b: z * pull(z, b) - b,),
    cdf=(lambda z, b: -z * np.exp(-0.5 * (z - b) ** 2) * sp.i1e(b * z),),
    support=HALF_LINE, at=((0.4, 2.5), (0.5, 2.0))))
