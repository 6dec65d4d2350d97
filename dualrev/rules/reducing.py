"""Reductions and cumulative functions."""

import numpy as np

from ..core.rows import composite, constant, decomposed, elementwise, linear
from ..core.tracer import Tracer, apply, concrete, meta


def axes_of(axis, ndim):
    """The reduced axes as a tuple of non-negative integers."""
    if axis is None:
        return tuple(range(ndim))
    if not ndim:
        return ()
    return tuple(k % ndim for k in (axis if isinstance(axis, tuple) else (axis,)))


def spread(g, shape, axis, keepdims=False):
    """Give g the reduced axes back, with length one."""
    if not getattr(g, "shape", ()) or keepdims:
        return g
    gone = axes_of(axis, len(shape))
    return np.reshape(g, tuple(1 if k in gone else n for k, n in enumerate(shape)))


def chosen_only(g, where):
    """Zero the entries that where= leaves out."""
    return g if where is True else np.where(where, g, 0)


def sum_transpose(g, x, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """Every summand receives g."""
    return chosen_only(spread(g, x.shape, axis, keepdims), where)


def sum_tangent(t, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """The sum without its initial value."""
    return np.sum(t, axis=axis, dtype=dtype if t.dtype.kind != "b" else None, keepdims=keepdims, where=where)


linear(np.sum, sum_transpose, jvp=sum_tangent, selective=True)


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
    n = count(x.shape, axis, where)
    return chosen_only(spread(g, x.shape, axis, keepdims) / n, where)


linear(np.mean, mean_transpose, selective=True)


def var(a, axis=None, dtype=None, keepdims=False, ddof=0, where=True, mean=None, correction=None):
    """np.var: the mean square of the deviations, with n - ddof for n."""
    ddof = correction if correction is not None else ddof
    if dtype is not None:
        a = a.astype(dtype)
    axis = axis if axis is None else axes_of(axis, a.ndim)
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

    return safe_divide(np.where(concrete(y) == 0, 0.0, 0.5), y)


elementwise(root, root_slope, domain=(0.3, 2.0))
decomposed(np.var, var)
decomposed(np.std, std)


def extremum_share(x, y, axis, where):
    """The weights of the entries that attain an extremum; ties share equally."""
    x = concrete(x)
    y = concrete(y)
    hit = (x == spread(np.asarray(y), np.shape(x), axis)) & np.asarray(where)
    with np.errstate(invalid="ignore"):
        total = np.sum(hit, axis=None if axis is None else axes_of(axis, np.ndim(x)), keepdims=True)
        return hit / np.maximum(total, 1)


def extremum_tangent(t, y, a, axis=None, out=None, keepdims=False, initial=None, where=True):
    """The weighted sum of the tangents of the entries that attain the extremum."""
    w = extremum_share(a, squeezed(y, a, axis, keepdims), axis, where)
    return np.sum(np.where(w != 0, w * t, 0), axis=axis, keepdims=keepdims)


def extremum_cotangent(g, y, a, axis=None, out=None, keepdims=False, initial=None, where=True):
    """The same weights, for the cotangent."""
    w = extremum_share(a, squeezed(y, a, axis, keepdims), axis, where)
    return np.where(w != 0, w * spread(g, np.shape(concrete(a)), axis, keepdims), 0)


def squeezed(y, a, axis, keepdims):
    """The result without the axes that keepdims keeps."""
    y = np.asarray(concrete(y))
    return np.squeeze(y, axes_of(axis, np.ndim(concrete(a)))) if keepdims else y


for extremum in (np.max, np.min):
    composite(extremum, extremum_tangent, vjp=(extremum_cotangent,), selective=True)
for name in ("amax", "amin"):
    if getattr(np, name) not in (np.max, np.min):
        decomposed(getattr(np, name), (lambda f: lambda a, **k: f(a, **k))(getattr(np, name[1:])))
decomposed(np.ptp, lambda a, axis=None, keepdims=False: np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims))


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


def prod_tangent(t, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    """The sum over entries of t times all others, exact at zeros."""
    if where is not True:
        a, t = np.where(where, a, 1.0), np.where(where, t, 0.0)
    flat, kept, gone = flattened(a, axis)
    total = np.sum(others(flat, -1) * flattened(t, axis)[0], axis=-1) * initial if flat.shape[-1] else np.zeros(flat.shape[:-1])
    return np.reshape(total, meta(y)[0])


composite(np.prod, prod_tangent)


def cumsum_transpose(g, x, axis=None, dtype=None, out=None):
    """Each entry receives the cotangents from itself onwards."""
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), x.shape)
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


linear(np.cumsum, cumsum_transpose)


