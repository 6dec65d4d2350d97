"""Quasi-Newton steps: BFGS and limited-memory BFGS for line searches, and the symmetric rank-one model for trust regions.

References
----------
J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., Springer 2006: chapter 6, algorithms 6.1 and 6.2, and theorem 7.4 (the compact form).
S. S. Oren, D. G. Luenberger, Self-scaling variable metric (SSVM) algorithms, Management Science 20 (1974): the factor of a matrix that is too small.
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
SHORT = 2.5  # how many times the curvature along a step may have been overestimated before the whole inverse Hessian is scaled up


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
    """The inverse Hessian from the gradients seen so far, kept as one triangle (n, n).

    Where a step leaves most of the slope, the matrix is too small, and often in every direction, as after a first step over a steep place: updates alone mend one direction
    a step. All of it is then scaled up by what was missing along the step. Too large a matrix mends itself soon, and is left alone.
    """

    second = False

    def __init__(self) -> None:
        self.H: Any = None
        self.slope = 0.0

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        if self.H is None:
            return -point.g, min(1.0, 1 / math.sqrt(float(np.dot(point.g, point.g))))
        p = blas.dsymv(-1.0, self.H, point.g)
        self.slope = float(np.dot(p, point.g))
        return p, 1.0

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        s, y = step, new.g - old.g
        sy, yy = float(np.dot(s, y)), float(np.dot(y, y))
        if not sy > CURVATURE * math.sqrt(yy * float(np.dot(s, s))):
            return
        if self.H is None:
            self.H = np.zeros((len(s), len(s)), order="F")
            np.fill_diagonal(self.H, sy / yy)
        else:
            along = float(np.dot(s, old.g))
            missing = -along * along / (self.slope * sy)  # s.B.s / s.y, since s is a multiple of -H g
            if missing > SHORT:
                self.H *= missing
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
        self.pairs: Any = None

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        if self.k == 0:
            return -point.g, min(1.0, 1 / math.sqrt(float(np.dot(point.g, point.g))))
        return self.times(-point.g), 1.0

    def times(self, v: np.ndarray) -> np.ndarray:
        """Return H v = gamma v + S.T (R^-T (D + gamma Y Y.T) R^-1 S v - gamma R^-T Y v) - gamma Y.T R^-1 S v."""
        k = self.k
        return compact(v, self.pairs[:, :k], self.SY[:k, :k], self.YY[:k, :k])

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        s, y = step, new.g - old.g
        sy = float(np.dot(s, y))
        if not sy > 0 or not sy > CURVATURE * math.sqrt(float(np.dot(y, y)) * float(np.dot(s, s))):
            return
        if self.pairs is None:
            m = self.memory
            self.pairs, self.products = np.empty((2, m, len(s))), np.zeros((2, m, m))  # S and Y; Y S.T and Y Y.T, of which the first is only half filled
            self.SY, self.YY = self.products[0].T, self.products[1]
        k = self.k
        if k == self.memory:
            self.pairs[:, :-1] = self.pairs[:, 1:]
            self.products[:, :-1, :-1] = self.products[:, 1:, 1:]
            k -= 1
        self.pairs[0, k], self.pairs[1, k] = s, y
        self.k = k + 1
        self.products[:, k, :k + 1] = self.pairs[:, :k + 1] @ y
        self.YY[:k, k] = self.YY[k, :k]

    def forget(self) -> bool:
        known, self.k = self.k > 0, 0
        return known


def compact(v: np.ndarray, pairs: np.ndarray, SY: np.ndarray, YY: np.ndarray) -> np.ndarray:
    """Multiply with the inverse Hessian of pairs (2, k, n): S and Y with one pair a row; of SY only the upper triangle is read."""
    gamma = float(SY[-1, -1] / YY[-1, -1])
    a, b = pairs @ v
    u = lapack.dtrtrs(SY, a)[0]
    w = gamma * (YY @ u - b)
    w += SY.diagonal() * u
    r = gamma * v
    r += lapack.dtrtrs(SY, w, trans=1)[0] @ pairs[0]
    u *= -gamma
    r += u @ pairs[1]
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
