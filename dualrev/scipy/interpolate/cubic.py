"""Cubic interpolators: each is fixed by its slopes at the knots, which depend on the data and on the knots.

C. de Boor, A Practical Guide to Splines (2001), chapter 4; F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984); H. Akima, J. ACM 17 (1970).
"""

import numpy as np
import scipy.interpolate as theirs

from ...core.tracer import concrete, passive
from ...rules.products import array
from ...rules.quadrature import masked
from ..linalg import solve_banded
from .piecewise import Piecewise, floating, traced

__all__ = ["Akima1DInterpolator", "CubicHermiteSpline", "CubicSpline", "PchipInterpolator"]


def column(d, y):
    """A vector along the first axis of y."""
    return np.reshape(d, (-1,) + (1,) * (y.ndim - 1))


def hermite(x, y, s):
    """The coefficients of the cubics with the values y and the slopes s at the knots."""
    h = column(np.diff(x), y)
    slope = np.diff(y, axis=0) / h
    t = (s[:-1] + s[1:] - 2 * slope) / h
    return np.stack([t / h, (slope - s[:-1]) / h - t, s[:-1], y[:-1]])


def one(v):
    """A first axis of length one."""
    return np.expand_dims(v, 0)


def solved(above, diagonal, below, b):
    """The solution of a tridiagonal system, for all columns of b."""
    return np.reshape(solve_banded((1, 1), np.stack([above, diagonal, below]), np.reshape(b, (b.shape[0], -1))), b.shape)


def end_row(condition, h, k, slope, sign):
    """The first equation: diagonal entry, its neighbour, right-hand side. The last one is the first of the mirrored data."""
    if condition == "not-a-knot":
        d = k[0] + k[1]
        return h[1], h[0] + h[1], ((k[0] + 2 * d) * k[1] * slope[0] + k[0] ** 2 * slope[1]) / d
    order, value = condition
    value = array(value) + 0.0 * slope[0]
    if order == 1:
        return 0.0 * h[0] + 1.0, 0.0 * h[0], value
    return 2 * h[0], h[0], 3 * k[0] * slope[0] - sign * 0.5 * value * k[0] ** 2


def spline_slopes(x, y, start, end):
    """The slopes that make the second derivative continuous: a tridiagonal system, its first and last row from the conditions at the ends."""
    h, n = np.diff(x), x.shape[0]
    k = column(h, y)
    slope = np.diff(y, axis=0) / k
    if start == "periodic":
        return periodic_slopes(h, k, slope)
    if n == 2:
        start, end = ((1, slope[0]) if isinstance(condition, str) else condition for condition in (start, end))
    elif n == 3 and start == end == "not-a-knot":  # a parabola
        middle = (k[0] * slope[1] + k[1] * slope[0]) / (k[0] + k[1])
        return np.stack([2 * slope[0] - middle, middle, 2 * slope[1] - middle])
    d, up, first = end_row(start, h, k, slope, 1.0)
    e, down, last = end_row(end, h[::-1], k[::-1], slope[::-1], -1.0)
    inner = 3 * (k[1:] * slope[:-1] + k[:-1] * slope[1:])
    zero = np.zeros(1)
    return solved(np.concatenate([zero, one(up), h[:-1]]), np.concatenate([one(d), 2 * (h[:-1] + h[1:]), one(e)]), np.concatenate([h[1:], one(down), zero]),
                  np.concatenate([one(first), inner, one(last)]))


def periodic_slopes(h, k, slope):
    """The same in a circle: the last unknown is kept aside, and found from its own equation."""
    if h.shape[0] == 1:
        return np.concatenate([slope, slope])
    if h.shape[0] == 2:
        t = np.sum(slope / k, axis=0) / np.sum(1 / k, axis=0)
        return np.stack([t, t, t])
    b = 3 * np.concatenate([one(k[0] * slope[-1] + k[-1] * slope[0]), k[1:] * slope[:-1] + k[:-1] * slope[1:]])
    bands = (np.concatenate([np.zeros(1), h[-1:], h[:-3]]), np.concatenate([2 * (h[-1:] + h[:1]), 2 * (h[:-2] + h[1:-1])]), h[1:])
    some = solved(*bands, b[:-1])
    others = solved(*bands, column(np.concatenate([-h[:1], np.zeros(h.shape[0] - 3), -h[-3:-2]]), some) + 0.0 * some)
    final = (b[-1] - h[-2] * some[0] - h[-1] * some[-1]) / (2 * (h[-1] + h[-2]) + h[-2] * others[0] + h[-1] * others[-1])
    s = some + final * others
    return np.concatenate([s, one(final), s[:1]])


