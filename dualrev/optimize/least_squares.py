"""`least_squares`: nonlinear least squares with exact Jacobians, bounds, robust losses and standard errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..check import check_grads
from ..core.tree import LEAF
from ..transforms.arguments import require_callable
from .covariance import IllConditionedWarning, from_jacobian
from .least_squares_scipy import NAMES, by_scipy
from .losses import Loss
from .polishing import LARGEST, polished
from .radius import Levenberg, dogleg
from .reporting import Reporter
from .residuals import Residuals
from .results import OptimizeResult
from .sides import read_sides
from .states import Found, Tolerances
from .stopping import SUCCESSES, sentence
from .trustregion import Fit
from .variables import Variables, take_apart

__all__ = ["least_squares"]

METHODS: dict[str, Callable[[], Any]] = {"lm": Levenberg, "dogleg": lambda: dogleg}
SETTINGS = ("fixed", "polish", "jac_sparse", "variance", "progress", "check")
WHERE = "least_squares"


def least_squares(fun: Callable[..., Any], x0: Any, jac: Any = None, bounds: Any = (-np.inf, np.inf), method: str = "lm", ftol: float | None = 1e-8,
                  xtol: float | None = 1e-8, gtol: float | None = 1e-8, x_scale: Any = None, loss: Any = "linear", f_scale: float = 1.0, diff_step: Any = None,
                  tr_solver: str | None = None, tr_options: Any = None, jac_sparsity: Any = None, max_nfev: int | None = None, verbose: int = 0,
                  args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None, callback: Any = None, workers: Any = None, **settings: Any) -> OptimizeResult:
    """Find the x at which the sum of squares of a function's results is least: SciPy's signature, with the exact Jacobian supplied.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)``, the residuals: an array of any shape or a container; complex ones count by magnitude.
    x0 : array, number or container
        Where to start; fun gets x in this form.
    jac : callable, optional
        A Jacobian of your own of shape (residuals, entries of x), dense or sparse.
    bounds : (low, high), Bounds, or a pair for each array
        Numbers, or of the form of x0; a dict may leave out keys.
    method : str
        "lm": Levenberg-Marquardt; "dogleg": Gauss-Newton on Powell's path; both keep bounds. "scipy:trf", "scipy:dogbox" and "scipy:lm" are SciPy's.
    ftol, xtol, gtol : float or None
        When to stop, see `dualrev.optimize.stopping`.
    x_scale : float, form of x0, "jac" or None
        Scales of the variables; "jac" (None) takes them from the Jacobian.
    loss, f_scale : str or callable, float
        "linear", "soft_l1", "huber", "cauchy", "arctan", or ``rho(z)`` of ``z = (residual / f_scale)**2`` giving rho and two derivatives, or rho alone.
    tr_solver, tr_options : optional
        "lsmr" solves linear problems by iteration; ``{"geodesic": False}`` makes the steps of "lm" straight.
    max_nfev, verbose, args, kwargs, callback
        As in SciPy; ``100 * (n + 1)`` evaluations at most. A callback is called after each iteration, and stops it by True.
    diff_step, jac_sparsity, workers : None
        Of finite differences, which there are none of here.
    **settings
        ``fixed=`` (names, mask or positions of what keeps its value); ``polish=True`` (finish with whole Gauss-Newton steps, or Newton's on the exact Hessian, which find digits
        that the cost cannot tell); ``jac_sparse=`` (by default where the Jacobian is large and mostly zero); ``variance=`` (of a residual, where it is known); ``progress=``;
        ``check=`` (test the derivatives first).

    Returns
    -------
    OptimizeResult
        With cost, fun (residuals in their form), jac (residuals by free entries of x, weighted by a robust loss), grad, optimality, active_mask, `covariance`, `stderr`.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or form, x0 is outside the bounds, or the residuals are not finite at x0.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> t = np.linspace(0.0, 2.0, 9)
    >>> y = 3.0 * np.exp(-1.5 * t) + 0.5 + 0.01 * np.cos(20 * t)
    >>> fit = dr.optimize.least_squares(lambda p: p["a"] * np.exp(-p["k"] * t) + p["c"] - y, {"a": 1.0, "k": 1.0, "c": 0.0})
    >>> {name: f"{value:.2f} +- {fit.stderr[name]:.2f}" for name, value in fit.x.items()}
    {'a': '3.01 +- 0.01', 'k': '1.51 +- 0.01', 'c': '0.50 +- 0.01'}

    References
    ----------
    J. J. Moré, The Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630, Springer 1978.
    """
    require_callable(fun, WHERE)
    _reject(jac, diff_step=diff_step, jac_sparsity=jac_sparsity, workers=workers)
    solve = Solver(method, tr_solver, tr_options, x_scale, Loss(loss, f_scale), settings)
    variables = Variables(x0, fixed=settings.get("fixed"), bounds=read_sides(bounds, *take_apart(x0, WHERE)), where=WHERE)
    _require_inside(variables, x0)
    problem = Residuals(fun, variables, args if isinstance(args, tuple) else (args,), kwargs, jac, settings.get("jac_sparse"))
    tolerances = _tolerances(ftol, xtol, gtol, max_nfev, variables.n)
    result = solve(problem, tolerances, Reporter(callback, bool(settings.get("progress")), variables, problem.counts, f"{WHERE} {method}"))
    if verbose:
        print(*([result.history] if verbose > 1 else []), result.message, sep="\n")
    return result


class Solver:
    """How to solve a problem: the method and its settings, checked."""

    def __init__(self, method: Any, tr_solver: Any, tr_options: Any, x_scale: Any, loss: Loss, settings: dict[str, Any]) -> None:
        for name in settings:
            if name not in SETTINGS:
                raise TypeError(f"{WHERE}: unknown argument {name!r}; beyond SciPy's there are {', '.join(SETTINGS)}")
        if tr_solver not in (None, "exact", "lsmr"):
            raise ValueError(f"{WHERE}: tr_solver must be None, 'exact' or 'lsmr', got {tr_solver!r}")
        self.method, self.tr_solver, self.options, self.x_scale, self.loss = _method(method), tr_solver, dict(tr_options or {}), x_scale, loss
        self.polish, self.check, self.variance = settings.get("polish", True), settings.get("check", False), settings.get("variance")
        if self.method in METHODS and (unknown := set(self.options) - {"geodesic"}):
            raise ValueError(f"{WHERE}: method={method!r} has the option 'geodesic' only; got {unknown.pop()!r}")

    def __call__(self, problem: Residuals, tolerances: Tolerances, reporter: Reporter) -> OptimizeResult:
        """Solve it."""
        variables = problem.variables
        if self.check:
            check_grads(problem.flat, variables.start, order=1)
        try:
            if self.method in METHODS:
                found = self._own(problem, tolerances, reporter)
                message = sentence(found.status, variables.lower is not None, gradient=found.optimality, limit=f"max_nfev = {tolerances.max_nfev}", **tolerances._asdict())
            else:
                options = self.options if self.method == "scipy:lm" else {"tr_solver": self.tr_solver, "tr_options": self.options}
                found, message = by_scipy(self.method, problem, self.loss, tolerances, self.x_scale, reporter, options)
        finally:
            reporter.close()
        if not self.loss.linear:
            rows = self.loss.exact_rows(found.r)
            found = found._replace(J=sp.diags_array(rows) @ found.J if sp.issparse(found.J) else found.J * rows[:, None])
        return _result(found, problem, variables, message, reporter, self.variance)

    def _own(self, problem: Residuals, tolerances: Tolerances, reporter: Reporter) -> Found:
        variables, exact = problem.variables, problem.exact
        bends = self.method == "lm" and exact and self.tr_solver != "lsmr" and self.options.get("geodesic", True)
        polish = polished if self.polish and exact and variables.n <= LARGEST else None
        fit = Fit(problem, self.loss, METHODS[self.method](), variables.lower, variables.upper, _scales(self.x_scale, variables), self.tr_solver, bends, polish)
        return fit.run(variables.start, tolerances, reporter)


def _method(method: Any) -> str:
    name = method.removeprefix("scipy:") if isinstance(method, str) else ""
    if method in METHODS:
        return method
    if name in ("trf", "dogbox", "lm"):
        return f"scipy:{name}"
    raise ValueError(f"{WHERE}: method must be one of {', '.join([*METHODS, *NAMES])}; got {method!r}")


def _reject(jac: Any, **settings: Any) -> None:
    """Say of SciPy's settings for finite differences that there are none."""
    if jac is not None and not callable(jac):
        raise ValueError(f"{WHERE}: jac={jac!r}, but the exact Jacobian is made here. Leave jac out, or give a function.")
    for name, value in settings.items():
        if value is not None:
            raise ValueError(f"{WHERE}: {name}={value!r} is for finite differences, of which there are none here; leave it out")


