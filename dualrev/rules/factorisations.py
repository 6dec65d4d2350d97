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
    """The derivative at constant rank; a change of rank has none."""
    if hermitian:
        t, a = hermitian_of(t, a, True), hermitian_of(a, a, True)
    wide = meta(a)[0][-2] < meta(a)[0][-1]
    join = lambda p, q, r: p @ (q @ r) if wide else (p @ q) @ r  # through the smaller of the two square matrices
    first, last = join(y, mH(y), mH(t)), join(mH(t), mH(y), y)
    return first - join(first, a, y) + last - join(y, a, last) - join(y, t, y)


composite(LA.pinv, pinv_tangent, batch="leading", notes="at constant rank; a change of rank has no derivative")
