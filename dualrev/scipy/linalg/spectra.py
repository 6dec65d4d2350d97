"""Eigenvalues and singular values: those of NumPy's functions, found by SciPy, and the generalised Hermitian problem."""

import numpy as np
import scipy.linalg as LA

from ...core.errors import NoRuleError, at_line
from ...core.rows import composite, decomposed
from ...core.tracer import concrete, meta, passive
from ...rules.eigenvectors import GAUGE, inverse_gaps, parts_of
from ...rules.factorisations import hermitian_of, mH
from ...rules.leastsquares import fitted
from ...rules.products import array
from ...rules.repeated import near, warn_of_choice
from ...rules.singularvectors import NOTES
from ..mirror import dispatched, mirror


class Solver:
    """Finds eigenvalues and eigenvectors of a Hermitian matrix by one of SciPy's drivers."""

    def __init__(self, driver):
        self.driver = driver
        self.__name__ = f"scipy.linalg.eigh{f' ({driver})' if driver else ''}"

    def __call__(self, a, uplo):
        return LA.eigh(a, lower=uplo == "L", driver=self.driver)

    def __eq__(self, other):
        return isinstance(other, Solver) and other.driver == self.driver

    def __hash__(self):
        return hash(self.driver)


@dispatched
def pencil(a, b, lower):
    """w and V with A V = B V diag(w) and V^H B V = 1."""
    return LA.eigh(a, b, lower=lower)


def pencil_tangent(i):
    """dw = diag(M) and dV = V (F * M) - V diag(N) / 2, with M = V^H (dA - dB w) V, F_ij = 1 / (w_j - w_i) and N = V^H dB V."""
    def tangent(t, y, a, b, lower):
        w, v = y
        m = mH(v) @ hermitian_of(t, b if i else a, lower) @ v
        warn_of_choice(near(concrete(w)), np.real(np.diagonal(concrete(m), 0, -2, -1)), name="scipy.linalg.eigh")
        if not i:
            return np.real(np.diagonal(m, 0, -2, -1)), v @ (inverse_gaps(w) * m)
        moved = np.expand_dims(np.real(np.diagonal(m, 0, -2, -1)), -2)
        return -w * moved[..., 0, :], -(v @ (inverse_gaps(w) * m * np.expand_dims(w, -2))) - v * (moved / 2)

    return tangent


composite(pencil, pencil_tangent(0), pencil_tangent(1), multiple=True, name="scipy.linalg.eigh (of two matrices)",
          notes="simple eigenvalues; complex eigenvectors in the gauge v^H B dv real; Hermitian cotangents")


def refuse(name, **keywords):
    """Raise for keywords without a rule."""
    for key, (given, remedy) in keywords.items():
        if given:
            raise NoRuleError(f"scipy.linalg.{name} has no derivative rule for the keyword {key!r}{at_line()}. {remedy}")


def eigh_parts(a, b, lower, kind, driver):
    """w and V."""
    refuse("eigh", type=(kind != 1, "Use type=1, with A B or B A as it is needed."))
    if b is None:
        return parts_of(array(a), "L" if lower else "U", solver=Solver(driver))[:2]
    return pencil(array(a), array(b), lower)


def eigh_body(a, b=None, lower=True, eigvals_only=False, type=1, subset_by_index=None, subset_by_value=None, driver=None):
    """scipy.linalg.eigh."""
    if eigvals_only:
        return eigvalsh_body(a, b, lower, type, subset_by_index, subset_by_value, driver)
    remedy = "Take the columns afterwards: w[i:j], V[:, i:j]."
    refuse("eigh", subset_by_index=(subset_by_index is not None, remedy), subset_by_value=(subset_by_value is not None, remedy))
    return eigh_parts(a, b, lower, type, driver)


def eigvalsh_body(a, b=None, lower=True, type=1, subset_by_index=None, subset_by_value=None, driver=None):
    """scipy.linalg.eigvalsh."""
    whole = subset_by_index is None and subset_by_value is None
    w = eigh_parts(a, b, lower, type, driver if whole else None)[0]
    if subset_by_index is not None:
        return w[..., subset_by_index[0]:subset_by_index[1] + 1]
    if subset_by_value is None:
        return w
    plain = passive(w)
    return w[(plain > subset_by_value[0]) & (plain <= subset_by_value[1])]


eigh, eigvalsh = mirror(LA.eigh), mirror(LA.eigvalsh)
decomposed(eigh, eigh_body, notes=GAUGE)
decomposed(eigvalsh, eigvalsh_body, notes="Hermitian cotangent")


def eig_body(a, b=None, left=False, right=True, homogeneous_eigvals=False):
    """scipy.linalg.eig."""
    refuse("eig", b=(b is not None, "Use eig(solve(b, a))."), left=(left, "The left eigenvectors are those of a.T."), homogeneous_eigvals=(homogeneous_eigvals, "Leave it out."))
    if not right:
        return eigvals_body(a)
    w, v = np.linalg.eig(array(a))
    return w.astype(np.result_type(w.dtype, np.complex64)), v


def eigvals_body(a, b=None, homogeneous_eigvals=False):
    """scipy.linalg.eigvals."""
    refuse("eigvals", b=(b is not None, "Use eigvals(solve(b, a))."), homogeneous_eigvals=(homogeneous_eigvals, "Leave it out."))
    w = np.linalg.eigvals(array(a))
    return w.astype(np.result_type(w.dtype, np.complex64))


eig, eigvals = mirror(LA.eig), mirror(LA.eigvals)
decomposed(eig, eig_body, notes="simple eigenvalues; NaN where A has no basis of eigenvectors")
decomposed(eigvals, eigvals_body, notes="simple eigenvalues, and functions symmetric in repeated ones; NaN where A has no basis of eigenvectors")


def svd_body(a, full_matrices=True, compute_uv=True, lapack_driver="gesdd"):
    """scipy.linalg.svd."""
    refuse("svd", lapack_driver=(compute_uv and lapack_driver != "gesdd", "Its vectors may have other signs: leave it out."))
    found = np.linalg.svd(array(a), full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


svd, svdvals = mirror(LA.svd), mirror(LA.svdvals)
decomposed(svd, svd_body, notes=NOTES)
decomposed(svdvals, lambda a: np.linalg.svdvals(array(a)))


def lstsq_body(a, b, cond=None):
    """scipy.linalg.lstsq."""
    a, b = array(a), array(b)
    eps = np.finfo(np.result_type(a.dtype, b.dtype)).eps
    x, squares, s = fitted(a, b, eps if cond is None else cond)
    plain = passive(s)
    rank = int(np.count_nonzero(plain > (eps if cond is None else cond) * plain[0]))
    return x, squares[0] if len(meta(b)[0]) == 1 and meta(squares)[0] == (1,) else squares, rank, s


lstsq = mirror(LA.lstsq)
decomposed(lstsq, lstsq_body, notes="at constant rank; a change of rank has no derivative")
