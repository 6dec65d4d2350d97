"""Eigenvalues and eigenvectors of Hermitian matrices, which are what NumPy finds: tracing turns none.

Where eigenvalues repeat, the eigenvectors of each come as an output of their own, so that a cotangent tells which of them were used at all, and the
rules keep a second basis U to themselves: derivatives of second order of functions of the eigenvalues need it turned.
"""

import numpy as np

from ..core.rows import composite, decomposed
from ..core.tracer import Tracer, apply, concrete, meta, passive
from .arithmetic import safe_divide
from .factorisations import hermitian_of, hermitian_transpose, mH
from .products import array, mT
from .repeated import (
    Seen,
    aligned,
    basis_for,
    groups,
    inferred,
    is_uniform,
    is_unused,
    largest,
    mixed,
    near,
    pieces,
    slots,
    told_of_equal,
    turn,
    turned,
    unused,
    warn_of_choice,
    within,
)

LA = np.linalg


def spectral(a, uplo, solver=LA.eigh):
    """np.linalg.eigh, or another function that finds the same."""
    return apply(spectral, (a, uplo, solver), {}) if isinstance(a, Tracer) else solver(a, uplo)


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


def spectral_tangent(t, y, a, uplo, solver=None):
    """dw = diag(M), dV = V (F * M) with M = V^H T V and F_ij = 1 / (w_j - w_i)."""
    w, v = y
    m = mH(v) @ hermitian_of(t, a, uplo == "L") @ v
    return np.real(np.diagonal(m, 0, -2, -1)), v @ (inverse_gaps(w) * m)


def diagonal_of(gw):
    """A stack of diagonal matrices."""
    return np.expand_dims(gw, -1) * np.eye(meta(gw)[0][-1], dtype=meta(gw)[1])


def spectral_cotangent(g, y, a, uplo, solver=None):
    """conj(V) (diag(gw) + F * (V^T gV)) V^T, Hermitian."""
    w, v = y
    gw, gv = g
    if is_unused(gv):
        return hermitian_transpose((np.conj(v) * np.expand_dims(gw, -2)) @ mT(v), a, uplo == "L")
    return hermitian_transpose(np.conj(v) @ (diagonal_of(gw) + inverse_gaps(w) * (mT(v) @ gv)) @ mT(v), a, uplo == "L")


GAUGE = "Hermitian cotangent; complex eigenvectors in the gauge v^H dv = 0; repeated eigenvalues: see docs/conventions.md"
composite(spectral, spectral_tangent, vjp=(spectral_cotangent,), multiple=True, batch="leading", name="np.linalg.eigh (simple eigenvalues)", notes=GAUGE)


def eigenspaces(a, uplo, basis, closed, solver=LA.eigh):
    """np.linalg.eigh of one matrix, w and V in pieces, and last a basis turned for the rules.

    ``closed`` says that the eigenvalues are among what the function uses, if it uses any.
    """
    if isinstance(a, Tracer) or isinstance(basis, Tracer):
        return apply(eigenspaces, (a, uplo, basis, closed, solver), {})
    w, v = solver(a, uplo)
    runs = places_of(near(w))
    return (*(w[run] for run in runs), *(v[:, run] for run in runs), turned(w, v, basis))


def places_of(equal):
    """The slices in which eigenvalues and eigenvectors come."""
    return slots(pieces(equal), equal)


def assembled(parts):
    """w, V and U from the pieces."""
    n = len(parts) // 2
    return np.concatenate(parts[:n]), np.concatenate(parts[n:-1], axis=-1), parts[-1]


