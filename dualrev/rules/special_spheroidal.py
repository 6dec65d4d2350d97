"""scipy.special: spheroidal wave functions, each a pair of the value and its derivative, in the variable and in c, and their characteristic values.

Those of the angle and the radial ones of the first kind are differentiated as the series of `spheroidal`, to 1e-8 or better for n <= 40 and |c| <= 30; where a series
cancels so much that this is not certain it raises. Those of the second kind are SciPy's pair, whose next derivative is the equation's, wherever the Wronskian
R1 R2' - R1' R2 = 1 / (c (x**2 -+ 1)) shows that SciPy's pair is right: it is not everywhere.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import composite, constant, elementwise
from ..core.tracer import apply, passive
from . import spheroidal
from .effort import by_effort
from .hypergeometric_series import WIDE, certain
from .quadrature import within
from .special_incomplete import is_traced
from .spheroidal import Point

UNKNOWN = math.nan  # of a characteristic value that is not given
ENOUGH = 1e-11  # relative accuracy from which double precision is enough


def by_parameters(name, compute, results, outside, *args):
    """Evaluate ``compute`` on points m, n, c, x, near a characteristic value, and a sign, of so many degrees as they need; NaN where SciPy has no value."""
    *args, near, sign = args
    kind = np.result_type(np.asarray(args[2]), np.asarray(args[3]), np.float16)
    m, n, c, x, near = (np.asarray(a, float) for a in (*args, near))
    within(name, (n > 40) | (np.abs(c) > 30), "n <= 40 and |c| <= 30")
    if np.isnan(near).any():
        near = (sp.pro_cv if sign > 0 else sp.obl_cv)(m, n, c)

    def way(odd):
        return lambda size, m, n, c, x, near: compute(Point(m, n, c, x, near, sign, odd, size))

    place = (n - m) / 2
    which = np.where(outside | (m < 0) | (place < 0) | (m % 1 != 0) | (n % 1 != 0) | np.isnan(near) | np.isnan(x), 2, (n - m) % 2)
    count = 2 + np.sqrt((place + 7) ** 2 + np.abs(c) * (30 + 0.1 * np.abs(c)))
    return by_effort((way(0), way(1), lambda *args: np.nan), which, count, m, n, c, x, near, results=results).astype(kind, copy=False)


def sure(name, series, point):
    """A pair by its series: in extended precision, with more terms, where rounding errors in double precision may be seen."""
    value, error, scale = series(point)
    doubtful = ~np.all(error <= ENOUGH * (np.abs(value) + scale), axis=0)
    if doubtful.any():
        m, n, c, x, near = (a if len(a) == 1 else a[doubtful] for a in point[:5])
        size = 30 + int(np.max((n - m) // 2) + 1.5 * np.max(np.abs(c)))
        value[:, doubtful] = certain(name, *series(widened(Point(m, n, c, x, near, point.sign, point.odd, size))))
    return value


def widened(point):
    """The same in extended precision."""
    return point._replace(**{name: getattr(point, name).astype(WIDE) for name in ("m", "n", "c", "x", "near")})


def called(kind, sign, at=""):
    """The name of a function, for messages."""
    return f"scipy.special.{'pro' if sign > 0 else 'obl'}_{kind}{at}"


def angular_pair(m, n, c, x, near, sign, p, q):
    """The function of the angle, differentiated p times in x and q times in c, and its derivative in x; ``near`` the characteristic value, if it is known."""
    if is_traced(m, n, c, x, near):
        return apply(angular_pair, (m, n, c, x, near, sign, p, q), {})
    name = called("ang1", sign)
    return tuple(by_parameters(name, lambda point: sure(name, lambda point: spheroidal.angular(point, p, q), point), 2, ~(np.abs(x) < 1), m, n, c, x, near, sign))


def radial_pair(m, n, c, x, near, sign, p, q):
    """The radial function of the first kind likewise."""
    if is_traced(m, n, c, x, near):
        return apply(radial_pair, (m, n, c, x, near, sign, p, q), {})
    name, outside = called("rad1", sign), ~((np.asarray(x) > (1 if sign > 0 else 0)) & (np.asarray(c) > 0))
    return tuple(by_parameters(name, lambda point: sure(name, lambda point: spheroidal.radial(point, p, q), point), 2, outside, m, n, c, x, near, sign))


def characteristic_slope(m, n, c, near, sign, q):
    """The characteristic value, differentiated q times in c: by Hellmann and Feynman first."""
    if is_traced(m, n, c, near):
        return apply(characteristic_slope, (m, n, c, near, sign, q), {})

    def compute(point):
        return spheroidal.characteristic(widened(point) if q > 1 else point, q)  # further derivatives cancel for large c

    return by_parameters(called("cv", sign), compute, None, False, m, n, c, 0.0 * np.asarray(c), near, sign)[()]


def gap_to(expected, found, single):
    """What a check leaves where it holds."""
    close = np.abs(found - expected) <= (1e-4 if single else 1e-8) * (1 + np.abs(expected))
    return np.all(close | np.isnan(found) | np.isnan(expected))


def is_single(*args):
    """Whether a number is of single precision."""
    return any(getattr(a, "dtype", None) == np.float32 for a in args)


def own_value(m, n, c, cv, sign):
    """The characteristic value of m, n and c, which cv is; a function of any other has no rule."""
    if is_traced(m, n, c, cv):
        return apply(own_value, (m, n, c, cv, sign), {})
    found = characteristic_slope(m, n, np.asarray(c, float), np.asarray(cv, float), sign, 0)
    if not gap_to(found, np.asarray(cv, float), is_single(c, cv)):
        raise NoRuleError(f"{called('*_cv', sign)} has no derivative rule for a cv that is not the characteristic value{at_line()}. Pass {called('cv', sign)}(m, n, c).")
    return found


def right_pair(value, slope, m, n, c, x, near, sign):
    """0 where the Wronskian of SciPy's second solution and the first one is as it should be."""
    if is_traced(value, slope, m, n, c, x, near):
        return apply(right_pair, (value, slope, m, n, c, x, near, sign), {})
    single, (value, slope, c, x) = is_single(value, slope, c, x), (np.asarray(a, float) for a in (value, slope, c, x))
    with np.errstate(all="ignore"):
        should = 1 / (c * (x * x - sign))
        first, its_slope = radial_pair(m, n, c, x, near, sign, 0, 0)
        ok = gap_to(1.0, (first * slope - its_slope * value) / should, single)
    if not ok:
        raise NoRuleError(f"{called('rad2', sign)} has no derivative rule here{at_line()}: SciPy's value is wrong in the eighth digit or before, as its Wronskian with "
                          f"{called('rad1', sign)} shows. Take a larger x or a smaller n.")
    return np.zeros(np.broadcast_shapes(should.shape, np.shape(m), np.shape(n), value.shape))[()]