def _require_inside(variables: Variables, x0: Any) -> None:
    """Raise where x0 is outside its bounds, as SciPy does; `Variables` would move it inside."""
    if variables.lower is None:
        return
    given = variables.flat(x0)
    outside = (given < variables.lower) | (given > variables.upper)
    if np.any(outside):
        k = int(np.argmax(outside))
        raise ValueError(f"{WHERE}: x0 is outside the bounds: {variables.name(k)} is {given[k]}, not in [{variables.lower[k]}, {variables.upper[k]}]")


def _tolerances(ftol: Any, xtol: Any, gtol: Any, max_nfev: Any, n: int) -> Tolerances:
    f, x, g = (0.0 if tol is None else float(tol) for tol in (ftol, xtol, gtol))
    if not all(0 <= tol < np.inf for tol in (f, x, g)):
        raise ValueError(f"{WHERE}: ftol, xtol and gtol must not be negative, got {ftol!r}, {xtol!r}, {gtol!r}")
    if max_nfev is not None and not max_nfev > 0:
        raise ValueError(f"{WHERE}: max_nfev must be positive, got {max_nfev!r}")
    return Tolerances(f, x, g, 100 * (n + 1) if max_nfev is None else int(max_nfev))


def _scales(x_scale: Any, variables: Variables) -> Any:
    """The scales of the free entries, None where the Jacobian gives them."""
    if x_scale is None or (isinstance(x_scale, str) and x_scale == "jac"):
        return None
    if isinstance(x_scale, str):
        raise ValueError(f"{WHERE}: x_scale must be 'jac', a number, or of the form of x0; got {x_scale!r}")
    scale = np.full(variables.n, float(x_scale)) if np.ndim(x_scale) == 0 and not isinstance(x_scale, dict) else variables.flat(x_scale)
    if not (np.all(np.isfinite(scale)) and np.all(scale > 0)):
        raise ValueError(f"{WHERE}: x_scale must be positive, got {x_scale!r}")
    return scale


