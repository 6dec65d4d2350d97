"""Inverses, determinants and factors: Cholesky, L U, Q R, polar."""

import numpy as np
import scipy.linalg as LA

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite, constant, decomposed
from ...core.tracer import meta
from ...rules.factorisations import cholesky_cotangent, cholesky_tangent, hermitian_of, mH, pinv_tangent
from ...rules.linalg import across_matrices, cofactors, det_tangent
from ...rules.norms import norm as numpy_norm
from ...rules.products import array, mT
from ...rules.spectral import orthogonal_cotangent, orthogonal_tangent
from ..mirror import dispatched, mirror
from .equations import solve_sylvester
from .systems import read_of

det = mirror(LA.det)
composite(det, det_tangent, vjp=(lambda g, y, a: across_matrices(g) * cofactors(a, y),))


@dispatched
def inverse(a, kind, lower):
    """A^-1."""
    return LA.inv(a, assume_a=kind, lower=lower) if kind else LA.inv(a)


def inverse_tangent(t, y, a, kind, lower):
    """-A^-1 dA A^-1, of what is read of A."""
    return -(y @ read_of(t, a, kind, lower) @ y)


composite(inverse, inverse_tangent, name="scipy.linalg.inv (of an array)")
inv = mirror(LA.inv)
decomposed(inv, lambda a, assume_a=None, lower=False: inverse(array(a), assume_a, lower))


@dispatched
def pseudo_inverse(a, atol, rtol, hermitian, lower):
    """A^+."""
    return LA.pinvh(a, atol, rtol, lower) if hermitian else LA.pinv(a, atol=atol, rtol=rtol)


@dispatched
def rank_of(a, atol, rtol, hermitian, lower):
    """The number of singular values that A^+ is made of."""
    return LA.pinvh(a, atol, rtol, lower, True)[1] if hermitian else LA.pinv(a, atol=atol, rtol=rtol, return_rank=True)[1]


def pseudo_inverse_tangent(t, y, a, atol, rtol, hermitian, lower):
    """The derivative at constant rank; of a Hermitian matrix by the triangle that is read."""
    return pinv_tangent(hermitian_of(t, a, lower), y, hermitian_of(a, a, lower)) if hermitian else pinv_tangent(t, y, a)


composite(pseudo_inverse, pseudo_inverse_tangent, name="scipy.linalg.pinv (of an array)", notes="at constant rank; a change of rank has no derivative")
constant(rank_of, notes="a rank")


def pseudo_inverse_and_rank(a, atol, rtol, hermitian, lower, return_rank):
    """The public functions."""
    a = array(a)
    y = pseudo_inverse(a, atol, rtol, hermitian, lower)
    return (y, rank_of(a, atol, rtol, hermitian, lower)) if return_rank else y


pinv, pinvh = mirror(LA.pinv), mirror(LA.pinvh)
decomposed(pinv, lambda a, atol=None, rtol=None, return_rank=False: pseudo_inverse_and_rank(a, atol, rtol, False, True, return_rank))
decomposed(pinvh, lambda a, atol=None, rtol=None, lower=True, return_rank=False: pseudo_inverse_and_rank(a, atol, rtol, True, lower, return_rank))



def norm_body(a, ord=None, axis=None, keepdims=False):
    """scipy.linalg.norm, some of which come in double precision."""
    a = array(a)
    y, dtype = numpy_norm(a, ord, axis, keepdims), meta(LA.norm(np.zeros([min(k, 2) for k in a.shape], a.dtype), ord, axis, keepdims))[1]
    return y if meta(y)[1] == dtype else y.astype(dtype)


norm = mirror(LA.norm)
decomposed(norm, norm_body)

cholesky = mirror(LA.cholesky)
composite(cholesky, lambda t, y, a, lower=False: cholesky_tangent(t, y, a, not lower), vjp=(lambda g, y, a, lower=False: cholesky_cotangent(g, y, a, not lower),),
          notes="Hermitian cotangent")


@dispatched
def packed_cholesky(a, lower, finite):
    """A triangle of factors, and what was there of A in the other."""
    return LA.cho_factor(a, lower, check_finite=finite)[0]


def packed_cholesky_tangent(t, y, a, lower, finite):
    """The tangent of the factor, and t in the other triangle."""
    factor = np.tril(y) if lower else np.triu(y)
    return cholesky_tangent(t, factor, a, not lower) + (np.triu(t, 1) if lower else np.tril(t, -1))


composite(packed_cholesky, packed_cholesky_tangent, name="scipy.linalg.cho_factor (of an array)")
cho_factor = mirror(LA.cho_factor)
decomposed(cho_factor, lambda a, lower=False, check_finite=True: (packed_cholesky(array(a), lower, check_finite), lower))


@dispatched
def permutation(a):
    """The P of A = P L U."""
    return LA.lu(a)[0]


@dispatched
def rows_exchanged(a):
    """The same as row numbers: A = L[p] U."""
    return LA.lu(a, p_indices=True)[0]


@dispatched
def pivots(a):
    """The row exchanges of LAPACK."""
    return LA.lu_factor(a)[1]


@dispatched
def lower_upper(a, p):
    """L and U, for the P that belongs to A."""
    return LA.lu(a)[1:]


