"""Products that contract axes: matmul, dot, tensordot and their kin."""

import math

import numpy as np

from ..core.errors import NoRuleError, at_line
from ..core.objects import lift
from ..core.rows import decomposed, multilinear
from ..core.tracer import Tracer, apply, meta, peek
from ..core.words import several
from . import batched_products, batched_windows
from .unchanged import arranged, flat, shaped

FEW = 8  # as many times fewer columns than a matrix has rows are few


def mT(a):
    """Transpose the last two axes."""
    return np.swapaxes(a, -1, -2)


def rank(x):
    """The number of axes; lists count as arrays."""
    return len(x.shape) if hasattr(x, "shape") else np.ndim(x)


def times(g, x):
    """The product of a number or an array and an operand, which may be a list."""
    return g * (x if hasattr(x, "shape") else np.asarray(x))


def rows_of(x):
    """All matrices of a stack as one, on top of each other."""
    shape = meta(x)[0]
    return np.reshape(x, (math.prod(shape[:-1]), shape[-1]))


def left(g, a, b):
    """Cotangent of a in a @ b."""
    if rank(b) == 1:
        if type(g) is type(b) is np.ndarray and g.ndim == 1 and FEW * b.size < g.size:
            return np.dot(g[:, None], b[None])  # loops of the length of b take longer
        return times(np.expand_dims(g, -1) if rank(a) > 1 else g, b)
    if rank(a) == 1:
        return np.matmul(b, g) if rank(b) == 2 else np.matmul(b, np.expand_dims(g, -1))[..., 0]
    if rank(a) == 2 and rank(b) > 2:  # one large product instead of a stack that is summed
        return np.matmul(rows_of(mT(g)).T, rows_of(mT(b)))
    return np.matmul(g, mT(b))


def right(g, a, b):
    """Cotangent of b in a @ b."""
    if rank(a) == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2) if rank(b) > 1 else times(g, a)
    if rank(b) == 1:
        return np.matmul(g, a) if rank(a) == 2 else np.matmul(np.ravel(g), rows_of(a))
    if rank(b) == 2 and rank(a) > 2:
        return np.matmul(rows_of(a).T, rows_of(g))
    return np.matmul(mT(a), g)


multilinear(np.matmul, left, right, batch=several(batched_products.matmul))
multilinear(np.outer, lambda g, a, b: np.reshape(np.matmul(g, np.ravel(b)), meta(a)[0]), lambda g, a, b: np.reshape(np.matmul(np.ravel(a), g), meta(b)[0]),
            batch=several(batched_products.outer))


def by_rows(z, w):
    """z w^T: a matrix applied to each row of z."""
    return apply(by_rows, (z, w), {}) if isinstance(z, Tracer) or isinstance(w, Tracer) else np.matmul(z, w.T)


multilinear(by_rows, lambda g, z, w: np.matmul(g, w), lambda g, z, w: np.matmul(rows_of(g).T, rows_of(z)), name="a matrix applied to rows", batch=several(batched_windows.by_rows),
            domain=[lambda rng: ((rng.normal(size=(4, 3)), rng.normal(size=(2, 3))), {}), lambda rng: ((rng.normal(size=(2, 2, 3)), rng.normal(size=(2, 3))), {})])


def array(x):
    """An array, traced where its entries are; a Python number becomes a float64 one, as it does in NumPy's products."""
    if isinstance(x, Tracer):
        return np.reshape(x, ()) if type(peek(x)) in (float, complex) else x
    return x if isinstance(x, np.ndarray) else lift(np.asarray(x))


def dot(a, b):
    """np.dot: matmul up to two axes, tensordot above, multiplication by a scalar."""
    a, b = array(a), array(b)
    if not a.ndim or not b.ndim:
        return np.multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return np.matmul(a, b)
    return tensordot(a, b, ((-1,), (-2 if b.ndim > 1 else -1,)))


def inner(a, b):
    """np.inner: the last axes contracted."""
    a, b = array(a), array(b)
    if a.ndim == b.ndim == 1:
        return np.matmul(a, b)
    return np.multiply(a, b) if not a.ndim or not b.ndim else tensordot(a, b, ((-1,), (-1,)))


def conjugate(x):
    """The complex conjugate, without a copy of what is real."""
    return np.conj(x) if meta(x)[1].kind == "c" else x


def vdot(a, b):
    """np.vdot: conj(a) . b of the flattened arrays."""
    a, b = array(a), array(b)
    return np.matmul(flat(conjugate(a)), flat(b))


def tensordot(a, b, axes=2):
    """np.tensordot as one matrix product."""
    a, b = array(a), array(b)
    if np.iterable(axes):
        of_a, of_b = (list(part) if np.iterable(part) else [part] for part in axes)
    else:
        of_a, of_b = list(range(-axes, 0)), list(range(axes))
    of_a, of_b = [range(a.ndim)[k] for k in of_a], [range(b.ndim)[k] for k in of_b]
    if [a.shape[k] for k in of_a] != [b.shape[k] for k in of_b]:
        raise ValueError("shape-mismatch for sum")
    free_a = [k for k in range(a.ndim) if k not in of_a]
    free_b = [k for k in range(b.ndim) if k not in of_b]
    n = math.prod([a.shape[k] for k in of_a])
    flat_a = shaped(arranged(a, free_a + of_a), (math.prod([a.shape[k] for k in free_a]), n))
    flat_b = shaped(arranged(b, of_b + free_b), (n, math.prod([b.shape[k] for k in free_b])))
    return shaped(np.matmul(flat_a, flat_b), tuple(a.shape[k] for k in free_a) + tuple(b.shape[k] for k in free_b))


