"""`minimize`: SciPy's signature, exact derivatives, own methods and SciPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..check import check_grads
from ..transforms.arguments import require_callable
from . import bridge
from .covariance import from_hessian
from .loop import Outcome, run
from .methods import METHODS, REGION, default_method
from .problem import Objective
from .reporting import Reporter
from .results import OptimizeResult
from .stopping import SUCCESSES, Tolerances, sentence
from .variables import Variables

__all__ = ["minimize"]

ALIASES = {"maxfun": "maxfev"}  # what SciPy calls it in some of its methods


def minimize(fun: Callable[..., Any], x0: Any, args: Any = (), method: str | None = None, bounds: Any = None, constraints: Any = (), tol: float | None = None,
             callback: Callable[..., Any] | None = None, options: dict[str, Any] | None = None, *, fixed: Any = None, progress: bool = False,
             check: bool = False) -> OptimizeResult:
    """Minimize a scalar function with exact derivatives.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, written in NumPy, with one real number as its result, or an array of one. Where it is not finite the step shrinks.
    x0 : array, number or container of them
        Where to start; fun gets x in this form. A list or tuple of numbers is an array.
    args : tuple
        Further arguments.
    method : str, optional
        Without regard to case: ``newton``, ``newton-cg``, ``bfgs``, ``l-bfgs``, ``steepest`` (line searches); ``trust-exact``, ``trust-ncg``, ``trust-krylov``, ``sr1``
        (trust regions); ``trust-bounds``, ``l-bfgs-b`` (with bounds). Other names of SciPy's, or ``scipy:NAME``, are SciPy's methods with the derivatives supplied.
        By default ``trust-exact`` up to 100 variables, ``l-bfgs`` beyond, ``trust-bounds`` with bounds, ``scipy:SLSQP`` with constraints.
    bounds : optional
        SciPy's ``[(low, high), ...]`` or ``Bounds``, or (low, high) in the place of each array of x0; see `variables.Variables`. x0 is moved inside.
    constraints : optional
        SciPy's; their functions get x in the form of x0, their Jacobians and Hessians are supplied. For methods of SciPy's that take them.
    tol : float, optional
        Sets gtol; for SciPy's methods what SciPy makes of it.
    callback : callable, optional
        ``callback(intermediate_result)`` or ``callback(x)``; stops by returning True or raising StopIteration. See `reporting.Reporter`.
    options : dict, optional
        The tolerances of `stopping`, disp, and those of the method in `methods`; SciPy's for its methods.
    fixed : optional
        Entries that keep their value: names, a mask, or positions; see `variables.Variables`.
    progress, check : bool
        Show the progress (with tqdm where it is installed); check the derivatives at x0 first.

    Returns
    -------
    OptimizeResult
        With x and jac in the form of x0.

    Raises
    ------
    ValueError
        For an unknown method or option, for bounds or constraints that the method cannot use, and where fun is not finite at x0.
    AssertionError
        If ``check`` finds a wrong derivative.

    Examples
    --------
    >>> import numpy as np, dualrev as dr
    >>> def f(p):
    ...     return (p["a"] - 1) ** 2 + np.sum((p["b"] - p["a"]) ** 4)
    >>> found = dr.optimize.minimize(f, {"a": 5.0, "b": np.array([1.0, 2.0])}, bounds={"b": (None, 0.5)})
    >>> found.success, round(found.x["a"], 4), found.x["b"]
    (True, 0.8412, array([0.5, 0.5]))
    """
    variables = Variables(x0, fixed=fixed, bounds=bounds, where="minimize")
    constrained = not (isinstance(constraints, (tuple, list)) and len(constraints) == 0)
    name = choose(method, variables, constrained)
    demand(name, variables, constrained)
    require_callable(fun, "minimize")
    args = args if isinstance(args, tuple) else (args,)
    if check:
        check_grads(Objective(fun, variables, args).flat, variables.start)
    for undisturbed in (callback is None and not constrained, False):
        objective = Objective(fun, variables, args, undisturbed)
        result = solve(name, objective, constraints, tol, named_options(options), Reporter(callback, progress, variables, objective.counts, f"minimize {name}"))
        if objective.confirm(result):
            break
    provide(result, objective)
    return result


def named_options(options: Any) -> dict[str, Any]:
    """The options as a dict of their own."""
    if options is not None and not isinstance(options, dict):
        raise TypeError(f"minimize: options must be a dict, got {type(options).__name__}")
    return dict(options or {})


def solve(name: str, objective: Objective, constraints: Any, tol: float | None, options: dict[str, Any], reporter: Reporter) -> OptimizeResult:
    """Run an own method or SciPy's, and tell how it went."""
    try:
        result = (solve_by_own if name in METHODS else bridge.run)(name, objective, constraints, tol, options, reporter)
    finally:
        reporter.close()
    result.update(method=name, history=reporter.history)
    return result


