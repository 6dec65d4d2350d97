"""Repeated eigenvalues and singular values: which they are, and what a cotangent can still say of them.

Eigenvectors of equal eigenvalues may be turned among themselves. A function that does not depend on the choice, such as V f(w) V^H, has a derivative
nevertheless, but the derivatives of w and V alone do not determine it: it takes f' between two equal eigenvalues, where dw has only its diagonal.
"""

import warnings

import numpy as np

from ..core.errors import at_line
from ..core.forward import Dual
from ..core.rows import constant
from ..core.tracer import Tracer, apply, passive

LA = np.linalg


def near(w):
    """Which pairs of different eigenvalues are equal, as far as their differences can be told from rounding."""
    gap = np.abs(np.expand_dims(w, -2) - np.expand_dims(w, -1))
    size = np.expand_dims(np.max(np.abs(w), axis=-1, initial=0), (-1, -2))
    return (gap <= np.finfo(w.dtype).eps ** 0.75 * size) & ~np.eye(w.shape[-1], dtype=bool)


def groups(equal):
    """The runs of equal eigenvalues of one matrix, as slices of two or more."""
    return [run for run in pieces(equal) if run.stop - run.start > 1 and equal[run.start, run.start + 1]]


def pieces(equal, alone=()):
    """The runs of equal eigenvalues of one matrix, those marked ``alone``, and the stretches of simple ones between them, as slices."""
    n = len(equal)
    starts = [0]
    for k in range(1, n):
        joined, before, after = equal[k - 1, k], k > 1 and equal[k - 2, k - 1], k + 1 < n and equal[k, k + 1]
        if not joined and (before or after or np.any(alone[k - 1:k + 1])):
            starts.append(k)
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], n], strict=True)]


def slots(runs, equal):
    """The same with a slice for each of several equal ones: a function that does not depend on how they were chosen uses all or none."""
    found = []
    for run in runs:
        several = run.stop - run.start > 1 and equal[run.start, run.start + 1]
        found += [slice(k, k + 1) for k in range(run.start, run.stop)] if several else [run]
    return found


def unused(gs, places, n):
    """Which entries or columns, of pieces at the given places, nobody read."""
    found = np.zeros(n, bool)
    for g, place in zip(gs, places, strict=True):
        found[place] = is_unused(g)
    return found


def is_unused(g):
    """Whether nobody read a result: its cotangent is one 0 for all entries."""
    return not isinstance(g, Tracer) and g.size > 0 and not any(g.strides) and g.flat[0] == 0


def basis_for(a):
    """How to turn eigenvectors inside a rule: by the tangent of the lowest forward level that a is made of, or "generic" where there is none.

    None for a first derivative, which takes them as they are. One of second order is right in any function that is symmetric in
    equal eigenvalues if the first direction does not mix them.
    """
    if not isinstance(a, Tracer) or not isinstance(a._value, Tracer):
        return None
    found = None
    while isinstance(a, Tracer):
        if isinstance(a, Dual):
            found = a._aux
        a = a._value
    return "generic" if found is None else passive(found)


def turned(w, v, basis):
    """Plain eigenvectors of one matrix, those of repeated eigenvalues turned among themselves; as they are where ``basis`` is None."""
    if basis is None:
        return v
    if not isinstance(basis, str):
        return v @ aligned(w, np.conj(v.T) @ ((basis + np.conj(basis.T)) / 2) @ v)
    turn = np.eye(len(w), dtype=v.dtype)
    for run in groups(near(w)):
        turn[run, run] = generic_turn(run.stop - run.start, v.dtype)
    return v @ turn


def beside(m, run):
    """Which entries of M = V^H T V lie beside the diagonal, in the block of a run of equal eigenvalues, and are not rounding."""
    block = np.abs(m[run, run])
    return block - np.diag(np.diag(block)) > np.sqrt(np.finfo(m.dtype).eps) * np.max(np.abs(m))


def aligned(w, m):
    """The unitary matrix that makes the blocks of M = V^H T V between equal eigenvalues diagonal; the identity where they are."""
    if isinstance(m, Tracer):
        return apply(aligned, (w, m), {})
    turn = np.eye(len(w), dtype=m.dtype)
    for run in groups(near(w)):
        if np.any(beside(m, run)):
            turn[run, run] = LA.eigh(m[run, run])[1]
    return turn


def mixed(w, m):
    """Which eigenvectors of equal eigenvalues a direction turns at once, so that they have no derivative in it."""
    if isinstance(m, Tracer):
        return apply(mixed, (w, m), {})
    found = np.zeros(len(w), bool)
    for run in groups(near(w)):
        found[run] = np.any(beside(m, run), axis=0)
    return found


constant(aligned, mixed)


def generic_turn(n, dtype):
    """A fixed unitary matrix without any symmetry, so that what a cotangent has on its diagonal is telling."""
    draws = np.random.default_rng(n).normal(size=(2, n, n))
    return LA.qr(draws[0] + 1j * draws[1] if dtype.kind == "c" else draws[0])[0]


def inferred(d, b, natural, tol, alone=False):
    """What belongs between equal eigenvalues, off the diagonal: f' K_ij, from the diagonal d = f' K_ii and the block b = 2 f K of a function of V f(w) V^H.

    Where the two diagonals are proportional, so are the blocks. ``natural`` is the factor for f(w) = w; ``alone`` says that the function does not use the
    eigenvalues, so that f' = 0. NaN where the block cannot come from such a function, or does not tell: the diagonal is zero, or all its
    entries are the same, so that another function could hide behind the first.
    """
    off = ~np.eye(len(b), dtype=bool)
    diagonal = np.real(np.diag(b))
    ratio = np.nan
    if np.max(np.abs(b - np.conj(b.T))) <= tol:
        if alone:
            ratio = 0.0 if np.max(np.abs(b)) <= tol or (np.ptp(diagonal) > tol and np.max(np.abs(b[off])) > tol) else np.nan
        elif np.all(np.abs(diagonal) > tol):
            ratio = np.dot(d, diagonal) / np.dot(diagonal, diagonal)
            fits = np.max(np.abs(d - ratio * diagonal)) <= 1e3 * tol
            telling = np.ptp(diagonal) > 1e3 * tol or np.max(np.abs(b[off])) <= tol or np.abs(ratio - natural) <= 1e-9 * np.abs(natural)
            ratio = ratio if fits and telling else np.nan
    return np.where(off, ratio * b, 0) if np.isfinite(ratio) else np.where(off, np.nan, 0)


def is_uniform(d):
    """Whether all entries are the same, up to rounding."""
    return np.max(np.abs(d - d[0])) <= 1e3 * np.finfo(d.dtype).eps * np.max(np.abs(d))


def warn_of_choice(equal, gw, certain=False, name="np.linalg.eigh", values="eigenvalues", vectors="eigenvector"):
    """Warn where one of several equal eigenvalues is differentiated by itself."""
    if certain or not all(is_uniform(gw[place][run]) for place in np.ndindex(gw.shape[:-1]) for run in groups(equal[place])):
        warnings.warn(f"{name} has repeated {values}{at_line()}: the derivative of a single one of them is that of the {vectors} that was found, which is arbitrary; "
                      "functions that are symmetric in them are right.", RuntimeWarning, stacklevel=2)
