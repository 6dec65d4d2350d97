"""Arithmetic: the operators of Python and the ufuncs behind them, ties and kinks included."""

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.masks import signs
from ..core.rows import constant, decomposed, elementwise, linear
from ..core.tracer import Tracer, apply, concrete, passive

elementwise(np.add, 1, 1)
elementwise(np.subtract, 1, -1)
elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a)
elementwise(np.divide, lambda y, a, b: 1 / b, lambda y, a, b: -y / b, domain=(0.3, 2.0)).fixed = True
elementwise(np.negative, -1)
elementwise(np.positive, 1)
linear(np.conjugate, lambda g, x: np.conjugate(g), selective=True)

MANY = 1 << 10  # entries from which on two passes more cost less than a slow one


def number(y):
    """A plain array without axes as a scalar, as arithmetic gives it."""
    return y[()] if type(y) is np.ndarray and not y.shape else y


def power_in_base(y, a, b):
    """b a**(b-1), and 0 for b = 0 whatever a is."""
    if type(b) is int or type(b) is float:
        if type(a) is np.float64 and a == 0:
            a = 0.0  # whose negative powers raise instead of warning; the engine answers that with the infinity
        return a + a if b == 2 else b * a ** (b - 1) if b else 0.0 * (a == a)
    b = np.asarray(b) if isinstance(b, (list, tuple)) else b
    zero = passive(b) == 0
    return number(np.where(zero, 0.0, b * a ** number(np.where(zero, 1.0, b - 1))))


def power_in_exponent(y, a, b):
    """y log(a), and its limit 0 where a = 0."""
    zero = (passive(a) == 0) & (np.real(passive(b)) >= 0)
    if not np.any(zero):
        return y * np.log(a)  # NaN for a < 0, where no derivative exists
    return y * np.log(number(np.where(zero, 1.0, a)))


elementwise(np.power, power_in_base, power_in_exponent, domain=(0.3, 2.0))
elementwise(np.float_power, power_in_base, power_in_exponent, domain=(0.3, 2.0))
elementwise(np.square, lambda y, x: 2 * x).fixed = True
elementwise(np.reciprocal, lambda y, x: -y * y, domain=(0.3, 2.0)).fixed = True
elementwise(np.sqrt, lambda y, x: 0.5 / y, domain=(0.3, 2.0)).fixed = True
elementwise(np.cbrt, lambda y, x: 1 / (3 * y * y), domain=(0.3, 2.0)).fixed = True

elementwise(np.remainder, 1, lambda y, a, b: -np.floor_divide(a, b), domain=(0.3, 2.0))
elementwise(np.fmod, 1, lambda y, a, b: -np.trunc(a / b), domain=(0.3, 2.0))
elementwise(np.ldexp, lambda y, a, n: np.ldexp(1.0, n), None)


def indicator(chosen):
    """1 where an entry was chosen: a mask where it is plain, which the engine takes for a partial derivative."""
    return chosen if type(chosen) is np.ndarray and chosen.shape else chosen * 1.0


def extremum_of_two(extremum, beats):
    """Declare np.maximum or one of its kin: the partial is 1 where an argument was chosen, 1/2 where both tie."""
    def untied(a, b):
        if not (type(a) is np.ndarray or type(b) is np.ndarray):
            return None
        first = beats(a, b)
        return first if first.shape and np.all(first ^ beats(b, a)) else None  # the frequent case: one was chosen

    def share(a, b):
        a, b = passive(a), passive(b)
        first = untied(a, b)
        if first is not None:
            return first
        tie = (a == b) | (np.isnan(a) & np.isnan(b))
        y = extremum(a, b)
        return number(np.where(tie, 0.5, np.equal(a, y) | (np.isnan(a) & np.isnan(y))))

    def both(which, y, a, b):
        first = untied(passive(a), passive(b))
        return (share(a, b), share(b, a)) if first is None else (first, ~first)

    row = elementwise(extremum, lambda y, a, b: share(a, b), lambda y, a, b: share(b, a), selective=True)
    row.together, row.fixed = both, True


extremum_of_two(np.maximum, np.greater)
extremum_of_two(np.fmax, np.greater)
extremum_of_two(np.minimum, np.less)
extremum_of_two(np.fmin, np.less)


def kept(y, x, lo, hi):
    """1 on the closed interval."""
    x = passive(x)
    return indicator((x >= passive(lo)) & (x <= passive(hi)))


def below(y, x, lo, hi):
    """1 where the lower bound was taken."""
    lo = passive(lo)
    return indicator((passive(x) < lo) & (lo <= passive(hi)))


def above(y, x, lo, hi):
    """1 where the upper bound was taken, which goes first where the bounds cross."""
    return indicator(np.maximum(passive(x), passive(lo)) > passive(hi))


