"""What the solvers of equations share: where they ended, when they stop, and how they shorten a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .residuals import Residuals
from .stopping import CALLBACK, GTOL, MAXITER, NOT_FINITE, ROUNDING, STUCK, XTOL

__all__ = ["ROOT_SENTENCES", "Limits", "Root", "backtrack"]

ROOT_SENTENCES = {
    GTOL: "Converged: the largest entry of fun(x) is {residual:.2e}, at most ftol = {ftol:.2e}.",
    XTOL: "Converged: the last whole Newton step changed no entry of x by more than xtol = {xtol:.2e} of its size (largest entry of fun(x) {residual:.2e}).",
    ROUNDING: "Converged: fun(x) is zero up to rounding errors (largest entry {residual:.2e}).",
    MAXITER: "Not converged: {limit} was reached (largest entry of fun(x) {residual:.2e}).",
    STUCK: "Not converged: the sum of squares of the equations has a minimum here, or a point from which no step lowers it, which is no root "
           "(largest entry of fun(x) {residual:.2e}). Start elsewhere.",
    NOT_FINITE: "Not converged: fun(x) or its Jacobian is not finite at every point near the last one (largest entry of fun(x) {residual:.2e}).",
    CALLBACK: "Stopped by the callback (largest entry of fun(x) {residual:.2e}).",
}


class Limits(NamedTuple):
    """When to stop: ftol bounds the largest entry of fun(x), xtol is that of `dualrev.optimize.stopping`."""

    ftol: float
    xtol: float
    maxiter: int


class Root(NamedTuple):
    """Where a search for a root ended."""

    x: Any
    F: Any
    status: int
    iterations: int
    J: Any = None


def backtrack(problem: Residuals, x: np.ndarray, F: np.ndarray, step: np.ndarray, slope: float = 1.0, shortest: float = 1e-4,
              natural: Callable[[np.ndarray], np.ndarray] | None = None) -> tuple[float, Any, Any]:
    """Shorten a step until it lowers the norm of the equations enough.

    Parameters
    ----------
    problem : Residuals
        The equations.
    x, F, step : (n,) arrays
        The point, its values, the step.
    slope : float
        By how much the linear model lowers the norm along the whole step, as a share of it.
    shortest : float
        The share of the step at which to give up.
    natural : callable, optional
        Solves with the Jacobian of x: a step is good as well where it shortens the next correction.

    Returns
    -------
    share, x, F
        What was taken of the step, and where it led; the share is 0 where nothing was found, and then F is None unless some trial was finite.

    References
    ----------
    J. E. Dennis, R. B. Schnabel, Numerical Methods for Unconstrained Optimization and Nonlinear Equations, SIAM 1996, algorithm A6.3.1.
    """
    norm, share, seen = float(np.linalg.norm(F)), 1.0, None
    while share >= shortest:
        new = x + share * step
        trial = problem.attempt(new)
        if trial is None:
            share *= 0.25
            continue
        seen, after = trial, float(np.linalg.norm(trial))
        if after <= (1 - 1e-4 * slope * share) * norm:
            return share, new, trial
        if natural is not None and float(np.linalg.norm(natural(trial))) <= (1 - 0.25 * share) * float(np.linalg.norm(natural(F))):
            return share, new, trial
        ratio = (after / norm) ** 2  # the parabola of the square has its minimum at this share of the trial
        best = slope * share / (ratio - 1 + 2 * slope * share)
        share *= min(max(best, 0.1), 0.5)
    return 0.0, x, seen
