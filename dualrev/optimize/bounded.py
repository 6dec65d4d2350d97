"""Methods with bounds: a trust-region Newton method and limited-memory BFGS, both by projection.

References
----------
C.-J. Lin, J. J. Moré, Newton's method for large bound-constrained optimization problems, SIAM J. Optim. 9 (1999).
D. P. Bertsekas, Projected Newton methods for optimization problems with simple constraints, SIAM J. Control Optim. 20 (1982).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg.blas import ddot

from .box import Box
from .linesearch import FLAT, search
from .loop import Point
from .newton import SHARP, forcing, in_units, truncated
from .problem import Objective
from .quasinewton import LBFGS, descent
from .searches import LineSearch

__all__ = ["ProjectedLBFGS", "ProjectedNewton"]

ENOUGH = 0.01  # the share of the linear decrease that a step of the model must keep


class ProjectedNewton:
    """A step for a trust region with bounds: the Cauchy point along the projected gradient finds the active bounds, conjugate gradients improve it on the free entries.

    Parameters
    ----------
    objective : Objective
        Gives products with the Hessian.
    box : Box
        The bounds.
    """

    second = True

    def __init__(self, objective: Objective, box: Box) -> None:
        self.objective, self.box = objective, box

    def at(self, point: Point) -> None:
        self.x = point.x
        self.product, self.g, self.unit = in_units(self.objective.products(point.x), point.g)
        held = self.box.held(point.x, point.g)
        d = np.where(held, 0.0, -self.g)
        self.start, self.accuracy = (d, self.product(d)), 1.0

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        s, Hs, edge = self._cauchy(radius)
        for _ in range(0 if edge else 10):
            free = self.box.inside(self.x + s)
            r = np.where(free, self.g + Hs, 0.0)
            tol = self.accuracy * forcing(np.where(free, self.g, 0.0)) if np.any(free) else 0.0
            if math.sqrt(ddot(r, r)) <= tol:
                break
            w, _, edge = truncated(lambda v, free=free: np.where(free, self.product(v), 0.0), r, radius, tol, 2 * len(r) + 10)  # type: ignore[misc]
            t, Ht = self._shortened(s, Hs, w)
            if t is None:
                break
            s, Hs = s + t, Hs + Ht
            if edge:
                break
        return s, -self.unit * self._change(s, Hs), edge

    def _change(self, s: np.ndarray, Hs: np.ndarray) -> float:
        return ddot(self.g, s) + 0.5 * ddot(s, Hs)

    def _cauchy(self, radius: float) -> tuple[np.ndarray, np.ndarray, bool]:
        """The first step along the projected gradient that keeps a share of the linear decrease, from the length that is best without bounds."""
        d, Hd = self.start
        dd, curvature = ddot(d, d), ddot(d, Hd)
        if not -math.inf < curvature < math.inf:
            curvature, Hd = 0.0, np.zeros_like(d)
        reach = radius / math.sqrt(dd)
        a = min(reach, dd / curvature) if curvature > 0 else reach
        edge = a == reach
        for _ in range(60):
            s = self.box.project(self.x + a * d) - self.x
            Hs = a * Hd if np.allclose(s, a * d, rtol=1e-12, atol=0) else self.product(s)
            if self._change(s, Hs) <= ENOUGH * ddot(self.g, s):
                break
            a, edge = 0.25 * a, False
        return s, Hs, edge

    def _shortened(self, s: np.ndarray, Hs: np.ndarray, w: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """Search along the projected path from s in the direction w for a decrease of the model."""
        here, slope, a = self.x + s, self.g + Hs, 1.0
        for _ in range(30):
            t = self.box.project(here + a * w) - here
            Ht = self.product(t)
            if ddot(slope, t) + 0.5 * ddot(t, Ht) <= ENOUGH * min(0.0, ddot(slope, t)) and np.any(t):
                return t, Ht
            a *= 0.5
        return None, Hs

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Nothing: each point has its own Hessian."""

    def refine(self) -> bool:
        rough, self.accuracy = self.accuracy == 1.0, SHARP
        return rough


