"""scipy.special: Legendre's elliptic integrals and Jacobi's functions. Their derivatives are Carlson's symmetric integrals, free of cancellation."""

import math

import numpy as np
import scipy.special as sp

from ..core.rows import composite, elementwise
from ..core.tracer import passive
from .quadrature import blockwise

NEAR = 0.3  # where the closed forms of the complete integrals' slopes have lost a digit


def hypergeometric(a, b, c):
    """The first coefficients of the power series of 2F1(a, b; c; m), enough for |m| < 0.3."""
    found = [1.0]
    for k in range(33):
        found.append(found[-1] * (a + k) * (b + k) / ((c + k) * (k + 1)))
    return [math.pi / 8 * x for x in found]


FIRST, SECOND = hypergeometric(1.5, 1.5, 2.0), hypergeometric(0.5, 1.5, 2.0)


def complete(m, p, series, closed):
    """The slope of a complete integral of plain numbers m = 1 - p: by its series, and away from 0 by its closed form."""
    y = closed(m, p)
    near = np.abs(m) < NEAR
    u = m[near]
    total = np.full_like(u, series[-1])
    for c in reversed(series[:-1]):
        total *= u
        total += c
    y[near] = total
    return y


def first_closed(m, p):
    """(E - p K) / (2 m p)."""
    return (sp.ellipe(m) - p * sp.ellipkm1(p)) / (2 * m * p)


def second_closed(m, p):
    """(K - E) / (2 m), for minus the slope."""
    return (sp.ellipkm1(p) - sp.ellipe(m)) / (2 * m)


def is_plain(m):
    """Whether the complete integral's slope may be worked out without Carlson's integrals, which are slower but have derivatives of their own."""
    return type(m) is np.ndarray and m.dtype == float and bool(np.all((m > -1e8) & (m < 1 - 1e-8)))


def first_slope(y, m):
    """That of ellipk."""
    return blockwise(lambda m: complete(m, 1 - m, FIRST, first_closed), m) if is_plain(m) else sp.elliprd(0.0, 1.0, 1 - m) / 6


def second_slope(y, m):
    """That of ellipe."""
    return -blockwise(lambda m: complete(m, 1 - m, SECOND, second_closed), m) if is_plain(m) else -sp.elliprd(0.0, 1 - m, 1.0) / 6


def complement_slope(y, p):
    """That of ellipkm1."""
    return -blockwise(lambda p: complete(1 - p, p, FIRST, first_closed), p) if is_plain(-p) and np.all(p > 1e-8) else -sp.elliprd(0.0, 1.0, p) / 6


elementwise(sp.ellipk, first_slope, domain=(-1.0, 0.9))
elementwise(sp.ellipkm1, complement_slope, domain=(0.1, 1.9))
elementwise(sp.ellipe, second_slope, domain=(-1.0, 0.9))


def folded(angle):
    """Sine and squared cosine of the angle less its nearest multiple of pi, and twice that multiple: the quarter periods gone through."""
    turns = np.round(passive(angle) / math.pi)
    part = angle - turns * math.pi
    s, c = np.sin(part), np.cos(part)
    return s, c * c, 2 * turns


def first_in_parameter(y, angle, m):
    """That of the incomplete integral of the first kind."""
    s, c2, quarters = folded(angle)
    return s**3 * sp.elliprd(c2, 1.0, 1 - m * s * s) / 6 + quarters * sp.elliprd(0.0, 1.0, 1 - m) / 6


def second_in_parameter(y, angle, m):
    """That of the incomplete integral of the second kind."""
    s, c2, quarters = folded(angle)
    return -(s**3) * sp.elliprd(c2, 1 - m * s * s, 1.0) / 6 - quarters * sp.elliprd(0.0, 1 - m, 1.0) / 6


elementwise(sp.ellipkinc, lambda y, a, m: 1 / np.sqrt(1 - m * np.sin(a) ** 2), first_in_parameter, domain=(0.2, 0.9))
elementwise(sp.ellipeinc, lambda y, a, m: np.sqrt(1 - m * np.sin(a) ** 2), second_in_parameter, domain=(0.2, 0.9))


def along_argument(y, m):
    """The derivatives of sn, cn, dn and the amplitude in u."""
    sn, cn, dn, _ = y
    return cn * dn, -sn * dn, -m * sn * cn, dn


def along_parameter(y, m):
    """Those in m: the amplitude keeps the integral of the first kind equal to u."""
    sn, cn, dn, angle = y
    move = -first_in_parameter(None, angle, m) * dn
    return cn * move, -sn * move, -(sn * sn + 2 * m * sn * cn * move) / (2 * dn), move


def paired(g, slopes):
    """The cotangent that four cotangents add up to."""
    return sum(a * b for a, b in zip(g, slopes, strict=True))


composite(sp.ellipj, lambda t, y, u, m: tuple(t * d for d in along_argument(y, m)), lambda t, y, u, m: tuple(t * d for d in along_parameter(y, m)), multiple=True,
          vjp=(lambda g, y, u, m: paired(g, along_argument(y, m)), lambda g, y, u, m: paired(g, along_parameter(y, m))),
          domain=lambda rng: ((rng.uniform(0.2, 2.5, 3), rng.uniform(0.1, 0.9, 3)), {}))
def mean_slope(y, a, b):
    """That of the arithmetic-geometric mean y of a and b in a: with p = (b/a)**2, y/a - 4 p K'(1 - p) (y/a)**2 / pi for plain numbers, and Carlson's integral."""
    if type(a) is type(b) is np.ndarray and a.dtype == b.dtype == float and a.shape == b.shape and np.all((a > 0) & (b > 1e-50 * a) & (b < 1e50 * a)):
        return blockwise(plain_mean_slope, y, a, b)
    return 2 / (3 * math.pi) * y * y * a * sp.elliprd(0.0, b * b, a * a)


def plain_mean_slope(y, a, b):
    """The same of plain numbers."""
    p, r = (b / a) ** 2, y / a
    return r - 4 / math.pi * r * r * p * complete(1 - p, p, FIRST, first_closed)


elementwise(sp.agm, mean_slope, lambda y, a, b: mean_slope(y, b, a),
            domain=(0.3, 2.0))