constant(own_value, right_pair, batch="entries", notes="a check")


def radial_equation(y, m, c, x, value, sign):
    """The second derivative: ((x**2 -+ 1) R')' = (value - c**2 x**2 +- m**2 / (x**2 -+ 1)) R."""
    w = x * x - sign
    return ((value - c * c * x * x + sign * m * m / w) * y[0] - 2 * x * y[1]) / w


def series(pair, sign, k):
    """The derivatives of the pair in x (k = 0) or c (k = 1)."""
    return lambda y, m, n, c, x, near: pair(m, n, c, x, near, sign, 1 - k, k)


def second_kind(sign):
    """The derivatives of the pair in x."""
    def slopes(y, m, n, c, x, near):
        value = characteristic_slope(m, n, passive(c), near, sign, 0) if near is UNKNOWN else near
        nought = right_pair(passive(y[0]), passive(y[1]), m, n, passive(c), passive(x), value, sign)
        return y[1] + nought, radial_equation(y, m, c, x, value, sign)

    return slopes


def declare(function, slopes, domain, notes):
    """Declare a pair by its slopes in each argument, or None."""
    def push(rule):
        return lambda t, y, *args: tuple(t * s for s in rule(y, *args))

    def pull(rule):
        return lambda g, y, *args: sum(a * b for a, b in zip(g, rule(y, *args), strict=True))

    composite(function, *(rule and push(rule) for rule in slopes), vjp=tuple(rule and pull(rule) for rule in slopes), multiple=True, domain=domain, notes=notes)


