"""SciPy's own solvers of equations, given the exact Jacobian or exact products with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize
from scipy.optimize import _root as scipys  # where its methods live, whose signatures tell the options they know
from scipy.sparse.linalg import gmres

from .equations import Root
from .least_squares_scipy import Stopped
from .reporting import Reporter
from .residuals import Residuals
from .root_krylov import product_operator
from .scipyoptions import named_options, require_options
from .stopping import CALLBACK, GTOL, STUCK

__all__ = ["ROOT_NAMES", "root_by_scipy"]

ROOT_NAMES = ("hybr", "lm", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden", "excitingmixing", "krylov", "df-sane")

HOMES = {"hybr": "_root_hybr", "lm": "_root_leastsq", "df-sane": "_root_df_sane"}

class Equations:
    """The equations for SciPy; remembers the best point and reports an iteration where a point is taken."""

    def __init__(self, problem: Residuals, reporter: Reporter, x: np.ndarray) -> None:
        self.problem, self.reporter, self.iteration, self.best, self.at = problem, reporter, 0, np.inf, x
        self.x: Any = None
        self.F: Any = None

    def values(self, x: np.ndarray) -> np.ndarray:
        """The equations; NaN where they are not defined."""
        F = self.problem.first(x) if self.x is None else self.problem.attempt(x)
        if F is None:
            return np.full(len(x), np.nan)
        norm = float(np.linalg.norm(F))
        if self.x is None or norm < self.best:
            self.x, self.F, self.best = x.copy(), F, norm
        return F.copy()

    def matrix(self, x: np.ndarray) -> Any:
        """The Jacobian at a point that SciPy has taken."""
        self.note(x)
        J = self.problem.matrix(x)
        return J.toarray() if hasattr(J, "toarray") else J

    def note(self, x: np.ndarray, F: Any = None) -> None:
        """Report an iteration."""
        taken = float(np.linalg.norm(x - self.at))
        self.at = x.copy()
        if self.reporter.note(self.iteration, x, self.best, float(np.max(np.abs(self.F))) if self.F is not None else np.nan, taken):
            raise Stopped
        self.iteration += 1

    def krylov(self, op: Any, rhs: Any, rtol: float = 1e-6, **settings: Any) -> Any:
        """SciPy's inner solver of method krylov, with exact products in place of its differences."""
        return gmres(product_operator(self.problem, self.at), rhs, rtol=rtol, atol=0.0, restart=min(len(rhs), 20), maxiter=settings.get("maxiter"), M=settings.get("M"))


def root_by_scipy(name: str, problem: Residuals, tol: float | None, options: dict[str, Any], reporter: Reporter) -> tuple[Root, str]:
    """Run one of SciPy's methods; return the best point that it saw, and its message."""
    require_options("root", name, options, named_options(scipys, HOMES.get(name, "_root_nonlin_solve")))
    start = problem.variables.start
    equations = Equations(problem, reporter, start)
    jac: Any = equations.matrix if name in ("hybr", "lm") else None
    if name == "krylov":
        options = {**options, "jac_options": {"method": equations.krylov, **options.get("jac_options", {})}}
    callback = equations.note if jac is None else None
    J: Any = None
    try:
        ended = optimize.root(equations.values, start, jac=jac, method=name, tol=tol, callback=callback, options=options or None)
        status, message = (GTOL if ended.success else STUCK), " ".join(str(ended.message).split()).rstrip(". ") + "."
        if jac is not None:
            J = problem.matrix(equations.x)
            status, message = _judged(status, message, equations, J, 1e-10 if tol is None else tol)
    except Stopped:
        status, message = CALLBACK, "Stopped by the callback."
    return Root(equations.x, equations.F, status, equations.iteration, J), message


def _judged(status: int, message: str, equations: Equations, J: Any, tol: float) -> tuple[int, str]:
    """Say truthfully whether a point is a root: MINPACK also calls a minimum of the sum of squares a success, and a singular root a failure."""
    largest = float(np.max(np.abs(equations.F)))
    terms = float(np.max(abs(J) @ np.abs(equations.x)))
    if status == GTOL and largest > max(tol, 1e-6 * terms):
        return STUCK, f"{message} But this is a minimum of the sum of squares, not a root: the largest entry of fun(x) is {largest:.2e}."
    if status == STUCK and largest <= tol:
        return GTOL, f"Converged: the largest entry of fun(x) is {largest:.2e}. SciPy says: {message}"
    return status, message