limited = np._core.umath.clip  # what np.clip becomes where both bounds are given
elementwise(limited, kept, below, above, selective=True, name="np.clip (both bounds)").fixed = True


def clip(a, a_min=None, a_max=None, *, min=None, max=None, dtype=None, where=True, casting="same_kind"):
    """np.clip; a missing bound is infinite."""
    lo, hi = a_min if min is None else min, a_max if max is None else max
    if dtype is not None or where is not True:
        raise NoRuleError(f"np.clip has no derivative rule for the keyword {'where' if dtype is None else 'dtype'!r}{at_line()}. Use np.where or astype.")
    return limited(a, -np.inf if lo is None else lo, np.inf if hi is None else hi)


decomposed(np.clip, clip)


def safe_divide(a, b):
    """a / b, and 0 where both are 0: the smallest subgradient of a norm. Its own derivative there does not exist and is NaN."""
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return apply(safe_divide, (a, b), {})
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.true_divide(a, b)
        nought = np.equal(b, 0)
        return np.where(nought & np.equal(a, 0), np.zeros((), r.dtype), r)[()] if np.any(nought) else r


elementwise(safe_divide, lambda y, a, b: 1 / b, lambda y, a, b: -y / b, domain=(0.3, 2.0))


def unit(x):
    """conj(x) / |x|, 0 at 0."""
    return np.sign(x) if x.dtype.kind != "c" else np.conj(safe_divide(x, np.absolute(x)))


def absolute_slope(y, x):
    """sign(x) for real x; for complex x the R-linear map t -> Re(conj(x) t) / |x|."""
    if type(x) is np.ndarray and type(y) is np.ndarray and y.size > MANY and np.min(y) > 0 and (r := signs(x)) is not None:
        return r
    return unit(x) if hasattr(x, "dtype") else (x > 0) - (x < 0) + 0.0 if not isinstance(x, complex) else np.conj(safe_divide(x, np.absolute(x)))


def over_square(c, a, b):
    """c / (a**2 + b**2); by way of the root where the squares leave the range of floats."""
    if isinstance(c, Tracer) or isinstance(a, Tracer) or isinstance(b, Tracer):
        return apply(over_square, (c, a, b), {})
    if type(a) is np.ndarray and a.size:
        with np.errstate(all="ignore"):
            square = a * a + b * b
        limits = np.finfo(square.dtype)
        if limits.tiny / limits.eps < np.min(square) and np.max(square) < limits.max * limits.eps:
            return c / square
    r = np.hypot(a, b)
    return c / r / r


elementwise(over_square, lambda y, c, a, b: over_square(1.0, a, b), lambda y, c, a, b: over_square(-2 * a * y, a, b),
            lambda y, c, a, b: over_square(-2 * b * y, a, b), domain=(0.3, 2.0))
elementwise(np.absolute, absolute_slope).fixed = True
elementwise(np.fabs, absolute_slope).fixed = True
elementwise(np.hypot, lambda y, a, b: safe_divide(a, y), lambda y, a, b: safe_divide(b, y))
elementwise(np.arctan2, lambda y, a, b: over_square(b, a, b), lambda y, a, b: over_square(-a, a, b))
elementwise(np.real, 1, views=True, onto=True).write_back = lambda x, y: y + 1j * np.imag(x)
elementwise(np.imag, lambda y, x: -1j if np.iscomplexobj(x) else 0.0, views=True, form_only=(0,)).write_back = lambda x, y: np.real(x) + 1j * y
elementwise(np.angle, lambda y, z, deg=False: (-1j / z if np.iscomplexobj(z) else 0.0 * z) * (180 / np.pi if deg else 1.0))
decomposed(np.real_if_close, lambda a, tol=100: np.real(a) if np.isrealobj(np.real_if_close(concrete(a), tol)) else a)

constant(np.floor, np.ceil, np.trunc, np.rint, np.floor_divide, np.signbit, np.spacing,
         np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
         np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.isfinite, np.isinf, np.isnan)
elementwise(np.copysign, lambda y, a, b: np.sign(a) * np.copysign(1.0, passive(b)), lambda y, a, b: 0.0)
elementwise(np.nextafter, 1, None)


def sign(x):
    """np.sign: constant for a real x, x / |x| for a complex one."""
    return safe_divide(x, np.absolute(x)) if isinstance(x, Tracer) and x.dtype.kind == "c" else np.sign(passive(x))


decomposed(np.sign, sign)
elementwise(np.heaviside, lambda y, a, b: np.zeros(np.shape(y)), lambda y, a, b: (passive(a) == 0) * 1.0, selective=True)
