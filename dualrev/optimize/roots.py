"""`root`: systems of equations, with exact Jacobians or exact products with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..check import check_grads
from ..transforms.arguments import require_callable
from .equations import ROOT_SENTENCES, Limits, Root
from .reporting import Reporter
from .residuals import Residuals
from .results import OptimizeResult
from .root_krylov import newton_krylov
from .root_newton import newton
from .root_scipy import ROOT_NAMES, root_by_scipy
from .stopping import SUCCESSES
from .variables import Variables

__all__ = ["root"]

METHODS = ("newton", "newton-krylov")
OPTIONS = {"newton": ("ftol", "xtol", "maxiter"), "newton-krylov": ("ftol", "xtol", "maxiter", "preconditioner", "restart")}
WHERE = "root"


def root(fun: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), method: str = "newton", jac: Any = None, tol: float | None = None, callback: Any = None,
         options: dict[str, Any] | None = None, *, fixed: Any = None, jac_sparse: bool | None = None, progress: bool = False, check: bool = False) -> OptimizeResult:
    """Find an x at which all results of a function are zero: SciPy's signature, with exact derivatives supplied.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``: as many values as x has free entries, in an array or container of any form.
    x0 : array, number or container
        Where to start; fun gets x in this form.
    args : tuple
        Further arguments of fun.
    method : str
        "newton": with the Jacobian, a line search, and least-squares steps where it is singular. "newton-krylov": by products with the Jacobian, for large systems.
        "scipy:hybr", "scipy:lm" and the others of SciPy run those; hybr and lm get the exact Jacobian, krylov exact products.
    jac : callable, optional
        A Jacobian of your own of shape (n, n), dense or sparse, for "newton", "scipy:hybr" and "scipy:lm".
    tol : float, optional
        Sets ftol and xtol (1e-10 by default), or SciPy's.
    callback : callable, optional
        ``callback(intermediate_result)`` or ``callback(x)`` after each iteration; True or StopIteration stops.
    options : dict, optional
        ftol (bound on the largest entry of fun(x)), xtol, maxiter; for "newton-krylov" also preconditioner (an approximate inverse, or a function of the flat x that gives
        one) and restart. For SciPy's methods theirs.
    fixed, jac_sparse, progress, check : optional
        As in `least_squares`.

    Returns
    -------
    OptimizeResult
        x in the form of x0, fun, jac (n, n) where it was formed, success, status, message, nit, nfev, njev, nhvp (products), history. x is the best point that was found, and
        success is true only if it is a root.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or form, equations and unknowns differ in number, or fun is not finite at x0.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> found = dr.optimize.root(lambda p: [p["x"] ** 2 + p["y"] ** 2 - 4, np.exp(p["x"]) + p["y"] - 1], {"x": 1.0, "y": -1.7})
    >>> found.success, {name: round(value, 6) for name, value in found.x.items()}
    (True, {'x': 1.004169, 'y': -1.729637})
    """
    require_callable(fun, WHERE)
    name = _method(method)
    if jac is not None and not callable(jac):
        raise ValueError(f"{WHERE}: jac={jac!r}, but the exact Jacobian is made here. Leave jac out, or give a function.")
    chosen = dict(options or {})
    variables = Variables(x0, fixed=fixed, where=WHERE)
    problem = Residuals(fun, variables, args if isinstance(args, tuple) else (args,), {}, jac, jac_sparse, square=True)
    if check:
        check_grads(problem.flat, variables.start, order=1)
    reporter = Reporter(callback, progress, variables, problem.counts, f"{WHERE} {method}")
    try:
        if name in METHODS:
            limits, rest = _limits(name, tol, chosen, variables.n)
            found = newton(problem, variables.start, limits, reporter) if name == "newton" else newton_krylov(problem, variables.start, limits, reporter, **rest)
            message = ROOT_SENTENCES[found.status].format(residual=np.max(np.abs(found.F)), limit=f"maxiter = {limits.maxiter}", **limits._asdict())
        else:
            found, message = root_by_scipy(name, problem, tol, chosen, reporter)
    finally:
        reporter.close()
    return _result(found, problem, variables, message, reporter)


def _method(method: Any) -> str:
    name = method.removeprefix("scipy:") if isinstance(method, str) else ""
    if method in METHODS or name in ROOT_NAMES:
        return name
    raise ValueError(f"{WHERE}: method must be one of {', '.join([*METHODS, *(f'scipy:{name}' for name in ROOT_NAMES)])}; got {method!r}")


def _limits(name: str, tol: Any, options: dict[str, Any], n: int) -> tuple[Limits, dict[str, Any]]:
    for key in options:
        if key not in OPTIONS[name]:
            raise ValueError(f"{WHERE}: method={name!r} has the options {', '.join(OPTIONS[name])}; got {key!r}")
    tol = 1e-10 if tol is None else float(tol)
    limits = Limits(float(options.pop("ftol", tol)), float(options.pop("xtol", tol)), int(options.pop("maxiter", 100 + 10 * min(n, 100))))
    if not (limits.ftol >= 0 and limits.xtol >= 0 and limits.maxiter > 0):
        raise ValueError(f"{WHERE}: ftol and xtol must not be negative, and maxiter must be positive; got {limits}")
    return limits, options


def _result(found: Root, problem: Residuals, variables: Variables, message: str, reporter: Reporter) -> OptimizeResult:
    result = OptimizeResult(x=variables.own(found.x), fun=problem.shaped(found.F), success=found.status in SUCCESSES, status=found.status, message=message,
                            nit=found.iterations, **problem.counts.entries(), history=reporter.history)
    if found.J is not None:
        result["jac"] = found.J if sp.issparse(found.J) else np.array(found.J)
    return result
