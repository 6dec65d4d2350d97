"""Weighted means, covariances and histograms."""

import operator
import warnings

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..core.errors import NoRuleError, at_line
from ..core.rows import decomposed
from ..core.tracer import Tracer, concrete, meta, passive
from .arithmetic import number
from .indexing import scattered
from .products import array
from .quantiles import spread_weights
from .unchanged import flat, of_type


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """np.average, in the weights too."""
    a = array(a)
    axis = axis if axis is None else normalize_axis_tuple(axis, a.ndim)
    if weights is None:
        y = np.mean(a, axis=axis, keepdims=keepdims)
        return (y, np.full(meta(y)[0], a.size / max(np.size(y), 1), meta(y)[1])[()]) if returned else y
    weights = spread_weights(array(weights), a.shape, axis)
    kind = np.result_type(a.dtype, weights.dtype, *(["f8"] if a.dtype.kind in "biu" else []))
    total = np.sum(weights, axis=axis, dtype=kind, keepdims=keepdims)
    if np.any(passive(total) == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    y = np.sum(np.multiply(a, weights, dtype=kind), axis=axis, keepdims=keepdims) / total
    return (y, np.copy(np.broadcast_to(total, meta(y)[0]))) if returned else y


def stacked(m, y, rowvar, dtype):
    """The variables as rows."""
    parts = [array(m)] if y is None else [array(m), array(y)]
    if any(x.ndim > 2 for x in parts):
        raise ValueError("m has more than 2 dimensions" if parts[0].ndim > 2 else "y has more than 2 dimensions")
    kind = dtype or np.result_type(*(x.dtype for x in parts), np.float64)
    rows = [(np.reshape(x, (1, -1)) if x.ndim < 2 else x).astype(kind) for x in parts]
    if not rowvar:  # NumPy looks at m before it is made a matrix, and at y afterwards
        rows = [x.T if (parts[0].ndim != 1 if k == 0 else x.shape[0] != 1) else x for k, x in enumerate(rows)]
    return rows[0] if y is None else np.concatenate(rows, axis=0)


def counts(w, n, name):
    """Frequencies: how often each observation occurs."""
    if isinstance(w, Tracer):
        raise NoRuleError(f"np.cov has no derivative rule for the keyword {name!r}, whose entries are counts, when it carries a derivative{at_line()}. "
                          "Pass a plain value, or aweights=.")
    w = np.asarray(w, dtype=float)
    if not np.all(w == np.around(w)):
        raise TypeError("fweights must be integer")
    return one_dimensional(w, n, name)


def one_dimensional(w, n, name):
    """Weights of the observations, checked as NumPy does."""
    if w.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if w.shape[0] != n:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    if np.any(passive(w) < 0):
        raise ValueError(f"{name} cannot be negative")
    return w


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """np.cov, in the observations and in ``aweights``."""
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    x = stacked(m, y, rowvar, dtype)
    if not x.shape[0]:
        return np.empty((0, 0))
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = x.shape[1]
    w = None if fweights is None else counts(fweights, n, "fweights")
    if aweights is not None:
        own = one_dimensional(array(aweights).astype(float), n, "aweights")
        w = own if w is None else w * own
    if w is None:
        total, factor = n, n - ddof
        centred = x - np.mean(x, axis=1, keepdims=True)
        other = centred
    else:
        total = np.sum(w)
        factor = total - ddof if aweights is None or not ddof else total - ddof * np.sum(w * own) / total
        centred = x - np.expand_dims(np.sum(x * w, axis=1) / total, 1)
        other = centred * w
    if factor <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        factor = 0.0
    c = np.matmul(centred, np.conj(other.T)) * np.true_divide(1, factor)
    return number(np.squeeze(c))


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """np.corrcoef. NumPy clips what rounding carries beyond 1; the derivative is that of the ratio."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not np.ndim(c):
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    r = c / np.expand_dims(deviation, 1) / np.expand_dims(deviation, 0)
    plain = passive(r)
    limited = np.clip(np.real(plain), -1, 1) + (1j * np.clip(np.imag(plain), -1, 1) if r.dtype.kind == "c" else 0)
    return np.where(np.abs(limited - plain) > 0, r + (limited - plain), r)


decomposed(np.average, average)
decomposed(np.cov, cov)
decomposed(np.corrcoef, corrcoef)


def edges_of(a, bins, span, weights=None):
    """The edges of the bins: even ones move with the smallest and the largest entry, others are as given."""
    if not isinstance(bins, str) and np.ndim(bins):
        return array(bins)
    moving = span is None and isinstance(a, Tracer) and a.size
    ends = (np.min(a), np.max(a)) if moving and not isinstance(bins, str) and weights is None else None  # which are all that the edges depend on
    plain = np.histogram_bin_edges(concrete(a) if ends is None else np.array([concrete(end) for end in ends]), concrete(bins), span, concrete(weights))
    return of_type(even_edges(a, plain.size - 1, ends), plain.dtype) if moving else plain


def even_edges(a, n, span):
    """The edges of n bins of one width, over a span or over all entries."""
    first, last = span if span is not None else (np.min(a), np.max(a)) if a.size else (0, 1)
    if concrete(first) == concrete(last):
        first, last = first - 0.5, last + 0.5
    return np.linspace(first, last, n + 1)


def histogram(a, bins=10, range=None, density=None, weights=None):
    """np.histogram: counts are constant, edges move with the extreme entries, and sums of weights are linear in these."""
    a = np.ravel(array(a))
    weights = None if weights is None else np.ravel(array(weights))
    edges = edges_of(a, bins, range, weights)
    plain = np.asarray(concrete(edges))
    n = np.histogram(concrete(a), concrete(bins), range, None, concrete(weights))[0]
    if isinstance(weights, Tracer):
        x = np.asarray(concrete(a))
        inside = np.flatnonzero((x >= plain[0]) & (x <= plain[-1]))
        place = np.minimum(np.searchsorted(plain, x[inside], side="right") - 1, plain.size - 2)
        n = scattered(weights[inside], place, (plain.size - 1,))
    if density:
        n = n / np.diff(edges).astype(float) / np.sum(n)
    return n, edges


def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    """np.histogramdd in the same way."""
    sample = array(sample) if not isinstance(sample, (list, tuple)) and np.ndim(sample) == 2 else np.stack([np.ravel(array(x)) for x in sample], axis=1)
    d = sample.shape[1]
    bins = list(bins) if isinstance(bins, (list, tuple)) or np.ndim(bins) else [bins] * d
    spans = [None] * d if range is None else list(range)
    if len(bins) != d or len(spans) != d:
        raise ValueError("np.histogramdd: bins and range must have one entry per dimension of the sample")
    weights = None if weights is None else array(weights)
    n, _ = np.histogramdd(concrete(sample), [concrete(b) for b in bins], range, None, concrete(weights))
    edges = [array(b) if np.ndim(b) else even_edges(sample[:, k], operator.index(b), spans[k]) for k, b in enumerate(bins)]
    if isinstance(weights, Tracer):
        n = weighted_counts(np.asarray(concrete(sample)), [np.asarray(concrete(e)) for e in edges], weights)
    if density:
        total = np.sum(n)
        for k, e in enumerate(edges):
            n = n / np.reshape(np.diff(e), (-1,) + (1,) * (d - k - 1))
        n = n / total
    return n, edges


def weighted_counts(x, edges, weights):
    """Add the weights up in the bins that their observations fall into."""
    places = [np.searchsorted(e, x[:, k], side="right") - (x[:, k] == e[-1]) - 1 for k, e in enumerate(edges)]
    shape = tuple(e.size - 1 for e in edges)
    inside = np.flatnonzero(np.logical_and.reduce([(p >= 0) & (p < n) for p, n in zip(places, shape, strict=True)]))
    return scattered(weights[inside].astype(float), tuple(p[inside] for p in places), shape)


def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    """np.histogram2d in the same way."""
    if np.shape(x)[0] != np.shape(y)[0]:
        raise ValueError("x and y must have the same length.")
    shared = not isinstance(bins, int) and len(bins) not in (1, 2)
    n, edges = histogramdd([x, y], [bins, bins] if shared else bins, range, density, weights)
    return n, edges[0], edges[1]


decomposed(np.histogram, histogram)
decomposed(np.histogramdd, histogramdd)
decomposed(np.histogram2d, histogram2d)
decomposed(np.histogram_bin_edges, lambda a, bins=10, range=None, weights=None: edges_of(flat(array(a)), bins, range, weights))


def bincount(x, weights=None, minlength=0):
    """np.bincount, linear in the weights."""
    x = np.asarray(concrete(x))
    plain = np.bincount(x, concrete(weights), minlength)
    return scattered(array(weights).astype(float), x, plain.shape) if isinstance(weights, Tracer) else plain


decomposed(np.bincount, bincount)
