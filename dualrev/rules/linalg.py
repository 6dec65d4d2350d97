"""Inverses, linear systems, determinants and matrix powers. The pairing of cotangents is bilinear: transposes, no conjugates, for holomorphic functions."""

import operator

import numpy as np

from ..core.rows import composite, constant, decomposed
from ..core.tracer import Tracer, concrete, meta, passive
from ..core.words import several
from . import batched_products
from .products import mT

LA = np.linalg

composite(LA.inv, lambda t, y, a: -(y @ t @ y), vjp=(lambda g, y, a: -(mT(y) @ g @ mT(y)),), batch="leading")


def is_vector(b):
    """Whether np.linalg.solve takes b for one vector rather than a stack of matrices."""
    return len(meta(b)[0]) == 1


def solve_tangent_in_matrix(t, y, a, b):
    """x = A^-1 b moves by -A^-1 T x."""
    if is_vector(b):
        return -LA.solve(a, t @ np.expand_dims(y, -1))[..., 0]
    return -LA.solve(a, t @ y)


def solve_transpose(g, a, b):
    """A^-T g, where g may be a stack of vectors."""
    return LA.solve(mT(a), np.expand_dims(g, -1))[..., 0] if is_vector(b) else LA.solve(mT(a), g)


def solve_cotangents(active, g, y, args, kwargs):
    """A^-T g for b and -A^-T g x^T for A: one solution serves both."""
    a, b = args
    back = solve_transpose(g, a, b)
    return [back if i else -(np.expand_dims(back, -1) * np.expand_dims(y, -2)) if is_vector(b) else -(back @ mT(y)) for i in active]


composite(LA.solve, solve_tangent_in_matrix, lambda t, y, a, b: LA.solve(a, t), pull=solve_cotangents, batch=several(batched_products.solve))


def cofactors(a, det):
    """adj(A)^T, the derivative of the determinant: det(A) A^-T where A is well conditioned, and a polynomial in A that is exact at singular matrices."""
    inverse, poor = inverse_and_doubt(a)
    if not np.any(poor):
        return across_matrices(det) * mT(inverse)
    shape = meta(a)[0]
    flat = np.reshape(a, (-1, *shape[-2:]))
    plain = concrete(flat)
    lost = ~np.all(np.isfinite(plain), axis=(-2, -1))
    u, s, vh = LA.svd(np.where(across_matrices(lost), 0, plain))
    rank = np.where(np.ravel(poor), np.count_nonzero(s > s[:, :1] * np.finfo(s.dtype).eps ** 0.25, axis=-1), -1)
    found, places = [], [np.flatnonzero(rank == r) for r in np.unique(rank)]
    for k in places:
        r = rank[k[0]]
        found.append(across_matrices(LA.det(flat[k])) * mT(LA.inv(flat[k])) if r < 0 else exact_cofactors(flat[k], r, u[k], vh[k]))
    in_order = np.concatenate(found)[np.argsort(np.concatenate(places))]
    if np.any(lost):
        in_order = in_order * across_matrices(np.where(lost, np.nan, 1.0).astype(s.dtype))
    return np.reshape(in_order, shape)


def across_matrices(x):
    """One number a matrix, in a form that multiplies matrices."""
    return np.expand_dims(x, (-1, -2))


def inverse_and_doubt(a):
    """A^-1, and which matrices of a stack lose too many digits by it. A derivative of higher order, in which large terms cancel, bears less."""
    plain = passive(a)
    bound = np.finfo(plain.dtype).eps ** (-0.25 if isinstance(a, Tracer) else -0.5)
    try:
        inverse = LA.inv(a)
    except LA.LinAlgError:
        s = LA.svdvals(np.where(np.isfinite(plain), plain, 0))
        return None, ~(s[..., 0] < bound * s[..., -1])
    size = [np.max(np.sum(np.abs(m), axis=-1), axis=-1, initial=0) for m in (plain, passive(inverse))]
    return inverse, ~(size[0] * size[1] < bound)


