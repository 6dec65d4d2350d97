"""Reading, choosing and replacing entries."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..core.cotangents import WORTH
from ..core.indexing import getitem, repeats, replaced
from ..core.masks import is_mask, masked
from ..core.objects import assembled
from ..core.rows import decomposed, linear
from ..core.targets import raise_plain_out
from ..core.tracer import Tracer, apply, concrete, passive, top_trace
from ..core.words import several
from . import batched_indices, batched_shapes
from .ordering import stable_order
from .unchanged import flat

FEW = 8  # as many times fewer entries than an array has are sorted more quickly than the array is numbered

LONG = 256  # entries of a row from which on it is added by itself

MANY = 100  # integers from which on NumPy finds those that are equal more quickly than Python


def scatter(g, x, index):
    """Put g where x[index] was read; entries read twice add up."""
    return scattered(g, index, x.shape)


def scattered(g, index, shape):
    """Zeros of the given shape, with g added at an index: the transpose of indexing."""
    if type(index) is slice and type(g) is np.ndarray:  # the frequent case
        if g.nbytes < WORTH or index.step not in (None, 1):
            y = np.zeros(shape, g.dtype)
        else:
            y = np.empty(shape, g.dtype)
            start, stop, _ = index.indices(shape[0])
            y[:start] = y[stop:] = 0
        y[index] = g
        return y
    if isinstance(g, Tracer) or (type(index) is not slice and type(index) is not int and top_trace(index if type(index) is tuple else (index,))[0] is not None):
        return apply(scattered, (g, index, shape), {})
    y = np.zeros(shape, getattr(g, "dtype", float))
    if repeats(index):
        add_repeated(y, index, g)
    else:
        y[index] = g
    return y


def add_repeated(total, index, g):
    """np.add.at; long rows one after the other, each in one go."""
    parts = index if type(index) is tuple else (index,)
    if type(g) is np.ndarray and g.ndim > 1 and g[:1].size >= LONG and all(type(p) is np.ndarray and p.dtype.kind in "iu" and p.shape == g.shape[:1] for p in parts):
        for place, row in zip(zip(*parts, strict=True), g, strict=True):
            total[place] += row
    else:
        np.add.at(total, index, g)


def add_at(total, g, index):
    """total[index] += g, entries named twice included."""
    if type(index) is slice and type(total) is np.ndarray:  # the frequent case
        part = total[index]
        np.add(part, g, part)
        return
    if repeats(index):
        add_repeated(total, index, g)
    else:
        total[index] += g


linear(getitem, scatter, None, add_into=add_at, selective=True, views=True, batch=several(batched_indices.getitem))
linear(scattered, lambda g, x, index, shape: g[index], None, None, selective=True, mixes=True, batch=several(batched_indices.scattered))


def taken(x, places):
    """x[..., places] where no place is named twice."""
    return apply(taken, (x, places), {}) if isinstance(x, Tracer) else np.take(x, places, axis=-1)


def placed(g, places, n):
    """Zeros but for g at distinct places of the last axis."""
    if isinstance(g, Tracer):
        return apply(placed, (g, places, n), {})
    r = np.zeros((*g.shape[:-1], n), g.dtype)
    r[..., places] = g
    return r


linear(taken, lambda g, x, places: placed(g, places, x.shape[-1]), None, selective=True, batch="leading", name="entries at distinct places",
       domain=[lambda rng: ((rng.normal(size=4), np.array([2, 0])), {}), lambda rng: ((rng.normal(size=(2, 4)), np.array([3, 1, 2])), {})])
linear(placed, lambda g, x, places, n: taken(g, places), None, None, selective=True, onto=True, mixes=True, batch="leading", name="entries put at distinct places",
       domain=lambda rng: ((rng.normal(size=2), np.array([2, 0]), 4), {}))


def without(g, x, v, index):
    """g with zeros where x was overwritten."""
    return replaced(g, np.zeros((), g.dtype), index)


def cleared(g, x, v, index):
    """The same in the memory of g."""
    if top_trace((index,))[0] is not None:
        return without(g, x, v, index)
    g[index] = 0
    return g


def overwritten(t, v, index):
    """t[index] = v."""
    t[index] = v


def distinct(index, shape):
    """Whether an index of a few integers, or of arrays of a few, is seen to name no entry twice."""
    if type(index) is np.ndarray and index.dtype.kind in "iu" and index.size < MANY and shape:
        return len({k % shape[0] for k in index.ravel().tolist()}) == index.size
    parts = index if type(index) is tuple else (index,)
    if len(parts) > len(shape) or not all(isinstance(part, (list, np.ndarray, int, np.integer)) for part in parts):
        return False
    parts = [np.asarray(part) for part in parts]
    if any(part.dtype.kind not in "iu" for part in parts) or max(part.size for part in parts) > max(MANY, math.prod(shape) // FEW):
        return False
    if len(parts) == 1:
        return all_different(parts[0] % shape[0])
    return all_different(np.ravel_multi_index([part % n for part, n in zip(np.broadcast_arrays(*parts), shape, strict=False)], shape[:len(parts)]))


def all_different(places):
    """Whether an array of integers has none twice."""
    return places.size == (len(set(places.ravel().tolist())) if places.size < MANY else np.unique(places).size)


def read_back(g, x, v, index):
    """What reached the written entries, in the shape of v."""
    if not v.shape and hasattr(index, "dtype") and index.dtype == bool and index.shape == x.shape:
        return np.sum(np.where(index, g, 0))  # the number of entries may differ from example to example
    if repeats(index) and not distinct(index, x.shape):
        form = getitem(np.empty(x.shape, bool), index)
        order = np.arange(form.size).reshape(form.shape)
        last = replaced(np.full(x.shape, -1), order, index)
        g = np.where(getitem(last, index) == order, g[index], 0)
    else:
        g = g[index]
    if type(g) is not np.ndarray or g.base is not None:
        g = np.copy(g)
    while np.ndim(g) < len(v.shape):
        g = np.expand_dims(g, 0)
    return g


linear(replaced, without, read_back, None, reuse=cleared, push_into=overwritten, selective=True, onto=(1,), batch=several(batched_indices.replaced))
def taken_apart(active, g, y, entries, kwargs):
    """The entries of g that came from several scalars, without a pass over all of them for each."""
    flat = np.ravel(g)
    return [flat[i] for i in active]


linear(assembled, lambda i, g, *entries, shape: g[i] if len(shape) == 1 else g[tuple(map(int, np.unravel_index(i, shape)))], variadic=True, selective=True, onto=True,
       batch=several(batched_shapes.assembled)).pull = taken_apart



def where_true(g, c):
    """g where a condition is true, 0 elsewhere."""
    return masked(g, c) if type(g) is np.ndarray and is_mask(c) and c.shape == g.shape else np.where(c, g, 0)


def where_false(g, c):
    """g where a condition is false, 0 elsewhere."""
    return masked(g, ~c) if type(g) is np.ndarray and is_mask(c) and c.shape == g.shape else np.where(c, 0, g)


linear(np.where, None, lambda g, c, a, b: where_true(g, c), lambda g, c, a, b: where_false(g, c), selective=True, batch=several(batched_shapes.where))


def integers(x):
    """Indices without derivatives, as an array; recorded ones stay recorded."""
    x = passive(x)
    return x if isinstance(x, Tracer) else np.asarray(x)


def take(a, indices, axis=None, mode="raise"):
    """np.take by indexing."""
    indices = integers(indices)
    if axis is None:
        a, axis = flat(a), 0
    a = a if np.ndim(a) else np.reshape(a, (1,))
    n = a.shape[axis]
    if mode != "raise":
        indices = indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)
    index = (slice(None),) * (axis % a.ndim)
    entries = getitem(a, (*index, indices))
    return np.copy(entries) if indices.ndim == 0 else entries


def along(indices, shape, axis):
    """The full index that np.take_along_axis reads with."""
    grid = [np.arange(n).reshape((1,) * k + (-1,) + (1,) * (len(shape) - k - 1)) for k, n in enumerate(shape)]
    return (*grid[:axis], indices, *grid[axis + 1:])


def take_along_axis(arr, indices, axis=-1):
    """np.take_along_axis by indexing."""
    if axis is None:
        return getitem(np.ravel(arr), np.ravel(integers(indices)))
    axis = normalize_axis_index(axis, arr.ndim)
    return getitem(arr, along(integers(indices), arr.shape, axis))


def put_along_axis(arr, indices, values, axis):
    """np.put_along_axis in place."""
    if not isinstance(arr, Tracer):
        raise_plain_out("np.put_along_axis")
    if axis is None:
        flat = np.copy(np.ravel(arr))
        flat[np.asarray(indices).ravel()] = values
        arr[...] = np.reshape(flat, arr.shape)
        return
    axis = normalize_axis_index(axis, arr.ndim)
    indices = np.asarray(indices)
    arr[along(indices, arr.shape, axis)] = np.broadcast_to(values, indices.shape)


decomposed(np.take, take)
decomposed(np.take_along_axis, take_along_axis)
decomposed(np.put_along_axis, put_along_axis)


def select(condlist, choicelist, default=0):
    """np.select as a chain of np.where, the first true condition last."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    y = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        y = np.where(condition, choice, y)
    return y


