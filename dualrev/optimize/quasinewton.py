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
from scipy.linalg import blas
from scipy.linalg.blas import ddot, dgemv, dscal

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
        square = ddot(point.g, point.g)
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
            return -point.g, min(1.0, 1 / math.sqrt(ddot(point.g, point.g)))
        p = blas.dsymv(-1.0, self.H, point.g)
        self.slope = ddot(p, point.g)
        return p, 1.0

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        s, y = step, new.g - old.g
        sy, yy = ddot(s, y), ddot(y, y)
        if not sy > CURVATURE * math.sqrt(yy * ddot(s, s)):
            return
        if self.H is None:
            self.H = np.zeros((len(s), len(s)), order="F")
            np.fill_diagonal(self.H, sy / yy)
        else:
            along = ddot(s, old.g)
            missing = -along * along / (self.slope * sy)  # s.B.s / s.y, since s is a multiple of -H g
            if missing > SHORT:
                self.H *= missing
        w = blas.dsymv(-1 / sy, self.H, y)
        w += (0.5 / sy * (1 - ddot(y, w))) * s
        self.H = blas.dsyr2(1.0, s, w, a=self.H, overwrite_a=1)

    def forget(self) -> bool:
        known, self.H = self.H is not None, None
        return known


class LBFGS:
    """The inverse Hessian from the last few steps s and changes y of the gradient, in compact form: one product with all of them to learn, two for a direction.

    The rows of `pairs` are the steps S, then the changes Y; the newest pair takes the place of the oldest. With R_ij = s_i.y_j where s_i is not newer than y_j and zero elsewhere,
    `inverse` is R^-1: a pair that goes leaves zeros in its row and column, one that comes adds a column. Where these are zero, nothing else of a place is read.

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
        g = point.g
        if self.k == 0:
            return -g, min(1.0, 1 / math.sqrt(ddot(g, g)))
        return descent(g, self.pairs, self.inverse, self.YY, self.curvatures, self.gamma), 1.0

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        y = new.g - old.g
        sy, yy = ddot(step, y), ddot(y, y)
        if not sy > CURVATURE * math.sqrt(yy * ddot(step, step)):
            return
        m = self.memory
        if self.pairs is None:
            self.pairs, self.inverse, self.YY, self.curvatures = np.zeros((2 * m, len(y))), np.zeros((m, m)), np.zeros((m, m), order="F"), np.zeros(m)
        pairs, inverse, j = self.pairs, self.inverse, self.k % m
        pairs[j], pairs[m + j] = step, y
        products = pairs.dot(y)
        inverse[j] = 0.0
        column = inverse.dot(products[:m])
        inverse[:, j] = dscal(-1 / sy, column)
        inverse[j, j] = 1 / sy
        self.YY[j] = self.YY[:, j] = products[m:]
        self.curvatures[j], self.gamma = sy, sy / yy
        self.k += 1

    def forget(self) -> bool:
        known = self.k > 0
        if known:
            self.k, self.inverse[:] = 0, 0.0
        return known


def descent(g: np.ndarray, pairs: np.ndarray, inverse: np.ndarray, YY: np.ndarray, curvatures: np.ndarray, gamma: float) -> np.ndarray:
    """Return -H g with H g = gamma g + S.T (R^-T (D + gamma Y Y.T) R^-1 S g - gamma R^-T Y g) - gamma Y.T R^-1 S g for pairs as in `LBFGS`; D is the diagonal of R."""
    m = len(inverse)
    t = pairs.dot(g)
    u = inverse.dot(t[:m])
    w = dgemv(gamma, YY, u, -gamma, t[m:])
    w += curvatures * u
    t[:m], t[m:] = w.dot(inverse), dscal(-gamma, u)
    return dgemv(-1.0, pairs.T, t, -gamma, g)


class SR1:
    """The symmetric rank-one approximation of the Hessian (n, n), which may be indefinite."""

    def __init__(self) -> None:
        self.B: Any = None

    def at(self, point: Point) -> None:
        if self.B is None:
            self.B = np.eye(len(point.x)) * max(1e-3, math.sqrt(ddot(point.g, point.g)))
        self.model = ExactModel(self.B, point.g)

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        return self.model.solve(radius)

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        r = new.g - old.g - self.B @ step
        bottom = ddot(r, step)
        if abs(bottom) > 1e-8 * math.sqrt(ddot(r, r) * ddot(step, step)):
            self.B = self.B + np.outer(r, r / bottom)
            self.model = ExactModel(self.B, old.g)

    def refine(self) -> bool:
        return False