def lower_upper_tangent(t, y, a, p):
    """dL = L tril(F, -1) and dU = triu(F) U with F = L^-1 P^T T U^-1; what is beyond the leading square block follows from A = P L U."""
    low, up = y
    k = meta(low)[0][-1]
    t = mT(p) @ t
    low, beside = low[..., :k, :], low[..., k:, :]
    up, right = up[..., :k], up[..., k:]
    across = np.linalg.solve(low, t[..., :k, :])
    f = mT(np.linalg.solve(mT(up), mT(across[..., :k])))
    dl, du = low @ np.tril(f, -1), np.triu(f) @ up
    more = across[..., k:] - np.tril(f, -1) @ right  # one of these two has no entries
    below = mT(np.linalg.solve(mT(up), mT(t[..., k:, :k] - beside @ du)))
    return np.concatenate([dl, below], axis=-2), np.concatenate([du, more], axis=-1)


composite(lower_upper, lower_upper_tangent, multiple=True, name="scipy.linalg.lu (L and U)", notes="where no pivot is 0; at constant pivots")
constant(permutation, rows_exchanged, pivots, notes="a permutation")


def lu_body(a, permute_l=False, p_indices=False):
    """scipy.linalg.lu."""
    a = array(a)
    p = permutation(a)
    low, up = lower_upper(a, p)
    return (p @ low, up) if permute_l else (rows_exchanged(a) if p_indices else p, low, up)


def lu_factor_body(a):
    """scipy.linalg.lu_factor."""
    a = array(a)
    low, up = lower_upper(a, permutation(a))
    m, n = meta(a)[0][-2:]
    low = np.tril(low, -1)
    packed = low[..., :n] if m >= n else np.concatenate([low, np.zeros((*meta(low)[0][:-1], n - m), meta(low)[1])], axis=-1)
    up = up if m <= n else np.concatenate([up, np.zeros((*meta(up)[0][:-2], m - n, n), meta(up)[1])], axis=-2)
    return packed + up, pivots(a)


lu, lu_factor = mirror(LA.lu), mirror(LA.lu_factor)
decomposed(lu, lu_body, notes="where no pivot is 0; P is constant")
decomposed(lu_factor, lu_factor_body, notes="where no pivot is 0; the pivots are constant")


@dispatched
def orthogonal(a, mode, order):
    """Q and R of the columns of A in the given order."""
    return LA.qr(a, mode=mode, pivoting=order is not None)[:2]


@dispatched
def column_order(a):
    """The order in which pivoting takes the columns."""
    return LA.qr(a, mode="r", pivoting=True)[1]


def ordered(a, order):
    """The columns in an order."""
    return a if order is None else np.take_along_axis(a, np.expand_dims(order, -2), -1)


def back_in_place(g, order):
    """The transpose of that."""
    return g if order is None else np.take_along_axis(g, np.expand_dims(np.argsort(order), -2), -1)


composite(orthogonal, lambda t, y, a, mode, order: orthogonal_tangent(ordered(t, order), y, ordered(a, order), mode), multiple=True, name="scipy.linalg.qr (Q and R)",
          vjp=(lambda g, y, a, mode, order: back_in_place(orthogonal_cotangent(g, y, ordered(a, order), mode), order),))
constant(column_order, notes="column numbers")


def qr_body(a, mode="full", pivoting=False):
    """scipy.linalg.qr. Q beyond the columns of A is determined only where it is one real column."""
    a = array(a)
    m, n = a.shape[-2:]
    if mode not in ("full", "economic", "r"):
        raise NoRuleError(f"scipy.linalg.qr has no derivative rule for the mode {mode!r}{at_line()}. Use mode='economic' or mode='r'.")
    order = column_order(a) if pivoting else None
    rest = (order,) if pivoting else ()
    if mode == "full" and (m > n + 1 or (m > n and a.dtype.kind == "c")):
        raise NoRuleError(f"scipy.linalg.qr has no derivative rule for mode='full' of a matrix of {m} rows and {n} columns{at_line()}: the last columns of Q "
                          "are any orthonormal basis of the complement. Use mode='economic', and 1 - Q Q^H for the projection onto the complement.")
    if mode != "r":
        return (*orthogonal(a, mode, order), *rest)
    r = orthogonal(a, "economic", order)[1]
    if m > n:
        r = np.concatenate([r, np.zeros((*meta(r)[0][:-2], m - n, n), meta(r)[1])], axis=-2)
    return (r, *rest)


qr = mirror(LA.qr)
decomposed(qr, qr_body, notes="NaN where the leading columns are dependent; no derivative for mode='raw', nor for mode='full' with more than one column to complete")


@dispatched
def polar_factors(a, side):
    """U and P with A = U P, or P U."""
    return LA.polar(a, side)


def polar_tangent(t, y, a, side):
    """dU = U X with the skew X of P X + X P = U^H T - T^H U, and dP = U^H T - X P."""
    u, p = y
    if side == "left":
        u, t = mH(u), mH(t)
    m = mH(u) @ t
    x = solve_sylvester(p, p, m - mH(m))
    du = u @ x
    return (mH(du) if side == "left" else du), m - x @ p


composite(polar_factors, polar_tangent, multiple=True, name="scipy.linalg.polar (of an array)")
polar = mirror(LA.polar)


def polar_body(a, side="right"):
    """scipy.linalg.polar."""
    a = array(a)
    if a.shape[-1] != a.shape[-2]:
        raise NoRuleError(f"scipy.linalg.polar has no derivative rule for a matrix that is not square{at_line()}. Make its factors of scipy.linalg.svd.")
    return polar_factors(a, side)


decomposed(polar, polar_body, notes="of regular square matrices")
