"""Repeated eigenvalues and singular values: which they are, and what a cotangent can still say of them.

Eigenvectors of equal eigenvalues may be turned among themselves. A function that does not depend on the choice, such as V f(w) V^H, has a derivative
nevertheless, but the derivatives of w and V alone do not determine it: it takes f' between two equal eigenvalues, where dw has only its diagonal.
"""

import warnings

import numpy as np

from ..core.choices import EQUAL
from ..core.deciding import anywhere
from ..core.errors import at_line
from ..core.forward import Dual
from ..core.rows import constant
from ..core.tracer import Tracer, apply, meta, passive
from .products import mT

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


def turn_count(runs, dtype):
    """How many turns among equal values it takes to know a function: a generic one, and those of pairs."""
    return 1 + max(map(rounds, runs)) * (1 + (dtype.kind == "c")) if runs else 0


def rounds(run):
    """How many turns it takes until every two of a run of equal values have been a pair."""
    n = run.stop - run.start
    return n if n > 2 else 1


def pairs(k, runs, size, dtype):
    """The partner of each value in the k-th turn, k = 2, 3, ..., and the factor p of the second one of its pair.

    A run of n goes apart into the pairs (i, j) with i + j = k - 1 modulo n. For complex vectors all turns come once more with p = i.
    """
    partner, phase = np.arange(size), np.ones(size, dtype)
    for run in runs:
        n = run.stop - run.start
        half, j = divmod(k - 2, rounds(run))
        if half < 1 + (dtype.kind == "c"):
            partner[run] = run.start + (j + 1 - np.arange(n)) % n
            phase[run] = 1j if half else 1
    return partner, phase


def turn(k, runs, size, dtype):
    """The unitary matrix of the k-th turn: a generic one, or pairs (v_i + p v_j) / sqrt 2, (v_j - p* v_i) / sqrt 2."""
    q = np.eye(size, dtype=dtype)
    if k == 1:
        for run in runs:
            q[run, run] = generic_turn(run.stop - run.start, dtype)
        return q
    partner, phase = pairs(k, runs, size, dtype)
    for i in np.flatnonzero(partner > np.arange(size)):
        q[np.ix_((i, partner[i]), (i, partner[i]))] = np.sqrt(0.5) * np.array([[1, -np.conj(phase[i])], [phase[i], 1]])
    return q


class Seen(dict):
    """What other choices of a value tell, by number, each found when it is first asked for: ``spins(value, cotangent)`` gives the slopes and more.

    Number 0 is the value itself.
    """

    def __init__(self, spins, y, g, others):
        super().__init__({0: spins(y, g)})
        self.spins, self.others, self.error = spins, others, 0.0

    def __missing__(self, k):
        y, g, error = self.others(k)
        self[k], self.error = self.spins(y, g), np.maximum(self.error, error)
        return self[k]

    def agree(self, misfit):
        """Whether what must be the same is, up to how much equal values differ and to rounding."""
        size = sum(largest(part) for parts in self.values() for part in parts)
        return misfit <= EQUAL * np.finfo(meta(self[0][0])[1]).eps ** 0.75 * size + self.error


def within(runs, size):
    """Which entries lie between equal values."""
    found = np.zeros((size, size), bool)
    for run in runs:
        found[run, run] = ~np.eye(run.stop - run.start, dtype=bool)
    return found


def told_of_equal(seen, runs, size, dtype):
    """K^T of a Hermitian matrix K, between equal values and off the diagonal, and by how much it does not fit.

    The slopes of the values in turn k are the diagonal of Q^H K Q: those of a pair differ by 2 Re(p K_ij). Most functions need no pairs: see `guessed`. What is found
    is tested by a turn that it does not come from.
    """
    first, generic = seen[0][0], seen[1][0]
    if all(passive(part) is part for part in (first, generic)):
        known, misfit = guessed(first, generic, seen[1][1][:size, :size], runs, size, dtype)
        exact = 1e3 * np.finfo(meta(first)[1]).eps * (largest(first) + largest(generic))
        if not anywhere(lambda x: ~(x <= 0), misfit - exact):
            return known, misfit
    known = np.zeros((size, size), dtype)
    for k in range(2, turn_count(runs, dtype) + 1):
        slope, (partner, phase) = seen[k][0], pairs(k, runs, size, dtype)
        side = np.sign(partner - np.arange(size))
        factor = np.where(phase.imag != 0, -1j * np.abs(side), side) if dtype.kind == "c" else side
        known = known + np.eye(size)[partner] * np.expand_dims(factor / 2 * (slope - slope[partner]), -2)
    q = turn(1, runs, size, dtype)
    expected = np.real(np.diagonal(mT(q) @ (np.eye(size) * first + known) @ np.conj(q)))
    return known, sum(largest((generic - expected)[run]) for run in runs)


def guessed(first, slopes, spin, runs, size, dtype):
    """The same of a function of V f(w) V^H or U f(s) V^H alone: its slopes along turns of the vectors are 2 f K^T, so that f' / 2 f follows from the generic turn's diagonals."""
    turned, misfit = np.eye(size) * slopes, 0.0
    spin = (spin + np.conj(mT(spin))) / 2
    for run in runs:
        place = within([run], size)
        d, b = slopes[run], np.real(np.diagonal(spin))[run]
        size_of = np.sum(b * b)
        ratio = np.sum(d * b) / np.where(size_of == 0, 1.0, size_of)
        turned = turned + np.where(place, ratio * spin, 0.0)
        misfit = misfit + largest(d - ratio * b)
    q = turn(1, runs, size, dtype)
    known = np.conj(q) @ turned @ mT(q)
    return np.where(within(runs, size), known, 0.0), misfit + sum(largest((np.real(np.diagonal(known)) - first)[run]) for run in runs)


def largest(x):
    """The largest size of the entries of an array."""
    return np.max(np.abs(passive(x)), initial=0)


def is_uniform(d):
    """Whether all entries are the same, up to rounding."""
    return np.max(np.abs(d - d[0])) <= 1e3 * np.finfo(d.dtype).eps * np.max(np.abs(d))


def warn_of_choice(equal, gw, certain=False, name="np.linalg.eigh", values="eigenvalues", vectors="eigenvector"):
    """Warn where one of several equal eigenvalues is differentiated by itself."""
    if certain or not all(is_uniform(gw[place][run]) for place in np.ndindex(gw.shape[:-1]) for run in groups(equal[place])):
        warnings.warn(f"{name} has repeated {values}{at_line()}: the derivative of a single one of them is that of the {vectors} that was found, which is arbitrary; "
                      "functions that are symmetric in them are right.", RuntimeWarning, stacklevel=2)
