"""scipy.special: hypergeometric functions, in their variable and in their parameters (real ones).

Accuracy 1e-8 or better, relative to the derivative or to the function, whichever is larger: rounding errors are bounded beside the series, which raises
where it cancels too much. Kummer's and Pfaff's transformations avoid that for negative variables.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import Tracer, apply
from .bessel_order import order_slope
from .effort import by_effort
from .hypergeometric_double import in_double, lost, transformed
from .hypergeometric_series import certain, combined, hypergeometric, surest
from .quadrature import cumulative, entrywise, within
from .special_gamma import psi_slope
from .tricomi import tricomi, tricomi_slope


def times(a, m, value):
    """The m-th derivative in a of a f(a), where ``value(i)`` is the i-th of f."""
    return a * value(m) + m * value(m - 1) if m else a * value(0)


def over(b, n, value):
    """The n-th derivative in b of f(b) / b."""
    return sum(math.comb(n, i) * value(i) * (-1) ** (n - i) * math.factorial(n - i) / b ** (n - i + 1) for i in range(n + 1))


def real(name, *args):
    """Refuse complex arguments."""
    within(name, np.array(any(np.iscomplexobj(a) for a in args)), "real arguments")


def pole(b):
    """Where a lower parameter is a pole."""
    b = np.asarray(b)
    return (b <= 0) & (b == np.round(b))


def doubtful(way):
    """Where a value may be less precise than twelve digits."""
    value, error, scale = way
    return error > 1e-12 * (np.abs(value) + np.abs(scale))


def by_bessel(b, z, n):
    """The n-th derivative in b of Gamma(b) w**((1-b)/2) J(b-1, 2 sqrt(w)), which 0F1(b, -w) is (DLMF 10.16.9), with no terms to cancel."""
    half = -0.5 * np.log(-z)
    factors = [cumulative(lambda i, _: sp.psi(b) + half if i == 1 else psi_slope(b, i - 1), k) for k in range(n + 1)]
    return sp.gamma(b) * np.exp((b - 1) * half) * sum(math.comb(n, k) * factors[n - k] * order_slope(b - 1, 2 * np.sqrt(-z), k, "j") for k in range(n + 1))


def hyp0f1_columns(b, z, n):
    """The series, and for z < 0 a Bessel function where it cancels."""
    series = hypergeometric((), (b,), np.where(z < -150, 0.0, z), (n,))
    turn = (z < -150) | doubtful(series) & (z < -1)
    turn &= np.abs(b) <= 50
    if np.any(turn):
        series[0][turn], series[1][turn] = by_bessel(b[turn], z[turn], n), 0.0
    return series


def hyp0f1_slope(b, z, n):
    """The n-th derivative of scipy.special.hyp0f1 in b, for -2500 <= z <= 1e5."""
    if isinstance(b, Tracer) or isinstance(z, Tracer):
        return apply(hyp0f1_slope, (b, z, n), {})
    name = "scipy.special.hyp0f1 in b"
    real(name, b, z)
    z = np.asarray(z)
    within(name, pole(b) | (z > 1e5) | (z < -2500) | (z < -150) & (np.abs(b) > 50), "-2500 <= z <= 1e5 (-150 <= z where |b| > 50), b not a pole")
    def columns(b, z):
        return entrywise(lambda b, z: certain(name, *hyp0f1_columns(b, z, n))[:, 0], b, z)

    root = np.sqrt(np.abs(z))
    return in_double((n,), 6 + 7 * np.sqrt(root) + 0.8 * root, root < 400, columns if n else sp.hyp0f1, (), (b,), z)


elementwise(hyp0f1_slope, lambda y, b, z, n: hyp0f1_slope(b, z, n + 1), lambda y, b, z, n: over(b, n, lambda i: hyp0f1_slope(b + 1, z, i)), None,
            domain=lambda rng: ((rng.uniform(0.3, 2.0, 3), rng.uniform(-2.0, 2.0, 3), 1), {}))
elementwise(sp.hyp0f1, lambda y, b, z: hyp0f1_slope(b, z, 1), lambda y, b, z: sp.hyp0f1(b + 1, z) / b, domain=(0.3, 2.0), notes="the parameter for real arguments")


def hyp1f1_columns(a, b, z, m, n):
    """The series, and for z < 0 Kummer's transformation e**z 1F1(b-a, b, -z)."""
    back = z < 0
    plain = hypergeometric((a,), (b,), np.where(back & (z < -60), 0.0, z), (m, n))
    plain = plain[0], np.where(z < -60, np.inf, plain[1]), plain[2]
    if not np.any(back & doubtful(plain)):
        return plain
    u = np.where(back, -z, 0.0)
    turned = combined([((-1) ** m * math.comb(n, j) * np.exp(-u), hypergeometric((b - a,), (b,), u, (m + j, n - j))) for j in range(n + 1)])
    turned = turned[0], np.where(back, turned[1], np.inf), turned[2] * np.exp(-u)
    return surest([plain, turned])


