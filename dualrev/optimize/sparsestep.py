"""The Newton step of a sparse Hessian.

References
----------
J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., Springer 2006, algorithm 3.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

__all__ = ["sparse_step", "symmetric_factors"]

GROWTH = 4.0


def sparse_step(H: Any, g: np.ndarray, shift: bool = True) -> np.ndarray | None:
    """Return -(H + t I)^-1 g with t = 0 where H is positive definite, and otherwise with the first of a growing series for which H + t I is.

    Parameters
    ----------
    H : csc_array (n, n)
        Symmetric.
    g : array (n,)
        The gradient.
    shift : bool
        Otherwise the result is None where H is not positive definite.

    Examples
    --------
    >>> sparse_step(csc_array(np.diag([2.0, 4.0])), np.array([2.0, 2.0]))
    array([-1. , -0.5])
    """
    diagonal = H.diagonal()
    lowest, scale = float(diagonal.min()), float(np.max(np.abs(H.data), initial=0.0)) or 1.0
    t = 0.0 if lowest > 0 else 1e-3 * scale - lowest
    one = eye_array(len(g), format="csc")
    while True:
        factors = positive_factors(H if t == 0 else H + t * one)
        if factors is not None:
            p = factors.solve(-g)
            if np.all(np.isfinite(p)) and np.dot(g, p) < 0:
                return p
        if not shift:
            return None
        t = max(GROWTH * t, 1e-3 * scale)


def positive_factors(H: Any) -> Any:
    """Factorise a symmetric matrix without exchanging rows; None where it is not positive definite, which the signs of the pivots tell."""
    try:
        factors = symmetric_factors(H)
    except RuntimeError:  # exactly singular
        return None
    if not np.array_equal(factors.perm_r, factors.perm_c) or not np.all(factors.U.diagonal() > 0):
        return None
    return factors


def symmetric_factors(A: Any) -> Any:
    """Factorise a sparse symmetric matrix in an order that suits its pattern, with pivots on the diagonal where they are not zero."""
    return splu(csc_array(A), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
