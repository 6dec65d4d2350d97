"""Newton-Krylov: equations whose Jacobian is never formed; GMRES works with exact products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from ..transforms.forwardmode import linearize
from ..transforms.reversemode import vjp
from .equations import Limits, Root, backtrack
from .linearised import EPS
from .reporting import Reporter
from .residuals import Residuals
from .stopping import CALLBACK, GTOL, MAXITER, NOT_FINITE, ROUNDING, STUCK, XTOL, small_step

__all__ = ["newton_krylov", "product_operator"]

LOOSEST = 0.9  # forcing term


def newton_krylov(problem: Residuals, x: np.ndarray, limits: Limits, reporter: Reporter, preconditioner: Any = None, restart: int = 30) -> Root:
    """Find a root of many equations by inexact Newton steps.

    The linear systems are solved as well as the last step has paid: the forcing term is ``0.9 (|F| / |F before|)**2`` (Eisenstat and Walker's second choice, guarded).
    A step that does not lower the norm of the equations is replaced by one along the negative gradient.

    Parameters
    ----------
    problem : Residuals
        The equations.
    x : (n,) array
        Where to start.
    limits : Limits
        When to stop.
    reporter : Reporter
        Who listens.
    preconditioner : optional
        An approximate inverse of the Jacobian: a matrix or operator, or a function of x (n,) that gives one.
    restart : int
        The dimension of the Krylov space.

    References
    ----------
    S. C. Eisenstat, H. F. Walker, Choosing the forcing terms in an inexact Newton method, SIAM J. Sci. Comput. 17 (1996).
    """
    F = problem.first(x)
    taken, iteration, forcing, small = np.nan, 0, 0.5, False
    norm = float(np.linalg.norm(F))
    while True:
        stop = reporter.note(iteration, x, norm, float(np.max(np.abs(F))), taken)
        status = GTOL if np.max(np.abs(F)) <= limits.ftol else XTOL if small else CALLBACK if stop else MAXITER if iteration >= limits.maxiter else None
        if status is not None:
            return Root(x, F, status, iteration)
        A = product_operator(problem, x)
        M = preconditioner(x) if callable(preconditioner) and not isinstance(preconditioner, LinearOperator) else preconditioner
        target = max(forcing, min(0.5, 0.5 * limits.ftol / norm))
        step = -gmres(A, F, rtol=target, atol=0.0, restart=min(restart, len(x)), maxiter=max(1, -(-len(x) // restart)) * 2, M=M)[0]
        model = float(np.linalg.norm(F + A @ step)) / norm
        share, new, trial = backtrack(problem, x, F, step, 1 - model) if model < 1 else (0.0, x, F)
        if not share:
            share, new, trial, status = _descent(problem, x, F, A, trial is not None)
            if status is not None:
                return Root(x, F, status, iteration)
        small = share == 1.0 and target <= 0.1 and small_step(new - x, x, limits.xtol)
        after = float(np.linalg.norm(trial))
        guard = 0.9 * forcing**2
        forcing = min(max(0.9 * (after / norm) ** 2, guard if guard > 0.1 else 1e-6), LOOSEST)
        taken, iteration = float(np.linalg.norm(new - x)), iteration + 1
        x, F, norm = new, trial, after


def product_operator(problem: Residuals, x: np.ndarray) -> LinearOperator:
    """The Jacobian at a point as an operator: the equations run once, and each product (counted as nhvp) goes over what they recorded."""
    _, push = linearize(problem.flat, x)
    problem.counts.njev += 1

    def product(v: Any) -> Any:
        problem.counts.nhvp += 1
        return push(np.asarray(v, float).reshape(-1))

    return LinearOperator((problem.size or len(x), len(x)), matvec=product, dtype=float)


def _descent(problem: Residuals, x: np.ndarray, F: np.ndarray, A: Callable[..., Any] | Any, seen: bool) -> tuple[float, Any, Any, int | None]:
    """A step along the negative gradient of the sum of squares, with the status where there is none."""
    g = vjp(problem.flat, x)[1](F)[0]
    bend, size = A @ g, float(np.linalg.norm(F))
    if np.all(np.abs(F) <= 8 * EPS * problem.variables.coarse * np.maximum(np.abs(A @ np.abs(x)), EPS)):
        return 0.0, x, F, ROUNDING
    curvature = float(np.dot(bend, bend))
    if curvature == 0.0:
        return 0.0, x, F, STUCK
    step = -float(np.dot(g, g)) / curvature * g
    share, new, trial = backtrack(problem, x, F, step, float(np.dot(g, g)) ** 2 / curvature / size**2, shortest=1e-8)
    if not share:
        return 0.0, x, F, STUCK if seen or trial is not None else NOT_FINITE
    return 0.5 * share, new, trial, None