def hyp1f1_slope(a, b, z, m, n):
    """The derivative of scipy.special.hyp1f1, m times in a and n times in b, for \\|z\\| <= 500."""
    if any(isinstance(x, Tracer) for x in (a, b, z)):
        return apply(hyp1f1_slope, (a, b, z, m, n), {})
    if not m + n:
        return confluent(a, b, z, 0, 0, sp.hyp1f1)  # a third of the time that SciPy takes
    name = "scipy.special.hyp1f1 in a and b"
    real(name, a, b, z)
    within(name, pole(b) | (np.abs(z) > 500), "|z| <= 500, b not a pole")
    def columns(a, b, z):
        return entrywise(lambda a, b, z: certain(name, *hyp1f1_columns(a, b, z, m, n))[:, 0], a, b, z)

    return kummer(a, b, z, m, n, columns) if np.any(np.asarray(z) < -2) else confluent(a, b, z, m, n, columns)


def confluent(a, b, z, m, n, other):
    """The series."""
    size = np.abs(z)
    return in_double((m, n), 12 + 6.5 * np.sqrt(size) + size, size <= 500, other, (a,), (b,), z)


def kummer(a, b, z, m, n, other):
    """The series, and Kummer's transformation for z < -2, before which the series keeps its digits."""
    def turned(_, a, b, z):
        scale = (-1) ** m * np.exp(z)
        return transformed([(scale * math.comb(n, j), confluent(b - a, b, -z, m + j, n - j, lost)) for j in range(n + 1)], sp.hyp1f1, other, a, b, z)

    return by_effort((lambda _, a, b, z: confluent(a, b, z, m, n, other), turned), np.less(z, -2), 1.0, a, b, z)


def hyp1f1_in_variable(y, a, b, z, m, n):
    """That of a/b 1F1(a+1, b+1, z)."""
    return over(b, n, lambda j: times(a, m, lambda i: hyp1f1_slope(a + 1, b + 1, z, i, j)))


elementwise(hyp1f1_slope, lambda y, a, b, z, m, n: hyp1f1_slope(a, b, z, m + 1, n), lambda y, a, b, z, m, n: hyp1f1_slope(a, b, z, m, n + 1), hyp1f1_in_variable, None, None,
            domain=[lambda rng, s=s: ((rng.uniform(0.3, 2.0, 3), rng.uniform(0.3, 2.0, 3), s * rng.uniform(0.3, 2.0, 3), 1, 0), {}) for s in (1, -1)])
elementwise(sp.hyp1f1, lambda y, a, b, z: hyp1f1_slope(a, b, z, 1, 0), lambda y, a, b, z: hyp1f1_slope(a, b, z, 0, 1), lambda y, a, b, z: a / b * sp.hyp1f1(a + 1, b + 1, z),
            domain=(0.3, 2.0), notes="the parameters for real arguments")


def hyp2f1_columns(a, b, c, z, orders):
    """The series, and for z < 0 Pfaff's transformation (1-z)**-a 2F1(a, c-b, c, z/(z-1)) of either upper parameter."""
    back = z < 0
    far = z < -0.98
    plain = hypergeometric((a, b), (c,), np.where(far, 0.0, z), orders)
    ways = [(plain[0], np.where(far, np.inf, plain[1]), plain[2])]
    if np.any(back & doubtful(ways[0])):
        z = np.where(back, z, 0.0)
        w, log, p = z / (z - 1), -np.log1p(-z), orders[2]
        for first, second, m, n in ((a, b, *orders[:2]), (b, a, orders[1], orders[0])):
            scale = np.exp(first * log)
            parts = [(scale * math.comb(m, i) * log ** (m - i) * math.comb(p, j) * (-1) ** n, hypergeometric((first, c - second), (c,), w, (i, n + j, p - j)))
                     for i in range(m + 1) for j in range(p + 1)]
            value, error, whole = combined(parts)
            ways.append((value, np.where(back, error, np.inf), whole * scale))
    return surest(ways)


def hyp2f1_slope(a, b, c, z, m, n, p):
    """The derivative of scipy.special.hyp2f1, m times in a, n times in b and p times in c, for -50 <= z <= 0.98."""
    if any(isinstance(x, Tracer) for x in (a, b, c, z)):
        return apply(hyp2f1_slope, (a, b, c, z, m, n, p), {})
    if not m + n + p:
        return sp.hyp2f1(a, b, c, z)
    name = "scipy.special.hyp2f1 in a, b and c"
    real(name, a, b, c, z)
    within(name, pole(c) | (np.asarray(z) > 0.98) | (np.asarray(z) < -50), "-50 <= z <= 0.98, c not a pole")
    def columns(a, b, c, z):
        return entrywise(lambda a, b, c, z: certain(name, *hyp2f1_columns(a, b, c, z, (m, n, p)))[:, 0], a, b, c, z)

    return pfaff(a, b, c, z, m, n, p, columns) if np.any(np.asarray(z) < -0.3) else gauss(a, b, c, z, (m, n, p), columns)


