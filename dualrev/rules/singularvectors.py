"""Singular vectors of distinct singular values.

They are determined up to a common phase of each pair. Here dU and dV are given in the gauge that shares the phase evenly; functions which do not depend on the choice
have their right derivative.
"""

import numpy as np

from ..core import rows
from ..core.rows import composite
from ..core.tracer import Tracer, apply, meta, passive
from .factorisations import mH
from .repeated import is_unused, near

LA = np.linalg


def decomposition(a, full):
    """U, s and V^H."""
    return apply(decomposition, (a, full), {}) if isinstance(a, Tracer) else LA.svd(a, full)


def nothing(s):
    """Which singular values are zero, up to rounding."""
    return s <= np.finfo(s.dtype).eps ** 0.75 * np.max(s, axis=-1, keepdims=True, initial=0)


def rotations(m, s):
    """The skew X and Y with U X and V Y the movement within the singular vectors: what turns equal singular values is left out.

    X + Y = (M + M^H)_ij / (s_j - s_i) and X - Y = (M - M^H)_ij / (s_j + s_i).
    """
    plain, eye = passive(s), np.eye(meta(s)[0][-1], dtype=bool)
    zero = nothing(plain)
    across, down = np.expand_dims(s, -2), np.expand_dims(s, -1)
    same = near(plain) | eye
    never = np.expand_dims(zero, -2) & np.expand_dims(zero, -1)
    if meta(m)[1].kind != "c":
        never = never | eye
    both = np.where(same, 0.0, m + mH(m)) / np.where(same, 1.0, across - down)
    odd = np.where(never, 0.0, m - mH(m)) / np.where(never, 1.0, across + down)
    return (both + odd) / 2, (both - odd) / 2


def beyond(basis, moved, k):
    """The movement of the vectors beyond the first k of a complete basis, which stay orthogonal to those."""
    first, rest = basis[..., :k], basis[..., k:]
    return -first @ (mH(moved) @ rest)


def moved_vectors(basis, turn, push, k):
    """basis X within the first k vectors, and what leaves their span."""
    first = basis[..., :k]
    return first @ turn + (push - first @ (mH(first) @ push))


def plain_tangent(t, y, a, full):
    """dU, ds and dV^H without what turns equal singular values among themselves."""
    u, s, vh = y
    k, v = meta(s)[0][-1], mH(vh)
    first_u, first_v = u[..., :k], v[..., :k]
    m = mH(first_u) @ t @ first_v
    x, z = rotations(m, s)
    zero = nothing(passive(s))
    inverse = np.expand_dims(np.where(zero, 0.0, 1.0) / np.where(zero, 1.0, s), -2)
    rows_, columns = meta(a)[0][-2:]
    du = moved_vectors(u, x, t @ first_v * inverse, k) if rows_ > k else first_u @ x
    dv = moved_vectors(v, z, mH(t) @ first_u * inverse, k) if columns > k else first_v @ z
    if meta(u)[0][-1] > k:
        du = np.concatenate([du, beyond(u, du, k)], axis=-1)
    if meta(v)[0][-1] > k:
        dv = np.concatenate([dv, beyond(v, dv, k)], axis=-1)
    return du, np.real(np.diagonal(m, 0, -2, -1)), mH(dv)


def plain_cotangent(g, y, a, full):
    """The transpose of the same; short where the vectors are not used."""
    if is_unused(g[0]) and is_unused(g[2]):
        k = meta(y[1])[0][-1]
        return (np.conj(y[0][..., :k]) * np.expand_dims(g[1], -2)) @ np.conj(y[2][..., :k, :])
    return rows.transposed(lambda t: plain_tangent(t, y, a, full), a, g)


NOTES = "functions that do not depend on the choice of singular vectors; equal or zero singular values: see docs/conventions.md"
composite(decomposition, plain_tangent, vjp=(plain_cotangent,), multiple=True, batch="leading", name="np.linalg.svd (distinct singular values)", notes=NOTES)
