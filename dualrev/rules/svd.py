"""The singular value decomposition.

Singular vectors are determined up to a common phase of each pair, and those of equal singular values up to a common rotation. Here dU and dV are
given in the gauge that shares the phase evenly; functions which do not depend on the choice have their right derivative.
"""

import numpy as np

from ..core import rows
from ..core.rows import composite, constant, decomposed
from ..core.tracer import Tracer, apply, concrete, meta, passive
from .arithmetic import safe_divide
from .factorisations import mH
from .products import array, mT
from .repeated import inferred, is_unused, near, pieces, slots, unused, warn_of_choice

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


def runs_of(s):
    """The runs of equal singular values and of zeros, and the stretches of others between them, as slices."""
    return pieces(alike(s), nothing(s))


def alike(s):
    """Which pairs of different singular values are equal, or both zero."""
    zero = nothing(s)
    return (near(s) | (zero[:, None] & zero)) & ~np.eye(len(s), dtype=bool)


def singular_spaces(a, full):
    """np.linalg.svd of one matrix: U, s and V^H in pieces, and last the vectors beyond."""
    if isinstance(a, Tracer):
        return apply(singular_spaces, (a, full), {})
    return in_pieces(*LA.svd(a, full))


def in_pieces(u, s, vh):
    """Columns, values and rows by the runs of plain values, and what is beyond."""
    runs, k = slots(runs_of(concrete(s)), alike(concrete(s))), meta(s)[0][0]
    return (*(u[:, run] for run in runs), *(s[run] for run in runs), *(vh[run] for run in runs), u[:, k:], vh[k:])


def assembled(parts):
    """U, s and V^H from the pieces."""
    n = (len(parts) - 2) // 3
    return (np.concatenate([*parts[:n], parts[-2]], axis=-1), np.concatenate(parts[n:2 * n]), np.concatenate([*parts[2 * n:-2], parts[-1]]))


def spaces_tangent(t, y, a, full):
    """The tangents; NaN for vectors of equal or zero singular values, unless the direction leaves them alone."""
    u, s, vh = whole = assembled(y)
    du, ds, dvh = plain_tangent(t, whole, a, full)
    plain = concrete(s)
    lost = unsettled(plain, passive(mH(u) @ t @ mH(vh)), is_complete(u, vh))
    if not isinstance(lost, Tracer) and np.any(lost):
        warn_of_choice(near(plain), concrete(ds), False, "np.linalg.svd", "singular values", "vectors")
    nan = np.where(lost, np.nan, 0.0).astype(plain.dtype)
    du = du + nan[: meta(u)[0][1]]
    dvh = dvh + np.expand_dims(nan[: meta(vh)[0][0]], -1)
    runs = runs_of(plain)
    runs, k = slots(runs, alike(plain)), len(plain)
    return (*(du[:, run] for run in runs), *(ds[run] for run in runs), *(dvh[run] for run in runs), du[:, k:], dvh[k:])


def is_complete(u, vh):
    """Whether U and V are square, so that all vectors of zero singular values are among them."""
    return all(meta(part)[0][0] == meta(part)[0][1] for part in (u, vh))


def unsettled(s, m, complete=True):
    """Which singular vectors have no derivative in a direction with M = U^H T V, those beyond the last singular value included.

    Those of equal values, if the Hermitian part of their block of M is not diagonal; those of zeros, if theirs, that of the vectors beyond included, is not
    diagonal and positive, or if not all of those vectors are there (``complete``).
    """
    if isinstance(m, Tracer):
        return apply(unsettled, (s, m, complete), {})
    found = np.zeros(max(m.shape), bool)
    tol = np.sqrt(np.finfo(s.dtype).eps) * np.max(np.abs(m), initial=0)
    for run in runs_of(s):
        if is_simple(run, s):
            continue
        zero = bool(nothing(s)[run.start])
        run = slice(run.start, None) if zero else run
        block = m[run, run] if zero else (m[run, run] + np.conj(m[run, run].T)) / 2
        d = np.diag(block)
        off = block.copy()
        np.fill_diagonal(off, 0)
        found[run] = np.any(np.abs(off) > tol) or (zero and (not complete or np.any(np.abs(d - np.abs(d)) > tol)))
    return found


def turns(s, m):
    """The unitary matrices by which to turn U and V so that a direction with M = U^H T V leaves them alone."""
    if isinstance(m, Tracer):
        return apply(turns, (s, m), {})
    left, right = np.eye(m.shape[0], dtype=m.dtype), np.eye(m.shape[1], dtype=m.dtype)
    for run in runs_of(s):
        if is_simple(run, s):
            continue
        if nothing(s)[run.start]:
            run = slice(run.start, None)
            p, _, qh = LA.svd(m[run, run])
            left[run, run], right[run, run] = p, mH(qh)
        else:
            left[run, run] = right[run, run] = LA.eigh((m[run, run] + mH(m[run, run])) / 2)[1]
    return left, right


constant(turns, unsettled)


def spaces_chosen(t, y, a, full):
    """The singular vectors that a direction leaves alone, if all vectors of the zero singular values are there to choose from."""
    if isinstance(y[0], Tracer):
        return y
    u, s, vh = assembled(y)
    m = mH(u) @ t @ mH(vh)
    complete = is_complete(u, vh)
    if (nothing(s)[-1] and not complete) or (not isinstance(m, Tracer) and not np.any(unsettled(s, m, complete))):
        return y
    left, right = turns(s, m)
    return in_pieces(u @ left, s, mH(right) @ vh)