def _result(found: Found, problem: Residuals, variables: Variables, message: str, reporter: Reporter, variance: float | None) -> OptimizeResult:
    x, at_bound = found.x, np.zeros(variables.n)
    if variables.lower is not None:
        at_bound = np.where(x <= variables.lower, -1.0, np.where(x >= variables.upper, 1.0, 0.0))
    mask = variables.spread(at_bound)
    if variables.structure == LEAF and isinstance(mask, np.ndarray):
        mask = mask.real.astype(int)
    result = OptimizeResult(x=variables.own(x), cost=found.cost, fun=problem.shaped(found.r), jac=found.J, grad=variables.spread(found.gradient), optimality=found.optimality,
                            active_mask=mask, **problem.counts.entries(),
                            nit=found.iterations, status=found.status, message=message, success=found.status in SUCCESSES and bool(np.isfinite(found.cost)),
                            history=reporter.history)
    result.provide_covariance(lambda: covariance_of(found, at_bound, variables, variance), variables, at_bound != 0)
    return result


def covariance_of(found: Found, at_bound: Any, variables: Variables, variance: float | None) -> np.ndarray:
    """The covariance of the entries that are not on a bound; the variance of a residual is the sum of squares over the degrees of freedom unless it is given."""
    inside = np.flatnonzero(at_bound == 0)
    J = found.J[:, inside]
    m, n = J.shape
    if n == 0:
        return np.zeros((0, 0))
    if variance is None:
        if m <= n:
            warnings.warn(f"{m} residuals for {n} entries of x leave no degrees of freedom: the variance is not determined, and the covariance is infinite.",
                          IllConditionedWarning, stacklevel=4)
            return np.full((n, n), np.inf)
        variance = 2 * found.cost / (m - n)
    return from_jacobian(J.toarray() if sp.issparse(J) else np.asarray(J), variance, lambda k: variables.name(int(inside[k])))