def exact_cofactors(a, r, u, vh):
    """adj(A)^T of matrices by way of M = U^H A V, with U and V from the singular value decomposition held constant.

    D is the leading r x r block of M, which can be inverted without loss, and C = F - E D^-1 B its Schur complement. Then
    adj(M) = det(D) (det(C) [D^-1 0; 0 0] + [-D^-1 B; 1] adj(C) [-E D^-1, 1]), where C needs no division.
    """
    uh, v = np.conj(mT(u)), np.conj(mT(vh))
    m = uh @ a @ v
    inverse = LA.inv(m[:, :r, :r])
    down, across = m[:, r:, :r] @ inverse, inverse @ m[:, :r, r:]
    det, adjugate = faddeev_leverrier(m[:, r:, r:] - m[:, r:, :r] @ across)
    upper = np.concatenate([across_matrices(det) * inverse + across @ adjugate @ down, -(across @ adjugate)], axis=-1)
    lower = np.concatenate([-(adjugate @ down), adjugate], axis=-1)
    scale = LA.det(u) * LA.det(vh) * LA.det(m[:, :r, :r])
    return mT(across_matrices(scale) * (v @ np.concatenate([upper, lower], axis=-2) @ uh))


def faddeev_leverrier(c):
    """Determinants and adjugates without a division by anything but integers, so that the zero matrix is no exception."""
    shape, dtype = meta(c)
    n = shape[-1]
    one = term = np.broadcast_to(np.eye(n, dtype=dtype), shape)
    if not n:
        return np.ones(shape[:-2], dtype), one
    for k in range(1, n):
        product = c @ term
        term = product - across_matrices(np.trace(product, 0, -2, -1) / k) * one
    sign = 1.0 if n % 2 else -1.0
    return np.trace(c @ term, 0, -2, -1) * (sign / n), sign * term


def det_tangent(t, y, a):
    """Jacobi's formula."""
    return np.sum(cofactors(a, y) * t, axis=(-2, -1))


composite(LA.det, det_tangent, vjp=(lambda g, y, a: across_matrices(g) * cofactors(a, y),), batch="leading")


def inverse_or_nan(y, a):
    """A^-1, and NaN for the singular matrices of a stack, where log|det A| has no derivative of any order."""
    singular = np.isneginf(passive(y[1]))
    if not isinstance(singular, Tracer) and not np.any(singular):
        return LA.inv(a)
    return LA.inv(a + across_matrices(np.where(singular, np.nan, 0.0)).astype(meta(a)[1]))


def slogdet_tangent(t, y, a):
    """tr(A^-1 T): its real part moves log|det|, its imaginary part turns the sign."""
    trace = np.sum(mT(inverse_or_nan(y, a)) * t, axis=(-2, -1))
    turn = 1j * np.imag(trace) * y[0] if meta(y[0])[1].kind == "c" else np.zeros_like(passive(y[1]))
    return turn, np.real(trace)


def slogdet_cotangent(g, y, a):
    """The transpose of the same."""
    weight = g[1] - 1j * np.real(1j * g[0] * y[0]) if meta(y[0])[1].kind == "c" else g[1]
    return across_matrices(weight) * mT(inverse_or_nan(y, a))


composite(LA.slogdet, slogdet_tangent, vjp=(slogdet_cotangent,), multiple=True, batch="leading")


def matrix_power(a, n):
    """np.linalg.matrix_power by repeated squaring; the power 0 is the constant identity."""
    shape, dtype = meta(a)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise LA.LinAlgError("Last 2 dimensions of the array must be square")
    try:
        n = operator.index(n)
    except TypeError as error:
        raise TypeError("exponent must be an integer") from error
    if n == 0:
        return np.array(np.broadcast_to(np.eye(shape[-1], dtype=dtype), shape))
    if n < 0:
        a, n = LA.inv(a), -n
    if n == 3:
        return (a @ a) @ a  # NumPy's own order, so that the value is the same to the last bit
    result = None
    while n:
        n, bit = divmod(n, 2)
        if bit:
            result = a if result is None else result @ a
        if n:
            a = a @ a
    return result


decomposed(LA.matrix_power, matrix_power)
constant(LA.matrix_rank, batch="leading")