def with_own_value(rule, sign):
    """The same, of a function that is given its characteristic value."""
    return lambda y, m, n, c, cv, x: rule(y, m, n, c, x, own_value(m, n, passive(c), passive(cv), sign))


def without(rule):
    """The same, of one that is not."""
    return lambda y, m, n, c, x: rule(y, m, n, c, x, UNKNOWN)


def drawn(low, high, value=None):
    """Samples of c and x."""
    def draw(m, n):
        def one(rng):
            c = rng.uniform(3.0, 4.0, 3)
            return (m, n, c, *(() if value is None else (value(m, n, c),)), rng.uniform(low, high, 3)), {}

        return one

    return [draw(1, 2), draw(0, 3)]


NOTES = "in c and the variable"
for sign, family in ((1, "pro"), (-1, "obl")):
    value = getattr(sp, family + "_cv")
    elementwise(value, None, None, lambda y, m, n, c, s=sign: characteristic_slope(m, n, c, UNKNOWN, s, 1), notes="in c",
                domain=[lambda rng: ((1, 2, rng.uniform(3.0, 4.0, 3)), {}), lambda rng: ((0, 0, rng.uniform(0.3, 2.0, 3)), {})])
    for name, pair, low, high in (("ang1", angular_pair, -0.8, 0.8), ("rad1", radial_pair, 1.6, 2.5)):
        in_c, in_x = series(pair, sign, 1), series(pair, sign, 0)
        declare(getattr(sp, f"{family}_{name}"), (None, None, without(in_c), without(in_x)), drawn(low, high), NOTES)
        declare(getattr(sp, f"{family}_{name}_cv"), (None, None, None, None, with_own_value(in_x, sign)), drawn(low, high, value),
                f"in the variable, where cv is the characteristic value; {family}_{name} is differentiable in c")
    second = "in the variable, where SciPy's value is right; the series in c does not converge fast enough"
    declare(getattr(sp, family + "_rad2"), (None, None, None, without(second_kind(sign))), drawn(3.0, 4.0), second)
    declare(getattr(sp, family + "_rad2_cv"), (None, None, None, None, with_own_value(second_kind(sign), sign)), drawn(3.0, 4.0, value), second)

for pair, low, high in ((angular_pair, -0.8, 0.8), (radial_pair, 1.6, 2.5)):
    declare(pair, (None, None, lambda y, m, n, c, x, near, sign, p, q, f=pair: f(m, n, c, x, near, sign, p, q + 1),
                   lambda y, m, n, c, x, near, sign, p, q, f=pair: f(m, n, c, x, near, sign, p + 1, q), None, None, None, None),
            [lambda rng, s=s, low=low, high=high: ((1, 2, rng.uniform(3.0, 4.0, 3), rng.uniform(low, high, 3), UNKNOWN, s, 1, 1), {}) for s in (1, -1)], "")
elementwise(characteristic_slope, None, None, lambda y, m, n, c, near, sign, q: characteristic_slope(m, n, c, near, sign, q + 1), None, None, None,
            domain=[lambda rng, s=s: ((1, 3, rng.uniform(1.0, 4.0, 3), UNKNOWN, s, 1), {}) for s in (1, -1)])