def choose(a, choices, mode="raise"):
    """np.choose as a chain of np.where."""
    a = integers(a)
    n = len(choices)
    if mode == "raise" and (np.any(a < 0) or np.any(a >= n)):
        raise ValueError("invalid entry in choice array")
    a = a % n if mode == "wrap" else np.clip(a, 0, n - 1)
    y = choices[0]
    for k in range(1, n):
        y = np.where(a == k, choices[k], y)
    return y + np.zeros(a.shape) if np.ndim(y) < a.ndim else y


def compress(condition, a, axis=None):
    """np.compress by indexing."""
    kept = np.flatnonzero(np.asarray(condition))
    if axis is None and kept.size and kept[-1] < a.size:
        return taken(np.ravel(a), kept)
    return take(a, kept, axis)


def extract(condition, arr):
    """np.extract by indexing."""
    return taken(np.ravel(arr), np.flatnonzero(np.asarray(condition)))


decomposed(np.select, select)
decomposed(np.choose, choose)
decomposed(np.compress, compress)
decomposed(np.extract, extract)


def sort(a, axis=-1, kind=None, order=None, stable=None):
    """np.sort: entries change places; ties keep their order."""
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, stable_order(passive(a), axis), axis)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """np.partition in the same way."""
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, np.argpartition(passive(a), kth, axis=axis, kind=kind), axis)


