"""Quasi-Newton steps: BFGS and limited-memory BFGS for line searches, and the symmetric rank-one model for trust regions.

References
----------
J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., Springer 2006: chapter 6, algorithms 6.1 and 6.2, and theorem 7.4 (the compact form).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg import blas, lapack

from .exact import ExactModel
from .loop import Point

__all__ = ["BFGS", "LBFGS", "SR1", "Steepest"]

CURVATURE = 1e-10  # pairs with less of it, against |s| |y|, say nothing reliable


class Steepest:
    """Steepest descent, here for comparison; the first step of each search has the length of the last one's decrease."""

    second = False

    def __init__(self) -> None:
        self.gain = math.nan

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        square = float(np.dot(point.g, point.g))
        return -point.g, 1 / math.sqrt(square) if math.isnan(self.gain) else 2.02 * self.gain / square

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        self.gain = old.f - new.f or 1e-16

    def forget(self) -> bool:
        return False


class BFGS:
    """The inverse Hessian from the gradients seen so far, kept as one triangle (n, n)."""

    second = False

    def __init__(self) -> None:
        self.H: Any = None

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        if self.H is None:
            return -point.g, min(1.0, 1 / math.sqrt(float(np.dot(point.g, point.g))))
        return blas.dsymv(-1.0, self.H, point.g), 1.0

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        s, y = step, new.g - old.g
        sy, yy = float(np.dot(s, y)), float(np.dot(y, y))
        if not sy > CURVATURE * math.sqrt(yy * float(np.dot(s, s))):
            return
        if self.H is None:
            self.H = np.zeros((len(s), len(s)), order="F")
            np.fill_diagonal(self.H, sy / yy)
        w = blas.dsymv(-1 / sy, self.H, y)
        w += (0.5 / sy * (1 - float(np.dot(y, w)))) * s
        self.H = blas.dsyr2(1.0, s, w, a=self.H, overwrite_a=1)

    def forget(self) -> bool:
        known, self.H = self.H is not None, None
        return known


class LBFGS:
    """The inverse Hessian from the last few steps s and changes y of the gradient, in compact form: two products with S and Y a step.

    Parameters
    ----------
    memory : int
        How many pairs to keep; 2 * memory vectors are stored.
    """

    second = False

    def __init__(self, memory: int = 10) -> None:
        self.memory, self.k = memory, 0
        self.S: Any = None

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        if self.k == 0:
            return -point.g, min(1.0, 1 / math.sqrt(float(np.dot(point.g, point.g))))
        return self.times(-point.g), 1.0

    def times(self, v: np.ndarray) -> np.ndarray:
        """Return H v = gamma v + S.T (R^-T (D + gamma Y Y.T) R^-1 S v - gamma R^-T Y v) - gamma Y.T R^-1 S v."""
        k = self.k
        S, Y = self.S[:k], self.Y[:k]
        return compact(v, S, Y, self.SY[:k, :k], self.YY[:k, :k])

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        s, y = step, new.g - old.g
        if not float(np.dot(s, y)) > CURVATURE * math.sqrt(float(np.dot(y, y)) * float(np.dot(s, s))):
            return
        if self.S is None:
            n, m = len(s), self.memory
            self.S, self.Y = np.empty((m, n)), np.empty((m, n))
            self.SY, self.YY = np.zeros((m, m), order="F"), np.zeros((m, m))
        if self.k == self.memory:
            for kept in (self.S, self.Y):
                kept[:-1] = kept[1:]
            for kept in (self.SY, self.YY):
                kept[:-1, :-1] = kept[1:, 1:].copy()
            self.k -= 1
        k = self.k
        self.S[k], self.Y[k] = s, y
        self.k = k = k + 1
        self.SY[:k, k - 1] = self.S[:k] @ y
        self.YY[:k, k - 1] = self.YY[k - 1, :k] = self.Y[:k] @ y

    def forget(self) -> bool:
        known, self.k = self.k > 0, 0
        return known


def compact(v: np.ndarray, S: np.ndarray, Y: np.ndarray, SY: np.ndarray, YY: np.ndarray) -> np.ndarray:
    """Multiply with the inverse Hessian of pairs in the rows of S and Y; of SY only the upper triangle is read."""
    gamma = SY[-1, -1] / YY[-1, -1]
    a, b = S @ v, Y @ v
    u = lapack.dtrtrs(SY, a)[0]
    b *= -gamma
    b += SY.diagonal() * u
    b += gamma * (YY @ u)
    r = gamma * v
    r += lapack.dtrtrs(SY, b, trans=1)[0] @ S
    r -= (gamma * u) @ Y
    return r


class SR1:
    """The symmetric rank-one approximation of the Hessian (n, n), which may be indefinite."""

    def __init__(self) -> None:
        self.B: Any = None

    def at(self, point: Point) -> None:
        if self.B is None:
            self.B = np.eye(len(point.x)) * max(1e-3, math.sqrt(float(np.dot(point.g, point.g))))
        self.model = ExactModel(self.B, point.g)

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        return self.model.solve(radius)

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        r = new.g - old.g - self.B @ step
        bottom = float(np.dot(r, step))
        if abs(bottom) > 1e-8 * math.sqrt(float(np.dot(r, r)) * float(np.dot(step, step))):
            self.B = self.B + np.outer(r, r / bottom)
            self.model = ExactModel(self.B, old.g)

    def refine(self) -> bool:
        return False