def is_simple(run, s):
    """Whether a run holds singular values that differ from each other and from zero."""
    return not nothing(s)[run.start] and (run.stop - run.start == 1 or not near(s)[run.start, run.start + 1])


def spaces_cotangent(g, y, a, full):
    """The transpose, and between equal singular values what the cotangents tell; NaN where they do not."""
    u, s, vh = whole = assembled(y)
    gu, gs, gv = parts = assembled(g)
    plain = concrete(s)
    runs = runs_of(plain)
    places, k = slots(runs, alike(plain)), len(plain)
    n = len(places)
    no_u, no_s, no_v = (unused(g[i * n:(i + 1) * n], places, k) for i in range(3))
    turning = [not is_simple(run, plain) and not np.all(no_u[run] & no_v[run]) for run in runs]
    if not any(turning):
        warn_of_choice(near(plain), concrete(gs), False, "np.linalg.svd", "singular values", "vectors")
    beyond_used = any(part.size and not is_unused(part) for part in g[-2:])
    no_vectors = np.all(no_u & no_v) and not beyond_used
    c = plain_cotangent((np.broadcast_to(np.zeros((), meta(u)[1]), meta(u)[0]), gs, np.broadcast_to(np.zeros((), meta(vh)[1]), meta(vh)[0])) if no_vectors else parts,
                        whole, a, full)
    if any(turning) or (beyond_used and bool(nothing(plain)[-1])):
        left = mT(concrete(u)[:, :k]) @ concrete(gu)[:, :k]
        right = concrete(gv)[:k] @ mT(concrete(vh)[:k])
        tol = 1e4 * np.finfo(plain.dtype).eps * max(np.max(np.abs(part)) for part in (left, right, concrete(gs)))
        inner = np.zeros(left.shape, left.dtype)
        for i, run in enumerate(runs):
            if turning[i]:
                partly = any(np.any(part[run] != part[run.start]) for part in (no_u, no_s, no_v))
                inner[run, run] = np.nan if partly else between(left[run, run], right[run, run], concrete(gs)[run], plain[run], tol, no_s[run][0],
                                                                meta(a)[0][0] == meta(a)[0][1], np.finfo(plain.dtype).eps ** 0.75 * plain[0])
        if beyond_used and nothing(plain)[-1]:
            inner[-1, -1] = np.nan
        nought = 0.0 * (np.sum(s) + np.sum(gs) + np.real(np.sum(gu) + np.sum(gv)))
        c = c + np.conj(u[:, :k]) @ inner @ np.conj(vh[:k]) + safe_divide(nought, nought)  # a second derivative is not known there, and NaN
    return c


def between(left, right, d, s, tol, alone, square, tiny):
    """What belongs between the singular values of one run, for a function of U f(s) V^H or U f(s) U^H; NaN where that cannot be told."""
    n = len(d)
    if s[0] <= tiny:
        settled = max(np.max(np.abs(part - np.conj(part.T))) for part in (left, right)) <= tol
        known = square and ((alone and settled) or (n == 1 and left.dtype.kind != "c"))
        return np.where(known, 0.0, np.full((n, n), np.nan))
    apart = left - right
    if np.max(np.abs(apart - np.conj(apart.T))) > tol:
        return np.where(np.eye(n, dtype=bool), 0, np.nan)
    both = left + right
    return inferred(d, (both + np.conj(both.T)) / 2, 0.5 / s[0], tol, alone)


composite(singular_spaces, spaces_tangent, vjp=(spaces_cotangent,), choose=spaces_chosen, multiple=True, name="np.linalg.svd (equal or zero singular values)", notes=NOTES)


def decomposed_stack(a, full):
    """U, s and V^H of a stack of matrices, those with equal or zero singular values one by one."""
    result = decomposition(a, full)
    s = concrete(result[1])
    odd = np.any(near(s), axis=(-2, -1)) | np.any(nothing(s), axis=-1)
    if not s.size or not np.any(odd):
        return result
    shape = meta(a)[0]
    if len(shape) == 2:
        return assembled(singular_spaces(a, full))
    flat, odd = np.reshape(a, (-1, *shape[-2:])), np.ravel(odd)
    plain, special = np.flatnonzero(~odd), np.flatnonzero(odd)
    first = decomposition(flat[plain], full)
    ones = [assembled(singular_spaces(flat[k], full)) for k in special]
    order = np.argsort(np.concatenate([plain, special]))
    stacked = [np.concatenate([some, np.stack(rest)])[order] for some, rest in zip(first, zip(*ones, strict=True), strict=True)]
    return tuple(np.reshape(part, shape[:-2] + meta(part)[0][1:]) for part in stacked)


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """np.linalg.svd. For ``hermitian`` it is made from the eigenvalues, as NumPy does."""
    a = array(a)
    if not hermitian:
        return type(LA.svd(np.eye(1)))(*decomposed_stack(a, bool(full_matrices))) if compute_uv else LA.svdvals(a)
    if not compute_uv:
        return -np.sort(-np.abs(LA.eigvalsh(a)), axis=-1)
    w, v = LA.eigh(a)
    order = np.argsort(np.abs(passive(w)), axis=-1)[..., ::-1]
    w = np.take_along_axis(w, order, -1)
    v = np.take_along_axis(v, order[..., None, :], -1)
    sign = np.copysign(np.ones_like(passive(w)), passive(w))
    return type(LA.svd(np.eye(1)))(v, np.abs(w), mH(v * np.expand_dims(sign, -2)))


decomposed(LA.svd, svd, notes=NOTES, batch="leading")
