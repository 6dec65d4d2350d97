"""Cholesky factors and the pseudo-inverse.

The input of `cholesky`, as that of `eigh` and `eigvalsh`, stands for a Hermitian matrix: tangents count by their Hermitian part and cotangents are
Hermitian, although NumPy reads one triangle. Where the value is not Hermitian, only the triangle that NumPy reads has a derivative.
"""

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs

from ..core.rows import composite
from ..core.tracer import Tracer, apply, meta, passive
from ..core.words import several, spread
from .products import mT

LA = np.linalg
LEAF = 96  # rows up to which a matrix is one block


def mH(a):
    """Conjugate transpose of the last two axes."""
    return np.conj(mT(a))


def is_hermitian(a):
    """Whether the value is Hermitian up to rounding."""
    a = passive(a)
    if type(a) is np.ndarray and np.array_equal(a, mH(a)):
        return True  # the frequent case
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
    if isinstance(m, Tracer):
        return m * (np.tri(n, k=-1) + 0.5 * np.eye(n)).astype(np.finfo(meta(m)[1]).dtype)
    half = np.tril(m)
    half[..., range(n), range(n)] *= 0.5
    return half


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


def triangular_solution(a, b, adjoint=False):
    """The solution of A X = B, or of A^H X = B, for a lower triangular A, of which the upper triangle is not read."""
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return apply(triangular_solution, (a, b, adjoint), {})
    if a.ndim > 2 or b.ndim > 2 or not b.size:
        inverse = triangular_inverse(a)
        return (mH(inverse) if adjoint else inverse) @ b
    (solve,) = get_blas_funcs(("trsm",), (a, b))
    return solve(1.0, a.T, b.T, side=1, trans_a=2 if adjoint else 0).T  # X^T A^T = B^T, as arrays lie in memory


def solution_cotangent(g, y, a, b, adjoint=False):
    """A^-T G, or conj(A)^-1 G."""
    return np.conj(triangular_solution(a, np.conj(g), not adjoint))


def each_solution(step):
    """A stack of systems."""
    return triangular_solution(spread(step.args[0], step.lead[0], step.size), spread(step.args[1], step.lead[1], step.size), *step.args[2:])


composite(triangular_solution, lambda t, y, a, b, adjoint=False: -triangular_solution(a, (mH(np.tril(t)) if adjoint else np.tril(t)) @ y, adjoint),
          lambda t, y, a, b, adjoint=False: triangular_solution(a, t, adjoint), None, vjp=(None, solution_cotangent, None), batch=several(each_solution),
          domain=[lambda rng, back=back: ((np.tril(rng.uniform(-1.0, 1.0, (3, 3))) + 3 * np.eye(3), rng.normal(size=(3, 2)), back), {}) for back in (False, True)])


def in_blocks(*arrays):
    """Whether real matrices are so large that blocks pay, which need a quarter of the work."""
    return all(type(a) is np.ndarray and a.ndim == 2 and len(a) > LEAF and a.dtype.kind == "f" for a in arrays)


def pushed(t, factor):
    """The tangent of L for a Hermitian one of A, L P(L^-1 T L^-H), where P takes the lower triangle with half of the diagonal.

    I. Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527 (2016), (8); in blocks section 4, by halves.
    """
    if not in_blocks(t, factor):
        half = triangular_solution(factor, t)
        return factor @ lower_half(triangular_solution(factor, mH(half)))
    m, d = len(factor) // 2, np.zeros_like(factor)
    first, below, last = factor[:m, :m], factor[m:, :m], factor[m:, m:]
    d[:m, :m] = pushed(t[:m, :m], first)
    d[m:, :m] = triangular_solution(first, (t[m:, :m] - below @ d[:m, :m].T).T).T
    outer = d[m:, :m] @ below.T
    d[m:, m:] = pushed(t[m:, m:] - outer - outer.T, last)
    return d


def pulled(g, factor):
    """The transpose of that; in blocks symmetric, where it is added to its own transpose anyway."""
    if not in_blocks(g, factor):
        half = solution_cotangent(lower_half(mT(factor) @ g), None, factor, None)
        return mT(triangular_solution(factor, mT(half), True))
    m, c = len(factor) // 2, np.empty_like(factor)
    first, below, last = factor[:m, :m], factor[m:, :m], factor[m:, m:]
    corner = pulled(g[m:, m:], last)
    c[m:, m:] = (corner + corner.T) / 2
    c[m:, :m] = triangular_solution(first, (g[m:, :m] - 2 * c[m:, m:] @ below).T, True).T
    corner = pulled(g[:m, :m] - c[m:, :m].T @ below, first)
    c[:m, :m] = (corner + corner.T) / 2
    c[m:, :m] /= 2
    c[:m, m:] = c[m:, :m].T
    return c


def cholesky_tangent(t, y, a, upper=False):
    """Of L, or of its conjugate transpose."""
    moved = pushed(hermitian_of(t, a, not upper), mH(y) if upper else y)
    return mH(moved) if upper else moved


def cholesky_cotangent(g, y, a, upper=False):
    """The transpose of the same."""
    return hermitian_transpose(pulled(mH(g), mH(y)) if upper else pulled(g, y), a, not upper)


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