def eigenspaces_tangent(t, y, a, uplo, basis, closed, solver=None):
    """dw = diag(U^H T U) and dV, which is NaN for equal eigenvalues unless the direction leaves their eigenvectors alone."""
    w, v, u = assembled(y)
    h = hermitian_of(t, a, uplo == "L")
    inverse, equal = inverse_gaps(w), near(passive(w))
    m = mH(v) @ h @ v
    lost = mixed(passive(w), passive(m))
    dv = v @ (inverse * m) + np.where(lost, np.nan, 0.0).astype(meta(w)[1])
    if basis is None:
        dw, du = np.real(np.diagonal(m)), dv
        if closed:
            warn_of_choice(concrete(equal), passive(dw), np.any(lost))
    else:
        m = mH(u) @ h @ u
        plain = np.abs(concrete(m))
        tol = np.sqrt(np.finfo(plain.dtype).eps) * np.max(plain, initial=0)
        dw, du = np.real(np.diagonal(m)), u @ (inverse * m + np.where(concrete(equal) & (plain > tol), np.nan, 0.0).astype(plain.dtype))
    runs = places_of(concrete(equal))
    return (*(dw[run] for run in runs), *(dv[:, run] for run in runs), du)


def eigenspaces_chosen(t, y, a, uplo, basis, closed, solver=None):
    """The eigenvectors that a direction does not turn: those which make U^H T U diagonal between equal eigenvalues (Rellich)."""
    if basis is not None or isinstance(y[0], Tracer):
        return y
    w, v, _ = assembled(y)
    m = mH(v) @ hermitian_of(t, a, uplo == "L") @ v
    if not isinstance(m, Tracer) and not np.any(mixed(w, m)):
        return y
    v = v @ aligned(w, m)
    runs = places_of(near(w))
    return (*(w[run] for run in runs), *(v[:, run] for run in runs), v)


def eigenspaces_cotangent(g, y, a, uplo, basis, closed, solver=None):
    """The transpose, and between equal eigenvalues what the cotangents tell; NaN where they do not."""
    w, v, u = assembled(y)
    gw, gv, gu = assembled(g)
    equal = near(passive(w))
    several = groups(concrete(equal))
    places = places_of(concrete(equal))
    n = len(places)
    unused_w, unused_v = (unused(part, places, meta(w)[0][0]) for part in (g[:n], g[n:-1]))
    used = not all(np.all(unused_v[run]) for run in several)
    inner_use = not is_unused(g[-1])
    if not used and not inner_use:
        warn_of_choice(concrete(equal), concrete(gw))
    uneven = not inner_use and not all(is_uniform(concrete(gw)[run]) for run in groups(concrete(equal)))
    frame = v if used or uneven else u
    bent = mT(frame) @ (gv if used or not inner_use else gv + gu)
    inner = diagonal_of(gw)
    if not (is_unused(g[-1]) and np.all(unused_v)):
        inner = inner + inverse_gaps(w) * bent
    known = np.zeros(bent.shape, meta(bent)[1])
    d, b = concrete(gw), concrete(bent)
    tol = 1e3 * np.finfo(d.dtype).eps * max(np.max(np.abs(d)), np.max(np.abs(b)))
    for run in several:
        if used and not np.all(unused_v[run]):
            place, partly = concrete(w)[run.start], np.any(unused_v[run]) or np.any(unused_w[run] != unused_w[run.start])
            known[run, run] = np.nan if inner_use or partly else inferred(d[run], b[run, run], 0.5 / place if place else np.inf, tol, unused_w[run][0])
        elif inner_use:
            known[run, run] = completed(d[run], b[run, run], tol, closed, not isinstance(basis, str))
    if np.any(known) or used:
        inner = inner + known
    if used or inner_use:  # the next derivative is not known there, and NaN
        nought = 0.0 * (bent + np.expand_dims(gw, -1))
        inner = inner + np.where(equal, safe_divide(nought, nought), 0.0)
    c = np.conj(frame) @ inner @ mT(frame)
    if used and inner_use:
        c = c + np.conj(u) @ (inverse_gaps(w) * (mT(u) @ gu)) @ mT(u)
    return hermitian_transpose(c, a, uplo == "L")


def eigenspaces_turned(k, y, a, uplo, basis, closed, solver=None):
    """The k-th other choice of eigenvectors."""
    if basis is not None:
        return y
    w, v, _ = assembled(y)
    equal = concrete(near(passive(w)))
    v = v @ turn(k, groups(equal), meta(w)[0][0], meta(v)[1])
    places = places_of(equal)
    return (*(w[run] for run in places), *(v[:, run] for run in places), v)


