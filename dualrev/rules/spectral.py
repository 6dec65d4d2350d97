"""Q R factors, and eigenvalues and eigenvectors of general matrices."""

import numpy as np

from ..core import rows
from ..core.errors import NoRuleError, at_line
from ..core.rows import composite, decomposed
from ..core.tracer import Tracer, apply, meta, passive
from .factorisations import mH
from .products import array, mT
from .repeated import is_unused

LA = np.linalg


def nan_where(bad, a):
    """The matrices of a stack, those marked replaced by NaN."""
    return a + np.expand_dims(np.where(bad, np.nan, 0.0), (-1, -2)).astype(meta(a)[1]) if np.any(bad) else a


def orthogonal(a, mode):
    """Q and R."""
    return apply(orthogonal, (a, mode), {}) if isinstance(a, Tracer) else LA.qr(a, mode)


def checked(lead, m, n):
    """A square block of R, NaN where the columns of A are dependent."""
    size = np.abs(np.diagonal(passive(lead), 0, -2, -1))
    poor = np.any(size <= np.finfo(size.dtype).eps * max(m, n) * np.max(size, axis=-1, keepdims=True, initial=0), axis=-1)
    return nan_where(poor, lead)


def orthogonal_tangent(t, y, a, mode):
    """dQ = Q W + (1 - Q Q^H) T R^-1 and dR = Q^H T - W R, where W is skew and has the lower triangle of Q^H T R^-1.

    R here is its leading square block. Where Q is complete its last column is orthogonal to the others, which determines it up to its sign.
    """
    q, r = y
    *_, m, n = meta(a)[0]
    k = min(m, n)
    lead = r[..., :k, :k]
    ratio = mT(LA.solve(mT(checked(lead, m, n)), mT(t[..., :k])))
    inner = mH(q) @ ratio
    low = np.tril(inner, -1)
    diagonal = np.diagonal(inner, 0, -2, -1)
    skew = low[..., :k, :] - mH(low[..., :k, :])
    if meta(inner)[1].kind == "c":
        skew = skew + 1j * np.expand_dims(np.imag(diagonal), -1) * np.eye(k)
    if meta(q)[0][-1] > k:  # complete
        last = low[..., k:, :]
        left = np.concatenate([skew, last], axis=-2)
        right = np.concatenate([-mH(last), np.zeros((*meta(a)[0][:-2], m - k, m - k), meta(a)[1])], axis=-2)
        skew = np.concatenate([left, right], axis=-1)
        moved = q @ skew
    else:
        moved = q @ skew + (ratio - q @ inner if m > k else 0)
    return moved, np.triu(mH(q) @ t - skew @ r)


def orthogonal_cotangent(g, y, a, mode):
    """(g_Q + Q L) R^-T, where L is symmetric with the lower triangle of R g_R^T - g_Q^T Q, for real tall matrices; for others the tangent's transpose.

    M. Seeger, A. Hetzel, Z. Dai, E. Meissner, N. D. Lawrence, Auto-differentiating linear algebra (2017), section 4.2.
    """
    q, r = y
    shape, kind = meta(a)
    *_, m, n = shape
    if m < n or meta(q)[0][-1] > n or kind.kind == "c":
        return rows.transposed(lambda t: orthogonal_tangent(t, y, a, mode), a, g)
    inner = r @ mT(np.triu(g[1]))
    if is_unused(g[0]):
        push = 0.0
    else:
        inner, push = inner - mT(g[0]) @ q, g[0]
    low = np.tril(inner, -1)
    pushed = push + q @ (low + mT(low) + np.tril(np.triu(inner)))
    return mT(LA.solve(checked(r, m, n), mT(pushed)))


composite(orthogonal, orthogonal_tangent, vjp=(orthogonal_cotangent,), multiple=True, batch="leading", name="np.linalg.qr (Q and R)")


