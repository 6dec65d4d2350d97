"""Numbers that describe a sample. SciPy computes them with NumPy's functions, and so are they written here."""

import math

import numpy as np
import scipy.special as sp
import scipy.stats as theirs

from ...core.errors import NoRuleError, at_line
from ...core.rows import decomposed
from ...core.tracer import meta
from ...rules.products import array
from ..mirror import mirror

gmean, hmean, pmean, sem, moment, skew = (mirror(getattr(theirs, name)) for name in ("gmean", "hmean", "pmean", "sem", "moment", "skew"))
kurtosis, variation, entropy, zscore, zmap, gzscore = (mirror(getattr(theirs, name)) for name in ("kurtosis", "variation", "entropy", "zscore", "zmap", "gzscore"))
median_abs_deviation = mirror(theirs.median_abs_deviation)


def given(x, nan_policy="propagate"):
    """A float array; SciPy's other policies for NaN have no rule."""
    if nan_policy != "propagate":
        raise NoRuleError(f"dr.scipy.stats has no derivative rule for nan_policy={nan_policy!r}{at_line()}. Select the entries that count before the call.")
    x = array(x)
    return x if x.dtype.kind in "fc" else x.astype(float)


def count(x, axis):
    """How many entries each result is made of."""
    shape = meta(x)[0]
    return math.prod(shape if axis is None else (shape[k] for k in (axis if isinstance(axis, tuple) else (axis,))))


def weighted(x, axis, weights, keepdims):
    """The mean, with weights."""
    if weights is None:
        return np.mean(x, axis=axis, keepdims=keepdims)
    w = array(weights)
    w = w if w.shape == x.shape else np.reshape(w, [w.shape[0] if k == axis % x.ndim else 1 for k in range(x.ndim)])
    return np.sum(x * w, axis=axis, keepdims=keepdims) / np.sum(w + 0 * x, axis=axis, keepdims=keepdims)


def cast(x, dtype, weights, nan_policy):
    """The sample in the type that is asked for, or that its weights have."""
    x = given(x, nan_policy)
    if dtype is None:
        dtype = x.dtype if weights is None else np.result_type(x.dtype, meta(array(weights))[1])
    return x.astype(dtype)


def geometric(a, axis=0, dtype=None, weights=None, *, nan_policy="propagate", keepdims=False):
    """exp of the mean logarithm."""
    return np.exp(weighted(np.log(cast(a, dtype, weights, nan_policy)), axis, weights, keepdims))


def harmonic(a, axis=0, dtype=None, *, weights=None, nan_policy="propagate", keepdims=False):
    """One over the mean of 1/a."""
    return 1 / weighted(1 / cast(a, dtype, weights, nan_policy), axis, weights, keepdims)


def power(a, p, *, axis=0, dtype=None, weights=None, nan_policy="propagate", keepdims=False):
    """The p-th root of the mean p-th power."""
    if p == 0:
        return geometric(a, axis, dtype, weights, nan_policy=nan_policy, keepdims=keepdims)
    return weighted(cast(a, dtype, weights, nan_policy) ** p, axis, weights, keepdims) ** (1 / p)


