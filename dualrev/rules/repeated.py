"""Repeated eigenvalues: what a derivative of eigenvectors can still say there.

Eigenvectors of equal eigenvalues may be turned among themselves. A function that does not depend on the choice, such as V f(w) V^H, has a
derivative nevertheless. In forward mode the basis is turned so that the direction does not mix equal eigenvalues, and the usual formula is
right. In reverse mode the cotangents tell the diagonal of the missing block, and its other entries where they belong to one function f;
the basis is turned by a fixed matrix without symmetry, so that entries which happen to agree do not pass for a proof.
"""

import warnings

import numpy as np

from ..core.errors import at_line
from ..core.forward import Dual
from ..core.tracer import Tracer, passive

LA = np.linalg


def near(w):
    """Which pairs of different eigenvalues are equal, as far as their differences can be told from rounding."""
    gap = np.abs(np.expand_dims(w, -2) - np.expand_dims(w, -1))
    size = np.expand_dims(np.max(np.abs(w), axis=-1, initial=0), (-1, -2))
    return (gap <= np.finfo(w.dtype).eps ** 0.75 * size) & ~np.eye(w.shape[-1], dtype=bool)


def groups(equal):
    """The runs of equal eigenvalues of one matrix, as slices of two or more."""
    runs, start = [], 0
    n = len(equal)
    for k in range(1, n + 1):
        if k == n or not equal[k - 1, k]:
            if k - start > 1:
                runs.append(slice(start, k))
            start = k
    return runs


def basis_for(a):
    """How to turn the eigenvectors of repeated eigenvalues: by the tangent of the lowest forward level that a is made of, or "generic" where there is none."""
    found = None
    while isinstance(a, Tracer):
        if isinstance(a, Dual):
            found = a._aux
        a = a._value
    return "generic" if found is None else passive(found)


def turned(w, v, basis):
    """Plain eigenvectors, those of repeated eigenvalues turned among themselves; as they are where ``basis`` is None."""
    equal = near(w)
    if basis is None or not np.any(equal):
        return v
    return v @ (generic_turn(equal, v.dtype) if isinstance(basis, str) else aligned_turn(equal, v, basis))


def generic_turn(equal, dtype):
    """Fixed unitary blocks without any symmetry, so that what a cotangent has on its diagonal is telling."""
    turn = np.zeros(equal.shape, dtype)
    turn[...] = np.eye(equal.shape[-1])
    for place in np.ndindex(equal.shape[:-2]):
        for run in groups(equal[place]):
            n = run.stop - run.start
            draws = np.random.default_rng(n).normal(size=(2, n, n))
            turn[place][run, run] = LA.qr(draws[0] + 1j * draws[1] if turn.dtype.kind == "c" else draws[0])[0]
    return turn


def aligned_turn(equal, v, t):
    """Blocks that make the direction t diagonal among equal eigenvalues."""
    m = np.conj(np.swapaxes(v, -1, -2)) @ ((t + np.conj(np.swapaxes(t, -1, -2))) / 2) @ v
    turn = np.zeros_like(v)
    turn[...] = np.eye(v.shape[-1])
    for place in np.ndindex(equal.shape[:-2]):
        for run in groups(equal[place]):
            block = m[place][run, run]
            if np.max(np.abs(block - np.diag(np.diag(block)))) > np.finfo(v.dtype).eps * np.max(np.abs(m[place])):
                turn[place][run, run] = LA.eigh(block)[1]
    return turn


def completed(equal, gw, bent):
    """What belongs between equal eigenvalues in the cotangent of a Hermitian matrix, in the basis of its eigenvectors.

    For L(V f(w) V^H) the entries of ``bent`` = V^T gV there are 2 f K and those of gw are f' K_ii: where the two are proportional, the missing
    entries f' K_ij are known. NaN where they are not, or where V is used in a way that depends on the choice of eigenvectors.
    """
    out = np.zeros(bent.shape, bent.dtype)
    for place in np.ndindex(gw.shape[:-1]):
        size = max(np.max(np.abs(bent[place])), np.max(np.abs(gw[place])))
        for run in groups(equal[place]):
            off = ~np.eye(run.stop - run.start, dtype=bool)
            out[place][run, run] = np.where(off, between(gw[place][run], bent[place][run, run], 1e3 * np.finfo(gw.dtype).eps * size), 0)
    return out


def between(d, b, tol):
    """The entries f' K_ij of one block, from the diagonal f' K_ii and the block 2 f K."""
    diagonal = np.real(np.diag(b))
    if np.max(np.abs(b - np.conj(b.T))) > tol or (np.max(np.abs(diagonal)) <= tol and max(np.max(np.abs(d)), np.max(np.abs(b))) > tol):
        return np.nan
    if np.max(np.abs(b)) <= tol:
        return 0.0
    ratio = np.dot(d, diagonal) / np.dot(diagonal, diagonal)
    if np.max(np.abs(d - ratio * diagonal)) > 1e3 * tol:
        return np.nan
    return ratio * b


def warn_of_choice(equal, gw):
    """Warn where one of several equal eigenvalues is differentiated by itself."""
    for place in np.ndindex(gw.shape[:-1]):
        for run in groups(equal[place]):
            d = gw[place][run]
            if np.max(np.abs(d - d[0])) > 1e3 * np.finfo(d.dtype).eps * np.max(np.abs(d)):
                _warn("the derivative of one of several equal eigenvalues is that of the eigenvector that was found, which is arbitrary")
                return


def _warn(what):
    warnings.warn(f"np.linalg.eigh has repeated eigenvalues{at_line()}: {what}.", RuntimeWarning, stacklevel=2)
