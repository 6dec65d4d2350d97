"""scipy.special: the error function, its inverses, and the normal distribution."""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import composite, elementwise
from ..core.tracer import Tracer, apply, passive
from .arithmetic import number
from .quadrature import blockwise, masked

ROOT_PI, ROOT_2PI = math.sqrt(math.pi), math.sqrt(2 * math.pi)

elementwise(sp.erf, lambda y, x: 2 / ROOT_PI * np.exp(-x * x))
elementwise(sp.erfc, lambda y, x: -2 / ROOT_PI * np.exp(-x * x))
elementwise(sp.erfi, lambda y, x: 2 / ROOT_PI * np.exp(x * x))
elementwise(sp.erfinv, lambda y, x: ROOT_PI / 2 * np.exp(y * y), domain=(-0.9, 0.9))
elementwise(sp.erfcinv, lambda y, x: -ROOT_PI / 2 * np.exp(y * y), domain=(0.1, 1.9))


def faddeeva(z, n):
    """The n-th derivative of w(z) = exp(-z**2) erfc(-i z), of plain complex numbers: its recurrence, and far from 0 its asymptotic series."""
    z = np.asarray(z, complex)
    with np.errstate(all="ignore"):
        last = sp.wofz(z)
        if not n:
            return last
        now = -2 * z * last + 2j / ROOT_PI
        for k in range(1, n):
            last, now = now, -2 * z * now - 2 * k * last
        far = np.abs(z) > 7 + n
        if np.any(far):
            now = np.array(now)
            now[far] = faddeeva_far(z[far], n)
    return now


def faddeeva_far(z, n):
    """The same by the asymptotic series."""
    below = z.imag < 0
    u = np.where(below, -z, z)
    series = 0.0
    term = 1j / ROOT_PI * (-1) ** n * math.factorial(n) / u ** (n + 1)
    for k in range(40):
        series = series + term
        term = term * (2 * k + 1) / (2 * u * u) * ((2 * k + 1 + n) * (2 * k + 2 + n) / ((2 * k + 1) * (2 * k + 2)))
    return np.where(below, (-1) ** (n + 1) * series + 2 * gaussian_slope(z, n), series)


def gaussian_slope(z, n):
    """The n-th derivative of exp(-z**2)."""
    before, now = 0.0, np.exp(-z * z)
    for k in range(n):
        before, now = now, -2 * z * now - 2 * k * before
    return now


def faddeeva_slope(z, n):
    """The n-th derivative of scipy.special.wofz."""
    if isinstance(z, Tracer):
        return apply(faddeeva_slope, (z, n), {})
    return faddeeva(z, n).astype(np.result_type(np.asarray(z), np.complex64))[()]


def plainly(near, x, far):
    """What a recurrence gives near 0, and another function where its terms cancel."""
    beyond = ~(np.abs(x) < 4)
    if np.any(beyond):
        near[beyond] = far(x[beyond])
    return near


def erfcx_slope(x, n):
    """The n-th derivative of scipy.special.erfcx."""
    if isinstance(x, Tracer):
        return apply(erfcx_slope, (x, n), {})
    kind = np.result_type(np.asarray(x), np.float16)
    if n == 1 and kind.kind != "c":
        return blockwise(lambda x: plainly(2 * x * sp.erfcx(x) - 2 / ROOT_PI, x, lambda x: (1j * faddeeva(1j * x, 1)).real), x)
    r = 1j**n * faddeeva(1j * np.asarray(x, complex), n)
    return (r if kind.kind == "c" else r.real).astype(kind)[()]


def dawsn_slope(x, n):
    """The n-th derivative of scipy.special.dawsn, for n > 0."""
    if isinstance(x, Tracer):
        return apply(dawsn_slope, (x, n), {})
    x = np.asarray(x)
    if x.dtype.kind != "c" and n == 1:
        return blockwise(lambda x: plainly(1 - 2 * x * sp.dawsn(x), x, lambda x: ROOT_PI / 2 * faddeeva(x, 1).imag), x)
    if x.dtype.kind != "c":
        return (ROOT_PI / 2 * faddeeva(x, n).imag).astype(np.result_type(x, np.float16))[()]
    return (0.5j * ROOT_PI * (gaussian_slope(x, n) - faddeeva(x, n))).astype(x.dtype)[()]


