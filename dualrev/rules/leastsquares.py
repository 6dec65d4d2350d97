"""Least squares, condition numbers and linear systems of tensors."""

import math

import numpy as np

from ..core.rows import composite, decomposed, transposed
from ..core.tracer import Tracer, apply, meta, passive
from .factorisations import leaves_out, mH, pinv_tangent
from .linalg import across_matrices
from .norms import norm
from .products import array
from .singularvalues import of_pairs, svdvals_tangent

LA = np.linalg


def fitted(a, b, rcond):
    """Solution, sums of squared residuals and singular values, as np.linalg.lstsq computes them."""
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return apply(fitted, (a, b, rcond), {})
    x, squares, _, s = LA.lstsq(a, b, rcond)
    return x, squares, s


def factors(a, rcond):
    """The pseudo-inverse, of the rank that np.linalg.lstsq finds, and the singular vectors in columns; None in their place where they are not known with it."""
    eps = np.finfo(meta(a)[1]).eps
    cut = eps * max(meta(a)[0]) if rcond is None else eps if rcond < 0 else rcond
    if isinstance(a, Tracer) or not a.size:
        return LA.pinv(a, rcond=cut), None
    u, s, vh = LA.svd(a, full_matrices=False)
    kept = s > cut * s[0]
    inverse = np.divide(1, s, out=np.zeros_like(s), where=kept)
    return mH(vh) @ (inverse[:, None] * mH(u)), (u, mH(vh))


def columns(b):
    """A right-hand side as a matrix."""
    return np.expand_dims(b, -1) if len(meta(b)[0]) == 1 else b


def squares_tangent(squares, r, t):
    """2 Re(r^H t) a column, where the residuals are asked for at all: the solution makes them stationary."""
    return 2 * np.sum(np.real(np.conj(r) * t), axis=0) if meta(squares)[0] != (0,) else np.zeros(0, meta(squares)[1])


def in_matrix(t, y, a, b, x, r, inverse, pairs):
    """dx = A+ (A+^H T^H r - T x) + (1 - A+ A) T^H A+^H x at constant rank, with the residual r = b - A x.

    Where singular values beyond the cut are not zero the residual is that of another matrix, and dx = dA+ b.
    """
    squares, s = squares_tangent(y[1], r, -(t @ x)), svdvals_tangent(t, y[2], a) if pairs is None else of_pairs(t, y[2], a, *pairs)
    outside = mH(t) @ (mH(inverse) @ x)
    if leaves_out(inverse, a):
        return np.reshape(pinv_tangent(t, inverse, a) @ columns(b), meta(y[0])[0]), squares, s
    dx = inverse @ (mH(inverse) @ (mH(t) @ r) - t @ x) + outside - inverse @ (a @ outside)
    return np.reshape(dx, meta(y[0])[0]), squares, s


def fitted_tangent(tangents, y, args, kwargs):
    """That in the matrix, and dx = A+ T in the right-hand sides."""
    a, b, rcond = args
    x, (inverse, pairs) = columns(y[0]), factors(a, rcond)
    r = columns(b) - a @ x
    made = {0: lambda t: in_matrix(t, y, a, b, x, r, inverse, pairs), 1: lambda t: (inverse @ t, squares_tangent(y[1], r, columns(t)), np.zeros_like(passive(y[2])))}
    parts = [made[i](t) for i, t in tangents.items()]
    return parts[0] if len(parts) == 1 else tuple(p + q for p, q in zip(*parts, strict=True))


def fitted_cotangents(active, g, y, args, kwargs):
    """The transpose of that."""
    return transposed(lambda ts: fitted_tangent(dict(zip(active, ts, strict=True)), y, args, kwargs), tuple(args[i] for i in active), tuple(g))


composite(fitted, *(lambda t, y, *args, i=i: fitted_tangent({i: t}, y, args, {}) for i in range(2)), push=fitted_tangent, pull=fitted_cotangents, multiple=True,
          name="np.linalg.lstsq (without the rank)", notes="at constant rank; a change of rank has no derivative")


def lstsq(a, b, rcond=None):
    """np.linalg.lstsq."""
    a, b = array(a), array(b)
    x, squares, s = fitted(a, b, rcond)
    plain = passive(s)
    eps = np.finfo(plain.dtype).eps
    cut = eps * max(a.shape) if rcond is None else eps if rcond < 0 else rcond
    rank = np.int32(np.count_nonzero(plain > cut * plain[0]) if min(a.shape) else 0)
    return x, squares, rank, s


decomposed(LA.lstsq, lstsq, notes="at constant rank; a change of rank has no derivative")


def cond(x, p=None):
    """np.linalg.cond. At a singular matrix the value is infinite and the derivative NaN."""
    x = array(x)
    if not x.size and 0 in x.shape[-2:]:
        raise LA.LinAlgError("cond is not defined on empty arrays")
    with np.errstate(all="ignore"):
        if p in (None, 2, -2):
            s = LA.svdvals(x)
            return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        plain = LA.cond(passive(x), p)
        whole = np.isfinite(plain) | np.any(np.isnan(passive(x)), axis=(-2, -1))
        if np.all(whole):
            y = norm(x, p, (-2, -1)) * norm(LA.inv(x), p, (-2, -1))
            return y if y.dtype == plain.dtype else y.astype(plain.dtype)  # complex in some versions of NumPy
        regular = np.where(across_matrices(whole), x, np.eye(x.shape[-1], dtype=x.dtype))
        lost = np.inf * (1 + 0 * np.sum(np.real(x), axis=(-2, -1)))  # its derivative is infinity times zero
        return np.where(whole, norm(regular, p, (-2, -1)) * norm(LA.inv(regular), p, (-2, -1)), lost)[()]


decomposed(LA.cond, cond, batch="leading")


def tensorsolve(a, b, axes=None):
    """np.linalg.tensorsolve: a linear system in reshaped arrays."""
    a, b = array(a), array(b)
    if axes is not None:
        axes = [k % a.ndim for k in axes]
        a = np.transpose(a, [k for k in range(a.ndim) if k not in axes] + axes)
    shape = a.shape[b.ndim - a.ndim:] if a.ndim > b.ndim else ()
    n = math.prod(shape)
    if a.size != n * n:
        raise LA.LinAlgError("Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])")
    return np.reshape(LA.solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


def tensorinv(a, ind=2):
    """np.linalg.tensorinv: the inverse of a reshaped array."""
    a = array(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    return np.reshape(LA.inv(np.reshape(a, (math.prod(a.shape[ind:]), -1))), a.shape[ind:] + a.shape[:ind])


decomposed(LA.tensorsolve, tensorsolve)
decomposed(LA.tensorinv, tensorinv)
