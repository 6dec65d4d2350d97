"""Moving entries about: reshaping, transposing, joining, splitting, repeating."""

import math
from itertools import accumulate, pairwise

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..core.indexing import cast, item
from ..core.objects import array_of, assembled
from ..core.rows import constant, decomposed, linear
from ..core.tracer import Tracer, apply, meta
from ..core.words import several
from . import batched_shapes as batched
from .memoryorder import in_known_order, ravel
from .unchanged import flat, of_type, shaped


def permutation(axes, ndim):
    """Invert a permutation of axes."""
    return None if axes is None else tuple(np.argsort([k % ndim for k in axes]).tolist())


def reshape(a, shape):
    """np.reshape in C order."""
    return apply(np.reshape, (a, shape), {})


linear(np.reshape, lambda g, x, shape, order="C": np.reshape(g, x.shape, order=order), None, selective=True, onto=True, views=True,
       batch=batched.reshape).settle = in_known_order
linear(np.transpose, lambda g, x, axes=None: np.transpose(g, permutation(axes, g.ndim)), None, selective=True, onto=True, views=True, batch=batched.transpose)
linear(np.swapaxes, lambda g, x, axis1, axis2: np.swapaxes(g, axis1, axis2), None, None, selective=True, onto=True, views=True, batch="axes")
linear(np.moveaxis, lambda g, x, source, destination: np.moveaxis(g, destination, source), None, None, selective=True, onto=True, views=True, batch="axes")
linear(np.expand_dims, lambda g, x, axis: np.reshape(g, x.shape), None, selective=True, onto=True, views=True, batch=batched.expand_dims)
linear(np.squeeze, lambda g, x, axis=None: np.reshape(g, x.shape), None, selective=True, onto=True, views=True, batch=batched.squeeze)
decomposed(np.ravel, ravel)
linear(np.copy, lambda g, x, order="K", subok=False: g, selective=True, onto=True, batch="leading")
linear(np.flip, lambda g, x, axis=None: np.flip(g, axis), None, selective=True, onto=True, views=True, batch="axes")
linear(np.roll, lambda g, x, shift, axis=None: np.roll(g, np.negative(shift), axis), None, None, selective=True, batch=batched.roll)
linear(np.diagonal, lambda g, x, offset=0, axis1=0, axis2=1: undiagonal(g, x.shape, offset, axis1, axis2), selective=True, views=True, batch="axes")
linear(np.tril, lambda g, x, k=0: np.tril(g, k), None, selective=True, mixes=True, batch=batched.triangle(np.tril))
linear(np.triu, lambda g, x, k=0: np.triu(g, k), None, selective=True, mixes=True, batch=batched.triangle(np.triu))


def undiagonal(g, shape, offset, axis1, axis2):
    """An array of zeros with g on its diagonal."""
    from .indexing import scattered

    ndim = len(shape)
    axis1, axis2 = axis1 % ndim, axis2 % ndim
    if not isinstance(g, Tracer):
        r = np.zeros(shape, meta(g)[1])
        diagonal = np.diagonal(r, offset, axis1, axis2)
        diagonal.flags.writeable = True  # NumPy hands it out read-only
        diagonal[...] = g
        return r
    n = meta(g)[0][-1]
    i = np.arange(n) + max(-offset, 0)
    j = np.arange(n) + max(offset, 0)
    rest = [k for k in range(ndim) if k not in (axis1, axis2)]
    wide = scattered(g, (..., i, j), (*(shape[k] for k in rest), shape[axis1], shape[axis2]))
    return np.moveaxis(wide, (-2, -1), (axis1, axis2))


def trace_transpose(g, x, offset=0, axis1=0, axis2=1, dtype=None):
    """g on the whole diagonal."""
    shape = x.shape
    if dtype is not None and np.dtype(dtype).kind in "biu":
        return np.zeros(shape)
    rows, columns = shape[axis1], shape[axis2]
    n = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    if not isinstance(g, Tracer):
        return undiagonal(np.asarray(g)[..., None], shape, offset, axis1, axis2)
    g = np.expand_dims(g, -1)
    return undiagonal(np.broadcast_to(g, (*meta(g)[0][:-1], n)), shape, offset, axis1, axis2)


def trace_tangent(t, offset=0, axis1=0, axis2=1, dtype=None):
    """The trace itself; rounded to integers it does not vary."""
    if dtype is not None and np.dtype(dtype).kind in "biu":
        t, dtype = 0.0 * t, None
    return np.trace(t, offset, axis1, axis2, dtype=dtype)


