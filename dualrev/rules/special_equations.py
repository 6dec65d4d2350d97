"""scipy.special: solutions of linear differential equations that come with their derivative; the equation gives the next one."""

import math

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import composite
from ..core.tracer import passive
from .quadrature import masked


def solution(function, count, slopes, domain, notes):
    """Declare a function whose last of ``count`` arguments is the variable, by ``slopes(y, *args)``: the derivatives of all its values."""
    def push(t, y, *args):
        return tuple(t * s for s in slopes(y, *args))

    def pull(g, y, *args):
        return sum(a * b for a, b in zip(g, slopes(y, *args), strict=True))

    rest = (None,) * (count - 1)
    composite(function, *rest, push, vjp=(*rest, pull), multiple=True, domain=domain, notes=notes)


def with_equation(second, unit=1.0):
    """The slopes of a value and its derivative (in units of ``unit``), where ``second(y, *args)`` is the second derivative."""
    return lambda y, *args: (unit * y[1], unit * second(y, *args))


ORDER = "in the variable; the order and the parameter raise"
for parabolic in (sp.pbdv, sp.pbvv):
    solution(parabolic, 2, with_equation(lambda y, v, x: (x * x / 4 - v - 0.5) * y[0]), lambda rng: ((1.3, rng.uniform(-2.0, 2.0, 3)), {}), ORDER)
solution(sp.pbwa, 2, with_equation(lambda y, a, x: (a - x * x / 4) * y[0]), lambda rng: ((1.3, rng.uniform(0.3, 2.0, 3)), {}), ORDER)

DEGREE = math.pi / 180
for angular, value in ((sp.mathieu_cem, sp.mathieu_a), (sp.mathieu_sem, sp.mathieu_b)):
    solution(angular, 3, with_equation(lambda y, m, q, x, value=value: (2 * q * np.cos(2 * DEGREE * x) - value(m, q)) * y[0], DEGREE),
             lambda rng: ((2, 1.5, rng.uniform(10.0, 80.0, 3)), {}), "in the angle; the order and the parameter raise")
for radial, value in ((sp.mathieu_modcem1, sp.mathieu_a), (sp.mathieu_modcem2, sp.mathieu_a), (sp.mathieu_modsem1, sp.mathieu_b), (sp.mathieu_modsem2, sp.mathieu_b)):
    solution(radial, 3, with_equation(lambda y, m, q, x, value=value: (value(m, q) - 2 * q * np.cosh(2 * x)) * y[0]), lambda rng: ((2, 1.5, rng.uniform(0.3, 1.0, 3)), {}), ORDER)


def kelvin_slopes(y, x):
    """Be'' = i Be - Be' / x and Ke'' = i Ke - Ke' / x."""
    return y[2], y[3], 1j * y[0] - y[2] / x, 1j * y[1] - y[3] / x


solution(sp.kelvin, 1, kelvin_slopes, lambda rng: ((rng.uniform(0.3, 2.0, 3),), {}), "")


def airye_slopes(y, x):
    """Ai and Ai' grow with exp(2/3 x sqrt(x)), Bi and Bi' fall with exp(-\\|2/3 Re x sqrt(x)\\|), which is 1 for x < 0."""
    if np.iscomplexobj(passive(x)):
        raise NoRuleError(f"scipy.special.airye has no derivative rule for complex arguments{at_line()}: it is not holomorphic. Use scipy.special.airy.")
    right = passive(x) > 0
    root, fall = np.sqrt(x), np.where(right, np.sqrt(masked(x, right, 1.0)), 0.0)
    return y[1] + root * y[0], x * y[0] + root * y[1], y[3] - fall * y[2], x * y[2] - fall * y[3]


solution(sp.airye, 1, airye_slopes, lambda rng: ((rng.uniform(0.3, 2.0, 3),), {}), "for real arguments")
