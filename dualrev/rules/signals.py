"""Convolutions, interpolation and finite differences of sampled signals."""

import functools
import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..core.indexing import getitem
from ..core.rows import composite, decomposed, multilinear
from ..core.tracer import Tracer, apply, concrete, meta, passive
from .indexing import scattered
from .products import array
from .unchanged import of_type


def convolved(a, v, mode):
    """np.convolve of two vectors."""
    return apply(convolved, (a, v, mode), {}) if isinstance(a, Tracer) or isinstance(v, Tracer) else np.convolve(a, v, mode)


def lengthened(g, n, m):
    """g at its place in the full convolution of vectors of lengths n and m; the length of g tells the mode."""
    short, count = min(n, m), meta(g)[0][0]
    start = 0 if count == n + m - 1 else short - 1 if count == max(n, m) - short + 1 else short - 1 - short // 2
    before, after = np.zeros(start, g.dtype), np.zeros(n + m - 1 - start - count, g.dtype)
    return np.concatenate([before, g, after])


def other_way(g, kept, n):
    """The cotangent of one vector: the other one reversed, moved along g."""
    return convolved(lengthened(g, n, kept.shape[0]), np.flip(kept), "valid")


multilinear(convolved, lambda g, a, v, mode: other_way(g, v, a.shape[0]), lambda g, a, v, mode: other_way(g, a, v.shape[0]), name="np.convolve (of vectors)")


def vector(x):
    """An array with at least one axis."""
    x = array(x)
    return x if x.ndim else np.reshape(x, (1,))


def convolve(a, v, mode="full"):
    """np.convolve."""
    a, v = vector(a), vector(v)
    if not a.size or not v.size:
        raise ValueError(f"{'v' if a.size else 'a'} cannot be empty")
    return convolved(a, v, mode)


def correlate(a, v, mode="valid"):
    """np.correlate as a convolution: of a longer second vector NumPy gives the reverse of the exchanged correlation."""
    a, v = vector(a), vector(v)
    v = np.conj(v) if v.dtype.kind == "c" else v
    if not a.size or not v.size:
        raise ValueError("first and second array arguments cannot be empty")
    return convolved(a, np.flip(v), mode) if a.shape[0] >= v.shape[0] else np.flip(convolved(v, np.flip(a), mode))


decomposed(np.convolve, convolve)
decomposed(np.correlate, correlate)


def wide(x):
    """A float64 or complex128 array: np.interp gives no other."""
    x = array(x)
    return of_type(x, np.dtype(complex if x.dtype.kind == "c" else float))


def between(x, xp, fp, left, right):
    """np.interp over more than one knot."""
    return apply(between, (x, xp, fp, left, right), {}) if any(isinstance(a, Tracer) for a in (x, xp, fp, left, right)) else np.interp(x, xp, fp, left, right)


def summed_at(g, places, shape):
    """The sums of the entries of g that have the same place in a vector."""
    if type(g) in (np.ndarray, np.float64) and g.dtype.kind == "f" and type(places) in (np.ndarray, np.int64):
        return np.bincount(places.ravel(), g.ravel(), *shape)
    return scattered(g, places, shape)


class Places:
    """Where points lie between knots: each has the last knot that is not beyond it on its left; below the range the first one counts, above it and at its end the last.

    Where a value ``left`` or ``right`` is given, no knot counts outside. ``v`` and ``w`` are the shares of the knots j and k in the value.
    """

    def __init__(self, x, xp, left, right):
        knots, at = passive(xp), passive(x)
        self.below, self.above, n = at < knots[0], at > knots[-1], meta(xp)[0][0]
        filled = np.maximum(np.searchsorted(knots, knots[-1], side="left") - 1, 0)  # the last interval that is not empty
        self.j = np.minimum(np.maximum(np.searchsorted(knots, at, side="right") - 1, 0), filled)
        self.width = getitem(xp, self.j + 1) - getitem(xp, self.j)
        end, outside = at >= knots[-1], self.below | self.above
        w = (x - getitem(xp, self.j)) / self.width
        self.w, self.k = np.where(self.below, 0.0, np.where(end, 1.0, w)), np.where(end, n - 1, self.j + 1)
        self.v = 1.0 - self.w
        if left is not None or right is not None:
            given = self.below if right is None else self.above if left is None else outside
            self.v, self.w = np.where(given, 0.0, self.v), np.where(given, 0.0, self.w)
        self.inside = ~outside

    def slope(self, fp):
        """That of the interval on the right of each point, at the last knot on its left, outside 0."""
        return np.where(self.inside, (getitem(fp, self.j + 1) - getitem(fp, self.j)) / self.width, 0.0)

    def read(self, t):
        """Heights of the knots, read off at the points."""
        return self.v * getitem(t, self.j) + self.w * getitem(t, self.k)

    def shared(self, g, shape):
        """The transpose of that."""
        return summed_at(self.v * g, self.j, shape) + summed_at(self.w * g, self.k, shape)


def between_tangent(tangents, y, args, kwargs):
    """The slope times what a point moves more than the knots do, and what the heights do."""
    x, xp, fp, left, right = args
    at = Places(x, xp, left, right)
    slope = at.slope(fp) if 0 in tangents or 1 in tangents else None
    made = {0: lambda t: np.where(at.inside, slope * t, 0.0), 1: lambda t: np.where(at.inside, -slope * at.read(t), 0.0), 2: at.read,
            3: lambda t: np.where(at.below, t, 0.0), 4: lambda t: np.where(at.above, t, 0.0)}
    return functools.reduce(operator.add, [made[i](t) for i, t in tangents.items()])


