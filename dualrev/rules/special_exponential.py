"""scipy.special: exponentials, logarithms, entropies, transformations and losses."""

import numpy as np
import scipy.special as sp

from ..core.rows import constant, elementwise
from ..core.tracer import Tracer, apply, passive
from .arithmetic import number, power_in_base, power_in_exponent, safe_divide
from .quadrature import blockwise, masked

elementwise(sp.expit, lambda y, x: y * sp.expit(-x))
elementwise(sp.logit, lambda y, x: 1 / (x * (1 - x)), domain=(0.1, 0.9))
elementwise(sp.log_expit, lambda y, x: sp.expit(-x))
elementwise(sp.exp10, lambda y, x: y * np.log(10.0))
elementwise(sp.cosm1, lambda y, x: -np.sin(x))
elementwise(sp.powm1, lambda y, a, b: power_in_base(y + 1, a, b), lambda y, a, b: power_in_exponent(y + 1, a, b), domain=(0.3, 2.0))
if sp.exp2 is not np.exp2:
    elementwise(sp.exp2, lambda y, x: y * np.log(2.0), name="scipy.special.exp2")
if sp.expm1 is not np.expm1:
    elementwise(sp.expm1, lambda y, x: np.exp(x), name="scipy.special.expm1")
if sp.log1p is not np.log1p:
    elementwise(sp.log1p, lambda y, x: 1 / (1 + x), domain=(-0.6, 2.0), name="scipy.special.log1p")
if sp.cbrt is not np.cbrt:
    elementwise(sp.cbrt, lambda y, x: 1 / (3 * y * y), domain=(0.3, 2.0), name="scipy.special.cbrt")
constant(sp.round)

DEGREE = np.pi / 180
elementwise(sp.sindg, lambda y, x: DEGREE * sp.cosdg(x))
elementwise(sp.cosdg, lambda y, x: -DEGREE * sp.sindg(x))
elementwise(sp.tandg, lambda y, x: DEGREE * (1 + y * y))
elementwise(sp.cotdg, lambda y, x: -DEGREE * (1 + y * y), domain=(20.0, 70.0))
elementwise(sp.radian, lambda y, d, m, s: DEGREE, lambda y, d, m, s: DEGREE / 60, lambda y, d, m, s: DEGREE / 3600)


def exprel_slope(x, n):
    """The n-th derivative of (e**x - 1) / x, which is the integral of s**n e**(x s) over (0, 1)."""
    if isinstance(x, Tracer):
        return apply(exprel_slope, (x, n), {})
    return blockwise(lambda x: plain_exprel_slope(x, n), x)


def plain_exprel_slope(x, n):
    """The same of plain numbers: a power series of positive terms near 0, Kummer's for x < 0, and the closed form beyond."""
    y = sp.exprel(x)
    for k in range(1, n + 1):
        y = (np.exp(x) - k * y) / x
    y[x == np.inf] = np.inf
    near = np.abs(x) < n + 3
    for chosen, kummer in ((near & (x >= 0), False), (near & (x < 0), True)):
        u = np.abs(x[chosen])
        coefficients, size, most = [], 1.0, float(np.max(u, initial=0.0))
        for k in range(30 + 5 * (n + 3)):
            coefficients.append(size / (n + k + 1))
            size = size / (n + k + 1 if kummer else k + 1)
            if size * most ** (k + 1) < 1e-18:
                break
        total = np.full_like(u, coefficients.pop())
        for c in reversed(coefficients):
            total *= u
            total += c
        y[chosen] = np.exp(-u) * total if kummer else total
    return y


elementwise(sp.exprel, lambda y, x: exprel_slope(x, 1))
elementwise(exprel_slope, lambda y, x, n: exprel_slope(x, n + 1), None, domain=[lambda rng: ((rng.uniform(-9.0, 9.0, 6), 1), {}), lambda rng: ((rng.uniform(-2.0, 2.0, 3), 2), {})])


def log_ratio(x, y):
    """log(x / y), precise near 1; infinite at (0, 0), where the function is infinite on the side of x."""
    p, q = passive(x), passive(y)
    near = (p > 0.5 * q) & (p < 2 * q)
    r = np.where(near, np.log1p(masked(x - y, near, 0.0) / masked(y, near, 1.0)), np.log(x) - np.log(y))
    return number(np.where((p == 0) & (q == 0), np.inf, r))


elementwise(sp.entr, lambda y, x: -np.log(x) - 1, domain=(0.3, 2.0))
elementwise(sp.rel_entr, lambda y, a, b: log_ratio(a, b) + 1, lambda y, a, b: -safe_divide(a, b), domain=(0.3, 2.0))
elementwise(sp.kl_div, lambda y, a, b: log_ratio(a, b), lambda y, a, b: number(np.where((passive(a) == 0) & (passive(b) == 0), 1.0, (b - a) / b)), domain=(0.3, 2.0))
elementwise(sp.xlogy, lambda y, a, b: np.log(b), lambda y, a, b: safe_divide(a, b), domain=(0.3, 2.0))
elementwise(sp.xlog1py, lambda y, a, b: np.log1p(b), lambda y, a, b: safe_divide(a, 1 + b), domain=(0.3, 2.0))


def inside(d, r):
    """Where the quadratic part of Huber's loss holds."""
    return np.abs(passive(r)) <= passive(d)


def rise(d, r):
    """sqrt(1 + (r/d)**2) and what it exceeds 1 by."""
    q = r / d
    w = np.hypot(1.0, q)
    return w, q * q / (1 + w)


def pseudo_huber_in_width(y, d, r):
    """d (w - 1)**2 / w, with w = sqrt(1 + (r/d)**2)."""
    w, more = rise(d, r)
    return d * more * more / w


elementwise(sp.huber, lambda y, d, r: number(np.where(inside(d, r), 0.0, np.abs(r) - d)), lambda y, d, r: number(np.where(inside(d, r), r, d * np.sign(passive(r)))),
            domain=(0.3, 2.0))
elementwise(sp.pseudo_huber, pseudo_huber_in_width, lambda y, d, r: r / rise(d, r)[0], domain=(0.3, 2.0))


def bent(log_x, p):
    """The derivative of (x**p - 1) / p in p."""
    return log_x * log_x * exprel_slope(p * log_x, 1)


elementwise(sp.boxcox, lambda y, x, p: x ** (p - 1), lambda y, x, p: bent(np.log(x), p), domain=(0.3, 2.0))
elementwise(sp.boxcox1p, lambda y, x, p: np.exp((p - 1) * np.log1p(x)), lambda y, x, p: bent(np.log1p(x), p), domain=(0.3, 2.0))
elementwise(sp.inv_boxcox, lambda y, z, p: y ** (1 - p), lambda y, z, p: -bent(np.log(y), p) * y ** (1 - p), domain=(0.3, 2.0))
elementwise(sp.inv_boxcox1p, lambda y, z, p: (1 + y) ** (1 - p), lambda y, z, p: -bent(np.log1p(y), p) * (1 + y) ** (1 - p), domain=(0.3, 2.0))
