"""Derivatives of Bessel functions in the order: integrals over the order's own variable (Schlaefli's), and power series where those cancel.

Relative accuracy 1e-8 or better (to the modulus of the function where it oscillates) for orders up to 50 and arguments from 1e-6 to 100; it raises beyond.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import Tracer, apply
from .bessel_series import in_order
from .quadrature import MANY, by_rows, cumulative, entrywise, gauss, within, worst
from .special_gamma import psi_slope

HIGHEST = 2  # the order up to which it is known how many terms of the series are enough
NAMES = {"j": "jv", "y": "yv", "i": "iv", "k": "kv"}


def rule(count):
    """Gauss's rule with as many nodes as the worst of these entries takes, rounded up so that few rules are made."""
    return gauss(8 * math.ceil(worst(count) / 8))


def turning(f, x, v):
    """The integral over (0, pi) of a function f(angle) that turns x + \\|v\\| times and less."""
    nodes, weights = rule(14 + 0.9 * (x + np.abs(v)))
    return math.pi * np.sum(weights * f(math.pi * nodes), axis=-1)


def wave(v, m, angle, phase=0.0):
    """The m-th derivative of cos(v angle + phase) in v."""
    turned = np.sin if m % 2 else np.cos  # no multiple of pi / 2 is added: its rounding would be all that is left of the derivative at v = 0
    return (-1) ** ((m + 1) // 2) * angle**m * turned(v * angle + phase)


def nodes_of(v, x):
    """Nodes and weights for an integral over (0, inf) of exp(v t - x sinh t) and the like; it is over where x sinh(t) - v t is about 38."""
    rise = np.maximum(v, 0.0)
    most = np.arcsinh((38 + rise * (4 + np.log1p((38 + 4 * rise) / x))) / x)
    nodes, weights = rule(18 + most * (2 + 1.6 * np.sqrt(np.abs(v))))
    return most * nodes, most * weights


def damped(v, x, m, kernel):
    """The integral over (0, inf) of exp(-v t - x kernel(t)), and its first m derivatives in v."""
    t, weights = nodes_of(-v, x)
    weights = weights * np.exp(-v * t - x * kernel(t))
    return [np.sum((-t) ** k * weights, axis=-1) for k in range(m + 1)]


def leibniz(first, second, m):
    """The m-th derivative of a product."""
    return sum(math.comb(m, k) * first(k) * second(m - k) for k in range(m + 1))


def series(v, x, m, sign):
    """The power series of J (sign -1) or I (sign 1), for v >= 0."""
    most = worst(x)
    k = np.arange(int(10 + 5 * math.sqrt(most) + 0.4 * most))
    log = np.log(x / 2)
    term = np.exp((2 * k + v) * log - sp.gammaln(k + 1.0) - sp.gammaln(v + k + 1))
    factor = cumulative(lambda i, _: (log if i == 1 else 0.0) - psi_slope(v + k + 1, i - 1), m)
    return np.sum((1.0 * sign) ** k * term * factor, axis=-1)


def j_integrals(v, x, m):
    """J_v = 1/pi int cos(v a - x sin a) - sin(v pi)/pi int exp(-v t - x sinh t)."""
    turns = turning(lambda a: wave(v, m, a, -x * np.sin(a)), x, v)
    rest = leibniz(lambda k: wave(v, k, math.pi, -math.pi / 2)[:, 0], damped(v, x, m, np.sinh).__getitem__, m)
    return (turns - rest) / math.pi


def j_columns(v, x, m):
    """The series while I_v(x) is below 1, and there are no large terms to cancel."""
    return by_rows((v >= 0) & (sp.iv(np.abs(v), x) < 1), lambda v, x: series(v, x, m, -1), lambda v, x: j_integrals(v, x, m), v, x)


def y_columns(v, x, m):
    """Y_v = 1/pi int sin(x sin a - v a) - 1/pi int (exp(v t) + exp(-v t) cos(v pi)) exp(-x sinh t)."""
    turns = turning(lambda a: wave(v, m, a, math.pi / 2 - x * np.sin(a)), x, v)
    u = np.abs(v)
    t, weights = nodes_of(u, x)
    fall = x * np.sinh(t)
    rising, falling = weights * np.exp(u * t - fall), weights * np.exp(-u * t - fall)
    up, down = np.where(v > 0, rising, falling), np.where(v > 0, falling, rising)
    rest = leibniz(lambda k: wave(v, k, math.pi)[:, 0], lambda k: np.sum((-t) ** k * down, axis=-1), m)
    return (turns - np.sum(t**m * up, axis=-1) - rest) / math.pi


def k_columns(v, x, m):
    """K_v = 1/2 int (exp(v t) + exp(-v t)) exp(-x cosh t); in odd derivatives a difference, written so that small orders do not cancel.

    The integrand is even, and the trapezoidal rule converges exponentially: the step is a fraction of the width of its peak.
    """
    u = np.abs(v)
    step = np.minimum(0.25, 0.6 * (u * u + x * x) ** -0.25)
    most = np.arccosh(1 + (40 + u * (4 + np.log1p((40 + 4 * u) / x))) / x)
    k = np.arange(1, 2 + int(worst(most / step)))
    t = step * k
    pair = np.sign(v) * -np.expm1(-2 * u * t) if m % 2 else 1 + np.exp(-2 * u * t)
    total = np.sum(t**m * pair * np.exp(u * t - x * np.cosh(t) + np.log(step / 2)), axis=-1)  # the step is a factor of each, for what is near the largest float
    return total if m else total + (step * np.exp(-x) / 2)[:, 0]


def i_integrals(v, x, m):
    """I_v = 1/pi int exp(x cos a) cos(v a) - sin(v pi)/pi int exp(-v t - x cosh t)."""
    turns = turning(lambda a: np.exp(x * np.cos(a)) * wave(v, m, a), x, v)
    rest = leibniz(lambda k: wave(v, k, math.pi, -math.pi / 2)[:, 0], damped(v, x, m, np.cosh).__getitem__, m)
    return (turns - rest) / math.pi


def i_large(v, x, m):
    """The series, reflected where v < 0."""
    def mirrored(v, x):
        return 2 / math.pi * leibniz(lambda k: wave(v, k, math.pi, -math.pi / 2)[:, 0], lambda k: k_columns(v, x, k), m)

    ascending = series(np.abs(v), x, m, 1) * np.sign(v[:, 0]) ** m
    return ascending - by_rows(v < 0, mirrored, lambda v, x: 0.0, v, x)


def i_columns(v, x, m):
    """The integrals, and for large orders the series."""
    return by_rows((np.abs(v) > 0.5) & (x < 2 * np.abs(v)), lambda v, x: i_large(v, x, m), lambda v, x: i_integrals(v, x, m), v, x)


COLUMNS = {"j": j_columns, "y": y_columns, "i": i_columns, "k": k_columns}


def order_slope(v, x, m, kind):
    """The m-th derivative of a Bessel function ("j", "y", "i" or "k") in its order."""
    if isinstance(v, Tracer) or isinstance(x, Tracer):
        return apply(order_slope, (v, x, m, kind), {})
    u, w = np.asarray(v), np.asarray(x)
    name = f"scipy.special.{NAMES[kind]} in the order"
    within(name, np.array(w.dtype.kind == "c"), "real arguments")
    within(name, (np.abs(u) > 52) | (w < 1e-6) | (w > 100), "|v| <= 50 and 1e-6 <= x <= 100")

    def columns(v, x):
        return entrywise(lambda v, x: COLUMNS[kind](v, x, m), v, x)

    return in_order(v, x, m, -1 if kind == "j" else 1, columns) if m <= HIGHEST and kind in "ji" and np.broadcast(v, x).size > MANY else columns(v, x)


def in_argument(y, v, x, m, kind):
    """The recurrences in the argument hold for the derivatives in the order too."""
    below, above = order_slope(v - 1, x, m, kind), order_slope(v + 1, x, m, kind)
    return (below - above) / 2 if kind in "jy" else (below + above) / (2 if kind == "i" else -2)


elementwise(order_slope, lambda y, v, x, m, kind: order_slope(v, x, m + 1, kind), in_argument, None, None,
            domain=[lambda rng, kind=kind: ((rng.uniform(-1.7, 1.7, 3), rng.uniform(0.5, 4.0, 3), 1, kind), {}) for kind in "jyik"])
