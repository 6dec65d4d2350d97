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
from scipy.linalg.blas import ddot, dgemv, dnrm2, dscal

from .exact import ExactModel
from .loop import Point

__all__ = ["BFGS", "LBFGS", "SR1", "Steepest", "downhill"]

CURVATURE = 1e-10  # pairs with less of it, against |s| |y|, say nothing reliable
SHORT = 1.75  # how many times the curvature along a step may have been overestimated before the whole inverse Hessian is scaled up
HUGE = 1e100  # a length of a gradient whose square is still a number
TRIES = 3  # how many steps that say that nothing is left to gain may correct the model
WIDE = 3.0  # how many times larger than the first step says the first inverse Hessian is


def downhill(g: np.ndarray) -> tuple[np.ndarray, float]:
    """The direction where nothing is known but the gradient, and its multiple that has the length 1. It is the gradient itself, unless its squares are no numbers."""
    size = float(dnrm2(g))
    return (-g, 1 / size) if size < HUGE else (-g / size, 1.0)


class Steepest:
    """Steepest descent, here for comparison; the first step of each search is to bring the last one's decrease again, but is not ten times longer."""

    second = False

    def __init__(self) -> None:
        self.gain, self.last = math.nan, 1.0

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        p, unit = downhill(point.g)
        return p, unit * (min(2.02 * self.gain / float(dnrm2(point.g)), 10 * self.last) if self.gain > 0 else self.last)

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        self.gain, self.last = old.f - new.f, float(dnrm2(step))

    def forget(self) -> bool:
        return False


class BFGS:
    """The inverse Hessian from the gradients seen so far, kept as one triangle (n, n).

    Where a step leaves much of the slope, the matrix is too small, and often in every direction, as after a first step over a steep place: updates alone mend one direction
    a step. All of it is then scaled up by the root of what was missing along the step. Too large a matrix costs shorter steps until the updates have mended it, which
    they do soon: so the first one is rather too large.
    """

    second = False

    def __init__(self) -> None:
        self.H: Any = None
        self.slope = 0.0

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        if self.H is None:
            p, unit = downhill(point.g)
            return p, min(1.0, unit)
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
            np.fill_diagonal(self.H, WIDE * ddot(s, s) / sy)
        else:
            along = ddot(s, old.g)
            missing = -along * along / (self.slope * sy)  # s.B.s / s.y, since s is a multiple of -H g
            if missing > SHORT:
                self.H *= math.sqrt(missing)
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
            p, unit = downhill(g)
            return p, min(1.0, unit)
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
    """The symmetric rank-one approximation of the Hessian (n, n), which may be indefinite.

    Steps from a steep place leave curvature in it that the next place has not. Before it says that nothing is left to gain, it begins anew.
    """

    second = False

    def __init__(self) -> None:
        self.B: Any = None

    def at(self, point: Point) -> None:
        self.point, self.fresh, self.tries, self.changed = point, self.B is None, TRIES, False
        if self.B is None:
            self.B = np.eye(len(point.x)) * max(1e-3, float(dnrm2(point.g)))
        self.model = ExactModel(self.B, point.g)

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        return self.model.solve(radius)

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        r = new.g - old.g - self.B @ step
        bottom = ddot(r, step)
        if abs(bottom) > 1e-8 * math.sqrt(ddot(r, r) * ddot(step, step)):
            self.B, self.changed = self.B + np.outer(r, r / bottom), True
            self.model = ExactModel(self.B, old.g)

    def refine(self) -> bool:
        if self.changed and self.tries > 0:  # the last step has told more than the model that it came from
            self.changed, self.tries = False, self.tries - 1
            return True
        known = not self.fresh
        if known:
            self.B = None
            self.at(self.point)
        return known