def edge_slope(h, other, m, next_m):
    """Three-point estimate at an end, limited so that no new extremum comes up."""
    d = ((2 * h + other) * m - h * next_m) / (h + other)
    plain_d, plain_m, plain_next = passive(d), passive(m), passive(next_m)
    turned = np.sign(plain_d) != np.sign(plain_m)
    steep = (np.sign(plain_m) != np.sign(plain_next)) & (np.abs(plain_d) > 3.0 * np.abs(plain_m))
    return np.where(turned, 0.0, np.where(steep, 3.0 * m, d))


def monotone_slopes(x, y):
    """PCHIP: weighted harmonic means of the secants on both sides, 0 at an extremum of the data."""
    h = column(np.diff(x), y)
    m = np.diff(y, axis=0) / h
    if h.shape[0] == 1:
        return np.concatenate([m, m])
    left, right = passive(m)[:-1], passive(m)[1:]
    rising = (np.sign(left) == np.sign(right)) & (left != 0)
    w, v = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    mean = (w + v) / (w / masked(m[:-1], rising, 1.0) + v / masked(m[1:], rising, 1.0))
    return np.concatenate([one(edge_slope(h[0], h[1], m[0], m[1])), np.where(rising, mean, 0.0), one(edge_slope(h[-1], h[-2], m[-1], m[-2]))])


def akima_slopes(x, y, method):
    """Secants weighted by how much their neighbours turn; two more on each side by extrapolation."""
    m = np.diff(y, axis=0) / column(np.diff(x), y)
    if m.shape[0] == 1:
        return np.concatenate([m, m])
    a, b = 2.0 * m[:1] - m[1:2], 2.0 * m[-1:] - m[-2:-1]
    m = np.concatenate([2.0 * a - m[:1], a, m, b, 2.0 * b - m[-1:]])
    turn = np.abs(np.diff(m, axis=0))
    if method == "makima":
        turn = turn + 0.5 * np.abs(m[1:] + m[:-1])
    f, g = turn[2:], turn[:-2]
    total = passive(f + g)
    defined = total > 1e-9 * np.max(total, initial=-np.inf)
    return np.where(defined, m[1:-2] + g / masked(f + g, defined, 1.0) * (m[2:-1] - m[1:-2]), 0.5 * (m[3:] + m[:-3]))


def plain(tree):
    """What is traced without its derivatives, inside of lists and tuples too."""
    return type(tree)(plain(part) for part in tree) if isinstance(tree, (list, tuple)) else concrete(tree)


class Cubic(Piecewise):
    """Coefficients by SciPy where nothing is traced, otherwise from the slopes at the knots; SciPy's class checks the arguments in either case."""

    def __init__(self, kind, x, y, slopes, options, **keywords):
        checked = kind(*(np.asarray(plain(a)) for a in (x, y, *options)), **plain_values(keywords))
        if traced(x, y, *options, *keywords.values()):
            x, data = floating(x), [np.moveaxis(floating(a), checked.axis, 0) for a in (y, *options)]
            super().__init__(hermite(x, data[0], slopes(x, *data)), x, checked.extrapolate, checked.axis)
        else:
            super().__init__(checked.c, checked.x, checked.extrapolate, checked.axis)


def plain_values(keywords):
    """Keywords without derivatives."""
    return {key: plain(value) for key, value in keywords.items()}


def condition(end):
    """A condition at one end: a name, or an order with a value."""
    return {"clamped": (1, 0.0), "natural": (2, 0.0)}.get(end, end) if isinstance(end, str) else end


class CubicSpline(Cubic):
    """``scipy.interpolate.CubicSpline``, differentiable in x, y, the values of ``bc_type``, and the points of evaluation."""

    def __init__(self, x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
        start, end = (condition(end) for end in ((bc_type, bc_type) if isinstance(bc_type, str) else bc_type))
        super().__init__(theirs.CubicSpline, x, y, lambda x, y: spline_slopes(x, y, start, end), (), axis=axis, bc_type=bc_type, extrapolate=extrapolate)


class PchipInterpolator(Cubic):
    """``scipy.interpolate.PchipInterpolator``, differentiable in x, y and the points of evaluation."""

    def __init__(self, x, y, axis=0, extrapolate=None):
        super().__init__(theirs.PchipInterpolator, x, y, monotone_slopes, (), axis=axis, extrapolate=extrapolate)


class Akima1DInterpolator(Cubic):
    """``scipy.interpolate.Akima1DInterpolator``, differentiable in x, y and the points of evaluation."""

    def __init__(self, x, y, axis=0, *, method="akima", extrapolate=None):
        super().__init__(theirs.Akima1DInterpolator, x, y, lambda x, y: akima_slopes(x, y, method), (), axis=axis, method=method, extrapolate=extrapolate)


class CubicHermiteSpline(Cubic):
    """``scipy.interpolate.CubicHermiteSpline``, differentiable in x, y, the slopes ``dydx`` and the points of evaluation."""

    def __init__(self, x, y, dydx, axis=0, extrapolate=None):
        super().__init__(theirs.CubicHermiteSpline, x, y, lambda x, y, s: s, (dydx,), axis=axis, extrapolate=extrapolate)