def cumprod(a, axis=None, dtype=None):
    """np.cumprod one entry after the other, so that zeros are exact."""
    a = np.ravel(a) if axis is None else a
    axis = 0 if axis is None else axis
    a = a if dtype is None else a.astype(dtype)
    if not a.shape[axis]:
        return a
    rows = np.moveaxis(a, axis, 0)
    out = [rows[0]]
    for k in range(1, rows.shape[0]):
        out.append(out[-1] * rows[k])
    return np.stack(out, axis=axis)


decomposed(np.cumprod, cumprod)
decomposed(np.cumulative_sum, lambda x, axis=None, dtype=None, include_initial=False: _cumulative(np.cumsum, 0.0, x, axis, dtype, include_initial)) if hasattr(np, "cumulative_sum") else None
decomposed(np.cumulative_prod, lambda x, axis=None, dtype=None, include_initial=False: _cumulative(np.cumprod, 1.0, x, axis, dtype, include_initial)) if hasattr(np, "cumulative_prod") else None


def _cumulative(function, start, x, axis, dtype, include_initial):
    if axis is None and x.ndim != 1:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    axis = 0 if axis is None else axis
    y = function(x, axis=axis, dtype=dtype)
    if not include_initial:
        return y
    return np.concatenate([np.full((*y.shape[:axis % y.ndim], 1, *y.shape[axis % y.ndim + 1:]), start), y], axis=axis)


# the methods of ufuncs, by the functions that they are
decomposed(np.add.reduce, lambda a, axis=0, **k: np.sum(a, axis=axis, **k), name="np.add.reduce")
decomposed(np.multiply.reduce, lambda a, axis=0, **k: np.prod(a, axis=axis, **k), name="np.multiply.reduce")
decomposed(np.maximum.reduce, lambda a, axis=0, **k: np.max(a, axis=axis, **k), name="np.maximum.reduce")
decomposed(np.minimum.reduce, lambda a, axis=0, **k: np.min(a, axis=axis, **k), name="np.minimum.reduce")
decomposed(np.add.accumulate, lambda a, axis=0, dtype=None: np.cumsum(a, axis=axis, dtype=dtype), name="np.add.accumulate")
decomposed(np.multiply.accumulate, lambda a, axis=0, dtype=None: np.cumprod(a, axis=axis, dtype=dtype), name="np.multiply.accumulate")


def maximum_accumulate(choose_later):
    """A running extremum picks, for each place, the entry that attains it; ties keep the earlier."""
    def body(a, axis=0, dtype=None):
        rows = np.moveaxis(a, axis, 0)
        out = [rows[0]]
        for k in range(1, rows.shape[0]):
            out.append(choose_later(out[-1], rows[k]))
        return np.stack(out, axis=axis)

    return body


decomposed(np.maximum.accumulate, maximum_accumulate(np.maximum), name="np.maximum.accumulate")
decomposed(np.minimum.accumulate, maximum_accumulate(np.minimum), name="np.minimum.accumulate")


def segments(indices, n):
    """Where each segment of reduceat begins and ends."""
    indices = [int(i) for i in np.asarray(indices)]
    return [(i, j if i < j else i + 1) for i, j in zip(indices, [*indices[1:], n], strict=True)]


def reduceat(reduce):
    """ufunc.reduceat as reductions of slices."""
    def body(a, indices, axis=0, dtype=None):
        rows = np.moveaxis(a, axis, 0)
        return np.stack([reduce(rows[i:j], axis=0) for i, j in segments(indices, rows.shape[0])], axis=axis)

    return body


for ufunc, reduce in ((np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    decomposed(ufunc.reduceat, reduceat(reduce), name=f"np.{ufunc.__name__}.reduceat")


def at(combine):
    """ufunc.at, functionally: the updated array."""
    def body(a, indices, b=None):
        from .indexing import scattered

        return combine(a, indices, scattered(np.broadcast_to(b, np.shape(np.empty(a.shape, bool)[indices])), indices, a.shape))

    return body


decomposed(np.add.at, at(lambda a, i, b: a + b), name="np.add.at")
decomposed(np.subtract.at, at(lambda a, i, b: a - b), name="np.subtract.at")


constant(np.all, np.any, np.argmax, np.argmin, np.argsort, np.argpartition, np.count_nonzero, np.nonzero, np.flatnonzero, np.argwhere, np.searchsorted,
         np.lexsort, np.digitize, np.bincount, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.isreal, np.iscomplex, np.round, np.around, np.fix,
         np.isposinf, np.isneginf, np.isin, np.nanargmax, np.nanargmin, np.logical_and.reduce, np.logical_or.reduce)
