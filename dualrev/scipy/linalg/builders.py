"""Matrices made of others by placing entries: SciPy places their numbers, and the derivative is that of an index."""

from typing import Any

import numpy as np
import scipy.linalg as LA

from ...core.rows import decomposed
from ...core.tracer import concrete, meta
from ...rules.antidiagonals import windows
from ...rules.products import array
from ..mirror import mirror

notes = "entries of the arguments, placed"


def numbers(n, start=0):
    """What stands for the entries of a vector while they are placed."""
    return np.arange(start, start + n)


def joined(*parts):
    """Vectors one behind the other, in their common stack."""
    batch = np.broadcast_shapes(*(meta(part)[0][:-1] for part in parts))
    return np.concatenate([part if meta(part)[0][:-1] == batch else np.broadcast_to(part, batch + meta(part)[0][-1:]) for part in parts], axis=-1)


def sizes(*vectors):
    """The lengths of vectors."""
    return [meta(v)[0][-1] for v in vectors]


def vector(x):
    """A vector, or a stack of them."""
    x = array(x)
    return x if x.ndim else np.reshape(x, (1,))


def zero_and(*parts):
    """A zero, and vectors behind it."""
    return joined(np.zeros(1, meta(parts[0])[1]), *parts)


def toeplitz_of(c, r=None):
    """scipy.linalg.toeplitz."""
    c = vector(c)
    r = np.conj(c) if r is None else vector(r)
    if not all(sizes(c, r)):
        LA.toeplitz(concrete(c), concrete(r))  # SciPy's own empty matrix, or error
        return np.zeros((*np.broadcast_shapes(c.shape[:-1], r.shape[:-1]), *sizes(c, r)), np.result_type(c.dtype, r.dtype))
    return windows(joined(np.flip(r[..., 1:], -1), c), *sizes(r), True)


def hankel_of(c, r=None):
    """scipy.linalg.hankel."""
    c = vector(c)
    r = np.zeros(c.shape[-1], c.dtype) if r is None else vector(r)
    return windows(joined(c, r[..., 1:]), *sizes(r))


def circulant_of(c):
    """scipy.linalg.circulant."""
    c = vector(c)
    return toeplitz_of(c, np.roll(np.flip(c, -1), 1, -1))


def companion_of(a):
    """scipy.linalg.companion."""
    a = vector(a)
    (n,) = sizes(a)
    first = np.expand_dims(-a[..., 1:] / a[..., :1], -2)
    below = np.eye(n - 2, n - 1, dtype=meta(first)[1])
    return np.concatenate([first, np.broadcast_to(below, (*a.shape[:-1], *below.shape))], axis=-2)


def fiedler_companion_of(a):
    """scipy.linalg.fiedler_companion."""
    a = vector(a)
    (n,) = sizes(a)
    if n <= 2:
        return np.reshape(-(a / a[..., :1])[..., 1:], (*a.shape[:-1], n - 1, n - 1))
    places = np.asarray(LA.fiedler_companion(numbers(n, 1).astype(float))).astype(int)  # -(k + 1) where -a[k] / a[0] goes
    return joined(np.array([0, 1], a.dtype), -(a / a[..., :1])[..., 1:])[..., np.where(places < 0, -places, places)]


def leslie_of(f, s):
    """scipy.linalg.leslie."""
    f, s = vector(f), vector(s)
    n, m = sizes(f, s)
    return zero_and(f, s)[..., LA.leslie(numbers(n, 1), numbers(m, n + 1))]


def convolution_matrix_of(a, n, mode="full"):
    """scipy.linalg.convolution_matrix."""
    a = vector(a)
    rows = LA.convolution_matrix(numbers(*sizes(a)), n, mode).shape[0]  # SciPy's errors, and the middle rows that the mode leaves
    edge = np.zeros(n - 1, a.dtype)
    whole = toeplitz_of(joined(a, edge), joined(a[..., :1], edge))
    first = (whole.shape[-2] - rows) // 2
    return whole[..., first: first + rows, :]


def diagsvd_of(s, M, N):
    """scipy.linalg.diagsvd."""
    s = vector(s)
    return zero_and(s)[..., LA.diagsvd(numbers(*sizes(s), 1), M, N).astype(int)]


def fiedler_of(a):
    """scipy.linalg.fiedler."""
    a = vector(a)
    return np.abs(np.expand_dims(a, -1) - np.expand_dims(a, -2))


def block_diag_of(*arrs):
    """scipy.linalg.block_diag."""
    blocks = [array(a) for a in arrs] or [np.zeros((1, 0))]
    blocks = [np.reshape(a, (1,) * (2 - a.ndim) + a.shape) if a.ndim < 2 else a for a in blocks]
    if any(a.ndim > 2 for a in blocks):
        LA.block_diag(*map(concrete, blocks))  # SciPy's error where it takes no stacks
    batch = np.broadcast_shapes(*(a.shape[:-2] for a in blocks))
    dtype, width = np.result_type(*(a.dtype for a in blocks)), sum(a.shape[-1] for a in blocks)
    found, place = [], 0
    for a in blocks:
        height, own = a.shape[-2:]
        sides = [np.zeros((*batch, height, n), dtype) for n in (place, width - place - own)]
        found.append(np.concatenate([sides[0], np.broadcast_to(a, (*batch, height, own)), sides[1]], axis=-1))
        place += own
    return np.concatenate(found, axis=-2)


def khatri_rao_of(a, b):
    """scipy.linalg.khatri_rao: the Kronecker products of columns."""
    a, b = array(a), array(b)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-1]:
        LA.khatri_rao(concrete(a), concrete(b))  # SciPy's error
    products = np.expand_dims(a, -2) * np.expand_dims(b, -3)
    shape = meta(products)[0]
    return np.reshape(products, (*shape[:-3], shape[-3] * shape[-2], shape[-1]))


toeplitz, hankel, circulant, companion, fiedler_companion = (mirror(f) for f in (LA.toeplitz, LA.hankel, LA.circulant, LA.companion, LA.fiedler_companion))
leslie, convolution_matrix, diagsvd, fiedler = (mirror(f) for f in (LA.leslie, LA.convolution_matrix, LA.diagsvd, LA.fiedler))
block_diag, khatri_rao = mirror(LA.block_diag), mirror(LA.khatri_rao)

PLACED: dict[Any, Any] = {toeplitz: toeplitz_of, hankel: hankel_of, circulant: circulant_of, companion: companion_of, fiedler_companion: fiedler_companion_of, leslie: leslie_of,
                          convolution_matrix: convolution_matrix_of, diagsvd: diagsvd_of, block_diag: block_diag_of}
for function, body in PLACED.items():
    decomposed(function, body, notes=notes)
decomposed(fiedler, fiedler_of)
decomposed(khatri_rao, khatri_rao_of)