linear(np.trace, trace_transpose, jvp=trace_tangent, selective=True, batch="axes")


def narrowed(g, x, shape):
    """Sum over the repeated axes."""
    from ..core.cotangents import unbroadcast

    return unbroadcast(g, x.shape)


linear(np.broadcast_to, lambda g, x, shape, subok=False: narrowed(g, x, shape), None, selective=True, views=True, batch=batched.broadcast_to)


def repeated(g, x, repeats, axis=None):
    """Sum over the copies of each entry."""
    axis = axis if x.shape else None
    n = x.size if axis is None else x.shape[axis]
    counts = np.broadcast_to(repeats, (n,))
    owner = np.repeat(np.arange(n), counts)
    if axis is None:
        return np.reshape(summed_to(g, owner, n), x.shape)
    return np.moveaxis(summed_to(np.moveaxis(g, axis, 0), owner, n), 0, axis)


def summed_to(g, owner, n):
    """Add the rows of g into n rows by their owners."""
    from .indexing import scattered

    return scattered(g, owner, (n, *meta(g)[0][1:]))


linear(np.repeat, repeated, None, selective=True, batch="axis")


def joined(*arrays, axis, bounds):
    """np.concatenate with the arrays as arguments; ``bounds`` are where they begin and end."""
    if any(isinstance(a, Tracer) for a in arrays):
        return apply(joined, arrays, {"axis": axis, "bounds": bounds})
    return np.concatenate(arrays, axis=axis)


def piece(i, g, *arrays, axis, bounds):
    """The part of g that came from array i."""
    return g[(slice(None),) * axis + (slice(bounds[i], bounds[i + 1]),)]


def pieces(active, g, y, arrays, kwargs):
    """The parts of g that came from several arrays; one at a time they would take a pass over all arrays each."""
    return [piece(i, g, **kwargs) for i in active]


linear(joined, piece, variadic=True, selective=True, onto=True, name="np.concatenate (of arguments)", batch=several(batched.joined)).pull = pieces


def _array(x):
    return x if isinstance(x, (np.ndarray, Tracer)) else np.asarray(x)


def concatenate(arrays, axis=0, dtype=None, casting="same_kind"):
    """np.concatenate."""
    arrays = [_array(a) for a in arrays] if not isinstance(arrays, Tracer) else list(arrays)
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    if len({a.ndim for a in arrays}) > 1 or not arrays[0].ndim:
        raise ValueError("np.concatenate: all the input array dimensions must match, and scalars cannot be concatenated; use np.stack")
    if dtype is not None:
        arrays = [a.astype(dtype) for a in arrays]
    axis = normalize_axis_index(axis, arrays[0].ndim)
    bounds = (0, *accumulate([a.shape[axis] for a in arrays]))
    return joined(*arrays, axis=axis, bounds=bounds)


def stack(arrays, axis=0, dtype=None, casting="same_kind"):
    """np.stack; scalars are assembled directly."""
    arrays = [_array(a) for a in arrays]
    if dtype is not None:
        arrays = [a.astype(dtype) for a in arrays]
    if arrays and all(a.shape == () for a in arrays):
        return assembled(*(a if isinstance(a, Tracer) else a[()] for a in arrays), shape=(len(arrays),))
    if len({a.shape for a in arrays}) > 1:
        raise ValueError("all input arrays must have the same shape")
    return concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis)


def atleast(n, place):
    """np.atleast_1d and its kin."""
    def body(*arrays):
        out = tuple(place(_array(a)) if _array(a).ndim < n else a for a in arrays)
        return out[0] if len(out) == 1 else out

    return body


def third(a):
    """The shape that np.atleast_3d gives."""
    return np.reshape(a, (1, 1, 1) if a.ndim == 0 else (1, a.shape[0], 1) if a.ndim == 1 else (*a.shape, 1))


decomposed(np.concatenate, concatenate)
decomposed(np.stack, stack)
if hasattr(np, "unstack"):  # since NumPy 2.1
    decomposed(np.unstack, lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)[k] for k in range(x.shape[axis])))
