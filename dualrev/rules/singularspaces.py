"""The spaces of singular vectors of equal or zero singular values.

They come in pieces, so that a cotangent tells which of them were used at all.
"""

import numpy as np

from ..core.rows import constant
from ..core.tracer import Tracer, apply, concrete, meta, passive
from .arithmetic import safe_divide
from .factorisations import mH
from .products import mT
from .repeated import inferred, is_unused, near, pieces, slots, unused, warn_of_choice
from .singularvectors import nothing, plain_cotangent, plain_tangent

LA = np.linalg


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
    left, right = frames(y)
    lost = unsettled(plain, passive(mH(left) @ t @ right))
    if not isinstance(lost, Tracer) and np.any(lost):
        warn_of_choice(near(plain), concrete(ds), False, "np.linalg.svd", "singular values", "vectors")
    nan = np.where(lost, np.nan, 0.0).astype(plain.dtype)
    du = du + nan[: meta(u)[0][1]]
    dvh = dvh + np.expand_dims(nan[: meta(vh)[0][0]], -1)
    runs = runs_of(plain)
    runs, k = slots(runs, alike(plain)), len(plain)
    return (*(du[:, run] for run in runs), *(ds[run] for run in runs), *(dvh[run] for run in runs), du[:, k:], dvh[k:])


def complete(basis):
    """Orthonormal columns, and as many more as make them a basis."""
    if isinstance(basis, Tracer):
        return apply(complete, (basis,), {})
    k = basis.shape[1]
    return basis if k == len(basis) else np.concatenate([basis, LA.qr(basis, mode="complete")[0][:, k:]], axis=1)


def frames(y):
    """The columns of U and V among which equal and zero singular values leave a choice: if there are zeros, those that belong to no singular value too."""
    u, s, vh = assembled(y)
    return (complete(passive(u)), complete(passive(mH(vh)))) if nothing(concrete(s))[-1:].any() else (u, mH(vh))


def unsettled(s, m):
    """Which singular vectors have no derivative in a direction with M = U^H T V, those beyond the last singular value included.

    Those of equal values, if the Hermitian part of their block of M is not diagonal; those of zeros, if theirs, that of the vectors beyond included, is not
    diagonal and positive.
    """
    if isinstance(m, Tracer):
        return apply(unsettled, (s, m), {})
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
        found[run] = np.any(np.abs(off) > tol) or (zero and np.any(np.abs(d - np.abs(d)) > tol))
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


constant(complete, turns, unsettled)


def spaces_chosen(t, y, a, full):
    """The singular vectors that a direction leaves alone."""
    if isinstance(y[0], Tracer):
        return y
    u, s, vh = assembled(y)
    left, right = frames(y)
    m = mH(left) @ t @ right
    if not isinstance(m, Tracer) and not np.any(unsettled(s, m)):
        return y
    p, q = turns(s, m)
    return in_pieces((left @ p)[:, :meta(u)[0][1]], s, mH(right @ q)[:meta(vh)[0][0]])


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
