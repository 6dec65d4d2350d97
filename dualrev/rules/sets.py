"""The distinct entries of arrays: each stands for the first of the entries that equal it; indices and counts are constant."""

import numpy as np

from ..core.rows import decomposed
from ..core.tracer import concrete
from .indexing import taken
from .ordering import first_places, stable_order
from .products import array


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True):
    """np.unique."""
    ar = array(ar)
    plain = np.asarray(concrete(ar))
    if axis is None and not (return_index or return_inverse or return_counts):
        return taken(np.ravel(ar), first_places(plain, equal_nan))
    _, index, *more = np.unique(plain, True, return_inverse, return_counts, axis, equal_nan=equal_nan)
    values = taken(np.ravel(ar), index) if axis is None else np.take(ar, index, axis=axis)
    found = [values, *([index] if return_index else []), *more]
    return tuple(found) if len(found) > 1 else values


def unique_values(x):
    """np.unique_values, in NumPy's own order, which need not be sorted."""
    plain = np.asarray(concrete(x))
    order = stable_order(np.unique_values(plain))
    places = np.empty_like(order)
    places[order] = first_places(plain, equal_nan=False)
    return taken(np.ravel(x), places)


def named(function):
    """The row of a function that gives the distinct values and more in a named tuple."""
    def body(x):
        found = function(np.asarray(concrete(x)))
        index = first_places(np.asarray(concrete(x)), equal_nan=False)
        return found._replace(values=taken(np.ravel(x), index))

    return body


decomposed(np.unique, unique)
decomposed(np.unique_values, unique_values)
for function in (np.unique_all, np.unique_counts, np.unique_inverse):
    decomposed(function, named(function))


def distinct(x, assume_unique):
    """The distinct entries in order, or the entries as they are."""
    return np.ravel(array(x)) if assume_unique else unique(x)


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """np.intersect1d: an entry of both arrays moves with the mean of the two."""
    a, b = np.ravel(array(ar1)), np.ravel(array(ar2))
    p, q = np.asarray(concrete(a)), np.asarray(concrete(b))
    if assume_unique:
        common, i, j = np.intersect1d(p, q, True, return_indices=True)
    else:
        first, second = first_places(p), first_places(q)
        common = np.intersect1d(p[first], q[second], True)
        i, j = first[np.searchsorted(p[first], common)], second[np.searchsorted(q[second], common)]
    y = ((taken(a, i) + taken(b, j)) / 2).astype(common.dtype)
    return (y, i, j) if return_indices else y


def setdiff1d(ar1, ar2, assume_unique=False):
    """np.setdiff1d."""
    a = distinct(ar1, assume_unique)
    return a[~np.isin(np.asarray(concrete(a)), np.asarray(concrete(array(ar2))))]


def setxor1d(ar1, ar2, assume_unique=False):
    """np.setxor1d."""
    both = np.sort(np.concatenate([distinct(ar1, assume_unique), distinct(ar2, assume_unique)]))
    plain = np.asarray(concrete(both))
    change = np.concatenate([[True], plain[1:] != plain[:-1], [True]])
    return both[change[1:] & change[:-1]] if plain.size else both


decomposed(np.intersect1d, intersect1d)
decomposed(np.setdiff1d, setdiff1d)
decomposed(np.setxor1d, setxor1d)
decomposed(np.union1d, lambda ar1, ar2: unique(np.concatenate([np.ravel(array(ar1)), np.ravel(array(ar2))])))
