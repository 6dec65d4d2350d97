"""Reductions that leave NaN entries out: there the derivative is 0, a structural zero."""

import warnings

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..core.rows import composite, decomposed
from ..core.tracer import concrete, meta, passive
from .extrema import extremum_rules
from .products import array
from .reducing import root


def filled(a, value):
    """The array with a number in the place of every NaN, and where those were."""
    a = array(a)
    gone = np.isnan(passive(a))
    return np.where(gone, np.asarray(value, a.dtype), a), gone


def nansum(a, axis=None, dtype=None, keepdims=False, initial=0, where=True):
    """np.nansum."""
    return np.sum(filled(a, 0)[0], axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


def nanprod(a, axis=None, dtype=None, keepdims=False, initial=1, where=True):
    """np.nanprod."""
    return np.prod(filled(a, 1)[0], axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


decomposed(np.nansum, nansum)
decomposed(np.nanprod, nanprod)
decomposed(np.nancumsum, lambda a, axis=None, dtype=None: np.cumsum(filled(a, 0)[0], axis=axis, dtype=dtype))
decomposed(np.nancumprod, lambda a, axis=None, dtype=None: np.cumprod(filled(a, 1)[0], axis=axis, dtype=dtype))


tangent, cotangent = extremum_rules(missing=True)
for extremum in (np.nanmax, np.nanmin):
    composite(extremum, tangent, vjp=(cotangent,), selective=True, batch="axes")


def inexact(dtype):
    """Refuse the integers, as NumPy does."""
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")


def number_left(gone, axis, keepdims, where):
    """How many entries each result is made of."""
    return np.sum(~gone, axis=axis, keepdims=keepdims, where=where)


def over(total, n):
    """The total divided by a count, in the total's precision."""
    dtype = meta(total)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return total / np.asarray(concrete(n)).astype(np.finfo(dtype).dtype)


def nanmean(a, axis=None, dtype=None, keepdims=False, *, where=True):
    """np.nanmean."""
    inexact(dtype)
    a, gone = filled(a, 0)
    n = number_left(gone, axis, keepdims, where)
    if not np.all(n):
        warnings.warn("Mean of empty slice", RuntimeWarning, stacklevel=2)
    return over(np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where), n)


def nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    """np.nanvar."""
    inexact(dtype)
    if correction is not None and ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    a, gone = filled(a, 0)
    axis = axis if axis is None else normalize_axis_tuple(axis, a.ndim)
    n = number_left(gone, axis, True, where)
    m = over(np.sum(a, axis=axis, dtype=dtype, keepdims=True, where=where), n) if mean is None else mean
    d = np.where(gone, np.zeros((), a.dtype), (a - m).astype(a.dtype))
    square = np.real(d) ** 2 + np.imag(d) ** 2 if a.dtype.kind == "c" else d * d
    free = n - (ddof if correction is None else correction)
    if np.any(free <= 0):
        warnings.warn("Degrees of freedom <= 0 for slice.", RuntimeWarning, stacklevel=2)
        free = np.where(free <= 0, np.nan, free)
    y = np.sum(square, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return over(y, np.reshape(free, meta(y)[0]))


def nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    """np.nanstd, whose smallest subgradient at a constant vector is 0."""
    return root(nanvar(a, axis, dtype, ddof, keepdims, where=where, mean=mean, correction=correction))


decomposed(np.nanmean, nanmean)
decomposed(np.nanvar, nanvar)
decomposed(np.nanstd, nanstd)
