"""Derivatives of Struve functions in their order: H and L are multiples of 1F2(1; 3/2, v+3/2; -+x**2/4), and H - Y and I - L are integrals.

Relative accuracy 1e-8 or better for -0.4 <= v <= 50 and 1e-6 <= x <= 100; it raises beyond.
"""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import elementwise
from ..core.tracer import Tracer, apply
from .bessel_order import i_columns, y_columns
from .hypergeometric_series import certain, combined, hypergeometric, surest
from .quadrature import cumulative, entrywise, half_line, within
from .special_gamma import psi_slope


def ascending(v, x, m, sign):
    """The power series, by Leibniz's rule for its factor (x/2)**(v+1) / (Gamma(3/2) Gamma(v+3/2))."""
    log, w, one = np.log(x / 2), v + 1.5, np.ones_like(x)
    front = np.exp((v + 1) * log - sp.gammaln(w) - math.lgamma(1.5))
    value, error, _ = combined([
        (front * math.comb(m, j) * cumulative(lambda i, _: (log if i == 1 else 0.0) - psi_slope(w, i - 1), m - j),
         hypergeometric((one,), (1.5 * one, w), sign * x * x / 4, (0, 0, j)))
        for j in range(m + 1)])
    return value, error + 1e-14 * np.abs(value), np.zeros_like(x)


def beside(v, x, m, sign):
    """2 (x/2)**v / (sqrt(pi) Gamma(v+1/2)) times an integral, added to Y or taken from I.

    H - Y: (1+t**2)**(v-1/2) e**(-x t) over (0, inf). I - L: sin(a)**2v e**(-x cos(a)) over (0, pi/2), written in t = tan(a).
    """
    log = np.log(x / 2)

    def integrand(t, weigh):
        more = np.log1p(t * t) if sign < 0 else -np.log1p(t**-2.0)
        decay = x * t + 0.5 * more if sign < 0 else x / np.hypot(1.0, t) + np.log1p(t * t)
        factor = cumulative(lambda i, _: (log + more if i == 1 else 0.0) - psi_slope(v + 0.5, i - 1), m)
        return np.exp(v * (log + more) - sp.gammaln(v + 0.5) - decay) * weigh(factor) * 2 / math.sqrt(math.pi)

    least, most = (1e-18 / x, (100 + 6 * np.abs(v)) / x) if sign < 0 else (np.full_like(x, 1e-90), np.full_like(x, 1e18))
    rest, size = (half_line(lambda t, f=f: integrand(t, f), least, most, 1024) for f in (lambda a: a, np.abs))
    bessel = (y_columns if sign < 0 else i_columns)(v, x, m)
    return (bessel - sign * rest)[:, None], 1e-12 * (np.abs(bessel) + size)[:, None], np.zeros_like(x)


def struve_slope(v, x, m, sign):
    """The m-th derivative in the order of struve (sign -1) or modstruve (sign 1)."""
    if isinstance(v, Tracer) or isinstance(x, Tracer):
        return apply(struve_slope, (v, x, m, sign), {})
    if not m:
        return (sp.struve if sign < 0 else sp.modstruve)(v, x)
    name = f"scipy.special.{'struve' if sign < 0 else 'modstruve'} in the order"
    v, x = np.asarray(v), np.asarray(x)
    within(name, (v < -0.4) | (v > 52) | (x < 1e-6) | (x > 100), "-0.4 <= v <= 50 and 1e-6 <= x <= 100")

    def columns(v, x):
        series = ascending(v, x, m, sign)
        sure = series[1] <= 1e-10 * np.abs(series[0])
        return certain(name, *(series if np.all(sure) else surest([series, beside(v, x, m, sign)])))[:, 0]

    return entrywise(columns, v, x)


def excess(v, x, m):
    """The m-th derivative in v of (x/2)**v / (sqrt(pi) Gamma(v+3/2))."""
    log = np.log(x / 2)
    return (x / 2) ** v * sp.rgamma(v + 1.5) / math.sqrt(math.pi) * cumulative(lambda i, _: (log if i == 1 else 0.0) - psi_slope(v + 1.5, i - 1), m)


def in_argument(y, v, x, m, sign):
    """S(v)' = v S(v) / x +- S(v+1) + (x/2)**v / (sqrt(pi) Gamma(v+3/2)), differentiated in v."""
    return (v * y + (m * struve_slope(v, x, m - 1, sign) if m else 0.0)) / x + sign * struve_slope(v + 1, x, m, sign) + excess(v, x, m)


elementwise(struve_slope, lambda y, v, x, m, sign: struve_slope(v, x, m + 1, sign), in_argument, None, None,
            domain=[lambda rng, s=s: ((rng.uniform(0.3, 1.7, 3), rng.uniform(0.5, 4.0, 3), 1, s), {}) for s in (1, -1)])
for function, sign in ((sp.struve, -1), (sp.modstruve, 1)):
    elementwise(function, lambda y, v, x, s=sign: struve_slope(v, x, 1, s),
                lambda y, v, x, f=function, s=sign: (f(v - 1, x) + s * f(v + 1, x) + excess(v, x, 0)) / 2, domain=(0.3, 3.0))
