"""The methods of ufuncs, keyed by the functions that they are: ``reduce`` and ``accumulate`` where NumPy has another name for them, and ``at``."""

import math

import numpy as np

from ..core.rows import decomposed
from ..core.tracer import Tracer
from .indexing import MANY, all_different, unravelled
from .unchanged import flat

decomposed(np.add.reduce, lambda a, axis=0, **k: np.sum(a, axis=axis, **k), name="np.add.reduce")
decomposed(np.multiply.reduce, lambda a, axis=0, **k: np.prod(a, axis=axis, **k), name="np.multiply.reduce")
decomposed(np.add.accumulate, lambda a, axis=0, dtype=None: np.cumsum(a, axis=axis, dtype=dtype), name="np.add.accumulate")
decomposed(np.multiply.accumulate, lambda a, axis=0, dtype=None: np.cumprod(a, axis=axis, dtype=dtype), name="np.multiply.accumulate")


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


for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.negative, np.square, np.sqrt, np.exp, np.log, np.sin, np.cos):
    decomposed(ufunc.at, at(ufunc), name=f"np.{ufunc.__name__}.at")