def gauss(a, b, c, z, orders, other):
    """The series."""
    with np.errstate(all="ignore"):
        size, growth = np.abs(z), np.maximum(np.add(a, b) - c - 1, -1.0)  # terms are about z**k k**growth
        fall = -np.log(size)
        count = 2 + (28 - np.log1p(-size) + growth * np.log(30 / fall)) / fall
    return in_double(orders, count, size <= 0.98039, other, (a, b), (c,), z)


def pfaff(a, b, c, z, m, n, p, other):
    """The series, and Pfaff's transformation for z < -0.3, of that upper parameter that makes the other one positive."""
    def turned(a, b, c, z, m, n, other):
        log = -np.log1p(-z)
        scale = (-1) ** n * np.exp(a * log)
        parts = [(scale * math.comb(m, i) * log ** (m - i) * math.comb(p, j), gauss(a, c - b, c, z / (z - 1), (i, n + j, p - j), lost)) for i in range(m + 1) for j in range(p + 1)]
        return transformed(parts, sp.hyp2f1, other, a, b, c, z)

    ways = (lambda _, a, b, c, z: gauss(a, b, c, z, (m, n, p), other), lambda _, a, b, c, z: turned(a, b, c, z, m, n, other),
            lambda _, a, b, c, z: turned(b, a, c, z, n, m, lambda b, a, c, z: other(a, b, c, z)))
    which = np.where(np.less(z, -0.3), np.where(np.greater(c, b) | ~np.greater(c, a), 1, 2), 0)
    return by_effort(ways, which, 1.0, a, b, c, z)


def hyp2f1_in_variable(y, a, b, c, z, m, n, p):
    """That of ab/c 2F1(a+1, b+1, c+1, z)."""
    return over(c, p, lambda k: times(b, n, lambda j: times(a, m, lambda i: hyp2f1_slope(a + 1, b + 1, c + 1, z, i, j, k))))


elementwise(hyp2f1_slope, lambda y, a, b, c, z, m, n, p: hyp2f1_slope(a, b, c, z, m + 1, n, p), lambda y, a, b, c, z, m, n, p: hyp2f1_slope(a, b, c, z, m, n + 1, p),
            lambda y, a, b, c, z, m, n, p: hyp2f1_slope(a, b, c, z, m, n, p + 1), hyp2f1_in_variable, None, None, None,
            domain=[lambda rng, s=s: ((*rng.uniform(0.3, 2.0, (3, 3)), s * rng.uniform(0.1, 0.4, 3), 1, 0, 1), {}) for s in (1, -1)])
elementwise(sp.hyp2f1, lambda y, a, b, c, z: hyp2f1_slope(a, b, c, z, 1, 0, 0), lambda y, a, b, c, z: hyp2f1_slope(a, b, c, z, 0, 1, 0),
            lambda y, a, b, c, z: hyp2f1_slope(a, b, c, z, 0, 0, 1), lambda y, a, b, c, z: a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z), domain=(0.1, 0.7),
            notes="the parameters for real arguments")


def hyperu_slope(a, b, x, m, n):
    """The derivative of scipy.special.hyperu, m times in a and n times in b, for -20 <= a <= 50, \\|b\\| <= 50 and 1e-3 <= x <= 1e3."""
    if any(isinstance(z, Tracer) for z in (a, b, x)):
        return apply(hyperu_slope, (a, b, x, m, n), {})
    if not m + n:
        return tricomi(a, b, x)
    name = "scipy.special.hyperu in a and b"
    a, x = np.asarray(a), np.asarray(x)
    within(name, (a < -20) | (a > 50) | (np.abs(b) > 50) | (x < 1e-3) | (x > 1e3), "-20 <= a <= 50, |b| <= 50 and 1e-3 <= x <= 1e3")
    return tricomi_slope(name, a, b, x, m, n)


elementwise(hyperu_slope, lambda y, a, b, x, m, n: hyperu_slope(a, b, x, m + 1, n), lambda y, a, b, x, m, n: hyperu_slope(a, b, x, m, n + 1),
            lambda y, a, b, x, m, n: -times(a, m, lambda i: hyperu_slope(a + 1, b + 1, x, i, n)), None, None,
            domain=lambda rng: ((rng.uniform(0.3, 2.0, 3), rng.uniform(0.3, 2.0, 3), rng.uniform(0.3, 2.0, 3), 1, 0), {}))
elementwise(sp.hyperu, lambda y, a, b, x: hyperu_slope(a, b, x, 1, 0), lambda y, a, b, x: hyperu_slope(a, b, x, 0, 1), lambda y, a, b, x: -a * hyperu_slope(a + 1, b + 1, x, 0, 0),
            domain=(0.3, 2.0))