def between_cotangents(active, g, y, args, kwargs):
    """The transposes of these."""
    x, xp, fp, left, right = args
    at, shape = Places(x, xp, left, right), meta(xp)[0]
    moved = at.slope(fp) * g if 0 in active or 1 in active else None
    made = (lambda: moved, lambda: -at.shared(moved, shape), lambda: at.shared(g, shape), lambda: np.sum(np.where(at.below, g, 0.0)), lambda: np.sum(np.where(at.above, g, 0.0)))
    return [made[i]() for i in active]


composite(between, *(lambda t, y, *args, i=i: between_tangent({i: t}, y, args, {}) for i in range(5)), push=between_tangent, pull=between_cotangents, selective=True,
          name="np.interp (over several knots)", batch=lambda x, *rest: np.interp(x, *rest),
          domain=[lambda rng: ((rng.uniform(-0.4, 3.4, 6), np.sort(rng.uniform(0.0, 3.0, 4)), rng.normal(size=4), None, None), {}),
                  lambda rng: ((rng.uniform(-0.4, 3.4, (2, 3)), np.sort(rng.uniform(0.0, 3.0, 4)), rng.normal(size=4), np.float64(0.7), np.float64(-0.3)), {})])


def interp(x, xp, fp, left=None, right=None, period=None):
    """np.interp, in the data too: at a knot the slope of the interval on its right, at the last knot that on its left, outside 0."""
    x, xp, fp = wide(x), wide(xp), wide(fp)
    if xp.ndim != 1 or fp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        return np.interp(concrete(x), concrete(xp), concrete(fp))  # NumPy's own error
    if period is not None:
        if concrete(period) == 0:
            raise ValueError("period must be a non-zero value")
        period = np.abs(period)
        x, xp, left, right = x % period, xp % period, None, None
        order = np.argsort(passive(xp))
        xp, fp = getitem(xp, order), getitem(fp, order)
        xp, fp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])
    if xp.size > 1:
        return between(x, xp, fp, left, right)
    knots, at = passive(xp), passive(x)
    return np.where(at < knots[0], fp[0] if left is None else left, np.where(at > knots[0], fp[0] if right is None else right, fp[0] + 0.0 * x))


decomposed(np.interp, interp)


def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """np.unwrap: whole numbers of periods are added, which do not change; in the period it is linear."""
    p = array(p)
    plain, length = np.asarray(concrete(p)), concrete(period)
    turns = np.rint((np.unwrap(plain, concrete(discont), axis, period=length) - plain) / length)
    kind = np.result_type(p.dtype, length)
    return p.astype(kind) + turns.astype(kind) * period


decomposed(np.unwrap, unwrap)


def steps(spacing, f, axes):
    """The step along each axis, a number or the differences of the coordinates."""
    if not spacing:
        return [1.0] * len(axes)
    if len(spacing) == 1 and np.ndim(spacing[0]) == 0:
        return list(spacing) * len(axes)
    if len(spacing) != len(axes):
        raise TypeError("invalid number of arguments")
    found = []
    for given, axis in zip(spacing, axes, strict=True):
        x = array(given)
        if x.ndim > 1:
            raise ValueError("distances must be either scalars or 1d")
        if x.ndim and x.shape[0] != f.shape[axis]:
            raise ValueError("when 1d, distances must match the length of the corresponding dimension")
        if not x.ndim:
            found.append(given)
            continue
        d = np.diff(x.astype(float) if x.dtype.kind in "iu" else x)
        found.append(d if isinstance(d, Tracer) or np.any(d != d[0]) else d[0])
    return found


def three_point(f, axis, d, order):
    """The differences along one axis, which comes first: central inside, one-sided of the given order at the ends."""
    f = np.moveaxis(f, axis, 0)
    even = np.ndim(d) == 0
    if even:
        inside = (f[2:] - f[:-2]) / (2.0 * d)
        first, second, before, final = d, d, d, d
    else:
        h, k = (np.reshape(part, (-1,) + (1,) * (f.ndim - 1)) for part in (d[:-1], d[1:]))
        inside = -k / (h * (h + k)) * f[:-2] + (k - h) / (h * k) * f[1:-1] + h / (k * (h + k)) * f[2:]
        first, second, before, final = d[0], d[-1] if len(d) < 2 else d[1], d[0] if len(d) < 2 else d[-2], d[-1]
    if order == 1:
        start, end = (f[1:2] - f[:1]) / first, (f[-1:] - f[-2:-1]) / final
    else:
        start, end = one_sided(f[:1], f[1:2], f[2:3], first, second), -one_sided(f[-1:], f[-2:-1], f[-3:-2], final, before)
    return np.moveaxis(np.concatenate([start, inside, end]).astype(f.dtype), 0, axis)


def one_sided(a, b, c, h, k):
    """The slope at the first of three entries with the distances h and k."""
    return -(2.0 * h + k) / (h * (h + k)) * a + (h + k) / (h * k) * b - h / (k * (h + k)) * c


def gradient(f, *varargs, axis=None, edge_order=1):
    """np.gradient, in the spacing too."""
    f = array(f)
    f = f if f.dtype.kind in "fc" else f.astype(float)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacing = steps(varargs, f, axes)
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if any(f.shape[k] < edge_order + 1 for k in axes):
        raise ValueError("Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.")
    found = tuple(three_point(f, normalize_axis_index(k, f.ndim), d, edge_order) for k, d in zip(axes, spacing, strict=True))
    return found[0] if len(found) == 1 else found


decomposed(np.gradient, gradient)
