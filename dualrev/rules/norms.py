"""Norms of vectors and matrices. At 0 the derivative is 0, the smallest subgradient; the second derivative there does not exist and is NaN."""

import functools

import numpy as np

from ..core.rows import composite, decomposed
from ..core.tracer import Tracer, apply, concrete, meta, passive
from . import batched_products
from .arithmetic import safe_divide
from .products import conjugate
from .reducing import axes_of, spread

LA = np.linalg


@functools.cache
def limits(dtype):
    """Between which sizes a number of a type is far from the ends of its range."""
    found = np.finfo(dtype)
    return float(found.tiny / found.eps), float(found.max * found.eps)


def euclidean(x, axis, keepdims):
    """The root of the sum of squares, as np.linalg.norm computes it."""
    return apply(euclidean, (x, axis, keepdims), {}) if isinstance(x, Tracer) else LA.norm(x, None, axis, keepdims)


def normalised(x, y, norm, axis, keepdims):
    """x divided by its norm y, and 0 at 0. Where y has left the range of floats, x is scaled first."""
    plain = passive(y)
    if not np.any((plain == 0) | np.isinf(plain)):
        return x / spread(y, meta(x)[0], axis, keepdims)
    size = np.max(np.abs(passive(x)), axis=axis, keepdims=True)
    x = x / np.where((size == 0) | np.isinf(size), 1.0, size).astype(meta(y)[1])
    return safe_divide(x, norm(x))


def euclidean_direction(y, x, axis, keepdims):
    """conj(x) / y, the derivative."""
    return conjugate(normalised(x, y, lambda x: euclidean(x, axis, True), axis, keepdims))


def euclidean_tangent(t, y, x, axis, keepdims):
    """Re(x^H t) / y."""
    if type(x) is np.ndarray and type(t) is np.ndarray and not np.shape(y) and not isinstance(y, Tracer):
        product = np.vdot(x, t).real  # all entries in one pass, where that stays inside the range of floats
        least, _ = limits(product.dtype)
        if least < abs(product) < np.inf and least < y < np.inf:
            return product / y
    products = euclidean_direction(y, x, axis, keepdims) * t
    return np.sum(np.real(products) if meta(products)[1].kind == "c" else products, axis=axis, keepdims=keepdims)


def euclidean_cotangent(g, y, x, axis, keepdims):
    """g conj(x) / y."""
    if isinstance(g, (float, np.ndarray)) and isinstance(y, (float, np.ndarray)):
        ratio = np.true_divide(g, y)  # a number where the array is not small: one pass less
        least, most = limits(ratio.dtype)
        size = abs(ratio)
        if np.all((size > least) & (size < most) & np.isfinite(y)) if size.shape else least < size < most and y < np.inf:
            return (spread(ratio, meta(x)[0], axis, keepdims) if size.shape else ratio) * conjugate(x)
    return spread(g, meta(x)[0], axis, keepdims) * euclidean_direction(y, x, axis, keepdims)


def power_norm(z, p, axis, keepdims):
    """The p-norm of non-negative entries."""
    return apply(power_norm, (z, p, axis, keepdims), {}) if isinstance(z, Tracer) else LA.norm(z, p, axis, keepdims)


def power_weights(y, z, p, axis, keepdims):
    """(z / y)^(p-1), the derivative."""
    return normalised(z, y, lambda z: power_norm(z, p, axis, True), axis, keepdims) ** (p - 1)


def power_norm_tangent(t, y, z, p, axis, keepdims):
    """The weighted sum of the tangents."""
    return np.sum(power_weights(y, z, p, axis, keepdims) * t, axis=axis, keepdims=keepdims)


def power_norm_cotangent(g, y, z, p, axis, keepdims):
    """The same weights."""
    return spread(g, meta(z)[0], axis, keepdims) * power_weights(y, z, p, axis, keepdims)


composite(euclidean, euclidean_tangent, vjp=(euclidean_cotangent,), batch=batched_products.norm(euclidean), name="np.linalg.norm (2)")
composite(power_norm, power_norm_tangent, vjp=(power_norm_cotangent,), batch=batched_products.norm(power_norm), name="np.linalg.norm (p)")