decomposed(np.sort, sort, batch="axis")
decomposed(np.partition, partition)


def copyto(dst, src, casting="same_kind", where=True):
    """np.copyto as a write."""
    if not isinstance(dst, Tracer):
        raise_plain_out("np.copyto")
    src = src if np.shape(src) == dst.shape else np.broadcast_to(src, dst.shape)
    dst[...] = src if where is True else np.where(where, src, dst)


def put(a, ind, v, mode="raise"):
    """np.put as a write to the flattened array; values repeat as NumPy's do."""
    if not isinstance(a, Tracer):
        raise_plain_out("np.put")
    ind = np.asarray(concrete(ind)).ravel()
    if mode != "raise":
        ind = ind % a.size if mode == "wrap" else np.clip(ind, 0, a.size - 1)
    if ind.size:
        if np.shape(v) != ind.shape:
            v = np.ravel(v)[np.arange(ind.size) % np.size(v)] if np.size(v) != ind.size else np.ravel(v)
        a[unravelled(ind, a.shape)] = v


def unravelled(places, shape):
    """The index of places in a flattened array, which may count from its end."""
    if len(shape) == 1:
        return places
    return np.unravel_index(np.where(places < 0, places + math.prod(shape), places), shape)


def place(arr, mask, vals):
    """np.place: the values in turn where the mask is true."""
    put(arr, np.flatnonzero(np.asarray(concrete(mask))), vals)


def putmask(a, mask, values):
    """np.putmask: each value at its own place where the mask is true."""
    values = values if np.shape(values) == a.shape else np.reshape(np.resize(values, (a.size,)), a.shape)
    copyto(a, values, where=np.reshape(np.asarray(concrete(mask)), a.shape))


def fill_diagonal(a, val, wrap=False):
    """np.fill_diagonal as a write with an index."""
    if not isinstance(a, Tracer):
        raise_plain_out("np.fill_diagonal")
    shape = a.shape
    if len(shape) < 2:
        raise ValueError("array must be at least 2-d")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    end = a.size if len(shape) > 2 or wrap else min(a.size, shape[1] * shape[1])
    places = np.arange(0, end, 1 + sum(math.prod(shape[k:]) for k in range(1, len(shape))))
    a[np.unravel_index(places, shape)] = val if np.shape(val) in ((), places.shape) else np.resize(val, places.shape)


decomposed(np.copyto, copyto)
decomposed(np.put, put)
decomposed(np.place, place)
decomposed(np.putmask, putmask)
decomposed(np.fill_diagonal, fill_diagonal)
