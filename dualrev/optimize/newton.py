"""Newton steps from exact second derivatives: dense and matrix-free, for line searches and trust regions.

References
----------
J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., Springer 2006: chapters 3, 4 and 7.
T. Steihaug, The conjugate gradient method and trust regions in large scale optimization, SIAM J. Numer. Anal. 20 (1983).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.linalg.blas import daxpy, ddot, dnrm2
from scipy.sparse import issparse

from .exact import ExactModel, cholesky_step
from .loop import Point
from .problem import Objective
from .quasinewton import downhill
from .sparsestep import sparse_step

__all__ = ["SHARP", "ExactNewton", "Newton", "NewtonCG", "Steihaug", "forcing", "in_units", "truncated"]

SHARP = 1e-8  # how much smaller the residual of a step has to be when it decides whether to stop
DENSE = 1000  # up to how many variables the eigenvalues of a sparse Hessian are found
SMALL, LARGE = 1e-50, 1e50  # gradients beyond have products that are not numbers: they are taken in units of their length
LONGER = 1.5  # how much longer than the share of a step that was taken last the next one is tried
FLOOR = 1e-12  # of the largest eigenvalue: how little curvature a modified Hessian has at least


class Newton:
    """The Newton step of a line search: by Cholesky factors, or where the Hessian is not positive definite, with the sizes of its eigenvalues in their place.

    A large Hessian that is mostly zero is found and factorised as a sparse matrix; where it is not positive definite it is made dense up to 1,000 variables, and a multiple
    of the identity is added beyond. Where the last step was shorter than Newton's, as along a curved valley, the next one is likely to be: it is tried half as long again.

    Parameters
    ----------
    objective : Objective
        Gives the Hessian.
    """

    second = True

    def __init__(self, objective: Objective) -> None:
        self.objective, self.first = objective, 1.0

    def direction(self, point: Point) -> tuple[np.ndarray, float]:
        self.p = self._step(point)
        return self.p, self.first

    def _step(self, point: Point) -> np.ndarray:
        H = self.objective.curvature(point.x)
        if not np.all(np.isfinite(H.data if issparse(H) else H)):
            p, unit = downhill(point.g)
            return min(1.0, unit) * p
        if issparse(H):
            p = sparse_step(H, point.g, shift=len(point.g) > DENSE)
            if p is not None:
                return p
            H = H.toarray()
        p = cholesky_step(H, point.g)
        if p is not None and np.all(np.isfinite(p)) and ddot(point.g, p) < 0:
            return p
        values, vectors = np.linalg.eigh(H)
        sizes = np.abs(values)
        sizes = np.maximum(sizes, FLOOR * float(sizes.max()) or float(dnrm2(point.g)))
        return vectors @ ((point.g @ vectors) / -sizes)

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        self.first = min(1.0, LONGER * float(dnrm2(step)) / float(dnrm2(self.p)))

    def forget(self) -> bool:
        shortened, self.first = self.first < 1, 1.0
        return shortened


def truncated(product: Callable[[np.ndarray], np.ndarray], g: np.ndarray, radius: float, tol: float, most: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Minimize g.p + p.H.p / 2 by conjugate gradients until the residual is small, the curvature negative, or the edge of a ball is reached.

    Parameters
    ----------
    product : callable
        v -> H v.
    g : array (n,)
        The gradient.
    radius : float
        Of the ball, or infinity: then a direction of negative curvature ends it, and is taken as far as one of that positive curvature would be.
    tol : float
        How small the residual |g + H p| has to be.
    most : int
        How many products to make.

    Returns
    -------
    p, r, edge
        The step, the residual g + H p, and whether the edge was reached.
    """
    product, scaled, unit = in_units(product, g)
    if unit != 1.0:
        p, r, edge = truncated(product, scaled, radius, tol / unit, most)
        return p, unit * r, edge
    p, r, d = np.zeros_like(g), g.copy(), -g
    rr = ddot(r, r)
    for _ in range(most):
        if math.sqrt(rr) <= tol:
            break
        Hd = product(d)
        curvature = ddot(d, Hd)
        if not math.isfinite(curvature):
            curvature, Hd = 0.0, np.zeros_like(d)
        if not curvature > 0:
            if math.isfinite(radius):
                step = _to_edge(p, d, radius)
                return daxpy(d, p, a=step), daxpy(Hd, r, a=step), True
            return (daxpy(d, p, a=rr / -curvature), r, False) if curvature < 0 else (p if np.any(p) else d, r, False)
        a = rr / curvature
        if math.isfinite(radius):
            pp, pd, dd = ddot(p, p), ddot(p, d), ddot(d, d)
            if pp + a * (2 * pd + a * dd) >= radius * radius:
                step = _to_edge(p, d, radius)
                return daxpy(d, p, a=step), daxpy(Hd, r, a=step), True
        p, r = daxpy(d, p, a=a), daxpy(Hd, r, a=a)
        new = ddot(r, r)
        d *= new / rr
        d -= r
        rr = new
    return p, r, False