def of_vectors(x, p, axis, keepdims):
    """The norm along one axis."""
    if isinstance(p, str):
        raise ValueError(f"Invalid norm order '{p}' for vectors")
    if isinstance(p, Tracer):
        return np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims) ** (1 / p)
    if p is None or p == 2:
        return euclidean(x, axis, keepdims)
    if p == 0:
        return LA.norm(concrete(x), 0, axis, keepdims)
    z = np.abs(x)
    if p == np.inf:
        return np.max(z, axis=axis, keepdims=keepdims)
    if p == -np.inf:
        return np.min(z, axis=axis, keepdims=keepdims)
    return np.sum(z, axis=axis, keepdims=keepdims) if p == 1 else power_norm(z, p, axis, keepdims)


def of_matrices(x, p, axis, keepdims):
    """The norm over two axes."""
    row, column = (k % x.ndim for k in axes_in_range(axis, x.ndim))
    if row == column:
        raise ValueError("Duplicate axes given.")
    if isinstance(p, Tracer):
        raise_traced_order()
    if p in (None, "fro", "f"):
        return euclidean(x, (row, column), keepdims)
    if p in (1, -1, np.inf, -np.inf):
        along, over = (row, column) if abs(p) == 1 else (column, row)
        sums = np.sum(np.abs(x), axis=along, keepdims=True)
        y = (np.max if p > 0 else np.min)(sums, axis=over, keepdims=True)
    elif p in (2, -2, "nuc"):
        s = LA.svdvals(np.moveaxis(x, (row, column), (-2, -1)))
        reduce = {2: np.max, -2: np.min, "nuc": np.sum}[p]
        y = np.expand_dims(reduce(s, axis=-1), tuple(sorted((row, column))))
    else:
        raise ValueError("Invalid norm order for matrices.")
    return y if keepdims else np.squeeze(y, (row, column))


def axes_in_range(axis, ndim):
    """The axes as they are, or NumPy's error."""
    for k in axis:
        if not -ndim <= k < ndim:
            raise np.exceptions.AxisError(k, ndim)
    return axis


def raise_traced_order():
    """Raise the error for an order of the norm that carries a derivative."""
    from ..core.errors import NoRuleError, at_line

    raise NoRuleError(f"np.linalg.norm has no derivative rule for argument 1 ('ord'), which carries a derivative{at_line()}. "
                      "The orders of a matrix norm are a few separate numbers: pass a plain one, or dualrev.stop_gradient(p).")


def norm(x, ord=None, axis=None, keepdims=False):
    """np.linalg.norm."""
    shape = meta(x)[0]
    if 0 in shape:
        return LA.norm(concrete(x), concrete(ord), axis, keepdims)
    ndim = len(shape)
    if axis is None and (ord is None or (isinstance(ord, str) and ord in ("f", "fro") and ndim == 2)):
        return euclidean(x, None, keepdims)
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (int(axis),)
    if len(axes) == 1:
        return of_vectors(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return of_matrices(x, ord, axes, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def vector_norm(x, axis=None, keepdims=False, ord=2):
    """np.linalg.vector_norm: over any number of axes."""
    shape = meta(x)[0]
    if axis is None or isinstance(axis, tuple):
        axes = axes_of(None if axis is None else axes_in_range(axis, len(shape)), len(shape))
        rest = [k for k in range(len(shape)) if k not in axes]
        flat = np.reshape(np.transpose(x, (*axes, *rest)), (-1, *(shape[k] for k in rest))) if rest or len(shape) != 1 else x
        y = norm(flat, ord, 0)
        return np.reshape(y, tuple(1 if k in axes else n for k, n in enumerate(shape))) if keepdims else y
    return norm(x, ord, axis, keepdims)


decomposed(LA.norm, norm)
decomposed(LA.vector_norm, vector_norm)
decomposed(LA.matrix_norm, lambda x, keepdims=False, ord="fro": norm(x, ord, (-2, -1), keepdims))
