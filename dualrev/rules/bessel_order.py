"""Derivatives of Bessel functions in the order: integrals over the order's own variable (Schlaefli's), and power series where those cancel.

Relative accuracy 1e-8 or better (to the modulus of the function where it oscillates) for orders up to 50 and arguments from 1e-6 to 100; it raises beyond.
"""

import functools
import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import Tracer, apply
from .quadrature import cumulative, entrywise, within
from .special_incomplete import psi_slope

NAMES = {"j": "jv", "y": "yv", "i": "iv", "k": "kv"}


@functools.cache
def gauss(count):
    """Nodes and weights of Gauss's rule on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def turning(f):
    """The integral of f(angle) over (0, pi)."""
    nodes, weights = gauss(300)
    return math.pi * np.sum(weights * f(math.pi * nodes), axis=-1)


def wave(v, m, angle, phase=0.0):
    """The m-th derivative of cos(v angle + phase) in v."""
    turned = np.sin if m % 2 else np.cos  # no multiple of pi / 2 is added: its rounding would be all that is left of the derivative at v = 0
    return (-1) ** ((m + 1) // 2) * angle**m * turned(v * angle + phase)


def decaying(f, most):
    """The integral over (0, inf) of a function that has vanished at ``most`` but not at 0: Gauss's rule on six panels."""
    nodes, weights = gauss(100)
    return most[:, 0] / 6 * sum(np.sum(f(most * (k + nodes) / 6) * weights, axis=-1) for k in range(6))


def reach(x, v):
    """Where x cosh(t) - |v| t has grown by 60."""
    return np.log(4 * (60 + np.abs(v) * 30) / x + 4) + 1


def damped(v, x, m, sign, kernel):
    """The integral over (0, inf) of the m-th derivative in v of exp(sign v t - x kernel(t))."""
    return decaying(lambda t: (sign * t) ** m * np.exp(sign * v * t - x * kernel(t)), reach(x, v))


def leibniz(first, second, m):
    """The m-th derivative of a product."""
    return sum(math.comb(m, k) * first(k) * second(m - k) for k in range(m + 1))


def series(v, x, m, sign):
    """The power series of J (sign -1) or I (sign 1), for v >= 0."""
    total = 0.0
    log = np.log(x / 2)
    for k in range(120):
        term = np.exp((2 * k + v) * log - sp.gammaln(k + 1.0) - sp.gammaln(v + k + 1))
        factor = cumulative(lambda i, j, k=k: (log if i == 1 else 0.0) - psi_slope(v + k + 1, i - 1), m)
        total = total + sign**k * term * factor
    return total[:, 0]


def j_columns(v, x, m):
    """J_v = 1/pi int cos(v a - x sin a) - sin(v pi)/pi int exp(-v t - x sinh t)."""
    turns = turning(lambda a: wave(v, m, a, -x * np.sin(a))) / math.pi
    rest = leibniz(lambda k: wave(v, k, math.pi, -math.pi / 2)[:, 0], lambda k: damped(v, x, k, -1, np.sinh), m) / math.pi
    return np.where((v >= 0)[:, 0] & (sp.iv(np.abs(v), x) < 1)[:, 0], series(np.abs(v), x, m, -1), turns - rest)


def y_columns(v, x, m):
    """Y_v = 1/pi int sin(x sin a - v a) - 1/pi int (exp(v t) + exp(-v t) cos(v pi)) exp(-x sinh t)."""
    turns = turning(lambda a: wave(v, m, a, math.pi / 2 - x * np.sin(a)))
    rest = leibniz(lambda k: wave(v, k, math.pi)[:, 0], lambda k: damped(v, x, k, -1, np.sinh), m)
    return (turns - damped(v, x, m, 1, np.sinh) - rest) / math.pi


def k_columns(v, x, m):
    """K_v = 1/2 int (exp(v t) + exp(-v t)) exp(-x cosh t); in odd derivatives a difference, written so that small orders do not cancel."""
    u = np.abs(v)

    def integrand(t):
        pair = np.sign(v) * -np.expm1(-2 * u * t) if m % 2 else 1 + np.exp(-2 * u * t)
        return t**m * pair * np.exp(u * t - x * np.cosh(t)) / 2

    return decaying(integrand, reach(x, v))


def i_columns(v, x, m):
    """I_v = 1/pi int exp(x cos a) cos(v a) - sin(v pi)/pi int exp(-v t - x cosh t); for large orders the series, reflected where v < 0."""
    turns = turning(lambda a: np.exp(x * np.cos(a)) * wave(v, m, a))
    rest = leibniz(lambda k: wave(v, k, math.pi, -math.pi / 2)[:, 0], lambda k: damped(v, x, k, -1, np.cosh), m)
    ascending = series(np.abs(v), x, m, 1) * np.sign(v[:, 0]) ** m
    mirrored = 2 / math.pi * leibniz(lambda k: wave(v, k, math.pi, -math.pi / 2)[:, 0], lambda k: k_columns(v, x, k), m)
    large = ((np.abs(v) > 0.5) & (x < 2 * np.abs(v)))[:, 0]
    return np.where(large, np.where(v[:, 0] > 0, ascending, ascending - mirrored), (turns - rest) / math.pi)


COLUMNS = {"j": j_columns, "y": y_columns, "i": i_columns, "k": k_columns}


def order_slope(v, x, m, kind):
    """The m-th derivative of a Bessel function ("j", "y", "i" or "k") in its order."""
    if isinstance(v, Tracer) or isinstance(x, Tracer):
        return apply(order_slope, (v, x, m, kind), {})
    u, w = np.asarray(v), np.asarray(x)
    name = f"scipy.special.{NAMES[kind]} in the order"
    within(name, np.array(w.dtype.kind == "c"), "real arguments")
    within(name, (np.abs(u) > 52) | (w < 1e-6) | (w > 100), "|v| <= 50 and 1e-6 <= x <= 100")
    return entrywise(lambda v, x: COLUMNS[kind](v, x, m), v, x)


def in_argument(y, v, x, m, kind):
    """The recurrences in the argument hold for the derivatives in the order too."""
    below, above = order_slope(v - 1, x, m, kind), order_slope(v + 1, x, m, kind)
    return (below - above) / 2 if kind in "jy" else (below + above) / (2 if kind == "i" else -2)


elementwise(order_slope, lambda y, v, x, m, kind: order_slope(v, x, m + 1, kind), in_argument, None, None,
            domain=[lambda rng, kind=kind: ((rng.uniform(-1.7, 1.7, 3), rng.uniform(0.5, 4.0, 3), 1, kind), {}) for kind in "jyik"])
