"""Distributions that come from normal variables: skewed, shifted by an exponential one, first passages, lengths of vectors.

A. Azzalini, A class of distributions which includes the normal ones, Scand. J. Statist. 12 (1985); N. L. Johnson, Systems of frequency curves, Biometrika 36 (1949).
"""

import math

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.tracer import passive
from ...rules.quadrature import masked
from ...rules.special_error import erfcx_slope, hazard
from ...rules.special_incomplete import gamma_density, gammainc_slope
from .continuous import HALF_LINE, bell, over
from .families import Continuous
from .laws import Law


def tilt(u):
    """Density over distribution function of the normal distribution; on the left by the scaled function, which does not underflow."""
    left = passive(u) < 0
    near, far = masked(u, ~left, 0.0), masked(u, left, 0.0)
    return np.where(left, np.sqrt(2 / np.pi) / sp.erfcx(-far / np.sqrt(2)), bell(near) / sp.ndtr(near))


def mills(x, n=0):
    """The n-th derivative of (1 - F) / f of the normal distribution, which is sqrt(pi / 2) erfcx(x / sqrt(2))."""
    u = x / math.sqrt(2)
    return math.sqrt(math.pi / 2) / math.sqrt(2) ** n * (erfcx_slope(u, n) if n else sp.erfcx(u))


def mills_fall(x, h):
    """What that falls by from x - h to x + h: by Taylor's series where they are close."""
    close = passive(h) < 0.03
    near, far = masked(h, close, 0.0), masked(h, ~close, 0.5)
    return np.where(close, -2 * sum(near**n / math.factorial(n) * mills(x, n) for n in (1, 3, 5, 7)), mills(x - far) - mills(x + far))


skewnorm = Continuous(theirs.skewnorm, Law(
    lambda z, a: a * tilt(a * z) - z,
    shapes=(lambda z, a: z * tilt(a * z),),
    cdf=(lambda z, a: -np.exp(-0.5 * z * z * (1 + a * a)) / (np.pi * (1 + a * a)),),
    at=((-1.5, 1.5), (-1.5, 2.0))))


def by_reach(w, least, near, far):
    """One formula where w = 1/k - z is large, as f = exp(-z**2 / 2) mills(w) / (k sqrt(2 pi)) does not cancel there, and another one elsewhere."""
    chosen = passive(w) > least
    return np.where(chosen, far(masked(w, chosen, 2.0)), near(masked(w, ~chosen, 0.0)))


def decline(w):
    """The derivative of log(mills(w))."""
    return by_reach(w, 0.0, lambda w: w - tilt(-w), lambda w: mills(w, 1) / mills(w))


def later_score(z, k):
    """The derivative of log f in z."""
    return by_reach(1 / k - z, 0.0, lambda w: tilt(-w) - 1 / k, lambda w: -z - decline(w))


def later_in_shape(z, k):
    """In k."""
    return by_reach(1 / k - z, 1.0, lambda w: -decline(w) / (k * k) - 1 / k, lambda w: z / (w * k) - mills(w, 2) / (w * k * k * mills(w)))


def later_density(z, k):
    """The density itself."""
    return by_reach(1 / k - z, 0.0, lambda w: np.exp(0.5 / (k * k) - z / k) * sp.ndtr(-w), lambda w: bell(z) * mills(w)) / k


def later_rises(z, k):
    """The derivatives of F."""
    f = later_density(z, k)
    return f, decline(1 / k - z) * f / k


def fall_later(z, k):
    """F over the normal density."""
    return mills_fall(0.5 / k - z, 0.5 / k)


def later_share(z, k):
    """What the delay adds to 1 - F."""
    return 1 / (1 + mills(z) / mills(1 / k - z))


def lower_rate(y, z, k, in_shape):
    """The derivative of log F in z or in k."""
    left = passive(z) < 0
    x, u = masked(z, left, -1.0), masked(z, ~left, 1.0)
    w, v = 1 / k - x, 1 / k - u
    return np.where(left, (mills(w, 1) / (k * k) if in_shape else mills(w) / k) / fall_later(x, k), later_density(u, k) * np.exp(-y) * (decline(v) / k if in_shape else 1.0))


exponnorm = Continuous(theirs.exponnorm, Law(
    later_score,
    shapes=(later_in_shape,),
    rises=later_rises,
    lower=lambda y, z, k: lower_rate(y, z, k, False), lower_shapes=(lambda y, z, k: lower_rate(y, z, k, True),),
    upper=lambda y, z, k: -later_share(z, k) / k, upper_shapes=(lambda y, z, k: -decline(1 / k - z) * later_share(z, k) / (k * k),),
    at=((-1.5, 2.5), (0.6, 2.0))))


def passage(z, m):
    """For the first passage (z - m) / (m sqrt(z)), and (z + m) / (m sqrt(z)): F = normal(u) + exp(2 / m) normal(-v), and both terms have the density of u."""
    return (z - m) / (m * np.sqrt(z)), (z + m) / (m * np.sqrt(z))


def passed(z, m):
    """F over that density."""
    u, v = passage(z, m)
    return mills(-u) + mills(v)


def waiting(z, m):
    """1 - F over that density."""
    return mills_fall(np.sqrt(z) / m, 1 / np.sqrt(z))


def passage_rates(z, m, over):
    """The density and the derivative in m over something."""
    return z**-1.5 / over, -delayed(z, m) / over


def passage_score(z, m):
    """The derivative of log f in z."""
    return 0.5 / (z * z) - 0.5 / (m * m) - 1.5 / z


def delayed(z, m):
    """The derivative in m of the second term, over the density."""
    return 2 / (m * m) * mills(passage(z, m)[1])


invgauss = Continuous(theirs.invgauss, Law(
    passage_score,
    shapes=(lambda z, m: (z - m) / m**3,),
    cdf=(lambda z, m: -bell(passage(z, m)[0]) * delayed(z, m),),
    lowers=lambda y, z, m: passage_rates(z, m, passed(z, m)), uppers=lambda y, z, m: passage_rates(z, m, -waiting(z, m)),
    support=HALF_LINE, at=((0.3, 2.5), (0.6, 2.0))))

wald = Continuous(theirs.wald, Law(
    lambda z: passage_score(z, 1.0), lower=lambda y, z: z**-1.5 / passed(z, 1.0), upper=lambda y, z: -(z**-1.5) / waiting(z, 1.0), support=HALF_LINE, at=((0.3, 2.5),)))

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
