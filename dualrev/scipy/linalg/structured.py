"""Linear systems whose matrices are given by their diagonals."""

import numpy as np
import scipy.linalg as LA

from ...core.rows import decomposed, multilinear
from ...core.tracer import meta
from ...rules.products import array
from ..mirror import dispatched, mirror
from .builders import toeplitz_of
from .solvers import solver


def band_product(ab, x, low, high):
    """The product of a matrix in diagonal order, ab[high + i - j, j] = A[i, j], with a matrix."""
    n = meta(ab)[0][-1]
    total = 0.0
    for k in range(max(-low, 1 - n), min(high, n - 1) + 1):  # the k-th diagonal
        part = np.expand_dims(ab[..., high - k, :], -1) * x
        part = part[..., k:, :] if k >= 0 else part[..., :k, :]
        edge = np.zeros((*meta(part)[0][:-2], abs(k), meta(part)[0][-1]), meta(part)[1])
        total = total + np.concatenate([part, edge] if k >= 0 else [edge, part], axis=-2)
    return total


def turned_band(ab, low, high):
    """The transpose in diagonal order, with high and low exchanged."""
    return np.stack([np.roll(ab[..., high + low - r, :], low - r, -1) for r in range(low + high + 1)], axis=-2)


@dispatched
def banded(ab, b, low, high, finite):
    """A^-1 b."""
    return LA.solve_banded((low, high), ab, b, check_finite=finite)


solver(banded, lambda t, x, ab, low, high, finite: band_product(t, x, low, high), lambda g, ab, low, high, finite: banded(turned_band(ab, low, high), g, high, low, finite),
       name="scipy.linalg.solve_banded (one array each)")
solve_banded = mirror(LA.solve_banded)
decomposed(solve_banded, lambda l_and_u, ab, b, check_finite=True: banded(array(ab), array(b), *l_and_u, check_finite))


def whole_band(ab, lower):
    """All diagonals of a Hermitian matrix that is given by half of them."""
    width = meta(ab)[0][-2] - 1
    own = ab[..., 1:, :] if lower else ab[..., :-1, :]
    middle = np.real(ab[..., :1, :] if lower else ab[..., -1:, :])
    if lower:
        other = [np.roll(np.conj(own[..., k - 1, :]), k, -1) for k in range(width, 0, -1)]
        return np.concatenate([*(np.expand_dims(part, -2) for part in other), middle, own], axis=-2)
    other = [np.roll(np.conj(own[..., width - k, :]), -k, -1) for k in range(1, width + 1)]
    return np.concatenate([own, middle, *(np.expand_dims(part, -2) for part in other)], axis=-2)


@dispatched
def hermitian_banded(ab, b, lower, finite):
    """A^-1 b for a positive A."""
    return LA.solveh_banded(ab, b, lower=lower, check_finite=finite)


def hermitian_action(t, x, ab, lower, finite):
    """dA x."""
    width = meta(ab)[0][-2] - 1
    return band_product(whole_band(t, lower), x, width, width)


solver(hermitian_banded, hermitian_action, lambda g, ab, lower, finite: np.conj(hermitian_banded(ab, np.conj(g), lower, finite)),
       name="scipy.linalg.solveh_banded (one array each)")
solveh_banded = mirror(LA.solveh_banded)
decomposed(solveh_banded, lambda ab, b, lower=False, check_finite=True: hermitian_banded(array(ab), array(b), lower, check_finite))


def ends(v):
    """The first column and the first row of the Toeplitz matrix whose entries are v, from its upper right corner to its lower left one."""
    n = (meta(v)[0][-1] + 1) // 2
    return v[..., n - 1:], np.flip(v[..., :n], -1)


@dispatched
def toeplitz_solution(v, b, finite):
    """T^-1 b."""
    return LA.solve_toeplitz(ends(v), b, check_finite=finite)


solver(toeplitz_solution, lambda t, x, v, finite: toeplitz_of(*ends(t)) @ x, lambda g, v, finite: toeplitz_solution(np.flip(v, -1), g, finite),
       name="scipy.linalg.solve_toeplitz (one array each)")


def diagonals(c_or_cr):
    """What a Toeplitz matrix is made of, from its upper right corner to its lower left one."""
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    c = array(c)
    r = np.conj(c) if r is None else array(r)
    return np.concatenate([np.flip(r[..., 1:], -1), c], axis=-1)


solve_toeplitz = mirror(LA.solve_toeplitz)
decomposed(solve_toeplitz, lambda c_or_cr, b, check_finite=True: toeplitz_solution(diagonals(c_or_cr), array(b), check_finite))


@dispatched
def toeplitz_product(v, x, n):
    """T x for the T of n rows."""
    m = meta(v)[0][-1] - n
    return LA.matmul_toeplitz((v[..., m:], np.flip(v[..., :m + 1], -1)), x)


def in_diagonals(g, v, x, n):
    """The sums of g_i x_j along the diagonals, which are a correlation."""
    g, x = (np.reshape(part, (meta(part)[0][0], -1)) for part in (g, x))
    m = meta(x)[0][0]
    wide = np.concatenate([np.zeros((m - 1, meta(g)[0][1]), meta(g)[1]), g, np.zeros((m - 1, meta(g)[0][1]), meta(g)[1])])
    windows = wide[np.arange(n + m - 1)[:, None] + np.arange(m)]
    return np.einsum("kjc,jc->k", windows, x)


multilinear(toeplitz_product, in_diagonals, lambda g, v, x, n: toeplitz_product(np.flip(v, -1), g, meta(v)[0][-1] - n + 1), None,
            name="scipy.linalg.matmul_toeplitz (one array each)")
matmul_toeplitz = mirror(LA.matmul_toeplitz)


def matmul_toeplitz_body(c_or_cr, x, check_finite=False, workers=None):
    """scipy.linalg.matmul_toeplitz."""
    v, c = diagonals(c_or_cr), c_or_cr[0] if isinstance(c_or_cr, tuple) else c_or_cr
    return toeplitz_product(v, array(x), len(c))


decomposed(matmul_toeplitz, matmul_toeplitz_body)
