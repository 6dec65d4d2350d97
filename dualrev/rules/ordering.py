"""In which order entries stand when they are sorted, ties in the order in which they came.

NumPy sorts and orders numbers several times faster where ties may fall as they like. So they are ordered in that way first, and in the stable one only where there are ties.
"""

import numpy as np

from ..core.tracer import Tracer

LARGE = 1000  # entries from which on it pays


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
