"""Cholesky factors, eigenvalues and eigenvectors of Hermitian matrices, singular values, the pseudo-inverse.

The input of `cholesky`, `eigh` and `eigvalsh` stands for a Hermitian matrix: tangents count by their Hermitian part and cotangents are
Hermitian, although NumPy reads one triangle. Where the value is not Hermitian, only the triangle that NumPy reads has a derivative.
"""

import numpy as np

from ..core.rows import composite, decomposed
from ..core.tracer import Tracer, apply, concrete, meta, passive
from .arithmetic import safe_divide
from .products import mT
from .repeated import basis_for, completed, generic_turn, near, turned, warn_of_choice

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


def cholesky_tangent(t, y, a, upper=False):
    """dL = L P(L^-1 T L^-H), where P takes the lower triangle with half of the diagonal."""
    factor = mH(y) if upper else y
    inverse = LA.inv(factor)
    moved = factor @ lower_half(inverse @ hermitian_of(t, a, not upper) @ mH(inverse))
    return mH(moved) if upper else moved


def cholesky_cotangent(g, y, a, upper=False):
    """The transpose of the same."""
    factor, g = (mH(y), mH(g)) if upper else (y, g)
    inverse = LA.inv(factor)
    return hermitian_transpose(mT(inverse) @ lower_half(mT(factor) @ g) @ np.conj(inverse), a, not upper)


composite(LA.cholesky, cholesky_tangent, vjp=(cholesky_cotangent,), notes="Hermitian cotangent")


def pinv_tangent(t, y, a, rcond=None, hermitian=False, rtol=None):
    """The derivative at constant rank; a change of rank has none."""
    if hermitian:
        t, a = hermitian_of(t, a, True), hermitian_of(a, a, True)
    first, last = y @ mH(y) @ mH(t), mH(t) @ mH(y) @ y
    return first - (first @ a) @ y + last - y @ (a @ last) - y @ t @ y


composite(LA.pinv, pinv_tangent, notes="at constant rank; a change of rank has no derivative")


def spectral(a, uplo, basis):
    """np.linalg.eigh, with the eigenvectors of repeated eigenvalues turned as derivatives need them."""
    if isinstance(a, Tracer) or isinstance(basis, Tracer):
        return apply(spectral, (a, uplo, basis), {})
    result = LA.eigh(a, uplo)
    return type(result)(result[0], turned(*result, basis))


def inverse_gaps(w):
    """1 / (w_j - w_i) and 0 for equal eigenvalues, where its own derivative does not exist and is NaN."""
    gap = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    n = meta(w)[0][-1]
    other = 1 - np.eye(n, dtype=meta(w)[1])
    equal = near(passive(w))
    gap = gap + np.eye(n, dtype=meta(w)[1])
    if not np.any(equal):
        return other / gap
    return safe_divide(np.where(equal, 0.0 * gap, other), np.where(equal, 0.0 * gap, gap))


def eigh_tangent(t, y, a, uplo, basis):
    """dw = diag(M), dV = V (F * M) with M = V^H T V and F_ij = 1 / (w_j - w_i)."""
    w, v = y
    m = mH(v) @ hermitian_of(t, a, uplo == "L") @ v
    turned = inverse_gaps(w) * m
    equal = near(passive(w))
    if np.any(equal):
        plain = np.abs(concrete(m))
        lost = concrete(equal) & (plain > np.sqrt(np.finfo(plain.dtype).eps) * np.max(plain, initial=0))
        turned = turned + np.where(lost, np.nan, 0.0).astype(plain.dtype)
    return np.real(np.diagonal(m, 0, -2, -1)), v @ turned


def eigh_cotangent(g, y, a, uplo, basis):
    """conj(V) (diag(gw) + F * (V^T gV)) V^T, Hermitian."""
    w, v = y
    gw, gv = g
    equal = near(passive(w))
    repeated = np.any(equal)
    if not isinstance(gv, Tracer) and not any(gv.strides):  # nobody used V
        if repeated:
            warn_of_choice(concrete(equal), concrete(gw))
            if isinstance(basis, str) and not isinstance(v, Tracer):
                v = v @ mH(generic_turn(concrete(equal), meta(v)[1]))  # the eigenvectors that NumPy found
        return hermitian_transpose((np.conj(v) * np.expand_dims(gw, -2)) @ mT(v), a, uplo == "L")
    bent = mT(v) @ gv
    inner = np.expand_dims(gw, -1) * np.eye(meta(gw)[0][-1], dtype=meta(gw)[1]) + inverse_gaps(w) * bent
    if repeated:  # a second derivative is not known there, and NaN
        inner = inner + completed(concrete(equal), concrete(gw), concrete(bent)) + np.where(equal, safe_divide(0.0 * bent, 0.0 * bent), 0.0)
    return hermitian_transpose(np.conj(v) @ inner @ mT(v), a, uplo == "L")


composite(spectral, eigh_tangent, vjp=(eigh_cotangent,), multiple=True, name="np.linalg.eigh (in a basis)",
          notes="Hermitian cotangent; complex eigenvectors in the gauge v^H dv = 0")


def eigh(a, UPLO="L"):
    """np.linalg.eigh."""
    return spectral(a, UPLO.upper(), basis_for(a))


def eigvalsh(a, UPLO="L"):
    """np.linalg.eigvalsh. A first derivative takes the eigenvectors as they are; one of second order needs them turned."""
    first = not isinstance(a, Tracer) or not isinstance(a._value, Tracer)
    return spectral(a, UPLO.upper(), None if first else basis_for(a))[0]


decomposed(LA.eigh, eigh)
decomposed(LA.eigvalsh, eigvalsh)


def singular_pairs(a):
    """Left and right singular vectors in columns; of a traced matrix by way of the Hermitian matrix [0 A; A^H 0], whose eigenvalues are +-s."""
    if not isinstance(a, Tracer):
        u, _, vh = LA.svd(a, full_matrices=False)
        return u, mH(vh)
    *batch, m, n = meta(a)[0]
    dtype = meta(a)[1]
    upper = np.concatenate([np.zeros((*batch, m, m), dtype), a], axis=-1)
    lower = np.concatenate([mH(a), np.zeros((*batch, n, n), dtype)], axis=-1)
    vectors = LA.eigh(np.concatenate([upper, lower], axis=-2))[1]
    k = min(m, n)
    vectors = np.flip(vectors[..., m + n - k:], -1) * np.sqrt(np.array(2, dtype))
    return vectors[..., :m, :], vectors[..., m:, :]


def svdvals_tangent(t, y, x):
    """ds_i = Re(u_i^H T v_i), and 0 where s_i = 0: a singular value has a kink there."""
    u, v = singular_pairs(x)
    slope = np.real(np.sum(np.conj(u) * (t @ v), axis=-2))
    plain = passive(y)
    tiny = np.max(plain, axis=-1, keepdims=True, initial=0) * (max(meta(x)[0][-2:]) * np.finfo(plain.dtype).eps)
    live = np.where(plain > tiny, y, 0.0 * y)
    return slope * safe_divide(live, live)


composite(LA.svdvals, svdvals_tangent)
