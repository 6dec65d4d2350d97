"""In which order entries stand when they are sorted, ties in the order in which they came.

NumPy sorts and orders numbers several times faster where ties may fall as they like. So they are ordered in that way first, and in the stable one only where there are ties.
"""

import numpy as np

from ..core.tracer import Tracer

LARGE = 1000  # entries from which on it pays
FEW = 4  # ranks up to which it pays to look for each by itself


def stable_order(x, axis=-1):
    """np.argsort(x, axis, kind="stable")."""
    if isinstance(x, Tracer) or np.size(x) < LARGE or x.dtype.kind != "f":
        return np.argsort(x, axis=axis, kind="stable")
    order = np.argsort(x, axis=axis)
    s = np.moveaxis(np.take_along_axis(x, order, axis), axis, -1)
    if np.all(s[..., 1:] > s[..., :-1]):
        return order
    if s.ndim == 1 and s[-1] != s[-1]:  # NaN comes last, and is not above what comes before it
        numbers = x.size - np.count_nonzero(np.isnan(s))
        if np.all(s[1:numbers] > s[:max(numbers - 1, 0)]):
            order[numbers:].sort()
            return order
    return np.argsort(x, axis=axis, kind="stable")


class Order:
    """In which order entries stand along the last axis, ties as they came. Of a few entries of a long vector, where they stand is found without sorting."""

    def __init__(self, x):
        self.x, self.order = x, None

    def at(self, ranks):
        """The places of the entries of the given ranks."""
        x = self.x
        if self.order is None and type(x) is np.ndarray and type(ranks) is np.ndarray and x.size >= LARGE and x.size == x.shape[-1] and ranks.size <= FEW and x.dtype.kind == "f":
            return located(x.ravel(), ranks.ravel()).reshape(ranks.shape)
        if self.order is None:
            self.order = stable_order(x)
        return np.take_along_axis(self.order, ranks, -1)


def located(x, ranks):
    """Where the entries of some ranks stand in a plain vector: of those that tie, as many as there are ranks left are counted off."""
    wanted = np.unique(ranks)
    part = np.partition(x, wanted)
    places = {}
    for rank in wanted.tolist():
        value = part[rank]
        if value == value:
            below, ties = np.count_nonzero(x < value), np.flatnonzero(x == value)
        else:
            below, ties = np.count_nonzero(x == x), np.flatnonzero(x != x)
        places[rank] = ties[rank - below]
    return np.array([places[rank] for rank in ranks.tolist()], dtype=int)


def first_places(x, equal_nan=True):
    """Where each distinct entry of a flattened plain array is met first, in the order of the entries: what np.unique returns as its index."""
    x = np.ravel(x)
    if x.size < LARGE or x.dtype.kind != "f":
        return np.unique(x, return_index=True, equal_nan=equal_nan)[1]
    order = np.argsort(x)
    s = x[order]
    numbers = x.size - np.count_nonzero(np.isnan(x))
    starts = np.flatnonzero(np.concatenate([[True], s[1:numbers] != s[:numbers - 1]])) if numbers else np.zeros(0, int)
    found = order[starts] if starts.size == numbers else np.minimum.reduceat(order[:numbers], starts)
    missing = np.sort(order[numbers:])
    return np.concatenate([found, missing[:1] if equal_nan else missing])