def solve_by_own(name: str, objective: Objective, constraints: Any, tol: float | None, options: dict[str, Any], reporter: Reporter) -> OptimizeResult:
    """Run an own method."""
    disp = options.pop("disp", False)
    objective.expect(METHODS[name].second)
    tolerances, rest = read_options(name, options, tol, objective.variables.n)
    outcome = run(objective, METHODS[name].make(objective, rest), tolerances, reporter, objective.variables.start)
    result = report(outcome, objective, tolerances)
    if disp:
        print(f"{name}: {result.message}\n{reporter.history}")
    return result


def choose(method: Any, variables: Variables, constrained: bool) -> str:
    """Find the method that a name means: an own one in lower case, or SciPy's as ``scipy:Name``.

    Raises
    ------
    TypeError, ValueError
        If it is not a name, or not a known one.
    """
    if method is None:
        return default_method(variables.n, variables.lower is not None, constrained)
    if not isinstance(method, str):
        raise TypeError(f"minimize: method must be a name, got {type(method).__name__}")
    if method.lower() in METHODS:
        return method.lower()
    found = bridge.NAMES.get(method.lower().removeprefix("scipy:"))
    if found is None:
        raise ValueError(f"minimize: there is no method {method!r}. Own methods: {', '.join(METHODS)}. SciPy's, also as 'scipy:NAME': {', '.join(bridge.NAMES.values())}.")
    return f"scipy:{found}"


def demand(name: str, variables: Variables, constrained: bool) -> None:
    """Raise where an own method is given what it cannot use, and move the start inside the bounds."""
    if variables.lower is not None:
        variables.start = np.clip(variables.start, variables.lower, variables.upper)
    if name not in METHODS:
        return
    if constrained:
        raise ValueError(f"minimize: {name} takes no constraints. Use method='trust-constr', 'SLSQP' or 'COBYQA'.")
    if variables.lower is not None and not METHODS[name].bounds:
        raise ValueError(f"minimize: {name} takes no bounds. Use method='trust-bounds' (second derivatives) or 'l-bfgs-b'.")


def read_options(name: str, options: dict[str, Any], tol: float | None, n: int) -> tuple[Tolerances, dict[str, Any]]:
    """Separate the tolerances from the method's own options, and fill in the defaults.

    Raises
    ------
    ValueError
        For an unknown option, or a value that makes no sense.
    """
    given = {"maxiter": max(1000, 200 * n), **({} if tol is None else {"gtol": tol}), **{ALIASES.get(key, key): value for key, value in options.items() if value is not None}}
    rest = dict(METHODS[name].options)
    unknown = [key for key in given if key not in Tolerances._fields and key not in rest]
    if unknown:
        there = f", and method='scipy:{bridge.NAMES[name]}' takes {unknown[0]!r}" if bridge.takes(bridge.NAMES.get(name), unknown[0]) else ""
        raise ValueError(f"minimize: {name} has no option {unknown[0]!r}; it has {', '.join([*Tolerances._fields, 'disp', *rest])}{there}")
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not value >= 0:
            raise ValueError(f"minimize: option {key} must be a number, not negative; got {value!r}")
    rest.update({key: given.pop(key) for key in list(given) if key in rest})
    if "c1" in rest and not 0 < rest["c1"] < rest["c2"] < 1:
        raise ValueError(f"minimize: the line search needs 0 < c1 < c2 < 1, got c1 = {rest['c1']} and c2 = {rest['c2']}")
    if "eta" in rest and not (rest["eta"] < 1 and 0 < rest["initial_trust_radius"] < np.inf and rest["max_trust_radius"] > 0):
        raise ValueError(f"minimize: a trust region needs radii above 0 and eta below 1, got {', '.join(f'{key} = {rest[key]}' for key in REGION)}")
    for key in ("maxcor", "vectors"):
        if rest.get(key) is not None and (int(rest[key]) != rest[key] or rest[key] < 1):
            raise ValueError(f"minimize: option {key} must be a whole number of at least 1, got {rest[key]!r}")
    return Tolerances(**given), rest


def report(outcome: Outcome, objective: Objective, tolerances: Tolerances) -> OptimizeResult:
    """Make the result of an own method."""
    point, v = outcome.point, objective.variables
    message = sentence(outcome.status, v.lower is not None, fun=point.f, gradient=outcome.size, **{**tolerances._asdict(), "limit": outcome.limit})
    return OptimizeResult(x=v.own(point.x), fun=point.f, jac=v.spread(point.g), success=outcome.status in SUCCESSES, status=outcome.status, message=message,
                          nit=outcome.iterations, **objective.counts.entries())


def provide(result: OptimizeResult, objective: Objective) -> None:
    """Tell the result how its covariance is found."""
    v = objective.variables
    x = v.flat(result.x)
    on_bound = None if v.lower is None else (x <= v.lower) | (x >= v.upper)

    def covariance() -> np.ndarray:
        inside = np.arange(v.n) if on_bound is None else np.flatnonzero(~on_bound)
        return from_hessian(objective.hessian(x)[np.ix_(inside, inside)], lambda k: v.name(int(inside[k])))

    result.provide_covariance(covariance, v, on_bound)
