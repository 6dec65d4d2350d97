"""Functions that call a user's function: on pieces, on slices, along axes."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..core.rows import decomposed
from ..core.tracer import concrete, meta
from .products import array


def piecewise(x, condlist, funclist, *args, **kw):
    """np.piecewise: each function sees the entries that its condition chooses, and no others."""
    x = array(x)
    single = np.isscalar(condlist) or np.ndim(condlist) == 0 or (x.ndim and np.ndim(condlist[0]) == 0)
    conditions = [np.broadcast_to(np.asarray(concrete(c), bool), x.shape) for c in ([condlist] if single else condlist)]
    if len(conditions) == len(funclist) - 1:
        conditions.append(~np.logical_or.reduce(conditions))
    elif len(conditions) != len(funclist):
        raise ValueError(f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} functions are expected")
    flat = np.ravel(x)
    y = np.zeros_like(flat)
    for condition, function in zip(conditions, funclist, strict=True):
        chosen = np.flatnonzero(condition)
        if chosen.size:
            y[chosen] = function(flat[chosen], *args, **kw) if callable(function) else function
    return np.reshape(y, x.shape)


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """np.apply_along_axis: the results for all slices, stacked."""
    arr = array(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    slices = np.moveaxis(arr, axis, -1)
    lead = slices.shape[:-1]
    if 0 in lead:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [array(func1d(slices[(*place, ...)], *args, **kwargs)) for place in np.ndindex(lead)]
    shape, kind = meta(results[0])
    whole = np.reshape(np.stack([np.broadcast_to(r, shape).astype(kind) for r in results]), (*lead, *shape))
    rest = len(lead) - axis
    order = (*range(axis), *range(len(lead), whole.ndim), *range(axis, axis + rest))
    return np.transpose(whole, order)


def apply_over_axes(func, a, axes):
    """np.apply_over_axes."""
    value = array(a)
    ndim = value.ndim
    for axis in (axes,) if np.ndim(axes) == 0 else axes:
        axis = axis + ndim if axis < 0 else axis
        result = func(value, axis)
        if np.ndim(result) != value.ndim:
            result = np.expand_dims(result, axis)
            if result.ndim != value.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        value = result
    return value


decomposed(np.piecewise, piecewise)
decomposed(np.apply_along_axis, apply_along_axis)
decomposed(np.apply_over_axes, apply_over_axes)
