"""Singular values.

They have a kink at 0, where the derivative is 0. Equal ones are in descending order in every direction, which a single one of them has no gradient for; sums of them have.
"""

import numpy as np

from ..core.rows import composite
from ..core.tracer import Tracer, meta, passive
from .arithmetic import safe_divide
from .eigenvectors import parts_of
from .factorisations import mH
from .products import mT
from .repeated import groups, near, warn_of_choice

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
    live = np.where(plain > nought(plain, x), y, 0.0 * y)
    return safe_divide(live, live)


def nought(y, x):
    """Up to which size singular values are 0."""
    return np.max(y, axis=-1, keepdims=True, initial=0) * (max(meta(x)[0][-2:]) * np.finfo(meta(y)[1]).eps)


def repeated(y, x):
    """Which pairs of plain singular values are equal, and not 0; None where no values are, or are not plain."""
    if isinstance(y, Tracer) or isinstance(x, Tracer):
        return None
    equal = near(y) & np.expand_dims(y > nought(y, x), -1)
    return equal if np.any(equal) else None


def svdvals_tangent(t, y, x):
    """ds_i = Re(u_i^H T v_i), and 0 where s_i = 0: a singular value has a kink there. Equal ones move with the eigenvalues of the Hermitian part of U^H T V."""
    u, v = singular_pairs(x)
    found = of_pairs(t, y, x, u, v)
    equal = repeated(y, x)
    if equal is not None and not isinstance(t, Tracer):
        m = mH(u) @ t @ v
        for place in np.ndindex(y.shape[:-1]):
            for run in groups(equal[place]):
                block = m[place][run, run]
                found[place][run] = LA.eigvalsh((block + mH(block)) / 2)[::-1]
    return found


def of_pairs(t, y, x, u, v):
    """The same by singular vectors that are known."""
    return np.real(np.sum(np.conj(u) * (t @ v), axis=-2)) * lively(y, x)


def svdvals_cotangent(g, y, x):
    """The transpose of the same, by the singular vectors that were found."""
    u, v = singular_pairs(x)
    equal = repeated(y, x)
    if equal is not None and not isinstance(g, Tracer):
        warn_of_choice(equal, g, False, "np.linalg.svdvals", "singular values", "vectors")
    return (np.conj(u) * np.expand_dims(g * lively(y, x), -2)) @ mT(v)


composite(LA.svdvals, svdvals_tangent, vjp=(svdvals_cotangent,), batch="leading")