class ProjectedLBFGS(LineSearch):
    """Limited-memory BFGS on the entries that no bound holds, with a search for the Wolfe conditions inside the box and for sufficient decrease along its faces.

    Parameters
    ----------
    objective : Objective
        What to minimize.
    box : Box
        The bounds.
    memory : int
        How many pairs to keep.
    c1, c2 : float
        The constants of the conditions.
    """

    def __init__(self, objective: Objective, box: Box, memory: int = 10, c1: float = 1e-4, c2: float = 0.9) -> None:
        self.pairs = LBFGS(memory)
        super().__init__(objective, self.pairs, c1, c2)
        self.box = box

    def size(self, point: Point) -> float:
        return self.box.size(point.x, point.g)

    def move(self, point: Point) -> Point | None:
        expected, again = -1.0, False
        self.lowest = min(self.lowest, point.f)
        while True:
            p, a = self._direction(point)
            room = self.box.room(point.x, p)
            slope = ddot(point.g, p)
            expected = -0.5 * slope if expected < 0 else expected
            self.undefined = False
            if room >= a:
                found = search(self.line(point, p), point.f, slope, a, self.c1, self.c2, self.lowest, room, noise=FLAT * self.coarse) if slope < 0 else None
                new = None if found is None else found.point
            else:
                new = self._along_faces(point, p, a)
            if new is not None and not (again and self.hidden(expected, point, new.f)):
                new.x = self.box.project(new.x)
                self.step = new.x - point.x
                self.pairs.learn(point, new, self.step)
                return new
            if new is not None or not self.pairs.forget():
                break
            again = True
        self.reason = self.why(expected, point)
        return None

    def _direction(self, point: Point) -> tuple[np.ndarray, float]:
        held = self.box.held(point.x, point.g, min(1e-6, self.size(point)))
        if not np.any(held):
            return self.pairs.direction(point)
        free = ~held
        p: np.ndarray = -point.g
        k = self.pairs.k
        if k and np.any(free):
            p[free] = self._restricted(point.g[free], free)
        outward = ((point.x <= self.box.lower) & (p < 0)) | ((point.x >= self.box.upper) & (p > 0))
        p[outward] = 0.0
        return p, 1.0 if k else min(1.0, 1 / max(1e-300, math.sqrt(ddot(p, p))))

    def _restricted(self, g: np.ndarray, free: np.ndarray) -> np.ndarray:
        """The direction in the free entries alone, from the parts of the pairs in them that have positive curvature."""
        m, k = self.pairs.memory, self.pairs.k
        order = np.arange(max(0, k - m), k) % m
        S, Y = self.pairs.pairs[order][:, free], self.pairs.pairs[m + order][:, free]
        SY = S @ Y.T
        good = SY.diagonal() > 1e-10 * np.sqrt(np.einsum("ij,ij->i", S, S) * np.einsum("ij,ij->i", Y, Y))
        if not np.any(good):
            return -g
        S, Y, R = S[good], Y[good], np.triu(SY[np.ix_(good, good)])
        YY = Y @ Y.T
        return descent(g, np.concatenate([S, Y]), np.linalg.inv(R), YY, R.diagonal(), float(R[-1, -1] / YY[-1, -1]))

    def _along_faces(self, point: Point, p: np.ndarray, a: float) -> Point | None:
        for _ in range(40):
            x = self.box.project(point.x + a * p)
            s = x - point.x
            slope = ddot(point.g, s)
            if slope < 0:
                f, g = self.objective.attempt(x)
                self.undefined = g is None
                if g is not None:
                    if f <= point.f + self.c1 * slope:
                        return Point(x, f, g)
                    bottom = f - point.f - slope
                    a *= min(0.5, max(0.1, -0.5 * slope / bottom)) if bottom > 0 else 0.5
                    continue
            a *= 0.2
        return None
