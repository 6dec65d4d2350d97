"""Cholesky factors and the pseudo-inverse.

The input of `cholesky`, as that of `eigh` and `eigvalsh`, stands for a Hermitian matrix: tangents count by their Hermitian part and cotangents are
Hermitian, although NumPy reads one triangle. Where the value is not Hermitian, only the triangle that NumPy reads has a derivative.
"""

import numpy as np
from scipy.linalg import get_lapack_funcs

from ..core.rows import composite
from ..core.tracer import Tracer, apply, meta, passive
from .products import mT

LA = np.linalg


def mH(a):
    """Conjugate transpose of the last two axes."""
    return np.conj(mT(a))


def is_hermitian(a):
    """Whether the value is Hermitian up to rounding."""
    a = passive(a)
    size = np.max(np.abs(a), initial=0)
    return bool(np.max(np.abs(a - mH(a)), initial=0) <= np.sqrt(np.finfo(a.dtype).eps) * size)


def hermitian_of(t, a, lower):
    """The Hermitian matrix that a tangent stands for."""
    if is_hermitian(a):
        return (t + mH(t)) / 2
    part = np.tril(t, -1) if lower else np.triu(t, 1)
    return part + mH(part) + np.real(t) * np.eye(meta(t)[0][-1], dtype=np.finfo(meta(a)[1]).dtype)


def hermitian_transpose(c, a, lower):
    """The transpose of `hermitian_of`."""
    if is_hermitian(a):
        return (c + mH(c)) / 2
    whole = c + mH(c)
    return (np.tril(whole, -1) if lower else np.triu(whole, 1)) + np.real(c) * np.eye(meta(c)[0][-1], dtype=np.finfo(meta(a)[1]).dtype)


def lower_half(m):
    """The lower triangle with half of the diagonal."""
    n = meta(m)[0][-1]
    return m * (np.tri(n, k=-1) + 0.5 * np.eye(n)).astype(np.finfo(meta(m)[1]).dtype)


def triangular_inverse(a):
    """The inverse of a lower triangular matrix, of which the upper triangle is not read: an eighth of the work of a general one."""
    if isinstance(a, Tracer):
        return apply(triangular_inverse, (a,), {})
    if a.ndim > 2 or not a.size:
        return LA.inv(np.tril(a))
    (invert,) = get_lapack_funcs(("trtri",), (a,))
    return np.tril(invert(a.T)[0].T)


composite(triangular_inverse, lambda t, y, a: -(y @ np.tril(t) @ y), vjp=(lambda g, y, a: -np.tril(mT(y) @ g @ mT(y)),), batch="leading",
          domain=lambda rng: ((np.tril(rng.uniform(-1.0, 1.0, (3, 3))) + 3 * np.eye(3),), {}))


def cholesky_tangent(t, y, a, upper=False):
    """dL = L P(L^-1 T L^-H), where P takes the lower triangle with half of the diagonal."""
    factor = mH(y) if upper else y
    inverse = triangular_inverse(factor)
    moved = factor @ lower_half(inverse @ hermitian_of(t, a, not upper) @ mH(inverse))
    return mH(moved) if upper else moved


def cholesky_cotangent(g, y, a, upper=False):
    """The transpose of the same."""
    factor, g = (mH(y), mH(g)) if upper else (y, g)
    inverse = triangular_inverse(factor)
    return hermitian_transpose(mT(inverse) @ lower_half(mT(factor) @ g) @ np.conj(inverse), a, not upper)


composite(LA.cholesky, cholesky_tangent, vjp=(cholesky_cotangent,), batch="leading", notes="Hermitian cotangent")


def pinv_tangent(t, y, a, rcond=None, hermitian=False, rtol=None):
    """The derivative for singular values that stay on their side of the cut; one that crosses it has none.

    Where those beyond the cut are zero it is that at constant rank: G. H. Golub, V. Pereyra, SIAM J. Numer. Anal. 10 (1973), section 4.
    """
    if hermitian:
        t, a = hermitian_of(t, a, True), hermitian_of(a, a, True)
    wide = meta(a)[0][-2] < meta(a)[0][-1]
    join = lambda p, q, r: p @ (q @ r) if wide else (p @ q) @ r  # through the smaller of the two square matrices
    first, last = join(y, mH(y), mH(t)), join(mH(t), mH(y), y)
    dy = first - join(first, a, y) + last - join(y, a, last) - join(y, t, y)
    return dy + from_beyond(t, y, a) if leaves_out(y, a) else dy


def leaves_out(y, a):
    """Whether the singular values that A^+ leaves out are seen not to be zero."""
    y, a = passive(y), passive(a)
    return bool(np.any(np.abs(a - a @ y @ a) > np.finfo(meta(a)[1]).eps ** 0.75 * np.max(np.abs(a), initial=0)))


def from_beyond(t, y, a):
    """What singular values beyond the cut add to the derivative at constant rank.

    A^+ = V f(S) U^H with f = 1/s up to the cut and 0 beyond has the derivative V (P o M^H + Q o M) U^H with M = U^H T V and P +- Q = (f_i -+ f_j) / (s_i -+ s_j);
    for s_i on this side of the cut and s_j beyond it these are s_i / (s_i (s_i^2 - s_j^2)), of which 1 / s_i^2 is there already, and s_j / (s_i (s_i^2 - s_j^2)).
    """
    u, s, vh = LA.svd(a, full_matrices=False)
    kept = np.arange(meta(s)[0][-1]) < np.expand_dims(np.round(np.real(np.sum(passive(y) * mT(passive(a)), axis=(-2, -1)))), -1)
    across = np.expand_dims(kept, -1) & ~np.expand_dims(kept, -2)
    near, far = np.expand_dims(np.where(kept, s, 1.0), -1), np.expand_dims(np.where(kept, 0.0, s), -2)
    q = np.where(across, far / (near * (near - far) * (near + far)), 0.0)
    p = q * far / near
    m = mH(u) @ t @ mH(vh)
    return mH(vh) @ ((p + mT(p)) * mH(m) + (q + mT(q)) * m) @ mH(u)


composite(LA.pinv, pinv_tangent, batch="leading", notes="at constant rank; a change of rank has no derivative")
