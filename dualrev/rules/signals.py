"""Convolutions, interpolation and finite differences of sampled signals."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..core.indexing import getitem
from ..core.rows import decomposed, multilinear
from ..core.tracer import Tracer, apply, concrete, meta, passive
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
    knots, at = passive(xp), passive(x)
    if xp.size == 1:
        y = fp[0] + 0.0 * x
    else:
        last = np.maximum(np.searchsorted(knots, knots[-1], side="left") - 1, 0)  # the last interval that is not empty
        j = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, last)
        left_knot, right_knot = getitem(xp, j), getitem(xp, j + 1)
        slope = (getitem(fp, j + 1) - getitem(fp, j)) / (right_knot - left_knot)
        y = np.where(at == getitem(knots, j + 1), getitem(fp, j + 1) + slope * (x - right_knot), getitem(fp, j) + slope * (x - left_knot))
    low = fp[0] if left is None else left
    high = fp[-1] if right is None else right
    return np.where(at < knots[0], low, np.where(at > knots[-1], high, y))


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
