"""Medians and quantiles: the entries between which a quantile lies, with NumPy's own interpolation weights; ties keep their order."""

import warnings

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..core.rows import decomposed
from ..core.tracer import Tracer, concrete, meta, passive
from .arithmetic import number
from .ordering import Order
from .products import array
from .reducing import flattened

ENTRIES = frozenset({"lower", "higher", "nearest", "inverted_cdf", "closest_observation"})  # methods whose results are entries
OFFSETS = {"linear": (1.0, 1.0), "interpolated_inverted_cdf": (0.0, 1.0), "hazen": (0.5, 0.5), "weibull": (0.0, 0.0),
           "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8)}


def laid_out(a, axis):
    """The array with its reduced axes last, as one; the axes that are kept, and the shape with the reduced axes of length one."""
    axis = None if axis is None else normalize_axis_tuple(axis, a.ndim)
    flat, kept, _ = flattened(a, axis)
    wide = tuple(n if k in kept else 1 for k, n in enumerate(a.shape))
    return flat, wide


def ordered(flat, places, order):
    """The entries at the given places of the sorted order, along the last axis."""
    return np.take_along_axis(flat, order.at(places), -1)


def counted(flat, skip):
    """How many entries of each row count: all, or those that are not NaN."""
    valid = ~np.isnan(passive(flat))
    return np.sum(valid, axis=-1, keepdims=True) if skip else np.full((*flat.shape[:-1], 1), flat.shape[-1])


def spoiled(y, flat, order, n, skip):
    """NaN where a row holds one, or where none of its entries counts."""
    if skip:
        if np.any(concrete(n) == 0):
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
            return np.where(n == 0, np.asarray(np.nan, y.dtype), y)
        return y
    if not np.any(np.isnan(concrete(flat))):
        return y
    last = ordered(flat, np.full((*flat.shape[:-1], 1), flat.shape[-1] - 1), order)
    return np.where(np.isnan(passive(last)), last, y)


def median(a, axis=None, overwrite_input=False, keepdims=False, *, skip=False):
    """np.median: the middle entry, or the mean of the two middle ones."""
    a = array(a)
    flat, wide = laid_out(a, axis)
    if not flat.size:
        return (np.nanmedian if skip else np.median)(concrete(a), axis=axis, keepdims=keepdims)
    order = Order(passive(flat))
    n = counted(flat, skip)
    last = np.maximum(n - 1, 0)
    lo, hi = last // 2, (last + 1) // 2
    low = ordered(flat, lo, order)
    y = low if np.array_equal(concrete(lo), concrete(hi)) else np.where(lo == hi, low, (low + ordered(flat, hi, order)) / 2)
    return shaped(spoiled(y, flat, order, n, skip), (), wide, keepdims)


def shaped(y, qs, wide, keepdims):
    """Bring the quantiles' axis to the front and give it the shape of q."""
    rest = wide if keepdims else meta(y)[0][:-1]
    return number(np.reshape(np.moveaxis(y, -1, 0), (*qs, *rest)))


def virtual(n, q, method):
    """Where among n sorted entries the quantiles lie, as a number that is whole at an entry; shape (..., number of quantiles)."""
    if method in OFFSETS:
        alpha, beta = OFFSETS[method]
        v = (n - 1) * q if method == "linear" else n * q + (alpha + q * (1 - alpha - beta)) - 1
        return np.clip(v, 0, n - 1)
    q, n = np.asarray(concrete(q)), np.asarray(concrete(n))
    v = np.empty((*n.shape[:-1], q.size))
    for k in np.unique(n).tolist():
        v[n[..., 0] == k] = np.quantile(np.arange(float(k)), q, method=method)
    return v


def weighted(flat, q, weights):
    """Which places of the sorted order the inverted distribution function of the weights chooses."""
    plain = np.asarray(concrete(flat))
    rank = np.argsort(np.argsort(plain, axis=-1, kind="stable"), axis=-1).astype(float)
    weights = np.where(np.isnan(plain), 0.0, weights)
    weights = np.where(np.any(weights, axis=-1, keepdims=True), weights, 1.0)
    chosen = np.empty((*plain.shape[:-1], q.size))
    for k in np.ndindex(plain.shape[:-1]):
        chosen[k] = np.quantile(rank[k], q, weights=weights[k], method="inverted_cdf")
    return chosen


def interpolated(flat, v, n, order, dtype):
    """Between the two entries around each place, by NumPy's formula."""
    lo = np.floor(passive(v))
    if isinstance(v, Tracer):  # the last entry has only the slope of the interval before it
        lo = np.minimum(lo, np.maximum(n - 2, 0))
    share = v - lo
    lo = lo.astype(int)
    low = ordered(flat, lo, order)
    if not isinstance(share, Tracer) and not np.any(share):
        return low if low.dtype == dtype else low.astype(dtype)
    high = ordered(flat, np.minimum(lo + 1, n - 1), order)
    share = share.astype(dtype)
    gap = high - low
    return np.where(passive(share) < 0.5, low + gap * share, high - gap * (1 - share))


def quantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, weights=None, interpolation=None, *, skip=False, scale=1.0):
    """np.quantile in all its methods. In q it is differentiated too: methods that jump have derivative 0 there, as they have in the weights."""
    method = method if interpolation is None else interpolation
    weak = type(q) in (int, float)
    a, q = array(a), array(q) / scale
    if a.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    plain = np.asarray(concrete(q))
    if not np.all((plain >= 0) & (plain <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]" if scale == 1 else "Percentiles must be in the range [0, 100]")
    flat, wide = laid_out(a, axis)
    if not flat.size or plain.ndim > 2:
        weights = {} if weights is None else {"weights": concrete(weights)}
        return (np.nanquantile if skip else np.quantile)(concrete(a), float(plain) if weak else plain, axis=axis, method=method, keepdims=keepdims, **weights)
    if method not in OFFSETS:
        np.quantile(np.zeros(1), 0.5, method=method)  # NumPy's own error for a method that it does not know
    kind = a.dtype if (weak or method in ENTRIES) and a.dtype.kind == "f" else np.result_type(a.dtype, plain.dtype)
    order = Order(passive(flat))
    n = counted(flat, skip)
    if weights is not None:
        v = weighted(flat, plain.ravel(), checked_weights(weights, a, axis, method))
    else:
        v = virtual(np.maximum(n, 1), np.ravel(q), method)
    y = interpolated(flat, v, np.maximum(n, 1), order, kind if weights is None else a.dtype)
    return shaped(spoiled(y, flat, order, n, skip), plain.shape, wide, keepdims)


def checked_weights(weights, a, axis, method):
    """The weights as NumPy asks for them, laid out as the entries are."""
    if method != "inverted_cdf":
        raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
    weights = spread_weights(np.asarray(concrete(array(weights))), a.shape, axis)
    if np.any(weights < 0):
        raise ValueError("Weights must be non-negative.")
    return laid_out(np.broadcast_to(weights, a.shape), axis)[0]


def spread_weights(weights, shape, axis):
    """Weights of the shape of the entries, or of their reduced axes, in a shape that broadcasts to that of the entries."""
    if weights.shape == shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axis = normalize_axis_tuple(axis, len(shape))
    if weights.shape != tuple(shape[k] for k in axis):
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    weights = np.transpose(weights, np.argsort(axis).tolist())
    return np.reshape(weights, tuple(n if k in axis else 1 for k, n in enumerate(shape)))


def percentile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, weights=None, interpolation=None):
    """np.percentile: the quantile at q / 100."""
    return quantile(a, q, axis, overwrite_input, method, keepdims, weights, interpolation, scale=100.0)


decomposed(np.median, median)
decomposed(np.quantile, quantile)
decomposed(np.percentile, percentile)
decomposed(np.nanmedian, lambda a, axis=None, overwrite_input=False, keepdims=False: median(a, axis, keepdims=keepdims, skip=True))
decomposed(np.nanquantile, lambda a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, weights=None, interpolation=None:
           quantile(a, q, axis, False, method, keepdims, weights, interpolation, skip=True))
decomposed(np.nanpercentile, lambda a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, weights=None, interpolation=None:
           quantile(a, q, axis, False, method, keepdims, weights, interpolation, skip=True, scale=100.0))