def qr(a, mode="reduced"):
    """np.linalg.qr. Q beyond the columns of A is determined only where it is one real column."""
    a = array(a)
    if mode not in ("reduced", "complete", "r"):
        raise NoRuleError(f"np.linalg.qr has no derivative rule for the mode {mode!r}{at_line()}. Use mode='reduced' or mode='r'.")
    *_, m, n = a.shape
    if mode == "complete" and (m > n + 1 or (m > n and a.dtype.kind == "c")):
        raise NoRuleError(f"np.linalg.qr has no derivative rule for mode='complete' of a matrix of {m} rows and {n} columns{at_line()}: the last columns of Q "
                          "are any orthonormal basis of the complement. Use mode='reduced', and 1 - Q Q^H for the projection onto the complement.")
    q, r = orthogonal(a, "complete" if mode == "complete" and m > n else "reduced")
    return r if mode == "r" else type(LA.qr(np.eye(1)))(q, r)


decomposed(LA.qr, qr, notes="NaN where the leading columns are dependent; no derivative for mode='raw', nor for mode='complete' with more than one column to complete")


def equal_pairs(w):
    """Which eigenvalues are equal, as far as their differences can be told from rounding."""
    size = np.expand_dims(np.max(np.abs(w), axis=-1, initial=0), (-1, -2))
    return np.abs(np.expand_dims(w, -2) - np.expand_dims(w, -1)) <= np.finfo(w.dtype).eps ** 0.75 * size


def sound(v):
    """V, and NaN where it is so nearly singular that no derivative exists."""
    s = LA.svdvals(np.where(np.isfinite(passive(v)), passive(v), 0)) if meta(v)[0][-1] else np.ones((*meta(v)[0][:-2], 1))
    return nan_where(s[..., -1] <= 1e3 * np.finfo(s.dtype).eps * s[..., 0], v)


def eig_tangent(t, y, a):
    """dw = diag(M), dV = V (F * M) with M = V^-1 T V and F_ij = 1 / (w_j - w_i), each column kept of norm 1 and its largest entry real, as LAPACK does."""
    w, v = y
    v = sound(v)
    m = LA.solve(v, t @ v)
    n = meta(w)[0][-1]
    gap = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    equal = equal_pairs(passive(w))
    same = np.eye(n, dtype=bool)
    moved = v @ (np.where(same, 0.0, 1.0) / np.where(same, 1.0, np.where(equal, np.nan, gap)) * m)
    moved = moved - v * np.real(np.sum(np.conj(v) * moved, axis=-2, keepdims=True))
    if meta(v)[1].kind == "c":
        place = np.argmax(np.abs(passive(v)), axis=-2, keepdims=True) if n else np.zeros((1, 0), int)
        moved = moved - 1j * v * (np.imag(np.take_along_axis(moved, place, -2)) / np.real(np.take_along_axis(v, place, -2)))
    return np.diagonal(m, 0, -2, -1), moved


def eig_cotangent(g, y, a):
    """The transpose of the same; V^-T diag(gw) V^T where the eigenvectors are not used."""
    if not is_unused(g[1]):
        return rows.transposed(lambda t: eig_tangent(t, y, a), a, g)
    v = sound(y[1])
    return mT((v * np.expand_dims(g[0], -2)) @ LA.inv(v))


composite(LA.eig, eig_tangent, vjp=(eig_cotangent,), multiple=True, batch="leading",
          notes="simple eigenvalues; dV is NaN where an eigenvalue repeats, everything where A has no basis of eigenvectors")


def eigvals_tangent(t, y, a):
    """diag(V^-1 T V), in the order of y."""
    w, v = LA.eig(a)
    v = sound(v)
    slopes = np.diagonal(LA.solve(v, t @ v), 0, -2, -1)
    apart = np.abs(np.expand_dims(passive(y), -1) - np.expand_dims(passive(w), -2))
    return np.take_along_axis(slopes, paired(apart), -1)


def paired(apart):
    """For each number of one list the place of its own in the other, by their distances."""
    n = apart.shape[-1]
    there = np.broadcast_to(np.arange(n), apart.shape[:-1])
    best = np.argmin(apart, axis=-1) if n else there
    return np.where(np.all(np.sort(best, axis=-1) == there, axis=-1, keepdims=True), best, there)


composite(LA.eigvals, eigvals_tangent, batch="leading", notes="simple eigenvalues, and functions symmetric in repeated ones; NaN where A has no basis of eigenvectors")
