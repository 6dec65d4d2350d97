"""Newton's method for equations, with a line search, and least-squares steps where the Jacobian is singular or the line search fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg.lapack import dgecon, dgetrf, dgetrs
from scipy.sparse.linalg import splu

from .equations import Limits, Root, backtrack
from .linearised import EPS
from .losses import Loss
from .radius import Levenberg
from .reporting import Reporter
from .residuals import Residuals
from .states import State, Tolerances
from .stopping import CALLBACK, GTOL, MAXITER, NOT_FINITE, ROUNDING, STUCK, XTOL, small_step
from .trustregion import Fit

__all__ = ["newton"]

SHORT = 0.1  # of a Newton step: where less than that is left a least-squares step does better
PROGRESS = 1e-6  # of the first norm: down to it a small one has to be small in any units
STATIONARY = 1e-8  # of the cosine between the equations and the columns of the Jacobian: smaller at a minimum of the sum of squares


def newton(problem: Residuals, x: np.ndarray, limits: Limits, reporter: Reporter) -> Root:
    """Find a root of equations with a dense or sparse Jacobian.

    A Newton step is taken where the Jacobian can be solved with, and shortened until it lowers the norm of the equations, or that of the next correction with the same
    Jacobian (which does not depend on how the equations are scaled). Where less than a tenth of the step is left, a Levenberg-Marquardt step lowers the norm instead.

    References
    ----------
    P. Deuflhard, Newton Methods for Nonlinear Problems, Springer 2004, section 3.3 (the natural monotonicity test).
    J. E. Dennis, R. B. Schnabel, Numerical Methods for Unconstrained Optimization and Nonlinear Equations, SIAM 1996, chapters 6 and 8.
    """
    F = problem.first(x)
    J = problem.first_matrix(x)
    fit = Fit(problem, Loss(), Levenberg(), None, None)
    taken, iteration, small = np.nan, 0, False
    best, first = Root(x, F, STUCK, 0, J), float(np.linalg.norm(F))
    while True:
        state = fit.linearise(x, F, J)
        stop = reporter.note(iteration, x, float(np.linalg.norm(F)), state.optimality, taken, fit.radius or np.nan, state.gradient)
        D = fit.scaling
        solve = _solver(J, D)
        step = None if solve is None else -solve(F) / D
        met = np.max(np.abs(F)) <= limits.ftol and (np.linalg.norm(F) <= PROGRESS * first or _is_near(step, D, x))
        status = GTOL if met else XTOL if small else CALLBACK if stop else MAXITER if iteration >= limits.maxiter else None
        if status in (GTOL, XTOL):
            return Root(x, F, status, iteration, J)
        if np.dot(F, F) < np.dot(best.F, best.F):
            best = Root(x, F, STUCK, iteration, J)
        if status is not None:
            return _ended(best, status, iteration, limits)
        share, new, trial = (0.0, x, F) if step is None else backtrack(problem, x, F, step, shortest=SHORT, natural=solve)
        after = problem.attempt_matrix(new) if share else None
        if after is None:
            share, new, trial, after, status = _least_squares_step(fit, x, F, state, step)
            if status is not None:
                return _ended(best, status, iteration, limits)
        small = share == 1.0 and small_step(new - x, x, limits.xtol)
        taken, iteration = float(np.linalg.norm(new - x)), iteration + 1
        x, F, J = new, trial, after


def _is_near(step: Any, D: np.ndarray, x: np.ndarray) -> bool:
    """Whether the next Newton step is short: otherwise the equations may be small in their units alone."""
    return step is not None and bool(np.linalg.norm(D * step) <= 1e-6 * np.linalg.norm(D * x))


def _ended(best: Root, status: int, iteration: int, limits: Limits) -> Root:
    """The best point where the search cannot go on: a root if its equations are below ftol."""
    if status != CALLBACK and np.max(np.abs(best.F)) <= limits.ftol:
        status = GTOL
    return best._replace(status=status, iterations=iteration)


def _solver(J: Any, D: np.ndarray) -> Callable[[np.ndarray], np.ndarray] | None:
    """What solves with the Jacobian, in scaled variables; None where it is singular up to rounding."""
    if sp.issparse(J):
        try:
            factors = splu(sp.csc_array(J @ sp.diags_array(1 / D)))
        except RuntimeError:  # exactly singular
            return None
        return factors.solve
    A = J / D
    lu, pivots, info = dgetrf(A)
    if info or dgecon(lu, float(np.max(np.sum(np.abs(A), axis=0))))[0] < 4 * EPS:
        return None
    return lambda F: dgetrs(lu, pivots, F)[0]


def _least_squares_step(fit: Fit, x: np.ndarray, F: np.ndarray, state: State, step: Any) -> tuple[float, Any, Any, Any, int | None]:
    """One step that lowers the sum of squares, with the status where there is none."""
    J = state.J
    columns = np.asarray(abs(J).power(2).sum(axis=0)).ravel() if sp.issparse(J) else np.sum(J**2, axis=0)
    cosine = np.max(np.abs(state.gradient) / np.where(columns > 0, np.sqrt(columns), 1.0)) / np.linalg.norm(F)
    if np.all(np.abs(F) <= 8 * EPS * fit.problem.variables.coarse * (abs(J) @ np.abs(x) + EPS)):
        return 0.0, x, F, J, ROUNDING
    if cosine <= STATIONARY and step is None:
        return 0.0, x, F, J, STUCK
    if fit.radius == 0.0:
        fit.radius = float(np.linalg.norm(fit.scaling * x)) or float(np.linalg.norm(F))
    taken = fit.advance(x, F, 0.5 * float(np.dot(F, F)), state, Tolerances(0.0, 0.0, 0.0, fit.problem.counts.nfev + 60), 1)
    if taken.r is not None:
        return 0.5, taken.x, taken.r, taken.J, None
    return 0.0, x, F, J, NOT_FINITE if taken.status == NOT_FINITE else STUCK
