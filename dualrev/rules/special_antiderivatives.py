"""scipy.special: integrals up to x of Bessel, Airy, Struve and Fresnel functions, whose derivatives are their integrands."""

import math

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import composite, decomposed, elementwise
from ..core.tracer import Tracer, apply, passive
from .arithmetic import number
from .quadrature import blockwise
from .repeated import is_unused


def component(several, k, name):
    """One of several values as a function of its own, so that an infinite slope of the others does not reach it."""
    def part(x):
        return apply(part, (x,), {}) if isinstance(x, Tracer) else several(x)[k]

    part.__name__ = name
    return part


def parts(function, *slopes, domain=(0.3, 2.0)):
    """Declare a function of x with several values by the slope ``slope(y, x)`` of each; return the functions that give one value each."""
    found = [component(function, k, f"{function.__name__}, value {k}") for k in range(len(slopes))]
    for one, slope in zip(found, slopes, strict=True):
        elementwise(one, slope, domain=domain)
    decomposed(function, lambda x: tuple(one(x) for one in found), domain=lambda rng: ((rng.uniform(*domain, 4),), {}))
    return found


parts(sp.itj0y0, lambda y, x: sp.j0(x), lambda y, x: sp.y0(x))
parts(sp.iti0k0, lambda y, x: sp.i0(x), lambda y, x: sp.k0(x))
parts(sp.it2j0y0, lambda y, x: (1 - sp.j0(x)) / x, lambda y, x: -sp.y0(x) / x)
parts(sp.it2i0k0, lambda y, x: (sp.i0(x) - 1) / x, lambda y, x: -sp.k0(x) / x)


def airy_integrands(x):
    """Ai and Bi at x, and at -x; SciPy finds the two at once."""
    ai, _, bi, _ = sp.airy(x)
    ai_before, _, bi_before, _ = sp.airy(-x)
    return ai, bi, ai_before, bi_before


composite(sp.itairy, lambda t, y, x: tuple(t * slope for slope in airy_integrands(x)), multiple=True, domain=lambda rng: ((rng.uniform(-0.7, 0.7, 4),), {}),
          vjp=(lambda g, y, x: sum((own * slope for own, slope in zip(g, airy_integrands(x), strict=True) if not is_unused(own)), 0.0 * x),))

NEAR = 4.0  # where the power series of the Struve functions of order 0 loses no digit
STRUVE = np.cumprod([2 / math.pi, *(1 / (2.0 * k + 1) ** 2 for k in range(1, 21))])


def struve_zero(x, sign):
    """The Struve function of order 0 (sign -1), or the modified one: 2/pi (x +- x**3 / 3**2 + x**5 / (3 5)**2 +- ...) for small plain numbers, SciPy's beyond."""
    def compute(x):
        near = np.abs(x) < NEAR
        u = np.where(near, sign * x * x, 0.0)
        total = np.full_like(u, STRUVE[-1])
        for c in STRUVE[-2::-1]:
            total *= u
            total += c
        total *= x
        if not np.all(near):
            total[~near] = function(0.0, x[~near])
        return total

    function = sp.struve if sign < 0 else sp.modstruve
    return blockwise(compute, x) if type(x) is np.ndarray and x.dtype.kind == "f" else function(0.0, x)


elementwise(sp.itstruve0, lambda y, x: struve_zero(x, -1), domain=(0.3, 2.0))
elementwise(sp.itmodstruve0, lambda y, x: struve_zero(x, 1), domain=(0.3, 2.0))
elementwise(sp.it2struve0, lambda y, x: -struve_zero(x, -1) / x, domain=(0.3, 2.0))


def ahead(x):
    """Refuse negative arguments, where SciPy's value is not the integral from x to infinity."""
    if np.any(passive(x) < 0):
        raise NoRuleError(f"scipy.special.modfresnelp and modfresnelm have no derivative rule for x < 0{at_line()}: their value is wrong there. Use scipy.special.fresnel.")
    return x


for function, s in ((sp.modfresnelp, 1j), (sp.modfresnelm, -1j)):
    parts(function, lambda y, x, s=s: -np.exp(s * ahead(x) ** 2), lambda y, x, s=s: -2 * s * ahead(x) * y - np.exp(-s * math.pi / 4) / math.sqrt(math.pi))


def in_scale(y, a, power, order):
    """Of int_0^1 x**p J_v(2 a x) dx, which is (2a)**(-p-1) times an integral up to 2 a."""
    return number((sp.jv(order, 2 * a) - (power + 1) * y) / a)


elementwise(sp.besselpoly, in_scale, None, None, domain=lambda rng: ((rng.uniform(0.3, 2.0, 3), 1.0, 0.5), {}), notes="in the scale; the power and the order raise")