def in_units(product: Callable[[np.ndarray], np.ndarray], g: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, float]:
    """Products with a Hessian and the gradient in units of its length, and this, where products of the gradient itself are not numbers; else as they are, and 1."""
    size = float(dnrm2(g))
    if 0 < size < SMALL or LARGE < size < math.inf:
        return lambda v: product(v) / size, g / size, size
    return product, g, 1.0


def _to_edge(p: np.ndarray, d: np.ndarray, radius: float) -> float:
    """How far along d the edge of the ball is from p."""
    pp, pd, dd = ddot(p, p), ddot(p, d), ddot(d, d)
    root = math.sqrt(max(0.0, pd * pd + dd * (radius * radius - pp)))
    return (radius * radius - pp) / (pd + root) if pd > 0 else (root - pd) / dd


def forcing(g: np.ndarray) -> float:
    """How small the residual of an inexact Newton step has to be, for fast convergence without work that early steps do not need."""
    size = float(dnrm2(g))
    return min(0.1, math.sqrt(size)) * size


class NewtonCG(Newton):
    """The truncated Newton step of a line search, from products with the Hessian alone. Where the search fails, one more is made to full accuracy."""

    def __init__(self, objective: Objective) -> None:
        super().__init__(objective)
        self.accuracy = 1.0

    def _step(self, point: Point) -> np.ndarray:
        return truncated(self.objective.products(point.x), point.g, math.inf, self.accuracy * forcing(point.g), 20 * len(point.g))[0]

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        super().learn(old, new, step)
        self.accuracy = 1.0

    def forget(self) -> bool:
        rough, self.accuracy, self.first = self.accuracy == 1.0, SHARP, 1.0
        return rough


class Steihaug:
    """Steihaug's step in a trust region: conjugate gradients up to the edge, from products with the Hessian alone."""

    second = True

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def at(self, point: Point) -> None:
        self.product, self.g, self.tol, self.rough = self.objective.products(point.x), point.g, forcing(point.g), True

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        p, r, edge = truncated(self.product, self.g, radius, self.tol, 20 * len(self.g))
        return p, -0.5 * (ddot(p, self.g) + ddot(p, r)), edge

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Nothing: each point has its own Hessian."""

    def refine(self) -> bool:
        rough, self.rough, self.tol = self.rough, False, 0.1 * SHARP * forcing(self.g)
        return rough


class ExactNewton:
    """The exact step of a dense Hessian in a trust region."""

    second = True

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def at(self, point: Point) -> None:
        H = self.objective.hessian(point.x)
        if not np.all(np.isfinite(H)):
            H = np.eye(len(point.g)) * float(dnrm2(point.g))
        self.model = ExactModel(H, point.g)

    def solve(self, radius: float) -> tuple[np.ndarray, float, bool]:
        return self.model.solve(radius)

    def learn(self, old: Point, new: Point, step: np.ndarray) -> None:
        """Nothing: each point has its own Hessian."""

    def refine(self) -> bool:
        return False
