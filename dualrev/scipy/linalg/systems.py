"""Linear systems with matrices in full: solve, solve_triangular, and those of factors that are known."""

import numpy as np
import scipy.linalg as LA

from ...core.rows import constant, decomposed
from ...core.tracer import meta
from ...rules.factorisations import hermitian_of, mH
from ...rules.products import array, mT
from ..mirror import dispatched, mirror
from .solvers import solver

TURNED = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}


def symmetric_of(t, a, lower):
    """The symmetric matrix, real or complex, that a tangent stands for where SciPy reads one triangle."""
    if meta(a)[1].kind != "c":
        return hermitian_of(t, a, lower)
    part = np.tril(t, -1) if lower else np.triu(t, 1)
    return part + mT(part) + t * np.eye(meta(t)[0][-1])


def read_of(t, a, kind, lower):
    """What SciPy reads of a matrix of the kind ``assume_a``."""
    if kind in ("sym", "symmetric"):
        return symmetric_of(t, a, lower)
    if kind in ("her", "hermitian", "pos", "positive definite"):
        return hermitian_of(t, a, lower)
    low, high = {"diagonal": (0, 0), "tridiagonal": (-1, 1), "upper triangular": (0, None), "lower triangular": (None, 0)}.get(kind, (None, None))
    t = t if low is None else np.triu(t, low)
    return t if high is None else np.tril(t, high)


@dispatched
def solution(a, b, lower, kind, transposed, finite):
    """A^-1 b, or A^-T b."""
    return LA.solve(a, b, lower=lower, assume_a=kind, transposed=transposed, check_finite=finite) if kind else LA.solve(a, b, transposed=transposed, check_finite=finite)


def solution_action(t, x, a, lower, kind, transposed, finite):
    """The part of dA that is read, times x."""
    t = read_of(t, a, kind, lower)
    return (mT(t) if transposed else t) @ x


solver(solution, solution_action, lambda g, a, lower, kind, transposed, finite: solution(mT(a), g, not lower, TURNED.get(kind, kind), transposed, finite),
       name="scipy.linalg.solve (one array each)")
solve = mirror(LA.solve)
decomposed(solve, lambda a, b, lower=False, check_finite=True, assume_a=None, transposed=False: solution(array(a), array(b), lower, assume_a, transposed, check_finite),
           notes="assume_a: where one triangle is read the cotangent is Hermitian if the matrix is, otherwise of that triangle")

LETTERS = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}


def turned(m, trans):
    """M, its transpose or its conjugate transpose."""
    return (m, mT(m), mH(m))[trans] if trans else m


def adjoint_of(f):
    """The transposed system of one that may be transposed itself: M^T, M, and conj(M) for M^H."""
    def adjoint(g, a, trans, *rest):
        return np.conj(f(a, np.conj(g), 0, *rest)) if trans == 2 else f(a, g, 1 - trans, *rest)

    return adjoint


@dispatched
def triangular(a, b, trans, lower, unit, finite):
    """T^-1 b, where T is a triangle of A, or its (conjugate) transpose."""
    return LA.solve_triangular(a, b, trans, lower, unit, check_finite=finite)


def triangular_action(t, x, a, trans, lower, unit, finite):
    """The triangle of dA that is read, times x."""
    return turned(np.tril(t, -1 if unit else 0) if lower else np.triu(t, 1 if unit else 0), trans) @ x


solver(triangular, triangular_action, adjoint_of(triangular), name="scipy.linalg.solve_triangular (one array each)")
solve_triangular = mirror(LA.solve_triangular)
decomposed(solve_triangular, lambda a, b, trans=0, lower=False, unit_diagonal=False, check_finite=True:
           triangular(array(a), array(b), LETTERS[trans], lower, unit_diagonal, check_finite))


@dispatched
def by_cholesky(c, b, lower, finite):
    """(L L^H)^-1 b, where L, or L^H, is a triangle of c."""
    return LA.cho_solve((c, lower), b, check_finite=finite)


def cholesky_action(t, x, c, lower, finite):
    """(dL L^H + L dL^H) x."""
    part, moved = (np.tril(c), np.tril(t)) if lower else (mH(np.triu(c)), mH(np.triu(t)))
    return moved @ (mH(part) @ x) + part @ (mH(moved) @ x)


solver(by_cholesky, cholesky_action, lambda g, c, lower, finite: np.conj(by_cholesky(c, np.conj(g), lower, finite)), name="scipy.linalg.cho_solve (one array each)")
cho_solve = mirror(LA.cho_solve)
decomposed(cho_solve, lambda c_and_lower, b, check_finite=True: by_cholesky(array(c_and_lower[0]), array(b), c_and_lower[1], check_finite))


@dispatched
def order_of(pivots):
    """The order of the rows of A that the exchanges of LAPACK lead to: A[order] = L U."""
    pivots = np.asarray(pivots)
    order = np.array(np.broadcast_to(np.arange(pivots.shape[-1]), pivots.shape))
    for i in range(pivots.shape[-1]):
        other = pivots[..., i:i + 1]
        first, second = order[..., i:i + 1].copy(), np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, first, -1)
        order[..., i:i + 1] = second
    return order


constant(order_of, notes="row numbers")


@dispatched
def by_lu(lu, b, trans, pivots, finite):
    """A^-1 b, A^-T b or A^-H b by the factors of A."""
    return LA.lu_solve((lu, pivots), b, trans, check_finite=finite)


def unit_lower(lu):
    """L of packed factors."""
    return np.tril(lu, -1) + np.eye(meta(lu)[0][-1], dtype=meta(lu)[1])


def lu_action(t, x, lu, trans, pivots, finite):
    """P (dL U + L dU) x."""
    moved = np.tril(t, -1) @ np.triu(lu) + unit_lower(lu) @ np.triu(t)
    back = np.expand_dims(np.argsort(order_of(pivots), axis=-1), -1)
    return turned(np.take_along_axis(moved, back, -2), trans) @ x


solver(by_lu, lu_action, adjoint_of(by_lu), name="scipy.linalg.lu_solve (one array each)")
lu_solve = mirror(LA.lu_solve)
decomposed(lu_solve, lambda lu_and_piv, b, trans=0, check_finite=True: by_lu(array(lu_and_piv[0]), array(b), trans, lu_and_piv[1], check_finite))
