"""The elementary functions of one and two variables, as a handbook of derivatives lists them."""

import numpy as np
from scipy.special import expit, i1

from ..core.rows import composite, decomposed, elementwise
from ..core.tracer import Tracer, apply, concrete, passive
from .arithmetic import number

LN2, LN10 = np.log(2.0), np.log(10.0)


def to_circle(x):
    """1 - x**2, with the signs of complex zeros that the branch cuts ask for."""
    if isinstance(x, Tracer):
        return apply(to_circle, (x,), {})
    return (1 - x) * (1 + x) if np.isrealobj(x) else (x - 1) * (-x - 1)


def to_hyperbola(x):
    """The root of x**2 - 1, on the sheet of arccosh."""
    if isinstance(x, Tracer):
        return apply(to_hyperbola, (x,), {})
    return np.sqrt(x - 1) * np.sqrt(x + 1)


def tanh_slope(y, x):
    """1 - y**2, which has few digits left where y = tanh(x) is near 1: there 1 / cosh(x)**2, without overflow."""
    if isinstance(y, Tracer) or isinstance(x, Tracer):
        return apply(tanh_slope, (y, x), {})
    r = (1 - y) * (1 + y)
    if type(r) is np.ndarray and r.shape:
        if r.dtype.kind == "f" and np.min(r, initial=1.0) > 0.002:  # the frequent case: a mask would cost as much as the slope
            return r
        far = abs(y) > 0.999
        r[far] = squared_secant(x[far])
        return r
    return r if abs(y) < 0.999 else squared_secant(x)


def squared_secant(x):
    """1 / cosh(x)**2 of plain numbers."""
    e = np.exp(-2 * (np.abs(x) if np.isrealobj(x) else np.where(np.real(x) < 0, -x, x)))
    return 4 * e / ((1 + e) * (1 + e))


elementwise(to_circle, lambda y, x: -2 * x)
elementwise(to_hyperbola, lambda y, x: x / y, domain=(1.2, 3.0))
elementwise(tanh_slope, lambda r, y, x: 0.0 * r, lambda r, y, x: -2 * y * r)  # a function of x alone: y is tanh(x)
elementwise(np.exp, lambda y, x: y)
elementwise(np.exp2, lambda y, x: y * LN2)
elementwise(np.expm1, lambda y, x: np.exp(x))
elementwise(np.log, lambda y, x: 1 / x, domain=(0.3, 2.0))
elementwise(np.log2, lambda y, x: 1 / (x * LN2), domain=(0.3, 2.0))
elementwise(np.log10, lambda y, x: 1 / (x * LN10), domain=(0.3, 2.0))
elementwise(np.log1p, lambda y, x: 1 / (1 + x), domain=(-0.6, 2.0))

elementwise(np.sin, lambda y, x: np.cos(x))
elementwise(np.cos, lambda y, x: -np.sin(x))
elementwise(np.tan, lambda y, x: 1 + y * y, domain=(-1.2, 1.2))
elementwise(np.arcsin, lambda y, x: 1 / np.sqrt(to_circle(x)), domain=(-0.9, 0.9))
elementwise(np.arccos, lambda y, x: -1 / np.sqrt(to_circle(x)), domain=(-0.9, 0.9))
elementwise(np.arctan, lambda y, x: 1 / (1 + x * x))

elementwise(np.sinh, lambda y, x: np.cosh(x))
elementwise(np.cosh, lambda y, x: np.sinh(x))
elementwise(np.tanh, tanh_slope)
elementwise(np.arcsinh, lambda y, x: 1 / np.cosh(y) if np.isrealobj(x) else 1 / np.sqrt(1 + x * x))  # where x * x leaves the range of floats, cosh(y) does not
elementwise(np.arccosh, lambda y, x: 1 / to_hyperbola(x), domain=(1.2, 3.0))
elementwise(np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x)), domain=(-0.9, 0.9))

for radians in (np.deg2rad, np.radians):
    elementwise(radians, lambda y, x: np.pi / 180)
for degrees in (np.rad2deg, np.degrees):
    elementwise(degrees, lambda y, x: 180 / np.pi)


def likelihood(unit):
    """Derivative of log(e**a + e**b) in a, for a base whose logarithm is ``unit``: e**a / (e**a + e**b), with its limits where a or b is infinite."""
    def partial(y, a, b):
        endless = np.isinf(passive(a)) | np.isinf(passive(b))
        if not np.any(endless):
            return expit(unit * (a - b))
        limit = np.where(passive(a) == passive(b), 0.5, passive(a) > passive(b))
        return number(np.where(endless, limit, expit(unit * (np.where(endless, 0.0, a) - np.where(endless, 0.0, b)))))

    return partial


for ufunc, unit in ((np.logaddexp, 1.0), (np.logaddexp2, LN2)):
    share = likelihood(unit)
    elementwise(ufunc, share, lambda y, a, b, share=share: share(y, b, a))


def sinc_slope(x, n):
    """The n-th derivative of sin(pi x) / (pi x): the power series near 0, where the closed form cancels."""
    if isinstance(x, Tracer):
        return apply(sinc_slope, (x, n), {})
    u = np.pi * np.asarray(x)
    near = np.abs(u) < n + 1
    v, w = np.where(near, u, 0.0), np.where(near, 1.0, u)
    series, term = 0.0, v ** (n % 2)  # term: (-1)**k v**(2k-n) / (2k-n)!
    k = (n + 1) // 2
    term = term * (-1) ** k
    while 2 * k - n < 24 + 4 * n:
        series = series + term / (2 * k + 1)
        k += 1
        term = -term * v * v / ((2 * k - n) * (2 * k - n - 1))
    closed = np.sin(w) / w
    for m in range(1, n + 1):
        closed = (np.sin(w + m * np.pi / 2) - m * closed) / w
    return (np.pi**n * np.where(near, series, closed)).astype(np.asarray(x).dtype)[()]


elementwise(np.sinc, lambda y, x: sinc_slope(x, 1))
elementwise(sinc_slope, lambda y, x, n: sinc_slope(x, n + 1), None, domain=lambda rng: ((rng.uniform(-2.0, 2.0, 4), 1), {}))


elementwise(np.i0, lambda y, x: i1(x))

composite(np.modf, lambda t, y, x: (t, np.zeros_like(t)), vjp=(lambda g, y, x: g[0],), multiple=True)


def frexp(x):
    """np.frexp: the exponent is constant, the mantissa is x over its power of two."""
    exponent = np.frexp(concrete(x))[1]
    return np.ldexp(x, -exponent), exponent


decomposed(np.frexp, frexp)
decomposed(np.divmod, lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)))


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """np.nan_to_num: what is replaced is constant."""
    if x.dtype.kind == "c":
        y = nan_to_num(np.real(x), True, nan, posinf, neginf) + 1j * nan_to_num(np.imag(x), True, nan, posinf, neginf)
    else:
        y = np.where(np.isfinite(concrete(x)), x, np.nan_to_num(concrete(x), nan=nan, posinf=posinf, neginf=neginf))
    if not copy and x.shape:
        x[...] = y
        return x
    return y


decomposed(np.nan_to_num, nan_to_num)