decomposed(np.atleast_1d, atleast(1, lambda a: np.reshape(a, (1,))))
decomposed(np.atleast_2d, atleast(2, lambda a: np.reshape(a, (1, -1))))
decomposed(np.atleast_3d, atleast(3, third))
decomposed(np.vstack, lambda tup, dtype=None, casting="same_kind": concatenate([np.atleast_2d(a) for a in tup], 0, dtype))
decomposed(np.hstack, lambda tup, dtype=None, casting="same_kind": hstack([np.atleast_1d(a) for a in tup], dtype))
decomposed(np.dstack, lambda tup: concatenate([np.atleast_3d(a) for a in tup], 2))
decomposed(np.column_stack, lambda tup: concatenate([a if a.ndim > 1 else np.reshape(a, (-1, 1)) for a in map(_array, tup)], 1))
decomposed(np.append, lambda arr, values, axis=None: concatenate([_array(arr), _array(values)], axis) if axis is not None else concatenate([np.ravel(arr), np.ravel(values)], 0))
decomposed(np.block, lambda arrays: _block(arrays, _depth(arrays))[0])


def hstack(arrays, dtype=None):
    """np.hstack of arrays with at least one axis."""
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype)


def _depth(arrays):
    return 1 + max(map(_depth, arrays)) if isinstance(arrays, list) else 0


def _block(arrays, depth):
    """Join nested lists from the innermost outwards, along the last axis first."""
    if not isinstance(arrays, list):
        a = _array(arrays)
        return (np.reshape(a, (1,) * (depth - a.ndim) + a.shape) if a.ndim < depth else a), 1
    parts, level = zip(*(_block(a, depth) for a in arrays), strict=True)
    ndim = max(p.ndim for p in parts)
    parts = [np.reshape(p, (1,) * (ndim - p.ndim) + p.shape) for p in parts]
    return concatenate(parts, -level[0]), level[0] + 1


def array_split(ary, indices_or_sections, axis=0):
    """np.array_split as slices."""
    n = ary.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        count = int(indices_or_sections)
        small, extra = divmod(n, count)
        cuts = [0, *np.cumsum([small + 1] * extra + [small] * (count - extra)).tolist()]
    else:
        cuts = [0, *indices_or_sections, n]
    return [ary[(slice(None),) * (axis % ary.ndim) + (slice(a, b),)] for a, b in pairwise(cuts)]


def split(ary, indices_or_sections, axis=0):
    """np.split: equal parts, or at the given places."""
    if np.ndim(indices_or_sections) == 0 and ary.shape[axis] % int(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


decomposed(np.array_split, array_split)
decomposed(np.split, split)
decomposed(np.vsplit, lambda ary, indices_or_sections: split(ary, indices_or_sections, 0))
decomposed(np.hsplit, lambda ary, indices_or_sections: split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1))
decomposed(np.dsplit, lambda ary, indices_or_sections: split(ary, indices_or_sections, 2))

decomposed(np.rollaxis, lambda a, axis, start=0: np.moveaxis(a, axis, (start % (a.ndim + 1)) - (start % (a.ndim + 1) > axis % a.ndim)))
if getattr(np, "permute_dims", np.transpose) is not np.transpose:
    decomposed(np.permute_dims, lambda a, axes=None: np.transpose(a, axes))
decomposed(np.matrix_transpose, lambda x: np.swapaxes(x, -1, -2))
decomposed(np.linalg.matrix_transpose, lambda x: np.swapaxes(x, -1, -2))
decomposed(np.fliplr, lambda m: np.flip(m, 1))
decomposed(np.flipud, lambda m: np.flip(m, 0))
decomposed(np.tile, lambda A, reps: tile(A, reps))
decomposed(np.resize, lambda a, new_shape: resize(a, new_shape))
decomposed(np.broadcast_arrays, lambda *args, subok=False: tuple(np.broadcast_to(a, np.broadcast_shapes(*(np.shape(b) for b in args))) for a in args))
decomposed(np.diag, lambda v, k=0: np.diagonal(v, k) if np.ndim(v) == 2 else diagonal_matrix(v, k))
decomposed(np.diagflat, lambda v, k=0: diagonal_matrix(np.ravel(v), k))
decomposed(np.linalg.diagonal, lambda x, offset=0: np.diagonal(x, offset, -2, -1))
decomposed(np.linalg.trace, lambda x, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype=dtype))
decomposed(np.meshgrid, lambda *xi, copy=True, sparse=False, indexing="xy": meshgrid(*xi, sparse=sparse, indexing=indexing))


