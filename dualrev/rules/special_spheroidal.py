"""scipy.special: spheroidal wave functions, each a pair of the value and its derivative, in the variable and in c, and their characteristic values.

Those of the angle and the radial ones of the first kind are differentiated as the series of `spheroidal`, to 1e-8 or better for n <= 40 and |c| <= 30; where a series
cancels so much that this is not certain it raises. Those of the second kind are SciPy's pair, whose next derivative is the equation's, wherever the Wronskian
R1 R2' - R1' R2 = 1 / (c (x**2 -+ 1)) shows that SciPy's pair is right: it is not everywhere.
"""

import numpy as np
import scipy.special as sp

from ..core.errors import NoRuleError, at_line
from ..core.rows import composite, constant, elementwise
from ..core.tracer import apply, passive
from . import spheroidal
from .hypergeometric_series import certain
from .quadrature import within
from .special_incomplete import is_traced


def by_parameters(compute, name, m, n, c, x):
    """Evaluate ``compute(m, n, c, x)`` for all x of the same parameters at once; NaN where SciPy has no value."""
    kind = np.result_type(np.asarray(c), np.asarray(x), np.float16)
    m, n, c, x = np.broadcast_arrays(m, n, np.asarray(c, float), np.asarray(x, float))
    within(name, (n > 40) | (np.abs(c) > 30), "n <= 40 and |c| <= 30")
    keys, place = np.unique(np.stack([m.ravel(), n.ravel(), c.ravel()]), axis=1, return_inverse=True)
    out, flat = np.full(x.size, np.nan), x.ravel()
    order = np.argsort(place.ravel(), kind="stable")
    for key, chosen in zip(keys.T, np.split(order, np.cumsum(np.bincount(place.ravel(), minlength=keys.shape[1]))[:-1]), strict=True):
        order_m, degree = key[:2]
        if order_m >= 0 and degree >= order_m and order_m % 1 == degree % 1 == 0:
            out[chosen] = compute(int(order_m), int(degree), float(key[2]), flat[chosen])
    return out.reshape(x.shape).astype(kind)[()]


def called(kind, sign, at=""):
    """The name of a function, for messages."""
    return f"scipy.special.{'pro' if sign > 0 else 'obl'}_{kind}{at}"


def inside(x, ok, safe):
    """The points where the function is defined, a harmless one elsewhere, and NaN there."""
    return np.where(ok, x, safe), np.where(ok, 0.0, np.nan)


def angular_slope(m, n, c, x, sign, p, q):
    """The function of the angle, differentiated p times in x and q times in c."""
    if is_traced(m, n, c, x):
        return apply(angular_slope, (m, n, c, x, sign, p, q), {})
    name = called("ang1", sign)

    def compute(m, n, c, x):
        x, gap = inside(x, np.abs(x) < 1, 0.5)
        return certain(name, *spheroidal.angular(m, n, c, x, sign, p, q)) + gap

    return by_parameters(compute, name, m, n, c, x)


def radial_slope(m, n, c, x, sign, p, q):
    """The radial function of the first kind likewise."""
    if is_traced(m, n, c, x):
        return apply(radial_slope, (m, n, c, x, sign, p, q), {})
    name = called("rad1", sign)

    def compute(m, n, c, x):
        x, gap = inside(x, (x > (1 if sign > 0 else 0)) & (c > 0), 2.0)
        return certain(name, *spheroidal.radial(m, n, abs(c) or 1.0, x, sign, p, q)) + gap

    return by_parameters(compute, name, m, n, c, x)


def characteristic_slope(m, n, c, sign, q):
    """The characteristic value, differentiated q times in c: by Hellmann and Feynman first."""
    if is_traced(m, n, c):
        return apply(characteristic_slope, (m, n, c, sign, q), {})
    return by_parameters(lambda m, n, c, x: float(spheroidal.characteristic(m, n, c, sign, q)), called("cv", sign), m, n, c, 0.0 * np.asarray(c))


def gap_to(expected, found, single):
    """What a check leaves where it holds."""
    close = np.abs(found - expected) <= (1e-4 if single else 1e-8) * (1 + np.abs(expected))
    return np.all(close | np.isnan(found) | np.isnan(expected))


def is_single(*args):
    """Whether a number is of single precision."""
    return any(getattr(a, "dtype", None) == np.float32 for a in args)


def own_value(m, n, c, cv, sign):
    """0 where cv is the characteristic value of m, n and c; a function of any other has no rule."""
    if is_traced(m, n, c, cv):
        return apply(own_value, (m, n, c, cv, sign), {})
    if not gap_to(characteristic_slope(m, n, np.asarray(c, float), sign, 0), np.asarray(cv, float), is_single(c, cv)):
        raise NoRuleError(f"{called('*_cv', sign)} has no derivative rule for a cv that is not the characteristic value{at_line()}. Pass {called('cv', sign)}(m, n, c).")
    return np.zeros(np.broadcast_shapes(*(np.shape(a) for a in (m, n, c, cv))))[()]