def eigenspaces_told(others, g, y, a, uplo, basis, closed, solver=None):
    """The transpose, and between equal eigenvalues what those of other choices tell; NaN for a function that depends on the choice."""
    w, v, _ = assembled(y)
    equal = concrete(near(passive(w)))
    several, places, size, dtype = groups(equal), places_of(equal), meta(w)[0][0], meta(v)[1]
    n = len(places)
    unused_v = unused(g[n:-1], places, size)
    used = [run for run in several if not (np.all(unused_v[run]) and is_unused(g[-1]))]
    if basis is not None or not closed or not used:
        return eigenspaces_cotangent(g, y, a, uplo, basis, closed, solver)
    seen = Seen(spins, y, g, others)
    known, misfit = told_of_equal(seen, used, size, dtype)
    between = within(used, size)
    misfit = misfit + sum(largest(np.where(between, bent - mH(bent), 0.0)) for _, bent in seen.values())
    known = np.where(between & ~seen.agree(misfit), np.nan, known)
    return hermitian_transpose(np.conj(v) @ (diagonal_of(seen[0][0]) + inverse_gaps(w) * seen[0][1] + known) @ mT(v), a, uplo == "L")


def spins(y, g):
    """The slopes of the eigenvalues, and V^T gV: the slopes along turns of the eigenvectors, which is Hermitian where these change nothing."""
    gw, gv, gu = assembled(g)
    return gw, mT(assembled(y)[1]) @ (gv + gu)


def completed(d, b, tol, closed, aligned):
    """The entries between equal eigenvalues in the basis U, turned so that diagonals are telling, or ``aligned`` so that they are all there is."""
    off = ~np.eye(len(b), dtype=bool)
    if np.max(np.abs(b[off])) <= tol:
        return 0.0 if aligned or is_uniform(d) else np.where(off, np.nan, 0.0)
    diagonal = np.real(np.diag(b))
    if np.max(np.abs(b - np.conj(b.T))) > tol or not closed or np.max(np.abs(diagonal)) <= tol:
        return np.where(off, np.nan, 0.0)
    ratio = np.dot(d, diagonal) / np.dot(diagonal, diagonal)
    return np.where(off, ratio * b if np.max(np.abs(d - ratio * diagonal)) <= 1e3 * tol else np.nan, 0)


composite(eigenspaces, eigenspaces_tangent, vjp=(eigenspaces_cotangent,), choose=eigenspaces_chosen, turn=eigenspaces_turned, told=eigenspaces_told,
          multiple=True, name="np.linalg.eigh (repeated eigenvalues)", notes=GAUGE)


def parts_of(a, uplo, closed=True, solver=LA.eigh):
    """w, V and the basis U for rules, of a stack of matrices."""
    w, v = spectral(a, uplo, solver)
    equal = near(passive(w))
    if not np.any(equal):
        return w, v, v
    shape = meta(a)[0]
    if len(shape) == 2:
        return assembled(eigenspaces(a, uplo, basis_for(a), closed, solver))
    flat = np.reshape(a, (-1, *shape[-2:]))
    odd = np.ravel(np.any(concrete(equal), axis=(-2, -1)))
    plain, special = np.flatnonzero(~odd), np.flatnonzero(odd)
    w, v = spectral(flat[plain], uplo, solver)
    ones = [parts_of(flat[k], uplo, closed, solver) for k in special]
    order = np.argsort(np.concatenate([plain, special]))
    stacked = [np.concatenate([first, np.stack(rest)])[order] for first, rest in zip((w, v, v), zip(*ones, strict=True), strict=True)]
    return tuple(np.reshape(part, shape[:-2] + meta(part)[0][1:]) for part in stacked)


def eigh(a, UPLO="L"):
    """np.linalg.eigh."""
    w, v, _ = parts_of(array(a), UPLO.upper())
    return type(LA.eigh(np.eye(1)))(w, v)


decomposed(LA.eigh, eigh, notes=GAUGE, batch="leading")
decomposed(LA.eigvalsh, lambda a, UPLO="L": parts_of(array(a), UPLO.upper())[0], notes="Hermitian cotangent", batch="leading")