def tile(A, reps):
    """np.tile as a broadcast of interleaved axes."""
    reps = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    n = max(A.ndim, len(reps))
    reps = (1,) * (n - len(reps)) + reps
    shape = (1,) * (n - A.ndim) + A.shape
    apart = np.reshape(A, tuple(k for length in shape for k in (1, length)))
    wide = np.broadcast_to(apart, tuple(k for pair in zip(reps, shape, strict=True) for k in pair))
    return np.reshape(wide, tuple(r * s for r, s in zip(reps, shape, strict=True)))


def resize(a, new_shape):
    """np.resize: the entries in turn, or the first ones."""
    shape = (new_shape,) if np.ndim(new_shape) == 0 else tuple(new_shape)
    few = all(n >= 0 for n in shape) and math.prod(shape) <= a.size
    entries = np.copy(flat(a)[: math.prod(shape)]) if few else np.ravel(a)[np.resize(np.arange(a.size), shape).ravel()]
    return shaped(entries, shape)


def diagonal_matrix(v, k=0):
    """A matrix of zeros with v on diagonal k."""
    n = meta(v)[0][0] + abs(k)
    return undiagonal(v, (n, n), k, 0, 1)


def meshgrid(*xi, sparse=False, indexing="xy"):
    """np.meshgrid."""
    n = len(xi)
    out = [np.reshape(_array(x), (1,) * k + (-1,) + (1,) * (n - k - 1)) for k, x in enumerate(xi)]
    if indexing == "xy" and n > 1:
        out = [np.swapaxes(x, 0, 1) for x in out]
    shape = np.broadcast_shapes(*(x.shape for x in out))
    return tuple(out) if sparse else tuple(np.broadcast_to(x, shape) for x in out)


constant(np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.min_scalar_type, np.common_type, np.shares_memory,
         np.may_share_memory, batch="form")
constant(np.zeros_like, np.ones_like, np.empty_like, creates=True)
for creator in (np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.arange, np.tri):
    constant(creator, creates=True)
decomposed(np.full_like, lambda a, fill_value, dtype=None, order="K", subok=True, shape=None, device=None: full_like(a, fill_value, dtype, shape))
decomposed(np.array, lambda a, dtype=None, copy=True, order="K", subok=False, ndmin=0, like=None: made(a, dtype, ndmin))
for maker in (np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray):  # with like=
    decomposed(maker, lambda a, dtype=None, order=None, device=None, copy=None, like=None: made(a, dtype, 0))


def made(a, dtype, ndmin):
    """np.array of an array, or of lists that hold traced values."""
    a = array_of(a)
    y = np.copy(a) if dtype is None else a.astype(dtype)
    return np.reshape(y, (1,) * (ndmin - y.ndim) + y.shape) if y.ndim < ndmin else y


def full_like(a, value, dtype, shape):
    """np.full_like: copies of a value that varies, in place of a constant that is written to."""
    form = meta(a)[0] if shape is None else tuple(shape) if np.iterable(shape) else (shape,)
    dtype = meta(a)[1] if dtype is None else np.dtype(dtype)
    if isinstance(value, Tracer) and form and dtype.kind in "fc":
        return np.copy(np.broadcast_to(of_type(value, dtype), form))
    y = np.empty_like(a, dtype=dtype, shape=form)
    y[...] = value
    return y


def astype(x, dtype, copy=True, device=None):
    """np.astype between real and complex float types; to integers it is piecewise constant."""
    if np.dtype(dtype).kind in "biu":
        from ..core.tracer import concrete

        return concrete(x).astype(dtype) if hasattr(concrete(x), "astype") else np.dtype(dtype).type(concrete(x))
    if np.dtype(dtype).kind == "O":
        raise TypeError("astype(object): a traced array stays one array")
    return converted(x, np.dtype(dtype))


def converted(x, dtype):
    """x in another float type."""
    if isinstance(x, Tracer):
        return apply(converted, (x, dtype), {})
    y = np.asarray(x)
    return (np.real(y) if y.dtype.kind == "c" and dtype.kind != "c" else y).astype(dtype)[()]


linear(converted, lambda g, x, dtype: converted(g, x.dtype), None, selective=True, name="np.astype (to floats)", batch="leading")
decomposed(cast, astype, name="ndarray.astype")
linear(item, lambda g, x: np.reshape(converted(g, x.dtype), x.shape), selective=True, name="ndarray.item", batch=batched.item)
if hasattr(np, "astype"):  # since NumPy 2.1; the method has a row of its own
    decomposed(np.astype, astype)
