"""The methods of ufuncs, keyed by the functions that they are: ``reduce`` and ``accumulate`` where NumPy has another name for them, and ``at``."""

import numpy as np

from ..core.indexing import replaced
from ..core.rows import decomposed

decomposed(np.add.reduce, lambda a, axis=0, **k: np.sum(a, axis=axis, **k), name="np.add.reduce")
decomposed(np.multiply.reduce, lambda a, axis=0, **k: np.prod(a, axis=axis, **k), name="np.multiply.reduce")
decomposed(np.add.accumulate, lambda a, axis=0, dtype=None: np.cumsum(a, axis=axis, dtype=dtype), name="np.add.accumulate")
decomposed(np.multiply.accumulate, lambda a, axis=0, dtype=None: np.cumprod(a, axis=axis, dtype=dtype), name="np.multiply.accumulate")


def at(ufunc):
    """ufunc.at, functionally: the updated array. An entry that is named several times is updated in several rounds."""
    def body(a, indices, b=None):
        place = np.arange(a.size).reshape(a.shape)[indices]
        flat, values = np.ravel(a), None if b is None else np.ravel(np.broadcast_to(b, place.shape))
        for chosen in rounds(place.ravel()):
            old = flat[place.ravel()[chosen]]
            flat = replaced(flat, ufunc(old) if values is None else ufunc(old, values[chosen]), place.ravel()[chosen])
        return np.reshape(flat, a.shape)

    return body


def rounds(places):
    """Split positions into rounds in which no place occurs twice, in their order."""
    order = np.argsort(places, kind="stable")
    first = np.searchsorted(places[order], places[order])
    turn = np.empty(places.size, int)
    turn[order] = np.arange(places.size) - first
    return [np.flatnonzero(turn == k) for k in range(turn.max(initial=-1) + 1)]


for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.negative, np.square, np.sqrt, np.exp, np.log, np.sin, np.cos):
    decomposed(ufunc.at, at(ufunc), name=f"np.{ufunc.__name__}.at")
