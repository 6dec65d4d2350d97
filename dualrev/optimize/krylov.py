"""The trust-region step within a growing Krylov space: beyond the edge it keeps on improving where Steihaug's stops.

References
----------
N. I. M. Gould, S. Lucidi, M. Roma, Ph. L. Toint, Solving the trust-region subproblem using the Lanczos method, SIAM J. Optim. 9 (1999).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg.blas import daxpy, ddot, dnrm2

from .damped import CLOSE, Tridiagonal
from .exact import ExactModel
from .loop import Point
from .newton import SHARP, forcing
from .problem import Objective

__all__ = ["Krylov"]

TINY = 1e-13  # of the largest entry of T: a Lanczos vector that is shorter is a rounding error


class Krylov:
    """Lanczos vectors of the Hessian from the gradient, in which it is tridiagonal; the small problem is solved exactly. Another radius makes use of those that are there.

    Parameters
    ----------
    objective : Objective
        Gives products with the Hessian.
    most : int
        How many vectors to keep at most.
    """

    second = True

    def __init__(self, objective: Objective, most: int = 100) -> None:
        self.objective, self.most = objective, most

    def at(self, point: Point) -> None:
        self.product, self.g = self.objective.products(point.x), point.g
        n = len(point.g)
        self.tol, self.rough, self.length = forcing(point.g), True, float(dnrm2(point.g))
        self.Q, self.k = np.empty((min(8, n), n)), 0
        self.T = np.zeros((2, min(self.most, n) + 1))
        self.b = np.zeros(min(self.most, n))
        self.b[0] = -self.length
        self.next, self.beta, self.scale = point.g / self.length, 0.0, 1e-300
        self.radius, self.sigma = math.inf, 0.0

    def _extend(self) -> None:
        """Add a Lanczos vector, made orthogonal to all before it."""
        k, q = self.k, self.next
        if k == len(self.Q):
            self.Q = np.concatenate([self.Q, np.empty((min(k, len(self.g) - k), len(self.g)))])
        self.Q[k] = q
        v = self.product(q)
        if not ddot(v, v) < math.inf and not np.all(np.isfinite(v)):
            v = np.zeros_like(self.g)
        alpha = ddot(v, q)
        v = v - alpha * q
        if k:
            v = daxpy(self.Q[k - 1], v, a=-self.beta)
        Q = self.Q[:k + 1]
        v -= Q.dot(v).dot(Q)
        self.beta = math.sqrt(ddot(v, v))
        self.next = v / self.beta if self.beta > 0 else v
        self.T[0, k], self.T[1, k] = alpha, self.beta
        self.scale = max(self.scale, abs(alpha), self.beta)
        self.k = k + 1

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        if not self.k:
            self._extend()
        if radius > self.radius:
            self.sigma = 0.0
        self.radius = radius
        most = len(self.b)
        while True:
            k = self.k
            last = k >= most or self.beta <= TINY * self.scale
            found = self._damped(radius) or (self._exact(radius) if last or k < 16 or k % 8 == 0 else None)
            if found is not None:
                h, decrease, edge = found
                if last or self.beta * abs(float(h[-1])) <= self.tol:
                    return h.dot(self.Q[:k]), decrease, edge
            self._extend()

    def _damped(self, radius: float) -> tuple[np.ndarray, float, bool] | None:
        """The step within the space that there is, where T + sigma I is positive definite for the last shift: another vector can only add to it."""
        k = self.k
        steps = Tridiagonal(self.T[0, :k], self.T[1, :max(k - 1, 1)], self.b[:k], self.sigma)
        if not steps.definite:
            return None
        if self.sigma == 0 and steps.length <= radius:
            return steps.step, -0.5 * self.length * float(steps.step[0]), False
        if not steps.shortened(radius):
            return None
        self.sigma = steps.sigma
        return steps.step, 0.5 * (self.sigma * steps.length**2 - self.length * float(steps.step[0])), True

    def _exact(self, radius: float) -> tuple[np.ndarray, float, bool]:
        """The same by the eigenvectors of T."""
        k = self.k
        T = np.diag(self.T[0, :k]) + np.diag(self.T[1, :k - 1], 1) + np.diag(self.T[1, :k - 1], -1)
        h, decrease, edge = ExactModel(T, -self.b[:k]).solve(radius)
        sigma = float(ddot(h, self.b[:k]) - ddot(h, T.dot(h))) / ddot(h, h)
        self.sigma = max(self.sigma, (1 - CLOSE) * sigma) if edge else 0.0
        return h, decrease, edge

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Nothing: each point has its own Hessian."""

    def refine(self) -> bool:
        rough, self.rough, self.tol = self.rough, False, 0.1 * SHARP * forcing(self.g)
        return rough
