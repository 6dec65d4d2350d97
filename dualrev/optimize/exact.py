"""The trust-region step of a dense Hessian, exactly, hard case and all.

References
----------
J. J. Moré, D. C. Sorensen, Computing a trust region step, SIAM J. Sci. Stat. Comput. 4 (1983).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg import lapack
from scipy.linalg.blas import ddot

from .damped import Dense

__all__ = ["ExactModel", "cholesky_step"]


def cholesky_step(H: np.ndarray, g: np.ndarray) -> np.ndarray | None:
    """Return the Newton step -H^-1 g, None where H is not positive definite."""
    factor, info = lapack.dpotrf(H)
    return None if info else lapack.dpotrs(factor, -g)[0]


class ExactModel:
    """Minimize g.p + p.H.p / 2 over |p| <= radius, for any number of radii.

    The minimum is where (H + sigma I) p = -g with H + sigma I positive semidefinite, sigma >= 0 and sigma (radius - |p|) = 0: one equation for sigma, solved by Newton's method
    on 1/|p| - 1/radius, with Cholesky factors where H is positive definite and in its eigenvectors elsewhere. In the hard case g has no part in the lowest eigenvectors, and a
    multiple of one fills up the length. Where g has no part in another eigenvector that curves downwards, a share of the length goes to it all the same, since exact steps would
    keep the symmetry of a start for ever; the decrease stays at least four fifths of the best.

    Parameters
    ----------
    H : array (n, n)
        A symmetric matrix.
    g : array (n,)
        The gradient.

    Examples
    --------
    >>> p, decrease, edge = ExactModel(np.diag([1.0, -1.0]), np.array([1.0, 0.0])).solve(2.0)
    >>> np.abs(p).round(6), round(float(decrease), 6), edge
    (array([0.5     , 1.936492]), 2.25, True)
    """

    def __init__(self, H: np.ndarray, g: np.ndarray) -> None:
        self.H, self.g = H, g
        self.damped = Dense(H, g)
        self.newton, self.length = self.damped.step if self.damped.definite else None, self.damped.length
        self.values: Any = None

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        """Return the step, the decrease, and whether the edge was reached."""
        if self.newton is not None:
            if self.length <= radius:
                return self.newton, -0.5 * ddot(self.g, self.newton), False
            if not self.damped.reaches(radius):
                self.damped = Dense(self.H, self.g)
            if self.damped.shortened(radius):
                p = self.damped.fitted(radius)
                return p, -ddot(self.g, p) - 0.5 * ddot(p, self.H.dot(p)), True
        if self.values is None:
            self.values, self.vectors = np.linalg.eigh(self.H)
            self.parts = self.g @ self.vectors
        w, c = self.values, self.parts
        q = self._coordinates(w, c, radius)
        decrease = -ddot(c, q) - 0.5 * ddot(w, q * q)
        return self.vectors @ q, decrease, True

    def _coordinates(self, w: np.ndarray, c: np.ndarray, radius: float) -> np.ndarray:
        scale = max(abs(float(w[0])), abs(float(w[-1])))
        lowest = w <= w[0] + 1e-12 * scale
        inside = math.sqrt(ddot(c[lowest], c[lowest]))
        if w[0] <= 0:
            rest = np.where(lowest, 0.0, -c / np.where(lowest, 1.0, w - w[0]))
            square = radius * radius - ddot(rest, rest)
            if square > 0 and inside <= 1e-12 * math.sqrt(ddot(c, c)) + 1e-300:
                rest[0] = -math.copysign(math.sqrt(square), c[0])
                return rest
        total = math.sqrt(ddot(c, c))
        exact = self._on_sphere(w, c, radius, inside, total)
        idle = np.flatnonzero((w < -1e-12 * scale) & (np.abs(c) <= 1e-8 * total))
        if len(idle) and len(idle) < len(c):
            q = self._on_sphere(w, c, 0.8 * radius, inside, total)
            q[idle[0]] += math.copysign(math.sqrt(1 - 0.8**2) * radius, -c[idle[0]])
            if ddot(c, q) + 0.5 * ddot(w, q * q) <= 0.8 * (ddot(c, exact) + 0.5 * ddot(w, exact * exact)):
                return q
        return exact

    def _on_sphere(self, w: np.ndarray, c: np.ndarray, radius: float, inside: float, total: float) -> np.ndarray:
        low = max(0.0, -float(w[0]))
        sigma = max(0.0, inside / radius - w[0], total / radius - w[-1])
        for _ in range(100):
            d = w + sigma
            q = c / d
            length = math.sqrt(ddot(q, q))
            if abs(length - radius) <= 1e-10 * radius:
                break
            new = sigma + (length / radius - 1) * length * length / ddot(q, q / d)
            if not new > low:
                new = low + 0.1 * (sigma - low)
                if not new + w[0] > 0:
                    break
            sigma = new
        if w[0] < 0 and length < (1 - 1e-6) * radius:  # close to the hard case
            q[0] = math.copysign(math.sqrt(radius * radius - length * length + q[0] * q[0]), c[0])
            return -q
        return q * (-radius / length)