def kron(a, b):
    """np.kron as a broadcast product of interleaved axes."""
    a, b = array(a), array(b)
    n = max(a.ndim, b.ndim)
    a, b = (shaped(x, (1,) * (n - x.ndim) + x.shape) if n else x for x in (a, b))
    apart_a = tuple(k for length in a.shape for k in (length, 1))
    apart_b = tuple(k for length in b.shape for k in (1, length))
    return shaped(shaped(a, apart_a) * shaped(b, apart_b), tuple(i * j for i, j in zip(a.shape, b.shape, strict=True)))


decomposed(np.dot, dot)
decomposed(np.inner, inner)
decomposed(np.vdot, vdot)
decomposed(np.tensordot, tensordot)
decomposed(np.kron, kron)


def outer_of_vectors(x1, x2):
    """np.linalg.outer, which takes vectors only."""
    if rank(x1) != 1 or rank(x2) != 1:
        raise ValueError(f"Input arrays must be one-dimensional, but they are x1.ndim={rank(x1)} and x2.ndim={rank(x2)}.")
    return np.outer(x1, x2)


decomposed(np.linalg.outer, outer_of_vectors)
decomposed(np.linalg.matmul, lambda x1, x2: np.matmul(x1, x2))
decomposed(np.linalg.tensordot, lambda x1, x2, axes=2: tensordot(x1, x2, axes))


def vecdot(a, b):
    """The products of vectors along the last axes, the first conjugated."""
    a = conjugate(a)
    return np.matmul(a, b) if a.ndim == b.ndim == 1 else np.matmul(np.expand_dims(a, -2), np.expand_dims(b, -1))[..., 0, 0]


def matvec(a, x):
    """Matrices times vectors."""
    return np.matmul(a, x) if x.ndim == 1 else np.matmul(a, np.expand_dims(x, -1))[..., 0]


def vecmat(x, a):
    """Conjugated vectors times matrices."""
    x = conjugate(x)
    return np.matmul(x, a) if x.ndim == 1 else np.matmul(np.expand_dims(x, -2), a)[..., 0, :]


def generalised(function, body, *cores):
    """Declare a generalised ufunc of two arrays with the given numbers of core axes (of the arguments and the result), and its keyword ``axes``."""
    def call(a, b, axes=None):
        a, b = array(a), array(b)
        for x, core in zip((a, b), cores, strict=False):
            if x.ndim < core:
                raise ValueError(f"np.{function.__name__}: an argument has {x.ndim} axes, it must have at least {core}")
        if axes is None:
            return body(a, b)
        places = [part if np.iterable(part) else (part,) for part in axes]
        places += [range(-cores[2], 0)] * (3 - len(places))
        a, b = (np.moveaxis(x, tuple(part), tuple(range(-len(part), 0))) for x, part in zip((a, b), places, strict=False))
        return np.moveaxis(body(a, b), tuple(range(-cores[2], 0)), tuple(places[2]))

    return call


def vecdot_along(a, b, axis=None, axes=None, keepdims=False):
    """np.vecdot with its keywords."""
    if axes is not None and keepdims:
        raise NoRuleError(f"np.vecdot has no derivative rule for axes= together with keepdims={at_line()}. Use np.expand_dims on the result.")
    y = of_vectors(a, b, axes if axis in (None, -1) else [axis, axis])
    return np.expand_dims(y, -1 if axis is None else axis) if keepdims else y


of_vectors = generalised(np.vecdot, vecdot, 1, 1, 0)
decomposed(np.vecdot, vecdot_along)
decomposed(np.linalg.vecdot, lambda x1, x2, axis=-1: vecdot_along(x1, x2, axis))
if hasattr(np, "matvec"):
    decomposed(np.matvec, generalised(np.matvec, matvec, 2, 1, 1))
    decomposed(np.vecmat, generalised(np.vecmat, vecmat, 1, 2, 1))


def chain(arrays):
    """np.linalg.multi_dot, in the order that costs least."""
    arrays = [array(a) for a in arrays]
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    if len(arrays) == 2:
        return dot(*arrays)
    if any(a.ndim != 2 for a in arrays[1:-1]) or any(a.ndim not in (1, 2) for a in (arrays[0], arrays[-1])):
        raise np.linalg.LinAlgError("multi_dot takes matrices, and vectors as the first and last array")
    lengths = [a.shape[0] for a in arrays] + [1 if arrays[-1].ndim == 1 else arrays[-1].shape[1]]
    if arrays[0].ndim == 1:
        lengths[0] = 1
    return product(arrays, 0, len(arrays) - 1, cheapest(lengths))


def cheapest(lengths):
    """Where to split each chain i..j of matrices of the given lengths: dynamic programming over the number of multiplications."""
    n = len(lengths) - 1
    cost, split = {(i, i): 0 for i in range(n)}, {}
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            options = [(cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1], k) for k in range(i, j)]
            cost[i, j], split[i, j] = min(options)
    return split


def product(arrays, i, j, split):
    """The product of arrays i..j, split as told."""
    return arrays[i] if i == j else np.matmul(product(arrays, i, split[i, j], split), product(arrays, split[i, j] + 1, j, split))


decomposed(np.linalg.multi_dot, chain)
