"""Reductions and cumulative functions."""

import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..core import rows
from ..core.rows import Like, composite, constant, decomposed, elementwise, linear
from ..core.tracer import Tracer, apply, meta, passive
from ..core.words import several
from . import batched_shapes
from .products import array
from .unchanged import flat, of_type


def axes_of(axis, ndim):
    """The reduced axes as a tuple of non-negative integers."""
    if axis is None:
        return tuple(range(ndim))
    if not ndim:
        return ()
    return tuple(k % ndim for k in (axis if isinstance(axis, tuple) else (axis,))) if ndim else ()


def spread(g, shape, axis, keepdims=False):
    """Give g the reduced axes back, with length one."""
    if not getattr(g, "shape", ()) or keepdims:
        return g
    gone = axes_of(axis, len(shape))
    return np.reshape(g, tuple(1 if k in gone else n for k, n in enumerate(shape)))


def chosen_only(g, where):
    """Zero the entries that where= leaves out."""
    return g if where is True else np.where(where, g, 0)


def integral(dtype):
    """Whether a reduction rounds its summands to integers first, which makes it piecewise constant."""
    return dtype is not None and np.dtype(dtype).kind in "biu"


def sum_transpose(g, x, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """Every summand receives g."""
    if integral(dtype):
        return np.zeros(x.shape)
    return chosen_only(spread(g, x.shape, axis, keepdims), where)


def sum_tangent(t, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """The sum without its initial value."""
    if integral(dtype):
        t, dtype = np.zeros(np.shape(t)), None
    return np.sum(t, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


linear(np.sum, sum_transpose, jvp=sum_tangent, selective=True, onto=True, direct=operator.methodcaller("sum"), weight=1.0, batch="axes")


def count(shape, axis, where=True):
    """How many entries each result is made of."""
    if where is not True:
        return np.sum(np.broadcast_to(where, shape), axis=None if axis is None else axes_of(axis, len(shape)), keepdims=True)
    n = 1
    for k in axes_of(axis, len(shape)):
        n *= shape[k]
    return n


def mean_transpose(g, x, axis=None, dtype=None, out=None, keepdims=False, where=True):
    """Every entry receives its share of g."""
    if integral(dtype):
        return np.zeros(x.shape)
    n = count(x.shape, axis, where)
    return chosen_only(spread(g, x.shape, axis, keepdims) / n, where)


def mean_tangent(t, axis=None, dtype=None, out=None, keepdims=False, where=True):
    """The mean itself."""
    if integral(dtype):
        t, dtype = np.zeros(np.shape(t)), None
    return np.mean(t, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


linear(np.mean, mean_transpose, jvp=mean_tangent, selective=True, onto=True, batch="axes")


def var(a, axis=None, dtype=None, keepdims=False, ddof=0, where=True, mean=None, correction=None):
    """np.var: the mean square of the deviations, with n - ddof for n."""
    ddof = correction if correction is not None else ddof
    if dtype is not None:
        a = a.astype(dtype)
    axis = axis if axis is None else normalize_axis_tuple(axis, a.ndim)
    m = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    d = a - m
    square = np.real(d) ** 2 + np.imag(d) ** 2 if meta(a)[1].kind == "c" else d * d
    n = count(a.shape, axis, where)
    total = np.sum(square, axis=axis, keepdims=keepdims, where=where)
    free = np.maximum(np.reshape(n, meta(total)[0]) - ddof if where is not True else n - ddof, 0)
    return total / np.asarray(free, meta(total)[1])


def std(a, axis=None, dtype=None, keepdims=False, ddof=0, where=True, mean=None, correction=None):
    """np.std, whose smallest subgradient at a constant vector is 0."""
    return root(var(a, axis, dtype, keepdims, ddof, where, mean, correction))


def root(v):
    """The square root of a variance: slope 0 at 0."""
    return apply(root, (v,), {}) if isinstance(v, Tracer) else np.sqrt(v)


def root_slope(y, v):
    """1 / (2 y), 0 at 0; it has no derivative of its own there."""
    from .arithmetic import safe_divide

    at = passive(y)
    return 0.5 / y if isinstance(at, np.ndarray) and np.all(at) else safe_divide(np.where(at == 0, 0.0, 0.5), y)


elementwise(root, root_slope, domain=(0.3, 2.0))
decomposed(np.var, var)
decomposed(np.std, std)


def others(a, axis):
    """The product of all other entries along the last axis, without dividing."""
    n = a.shape[-1]
    one = np.ones((*a.shape[:-1], 1))
    before = np.concatenate([one, np.cumprod(a[..., : n - 1], axis=-1)], axis=-1)
    after = np.concatenate([np.flip(np.cumprod(np.flip(a[..., 1:], -1), axis=-1), -1), one], axis=-1)
    return before * after


def flattened(a, axis):
    """Bring the reduced axes last, as one."""
    gone = axes_of(axis, np.ndim(a))
    kept = [k for k in range(np.ndim(a)) if k not in gone]
    moved = np.transpose(a, (*kept, *gone))
    n = 1
    for k in gone:
        n *= a.shape[k]
    return np.reshape(moved, (*(a.shape[k] for k in kept), n)), kept, gone


def ordinary(y, a):
    """Whether products and their factors are plain numbers, none of them 0 and none near the ends of the range of floats, so that a factor can be divided out again."""
    if type(a) is not np.ndarray or isinstance(y, Tracer) or a.dtype.kind not in "fc" or not a.size or np.result_type(y) != a.dtype:
        return False
    limits = np.finfo(a.dtype)
    size, factors = np.abs(y), np.abs(a)
    small, large = limits.tiny / limits.eps**2, limits.max * limits.eps**2
    return bool(np.min(size) > small and np.max(size) < large and np.min(factors) > small and np.max(factors) < large)


def prod_tangent(t, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    """The sum over entries of t times all others, exact at zeros."""
    if integral(dtype):
        t = 0.0 * t
    if where is True and dtype is None and ordinary(y, a):
        return y * np.sum(t / a, axis=axis, keepdims=keepdims)
    if where is not True:
        a, t = np.where(where, a, 1.0), np.where(where, t, 0.0)
    flat = flattened(a, axis)[0]
    total = np.sum(others(flat, -1) * flattened(t, axis)[0], axis=-1) * initial if flat.shape[-1] else np.zeros(flat.shape[:-1])
    return np.reshape(total, meta(y)[0])


def prod_cotangent(g, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    """g y / a where all factors can be divided out; otherwise the transpose of the tangent."""
    if where is True and dtype is None and ordinary(y, a):
        return spread(g * y, a.shape, axis, keepdims) / a
    return rows.transposed(lambda t: prod_tangent(t, y, a, axis, dtype, None, keepdims, initial, where), a, g)


composite(np.prod, prod_tangent, vjp=(prod_cotangent,), batch="axes")


def cumsum_transpose(g, x, axis=None, dtype=None, out=None):
    """Each entry receives the cotangents from itself onwards."""
    if integral(dtype):
        return np.zeros(x.shape)
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), x.shape)
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis), x.shape)


def cumsum_tangent(t, axis=None, dtype=None, out=None):
    """The running sum itself."""
    return np.cumsum(np.zeros(np.shape(t)), axis=axis) if integral(dtype) else np.cumsum(t, axis=axis, dtype=dtype)


linear(np.cumsum, cumsum_transpose, jvp=cumsum_tangent, batch="axis")


def cumprod_tangent(t, y, a, axis=None, dtype=None, out=None):
    """The product rule: a running sum of t / a, or, exact at zeros, carried along by doubling, in log2(n) steps on whole arrays."""
    if integral(dtype):
        t = 0.0 * t
    if axis is None or not np.ndim(a):
        a, t, axis = np.ravel(a), np.ravel(t), 0
    if dtype is None and ordinary(y, a):
        return y * np.cumsum(t / a, axis=axis)
    a, t = np.moveaxis(a, axis, 0), np.moveaxis(t, axis, 0)
    reach = 1
    while reach < a.shape[0]:
        t = np.concatenate([t[:reach], t[reach:] * a[:-reach] + a[reach:] * t[:-reach]])
        a = np.concatenate([a[:reach], a[reach:] * a[:-reach]])
        reach *= 2
    return np.moveaxis(t, 0, axis)


def cumprod_cotangent(g, y, a, axis=None, dtype=None, out=None):
    """The sum of g y from each entry on, over the entry, where all can be divided out; otherwise the transpose of the tangent."""
    if dtype is None and np.ndim(a) and ordinary(y, a):
        return cumsum_transpose(g * y, Like(a.shape, a.dtype), axis) / a
    return rows.transposed(lambda t: cumprod_tangent(t, y, a, axis, dtype), a, g)


composite(np.cumprod, cumprod_tangent, vjp=(cumprod_cotangent,), batch="axis")
if hasattr(np, "cumulative_sum"):  # since NumPy 2.1
    decomposed(np.cumulative_sum, lambda x, axis=None, dtype=None, include_initial=False: _cumulative(np.cumsum, 0.0, x, axis, dtype, include_initial))
    decomposed(np.cumulative_prod, lambda x, axis=None, dtype=None, include_initial=False: _cumulative(np.cumprod, 1.0, x, axis, dtype, include_initial))


def _cumulative(function, start, x, axis, dtype, include_initial):
    if axis is None and x.ndim != 1:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    axis = 0 if axis is None else axis
    y = function(x, axis=axis, dtype=dtype)
    if not include_initial:
        return y
    return np.concatenate([np.full((*y.shape[:axis % y.ndim], 1, *y.shape[axis % y.ndim + 1:]), start, meta(y)[1]), y], axis=axis)


def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    """np.diff as differences of slices."""
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = array(a)
    if n == 0:  # and nothing is put before or behind
        return a
    axis = normalize_axis_index(axis, a.ndim)
    parts = [np.broadcast_to(x, (*a.shape[:axis], 1, *a.shape[axis + 1:])) if np.ndim(x) == 0 else x for x in (prepend, a, append) if x is not np._NoValue]
    a = np.concatenate(parts, axis=axis) if len(parts) > 1 else a
    later, earlier = (slice(1, None), slice(None, -1)) if not axis else ((*(slice(None),) * axis, part) for part in (slice(1, None), slice(None, -1)))
    for _ in range(n):
        a = a[later] - a[earlier]
    return a


def ediff1d(ary, to_end=None, to_begin=None):
    """np.ediff1d."""
    a = flat(array(ary))
    begin, end = (None if x is None else of_type(flat(array(x)), a.dtype) for x in (to_begin, to_end))
    parts = [x for x in (begin, a[1:] - a[:-1], end) if x is not None]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """np.trapezoid: the mean height of each strip times its width."""
    y = y if isinstance(y, (np.ndarray, Tracer)) else np.asarray(y)
    axis = normalize_axis_index(axis, y.ndim)
    ahead = (slice(None),) * axis
    if x is None:
        width = dx
    elif np.ndim(x) == 1:
        width = np.reshape(diff(x if isinstance(x, Tracer) else np.asarray(x)), (-1,) + (1,) * (y.ndim - axis - 1))
    else:
        width = diff(x if isinstance(x, Tracer) else np.asarray(x), axis=axis)
    return np.sum(width * (y[(*ahead, slice(1, None))] + y[(*ahead, slice(None, -1))]) / 2.0, axis=axis)


decomposed(np.diff, diff)
decomposed(np.ediff1d, ediff1d)
decomposed(np.trapezoid, trapezoid)

constant(np.all, np.any, np.count_nonzero, batch="axes")
constant(np.argmax, np.argmin, np.argsort, np.argpartition, np.nanargmax, np.nanargmin, batch="axis")
constant(np.isclose, np.isreal, np.iscomplex, np.round, np.around, np.isposinf, np.isneginf, *(getattr(np, name) for name in ("fix",) if hasattr(np, name)), batch="entries")
constant(np.digitize, np.isin, batch="leading")
constant(np.searchsorted, batch=several(batched_shapes.searched))
constant(np.nonzero, np.flatnonzero, np.argwhere, np.lexsort, np.allclose, np.array_equal, np.array_equiv, np.logical_and.reduce, np.logical_or.reduce,
         *(getattr(np, name) for name in ("in1d",) if hasattr(np, name)))  # on its way out of NumPy
