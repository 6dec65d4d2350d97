"""Singular values.

They have a kink at 0, where the derivative is 0.
"""

import numpy as np

from ..core.rows import composite
from ..core.tracer import Tracer, meta, passive
from .arithmetic import safe_divide
from .eigenvectors import parts_of
from .factorisations import mH
from .products import mT

LA = np.linalg


def singular_pairs(a):
    """Left and right singular vectors in columns; of a traced matrix by way of the Hermitian matrix [0 A; A^H 0], whose eigenvalues are +-s."""
    if not isinstance(a, Tracer):
        u, _, vh = LA.svd(a, full_matrices=False)
        return u, mH(vh)
    *batch, m, n = meta(a)[0]
    dtype = meta(a)[1]
    upper = np.concatenate([np.zeros((*batch, m, m), dtype), a], axis=-1)
    lower = np.concatenate([mH(a), np.zeros((*batch, n, n), dtype)], axis=-1)
    vectors = parts_of(np.concatenate([upper, lower], axis=-2), "L", closed=False)[2]
    k = min(m, n)
    vectors = np.flip(vectors[..., m + n - k:], -1) * np.sqrt(np.array(2, dtype))
    return vectors[..., :m, :], vectors[..., m:, :]


def lively(y, x):
    """1 for the singular values that are not 0, which have a derivative, and 0 for the others."""
    plain = passive(y)
    tiny = np.max(plain, axis=-1, keepdims=True, initial=0) * (max(meta(x)[0][-2:]) * np.finfo(plain.dtype).eps)
    live = np.where(plain > tiny, y, 0.0 * y)
    return safe_divide(live, live)


def svdvals_tangent(t, y, x):
    """ds_i = Re(u_i^H T v_i), and 0 where s_i = 0: a singular value has a kink there."""
    return of_pairs(t, y, x, *singular_pairs(x))


def of_pairs(t, y, x, u, v):
    """The same by singular vectors that are known."""
    return np.real(np.sum(np.conj(u) * (t @ v), axis=-2)) * lively(y, x)


def svdvals_cotangent(g, y, x):
    """The transpose of the same."""
    u, v = singular_pairs(x)
    return (np.conj(u) * np.expand_dims(g * lively(y, x), -2)) @ mT(v)


composite(LA.svdvals, svdvals_tangent, vjp=(svdvals_cotangent,), batch="leading")
