"""SciPy's own least-squares methods, given the exact Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from .losses import Loss
from .radius import dogleg
from .reporting import Reporter
from .residuals import Residuals
from .states import Found, Tolerances
from .stopping import CALLBACK, FTOL, GTOL, MAXITER, STUCK, XTOL
from .trustregion import Fit

__all__ = ["NAMES", "Stopped", "by_scipy"]

NAMES = ("scipy:trf", "scipy:dogbox", "scipy:lm")
STATUS = {-2: CALLBACK, 0: MAXITER, 1: GTOL, 2: FTOL, 3: XTOL, 4: FTOL}


class Stopped(Exception):
    """Leaves SciPy's loop where the callback wants to stop."""


class Watcher:
    """Residuals and Jacobian for SciPy, which remembers the best point and reports each Jacobian as an iteration."""

    def __init__(self, problem: Residuals, loss: Loss, reporter: Reporter) -> None:
        self.problem, self.loss, self.reporter = problem, loss, reporter
        self.iteration, self.best = 0, np.inf
        self.x: Any = None
        self.r: Any = None
        self.last: Any = None

    def values(self, x: np.ndarray) -> np.ndarray:
        """The residuals; NaN where they are not defined."""
        if self.x is None:
            r: Any = self.problem.first(x)
        else:
            r = self.problem.attempt(x)
        cost = np.inf if r is None else self.loss.cost(r)
        if self.x is None or cost < self.best:
            self.x, self.r, self.best = x.copy(), r, cost
        return np.full(self.problem.size or 0, np.nan) if r is None else r.copy()

    def matrix(self, x: np.ndarray) -> Any:
        """The Jacobian at a point that SciPy has taken."""
        J = self.problem.matrix(x)
        step = np.nan if self.last is None else float(np.linalg.norm(x - self.last))
        gradient = J.T @ (self.r * self.loss.slope(self.r))
        self.last = x.copy()
        if self.reporter.note(self.iteration, x, self.best, float(np.max(np.abs(gradient), initial=0.0)), step, gradient=gradient):
            raise Stopped
        self.iteration += 1
        return J


def by_scipy(name: str, problem: Residuals, loss: Loss, tolerances: Tolerances, x_scale: Any, reporter: Reporter, options: dict[str, Any]) -> tuple[Found, str]:
    """Run one of SciPy's methods; return the best point that it saw, and its message."""
    variables, method = problem.variables, name.removeprefix("scipy:")
    if method == "lm" and (variables.lower is not None or not loss.linear):
        what = "bounds" if variables.lower is not None else "a robust loss"
        raise ValueError(f"{variables.where}: method='scipy:lm' has no use for {what}; take 'lm', 'dogleg', 'scipy:trf' or 'scipy:dogbox'")
    watcher = Watcher(problem, loss, reporter)
    bounds = (-np.inf, np.inf) if variables.lower is None else (variables.lower, variables.upper)
    scale = "jac" if x_scale is None or isinstance(x_scale, str) else x_scale if np.ndim(x_scale) == 0 else variables.flat(x_scale)
    rho = loss.name or loss.derivatives
    tols = {key: value or None for key, value in tolerances._asdict().items() if key != "max_nfev"}
    try:
        ended = optimize.least_squares(watcher.values, variables.start, watcher.matrix, bounds=bounds, method=method, x_scale=scale, loss=rho, f_scale=loss.scale,
                                       max_nfev=tolerances.max_nfev, **tols, **options)
        status, message = STATUS.get(ended.status, STUCK), ended.message
    except Stopped:
        status, message = CALLBACK, "Stopped by the callback."
    J = problem.matrix(watcher.x)
    state = Fit(problem, loss, dogleg, variables.lower, variables.upper).linearise(watcher.x, watcher.r, J)
    return Found(watcher.x, watcher.r, watcher.best, J, state.gradient, state.optimality, status, watcher.iteration), message