def right_pair(value, slope, m, n, c, x, sign):
    """0 where the Wronskian of SciPy's second solution and the first one is as it should be."""
    if is_traced(value, slope, m, n, c, x):
        return apply(right_pair, (value, slope, m, n, c, x, sign), {})
    single, (value, slope, c, x) = is_single(value, slope, c, x), (np.asarray(a, float) for a in (value, slope, c, x))
    with np.errstate(all="ignore"):
        should = 1 / (c * (x * x - sign))
        found = radial_slope(m, n, c, x, sign, 0, 0) * slope - radial_slope(m, n, c, x, sign, 1, 0) * value
        ok = gap_to(1.0, found / should, single)
    if not ok:
        raise NoRuleError(f"{called('rad2', sign)} has no derivative rule here{at_line()}: SciPy's value is wrong in the eighth digit or before, as its Wronskian with "
                          f"{called('rad1', sign)} shows. Take a larger x or a smaller n.")
    return np.zeros(np.broadcast_shapes(should.shape, np.shape(m), np.shape(n), value.shape))[()]


constant(own_value, right_pair, batch="entries", notes="a check")


def radial_equation(y, m, n, c, x, sign):
    """The second derivative: ((x**2 -+ 1) R')' = (value - c**2 x**2 +- m**2 / (x**2 -+ 1)) R."""
    w = x * x - sign
    return ((characteristic_slope(m, n, c, sign, 0) - c * c * x * x + sign * m * m / w) * y[0] - 2 * x * y[1]) / w


def series(slope, sign, k):
    """The derivatives of the pair in x (k = 0) or c (k = 1)."""
    return lambda y, m, n, c, x: tuple(slope(m, n, c, x, sign, i + 1 - k, k) for i in (0, 1))


def second_kind(sign):
    """The derivatives of the pair in x."""
    def slopes(y, m, n, c, x):
        nought = right_pair(passive(y[0]), passive(y[1]), m, n, passive(c), passive(x), sign)
        return y[1] + nought, radial_equation(y, m, n, c, x, sign)

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
    def slopes(y, m, n, c, cv, x):
        nought = own_value(m, n, passive(c), passive(cv), sign)
        return tuple(s + nought for s in rule(y, m, n, c, x))

    return slopes


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
    elementwise(value, None, None, lambda y, m, n, c, s=sign: characteristic_slope(m, n, c, s, 1), notes="in c",
                domain=[lambda rng: ((1, 2, rng.uniform(3.0, 4.0, 3)), {}), lambda rng: ((0, 0, rng.uniform(0.3, 2.0, 3)), {})])
    for name, slope, low, high in (("ang1", angular_slope, -0.8, 0.8), ("rad1", radial_slope, 1.6, 2.5)):
        in_c, in_x = series(slope, sign, 1), series(slope, sign, 0)
        declare(getattr(sp, f"{family}_{name}"), (None, None, in_c, in_x), drawn(low, high), NOTES)
        declare(getattr(sp, f"{family}_{name}_cv"), (None, None, None, None, with_own_value(in_x, sign)), drawn(low, high, value),
                f"in the variable, where cv is the characteristic value; {family}_{name} is differentiable in c")
    second = "in the variable, where SciPy's value is right; the series in c does not converge fast enough"
    declare(getattr(sp, family + "_rad2"), (None, None, None, second_kind(sign)), drawn(2.1, 2.8), second)
    declare(getattr(sp, family + "_rad2_cv"), (None, None, None, None, with_own_value(second_kind(sign), sign)), drawn(2.1, 2.8, value), second)

for slope, low, high in ((angular_slope, -0.8, 0.8), (radial_slope, 1.6, 2.5)):
    elementwise(slope, None, None, lambda y, m, n, c, x, sign, p, q, f=slope: f(m, n, c, x, sign, p, q + 1),
                lambda y, m, n, c, x, sign, p, q, f=slope: f(m, n, c, x, sign, p + 1, q), None, None, None,
                domain=[lambda rng, s=s, low=low, high=high: ((1, 2, rng.uniform(3.0, 4.0, 3), rng.uniform(low, high, 3), s, 1, 1), {}) for s in (1, -1)])
elementwise(characteristic_slope, None, None, lambda y, m, n, c, sign, q: characteristic_slope(m, n, c, sign, q + 1), None, None,
            domain=[lambda rng, s=s: ((1, 3, rng.uniform(1.0, 4.0, 3), s, 1), {}) for s in (1, -1)])