composite(sp.wofz, lambda t, y, z: t * faddeeva_slope(z, 1), vjp=(lambda g, y, z: g * faddeeva_slope(z, 1),),
          domain=[lambda rng: ((rng.uniform(-2.0, 2.0, 3) + 1j * rng.uniform(-2.0, 2.0, 3),), {}), lambda rng: ((rng.uniform(-2.0, 2.0, 3),), {})])
elementwise(faddeeva_slope, lambda y, z, n: faddeeva_slope(z, n + 1), None,
            domain=[lambda rng: ((rng.uniform(-2.0, 2.0, 3) + 1j * rng.uniform(-2.0, 2.0, 3), 1), {}), lambda rng: ((np.array([9 + 9j, -12 + 3j, 15 - 1j]), 1), {})])
elementwise(sp.erfcx, lambda y, x: erfcx_slope(x, 1))
elementwise(erfcx_slope, lambda y, x, n: erfcx_slope(x, n + 1), None, domain=lambda rng: ((rng.uniform(-2.0, 2.0, 4), 1), {}))
elementwise(sp.dawsn, lambda y, x: dawsn_slope(x, 1))
elementwise(dawsn_slope, lambda y, x, n: dawsn_slope(x, n + 1), None, domain=lambda rng: ((rng.uniform(-2.0, 2.0, 4), 1), {}))


def hazard(y, x):
    """The density over the distribution function, whose logarithm is y: by the scaled function in the left tail."""
    left = np.real(passive(x)) < 0
    if np.iscomplexobj(passive(x)):
        return np.exp(-0.5 * x * x - y) / ROOT_2PI
    tail = math.sqrt(2 / math.pi) / sp.erfcx(masked(-x, left, 0.0) / math.sqrt(2))
    body = np.exp(-0.5 * masked(x * x, ~left, 0.0) - masked(y, ~left, 0.0)) / ROOT_2PI
    return number(np.where(left, tail, body))


def log_quantile_slope(y, x):
    """The derivative of the normal quantile y of probability e**x."""
    left = passive(y) < 0
    tail = math.sqrt(math.pi / 2) * sp.erfcx(masked(-y, left, 0.0) / math.sqrt(2))
    return number(np.where(left, tail, ROOT_2PI * np.exp(masked(x, ~left, 0.0) + 0.5 * masked(y * y, ~left, 0.0))))


elementwise(sp.ndtr, lambda y, x: np.exp(-0.5 * x * x) / ROOT_2PI)
elementwise(sp.log_ndtr, hazard)
elementwise(sp.ndtri, lambda y, p: ROOT_2PI * np.exp(0.5 * y * y), domain=(0.1, 0.9))
elementwise(sp.ndtri_exp, log_quantile_slope, domain=(-3.0, -0.1))
elementwise(sp.owens_t, lambda y, h, a: -np.exp(-0.5 * h * h) / (2 * ROOT_2PI) * sp.erf(a * h / math.sqrt(2)),
            lambda y, h, a: np.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a)))


def voigt(n, factor):
    """A partial of Re w(z) / (s sqrt(2 pi)) with z = (x + i c) / (s sqrt(2)), by the n-th derivative of w."""
    def partial(y, x, s, c):
        return np.real(factor * faddeeva_slope((x + 1j * c) / (s * math.sqrt(2)), n)) / (s * s * ROOT_2PI)

    return partial


# in the width: the convolution of a density with a normal one solves the equation of heat
elementwise(sp.voigt_profile, voigt(1, 1 / math.sqrt(2)), voigt(2, 0.5), voigt(1, 1j / math.sqrt(2)), domain=(0.3, 2.0))
