"""Eigenvectors of many symmetric tridiagonal matrices, one a column, whose eigenvalues are nearly known; and how both move with a parameter.

A - value is factorised from both ends. The factors meet where the eigenvector is large, it follows from there by ratios, and the negative pivots tell its place.
I. S. Dhillon, B. N. Parlett, Orthogonal eigenvectors and relative gaps, SIAM Journal on Matrix Analysis and Applications 25 (2004), section 2;
T. Kato, Perturbation Theory for Linear Operators (1966), chapter 2.
"""

from typing import Any, NamedTuple

import numpy as np

from ..core.errors import NoRuleError, at_line

PASSES, DENSE = 4, 64  # factorisations that are tried for a value; dense matrices at a time


class Eigenpair(NamedTuple):
    """An eigenvalue and its vector of norm 1; the pivots and the ratios from both ends, and which rows are on this side of the meeting from there."""

    value: Any
    vector: Any
    pivots: Any
    ratios: Any
    own: Any

    def solved(self, rest):
        """Of (A - value) u = rest, which is at right angles to the vector, the solution that is so too."""
        u = both(rest)
        for before, now, ratio in zip(u, u[1:], self.ratios, strict=False):
            now -= ratio * before
        u = np.where(self.own, u / self.pivots, 0.0)
        for before, now, ratio in zip(u[:0:-1], u[-2::-1], self.ratios[::-1], strict=True):
            now -= ratio * before
        u = u[:, 0] + u[::-1, 1]
        return u - self.vector * np.sum(self.vector * u, axis=0)


def both(rows):
    """Rows from the first to the last, and beside them from the last to the first."""
    beside = np.empty((len(rows), 2, *rows.shape[1:]), rows.dtype)
    beside[:, 0], beside[:, 1] = rows, rows[::-1]
    return beside


def factorised(diagonal, side, value):
    """The eigenpair next to a value, how far it is from there, and its place; for matrices with these rows of the diagonal and beside it."""
    d = diagonal - value
    pivots, beside = both(d), both(side)
    for before, now, square in zip(pivots, pivots[1:], beside * beside, strict=False):
        now -= square / before
    lack = pivots[:, 0] + pivots[::-1, 1] - d
    size = np.abs(lack)
    reached = np.logical_or.accumulate(size == np.minimum.reduce(size), axis=0)
    own = np.zeros(pivots.shape, bool)
    own[:, 0], own[-2::-1, 1] = ~reached, reached[:-1]
    met = reached & ~own[::-1, 1]
    ratios = np.where(own[:-1], beside / pivots[:-1], 0.0)
    parts = own.astype(d.dtype)
    parts[:-1] *= np.multiply.accumulate(np.where(own[:-1], -ratios, 1.0)[::-1], axis=0)[::-1]
    vector = parts[:, 0] + parts[::-1, 1] + met
    square = 1 / np.add.reduce(vector * vector)
    move = np.add.reduce(np.where(met, lack, 0.0)) * square
    return Eigenpair(value + move, vector * np.sqrt(square), pivots, ratios, own), move, np.add.reduce((pivots < 0) & own, axis=(0, 1), dtype=int)


def eigenpair(diagonal, side, near, place):
    """The eigenpair that is at its place in ascending order; ``near`` is a value next to it, or another number where nothing better is known."""
    value, kind = near, np.finfo(diagonal.dtype)
    for i in range(2 * PASSES):
        found, move, at = factorised(diagonal, side, value)
        small = 32 * kind.eps * (np.abs(value) + np.abs(side[-1])) + kind.tiny
        good = (at == place) & (np.abs(move) <= small)
        if good.all():
            return found
        better = searched(diagonal, side, value, place, good) if i == PASSES else np.where(np.isfinite(move), found.value, value + small / 8)  # off a pivot that is 0
        value = np.where(good, value, better)
    raise NoRuleError(f"a characteristic value has no derivative rule here{at_line()}: it cannot be told from its neighbour.")


def searched(diagonal, side, value, place, good):
    """The eigenvalues by a dense matrix, where they are not known yet."""
    value = np.array(value)
    wanted = np.flatnonzero(~good)
    diagonal, side, place = (np.broadcast_to(a, (*a.shape[:-1], len(value))) for a in (diagonal, side, place))
    for start in range(0, len(wanted), DENSE):
        part = wanted[start: start + DENSE]
        a = np.zeros((len(part), len(diagonal), len(diagonal)))
        rows = np.arange(len(diagonal))
        a[:, rows, rows] = diagonal[:, part].T
        a[:, rows[1:], rows[:-1]] = side[:, part].T
        value[part] = np.take_along_axis(np.linalg.eigvalsh(a), place[part, None], -1)[:, 0]
    return value


def moved(pair, steps, count, whole=False):
    """The Taylor coefficients up to the given one of the eigenvalue, and of the vector those before it, or all; ``steps`` apply the matrix's, from the first on."""
    values, vectors = [pair.value], [pair.vector]
    for k in range(1, count + 1):
        rest = -sum(step(vectors[k - 1 - i]) for i, step in enumerate(steps[:k]))
        values.append(-np.add.reduce(pair.vector * rest))
        if k < count or whole:
            vectors.append(pair.solved(rest + sum(values[i] * vectors[k - i] for i in range(1, k + 1))))
    return values, vectors
