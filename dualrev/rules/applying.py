"""Functions that call a user's function: on pieces, on slices, along axes."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..core.batching import BatchTrace
from ..core.errors import DualrevError
from ..core.rows import TABLE, decomposed
from ..core.tracer import Tracer, concrete, meta
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
    whole = together(func1d, np.reshape(slices, (-1, slices.shape[-1])), args, kwargs)
    if whole is None:
        results = [array(func1d(slices[(*place, ...)], *args, **kwargs)) for place in np.ndindex(lead)]
        shape, kind = meta(results[0])
        whole = np.stack([np.broadcast_to(r, shape).astype(kind) for r in results])
    whole = np.reshape(whole, (*lead, *whole.shape[1:]))
    rest = len(lead) - axis
    order = (*range(axis), *range(len(lead), whole.ndim), *range(axis, axis + rest))
    return np.transpose(whole, order)


def together(function, slices, args, kwargs):
    """The results for all slices at once, stacked, if the function has a row: another one may count its calls, or draw numbers. None where that cannot be."""
    if type(function).__hash__ is None or function not in TABLE:
        return None
    trace = BatchTrace(slices.shape[0])
    try:
        y = function(trace.batched(slices), *args, **kwargs)
    except DualrevError:
        return None
    finally:
        trace.close()
    return y._value if isinstance(y, Tracer) and y._trace is trace else None


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
