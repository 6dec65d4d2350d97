"""The methods of ufuncs, keyed by the functions that they are: ``reduce`` and ``accumulate`` where NumPy has another name for them, and ``at``."""

import math

import numpy as np

from ..core.indexing import getitem
from ..core.inplace import changer, update
from ..core.rows import decomposed, linear
from ..core.tracer import Tracer, apply, top_trace
from ..core.words import several
from . import batched_indices
from .indexing import MANY, all_different, unravelled
from .unchanged import flat

decomposed(np.add.reduce, lambda a, axis=0, **k: np.sum(a, axis=axis, **k), name="np.add.reduce")
decomposed(np.multiply.reduce, lambda a, axis=0, **k: np.prod(a, axis=axis, **k), name="np.multiply.reduce")
decomposed(np.add.accumulate, lambda a, axis=0, dtype=None: np.cumsum(a, axis=axis, dtype=dtype), name="np.add.accumulate")
decomposed(np.multiply.accumulate, lambda a, axis=0, dtype=None: np.cumprod(a, axis=axis, dtype=dtype), name="np.multiply.accumulate")


def added(x, v, index):
    """x with v added at an index, which may name an entry several times."""
    if isinstance(x, Tracer) or isinstance(v, Tracer) or top_trace((index,))[0] is not None:
        return apply(added, (x, v, index), {})
    y = np.array(x)
    np.add.at(y, index, v)
    return y


def accumulated(t, v, index):
    """The same in the memory of t."""
    np.add.at(t, index, v)


def received(g, x, v, index):
    """What was added received the cotangents of where it went."""
    g = getitem(g, index)
    return g if type(g) is np.ndarray and g.base is None else np.copy(g)


linear(added, lambda g, x, v, index: g, received, None, push_into=accumulated, selective=True, onto=(0, 1), batch=several(batched_indices.added),
       name="an array with others added at an index", domain=lambda rng: ((rng.normal(size=4), rng.normal(size=3), np.array([0, 2, 0])), {}))
add_in_place = changer(added, np.add.at)


def added_at(sign):
    """np.add.at and np.subtract.at, in place."""
    def body(a, indices, b):
        update(a, indices, b if sign > 0 else np.negative(b), added, add_in_place)

    return body


def at(ufunc):
    """ufunc.at, in place. An entry that is named several times is updated in several rounds."""
    def body(a, indices, b=None):
        place = named_places(indices, a.shape)
        if all_different(place):
            a[indices] = ufunc(a[indices]) if b is None else ufunc(a[indices], b)
            return
        values = None if b is None else flat(b if getattr(b, "shape", None) == place.shape else np.broadcast_to(b, place.shape))
        place = place.ravel()
        for chosen in rounds(place):
            index = unravelled(place[chosen], a.shape)
            a[index] = ufunc(a[index]) if values is None else ufunc(a[index], values[chosen])

    return body


def named_places(indices, shape):
    """The places in a flattened array that an index names."""
    index = np.asarray(indices) if isinstance(indices, (list, np.ndarray)) and not isinstance(indices, Tracer) else None
    if index is None or index.dtype.kind not in "iu" or len(shape) != 1:
        return np.arange(math.prod(shape)).reshape(shape)[indices]
    if not index.size:
        return index
    first, last = index.min(), index.max()
    if not -shape[0] <= first <= last < shape[0]:
        raise IndexError(f"an index is out of bounds for axis 0 with size {shape[0]}")
    return index if first >= 0 else np.where(index < 0, index + shape[0], index)


def rounds(places):
    """Split positions into rounds in which no place occurs twice, in their order."""
    if places.size < MANY:
        seen, found = {}, []
        for k, place in enumerate(places.tolist()):
            turn = seen[place] = seen.get(place, -1) + 1
            if turn == len(found):
                found.append([])
            found[turn].append(k)
        return [np.array(chosen) for chosen in found]
    order = np.argsort(places, kind="stable")
    first = np.searchsorted(places[order], places[order])
    turn = np.empty(places.size, int)
    turn[order] = np.arange(places.size) - first
    return [np.flatnonzero(turn == k) for k in range(turn.max() + 1)]


decomposed(np.add.at, added_at(1), name="np.add.at")
decomposed(np.subtract.at, added_at(-1), name="np.subtract.at")
for ufunc in (np.multiply, np.divide, np.power, np.maximum, np.minimum, np.negative, np.square, np.sqrt, np.exp, np.log, np.sin, np.cos):
    decomposed(ufunc.at, at(ufunc), name=f"np.{ufunc.__name__}.at")