def powered(d, order):
    """A power; whole ones are products, which take a tenth of the time."""
    if order != int(order) or order < 1:
        return d**order
    half = d if order == 1 else powered(d, order // 2)
    return half if order == 1 else half * half if order % 2 == 0 else half * half * d


def central(a, order, axis, center=None):
    """The mean power of the distance from the centre, its axis kept."""
    a = np.ravel(a) if axis is None else a
    axis = 0 if axis is None else axis
    return np.mean(powered(a - (np.mean(a, axis=axis, keepdims=True) if center is None else center), order), axis=axis, keepdims=True)


def dropped(y, like, axis, keepdims):
    """A result with its axes taken away, or put back after a flattening."""
    if axis is None:
        return np.reshape(y, (1,) * like.ndim if keepdims else ())
    return y if keepdims else np.squeeze(y, axis=axis)


def moments(a, order=1, axis=0, nan_policy="propagate", *, center=None, keepdims=False):
    """moment, of one order or of several."""
    a = given(a, nan_policy)
    if np.ndim(order):
        return np.stack([moments(a, n, axis, center=center, keepdims=keepdims) for n in order])
    if order == 1 and center is None:
        return np.zeros_like(dropped(central(a, 2, axis), a, axis, keepdims))
    return dropped(central(a, order, axis, center), a, axis, keepdims)


def skewness(a, axis=0, bias=True, nan_policy="propagate", *, keepdims=False):
    """The third moment over the variance to 3/2."""
    a = given(a, nan_policy)
    n = count(a, axis)
    flat, along = (np.ravel(a), 0) if axis is None else (a, axis)
    d = flat - np.mean(flat, axis=along, keepdims=True)
    square = d * d
    y = np.mean(square * d, axis=along, keepdims=True) / np.mean(square, axis=along, keepdims=True) ** 1.5
    return dropped(y if bias or n <= 2 else math.sqrt((n - 1.0) * n) / (n - 2.0) * y, a, axis, keepdims)


def excess(a, axis=0, fisher=True, bias=True, nan_policy="propagate", *, keepdims=False):
    """kurtosis: the fourth moment over the squared variance."""
    a = given(a, nan_policy)
    n = count(a, axis)
    flat, along = (np.ravel(a), 0) if axis is None else (a, axis)
    square = (flat - np.mean(flat, axis=along, keepdims=True)) ** 2
    y = np.mean(square * square, axis=along, keepdims=True) / np.mean(square, axis=along, keepdims=True) ** 2
    if not bias and n > 3:
        y = ((n**2 - 1.0) * y - 3 * (n - 1) ** 2.0) / (n - 2) / (n - 3) + 3
    return dropped(y - 3 if fisher else y, a, axis, keepdims)


def spread(a, axis=0, ddof=1, nan_policy="propagate", *, keepdims=False):
    """sem: the standard error of the mean."""
    a = given(a, nan_policy)
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / math.sqrt(count(a, axis))


def relative(a, axis=0, nan_policy="propagate", ddof=0, *, keepdims=False):
    """variation: the standard deviation over the mean."""
    a = given(a, nan_policy)
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / np.mean(a, axis=axis, keepdims=keepdims)


def information(pk, qk=None, base=None, axis=0, *, nan_policy="propagate", keepdims=False):
    """entropy, and the Kullback-Leibler divergence."""
    if base is not None and base <= 0:
        raise ValueError("`base` must be a positive number or `None`.")
    pk = given(pk, nan_policy)
    if qk is not None:
        pk, qk = np.broadcast_arrays(pk, given(qk))
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    y = sp.entr(pk) if qk is None else sp.rel_entr(pk, qk / np.sum(qk, axis=axis, keepdims=True))
    y = np.sum(y, axis=axis, keepdims=keepdims)
    return y if base is None else y / math.log(base)


def scored(scores, compare, axis=0, ddof=0, nan_policy="propagate"):
    """zmap: how many standard deviations of one sample lie between its mean and another's entries."""
    compare = given(compare, nan_policy)
    d = np.std(compare, axis=axis, ddof=ddof, keepdims=True)
    return (given(scores) - np.mean(compare, axis=axis, keepdims=True)) / np.where(d == 0, np.nan, d)


def deviation(x, axis=0, center=None, scale=1.0, nan_policy="propagate", *, keepdims=False):
    """median_abs_deviation; the centre is a function with the keyword axis."""
    scale = 0.6744897501960817 if isinstance(scale, str) and scale.lower() == "normal" else scale
    x = given(x, nan_policy)
    middle = (center or np.median)(x, axis=axis)
    d = np.abs(x - (middle if axis is None else np.expand_dims(middle, axis)))
    return np.median(d, axis=axis, keepdims=keepdims) / scale


for call, body in ((gmean, geometric), (hmean, harmonic), (pmean, power), (sem, spread), (moment, moments), (skew, skewness), (kurtosis, excess), (variation, relative),
                   (entropy, information), (zscore, lambda a, axis=0, ddof=0, nan_policy="propagate": scored(a, a, axis, ddof, nan_policy)), (zmap, scored),
                   (gzscore, lambda a, *, axis=0, ddof=0, nan_policy="propagate": scored(np.log(given(a)), np.log(given(a)), axis, ddof, nan_policy)),
                   (median_abs_deviation, deviation)):
    decomposed(call, body)
