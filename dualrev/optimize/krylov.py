"""The trust-region step within a growing Krylov space: beyond the edge it keeps on improving where Steihaug's stops.

References
----------
N. I. M. Gould, S. Lucidi, M. Roma, Ph. L. Toint, Solving the trust-region subproblem using the Lanczos method, SIAM J. Optim. 9 (1999).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg.blas import ddot

from .exact import ExactModel
from .loop import Point
from .newton import SHARP, forcing
from .problem import Objective

__all__ = ["Krylov"]


class Krylov:
    """Lanczos vectors of the Hessian from the gradient, in which it is tridiagonal; the small problem is solved exactly. Another radius makes use of those that are there.

    Parameters
    ----------
    objective : Objective
        Gives products with the Hessian.
    most : int
        How many vectors to keep at most.
    """

    def __init__(self, objective: Objective, most: int = 100) -> None:
        self.objective, self.most = objective, most

    def at(self, point: Point) -> None:
        self.product, self.g = self.objective.products(point.x), point.g
        self.tol, self.length = forcing(point.g), math.sqrt(ddot(point.g, point.g))
        self.Q = np.empty((min(8, len(point.g)), len(point.g)))
        self.next = point.g / self.length
        self.T = np.zeros((0, 0))
        self.beta = math.inf

    def _extend(self) -> None:
        """Add a Lanczos vector, made orthogonal to all before it."""
        k = len(self.T)
        if k == len(self.Q):
            self.Q = np.concatenate([self.Q, np.empty((min(k, len(self.g) - k), len(self.g)))])
        T = np.zeros((k + 1, k + 1))
        T[:k, :k] = self.T
        if k:
            T[k, k - 1] = T[k - 1, k] = self.beta
        self.Q[k] = self.next
        v = self.product(self.next)
        if not np.all(np.isfinite(v)):
            v = np.zeros_like(self.g)
        Q = self.Q[:k + 1]
        T[k, k] = ddot(v, self.next)
        v = v - (Q @ v) @ Q
        v -= (Q @ v) @ Q
        self.beta = math.sqrt(ddot(v, v))
        self.next = v / self.beta if self.beta > 0 else v
        self.T = T

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        most = min(self.most, len(self.g))
        while True:
            k = len(self.T)
            if k < 16 or k % 8 == 0 or k >= most:
                if k == 0:
                    self._extend()
                    continue
                e = np.zeros(k)
                e[0] = self.length
                h, decrease, edge = ExactModel(self.T, e).solve(radius)
                scale = max(abs(float(self.T.max())), abs(float(self.T.min())), 1e-300)
                if k >= most or self.beta <= 1e-13 * scale or self.beta * abs(float(h[-1])) <= self.tol:
                    return h @ self.Q[:k], decrease, edge
            self._extend()

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Nothing: each point has its own Hessian."""

    def refine(self) -> bool:
        rough = self.tol >= SHARP * forcing(self.g)
        self.tol = 0.1 * SHARP * forcing(self.g)
        return rough
