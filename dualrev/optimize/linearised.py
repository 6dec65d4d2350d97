"""The linear least-squares problem of one iteration, ``min 1/2 |A s + b|**2``, with a dense or a sparse matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg.lapack import dgeqrf, dtrtrs
from scipy.sparse.linalg import lsmr

from .sparsestep import symmetric_factors

__all__ = ["Dense", "Iterative", "Sparse", "linearised"]

EPS = float(np.finfo(float).eps)


class Linearised:
    """A linear least-squares problem.

    Parameters
    ----------
    A : (m, n) matrix
        The Jacobian in scaled variables.
    b : (m,) array
        The residuals.
    """

    def __init__(self, A: Any, b: Any) -> None:
        self.A, self.b = A, b
        self.gradient = A.T @ b
        self._newton: Any = None

    def reduction(self, s: Any) -> float:
        """By how much a step lowers ``1/2 |A s + b|**2``."""
        change = self.A @ s
        return -float(np.dot(self.gradient, s)) - 0.5 * float(np.dot(change, change))

    def cauchy(self) -> Any:
        """The minimiser along the negative gradient."""
        g = self.gradient
        curvature, slope = self.A @ g, float(np.dot(g, g))
        bend = float(np.dot(curvature, curvature))
        return -(slope / bend if bend > 0 else 1.0) * g

    def newton(self) -> Any:
        """The Gauss-Newton step: the minimiser, the shortest one where there are several."""
        if self._newton is None:
            self._newton = self._solved()
        return self._newton

    def _solved(self) -> Any:
        raise NotImplementedError

    def damped(self, alpha: float) -> tuple[Any, float, float]:
        """The minimiser of ``1/2 |A s + b|**2 + alpha/2 |s|**2``, its length, and the derivative of that length in alpha."""
        raise NotImplementedError

    def solve(self, alpha: float, g: Any) -> Any:
        """The solution of ``(A'A + alpha) s = g``."""
        raise NotImplementedError

    def freed(self, free: Any, s: Any) -> Any:
        """The problem in the free variables alone, with the others held at s."""
        return type(self)(self.A[:, free], self.b + self.A[:, ~free] @ s[~free])


class Dense(Linearised):
    """With a dense matrix: one QR decomposition without Q, and a singular value decomposition of the triangle where the Gauss-Newton step is too long."""

    def __init__(self, A: Any, b: Any) -> None:
        m, n = A.shape
        if m > n:  # the triangle of (A, b) holds that of A and its last column Q'b
            A, b = triangle(A, b)
        super().__init__(A, b)
        diagonal = np.abs(np.diagonal(A))
        self.triangular = m > n > 0 and bool(diagonal.min(initial=np.inf) > np.sqrt(EPS) * diagonal.max(initial=0.0))
        self._decomposition: Any = None

    def _svd(self) -> Any:
        if self._decomposition is None:
            U, sigma, V = np.linalg.svd(self.A, full_matrices=False)
            self._decomposition = sigma, U.T @ self.b, V
        return self._decomposition

    def _solved(self) -> Any:
        if self.triangular:
            return -dtrtrs(self.A, self.b)[0]
        sigma, c, V = self._svd()
        kept = sigma > EPS * max(self.A.shape) * sigma.max(initial=0.0)
        return -(c[kept] / sigma[kept]) @ V[kept]

    def damped(self, alpha: float) -> tuple[Any, float, float]:
        sigma, c, V = self._svd()
        w = sigma**2 + alpha
        q = sigma * c / w
        length = float(np.sqrt(np.dot(q, q)))
        return -(q @ V), length, -float(np.dot(q, q / w)) / length if length else 0.0

    def solve(self, alpha: float, g: Any) -> Any:
        if alpha == 0 and self.triangular:
            return dtrtrs(self.A, dtrtrs(self.A, g, trans=1)[0])[0]
        sigma, _, V = self._svd()
        w = sigma**2 + alpha
        return np.divide(V @ g, w, out=np.zeros_like(w), where=w > EPS * np.max(w, initial=0.0)) @ V


def triangle(A: Any, b: Any) -> tuple[Any, Any]:
    """The triangle R of A = Q R, and Q'b, for a matrix with more rows than columns."""
    m, n = A.shape
    whole = np.empty((m, n + 1), order="F")
    whole[:, :n], whole[:, n] = A, b
    R = dgeqrf(whole, lwork=32 * (n + 1), overwrite_a=1)[0][:n]  # below the diagonal it holds Q
    return np.triu(R[:, :n]), R[:, n]


class Sparse(Linearised):
    """With a sparse matrix: factorisations of the normal equations."""

    def _normal(self, alpha: float) -> Any:
        A = sp.csc_array(self.A)
        return symmetric_factors(A.T @ A + alpha * sp.eye_array(A.shape[1], format="csc"))

    def _solved(self) -> Any:
        return -self._refined(self._normal(self._least()), self.gradient)

    def _least(self) -> float:
        """A shift that makes the factorisation safe."""
        return EPS * float(np.max(self.A.multiply(self.A).sum(axis=0), initial=0.0)) or 1.0

    def _refined(self, factors: Any, g: Any) -> Any:
        """Two steps of refinement take out the shift that made the factorisation safe."""
        s = factors.solve(g)
        for _ in range(2):
            s = s + factors.solve(g - self.A.T @ (self.A @ s))
        return s

    def damped(self, alpha: float) -> tuple[Any, float, float]:
        factors = self._normal(alpha)
        s = -factors.solve(self.gradient)
        length = float(np.linalg.norm(s))
        return s, length, -float(np.dot(s, factors.solve(s))) / length if length else 0.0

    def solve(self, alpha: float, g: Any) -> Any:
        return self._normal(alpha or self._least()).solve(g)


class Iterative(Linearised):
    """With a sparse matrix, or any linear operator, by LSMR: products only.

    References
    ----------
    D. C.-L. Fong, M. A. Saunders, LSMR: an iterative algorithm for sparse least-squares problems, SIAM J. Sci. Comput. 33 (2011).
    """

    tolerance = 1e-10

    def _solve(self, b: Any, alpha: float) -> Any:
        return lsmr(self.A, b, damp=np.sqrt(alpha), atol=self.tolerance, btol=self.tolerance, maxiter=10 * max(self.A.shape))[0]

    def _solved(self) -> Any:
        return -self._solve(self.b, 0.0)

    def damped(self, alpha: float) -> tuple[Any, float, float]:
        s = -self._solve(self.b, alpha)
        length = float(np.linalg.norm(s))
        inner = -self._solve((self.b + self.A @ s) / alpha, alpha)  # s is in the range of A': s = -A'(A s + b) / alpha
        return s, length, -float(np.dot(s, inner)) / length if length else 0.0


def linearised(A: Any, b: Any, solver: str | None = None) -> Linearised:
    """The linear problem of a matrix: dense, or sparse by factorisation or (``solver="lsmr"``) by iteration."""
    if solver == "lsmr":
        return Iterative(A, b)
    return Sparse(A, b) if sp.issparse(A) else Dense(A, b)
